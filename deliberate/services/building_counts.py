"""Running counts by building: laid out with the roll, moved with each answer, shown without counting.

Moves are gathered and written right before the commit, building by building in one order, so that rows which
several writers want are held for as short as can be and never the other way round.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from deliberate.domain.consent import ANSWERED, Standing
from deliberate.domain.roll_text import natural
from deliberate.domain.rules import Electorate
from deliberate.models import Building, BuildingCount, ConsentRound, Estate, RollEntry
from deliberate.queries.prepared import Prepared

_KEY = "deliberate.building_counts"
_Place = tuple[int, str, int]
_MOVE = Prepared(
    update(BuildingCount)
    .where(
        BuildingCount.consent_round_id == bindparam("of_round"),
        BuildingCount.electorate == bindparam("of_electorate"),
        BuildingCount.building_id == bindparam("of_building"),
    )
    .values(answered=BuildingCount.answered + bindparam("more"), changes=BuildingCount.changes + 1)
)


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


def move(session: Session, entry: RollEntry, before: Standing, after: Standing) -> None:
    """The entry stood there and stands here now."""
    more = (after in ANSWERED) - (before in ANSWERED)
    if more:
        moves: dict[_Place, int] = session.info.setdefault(_KEY, defaultdict(int))
        moves[entry.consent_round_id, entry.electorate.value, entry.building_id] += more


def write(session: Session) -> None:
    """Write the moves of this transaction."""
    moves: dict[_Place, int] | None = session.info.pop(_KEY, None)
    rows: list[dict[str, object]] = [
        {"of_round": place[0], "of_electorate": place[1], "of_building": place[2], "more": more}
        for place, more in sorted((moves or {}).items())
        if more
    ]
    for row in rows:
        _MOVE.do(session, row)
