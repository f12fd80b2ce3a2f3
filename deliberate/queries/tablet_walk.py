"""The walk as a tablet carries it: every door of the person's crews, whether it has answered, never how.

A tablet may be lost. It holds names, because they are called at the door, and no telephone numbers.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from deliberate.domain.consent import ANSWERED
from deliberate.domain.permissions import Actor
from deliberate.domain.round import RUNNING
from deliberate.domain.rules import Electorate
from deliberate.models import (
    ConsentRound,
    Crew,
    DoorChange,
    EntryStanding,
    FormIssue,
    Grid,
    Household,
    HouseholdChange,
    PlanVersion,
    RollEntry,
)

from .crews import Serving, canvassed
from .doors import DoorLine, asked_of, lines, walk
from .prepared import Prepared
from .roll_losses import moved_out
from .scope import within

PAGE = 500
_WALKS = Prepared(canvassed(ConsentRound.id, Crew.id, Crew.scope, ConsentRound.status, PlanVersion.sha256))


@dataclass(frozen=True, slots=True)
class Asked:
    """One matter of a door."""

    entry_id: int
    round_id: int
    electorate: Electorate
    answered: bool
    own: bool


@dataclass(frozen=True, slots=True)
class WalkDoor:
    """One door with its place in the order of walking."""

    line: DoorLine
    order: int
    grid: str
    name_key: str
    matters: Sequence[Asked]


@dataclass(frozen=True, slots=True)
class Page:
    """Some doors, and where the next ones begin."""

    doors: list[WalkDoor]
    next: int | None


@dataclass(frozen=True, slots=True)
class Changed:
    """Doors that look otherwise since a number, and those that were on the walk and no longer are."""

    doors: list[WalkDoor]
    gone: list[int]
    cursor: int
    more: bool


def version(serving: Sequence[Serving]) -> str:
    """Changes whenever the walk is another: its rounds, their texts, crews or doors."""
    return _version((one.round_id, one.crew_id, one.scope, one.status, one.plan.sha256) for one in serving)


def version_for(session: Session, account_id: int, community_id: int) -> str:
    """The same of the person's walk as it is now, for a reply that says nothing else of it."""
    return _version(_WALKS.rows(session, account_id=account_id, community_id=community_id))


def _version(walks: Iterable[tuple[Any, ...]]) -> str:
    """Of those that run: round, crew, its scope, status of the round and hash of its text, the first opened first."""
    facts = [
        [*ids, scope, status.value, sha256] for *ids, scope, status, sha256 in walks if status in RUNNING
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def serials(session: Session, serving: Sequence[Serving]) -> dict[int, list[list[int]]]:
    """By crew, first and last running number of the forms in its hands."""
    found: dict[int, list[list[int]]] = defaultdict(list)
    for crew_id, first, last in session.execute(
        select(FormIssue.crew_id, FormIssue.first_serial, FormIssue.last_serial)
        .where(FormIssue.crew_id.in_([one.crew_id for one in serving]))
        .order_by(FormIssue.first_serial)
    ):
        found[crew_id].append([first, last])
    return found


def page(session: Session, serving: Sequence[Serving], community_id: int, actor: Actor, after: int) -> Page:
    """The doors from that place on."""
    order = _order(session, community_id)
    wanted = [one for one in walk(session, serving, community_id) if order[one] > after]
    here = wanted[:PAGE]
    found = lines(session, serving, community_id, actor, Household.id.in_(here))
    doors = _dressed(session, serving, found, order, actor)
    return Page(doors, order[here[-1]] if len(wanted) > PAGE else None)


def changed(
    session: Session, serving: Sequence[Serving], community_id: int, actor: Actor, cursor: int
) -> Changed:
    """What has been numbered since, each door as it is now; no number can be stepped over."""
    numbered = session.execute(
        select(DoorChange.household_id, DoorChange.seq)
        .where(DoorChange.community_id == community_id, DoorChange.seq > cursor)
        .order_by(DoorChange.seq)
        .limit(PAGE + 1)
    ).all()
    ids = [household_id for household_id, _ in numbered[:PAGE]]
    found = lines(session, serving, community_id, actor, Household.id.in_(ids))
    doors = _dressed(session, serving, found, _order(session, community_id), actor)
    last = numbered[:PAGE][-1].seq if numbered else cursor
    others = set(ids) - {door.household_id for door in found}
    return Changed(doors, _left(session, serving, others), last, len(numbered) > PAGE)


def _left(session: Session, serving: Sequence[Serving], homes: Collection[int]) -> list[int]:
    """Those of these homes that were on the walk: gone since, or moved out of its grids. Of others nothing is told.

    Crews, their doors and rounds are part of the walk's version: where they change, the walk is fetched anew.
    """
    left = [
        and_(RollEntry.consent_round_id == one.round_id, or_(within(one.scope), _moved(session, one, homes)))
        for one in serving
        if one.running
    ]
    return list(
        session.scalars(
            select(Household.id)
            .distinct()
            .join(RollEntry, RollEntry.household_id == Household.id)
            .where(Household.id.in_(homes), or_(false(), *left))
            .order_by(Household.id)
        )
    )


def _moved(session: Session, one: Serving, homes: Collection[int]) -> ColumnElement[bool]:
    changed, moved = HouseholdChange.household_id, moved_out(session, one.scope)
    return Household.id.in_(select(changed).where(changed.in_(homes), moved))


def _order(session: Session, community_id: int) -> dict[int, int]:
    """Each home's place in the order of walking."""
    ids = session.scalars(
        select(Household.id)
        .where(Household.community_id == community_id)
        .order_by(Household.walk, Household.id)
    )
    return {household_id: place for place, household_id in enumerate(ids, 1)}


def _dressed(
    session: Session,
    serving: Sequence[Serving],
    doors: Sequence[DoorLine],
    order: dict[int, int],
    actor: Actor,
) -> list[WalkDoor]:
    ids = [door.household_id for door in doors]
    matters = _matters(session, serving, ids, actor)
    rows = session.execute(
        select(Household.id, Household.head_key, Grid.name)
        .join(Grid, Grid.id == Household.grid_id)
        .where(Household.id.in_(ids))
    )
    named = {household_id: (key, grid) for household_id, key, grid in rows}
    return [
        WalkDoor(
            door,
            order[door.household_id],
            named[door.household_id][1],
            named[door.household_id][0],
            matters[door.household_id],
        )
        for door in doors
    ]


def _matters(
    session: Session, serving: Sequence[Serving], homes: Collection[int], actor: Actor
) -> dict[int, list[Asked]]:
    """By door, every matter that it is asked in the person's rounds, in the order in which they opened."""
    place = {one.round_id: n for n, one in enumerate(serving) if one.running}
    asked = asked_of(list(place))
    rows = session.execute(
        select(asked.c.household_id, RollEntry, EntryStanding.standing)
        .join(RollEntry, RollEntry.id == asked.c.entry_id)
        .outerjoin(EntryStanding, EntryStanding.roll_entry_id == RollEntry.id)
        .where(asked.c.household_id.in_(homes))
    ).all()
    mine = actor.homes.keys() | actor.owned.keys()
    owned_by_me = _owners_of(session, mine)
    found: dict[int, list[Asked]] = {home: [] for home in homes}
    for home, entry, standing in rows:
        own = entry.household_id in mine or (entry.owner_id is not None and entry.owner_id in owned_by_me)
        answered = standing in ANSWERED
        found[home].append(Asked(entry.id, entry.consent_round_id, entry.electorate, answered, own))
    for matters in found.values():
        matters.sort(key=lambda one: (place[one.round_id], one.electorate, one.entry_id))
    return found


def _owners_of(session: Session, homes: Collection[int]) -> set[int | None]:
    return set(session.scalars(select(Household.owner_id).where(Household.id.in_(homes))))
