"""One row of the sheet: is it a household, and if so, which home, whose, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from sys import intern
from typing import TypeVar

from deliberate.domain.roll_address import (
    Address,
    WalkKey,
    bare_room,
    building_name,
    floor_of,
    grid_name,
    parse_address,
    parse_unit_room,
    room_name,
    unit_name,
    walk_key,
)
from deliberate.domain.roll_cells import (
    LARGEST_AREA,
    Occupancy,
    area_of,
    floor_typed,
    occupancy_of,
    telephone_of,
)
from deliberate.domain.roll_columns import Column, Field, field_named
from deliberate.domain.roll_faults import Fault, FaultKind, Severity
from deliberate.domain.roll_text import Cell, compact, person_name, text_of, typed

LIMITS: Mapping[Field, int] = {
    Field.grid: 40,
    Field.estate: 80,
    Field.building: 20,
    Field.unit: 20,
    Field.room: 20,
    Field.head_name: 120,
    Field.note: 1000,
}
_TOTALS = re.compile(
    r"(?:合计|总计|小计|共计|累计|总数|总户数|合计户数|(?:GRAND|SUB)?-?TOTALS?|SUM)[::]?(?:\d+户?)?"
)
_TOTALS_BEGIN = frozenset("合总小共累TtSsGg")
_FOOTNOTE = re.compile(
    r"(?:填表|制表|填报|审核|核对|复核|打印|导出|备注|注|说明|负责)(?:人|日期|时间|单位)?[::].*"
)
_COUNT = re.compile(r"(?:.*[::])?(\d{1,7})户")
Value = TypeVar("Value", int, str, Decimal)
_PLACE = (Field.room, Field.address)
_NOT_LABELS = (Field.head_name, Field.note)


class SkipReason(StrEnum):
    """Why a row below the headings is not a household."""

    blank = "blank"
    totals = "totals"
    header_again = "header_again"
    footnote = "footnote"


@dataclass(frozen=True, slots=True)
class RollRow:
    """One household as the file gives it, normalised. `sheet_row` counts from 1, as the sheet shows it."""

    sheet_row: int
    grid: str
    estate: str
    building: str
    unit: str
    floor: int | None
    room: str
    head_name: str | None = None
    telephone: str | None = None
    area: Decimal | None = None
    occupancy: Occupancy = Occupancy.UNKNOWN
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it this home and no other."""
        return (self.estate, self.building, self.unit, self.room)

    @property
    def bare_key(self) -> tuple[str, str, str, str]:
        """The same without noughts before the room."""
        return (self.estate, self.building, self.unit, bare_room(self.room))

    @property
    def label(self) -> str:
        """The door without its estate: `3-2-501`."""
        return "-".join(part for part in (self.building, self.unit, self.room) if part)

    @property
    def walk(self) -> WalkKey:
        return walk_key(self.estate, self.building, self.unit, self.floor, self.room)


@dataclass(slots=True)
class RowReader:
    """Reads rows by the columns found, and collects what is wrong."""

    columns: Mapping[Field, Column]
    faults: list[Fault] = field(default_factory=list)
    sheet_row: int = 0
    cells: Sequence[Cell] = ()

    def skip_reason(self, cells: Sequence[Cell], *, after_totals: bool) -> SkipReason | None:
        """None for a household."""
        texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        if not texts and all(cell is None or isinstance(cell, str) for cell in cells):
            return SkipReason.blank
        self.cells = cells
        homeless = all(not text_of(self._cell(place)) for place in _PLACE)
        if any(text.strip()[0] in _TOTALS_BEGIN for text in texts) and self._is_totals(homeless=homeless):
            return SkipReason.totals
        if homeless and texts and self._is_footnote(texts[0], cells, after_totals=after_totals):
            return SkipReason.footnote
        return SkipReason.header_again if self._is_header_again() else None

    def _is_header_again(self) -> bool:
        """A heading printed anew on each page."""
        door = next(place for place in _PLACE if place in self.columns)
        if field_named(self._cell(door)) is None:
            return False
        return sum(field_named(self._cell(known)) is not None for known in self.columns) >= 2

    def _is_totals(self, *, homeless: bool) -> bool:
        names = {self.columns[known].index for known in _NOT_LABELS if known in self.columns}
        return any(
            isinstance(cell, str) and (homeless or index not in names) and _TOTALS.fullmatch(compact(cell))
            for index, cell in enumerate(self.cells)
        )

    def _is_footnote(self, first: str, cells: Sequence[Cell], *, after_totals: bool) -> bool:
        """Who filled in the form, and when. A row that names a building is a household without its room."""
        if text_of(self._cell(Field.building)):
            return False
        lonely = sum(bool(text_of(cell)) for cell in cells) <= 2
        return bool(_FOOTNOTE.fullmatch(compact(first))) or (after_totals and lonely)

    def read(self, sheet_row: int, cells: Sequence[Cell]) -> tuple[RollRow, bool, bool]:
        """The household, whether its home is certain, and whether nothing but notes was found."""
        self.sheet_row, self.cells = sheet_row, cells
        before = len(self.faults)
        grid, home = self._grid(), self._home()
        place = home or Address("", "", "", "")
        typed_floor = self._value(Field.floor, floor_typed(self._cell(Field.floor)))
        occupancy, note = self._occupancy()
        row = RollRow(
            sheet_row,
            intern(grid),
            intern(place.estate),
            intern(place.building),
            intern(place.unit),
            floor_of(place.room) if typed_floor is None else typed_floor,
            intern(place.room),
            self._name(),
            self._value(Field.telephone, telephone_of(self._cell(Field.telephone))),
            self._value(Field.area, area_of(self._cell(Field.area)), limit=LARGEST_AREA),
            occupancy,
            note,
        )
        sound = all(fault.severity is Severity.note for fault in self.faults[before:])
        return row, home is not None, sound

    def fault(self, kind: FaultKind, known: Field, **params: object) -> None:
        """Report the cell of this column in the row being read."""
        column = self.columns[known]
        cell = typed(self._cell(known))
        self.faults.append(Fault(kind, self.sheet_row, column.letter, column.header, cell, params))

    def _cell(self, known: Field) -> Cell:
        column = self.columns.get(known)
        return self.cells[column.index] if column and column.index < len(self.cells) else None

    def _value(self, known: Field, value: Value | FaultKind | None, **params: object) -> Value | None:
        """The value, or None with its fault reported."""
        if isinstance(value, FaultKind):
            self.fault(value, known, **params)
            return None
        return value

    def _grid(self) -> str:
        grid = self._place_text(Field.grid, FaultKind.no_grid)
        return self._short(Field.grid, grid_name(grid)) if grid else ""

    def _home(self) -> Address | None:
        """The home, or None with one fault that says which part of it is missing or unreadable."""
        estate = self._short(Field.estate, text_of(self._cell(Field.estate)))
        if estate and not self._place_text(Field.estate, None):
            return None
        if Field.address in self.columns:
            return self._one_column_home(estate)
        return self._columns_home(estate)

    def _one_column_home(self, estate: str) -> Address | None:
        text = self._place_text(Field.address, FaultKind.no_room)
        if not text:
            return None
        address = parse_address(text)
        if address is None:
            self.fault(FaultKind.bad_address, Field.address)
            return None
        if estate and address.estate and compact(estate) != address.estate:
            self.fault(FaultKind.other_estate, Field.address)
            return None
        if len(address.estate) > LIMITS[Field.estate]:
            self.fault(FaultKind.too_long, Field.address, limit=LIMITS[Field.estate])
            return None
        return Address(estate or address.estate, address.building, address.unit, address.room)

    def _columns_home(self, estate: str) -> Address | None:
        building = self._place_text(Field.building, FaultKind.no_building)
        text = building and self._place_text(Field.room, FaultKind.no_room)
        if not text:
            return None
        before = len(self.faults)
        building, unit = building_name(building), unit_name(self._place_text(Field.unit, None))
        if len(self.faults) > before:
            return None
        whole = parse_address(text)
        if whole and whole.unit and whole.building == building and unit in ("", whole.unit):
            return Address(estate, building, whole.unit, whole.room)
        pair = None if unit else parse_unit_room(text)
        if pair:
            return Address(estate, building, *pair)
        room = room_name(text)
        if room is None or (whole and whole.unit):
            self.fault(FaultKind.bad_room, Field.room)
            return None
        parts = ((Field.building, building), (Field.unit, unit), (Field.room, room))
        for known, part in parts:
            self._short(known, part)
        return Address(estate, building, unit, room)

    def _place_text(self, known: Field, missing: FaultKind | None) -> str:
        """The compact text of a cell that places a home; empty when a fault was reported instead."""
        cell = self._cell(known)
        text = compact(cell)
        if not text:
            if missing:
                self.fault(missing, known)
            return ""
        if isinstance(cell, date | time):
            self.fault(FaultKind.place_is_date, known)
            return ""
        if text.startswith("="):
            self.fault(FaultKind.place_is_formula, known)
            return ""
        return text

    def _short(self, known: Field, text: str) -> str:
        if len(text) > LIMITS[known]:
            self.fault(FaultKind.too_long, known, limit=LIMITS[known])
        return text

    def _name(self) -> str | None:
        if Field.head_name not in self.columns:
            return None
        name = self._short(Field.head_name, person_name(self._cell(Field.head_name)))
        if not name:
            self.fault(FaultKind.no_name, Field.head_name)
        elif name.startswith("="):
            self.fault(FaultKind.name_is_formula, Field.head_name)
        return name or None

    def _occupancy(self) -> tuple[Occupancy, str]:
        """From its column, else from a note that says nothing but this (`租户`)."""
        note = self._short(Field.note, text_of(self._cell(Field.note)))
        occupancy = occupancy_of(self._cell(Field.occupancy))
        if occupancy is None:
            self.fault(FaultKind.occupancy_unknown, Field.occupancy)
            return Occupancy.UNKNOWN, note
        if occupancy is Occupancy.UNKNOWN and not text_of(self._cell(Field.occupancy)) and len(note) <= 20:
            return occupancy_of(note) or Occupancy.UNKNOWN, note
        return occupancy, note


def stated_count(cells: Sequence[Cell]) -> int | None:
    """How many households a totals row claims (`316户`), when it says so."""
    for cell in cells:
        found = _COUNT.fullmatch(compact(cell)) if isinstance(cell, str) else None
        if found:
            return int(found.group(1))
    return None
