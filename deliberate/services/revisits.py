"""Asking again at the homes of a spot check: by others, blind, until reached or given up."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain import spot_check as rules
from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Action, Actor, require
from deliberate.domain.spot_check import Said, Way
from deliberate.models import (
    RollEntry,
    SpotAssignment,
    SpotSample,
    SpotVisit,
)
from deliberate.queries import revisitors, spot_checks, spot_samples

from . import journal
from .spot_checks import NotChecked, by_scrutineer


def assign(
    session: Session, actor: Actor, one: spot_samples.Asked, account_id: int, *, now: datetime
) -> None:
    """From now on this person asks there; that they may is for the caller to know."""
    session.add(
        SpotAssignment(
            community_id=one.sample.community_id,
            spot_sample_id=one.sample.id,
            account_id=account_id,
            at=now,
            by_id=actor.account_id,
        )
    )


def reassign(session: Session, actor: Actor, sample_id: int, account_id: int, *, now: datetime) -> None:
    """Somebody else asks there, of those who may."""
    one = _the_home(session, sample_id)
    by_scrutineer(session, actor, one.sample.consent_round_id)
    able = revisitors.able(session, one.sample.consent_round_id, [one])[sample_id]
    if account_id not in able:
        raise BadInput(
            what=N_("没有改派。"),
            why=N_("登记这一户的小组、这一户的家人，都不能回访这一户。"),
            next_step=N_("请另选一个人。"),
            field="account_id",
        )
    if one.assigned_id != account_id:
        assign(session, actor, one, account_id, now=now)
        session.flush()


def _the_home(session: Session, sample_id: int) -> spot_samples.Asked:
    sample = session.get(SpotSample, sample_id)
    one = spot_samples.one_asked(session, sample.community_id, sample_id) if sample else None
    if one is None:
        raise NotFound()
    return one


def keep_attempt(
    session: Session,
    actor: Actor,
    sample_id: int,
    way: Way,
    said: Said | None,
    *,
    request_id: str,
    now: datetime,
) -> SpotVisit | None:
    """One attempt by the person who asks there, blind; `said` None when nobody was reached."""
    one = _the_home(session, sample_id)
    require(actor, Action.REVISIT, spot_samples.subject(session, one))
    if any(visit.request_id == request_id for visit in one.visits):
        return None
    _refuse_settled(session, one)
    if way is Way.OWN_CHECK or (said is not None and said not in rules.AT_THE_DOOR):
        raise BadInput(why=N_("没有这样的回访结果。"), field="said")
    made = _attempt(one, way, said, actor.account_id, request_id, now)
    session.add(made)
    session.flush()
    journal.note(
        session, actor, one.sample.community_id, "household_revisited", "spot_sample", sample_id, now=now
    )
    return made


def _refuse_settled(session: Session, one: spot_samples.Asked) -> None:
    if one.settled or spot_checks.verdicts(session, one.sample.consent_round_id):
        raise NotChecked(
            what=N_("这次回访没有保存。"),
            why=N_("这一户已经回访完，或者抽查已经有结论。"),
            next_step=N_("请回到回访名单，看下一户。"),
        )


def _attempt(
    one: spot_samples.Asked, way: Way, said: Said | None, by_id: int | None, request_id: str, now: datetime
) -> SpotVisit:
    return SpotVisit(
        community_id=one.sample.community_id,
        consent_round_id=one.sample.consent_round_id,
        spot_sample_id=one.sample.id,
        way=way,
        said=said,
        at=now,
        by_id=by_id,
        request_id=request_id,
    )


def reached_by_own_check(session: Session, entry: RollEntry, *, right: bool, now: datetime) -> bool:
    """The household looked at its own record with its code and said whether it is right.

    The page has checked the code. Nothing happens, and False comes back, when the household is not waited for.
    """
    sample = spot_samples.pending_of_entry(session, entry.id)
    if sample is None:
        return False
    one = _the_home(session, sample.id)
    said = Said.AS_RECORDED if right else Said.NOT_AS_RECORDED
    session.add(_attempt(one, Way.OWN_CHECK, said, None, f"own-check-{sample.id}", now))
    session.flush()
    return True
