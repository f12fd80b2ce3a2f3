"""Importing a roll again: what is added, what changed, what is missing. Nothing is ever deleted.

A column that the file does not have says nothing, so what is known stays; an empty cell in a column that it
has is a change to nothing. A household missing from the file is only reported: a person decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from deliberate.domain.roll import ParsedRoll
from deliberate.domain.roll_address import bare_room
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_columns import Column, Field
from deliberate.domain.roll_rows import RollRow

HomeKey = tuple[str, str, str, str]
Known = str | int | Decimal | Occupancy | None

COMPARED = (
    Field.grid,
    Field.floor,
    Field.head_name,
    Field.telephone,
    Field.area,
    Field.occupancy,
    Field.note,
)


@dataclass(frozen=True, slots=True)
class ExistingHousehold:
    """A household already on the roll. `estate` is empty for the default estate; `ref` is the caller's."""

    ref: int
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
    def key(self) -> HomeKey:
        return (self.estate, self.building, self.unit, self.room)

    @property
    def bare_key(self) -> HomeKey:
        """The same without noughts before the room."""
        return (self.estate, self.building, self.unit, bare_room(self.room))


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one household, before and after."""

    field: Field
    before: Known
    after: Known


@dataclass(frozen=True, slots=True)
class HouseholdChange:
    """A household whose row says something else than what is known."""

    existing: ExistingHousehold
    row: RollRow
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class RollDiff:
    """The file against the roll. Added and changed in sheet order, missing in the order they were given."""

    added: tuple[RollRow, ...]
    changed: tuple[HouseholdChange, ...]
    unchanged: int
    missing: tuple[ExistingHousehold, ...]

    @property
    def renumbered(self) -> tuple[RollRow, ...]:
        """Added homes that a missing one resembles but for noughts before its room: a spreadsheet strips them."""
        kept = {household.bare_key for household in self.missing}
        return tuple(row for row in self.added if row.bare_key in kept)


def diff(existing: Iterable[ExistingHousehold], parsed: ParsedRoll) -> RollDiff:
    """Compare home by home. Homes are the same when estate, building, unit and room are."""
    known = {household.key: household for household in existing}
    fields = _told_by(parsed.columns or {})
    added, changed, unchanged = [], [], 0
    for row in parsed.rows:
        household = known.get(row.key)
        if household is None:
            added.append(row)
            continue
        changes = _changes(household, row, fields)
        if changes:
            changed.append(HouseholdChange(household, row, changes))
        else:
            unchanged += 1
    in_file = {row.key for row in parsed.rows}
    missing = tuple(household for key, household in known.items() if key not in in_file)
    return RollDiff(tuple(added), tuple(changed), unchanged, missing)


def _told_by(columns: Mapping[Field, Column]) -> tuple[Field, ...]:
    """The floor is always told, by its column or by the room; occupancy also by a note, when it says so."""
    always = {Field.floor} | ({Field.occupancy} if Field.note in columns else set())
    return tuple(field for field in COMPARED if field in columns or field in always)


def _changes(
    household: ExistingHousehold, row: RollRow, fields: tuple[Field, ...]
) -> tuple[FieldChange, ...]:
    changes = []
    for field in fields:
        before, after = getattr(household, field.value), getattr(row, field.value)
        silent = (field is Field.floor and after is None) or (
            field is Field.occupancy and after is Occupancy.UNKNOWN
        )
        if before != after and not silent:
            changes.append(FieldChange(field, before, after))
    return tuple(changes)
