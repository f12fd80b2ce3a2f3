"""Behind the gate: nothing below the threshold gets in, money keeps to the plan, one voice each (rule 5)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from deliberate.db import Database, Transaction
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Stale, WrongStage
from deliberate.domain.execution import Rating
from deliberate.domain.gate import GateShut
from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.models import Consent, Execution, Household, JournalEntry, Notice, Proposal
from deliberate.queries import dossier, executions
from deliberate.services import evaluation, execution, tasks
from deliberate.services.evaluation import NotRated
from deliberate.services.execution import NotCarriedOut
from deliberate.services.tasks import NewReport, NewTask
from tests import make, make_count
from tests.make import Clock
from tests.make_round import OpenRound

Begin = Callable[[], AbstractContextManager[Transaction]]


def moderator(at: OpenRound, tx: Transaction):  # type: ignore[no-untyped-def]
    return make.actor(tx.session, at.staff.moderator)


def test_seven_of_ten_are_not_carried_out_by_the_service(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 7)
        with pytest.raises(GateShut):
            execution.start(tx.session, moderator(at, tx), at.proposal.id, now=tx.now)
        make_count.concluded(at, tx, clock)
        with pytest.raises(GateShut) as shut:
            execution.start(tx.session, moderator(at, tx), at.proposal.id, now=clock.at)
        assert (shut.value.params["need"], shut.value.params["have"]) == (8, 7)


@pytest.mark.parametrize("way", ["row", "stage"])
def test_seven_of_ten_are_not_carried_out_by_the_orm(database: Database, clock: Clock, way: str) -> None:
    with database.transaction() as tx:
        at = make_count.answered(tx, 10, 7)
        make_count.concluded(at, tx, clock)

    def attack() -> None:
        with database.transaction() as tx:
            if way == "row":
                tx.session.add(
                    Execution(
                        community_id=at.community.id,
                        proposal_id=at.proposal.id,
                        consent_round_id=at.round.id,
                        started_at=clock.at,
                        started_by_id=at.staff.moderator.id,
                    )
                )
            else:
                tx.session.get_one(Proposal, at.proposal.id).stage = Stage.EXECUTING

    with pytest.raises(DBAPIError):
        attack()


def test_eight_of_ten_wait_for_the_outcome_then_begin_once(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.shown(at, tx, clock)
        with pytest.raises(GateShut):
            execution.start(tx.session, moderator(at, tx), at.proposal.id, now=clock.at)
    with transaction() as tx:
        at = make_count.answered(tx, 11, 9)
        begun = make_count.started(at, tx, clock)
        assert execution.start(tx.session, moderator(at, tx), at.proposal.id, now=clock.at).id == begun.id
        for other in (at.staff.scrutineer, at.staff.canvasser, at.staff.registrar):
            with pytest.raises(NotAllowed):
                execution.start(tx.session, make.actor(tx.session, other), at.proposal.id, now=clock.at)


def test_a_matter_without_a_round_stays_outside(transaction: Begin) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        proposal = Proposal(
            community_id=at.community.id,
            number=9,
            stage=Stage.DRAFT,
            category=at.proposal.category,
            title="没有征求过",
            body="正文",
            scope={"kind": "community"},
            author_id=at.staff.moderator.id,
            created_at=tx.now,
            changed_at=tx.now,
        )
        tx.session.add(proposal)
        tx.session.flush()
        with pytest.raises(GateShut):
            execution.start(tx.session, moderator(at, tx), proposal.id, now=tx.now)


def test_tasks_keep_to_the_budget_and_reports_to_reason(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.started(at, tx, clock)
        task = make_count.task(at, tx, clock, budget=60_000)
        assert make_count.task(at, tx, clock, budget=60_000).id == task.id
        due = clock.at.date() + timedelta(days=1)
        for wrong in (
            NewTask("多出来的", "单位", due, 40_001),
            NewTask(" ", "单位", due),
            NewTask("做什么", "", due),
            NewTask("做什么", "单位", due, -1),
        ):
            with pytest.raises(BadInput):
                tasks.add_task(tx.session, moderator(at, tx), at.proposal.id, wrong, now=clock.at)
        for odd in (
            NewReport(101, 0, "x"),
            NewReport(-1, 0, "x"),
            NewReport(1, 0, " "),
            NewReport(1, -1, "x"),
        ):
            with pytest.raises(BadInput):
                tasks.report(tx.session, moderator(at, tx), task.id, odd, now=clock.at)
        with pytest.raises(BadInput):
            tasks.report(
                tx.session, moderator(at, tx), task.id, NewReport(1, 0, "x", picture_id=99), now=clock.at
            )
        for said in (
            NewReport(50, 30_000, "一半", seen=0),
            NewReport(50, 30_000, "一半", seen=0),
            NewReport(60, -500, "更正"),
        ):
            tasks.report(tx.session, moderator(at, tx), task.id, said, now=clock.at)
        found = executions.of_proposal(tx.session, at.proposal.id)
        assert found is not None
        assert (found.money.spent, execution.account(found)["progress"], len(found.tasks[0].reports)) == (
            29_500,
            60,
            2,
        )
        with pytest.raises(WrongStage):
            execution.complete(tx.session, moderator(at, tx), at.proposal.id, "没做完", now=clock.at)
        for _click in range(2):
            execution.publish_progress(tx.session, moderator(at, tx), at.proposal.id, now=clock.at)
        posted = tx.session.scalars(select(Notice).where(Notice.kind == NoticeKind.PROGRESS)).all()
        assert [notice.data["spent"] for notice in posted] == [29_500]


def test_an_equal_payment_later_is_a_payment_of_its_own(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.started(at, tx, clock)
        task, actor = make_count.task(at, tx, clock), moderator(at, tx)
        monthly = NewReport(50, 1_000, "看护费", seen=0)
        first = tasks.report(tx.session, actor, task.id, monthly, now=clock.at)
        clock.forward(days=10)
        second = tasks.report(tx.session, actor, task.id, replace(monthly, seen=first.id), now=clock.at)
        assert second.id != first.id
        with pytest.raises(Stale):
            tasks.report(tx.session, actor, task.id, NewReport(60, 1, "另一笔", seen=first.id), now=clock.at)


def test_the_same_task_with_another_budget_is_refused_until_it_was_cancelled(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.started(at, tx, clock)
        task, actor = make_count.task(at, tx, clock, budget=60_000), moderator(at, tx)
        with pytest.raises(BadInput) as refused:
            make_count.task(at, tx, clock, budget=70_000)
        assert refused.value.params["budget"] == "600.00"
        for reason in (" ", "长" * 501):
            with pytest.raises(BadInput):
                tasks.cancel_task(tx.session, actor, task.id, reason, now=clock.at)
        scrutineer = make.actor(tx.session, at.staff.scrutineer)
        with pytest.raises(NotAllowed):
            tasks.cancel_task(tx.session, scrutineer, task.id, "x", now=clock.at)
        with pytest.raises(NotFound):
            tasks.cancel_task(tx.session, actor, 10**6, "x", now=clock.at)
        for _click in range(2):
            tasks.cancel_task(tx.session, actor, task.id, "预算写错了", now=clock.at)
        with pytest.raises(Stale):
            tasks.cancel_task(tx.session, actor, task.id, "另一个原因", now=clock.at)
        noted = select(JournalEntry).where(JournalEntry.what == "task_cancelled")
        assert len(tx.session.scalars(noted).all()) == 1
        again = make_count.task(at, tx, clock, budget=100_000)
        assert again.id != task.id
        tasks.report(tx.session, actor, again.id, NewReport(100, 90_000, "装好了"), now=clock.at)
        execution.complete(tx.session, actor, at.proposal.id, "已经验收。", now=clock.at)
        posted = tx.session.scalars(select(Notice).where(Notice.kind == NoticeKind.COMPLETION)).one()
        assert [it["cancelled"] for it in posted.data["tasks"]] == ["预算写错了", None]
        with pytest.raises(NotCarriedOut):
            tasks.cancel_task(tx.session, actor, again.id, "晚了", now=clock.at)


def test_completion_shows_the_accounts_and_ends_the_reports(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.completed(at, tx, clock)
        again = execution.complete(tx.session, moderator(at, tx), at.proposal.id, "再说一遍", now=clock.at)
        assert again.statement == "已经验收，账目如上。"
        posted = tx.session.scalars(select(Notice).where(Notice.kind == NoticeKind.COMPLETION)).one()
        assert (posted.data["budget"], posted.data["spent"]) == (100_000, 38_000)
        with pytest.raises(NotCarriedOut):
            make_count.task(at, tx, clock, "再加一项")


def test_each_household_rates_once_and_only_while_asked(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.completed(at, tx, clock)
        home = tx.session.get_one(Household, at.entries[0].household_id)
        one, other = (make.actor(tx.session, make.resident(tx.session, home)) for _ in range(2))
        for actor, rating in ((one, Rating.FAIR), (other, Rating.SATISFIED)):
            evaluation.rate(tx.session, actor, at.proposal.id, home.id, rating, "", now=clock.at)
        said = executions.ratings(tx.session, at.proposal.id, at.round.id)
        assert (said.total, said.by_rating[Rating.SATISFIED], said.asked) == (1, 1, 10)
        with pytest.raises(NotAllowed):
            evaluation.rate(tx.session, one, at.proposal.id, at.homes[1].id, Rating.FAIR, "", now=clock.at)
        with pytest.raises(BadInput):
            evaluation.rate(tx.session, one, at.proposal.id, home.id, Rating.FAIR, "长" * 1001, now=clock.at)
        (new_home,) = make.households(tx.session, at.community, 1, "8")
        newcomer = make.actor(tx.session, make.resident(tx.session, new_home))
        with pytest.raises(NotRated):
            evaluation.rate(tx.session, newcomer, at.proposal.id, new_home.id, Rating.FAIR, "", now=clock.at)
        with pytest.raises(WrongStage):
            evaluation.close_evaluation(tx.session, moderator(at, tx), at.proposal.id, now=clock.at)
        clock.forward(days=8)
        with pytest.raises(NotRated):
            evaluation.rate(tx.session, one, at.proposal.id, home.id, Rating.FAIR, "", now=clock.at)
        for _click in range(2):
            stage = evaluation.close_evaluation(tx.session, moderator(at, tx), at.proposal.id, now=clock.at)
            assert stage is Stage.EVALUATED
        for _click in range(2):
            stage = evaluation.archive(tx.session, moderator(at, tx), at.proposal.id, now=clock.at)
            assert stage is Stage.ARCHIVED
        kinds = tx.session.scalars(select(Notice.kind)).all()
        assert kinds.count(NoticeKind.EVALUATION) == 1


def test_when_everybody_has_rated_it_may_end(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.completed(at, tx, clock)
        make_count.rated(at, tx, clock, 10)
        stage = evaluation.close_evaluation(tx.session, moderator(at, tx), at.proposal.id, now=clock.at)
        assert stage is Stage.EVALUATED


def test_the_dossier_holds_all_of_it_and_no_answer_of_a_household(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 12, 10, 1)
        make_count.completed(at, tx, clock)
        found = dossier.of_proposal(tx.session, tx.session.get_one(Proposal, at.proposal.id))
        (one,) = found.rounds
        assert [certified.role for certified in one.certificates] == ["registrar", "scrutineer"]
        assert one.counting.outcome is not None
        assert [group.tally.roll.one for group in one.buildings] == [12]
        kinds = [notice.kind for notice in found.notices]
        expected = [NoticeKind.PRELIMINARY, NoticeKind.RECHECK, NoticeKind.FINAL, NoticeKind.COMPLETION]
        assert kinds[-4:] == expected
        assert found.carried_out is not None
        assert tx.session.scalars(select(Consent)).all()
