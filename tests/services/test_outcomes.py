"""The outcome is computed from the sheet, never chosen, and never early."""

import pytest
from sqlalchemy import select

from deliberate.domain.errors import NotAllowed, Refusal, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.rules import CC278_MAJ, RC80, Outcome
from deliberate.models import (
    Notice,
    OutcomeRecord,
)
from deliberate.services import counting, outcomes
from tests import make, make_count
from tests.make import Clock
from tests.services.counted_rounds import Begin, moderator, number_of, stage


@pytest.mark.parametrize(
    ("agree", "rules", "outcome", "at_stage"),
    [
        (8, (RC80,), Outcome.ADOPTED, Stage.ADOPTED),
        (7, (RC80,), Outcome.REJECTED, Stage.REJECTED),
        (8, (RC80, CC278_MAJ), Outcome.NO_VALID_DECISION, Stage.NO_VALID_DECISION),
    ],
)
def test_the_outcome_is_computed(
    transaction: Begin,
    clock: Clock,
    agree: int,
    rules: tuple,
    outcome: Outcome,
    at_stage: Stage,  # type: ignore[type-arg]
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, agree, 0, 0, *rules)
        record = make_count.concluded(at, tx, clock)
        assert (record.outcome, stage(tx, at)) == (outcome, at_stage)
        again = outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert again.id == record.id
        finals = tx.session.scalars(select(Notice).where(Notice.kind == NoticeKind.FINAL)).all()
        assert len(finals) == 1
        assert finals[0].data["figures"]["outcome"] == outcome


def test_concluding_early_is_refused(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.signed(at, tx, clock)
        with pytest.raises(Refusal):
            outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        counting.show_result(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        with pytest.raises(WrongStage):
            outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        with pytest.raises(NotAllowed):
            outcomes.conclude(
                tx.session, make.actor(tx.session, at.staff.scrutineer), at.round.id, now=clock.at
            )
        assert number_of(tx, OutcomeRecord) == 0
