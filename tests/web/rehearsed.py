"""A store for asking who may do what: a deed is done to its end, and nothing of it stays."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.orm import Session

from deliberate.db import NO_LOCK, Database, Lock, Transaction
from deliberate.services import building_counts, changes


class TakenBack(Exception):
    """So that a transaction ends without a commit."""


class Rehearsed(Database):
    """A store in which every deed is done to its end, and taken back instead of committed; unless it is in earnest."""

    in_earnest = False

    @contextmanager
    def transaction(self, lock: Lock = NO_LOCK) -> Iterator[Transaction]:
        with suppress(TakenBack), super().transaction(lock) as begun:
            yield begun
            if not self.in_earnest:
                building_counts.write(begun.session)
                _take_back(begun.session)

    @contextmanager
    def roll_transaction(self, lock: Lock = NO_LOCK) -> Iterator[Transaction]:
        with suppress(TakenBack), super().roll_transaction(lock) as begun:
            yield begun
            if not self.in_earnest:
                _take_back(begun.session)


def _take_back(session: Session) -> None:
    """The answer still tells of the rows as if they were committed."""
    changes.number(session)
    session.flush()
    session.expunge_all()
    raise TakenBack
