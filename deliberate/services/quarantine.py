"""What a person decides about tablets' records that are not in force.

Whoever decides recorded none of it (DESIGN §4, rule 8), and says why. Accepting judges the record again, by the
same rules as at its arrival and by today's clock: a decision heals a suspicion, never a broken rule.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.sync import IN_FORCE, Verdict
from deliberate.models import Crew, TabletDecision, TabletRecord
from deliberate.queries import deliveries, suspensions

from . import journal, ledger
from .judging import entries_of, judge, judge_all, waiting_for
from .settling import end_waiting
from .suspensions import forgery_proven
from .tablet_by_hand import entries_taken_back


class StillRefused(Refusal):
    """The record breaks a rule that nobody can set aside."""

    default_what = N_("这条记录不能计入。")
    default_next = N_("请先改正原因后再试，或者退回这条记录并写明理由。")


def subject_of(session: Session, record_id: int, community_id: int | None = None) -> Subject:
    """A record of a tablet: its household, and the people of the crew that made it."""
    record = session.get(TabletRecord, record_id)
    if record is None or community_id not in (None, record.community_id):
        raise NotFound()
    return deliveries.subjects(session, [record])[record_id]


def take_case(session: Session, actor: Actor, record_id: int, *, now: datetime) -> None:
    """Take a case: from now on this person sees what the record says, which is kept."""
    require(actor, Action.DECIDE_DELIVERY, subject_of(session, record_id))
    record = session.get_one(TabletRecord, record_id)
    _refuse_settled(session, record)
    _refuse_coming(record, now)
    if deliveries.CASES.hold_of(session, actor, record_id) is None:
        journal.take(session, actor, record.community_id, deliveries.CASES, record_id, now=now)


def require_holder(session: Session, actor: Actor, record_id: int) -> TabletRecord:
    """The record, for the person who took its case while nobody has decided; anybody else is refused."""
    require(actor, Action.DECIDE_DELIVERY, subject_of(session, record_id))
    record = session.get_one(TabletRecord, record_id)
    _refuse_settled(session, record)
    if deliveries.CASES.hold_of(session, actor, record_id) is None:
        raise NotAllowed(
            what=N_("没有打开这条记录。"),
            why=N_("这条记录不在您手里。"),
            next_step=N_("请回到列表，先点“由我来处理”。"),
        )
    return record


def decide(
    session: Session,
    actor: Actor,
    record_id: int,
    accept: bool,
    reason: str,
    *,
    forged: bool = False,
    key: bytes,
    now: datetime,
) -> TabletDecision:
    """Take a record that is not in force into force, or leave it out for good; either with a reason.

    One that came with other bytes under a known id can only be left out: the first one holds. Left out as
    forged, it counts against its crew (see `suspensions`).
    """
    require(actor, Action.DECIDE_DELIVERY, subject_of(session, record_id))
    record = session.get_one(TabletRecord, record_id, with_for_update=True, populate_existing=True)
    _refuse_settled(session, record)
    _refuse_coming(record, now)
    if not reason.strip():
        raise BadInput(why=N_("要写明理由。"), next_step=N_("请写一句为什么这样处理。"))
    if accept:
        if record.verdict is Verdict.MISMATCH:
            raise StillRefused(why=N_("同一编号的记录先到的一份有效，后到的不能再计入。"))
        _refuse_unaccepted(record, judged=judge(session, record, decider=actor, key=key, now=now))
    else:
        end_waiting(session, record, now)
    made = TabletDecision(
        community_id=record.community_id,
        tablet_record_id=record.id,
        accepted=accept,
        forged=forged and not accept,
        reason=reason.strip(),
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    judge_all(session, waiting_for(session, record), key=key, now=now)
    what = "delivery_accepted" if accept else "delivery_left_out"
    journal.note(session, actor, record.community_id, what, "tablet_record", record.id, now=now)
    _leave_leaf(session, actor, record, made, now=now)
    if made.forged and _crew_of(session, record) is not None:
        forgery_proven(session, actor, record.crew_id or 0, key=key, now=now)
    return made


def _crew_of(session: Session, record: TabletRecord) -> Crew | None:
    """The crew that the record names, if it is one of this community."""
    crew = session.get(Crew, record.crew_id) if record.crew_id is not None else None
    return crew if crew is not None and crew.community_id == record.community_id else None


def round_of_crew(session: Session, record: TabletRecord) -> int | None:
    """The round of the crew that the record names: with a second forgery all of its papers are suspended."""
    crew = _crew_of(session, record)
    return crew.consent_round_id if crew else None


def _leave_leaf(
    session: Session, actor: Actor, record: TabletRecord, made: TabletDecision, *, now: datetime
) -> None:
    """The decision is an event of its crew's round; of a record that names no crew, of no round."""
    crew = _crew_of(session, record)
    values = {
        "record": record.sha256,
        "decision": "accepted" if made.accepted else "forged" if made.forged else "left_out",
        "account": str(actor.account_id),
        "reason": made.reason,
    }
    ledger.append(
        session,
        record.community_id,
        "quarantine",
        values if crew else values | {"round": ""},
        now=now,
        round_id=crew.consent_round_id if crew else None,
    )


def _refuse_settled(session: Session, record: TabletRecord) -> None:
    decided = session.scalar(select(TabletDecision.id).where(TabletDecision.tablet_record_id == record.id))
    if decided is not None or record.verdict in IN_FORCE or record.replaced_by is not None:
        raise Stale(
            why=N_("这条记录已经处理过，或者平板已经送来更正。"), next_step=N_("请刷新页面查看最新情况。")
        )


def _refuse_coming(record: TabletRecord, now: datetime) -> None:
    """What a record waits for may still come on its own, for some hours."""
    if record.verdict is Verdict.PENDING_EVIDENCE and not deliveries.overdue(record, now):
        raise Stale(
            why=N_("这条记录在等照片、签名或者前面的记录，刚送来不久。"),
            next_step=N_("请等平板传完；等久了还没有送齐的，会列在这里等人处理。"),
        )


def _refuse_unaccepted(record: TabletRecord, *, judged: bool) -> None:
    """By raising, everything is as it was."""
    if not judged:
        raise StillRefused(
            why=N_("它等的照片、签名或者前面的记录还没有送到。"),
            next_step=N_("请等它送到再试。少的是照片、纸表在社区的，请入户人员在“录入一叠意见表”里补上。"),
        )
    if record.verdict is Verdict.QUARANTINED:
        params: dict[str, Any] = record.why.get("params", {})
        says = record.why.get("says") or N_("它不符合登记的规则。")
        raise StillRefused(why=says, next_step=record.why.get("then"), **params)


def concerned(session: Session, record: TabletRecord, *, forged: bool) -> list[tuple[int, int]]:
    """Round and entry of everything that a decision on the record may write to, to be locked before."""
    found = entries_of(session, [record.payload], record.device_uuid)
    found += entries_taken_back(session, record)
    if forged and _crew_of(session, record) is not None:
        found += suspensions.concerned(session, record.crew_id or 0)
    return found
