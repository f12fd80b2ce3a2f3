"""The feed of changed doors: a number for each change that no reader of the feed can ever step over.

A deed says which doors it touched; the numbers are given last, right before the commit, from one row per
community that stays locked until then. So whoever sees a number sees every smaller one (sequences of
PostgreSQL do not promise that), and the row is held for as short as can be.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, bindparam, false, or_, select, update
from sqlalchemy.orm import Session

from deliberate.models import ChangeCounter, DoorChange, Household
from deliberate.queries.prepared import Listed, Prepared, adding

_KEY = "deliberate.touched"


_DOORS = select(Household.id, Household.community_id).join(
    ChangeCounter, ChangeCounter.community_id == Household.community_id
)
_FEW = 256
_KNOWN = Listed(lambda homes: select(DoorChange.household_id).where(DoorChange.household_id.in_(homes)))
_NEW = adding(DoorChange, "household_id", "community_id", "seq")
_OLD = Prepared(
    update(DoorChange).where(DoorChange.household_id == bindparam("door")).values(seq=bindparam("number"))
)
_ONE_HOME = Prepared(_DOORS.where(Household.id == bindparam("household_id")))
_HOMES = Listed(lambda homes: _DOORS.where(Household.id.in_(homes)))
_OF_OWNERS = Listed(lambda owners: _DOORS.where(Household.owner_id.in_(owners)))
_NEXT = Prepared(
    update(ChangeCounter)
    .where(ChangeCounter.community_id == bindparam("of_community"))
    .values(seq=ChangeCounter.seq + bindparam("more"))
    .returning(ChangeCounter.seq)
)


@dataclass(slots=True)
class _Touched:
    homes: set[int] = field(default_factory=set)
    owners: set[int] = field(default_factory=set)
    communities: set[int] = field(default_factory=set)


def _touched(session: Session) -> _Touched:
    found: _Touched = session.info.setdefault(_KEY, _Touched())
    return found


def touch(session: Session, homes: Iterable[int] = (), owner_id: int | None = None) -> None:
    """These doors look otherwise now, and every home of the owner."""
    touched = _touched(session)
    touched.homes.update(homes)
    if owner_id is not None:
        touched.owners.add(owner_id)


def touch_all(session: Session, community_id: int) -> None:
    """Every door of the community may look otherwise now."""
    _touched(session).communities.add(community_id)


def open_feed(session: Session, community_id: int) -> None:
    """Number the changes of the community from now on; before its first tablet nobody reads them."""
    if session.get(ChangeCounter, community_id) is None:
        session.add(ChangeCounter(community_id=community_id, seq=0))
        session.flush()


def number(session: Session) -> None:
    """Give each touched door the next number of its community; the last deed of a transaction."""
    touched: _Touched | None = session.info.pop(_KEY, None)
    if touched is None:
        return
    session.flush()
    doors: dict[int, list[int]] = defaultdict(list)
    for household_id, community_id in _numbered(session, touched):
        doors[community_id].append(household_id)
    for community_id in sorted(doors):
        _number(session, community_id, doors[community_id])


def _numbered(session: Session, touched: _Touched) -> Iterable[tuple[int, int]]:
    """Touched doors of communities whose changes are numbered; one home is what nearly every deed touches."""
    if len(touched.homes) == 1 and not touched.owners and not touched.communities:
        [home] = touched.homes
        return [(row[0], row[1]) for row in _ONE_HOME.rows(session, household_id=home)]
    if not touched.communities:
        found = [*_HOMES.rows(session, touched.homes), *_OF_OWNERS.rows(session, touched.owners)]
        return sorted({(row[0], row[1]) for row in found})
    rows = session.execute(_DOORS.where(_among(touched)).order_by(Household.id))
    return [(household_id, community_id) for household_id, community_id in rows]


def _among(touched: _Touched) -> ColumnElement[bool]:
    return or_(
        false(),
        Household.id.in_(touched.homes) if touched.homes else false(),
        Household.owner_id.in_(touched.owners) if touched.owners else false(),
        Household.community_id.in_(touched.communities) if touched.communities else false(),
    )


def _number(session: Session, community_id: int, doors: list[int]) -> None:
    [(last,)] = _NEXT.rows(session, of_community=community_id, more=len(doors))
    known = _known(session, community_id, doors)
    numbered: list[dict[str, Any]] = [
        {"household_id": door, "community_id": community_id, "seq": last - len(doors) + place}
        for place, door in enumerate(doors, 1)
    ]
    new = [row for row in numbered if row["household_id"] not in known]
    old = [row for row in numbered if row["household_id"] in known]
    _NEW.each(session, new)
    _OLD.each(session, [{"door": row["household_id"], "number": row["seq"]} for row in old])


def _known(session: Session, community_id: int, doors: list[int]) -> set[int]:
    """Those that have a number already; of a whole roll they are asked for by their community."""
    if len(doors) <= _FEW:
        return {row[0] for row in _KNOWN.rows(session, doors)}
    asked = select(DoorChange.household_id).where(DoorChange.community_id == community_id)
    return set(session.scalars(asked))
