"""Running counts by building and by day: moved with each answer, shown without counting.

Those of buildings are laid out with the roll; those of a day begin with its first answer. Moves are gathered and
written right before the commit, in one order, so that rows which several writers want are held for as short as can
be and never the other way round.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from sqlalchemy import Date, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from deliberate.domain.consent import ANSWERED, Standing
from deliberate.domain.roll_text import natural
from deliberate.domain.rules import Electorate
from deliberate.models import Building, BuildingCount, ConsentRound, Estate
from deliberate.queries.on_roll import Entry
from deliberate.queries.prepared import Prepared

from . import happenings

_KEY = "deliberate.building_counts"
LANES = 16
_Place = tuple[int, str, int]
_Day = tuple[int, int, date, int]
_MOVE = Prepared(
    update(BuildingCount)
    .where(
        BuildingCount.consent_round_id == bindparam("of_round"),
        BuildingCount.electorate == bindparam("of_electorate"),
        BuildingCount.building_id == bindparam("of_building"),
    )
    .values(answered=BuildingCount.answered + bindparam("more"))
)
_DAY = ("community_id", "consent_round_id", "day", "lane")
_MOVE_DAY = Prepared(
    text(
        "INSERT INTO day_count (community_id, consent_round_id, day, lane, answered, changes) "
        "VALUES (:community_id, :consent_round_id, :day, :lane, :answered, 1) "
        "ON CONFLICT (consent_round_id, day, lane) "
        "DO UPDATE SET answered = day_count.answered + excluded.answered, changes = day_count.changes + 1"
    ).bindparams(bindparam("day", type_=Date))
)


@dataclass(slots=True)
class _Moves:
    """By how much each row is to move."""

    buildings: dict[_Place, int] = field(default_factory=lambda: defaultdict(int))
    days: dict[_Day, int] = field(default_factory=lambda: defaultdict(int))

    def copy(self) -> "_Moves":
        return _Moves(self.buildings.copy(), self.days.copy())


def _moves(session: Session) -> _Moves:
    found: _Moves = session.info.setdefault(_KEY, _Moves())
    return found


def lay_out(session: Session, consent_round: ConsentRound, rows: Iterable[Mapping[str, object]]) -> None:
    """A row for every building on the roll just drawn up; nobody has answered."""
    totals = Counter((Electorate(str(row["electorate"])), int(str(row["building_id"]))) for row in rows)
    buildings = session.execute(
        select(Building.id, Estate.name, Building.name)
        .join(Estate, Estate.id == Building.estate_id)
        .where(Building.community_id == consent_round.community_id)
    ).all()
    order = {row[0]: (natural(row[1]), natural(row[2])) for row in buildings}
    ranked = sorted(totals, key=lambda one: (one[0], order[one[1]]))
    session.execute(
        insert(BuildingCount),
        [
            {
                "community_id": consent_round.community_id,
                "consent_round_id": consent_round.id,
                "electorate": electorate,
                "building_id": building_id,
                "place": place,
                "total": totals[electorate, building_id],
            }
            for _, of_electorate in groupby(ranked, key=lambda one: one[0])
            for place, (electorate, building_id) in enumerate(of_electorate, 1)
        ],
    )


def move(session: Session, entry: Entry, before: Standing, after: Standing, first: date) -> None:
    """The entry stood there and stands here now; its first record is of that day."""
    more = (after in ANSWERED) - (before in ANSWERED)
    if more:
        moves = _moves(session)
        moves.buildings[entry.consent_round_id, entry.electorate.value, entry.building_id] += more
        lane = entry.building_id % LANES
        moves.days[entry.community_id, entry.consent_round_id, first, lane] += (
            more if entry.electorate is Electorate.HOUSEHOLD else 0
        )


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """A savepoint for deeds that may be undone: what is undone has moved nothing."""
    before, happened = _moves(session).copy(), happenings.so_far(session).copy()
    try:
        with session.begin_nested():
            yield
    except BaseException:
        session.info[_KEY] = before
        happenings.put_back(session, happened)
        raise


def write(session: Session) -> None:
    """Write the moves of this transaction."""
    moves: _Moves | None = session.info.pop(_KEY, None)
    if moves is None:
        return
    for place, more in sorted(moves.buildings.items()):
        if more:
            named = zip(("of_round", "of_electorate", "of_building"), place, strict=True)
            _MOVE.do(session, {**dict(named), "more": more})
    for day, more in sorted(moves.days.items()):  # also where as many came as went: of other buildings
        _MOVE_DAY.do(session, {**dict(zip(_DAY, day, strict=True)), "answered": more})
