"""Rounds of a town beside the open one: one being prepared, one whose result is shown, one carried out."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.spot_check import CheckKind
from deliberate.models import Account, CountSheet, SpotCheck
from deliberate.queries.spot_samples import asked
from deliberate.services import (
    closing,
    counting,
    execution,
    objections,
    outcomes,
    revisits,
    rounds,
    spot_draws,
    tasks,
)
from deliberate.services.tasks import NewReport, NewTask
from tests import make, make_check, make_round
from tests.make_round import OpenRound

NOW = make.START + timedelta(days=3)


def furnish(session: Session, at: OpenRound, resident: Account, matters: dict[str, int]) -> dict[str, object]:
    """The three, with an objection to the shown result and a task of the one that is carried out."""
    first = at.proposal.number + 50
    prepared = _prepared(session, at, first)
    shown = _shown(session, at, first + 1, NOW - timedelta(days=40))
    home = at.homes[0].id
    filed = objections.file_objection(
        session,
        make.actor(session, resident),
        shown.round.id,
        home,
        ObjectionKind.PROCEDURE,
        "请再核对一次。",
        now=NOW,
    )
    done = _shown(session, at, first + 2, NOW - timedelta(days=60))
    task = _carried_out(session, at, done)
    drawn, samples = _drawn(session, at, first + 3, NOW - timedelta(days=38))
    matters |= {"shown": shown.proposal.number, "carried_out": done.proposal.number}
    return {
        "prepared_round": prepared,
        "shown_round": shown.round.id,
        "objection_id": filed.id,
        "task_id": task,
        "drawn_round": drawn,
        "sample_id": samples[1],
        "scrutineers_sample": samples[0],
    }


def _prepared(session: Session, at: OpenRound, number: int) -> int:
    proposal, _plan = make_round.fixed_plan(
        session, at.community, at.staff.moderator, now=make.START, number=number
    )
    moderator = make.actor(session, at.staff.moderator)
    return rounds.prepare_round(session, moderator, proposal.id, now=NOW).id


def _drawn(session: Session, at: OpenRound, number: int, began: datetime) -> tuple[int, list[int]]:
    """Two homes are asked again, one by the scrutineer and one by the canvasser."""
    one = _signed(session, at, number, began)
    sheet = session.scalars(select(CountSheet).where(CountSheet.consent_round_id == one.round.id)).one()
    now = began + timedelta(days=36)
    session.add(
        SpotCheck(
            community_id=at.community.id,
            consent_round_id=one.round.id,
            count_sheet_id=sheet.id,
            kind=CheckKind.CONSENTS,
            frame=9,
            wrong=1,
            allowed=0,
            sample=2,
            enough=2,
            risk_limit=5,
            risk=500,
            at=now,
            by_id=at.staff.scrutineer.id,
        )
    )
    session.flush()
    make_check.anchored(session, one, now=now)
    scrutineer = make.actor(session, at.staff.scrutineer)
    spot_draws.draw(session, scrutineer, one.round.id, make_check.SEED, now=now)
    ids = [home.sample.id for home in asked(session, one.round.id)]
    for sample_id, person in zip(ids, (at.staff.scrutineer, at.staff.canvasser), strict=True):
        revisits.reassign(session, scrutineer, sample_id, person.id, now=now)
    return one.round.id, ids


def _shown(session: Session, at: OpenRound, number: int, began: datetime) -> OpenRound:
    """All but two households agreed; closed, signed, shown and rechecked."""
    one, ended = _signed(session, at, number, began), began + timedelta(days=35)
    moderator = make.actor(session, at.staff.moderator)
    counting.show_result(session, moderator, one.round.id, now=ended)
    make_check.checked(session, one, now=ended)
    return one


def _signed(session: Session, at: OpenRound, number: int, began: datetime) -> OpenRound:
    """All but two households agreed; closed and signed."""
    one = make_round.another_matter(session, at, number=number, now=began)
    for entry in one.entries[:-2]:
        make_round.say(session, one, entry, Answer.AGREE, now=began)
    moderator = make.actor(session, at.staff.moderator)
    ended = began + timedelta(days=35)
    sheet = closing.close_round(session, moderator, one.round.id, now=ended)
    scrutineer = make.actor(session, at.staff.scrutineer)
    counting.sign_sheet(session, scrutineer, sheet.id, sheet.sha256, now=ended)
    return one


def _carried_out(session: Session, at: OpenRound, done: OpenRound) -> int:
    """Adopted, begun and completed; households are asked what they think of it."""
    moderator, when = make.actor(session, at.staff.moderator), NOW - timedelta(days=10)
    outcomes.conclude(session, moderator, done.round.id, now=when)
    execution.start(session, moderator, done.proposal.id, now=when)
    new = NewTask("修路灯", "测试物业公司", when.date() + timedelta(days=5), 40_000)
    task = tasks.add_task(session, moderator, done.proposal.id, new, now=when)
    tasks.report(session, moderator, task.id, NewReport(100, 38_000, "装好12盏灯"), now=when)
    execution.complete(session, moderator, done.proposal.id, "已经验收。", now=NOW - timedelta(days=2))
    return task.id
