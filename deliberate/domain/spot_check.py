"""Spot check (抽查回访): how many households to ask again before a reported outcome may stand.

A risk-limiting audit in whole numbers. If the reported outcome were wrong, at least `wrong` (M0) of the `frame`
(Y) reported answers would have to be wrong. Drawn without replacement, a sample of n shows at most k of them
with probability

    P(n) = sum over j <= k of C(M0, j) * C(Y - M0, n - j) / C(Y, n)

The least n with P(n) <= the risk limit is asked; k is fixed before anybody looks. Whoever cannot be reached
counts as wrong. So a wrong outcome passes with at most that risk, whichever answers are the wrong ones.

An adopted outcome is checked among the consents (is each of them really one?), a rejected one among all others
(was a consent dropped?). References: Stark, *Conservative statistical post-election audits* (2008); Rivest,
*Consistent sampling with replacement* (2018), for the order by hashes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import comb, exp, inf, lgamma, log

from .errors import N_, BadInput
from .rules import Outcome
from .tally import need

ATTEMPTS = 3
"""Attempts to reach a household; after the last one without success it counts as wrong."""
SEED_DIGITS = 20
MOST_ALLOWED = 10
"""The greatest k that may be planned."""
ONE_IN = 10
"""The probe of a crew looks for one forged form in so many ..."""
PROBE_POWER = Fraction(4, 5)
"""... and finds one with at least this probability."""


class CheckKind(StrEnum):
    """What a check asks: those who are said to consent, those who are not, or everything."""

    CONSENTS = "consents"
    NON_CONSENTS = "non_consents"
    FULL = "full"


class Way(StrEnum):
    """How a household was reached, or not."""

    VISIT = "visit"
    CALL = "call"
    OWN_CHECK = "own_check"


class Said(StrEnum):
    """What a household says, asked anew, that it answered."""

    AGREE = "agree"
    DISAGREE = "disagree"
    ABSTAIN = "abstain"
    NOTHING = "nothing"
    UNSAID = "unsaid"
    """It would not say: not proved, and so counted as wrong."""
    AS_RECORDED = "as_recorded"
    """It looked at its own record and found it right."""
    NOT_AS_RECORDED = "not_as_recorded"


AT_THE_DOOR = (Said.AGREE, Said.DISAGREE, Said.ABSTAIN, Said.NOTHING, Said.UNSAID)
"""What somebody who does not see the record can write down."""


class CheckResult(StrEnum):
    """What a check comes to. Nothing else ends one; there is no "try once more"."""

    CONFIRMED = "confirmed"
    RECHECK_NEEDED = "recheck_needed"
    RECHECKED = "rechecked"


PROVEN = frozenset({CheckResult.CONFIRMED, CheckResult.RECHECKED})
"""Results with which an outcome may become final."""


class FormShows(StrEnum):
    """What a form itself shows, when it is laid beside its record."""

    AGREE = "agree"
    DISAGREE = "disagree"
    ABSTAIN = "abstain"
    MISSING = "missing"
    """Nothing that proves an answer: no form, no picture, no signature."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed before the dice are thrown; `sample` 0 is a full recheck."""

    kind: CheckKind
    frame: int
    """Reported answers that are drawn from (Y, or those who are not said to consent)."""
    wrong: int
    """The least number of wrong ones with which the outcome would be another (M0)."""
    allowed: int
    """How many differences are still accepted (k)."""
    sample: int
    enough: int | None
    """What the risk limit asks for, also where that is more than half of the frame; None when nothing does."""
    risk: Fraction
    """The chance that a wrong outcome passes; nought for a full recheck."""


def passes(frame: int, wrong: int, sample: int, allowed: int) -> Fraction:
    """The probability that a sample holds at most `allowed` of the wrong ones: exact."""
    return Fraction(_few(frame, wrong, sample, allowed), comb(frame, sample))


def _few(frame: int, wrong: int, sample: int, allowed: int) -> int:
    """How many samples hold at most `allowed` wrong ones; each term from the one before it."""
    right = frame - wrong
    first = max(0, sample - right)
    last = min(allowed, wrong, sample)
    if first > last:
        return 0
    term = comb(wrong, first) * comb(right, sample - first)
    total = term
    for j in range(first, last):
        term = term * (wrong - j) * (sample - j) // ((j + 1) * (right - sample + j + 1))
        total += term
    return total


def least_sample(frame: int, wrong: int, allowed: int, limit: Fraction) -> int | None:
    """The least sample that keeps the risk limit; None when not even asking everybody would.

    Where to look is guessed with logarithms; what is given is proved in whole numbers.
    """

    def keeps(sample: int) -> bool:
        few = _few(frame, wrong, sample, allowed)
        return few * limit.denominator <= limit.numerator * comb(frame, sample)

    if not keeps(frame):
        return None
    least = _guess(frame, wrong, allowed, log(limit))
    while least > 1 and keeps(least - 1):
        least -= 1
    while not keeps(least):
        least += 1
    return least


def _guess(frame: int, wrong: int, allowed: int, limit: float) -> int:
    """About where the chance falls under the limit: it only falls as the sample grows."""
    low, high = 0, frame
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _chance(frame, wrong, middle, allowed) <= limit else (middle, high)
    return high


def _chance(frame: int, wrong: int, sample: int, allowed: int) -> float:
    """The logarithm of `passes`, nearly."""
    whole, right = _log_comb(frame, sample), frame - wrong
    terms = [
        _log_comb(wrong, j) + _log_comb(right, sample - j) - whole
        for j in range(max(0, sample - right), min(allowed, wrong, sample) + 1)
    ]
    most = max(terms, default=-inf)
    return most + log(sum(exp(term - most) for term in terms)) if terms else -inf


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def plan(roll: int, agree: int, share: Fraction, outcome: Outcome, *, allowed: int, limit: Fraction) -> Plan:
    """The check of a reported outcome; a full recheck where it would ask more than half, or proves nothing.

    What only owners decided, by heads or area, is not proved by asking households: it is rechecked in full.
    """
    if not 0 <= allowed <= MOST_ALLOWED:
        raise BadInput(
            what=N_("抽查方案没有保存。"),
            why=N_("允许的不一致户数要在0到%(most)s之间。"),
            next_step=N_("请改正后再保存。"),
            most=MOST_ALLOWED,
            field="allowed",
        )
    mark = need(roll, share.numerator, share.denominator)
    kind, frame, wrong = _frame(roll, agree, mark, outcome)
    enough = least_sample(frame, wrong, allowed, limit) if wrong else None
    if enough is None or 2 * enough > frame:
        return Plan(CheckKind.FULL, frame, wrong, allowed, 0, enough, Fraction(0))
    return Plan(kind, frame, wrong, allowed, enough, enough, passes(frame, wrong, enough, allowed))


def _frame(roll: int, agree: int, mark: int, outcome: Outcome) -> tuple[CheckKind, int, int]:
    if outcome is Outcome.ADOPTED:
        return CheckKind.CONSENTS, agree, agree - mark + 1
    if outcome is Outcome.REJECTED and agree < mark:
        return CheckKind.NON_CONSENTS, roll - agree, mark - agree
    return CheckKind.FULL, agree, 0


def checked_seed(typed: str) -> str:
    """Twenty digits from public dice, spaces between them or not; anything else is refused."""
    seed = "".join(typed.split())
    if len(seed) != SEED_DIGITS or not (seed.isascii() and seed.isdigit()):
        raise BadInput(
            what=N_("没有抽取。"),
            why=N_("种子要正好%(digits)s个数字（0到9）。"),
            next_step=N_("请照着当众掷出的数字再输入一遍。"),
            digits=SEED_DIGITS,
            field="seed",
        )
    return seed


def ticket(seed: str, slot: str) -> str:
    """SHA-256 of the seed, a comma and the slot, in hexadecimal: the place in the order."""
    return hashlib.sha256(f"{seed},{slot}".encode()).hexdigest()


def in_order(seed: str, slots: Iterable[str]) -> list[str]:
    """Slots in the order that anybody works out again from the seed: the least ticket first."""
    return sorted(slots, key=lambda slot: (ticket(seed, slot), slot))


def differs(kind: CheckKind, said: Said | None, *, still: bool = True) -> bool:
    """Whether a household counts as wrong; `said` None when it was not reached.

    `still`: the record stands as it was drawn. One that was voided since was wrong when it was drawn.
    """
    if said is None or said in (Said.UNSAID, Said.NOT_AS_RECORDED):
        return True
    if kind is CheckKind.CONSENTS:
        return not still or said not in (Said.AGREE, Said.AS_RECORDED)
    return said is Said.AGREE


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one household of the sample."""

    said: Said | None
    attempts: int
    still: bool = True

    @property
    def settled(self) -> bool:
        """Reached, or given up."""
        return self.said is not None or self.attempts >= ATTEMPTS


def verdict(kind: CheckKind, allowed: int, found: Sequence[Found]) -> tuple[CheckResult, int]:
    """Confirmed, or a full recheck is needed; and how many were wrong. Refused while somebody is still asked."""
    if not all(one.settled for one in found):
        raise BadInput(
            what=N_("还不能得出抽查结论。"),
            why=N_("还有抽中的住户没有回访完。"),
            next_step=N_("请先回访完；每户联系三次仍联系不上的，按不一致计算。"),
        )
    wrong = sum(differs(kind, one.said, still=one.still) for one in found)
    return (CheckResult.CONFIRMED if wrong <= allowed else CheckResult.RECHECK_NEEDED), wrong


def percent_up(risk: Fraction) -> str:
    """A risk for people, in percent, rounded up to two places: never shown smaller than it is."""
    hundredths = -(-risk.numerator * 10000 // risk.denominator)
    units, rest = divmod(hundredths, 100)
    return f"{units}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(units)


def probe_size(papers: int) -> int:
    """How many homes to ask of one crew's, so that one forged form in ten would very likely be found."""
    if papers == 0:
        return 0
    found = least_sample(papers, -(-papers // ONE_IN), 0, 1 - PROBE_POWER)
    return found or papers


def sure(limit: Fraction) -> str:
    """How likely a wrong outcome is noticed at least, in percent, rounded down."""
    return str((1 - limit) * 100 // 1)
