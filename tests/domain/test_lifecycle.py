"""The path of a matter: the whole product of stage, step and conditions; all else is refused."""

from collections import deque
from itertools import chain, combinations

import pytest

from deliberate.domain.errors import WrongStage
from deliberate.domain.lifecycle import (
    BEFORE_CONSENT,
    HIDDEN_FROM_PUBLIC,
    TABLE,
    UNMET,
    Condition,
    Stage,
    Step,
    steps_from,
    take,
    unmet,
)

BEHIND_THE_GATE = {Stage.EXECUTING, Stage.COMPLETED, Stage.EVALUATED, Stage.ARCHIVED}


def subsets(conditions: frozenset[Condition]) -> list[frozenset[Condition]]:
    ordered = sorted(conditions)
    every = chain.from_iterable(combinations(ordered, n) for n in range(len(ordered) + 1))
    return [frozenset(some) for some in every]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("step", Step)
def test_every_stage_and_step_with_every_set_of_conditions(stage: Stage, step: Step) -> None:
    move = TABLE.get((stage, step))
    if move is None:
        for facts in (frozenset[Condition](), frozenset(Condition)):
            with pytest.raises(WrongStage):
                take(stage, step, facts)
        return
    others = frozenset(Condition) - move.must
    for held in subsets(move.must):
        for beside in (frozenset[Condition](), others):
            assert unmet(stage, step, held | beside) == move.must - held
            if held == move.must:
                assert take(stage, step, held | beside) is move.to
            else:
                with pytest.raises(WrongStage) as refused:
                    take(stage, step, held | beside)
                assert refused.value.why in {UNMET[c] for c in move.must - held}


def test_each_condition_can_be_said_and_is_asked_somewhere() -> None:
    assert set(UNMET) == set(Condition)
    assert {c for move in TABLE.values() for c in move.must} == set(Condition)


@pytest.mark.parametrize("stage", Stage)
def test_the_steps_of_a_stage_are_those_of_the_table(stage: Stage) -> None:
    assert steps_from(stage) == {step for at, step in TABLE if at is stage}


def reachable(start: Stage, without: tuple[Stage, Step] | None = None) -> set[Stage]:
    """Where the table leads from there, if need be without one of its moves."""
    seen, waiting = {start}, deque([start])
    while waiting:
        here = waiting.popleft()
        for (at, step), move in TABLE.items():
            if at is here and (at, step) != without and move.to not in seen:
                seen.add(move.to)
                waiting.append(move.to)
    return seen


def test_every_stage_can_be_reached_from_a_draft() -> None:
    assert reachable(Stage.DRAFT) == set(Stage)


def test_there_is_one_way_to_execution_and_it_asks_for_the_rules() -> None:
    doors = [
        key for key, move in TABLE.items() if move.to in BEHIND_THE_GATE and key[0] not in BEHIND_THE_GATE
    ]
    assert doors == [(Stage.ADOPTED, Step.START_EXECUTION)]
    assert Condition.RULES_PASSED in TABLE[doors[0]].must
    assert not reachable(Stage.DRAFT, without=doors[0]) & BEHIND_THE_GATE
    (adoption,) = [key for key, move in TABLE.items() if move.to is Stage.ADOPTED]
    assert TABLE[adoption].must == {
        Condition.OBJECTION_PERIOD_OVER,
        Condition.OBJECTIONS_ANSWERED,
        Condition.SPOT_CHECKED,
        Condition.RULES_PASSED,
    }


def test_only_what_was_decided_against_returns_to_discussion_after_consent() -> None:
    back = {at for (at, step), move in TABLE.items() if step is Step.OPEN_DISCUSSION and _REASON in move.must}
    assert back == {Stage.REJECTED, Stage.NO_VALID_DECISION}


_REASON = Condition.REASON


def test_the_author_withdraws_only_before_consent() -> None:
    assert {at for at, step in TABLE if step is Step.WITHDRAW} == BEFORE_CONSENT


def test_only_unfinished_texts_are_hidden() -> None:
    assert {Stage.DRAFT, Stage.RETURNED} == HIDDEN_FROM_PUBLIC


def test_what_was_adopted_can_be_ended_with_a_reason_until_it_is_completed() -> None:
    """Without it, what cannot be carried out would stay where it is for ever."""
    ending = {at: move for (at, step), move in TABLE.items() if step is Step.TERMINATE}
    assert set(ending) == {Stage.ADOPTED, Stage.EXECUTING}
    assert all(move.to is Stage.TERMINATED and move.must == {_REASON} for move in ending.values())


@pytest.mark.parametrize(
    "end", [Stage.ARCHIVED, Stage.DECLINED, Stage.MERGED, Stage.WITHDRAWN, Stage.TERMINATED]
)
def test_ends_are_ends(end: Stage) -> None:
    assert not steps_from(end)
