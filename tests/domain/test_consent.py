"""Where a household stands: any two or three events, in any order, over any channel (rules 1, 6, 8, 10)."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.consent import (
    ANSWERED,
    Answer,
    Channel,
    Clocks,
    Deed,
    Record,
    Standing,
    Window,
    heads,
    standing,
)

STANDS_AS = {answer: Standing(answer.value) for answer in Answer}
NO_ANSWER = (Deed.WITHDRAWAL, Deed.VOIDING)


def events(number: int) -> list[tuple[Record, ...]]:
    """Every history of so many records: deed, answer, channel, late or not; each may name the one before."""
    kinds = [(Deed.ANSWER, answer) for answer in Answer] + [(deed, None) for deed in NO_ANSWER]
    histories = []
    for picks in product(product(kinds, Channel, (False, True)), repeat=number):
        for named in product((False, True), repeat=number - 1):
            records = []
            for n, ((deed, answer), channel, late) in enumerate(picks):
                names = frozenset({n - 1}) if n and named[n - 1] else frozenset[int]()
                records.append(Record(n, deed, answer, channel, names, late))
            histories.append(tuple(records))
    return histories


def expected(records: tuple[Record, ...]) -> Standing:
    """The rule again, in other words."""
    counted = [r for r in records if not r.late]
    if not counted:
        return Standing.LATE if records else Standing.SILENT
    left = [r for r in counted if not any(r.id in other.supersedes for other in counted)]
    said = {r.answer for r in left} - {None}
    if len(said) == 1:
        return STANDS_AS[next(a for a in said if a)]
    if said:
        return Standing.CONTRADICTION
    return Standing.WITHDRAWN if any(r.deed is Deed.WITHDRAWAL for r in left) else Standing.INVALID


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_history_stands_where_the_rule_says_in_any_order(number: int) -> None:
    for records in events(number) if number else [()]:
        for order in permutations(records):
            assert standing(order) is expected(records), records


ANSWERS = st.sampled_from(Answer)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*((Deed.ANSWER, a) for a in Answer), *((d, None) for d in NO_ANSWER)]),
            st.sampled_from(Channel),
            st.booleans(),
            st.sets(st.integers(0, 4)),
        ),
        min_size=3,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_never_matters(rows: list[tuple], shuffle: object) -> None:  # type: ignore[type-arg]
    records = [
        Record(n, deed, answer, channel, frozenset(old for old in named if old < n), late)
        for n, ((deed, answer), channel, late, named) in enumerate(rows)
    ]
    first = standing(records)
    assert first is expected(tuple(records))
    shuffle.shuffle(records)  # type: ignore[attr-defined]
    assert standing(records) is first


@pytest.mark.parametrize(("one", "other"), list(product(Answer, repeat=2)))
@pytest.mark.parametrize(("first", "second"), list(product(Channel, repeat=2)))
def test_two_answers_of_one_household(one: Answer, other: Answer, first: Channel, second: Channel) -> None:
    a, b = Record(1, Deed.ANSWER, one, first), Record(2, Deed.ANSWER, other, second)
    alike = STANDS_AS[one] if one is other else Standing.CONTRADICTION
    assert standing([a, b]) is standing([b, a]) is alike
    change = Record(2, Deed.CHANGE, other, second, frozenset({1}))
    assert standing([a, change]) is standing([change, a]) is STANDS_AS[other]


@pytest.mark.parametrize("answers", list(product(Answer, repeat=3)))
def test_three_answers_have_at_most_one_that_counts(answers: tuple[Answer, ...]) -> None:
    records = [Record(n, Deed.ANSWER, answer, Channel.PAPER) for n, answer in enumerate(answers)]
    for order in permutations(records):
        agreed = STANDS_AS[answers[0]] if len(set(answers)) == 1 else Standing.CONTRADICTION
        assert standing(order) is agreed


def test_what_comes_late_changes_nothing() -> None:
    said = Record(1, Deed.ANSWER, Answer.AGREE, Channel.ONLINE)
    late = Record(2, Deed.CHANGE, Answer.DISAGREE, Channel.PAPER, frozenset({1}), late=True)
    assert standing([late]) is Standing.LATE
    assert standing([said, late]) is standing([late, said]) is Standing.AGREE
    assert heads([said, late]) == (said,)


def test_a_contradiction_settled_and_an_answer_voided() -> None:
    a = Record(1, Deed.ANSWER, Answer.AGREE, Channel.ONLINE)
    b = Record(2, Deed.ANSWER, Answer.DISAGREE, Channel.PAPER)
    settled = Record(3, Deed.SETTLEMENT, Answer.DISAGREE, Channel.ONLINE, frozenset({1, 2}))
    neither = Record(3, Deed.SETTLEMENT, None, Channel.ONLINE, frozenset({1, 2}))
    assert standing([a, b, settled]) is Standing.DISAGREE
    assert standing([a, b, neither]) is Standing.INVALID
    assert standing([a, Record(4, Deed.VOIDING, None, Channel.ONLINE, frozenset({1}))]) is Standing.INVALID


def test_what_people_see_as_answered() -> None:
    assert (
        set(Standing)
        - {
            Standing.WITHDRAWN,
            Standing.INVALID,
            Standing.LATE,
            Standing.SILENT,
        }
        == ANSWERED
    )


OPENED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLOCKS = Clocks(OPENED, OPENED + 10 * HOUR, OPENED + 20 * HOUR, OPENED + 30 * HOUR)


@pytest.mark.parametrize(
    ("hours", "window"),
    [
        (-1, Window.NOT_OPEN),
        (0, Window.ANSWERING),
        (9, Window.ANSWERING),
        (10, Window.REGISTERING),
        (19, Window.REGISTERING),
        (20, Window.SETTLING),
        (29, Window.SETTLING),
        (30, Window.OVER),
    ],
)
def test_each_window_ends_at_its_time(hours: int, window: Window) -> None:
    assert CLOCKS.window(OPENED + hours * HOUR) is window


@pytest.mark.parametrize(
    ("signed", "registered", "counts"),
    [(9, 9, True), (9, 19, True), (10, 11, False), (9, 20, False), (9, 8, False)],
)
def test_paper_counts_when_signed_and_registered_in_time(signed: int, registered: int, counts: bool) -> None:
    assert CLOCKS.paper_counts(OPENED + signed * HOUR, OPENED + registered * HOUR) is counts


def test_clocks_follow_one_another() -> None:
    with pytest.raises(ValueError, match="follow"):
        Clocks(OPENED, OPENED, OPENED, OPENED)


@pytest.mark.parametrize(
    ("answer", "register", "settle", "follow"),
    [
        (1, 1, 1, True),
        (1, 2, 2, True),
        (1, 1, 2, True),
        (0, 1, 2, False),
        (2, 1, 3, False),
        (1, 3, 2, False),
    ],
)
def test_later_clocks_may_run_out_together_and_none_before_the_one_before_it(
    answer: int, register: int, settle: int, follow: bool
) -> None:
    times = [OPENED + hours * HOUR for hours in (0, answer, register, settle)]
    with nullcontext() if follow else pytest.raises(ValueError, match="follow"):
        assert Clocks(*times).window(OPENED) is Window.ANSWERING
