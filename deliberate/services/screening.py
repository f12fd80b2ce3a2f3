"""Screening: accept, or return, decline and merge with a written reason; everybody concerned is told."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Stale
from deliberate.domain.lifecycle import Condition, Stage, Step
from deliberate.domain.permissions import Action, Actor, require
from deliberate.domain.proposal import LONGEST_REASON, text_of
from deliberate.models import Proposal, Second
from deliberate.queries import communities

from . import audience
from .proposals import subject_of
from .steps import proposal_of, take_step

TAKES_MERGED = frozenset({Stage.SUBMITTED, Stage.ACCEPTED, Stage.DISCUSSING})
"""Stages of a matter into which another may be merged."""


def _screened(session: Session, actor: Actor, proposal_id: int, version: int | None) -> Proposal:
    """The matter; Stale when its text is not the one that the moderator read."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.SCREEN, subject_of(proposal))
    if version is not None and proposal.version != version:
        raise Stale()
    return proposal


def accept(
    session: Session, actor: Actor, proposal_id: int, *, version: int | None = None, now: datetime
) -> Proposal:
    """Put the matter on the council's table; it needs the households' seconds."""
    proposal = _screened(session, actor, proposal_id, version)
    needed = communities.settings(session, proposal.community_id).seconds_needed
    have = session.scalar(select(func.count()).select_from(Second).where(Second.proposal_id == proposal_id))
    facts = {Condition.SECONDED} if (have or 0) >= needed else set()
    take_step(session, actor, proposal, Step.ACCEPT, facts, now=now)
    audience.tell_author(session, proposal, "proposal_accepted", now=now)
    audience.tell_seconders(session, proposal, "seconded_accepted", now=now)
    session.flush()
    return proposal


def return_to_author(
    session: Session,
    actor: Actor,
    proposal_id: int,
    reason: str,
    *,
    version: int | None = None,
    now: datetime,
) -> Proposal:
    """Back to the author, who may change it and submit again."""
    return _refuse(session, actor, proposal_id, Step.RETURN, reason, "returned", version, now)


def decline(
    session: Session,
    actor: Actor,
    proposal_id: int,
    reason: str,
    *,
    version: int | None = None,
    now: datetime,
) -> Proposal:
    """The council does not take the matter up."""
    return _refuse(session, actor, proposal_id, Step.DECLINE, reason, "declined", version, now)


def _refuse(
    session: Session,
    actor: Actor,
    proposal_id: int,
    step: Step,
    reason: str,
    word: str,
    version: int | None,
    now: datetime,
) -> Proposal:
    proposal = _screened(session, actor, proposal_id, version)
    why = text_of(reason, LONGEST_REASON, "reason")
    take_step(session, actor, proposal, step, now=now, reason=why)
    audience.tell_author(session, proposal, f"proposal_{word}", now=now, reason=why)
    audience.tell_seconders(session, proposal, f"seconded_{word}", now=now, reason=why)
    session.flush()
    return proposal


def merge(
    session: Session,
    actor: Actor,
    proposal_id: int,
    into_number: int,
    reason: str,
    *,
    version: int | None = None,
    now: datetime,
) -> Proposal:
    """Put a duplicate into another matter, known by its number; seconds were for another text and stay."""
    proposal = _screened(session, actor, proposal_id, version)
    why = text_of(reason, LONGEST_REASON, "reason")
    into = _target(session, proposal, into_number)
    take_step(session, actor, proposal, Step.MERGE, {Condition.OTHER_MATTER}, now=now, reason=why)
    proposal.merged_into_id = into.id
    told = {"reason": why, "into": into.number}
    audience.tell_author(session, proposal, "proposal_merged", now=now, **told)
    audience.tell_seconders(session, proposal, "seconded_merged", now=now, **told)
    session.flush()
    return proposal


def _target(session: Session, proposal: Proposal, number: int) -> Proposal:
    into = session.scalar(
        select(Proposal).where(Proposal.community_id == proposal.community_id, Proposal.number == number)
    )
    if into is None:
        raise NotFound(what=N_("没有并入。"), why=N_("没有这个编号的议题。"), next_step=N_("请核对编号。"))
    if into.id == proposal.id or into.stage not in TAKES_MERGED:
        raise BadInput(
            what=N_("没有并入。"),
            why=N_("只能并入另一个正在审核、已受理或者正在议事的议题。"),
            next_step=N_("请换一个议题编号。"),
            field="into",
        )
    return into
