"""The roll, its buildings, its letters and the people who work with it, as office tables."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import gettext as _

from deliberate.domain import words
from deliberate.domain.errors import N_
from deliberate.domain.permissions import Role
from deliberate.domain.roll_cells import Occupancy
from deliberate.queries import accounts, households
from deliberate.queries import letters as letter_queries
from deliberate.queries.accounts import StaffMember
from deliberate.queries.households import BuildingRow, Place
from deliberate.queries.letters import LetterState

from ..store import reader
from ..tables import Column, Filter, Table, Wish, day, table, yes

LETTER_WORDS = {
    LetterState.UNDELIVERED: N_("待送达"),
    LetterState.DELIVERED: N_("已送达，可用"),
    LetterState.FROZEN: N_("已冻结"),
    LetterState.REPLACED: N_("已换发，旧代码作废"),
}


def door(home: Any) -> str:
    """The room without its estate: 3-2-501."""
    return "-".join(part for part in (home.building.name, home.unit, home.room) if part)


def place_filters(place: Place) -> list[Filter[Any]]:
    """Grid, estate, and the building of the address, if one is named."""
    every = households.grids(reader(), g.community.id)
    grids = [(str(grid.id), _("第%(name)s网格", name=grid.name)) for grid in every]
    estates = [
        (str(one.id), one.name or _("未分小区")) for one in households.estates(reader(), g.community.id)
    ]
    found = households.building(reader(), g.community.id, place.building_id or 0)
    named = found and f"{found.estate.name} {_('%(name)s号楼', name=found.name)}"
    buildings = [Filter[Any]("building", _("楼栋"), [(str(found.id), named or "")])] if found else []
    return [Filter("grid", _("网格"), grids), Filter("estate", _("小区"), estates), *buildings]


def place_of(wish: Wish) -> Place:
    """The place that was chosen."""
    chosen = {key: int(value) for key, value in wish.chosen.items() if value.isdecimal()}
    return Place(chosen.get("grid"), chosen.get("estate"), chosen.get("building"))


def roll_table(place: Place) -> Table[Any]:
    """Homes in walking order, or by what the reader chose."""

    def source(wish: Wish, offset: int, most: int) -> tuple[Sequence[Any], int]:
        occupancy = wish.chosen["occupancy"]
        return households.window(
            reader(),
            g.community.id,
            place_of(wish),
            occupancy=Occupancy(occupancy) if occupancy else None,
            order=wish.sort,
            descending=wish.descending,
            offset=offset,
            most=most,
        )

    occupancies = [(one.value, _(words.word(one))) for one in Occupancy]
    return table(
        "roll",
        _("住户列表"),
        [
            Column("room", _("房号"), door),
            Column("estate", _("小区"), lambda home: home.building.estate.name, width=20),
            Column("grid", _("网格"), lambda home: home.grid.name, sorts=False, width=8),
            Column("head", _("户主"), lambda home: home.head_name, width=28),
            Column("telephone", _("电话"), lambda home: home.telephone, sorts=False, width=16),
            Column("area", _("面积"), lambda home: square_metres(home.area), "n"),
            Column("occupancy", _("居住"), lambda home: _(words.word(home.occupancy))),
        ],
        source,
        filters=[*place_filters(place), Filter("occupancy", _("居住"), occupancies)],
        sort="room",
    )


def square_metres(hundredths: int | None) -> Decimal | None:
    """An area as a cell."""
    return None if hundredths is None else Decimal(hundredths) / 100


def building_table(rows: Sequence[BuildingRow]) -> Table[BuildingRow]:
    """Households and letters of every building."""
    grids = {str(row.grid_id): row for row in rows}
    ordered = sorted(grids.values(), key=lambda row: row.grid_order)
    columns = [
        Column[BuildingRow]("grid", _("网格"), lambda row: row.grid, width=8),
        Column[BuildingRow]("estate", _("小区"), lambda row: row.estate, width=20),
        Column[BuildingRow]("building", _("楼栋"), lambda row: row.building),
        Column[BuildingRow]("households", _("户数"), lambda row: row.households, "n"),
        Column[BuildingRow]("without", _("没有信函"), lambda row: row.without_letter, "n"),
        Column[BuildingRow]("undelivered", _("待送达"), lambda row: row.undelivered, "n"),
    ]
    choices = [(str(row.grid_id), _("第%(name)s网格", name=row.grid)) for row in ordered]
    keeps = Filter[BuildingRow]("grid", _("网格"), choices, lambda row, said: str(row.grid_id) == said)
    return table("buildings", _("按楼栋看户册"), columns, rows, filters=[keeps])


def letter_table(place: Place) -> Table[Any]:
    """The register of letters, of one state or of all."""

    def source(wish: Wish, offset: int, most: int) -> tuple[Sequence[Any], int]:
        state = wish.chosen["state"]
        return letter_queries.register(
            reader(),
            g.community.id,
            LetterState(state) if state else None,
            place_of(wish),
            order=wish.sort,
            descending=wish.descending,
            offset=offset,
            most=most,
        )

    states = [(state.value, _(word)) for state, word in LETTER_WORDS.items()]
    return table(
        "letters",
        _("信函登记簿"),
        [
            Column("room", _("房号"), lambda row: door(row[1])),
            Column("estate", _("小区"), lambda row: row[1].building.estate.name, sorts=False, width=20),
            Column(
                "state", _("状态"), lambda row: _(LETTER_WORDS[letter_queries.state_of(row[0])]), sorts=False
            ),
            Column("issued", _("发放"), lambda row: day(row[0].issued_at)),
            Column("delivered", _("送达"), lambda row: day(row[0].delivered_at)),
            Column("to", _("签收人"), lambda row: row[0].delivered_to, sorts=False, width=20),
        ],
        source,
        filters=[
            Filter("state", _("状态"), states, usual=LetterState.UNDELIVERED.value),
            *place_filters(place),
        ],
        sort="room",
    )


def staff_table() -> Table[StaffMember]:
    """Everybody with a role here."""
    roles = [(role.value, _(words.word(role))) for role in Role if role is not Role.RESIDENT]
    return table(
        "people",
        _("工作人员和职责"),
        [
            Column("name", _("姓名"), lambda one: one.display_name, width=28),
            Column("user", _("用户名"), lambda one: one.user_name, width=18),
            Column("telephone", _("手机号"), lambda one: one.telephone, sorts=False, width=16),
            Column(
                "roles",
                _("职责"),
                lambda one: _("、").join(_(words.word(role)) for role in one.roles),
                width=28,
            ),
            Column("disabled", _("已停用"), lambda one: yes(one.disabled), sorts=False, width=8),
        ],
        accounts.staff(reader(), g.community.id),
        filters=[Filter("role", _("职责"), roles, lambda one, said: said in one.roles)],
        sort="name",
    )
