"""What one door is asked: the matters of its home and of its owner.

A matter tells whether it is answered, never how (DESIGN §4, rule 11).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from deliberate.domain.consent import ANSWERED
from deliberate.domain.permissions import Actor
from deliberate.domain.rules import Electorate
from deliberate.models import (
    EntryStanding,
    Household,
    RollEntry,
)

from .crews import Serving
from .doors import DoorLine, lines


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter that the door is asked."""

    entry_id: int
    electorate: Electorate
    serving: Serving
    answered: bool
    own: bool
    """An owner's matter, and the canvasser is that owner: somebody else records it."""


@dataclass(frozen=True, slots=True)
class Door:
    """A door with every matter that it is asked."""

    line: DoorLine
    matters: Sequence[Matter]

    @property
    def crew_id(self) -> int:
        """The crew in whose name the visit is made: that of the round which opened first."""
        return self.matters[0].serving.crew_id


def matters(
    session: Session, serving: Sequence[Serving], household_id: int, community_id: int, actor: Actor
) -> list[Matter]:
    """Every open matter of the door in the person's rounds: the household's, and its owner's."""
    by_round = {one.round_id: one for one in serving if one.running}
    here = select(Household.owner_id).where(Household.id == household_id).scalar_subquery()
    rows = session.execute(
        select(RollEntry, EntryStanding.standing)
        .outerjoin(EntryStanding, EntryStanding.roll_entry_id == RollEntry.id)
        .where(
            RollEntry.community_id == community_id,
            RollEntry.consent_round_id.in_(list(by_round)),
            or_(RollEntry.household_id == household_id, RollEntry.owner_id == here),
        )
    ).all()
    homes = _homes_of([entry.owner_id for entry, _ in rows if entry.owner_id is not None], session)
    mine = actor.homes.keys() | actor.owned.keys()
    found = [
        Matter(
            entry.id,
            entry.electorate,
            by_round[entry.consent_round_id],
            stands in ANSWERED,
            bool((homes[entry.owner_id] | {entry.household_id}) & mine),
        )
        for entry, stands in rows
    ]
    order = {one.round_id: place for place, one in enumerate(serving)}
    return sorted(found, key=lambda one: (order[one.serving.round_id], one.electorate, one.entry_id))


def _homes_of(owners: Collection[int], session: Session) -> defaultdict[int | None, set[int]]:
    found: defaultdict[int | None, set[int]] = defaultdict(set)
    for owner_id, home in session.execute(
        select(Household.owner_id, Household.id).where(Household.owner_id.in_(owners))
    ):
        found[owner_id].add(home)
    return found


def door(
    session: Session, serving: Sequence[Serving], household_id: int, community_id: int, actor: Actor
) -> Door | None:
    """The door with all that it is asked; None when no running round of this person asks it anything."""
    asked = matters(session, serving, household_id, community_id, actor)
    rounds = {matter.serving.round_id for matter in asked}
    here = [one for one in serving if one.round_id in rounds]
    found = lines(session, here, community_id, actor, Household.id == household_id, everywhere=True)
    return Door(found[0], asked) if found else None
