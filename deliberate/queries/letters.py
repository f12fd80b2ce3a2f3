"""The register of letters: issued, delivered to whom, frozen, replaced."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import QueryableAttribute, Session, joinedload

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


ORDERS: Mapping[str, QueryableAttribute[Any]] = {
    "room": Household.walk,
    "issued": Letter.issued_at,
    "delivered": Letter.delivered_at,
}
"""What the register can be ordered by; the walking order decides between equals."""


def register(
    session: Session,
    community_id: int,
    state: LetterState | None,
    place: households.Place = households.EVERYWHERE,
    *,
    order: str = "room",
    descending: bool = False,
    offset: int = 0,
    most: int = PAGE,
) -> tuple[list[tuple[Letter, Household]], int]:
    """Part of the register in a state or in any, and how many letters it has in all."""
    where = (Letter.community_id == community_id, *(_WHERE[state] if state else ()), *households.at(place))
    number = (
        session.scalar(
            select(func.count(Letter.id))
            .join(Household, Household.id == Letter.household_id)
            .join(Building, Building.id == Household.building_id)
            .where(*where)
        )
        or 0
    )
    by = ORDERS.get(order, Household.walk)
    rows = session.execute(
        select(Letter, Household)
        .join(Household, Household.id == Letter.household_id)
        .join(Building, Building.id == Household.building_id)
        .options(joinedload(Household.building).joinedload(Building.estate), joinedload(Household.grid))
        .where(*where)
        .order_by(by.is_(None), by.desc() if descending else by, Household.walk, Letter.id)
        .offset(offset)
        .limit(most)
    )
    return [(letter, home) for letter, home in rows], number


def some(session: Session, community_id: int, letter_ids: Collection[int]) -> list[tuple[Letter, Household]]:
    """These letters of the community with their homes, in walking order."""
    rows = session.execute(
        select(Letter, Household)
        .join(Household, Household.id == Letter.household_id)
        .options(joinedload(Household.building).joinedload(Building.estate), joinedload(Household.grid))
        .where(Letter.community_id == community_id, Letter.id.in_(letter_ids))
        .order_by(Household.walk, Letter.id)
    )
    return [(letter, home) for letter, home in rows]


def standing(session: Session, household_ids: Collection[int]) -> dict[int, LetterState]:
    """Where the letter of each of these homes is in its life, owners' letters apart."""
    found = session.scalars(
        select(Letter).where(
            Letter.household_id.in_(household_ids), Letter.for_owner.is_(False), Letter.replaced_at.is_(None)
        )
    )
    return {letter.household_id: state_of(letter) for letter in found}


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
