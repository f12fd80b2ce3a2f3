"""Rounds to be counted, and households that object."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import func, select

from deliberate.db import Transaction
from deliberate.domain.lifecycle import Stage
from deliberate.models import (
    Proposal,
)
from tests import make
from tests.make_round import OpenRound

Begin = Callable[[], AbstractContextManager[Transaction]]


def moderator(at: OpenRound, tx: Transaction):  # type: ignore[no-untyped-def]
    return make.actor(tx.session, at.staff.moderator)


def number_of(tx: Transaction, table: type) -> int:
    return tx.session.scalars(select(func.count()).select_from(table)).one()


def stage(tx: Transaction, at: OpenRound) -> Stage:
    return tx.session.get_one(Proposal, at.proposal.id, populate_existing=True).stage
