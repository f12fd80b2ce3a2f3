"""Seconding (联名): one voice of each household, until the matter is screened."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, Refusal, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Proposal, Second

from . import journal
from .steps import proposal_of


def second(session: Session, actor: Actor, proposal_id: int, household_id: int, *, now: datetime) -> Second:
    """The household seconds; a second click, or a second person of the home, changes nothing."""
    proposal = _open_to_seconds(session, actor, proposal_id, household_id)
    if proposal.household_id == household_id:
        raise Refusal(
            what=N_("没有联名。"),
            why=N_("这件事就是您家提出的，不用再联名。"),
            next_step=N_("请告诉邻居，请他们来联名。"),
        )
    found = _second_of(session, proposal_id, household_id)
    if found is not None:
        return found
    made = Second(
        community_id=proposal.community_id,
        proposal_id=proposal_id,
        household_id=household_id,
        account_id=actor.account_id,
        letter_id=actor.letter_id,
        at=now,
    )
    session.add(made)
    _note(session, actor, proposal, "second", now)
    session.flush()
    return made


def take_back(session: Session, actor: Actor, proposal_id: int, household_id: int, *, now: datetime) -> None:
    """The household takes its second back; where there is none, nothing changes."""
    proposal = _open_to_seconds(session, actor, proposal_id, household_id)
    found = _second_of(session, proposal_id, household_id)
    if found is None:
        return
    session.delete(found)
    _note(session, actor, proposal, "take_back_second", now)
    session.flush()


def _open_to_seconds(session: Session, actor: Actor, proposal_id: int, household_id: int) -> Proposal:
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.SECOND, Subject(community_id=proposal.community_id, household_id=household_id))
    if proposal.stage is not Stage.SUBMITTED:
        raise WrongStage(
            what=N_("联名没有改动。"),
            why=N_("只有正在审核的议题可以联名或者收回联名。"),
        )
    return proposal


def _second_of(session: Session, proposal_id: int, household_id: int) -> Second | None:
    return session.scalar(
        select(Second).where(Second.proposal_id == proposal_id, Second.household_id == household_id)
    )


def _note(session: Session, actor: Actor, proposal: Proposal, what: str, now: datetime) -> None:
    journal.note(session, actor, proposal.community_id, what, "proposal", proposal.id, now=now)
