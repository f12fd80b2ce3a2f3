"""Signs that a crew's records may not come from the doors. A sign proves nothing: it says where to ask again.

They are counted from what was recorded at doors; papers entered at the desk from a stack have no visit and so no pace.
None tells how a household answered (DESIGN §4, rule 11): of a run only its length is known here, in whole tens and of
papers that came in whole tens, so that whoever looks after each paper does not learn whether it broke the run. The
others count visits, pictures and telephones, and would be the same whatever a paper says.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from operator import itemgetter

from .calendar import BEIJING

WINDOW = timedelta(minutes=10)
FAST = 8
"""Answered doors within the window, from which on nobody can have explained the plan."""
FROM, UNTIL = time(8), time(22)
"""Between these hours in Beijing doors are visited."""
RUN = 30
"""Equal answers in a row; where nine of ten agree, one crew in twenty-five has such a run by chance."""

TENS = 10
"""So many papers at a time move the run, by so many homes."""

HOMES = 3
"""Homes with one telephone: two are a family, from here on somebody should ask."""


class SignKind(StrEnum):
    """What is odd."""

    PACE = "pace"
    NIGHT = "night"
    RUN = "run"
    SAME_EVIDENCE = "same_evidence"
    TELEPHONE = "telephone"


@dataclass(frozen=True, slots=True)
class Sign:
    """What is odd, and how much of it there is."""

    kind: SignKind
    n: int


def pace(moments: Iterable[datetime]) -> int:
    """The most doors that were answered within any ten minutes."""
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= WINDOW:
            first += 1
        most = max(most, last - first + 1)
    return most


def at_night(moments: Iterable[datetime]) -> int:
    """How many were outside the hours of visits."""
    hours = [moment.astimezone(BEIJING).time() for moment in moments]
    return sum(not FROM <= hour < UNTIL for hour in hours)


def longest_run(answers: Iterable[Hashable]) -> int:
    """The longest row of equal answers, in the order in which they were signed."""
    longest, length, before = 0, 0, object()
    for answer in answers:
        length = length + 1 if answer == before else 1
        longest, before = max(longest, length), answer
    return longest


def run_in_tens(papers: Iterable[tuple[datetime, Hashable]]) -> int:
    """The longest row of equal answers in the order of signing, rounded down to tens; papers in the order in which
    they came, of which those after the last whole ten are left out."""
    came = list(papers)
    known = sorted(came[: len(came) // TENS * TENS], key=itemgetter(0))
    return longest_run(answer for _signed, answer in known) // TENS * TENS


def repeated(evidence: Iterable[tuple[str, int]]) -> int:
    """How many pieces of evidence, by hash, stand for more than one household."""
    homes: defaultdict[str, set[int]] = defaultdict(set)
    for sha256, household_id in evidence:
        homes[sha256].add(household_id)
    return sum(len(of_it) > 1 for of_it in homes.values())


def shared(telephones: Iterable[tuple[str, int]]) -> int:
    """The most homes for which one and the same telephone stands."""
    homes: defaultdict[str, set[int]] = defaultdict(set)
    for telephone, household_id in telephones:
        homes[telephone].add(household_id)
    return max((len(of_it) for of_it in homes.values()), default=0)


def signs(
    answered: Iterable[datetime],
    visited: Iterable[datetime],
    papers: Iterable[tuple[datetime, Hashable]],
    evidence: Iterable[tuple[str, int]],
    telephones: Iterable[tuple[str, int]] = (),
) -> tuple[Sign, ...]:
    """What is odd about one crew's records, the plainest first."""
    found = (
        (SignKind.SAME_EVIDENCE, repeated(evidence), 1),
        (SignKind.PACE, pace(answered), FAST),
        (SignKind.NIGHT, at_night(visited), 1),
        (SignKind.TELEPHONE, shared(telephones), HOMES),
        (SignKind.RUN, run_in_tens(papers), RUN),
    )
    return tuple(Sign(kind, n) for kind, n, least in found if n >= least)
