"""Office tables: one way to sort, filter, page, remember and take away, for every list that staff work with.

What a person chose stands in the address, so that it can be bookmarked, sent to a colleague and gone back from;
an address without a choice leads to the last one of this person (a cookie of theirs, which holds words of the
table and never a name). A page names its first table's words plainly (`?sort=-issued&state=frozen&page=2`),
further ones with the table's name before them. Rows come from memory or, where there are thousands, from a
query that knows how to sort and cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import after_this_request, g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from deliberate.domain.calendar import BEIJING
from deliberate.domain.roll_text import natural
from deliberate.services import table_files
from deliberate.services.table_files import Cell

from . import remembering
from .filters import day as shown_day
from .filters import number, when
from .store import now
from .tongues import said

Row = TypeVar("Row")
PAGE = 50
MOST_EXPORTED = 200_000
FILES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: what stands in its cells as a plain value, for sorting and for files."""

    key: str
    label: str
    value: Callable[[Row], Cell]
    kind: str = ""
    """"n" for numbers."""
    sorts: bool = True
    width: int = 14
    order: Callable[[Row], Any] | None = None
    """Where the value itself does not sort as people count."""
    url: Callable[[Row], str] | None = None
    """Where the cell leads."""


@dataclass(frozen=True)
class Filter(Generic[Row]):
    """A choice that narrows a table; without choices, a text to type (never where rows are people)."""

    key: str
    label: str
    choices: Sequence[tuple[str, str]] = ()
    keeps: Callable[[Row, str], bool] | None = None
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader asked of a table; every word of it is one that the table knows."""

    sort: str
    descending: bool
    chosen: Mapping[str, str]
    page: int
    export: str


Source = Callable[[Wish, int, int], tuple[Sequence[Row], int]]
"""Rows of a wish from an offset, at most so many, and how many there are in all."""


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A table as its page shows it."""

    name: str
    title: str
    columns: Sequence[Column[Row]]
    filters: Sequence[Filter[Row]]
    source: Source[Row]
    wish: Wish
    rows: Sequence[Row]
    number: int
    prefix: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    """The rest of the address, which links of this table keep."""

    def shown(self, column: Column[Row], row: Row) -> str | Markup:
        """A cell as pages show it."""
        value = column.value(row)
        if value is None or value == "":
            return "—"
        if isinstance(value, datetime):
            return when(value)
        if isinstance(value, date):
            return shown_day(value)
        return number(value) if isinstance(value, int) else said(value)

    @property
    def page(self) -> int:
        """The leaf that is shown, from 1."""
        return self.wish.page

    @property
    def pages(self) -> int:
        """How many leaves there are."""
        return max(1, -(-self.number // PAGE))

    @property
    def narrowed(self) -> bool:
        """Whether some filter is on."""
        return any(self.wish.chosen.values())

    @property
    def sort_word(self) -> str:
        """The order as the address says it."""
        return ("-" if self.wish.descending else "") + self.wish.sort

    def chosen(self, key: str) -> str:
        """What is chosen in a filter."""
        return self.wish.chosen[key]

    def words(self) -> dict[str, str]:
        """The whole choice, as the address says it."""
        said = {f"{self.prefix}{key}": value for key, value in self.wish.chosen.items()}
        return {**said, f"{self.prefix}sort": self.sort_word}

    def url(self, **changed: object) -> str:
        """This table with something changed; a new order or filter begins at its first leaf."""
        said = {**self.others, **self.words()}
        said |= {f"{self.prefix}{key}": str(value) for key, value in changed.items()}
        return f"{request.path}?{urlencode(said)}"

    def clear_url(self) -> str:
        """All of it; said in full, so that no memory comes between."""
        return self.url(**{one.key: "" for one in self.filters})

    def page_url(self, page: int) -> str | None:
        """Another leaf, if there is one."""
        return self.url(page=page) if 1 <= page <= self.pages and page != self.page else None

    def sort_url(self, key: str) -> str:
        """By this column; once more turns it round."""
        turned = key == self.wish.sort and not self.wish.descending
        return self.url(sort=f"-{key}" if turned else key)

    def aria_sort(self, key: str) -> str | None:
        """What a screen reader says of the column."""
        if key != self.wish.sort:
            return None
        return "descending" if self.wish.descending else "ascending"


def table(
    name: str,
    title: str,
    columns: Sequence[Column[Row]],
    rows: Sequence[Row] | Source[Row],
    *,
    filters: Sequence[Filter[Row]] = (),
    first: bool = True,
    sort: str = "",
) -> Table[Row]:
    """The table as the reader wishes it. `sort`: the usual order; empty keeps that of the rows."""
    source = rows if callable(rows) else _from_memory(columns, filters, rows)
    prefix = "" if first else f"{name}-"
    wish = _wish(prefix, columns, filters, sort)
    found, number = source(wish, (wish.page - 1) * PAGE, PAGE)
    if not found and wish.page > 1:
        last = max(1, -(-number // PAGE))
        wish = Wish(wish.sort, wish.descending, wish.chosen, last, wish.export)
        found, number = source(wish, (last - 1) * PAGE, PAGE)
    own = {f"{prefix}{key}" for key in ("sort", "page", "export", *(one.key for one in filters))}
    others = {key: value for key, value in request.args.items() if key not in own}
    return Table(name, title, columns, filters, source, wish, found, number, prefix, others)


def page(template: str, **shown: Any) -> str | Response:
    """The page with its tables: or one of them as a file, or the way to how this person left them."""
    tables = [value for value in shown.values() if isinstance(value, Table)]
    if request.method in ("GET", "HEAD"):
        for one in tables:
            if one.wish.export:
                return _file(one)
        kept = _remembered(tables)
        if kept:
            return redirect(f"{request.path}?{urlencode({**request.args.to_dict(), **kept})}")
        chosen = {one.name: one.words() for one in tables if _said(one)}
        if chosen:
            after_this_request(lambda response: remembering.keep(response, chosen))
    return render_template(template, **shown)


def _wish(prefix: str, columns: Sequence[Column[Any]], filters: Sequence[Filter[Any]], usual: str) -> Wish:
    said = request.args.get(f"{prefix}sort", usual)
    key = said.removeprefix("-")
    known = key in {column.key for column in columns if column.sorts}
    word, export = (said if known else usual), request.args.get(f"{prefix}export", "")
    return Wish(
        sort=word.removeprefix("-"),
        descending=word.startswith("-"),
        chosen={one.key: _chosen(one, request.args.get(f"{prefix}{one.key}")) for one in filters},
        page=min(max(request.args.get(f"{prefix}page", 1, type=int), 1), 1_000_000),
        export=export if export in FILES else "",
    )


def _chosen(one: Filter[Any], said: str | None) -> str:
    if said is None:
        return one.usual
    if not one.choices:
        return said.strip()[:60]
    return said if said == "" or said in {value for value, _label in one.choices} else one.usual


def _from_memory(
    columns: Sequence[Column[Row]], filters: Sequence[Filter[Row]], rows: Sequence[Row]
) -> Source[Row]:
    def source(wish: Wish, offset: int, most: int) -> tuple[Sequence[Row], int]:
        kept = [
            row
            for row in rows
            if all(
                one.keeps is None or not wish.chosen[one.key] or one.keeps(row, wish.chosen[one.key])
                for one in filters
            )
        ]
        by = next((column for column in columns if column.key == wish.sort), None)
        if by is not None:
            known = [row for row in kept if by.value(row) not in (None, "")]
            known.sort(key=by.order or (lambda row: _order(by.value(row))), reverse=wish.descending)
            kept = known + [row for row in kept if by.value(row) in (None, "")]
        return kept[offset : offset + most], len(kept)

    return source


def _order(value: Cell) -> Any:
    """Texts as people count: 2 before 10."""
    return natural(value) if isinstance(value, str) else value


def _said(one: Table[Any]) -> bool:
    """Whether the address says how this table is to be."""
    known = {f"{one.prefix}{key}" for key in ("sort", *(each.key for each in one.filters))}
    return bool(known & set(request.args))


def _remembered(tables: Sequence[Table[Any]]) -> dict[str, str]:
    """The words of the last choice, for an address that says nothing at all."""
    if any(_said(one) or f"{one.prefix}page" in request.args for one in tables):
        return {}
    kept: dict[str, str] = {}
    for one in tables:
        known, last = one.words(), remembering.of(one.name)
        found = {key: value for key, value in last.items() if key in known}
        kept |= found if {**known, **found} != known else {}
    return kept


def _file(one: Table[Any]) -> Response:
    rows, _number = one.source(one.wish, 0, MOST_EXPORTED)
    cells = ([_local(column.value(row)) for column in one.columns] for row in rows)
    if one.wish.export == "csv":
        data = table_files.csv_file([column.label for column in one.columns], cells)
    else:
        data = table_files.xlsx(one.title, [(column.label, column.width) for column in one.columns], cells)
    answer = make_response(data)
    answer.headers["Content-Type"] = FILES[one.wish.export]
    place = f"-{g.community.slug}" if g.get("community") is not None else ""
    name = f"{one.name}{place}-{now().astimezone(BEIJING):%Y%m%d}.{one.wish.export}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _local(value: Cell) -> Cell:
    """Moments as the clock on the office's wall."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(BEIJING)
    return value


def day(value: datetime | date | None) -> date | None:
    """The day of a moment, in Beijing, as a cell."""
    if isinstance(value, datetime):
        local = _local(value)
        return local.date() if isinstance(local, datetime) else None
    return value


def yes(value: object) -> str:
    """A yes or no as a cell."""
    return str(_("是") if value else _("否"))
