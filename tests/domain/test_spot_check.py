"""The mathematics of the spot check: known values, exactness, and a simulation that the risk limit holds."""

import hashlib
from fractions import Fraction
from math import comb
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deliberate.domain import spot_check
from deliberate.domain.errors import BadInput
from deliberate.domain.rules import LOWEST, Outcome
from deliberate.domain.spot_check import (
    ATTEMPTS,
    CheckKind,
    CheckResult,
    Found,
    Plan,
    Said,
    checked_seed,
    differs,
    in_order,
    least_sample,
    passes,
    percent_up,
    plan,
    probe_size,
    sure,
    ticket,
    verdict,
)

FIVE = Fraction(1, 20)
ADOPTED, REJECTED = Outcome.ADOPTED, Outcome.REJECTED


def adopted(roll: int, agree: int, allowed: int = 0, limit: Fraction = FIVE) -> Plan:
    return plan(roll, agree, LOWEST, ADOPTED, allowed=allowed, limit=limit)


@pytest.mark.parametrize(
    ("roll", "percent", "ten", "five", "one"),
    [
        (500, 81, 129, 159, 216),
        (500, 85, 35, 45, 67),
        (500, 90, 19, 25, 37),
        (4813, 81, 178, 230, 348),
        (4813, 85, 38, 50, 76),
        (4813, 90, 20, 26, 39),
        (100_000, 81, 185, 241, 370),
        (100_000, 85, 38, 50, 76),
        (100_000, 90, 20, 26, 40),
    ],
)
def test_known_samples_of_adopted_outcomes(roll: int, percent: int, ten: int, five: int, one: int) -> None:
    agree = (roll * percent + 50) // 100
    found = [adopted(roll, agree, limit=Fraction(limit, 100)).enough for limit in (10, 5, 1)]
    assert found == [ten, five, one]


@pytest.mark.parametrize(
    ("roll", "agree", "samples"),
    [
        (500, 405, [159, 235, 295, 343]),
        (500, 425, [45, 71, 93, 114]),
        (500, 450, [25, 39, 52, 64]),
        (4813, 3899, [230, 362, 478, 586]),
        (4813, 4091, [50, 79, 104, 128]),
        (4813, 4332, [26, 41, 55, 67]),
        (100_000, 81_000, [241, 382, 507, 624]),
        (100_000, 85_000, [50, 79, 105, 130]),
        (100_000, 90_000, [26, 41, 55, 68]),
    ],
)
def test_known_samples_with_differences_allowed(roll: int, agree: int, samples: list[int]) -> None:
    assert [adopted(roll, agree, allowed).enough for allowed in range(4)] == samples


@pytest.mark.parametrize(("roll", "agree", "sample"), [(4813, 3802, 59), (4813, 3609, 14), (500, 395, 47)])
def test_known_samples_of_rejected_outcomes(roll: int, agree: int, sample: int) -> None:
    found = plan(roll, agree, LOWEST, REJECTED, allowed=0, limit=FIVE)
    assert (found.kind, found.frame, found.sample) == (CheckKind.NON_CONSENTS, roll - agree, sample)


def by_definition(frame: int, wrong: int, sample: int, allowed: int) -> Fraction:
    hits = (
        comb(wrong, j) * comb(frame - wrong, sample - j)
        for j in range(allowed + 1)
        if j <= sample and sample - j <= frame - wrong
    )
    return Fraction(sum(hits), comb(frame, sample))


@given(some.integers(1, 60), some.data())
def test_the_chance_is_the_textbooks_and_falls_with_the_sample(frame: int, data: some.DataObject) -> None:
    wrong = data.draw(some.integers(0, frame))
    allowed = data.draw(some.integers(0, 4))
    chances = [passes(frame, wrong, sample, allowed) for sample in range(frame + 1)]
    assert chances == [by_definition(frame, wrong, sample, allowed) for sample in range(frame + 1)]
    assert chances == sorted(chances, reverse=True)


@given(some.integers(1, 60), some.data())
def test_the_sample_is_the_least_that_keeps_the_limit(frame: int, data: some.DataObject) -> None:
    wrong, allowed = data.draw(some.integers(1, frame)), data.draw(some.integers(0, 3))
    limit = Fraction(data.draw(some.integers(1, 20)), 100)
    least = least_sample(frame, wrong, allowed, limit)
    keeps = [n for n in range(1, frame + 1) if by_definition(frame, wrong, n, allowed) <= limit]
    assert least == min(keeps, default=None)


@pytest.mark.parametrize("guess", [1, 45, 200, 425])
def test_a_poor_guess_costs_time_and_changes_nothing(monkeypatch: pytest.MonkeyPatch, guess: int) -> None:
    monkeypatch.setattr(spot_check, "_guess", lambda *_: guess)
    assert least_sample(425, 26, 0, FIVE) == 45


@pytest.mark.parametrize("agree", [80_000, 80_001, 80_010, 81_000, 100_000])
@pytest.mark.parametrize("allowed", [0, 3])
def test_a_city_is_planned_at_once(agree: int, allowed: int) -> None:
    began = process_time()
    adopted(100_000, agree, allowed)
    assert process_time() - began < 5, "an exact plan for 100,000 households takes well under a second"


def test_more_than_half_is_a_full_recheck_and_says_what_would_have_been_asked() -> None:
    narrow = adopted(10, 8)
    assert (narrow.kind, narrow.sample, narrow.enough, narrow.wrong) == (CheckKind.FULL, 0, 8, 1)
    assert narrow.risk == 0
    assert adopted(10, 8, allowed=1).enough is None
    assert adopted(10, 8, allowed=1).kind is CheckKind.FULL
    even = adopted(40, 40)
    assert even.sample * 2 <= even.frame
    assert 0 < even.risk <= FIVE


def test_what_owners_alone_decided_is_rechecked_in_full() -> None:
    for outcome in (REJECTED, Outcome.NO_VALID_DECISION):
        found = plan(500, 450, LOWEST, outcome, allowed=0, limit=FIVE)
        assert (found.kind, found.sample, found.enough) == (CheckKind.FULL, 0, None)
    assert plan(500, 300, LOWEST, Outcome.NO_VALID_DECISION, allowed=0, limit=FIVE).kind is CheckKind.FULL


def test_a_higher_threshold_makes_the_margin_narrower() -> None:
    assert plan(500, 460, Fraction(9, 10), ADOPTED, allowed=0, limit=FIVE).wrong == 11


@pytest.mark.parametrize("allowed", [-1, 11])
def test_the_differences_allowed_are_few(allowed: int) -> None:
    with pytest.raises(BadInput) as refused:
        adopted(500, 450, allowed)
    assert refused.value.params["field"] == "allowed"


def test_the_order_can_be_worked_out_with_any_sha256() -> None:
    seed, slots = "01234567890123456789", ["b", "a", "c", "d"]
    by_hand = sorted(slots, key=lambda slot: hashlib.sha256(f"{seed},{slot}".encode()).hexdigest())
    assert in_order(seed, slots) == in_order(seed, reversed(slots)) == by_hand
    assert ticket(seed, "a") == hashlib.sha256(b"01234567890123456789,a").hexdigest()
    assert in_order("11111111111111111111", map(str, range(50))) != in_order(seed, map(str, range(50)))


def test_the_seed_is_twenty_digits() -> None:
    assert checked_seed(" 01234 56789 01234 56789\n") == "01234567890123456789"
    for wrong in ("", "1" * 19, "1" * 21, "1" * 19 + "x", "1" * 19 + "٣", "-" + "1" * 19):
        with pytest.raises(BadInput):
            checked_seed(wrong)


@pytest.mark.parametrize("said", [*Said, None])
def test_what_counts_as_wrong(said: Said | None) -> None:
    right_about_consents = {Said.AGREE, Said.AS_RECORDED}
    right_about_others = {Said.DISAGREE, Said.ABSTAIN, Said.NOTHING, Said.AS_RECORDED}
    assert differs(CheckKind.CONSENTS, said) is (said not in right_about_consents)
    assert differs(CheckKind.NON_CONSENTS, said) is (said not in right_about_others)
    assert differs(CheckKind.CONSENTS, said, still=False)
    assert differs(CheckKind.NON_CONSENTS, said, still=False) is (said not in right_about_others)


def test_the_verdict_waits_for_everybody_and_counts_who_was_not_reached_as_wrong() -> None:
    right, unreached = Found(Said.AGREE, 1), Found(None, ATTEMPTS)
    consents = CheckKind.CONSENTS
    assert verdict(consents, 0, [right, right]) == (CheckResult.CONFIRMED, 0)
    assert verdict(consents, 0, [right, unreached]) == (CheckResult.RECHECK_NEEDED, 1)
    assert verdict(consents, 1, [right, unreached]) == (CheckResult.CONFIRMED, 1)
    assert verdict(consents, 0, [right, Found(Said.AGREE, 1, still=False)])[0] is CheckResult.RECHECK_NEEDED
    for waiting in (Found(None, 0), Found(None, ATTEMPTS - 1)):
        with pytest.raises(BadInput):
            verdict(consents, 1, [right, waiting])


def test_risks_are_shown_rounded_up_and_sureness_down() -> None:
    shown = [percent_up(Fraction(n, 1_000_000)) for n in (0, 1, 49_100, 49_101, 50_000, 1_000_000)]
    assert shown == ["0", "0.01", "4.91", "4.92", "5", "100"]
    assert [sure(Fraction(n, 100)) for n in (1, 5, 10)] == ["99", "95", "90"]


def test_the_probe_of_a_crew() -> None:
    caught = [float(1 - passes(60, 6, visits, 0)) for visits in (5, 10, 15)]
    assert [round(share * 100) for share in caught] == [42, 68, 84]
    assert (probe_size(0), probe_size(1), probe_size(5), probe_size(60)) == (0, 1, 4, 14)
    assert all(1 - passes(n, -(-n // 10), probe_size(n), 0) >= Fraction(4, 5) for n in range(1, 200))


def simulated_risk(roll: int, agree: int, allowed: int, times: int, seed: int) -> float:
    """How often a wrong outcome passes, drawn as it is drawn: M0 wrong, at any place, ordered by hashes."""
    chance, planned = Random(seed), adopted(roll, agree, allowed)
    assert planned.kind is CheckKind.CONSENTS
    passed = 0
    slots = [f"{chance.getrandbits(128):032x}" for _ in range(planned.frame)]
    for _ in range(times):
        wrong = set(chance.sample(slots, planned.wrong))
        drawn = in_order(f"{chance.randrange(10**20):020d}", slots)[: planned.sample]
        found = [Found(None if slot in wrong else Said.AGREE, ATTEMPTS) for slot in drawn]
        passed += verdict(planned.kind, allowed, found)[0] is CheckResult.CONFIRMED
    return passed / times


CASES = [(500, 425, 0), (500, 450, 1), (500, 470, 2), (200, 185, 3)]


def margin(limit: float, times: int) -> float:
    """Four standard deviations of the count, above which no sound check would come."""
    return float(limit + 4 * (limit * (1 - limit) / times) ** 0.5)


@pytest.mark.parametrize(("roll", "agree", "allowed"), CASES)
def test_the_risk_limit_holds(roll: int, agree: int, allowed: int) -> None:
    times = 250
    assert 0 < simulated_risk(roll, agree, allowed, times, seed=1) <= margin(0.05, times)


@pytest.mark.whole
@pytest.mark.parametrize(("roll", "agree", "allowed"), [*CASES, (4813, 3899, 0), (4813, 4091, 2)])
def test_the_risk_limit_holds_over_many_draws(roll: int, agree: int, allowed: int) -> None:
    times = 20_000 if roll < 1000 else 2_000
    risk = simulated_risk(roll, agree, allowed, times, seed=2)
    exact = float(adopted(roll, agree, allowed).risk)
    assert risk <= margin(0.05, times)
    assert abs(risk - exact) <= margin(exact, times) - exact
