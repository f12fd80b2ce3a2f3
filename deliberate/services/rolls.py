"""The roll (户册): previewed against the store, imported whole or not at all, exported, never deleted from.

    look = preview(session, actor, community_id, data)      # writes nothing
    import_roll(session, actor, community_id, data, file_name=…, seen=look.state, now=…)

The page and the command line ask the same two questions, so that they give the same answer.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.roll import ParsedRoll, parse_roll
from deliberate.domain.roll_address import walk_text
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_columns import Field
from deliberate.domain.roll_diff import HouseholdChange as Difference
from deliberate.domain.roll_diff import RollDiff, diff
from deliberate.domain.roll_rows import RollRow
from deliberate.domain.roll_text import search_key
from deliberate.models import Community, Household, HouseholdChange, RollImport
from deliberate.queries import rolls as roll_queries

from . import changes, journal, left_out
from .roll_export import write_roll_xlsx
from .roll_files import read_roll_sheet
from .roll_places import RollPlaces

Home = TypeVar("Home")
LOT = 1_000
REASON = N_("按社区提供的户册表格更新")


class RollRefused(BadInput):
    """The file has faults; nothing of it was imported."""

    default_what = N_("户册没有导入。")
    default_why = N_("文件里有 %(faults)s 处要改，所以一户也没有导入。")
    default_next = N_("请按列出的行和格改好以后，再导入一次。")


@dataclass(frozen=True, slots=True)
class RollPreview:
    """What a file says, and what importing it would do."""

    sheet: str
    sha256: str
    parsed: ParsedRoll
    difference: RollDiff
    returned: tuple[Difference, ...]
    """Homes in the file that were marked as gone."""
    state: str

    @property
    def importable(self) -> bool:
        return self.parsed.importable

    @property
    def changes_anything(self) -> bool:
        return bool(self.difference.added or self.difference.changed or self.returned)


def preview(session: Session, actor: Actor, community_id: int, data: bytes) -> RollPreview:
    """Read the file and hold it against the roll. Raises BadInput for what is no table at all."""
    require(actor, Action.CHANGE_ROLL, Subject(community_id))
    if session.get(Community, community_id) is None:
        raise NotFound()
    sheet, parsed = _read(data, roll_queries.estates(session, community_id))
    homes, gone = roll_queries.existing(session, community_id)
    found = diff(homes, parsed)
    by_key = {row.key: row for row in parsed.rows}
    told = {one.existing.ref: one for one in found.changed}
    returned = tuple(
        told.get(home.ref, Difference(home, by_key[home.key], ()))
        for home in homes
        if home.ref in gone and home.key in by_key
    )
    back = {one.existing.ref for one in returned}
    changed = tuple(one for one in found.changed if one.existing.ref not in back)
    return RollPreview(
        sheet,
        hashlib.sha256(data).hexdigest(),
        parsed,
        RollDiff(
            found.added,
            changed,
            found.unchanged - len(back - told.keys()),
            tuple(home for home in found.missing if home.ref not in gone),
        ),
        returned,
        roll_queries.state(session, community_id),
    )


def _read(data: bytes, estates: Sequence[str]) -> tuple[str, ParsedRoll]:
    """The sheet's name, and what it says; its cells are let go."""
    sheet = read_roll_sheet(data)
    return sheet.name, parse_roll(sheet.rows, estates=estates)


def import_roll(
    session: Session,
    actor: Actor,
    community_id: int,
    data: bytes,
    *,
    file_name: str,
    seen: str | None = None,
    now: datetime,
) -> tuple[RollImport, RollPreview]:
    """Import the whole file or nothing. `seen` is the state that the preview was made of."""
    require(actor, Action.CHANGE_ROLL, Subject(community_id))
    session.execute(select(Community.id).where(Community.id == community_id).with_for_update())
    look = preview(session, actor, community_id, data)
    if seen is not None and seen != look.state:
        raise Stale(
            N_("户册没有导入。"),
            N_("您预览以后，户册已经有了变动。"),
            N_("请再看一次预览，确认以后导入。"),
        )
    if not look.importable:
        raise RollRefused(faults=len(look.parsed.errors))
    made = RollImport(
        community_id=community_id,
        file_name=file_name[:200],
        sha256=look.sha256,
        rows=len(look.parsed.rows),
        added=len(look.difference.added),
        changed=len(look.difference.changed) + len(look.returned),
        missing=len(look.difference.missing),
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    _write(session, actor, community_id, look, made, now)
    changes.touch_all(session, community_id)
    left_out.put_back_found(session, actor, community_id, now=now)
    journal.note(
        session,
        actor,
        community_id,
        "roll_imported",
        "roll_import",
        made.id,
        now=now,
        rows=made.rows,
        added=made.added,
        changed=made.changed,
        missing=made.missing,
    )
    return made, look


def export(session: Session, actor: Actor, community_id: int) -> bytes:
    """The roll of today as a workbook that imports again unchanged."""
    require(actor, Action.READ_ROLL, Subject(community_id))
    return write_roll_xlsx(roll_queries.rows(session, community_id))


def _write(
    session: Session, actor: Actor, community_id: int, look: RollPreview, made: RollImport, now: datetime
) -> None:
    places = RollPlaces(session, community_id)
    places.make([*look.difference.added, *(one.row for one in look.difference.changed + look.returned)])
    for lot in _lots(look.difference.added):
        session.execute(insert(Household), [_new_household(row, community_id, places) for row in lot])
    for changed in _lots(look.difference.changed):
        session.execute(update(Household), [_update(one, places) for one in changed])
    for back in _lots(look.returned):
        session.execute(update(Household), [_update(one, places) | {"gone_at": None} for one in back])
    if look.difference.changed or look.returned:
        for known in [held for held in session if isinstance(held, Household)]:
            session.expire(known)
    stamp = {
        "community_id": community_id,
        "roll_import_id": made.id,
        "reason": REASON,
        "at": now,
        "by_id": actor.account_id,
    }
    for those, gone in ((look.difference.changed, False), (look.returned, True)):
        for told in _lots(those):
            session.execute(insert(HouseholdChange), [_record(one, gone=gone) | stamp for one in told])


def _lots(homes: Sequence[Home]) -> Iterator[Sequence[Home]]:
    """Never all rows at once as they are written: they would be in memory several times."""
    return (homes[n : n + LOT] for n in range(0, len(homes), LOT))


def _new_household(row: RollRow, community_id: int, places: RollPlaces) -> dict[str, Any]:
    return {
        "community_id": community_id,
        "grid_id": places.grids[row.grid],
        "building_id": places.buildings[row.estate, row.building],
        "unit": row.unit,
        "floor": row.floor,
        "room": row.room,
        "walk": walk_text(row.walk),
        "head_name": row.head_name,
        "head_key": head_key(row.head_name),
        "telephone": row.telephone,
        "area": hundredths(row.area),
        "occupancy": row.occupancy,
        "note": row.note,
    }


def _update(one: Difference, places: RollPlaces) -> dict[str, Any]:
    values: dict[str, Any] = {"id": one.existing.ref}
    for change in one.fields:
        if change.field is Field.grid:
            values["grid_id"] = places.grids[str(change.after)]
        elif change.field is Field.area:
            values["area"] = hundredths(one.row.area)
        elif change.field is Field.head_name:
            values |= {"head_name": change.after, "head_key": head_key(one.row.head_name)}
        elif change.field is Field.floor:
            values |= {"floor": change.after, "walk": walk_text(one.row.walk)}
        else:
            values[change.field.value] = change.after
    return values


def _record(one: Difference, *, gone: bool) -> dict[str, Any]:
    before = {change.field.value: plain(change.before) for change in one.fields}
    after = {change.field.value: plain(change.after) for change in one.fields}
    if gone:
        before, after = before | {"gone": True}, after | {"gone": False}
    return {"household_id": one.existing.ref, "before": before, "after": after}


def head_key(name: str | None) -> str:
    """What a name is found by."""
    return search_key(name or "")[:120]


def hundredths(area: Decimal | None) -> int | None:
    """Square metres as they are stored."""
    return None if area is None else int(area * 100)


def plain(value: object) -> Any:
    """A value as the record of a change keeps it."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.value if isinstance(value, Occupancy) else value
