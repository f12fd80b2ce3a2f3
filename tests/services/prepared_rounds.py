"""Rounds that are prepared, certified, opened and extended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from deliberate.db import Transaction
from deliberate.domain.permissions import Role
from deliberate.services import rolls_of_rounds, rounds
from tests import make, make_round
from tests.make_round import OpenRound, open_round

Begin = Callable[[], AbstractContextManager[Transaction]]


def prepared(session: Session, number: int = 12) -> OpenRound:
    """A round with everything in place, not opened."""
    return open_round(session, number, opened=False)


def bare(session: Session, now: datetime, number: int = 12) -> OpenRound:
    """A round that is only prepared: no certificates, no duties."""
    community = make.community(session, f"bare{number}")
    homes = make.households(session, community, number)
    staff = make_round.staff(session, community)
    proposal, plan = make_round.fixed_plan(session, community, staff.moderator, now=now)
    moderator = make.actor(session, staff.moderator)
    made = rounds.prepare_round(session, moderator, proposal.id, now=now)
    return OpenRound(community, homes, staff, proposal, plan, made, crew=None)  # type: ignore[arg-type]


def try_to_open(session: Session, at: OpenRound, days: int = 15, *, now: datetime) -> None:
    moderator = make.actor(session, at.staff.moderator)
    last = date.fromordinal((now + timedelta(hours=8)).date().toordinal() + days)
    rounds.open_round(session, moderator, at.round.id, last, now=now)


def certify(session: Session, at: OpenRound, role: Role, person: make.Account, now: datetime) -> None:
    rolls_of_rounds.certify(session, make.actor(session, person), at.round.id, role, now=now)
