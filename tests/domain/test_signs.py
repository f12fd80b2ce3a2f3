"""Signs of forgery: what is odd is counted, and what is usual is not."""

from datetime import UTC, datetime, timedelta

import pytest

from deliberate.domain.signs import (
    FAST,
    HOMES,
    RUN,
    TENS,
    Sign,
    SignKind,
    at_night,
    longest_run,
    pace,
    repeated,
    run_in_tens,
    shared,
    signs,
)

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def minutes(*numbers: float) -> list[datetime]:
    return [NOON + timedelta(minutes=number) for number in numbers]


@pytest.mark.parametrize(
    ("at", "most"),
    [
        ([], 0),
        ([0], 1),
        ([0, 5, 9.9], 3),
        ([0, 5, 10], 2),
        ([20, 0, 21, 1, 22], 3),
        ([0, 0, 0], 3),
        ([0, 11, 22, 23, 24, 25, 60], 4),
    ],
)
def test_the_pace_is_the_most_doors_in_ten_minutes(at: list[float], most: int) -> None:
    assert pace(minutes(*at)) == most


@pytest.mark.parametrize(
    ("hour", "minute", "night"),
    [(7, 59, 1), (8, 0, 0), (21, 59, 0), (22, 0, 1), (0, 0, 1), (12, 0, 0)],
)
def test_night_is_before_eight_and_from_ten_in_beijing(hour: int, minute: int, night: int) -> None:
    moment = datetime(2026, 3, 2, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    assert at_night([moment]) == night


@pytest.mark.parametrize(
    ("answers", "longest"), [("", 0), ("a", 1), ("aab", 2), ("abbb", 3), ("abab", 1), ("aabbbaa", 3)]
)
def test_a_run_is_unbroken(answers: str, longest: int) -> None:
    assert longest_run(answers) == longest


def test_no_answer_at_all_begins_a_run_too() -> None:
    assert longest_run([None, None]) == 2


def signed(answers: str) -> list[tuple[datetime, str]]:
    """Papers in the order of signing, which is that of their coming."""
    return [(NOON + timedelta(minutes=20 * n), answer) for n, answer in enumerate(answers)]


@pytest.mark.parametrize("latest", range(30, 40))
def test_a_run_read_after_each_paper_does_not_tell_what_that_paper_says(latest: int) -> None:
    for broken in range(30, latest + 1):
        assert run_in_tens(signed("a" * broken + "b" + "a" * (latest - broken))[:latest]) == 30
    assert run_in_tens(signed("a" * 40)) == 40
    assert run_in_tens(signed("a" * 39 + "b")) == 30


def test_a_run_is_that_of_signing_whenever_papers_come() -> None:
    papers = signed("a" * 30 + "b" * 10)
    assert run_in_tens(papers[5:] + papers[:5]) == 30


def test_evidence_repeats_when_it_stands_for_two_homes() -> None:
    assert repeated([("a", 1), ("a", 1), ("b", 2)]) == 0
    assert repeated([("a", 1), ("a", 2), ("a", 3), ("b", 2), ("b", 4), ("c", 5)]) == 2


def test_usual_work_gives_no_sign() -> None:
    moments = minutes(*range(0, 10 * (FAST - 1), 10))
    assert signs(moments, moments, signed("a" * (RUN - 1)), [("a", 1), ("b", 2)]) == ()


def test_all_signs_with_their_numbers() -> None:
    fast = minutes(*[n / 2 for n in range(FAST)])
    late = [NOON + timedelta(hours=11)]
    assert signs(fast, fast + late, signed("b" * TENS + "a" * RUN), [("x", 1), ("x", 2)]) == (
        Sign(SignKind.SAME_EVIDENCE, 1),
        Sign(SignKind.PACE, FAST),
        Sign(SignKind.NIGHT, 1),
        Sign(SignKind.RUN, RUN),
    )


def test_one_telephone_for_many_homes_is_odd() -> None:
    assert shared([]) == 0
    telephones = [("1", home) for home in range(HOMES)] + [("1", 0), ("2", 9)]
    assert shared(telephones) == HOMES
    assert signs([], [], "", [], telephones) == (Sign(SignKind.TELEPHONE, HOMES),)
    assert signs([], [], "", [], telephones[1:HOMES]) == ()
