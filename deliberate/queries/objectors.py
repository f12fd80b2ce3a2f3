"""In whose voice an objection is filed: a round may ask the household and the owner of one home, each on its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.permissions import Action, Actor, may
from deliberate.domain.rules import Electorate
from deliberate.models import Building, Household, Objection, RollEntry

from . import subjects


@dataclass(frozen=True, slots=True)
class Voice:
    """An entry on a round's roll, and the home through which it is the objector's."""

    entry: RollEntry
    home: Household


def voices(session: Session, actor: Actor, round_id: int, homes: Iterable[int]) -> Sequence[Voice]:
    """Each entry of these homes in whose voice this person may object; a home's household before its owner."""
    found: dict[int, Voice] = {}
    for home_id in homes:
        for entry in on_roll(session, round_id, home_id):
            if entry.id not in found and may(actor, Action.OBJECT, subjects.of_voice(session, entry)):
                found[entry.id] = Voice(entry, _home(session, home_id))
    return list(found.values())


def own(session: Session, actor: Actor, round_id: int, household_id: int) -> Sequence[Voice]:
    """The reader's own voices in the round: at this home first, then at every other home of theirs."""
    return voices(session, actor, round_id, [household_id, *sorted({*actor.homes, *actor.owned})])


def on_roll(session: Session, round_id: int, household_id: int) -> Sequence[RollEntry]:
    """Who is asked for this home in the round: its household, its owner, both or neither."""
    both = household_entry(session, round_id, household_id), owner_entry(session, round_id, household_id)
    return [entry for entry in both if entry is not None]


def asked(session: Session, round_id: int) -> frozenset[Electorate]:
    """Whom the round asks, by its roll."""
    return frozenset(
        session.scalars(select(RollEntry.electorate).where(RollEntry.consent_round_id == round_id).distinct())
    )


def speaks_as_owner(actor: Actor, household_id: int) -> bool:
    """Whether the actor speaks for the home's owner alone, who does not live there."""
    return household_id in actor.owned and household_id not in actor.homes


def of_entry(household_id: int, entry: RollEntry | None) -> ColumnElement[bool]:
    """Objections in that voice; of one that is not on the roll, those of its home."""
    if entry is not None:
        return Objection.roll_entry_id == entry.id
    return and_(Objection.household_id == household_id, Objection.roll_entry_id.is_(None))


def household_entry(session: Session, round_id: int, household_id: int) -> RollEntry | None:
    """The household's own entry on the roll."""
    return session.scalar(
        select(RollEntry).where(
            RollEntry.consent_round_id == round_id,
            RollEntry.household_id == household_id,
            RollEntry.electorate == Electorate.HOUSEHOLD,
        )
    )


def owner_entry(session: Session, round_id: int, household_id: int) -> RollEntry | None:
    """The entry of the home's owner, who may own several; of a home that was sold since, that of who has it now."""
    owner = select(Household.owner_id).where(Household.id == household_id).scalar_subquery()
    its = or_(
        RollEntry.owner_id == owner,
        and_(RollEntry.owner_id.is_(None), RollEntry.household_id == household_id),
    )
    return session.scalar(
        select(RollEntry)
        .where(
            RollEntry.consent_round_id == round_id,
            RollEntry.electorate == Electorate.OWNER,
            or_(its, RollEntry.household_id == household_id),
        )
        .order_by(case((its, 0), else_=1), RollEntry.id)
        .limit(1)
    )


def _home(session: Session, household_id: int) -> Household:
    place = joinedload(Household.building).joinedload(Building.estate)
    return session.scalars(select(Household).options(place).where(Household.id == household_id)).one()
