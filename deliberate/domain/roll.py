"""The household roll (户册): an office's table read into households and faults. Values in, values out.

    parsed = parse_roll(rows)        # rows of cells, from services.roll_files or from anywhere
    parsed.importable                # no error; notes do not stand in the way
    parsed.rows                      # RollRow: the sound households, in sheet order
    parsed.faults                    # Fault: by sheet row; .what, .next_step are message ids, .fill(…)
    parsed.summary                   # households by grid, estate and (estate, building), in walking order
    diff(existing, parsed)           # domain.roll_diff: added, changed, unchanged, missing; deletes nothing

A roll is the denominator of every decision, so it is imported whole or not at all: `rows` of a file with
errors serve the preview only. Where the file has no estate column (or none is filled in), `estate` is the
empty string and the importer hangs the buildings under the community's default estate. A blank where a cell
was merged is a fault and never filled from above: a guess would move a household to another stairwell.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from deliberate.domain.roll_address import bare_room
from deliberate.domain.roll_columns import Column, Field, Header, find_header
from deliberate.domain.roll_faults import Fault, FaultKind, Severity
from deliberate.domain.roll_rows import RollRow, RowReader, SkipReason, stated_count
from deliberate.domain.roll_text import Cell, compact, natural

MOST_ROWS = 200_000
HomeKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is no household, and why."""

    sheet_row: int
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class RollSummary:
    """How many households where, in walking order."""

    households: int
    by_grid: Mapping[str, int]
    by_estate: Mapping[str, int]
    by_building: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class ParsedRoll:
    """What a file says. `header_row` and `totals_row` are sheet rows; `stated_total` is its claim."""

    rows: tuple[RollRow, ...] = ()
    faults: tuple[Fault, ...] = ()
    header_row: int | None = None
    columns: Mapping[Field, Column] | None = None
    ignored_columns: tuple[str, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    totals_row: int | None = None
    stated_total: int | None = None

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity is Severity.error)

    @property
    def notes(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity is Severity.note)

    @property
    def importable(self) -> bool:
        return bool(self.rows) and not self.errors

    @property
    def household_rows(self) -> int:
        """Rows that are meant as households, sound or not; to be held against `stated_total`."""
        broken = {fault.sheet_row for fault in self.errors if fault.sheet_row != self.header_row}
        return len(self.rows) + len(broken - {None})

    @property
    def summary(self) -> RollSummary:
        grids = Counter(row.grid for row in self.rows)
        estates = Counter(row.estate for row in self.rows)
        buildings = Counter((row.estate, row.building) for row in self.rows)
        return RollSummary(
            len(self.rows),
            {grid: grids[grid] for grid in sorted(grids, key=natural)},
            {estate: estates[estate] for estate in sorted(estates, key=natural)},
            {home: buildings[home] for home in sorted(buildings, key=_house_order)},
        )


def _house_order(building: tuple[str, str]) -> tuple[object, ...]:
    return (natural(building[0]), natural(building[1]))


@dataclass(slots=True)
class _Reading:
    """What has been gathered while going down the sheet."""

    reader: RowReader
    placed: list[tuple[RollRow, bool]]
    skipped: list[SkippedRow]
    estates: dict[str, str]
    """Each in one spelling, whatever its spaces, widths and capitals."""
    totals_row: int | None = None
    stated_total: int | None = None


def parse_roll(
    rows: Sequence[Sequence[Cell]], *, estates: Iterable[str] = (), most_rows: int = MOST_ROWS
) -> ParsedRoll:
    """Read the sheet; row 0 of `rows` is sheet row 1. `estates` are known already, in their spelling."""
    header = find_header(rows)
    if header is None:
        filled = any(cell not in (None, "") for row in rows for cell in row)
        return ParsedRoll(faults=(Fault(FaultKind.no_header if filled else FaultKind.no_rows),))
    if header.faults:
        return _of_header(header, header.faults)
    if len(rows) - header.index - 1 > most_rows and _filled_rows(rows, header.index) > most_rows:
        return _of_header(header, (Fault(FaultKind.too_many_rows, params={"limit": most_rows}),))
    reading = _Reading(RowReader(header.columns), [], [], {compact(name): name for name in estates})
    for index in range(header.index + 1, len(rows)):
        _read_row(reading, index + 1, rows[index])
    return _conclude(reading, header, rows)


def _of_header(header: Header, faults: tuple[Fault, ...]) -> ParsedRoll:
    return ParsedRoll((), faults, header.index + 1, header.columns, header.ignored)


def _filled_rows(rows: Sequence[Sequence[Cell]], header: int) -> int:
    return sum(any(cell not in (None, "") for cell in row) for row in rows[header + 1 :])


def _read_row(reading: _Reading, sheet_row: int, cells: Sequence[Cell]) -> None:
    reason = reading.reader.skip_reason(cells, after_totals=reading.totals_row is not None)
    if reason is not None:
        reading.skipped.append(SkippedRow(sheet_row, reason))
        if reason is SkipReason.totals:
            reading.totals_row, reading.stated_total = sheet_row, stated_count(cells)
        return
    reading.totals_row = None
    row, placed, sound = reading.reader.read(sheet_row, cells)
    if placed:
        reading.placed.append((_in_one_spelling(row, reading.estates), sound))


def _in_one_spelling(row: RollRow, estates: dict[str, str]) -> RollRow:
    spelling = estates.setdefault(compact(row.estate), row.estate)
    return row if spelling == row.estate else replace(row, estate=spelling)


def _conclude(reading: _Reading, header: Header, sheet: Sequence[Sequence[Cell]]) -> ParsedRoll:
    """What only the whole sheet can tell: blanks that others fill in, and homes named twice."""
    rows = _check_together(reading, sheet)
    faults = sorted(reading.reader.faults, key=lambda fault: (fault.sheet_row or 0, fault.column))
    if not reading.placed and not faults:
        faults = [Fault(FaultKind.no_rows)]
    return ParsedRoll(
        rows,
        tuple(faults),
        header.index + 1,
        header.columns,
        header.ignored,
        tuple(reading.skipped),
        reading.totals_row,
        reading.stated_total,
    )


def _check_together(reading: _Reading, sheet: Sequence[Sequence[Cell]]) -> tuple[RollRow, ...]:
    reader = reading.reader
    door = Field.room if Field.room in reader.columns else Field.address
    staircase = Field.unit if Field.unit in reader.columns else door
    compound = Field.estate if Field.estate in reader.columns else door
    estates = any(row.estate for row, _ in reading.placed)
    with_units = {(row.estate, row.building) for row, _ in reading.placed if row.unit}
    first: dict[HomeKey, int] = {}
    sound_rows = []
    for row, sound in reading.placed:
        reader.sheet_row, reader.cells = row.sheet_row, sheet[row.sheet_row - 1]
        if estates and not row.estate:
            reader.fault(FaultKind.no_estate, compound)
        elif not row.unit and (row.estate, row.building) in with_units:
            reader.fault(FaultKind.no_unit, staircase)
        elif row.key in first:
            reader.fault(FaultKind.duplicate, door, first=first[row.key])
        else:
            first[row.key] = row.sheet_row
            sound_rows += [row] if sound else []
    _note_possible_twins(reading, sheet, door, first)
    return tuple(sound_rows)


def _note_possible_twins(
    reading: _Reading, sheet: Sequence[Sequence[Cell]], door: Field, first: Mapping[HomeKey, int]
) -> None:
    """Rooms of one stairwell that differ in noughts before them alone."""
    bare: dict[HomeKey, int] = {}
    for row, _ in reading.placed:
        if row.room == bare_room(row.room) or first.get(row.key) != row.sheet_row:
            continue
        other = first.get(row.bare_key) or bare.setdefault(row.bare_key, row.sheet_row)
        if other != row.sheet_row:
            reading.reader.sheet_row, reading.reader.cells = row.sheet_row, sheet[row.sheet_row - 1]
            reading.reader.fault(FaultKind.maybe_duplicate, door, first=other)
