"""The register of letters: issued, delivered to whom, frozen, replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from deliberate.models import Building, Community, Household, Letter

from . import households, people

PAGE = 50


class LetterState(StrEnum):
    """Where a letter is in its life."""

    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    FROZEN = "frozen"
    REPLACED = "replaced"


_WHERE: dict[LetterState, tuple[ColumnElement[bool], ...]] = {
    LetterState.UNDELIVERED: (
        Letter.delivered_at.is_(None),
        Letter.frozen_at.is_(None),
        Letter.replaced_at.is_(None),
    ),
    LetterState.DELIVERED: (
        Letter.delivered_at.is_not(None),
        Letter.frozen_at.is_(None),
        Letter.replaced_at.is_(None),
    ),
    LetterState.FROZEN: (Letter.frozen_at.is_not(None), Letter.replaced_at.is_(None)),
    LetterState.REPLACED: (Letter.replaced_at.is_not(None),),
}


@dataclass(frozen=True, slots=True)
class LetterInHand:
    """The letter that somebody opened with its code."""

    letter: Letter
    home: Household
    community: Community


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One leaf of the register in walking order; pages count from 1."""

    rows: Sequence[tuple[Letter, Household]]
    number: int
    page: int
    pages: int


def state_of(letter: Letter) -> LetterState:
    """Where this letter is in its life."""
    if letter.replaced_at is not None:
        return LetterState.REPLACED
    if letter.frozen_at is not None:
        return LetterState.FROZEN
    return LetterState.UNDELIVERED if letter.delivered_at is None else LetterState.DELIVERED


def one(session: Session, community_id: int, letter_id: int) -> Letter | None:
    """The letter, if it is of this community."""
    return session.scalar(select(Letter).where(Letter.id == letter_id, Letter.community_id == community_id))


def counts(session: Session, community_id: int) -> dict[LetterState, int]:
    """How many letters are in each state."""
    return {
        state: session.scalar(
            select(func.count(Letter.id)).where(Letter.community_id == community_id, *where)
        )
        or 0
        for state, where in _WHERE.items()
    }


def register(session: Session, community_id: int, state: LetterState, page: int = 1) -> LetterPage:
    """The letters in a state."""
    where = (Letter.community_id == community_id, *_WHERE[state])
    number = session.scalar(select(func.count(Letter.id)).where(*where)) or 0
    pages = max(1, -(-number // PAGE))
    page = min(max(page, 1), pages)
    rows = session.execute(
        select(Letter, Household)
        .join(Household, Household.id == Letter.household_id)
        .options(joinedload(Household.building).joinedload(Building.estate), joinedload(Household.grid))
        .where(*where)
        .order_by(Household.walk, Letter.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return LetterPage([(letter, home) for letter, home in rows], number, page, pages)


def of_household(session: Session, household_id: int) -> Sequence[Letter]:
    """All letters of a home, newest first."""
    return session.scalars(
        select(Letter).where(Letter.household_id == household_id).order_by(Letter.id.desc())
    ).all()


def in_hand(session: Session, letter_id: int) -> LetterInHand | None:
    """The letter with its home and community, while its code works."""
    letter = people.letter_in_force(session, letter_id)
    if letter is None:
        return None
    home = households.one(session, letter.community_id, letter.household_id)
    return LetterInHand(letter, home, session.get_one(Community, letter.community_id)) if home else None
