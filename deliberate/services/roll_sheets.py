"""What is inside an office's workbook, before any reader of spreadsheets is let near it.

A workbook is a zip of XML that a stranger has packed. It is unpacked here once, measured on the way, and
packed again from the measured bytes, so that no lie in its directory reaches the reader behind. The XML is
scanned as a stream: where cells stand (one far away would make the reader allocate the whole plane), how
much text they come to, which are formulas, and that there is no document type.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deliberate.later import later

if TYPE_CHECKING:
    from xml.parsers import expat
else:
    expat = later("xml.parsers.expat")

MOST_UNPACKED = 160 * 1024 * 1024
MOST_PARTS = 2_000
MOST_CELLS = 12_000_000
MOST_TEXT = 100_000_000
_PARTS = re.compile(r"(?:mimetype|.*\.(?:xml|rels))", re.IGNORECASE)
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_ODS = "content.xml"


class BadWorkbook(Exception):
    """Not a workbook, or one that is not to be read."""


class TooBig(BadWorkbook):
    """It would fill the memory."""


Place = tuple[int, int]


@dataclass(slots=True)
class SheetScan:
    """Formulas of one sheet by (row, column), from 0, without their `=`, and how far its cells reach."""

    formulas: dict[Place, str] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    text: int = 0

    def reach(self, row: int, column: int) -> None:
        """Note a cell that holds something."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        if self.rows * self.columns > MOST_CELLS:
            raise TooBig

    def hold(self, length: int) -> None:
        """Note a shared text: a short file can refer to one long text a million times."""
        self.text += length
        if self.text > MOST_TEXT:
            raise TooBig


@dataclass(frozen=True, slots=True)
class SafeWorkbook:
    """The repacked bytes, and for each sheet of an XLSX its formulas."""

    content: bytes
    formulas: Mapping[str, Mapping[Place, str]]


def open_safely(data: bytes) -> SafeWorkbook:
    """Unpack, measure, scan and repack. Raises BadWorkbook."""
    try:
        parts = _unpack(data)
        if _WORKBOOK in parts:
            formulas = _scan_xlsx(parts)
            return SafeWorkbook(_pack(parts), formulas)
        if _ODS not in parts:
            raise BadWorkbook
        _scan_ods(parts[_ODS])
        return SafeWorkbook(_pack(parts), {})
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, ValueError, RuntimeError) as broken:
        raise BadWorkbook from broken
    except (NotImplementedError, OSError, KeyError) as broken:
        raise BadWorkbook from broken


def _unpack(data: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    room = MOST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise TooBig
        for entry in entries:
            if not _PARTS.fullmatch(entry.filename):
                continue
            if entry.filename in parts:
                raise BadWorkbook
            with archive.open(entry) as packed:
                part = packed.read(room + 1)
            room -= len(part)
            if room < 0:
                raise TooBig
            parts[entry.filename] = part
    return parts


def _pack(parts: dict[str, bytes]) -> bytes:
    """Small again, each part let go as it is packed: a large sheet is never in memory twice."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in list(parts):
            archive.writestr(zipfile.ZipInfo(name), parts.pop(name), zipfile.ZIP_DEFLATED, compresslevel=1)
    return target.getvalue()


Attributes = dict[str, str]


def _scan(
    xml: bytes,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream through one part; a document type (entities, external files) is refused outright."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(_local(name))
    if text is not None:
        parser.CharacterDataHandler = text
    parser.Parse(xml, True)


def _no_doctype(*_: object) -> None:
    raise BadWorkbook


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _scan_xlsx(parts: Mapping[str, bytes]) -> dict[str, dict[Place, str]]:
    sheets: dict[str, str] = {}
    targets: dict[str, str] = {}

    def sheet(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")
            sheets[attributes.get("name", "")] = relation

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = (
                target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            )

    _scan(parts[_WORKBOOK], sheet)
    _scan(parts[_RELATIONS], relation)
    lengths = _text_lengths(parts)
    found = {name: targets.get(key, "") for name, key in sheets.items()}
    return {name: scan_sheet(parts[path], lengths).formulas for name, path in found.items() if path in parts}


class _SheetScanner:
    """Follows one worksheet: the current cell, whether it holds anything, its formula."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.lengths = lengths
        self.shares_text = False
        self.index: list[str] | None = None
        self.scan = SheetScan()
        self.shared: dict[str, str] = {}
        self.row, self.column = -1, -1
        self.formula: list[str] | None = None
        self.share = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._stand(attributes.get("r", ""))
            self.shares_text = attributes.get("t") == "s"
        elif name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 2)) - 1, -1
        elif name in ("v", "is"):
            self.scan.reach(self.row, self.column)
            self.index = [] if self.shares_text else None
        elif name == "f":
            self.scan.reach(self.row, self.column)
            self.formula, self.share = [], attributes.get("si", "")

    def end(self, name: str) -> None:
        if name == "f" and self.formula is not None:
            self._end_formula("".join(self.formula))
        elif name == "v" and self.index is not None:
            index, self.index = int("".join(self.index) or -1), None
            self.scan.hold(self.lengths[index] if 0 <= index < len(self.lengths) else 0)

    def _end_formula(self, text: str) -> None:
        self.formula = None
        if self.share:
            text = self.shared.setdefault(self.share, text) if text else self.shared.get(self.share, "")
        self.scan.formulas[self.row, self.column] = text

    def text(self, text: str) -> None:
        if self.formula is not None:
            self.formula.append(text)
        elif self.index is not None:
            self.index.append(text)

    def _stand(self, reference: str) -> None:
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            self.column += 1
            return
        column = 0
        for letter in found.group(1):
            column = column * 26 + ord(letter) - 64
        self.row, self.column = int(found.group(2)) - 1, column - 1


def _text_lengths(parts: Mapping[str, bytes]) -> list[int]:
    """The length of every shared text of an XLSX, by its number."""
    lengths: list[int] = []

    def start(name: str, _: Attributes) -> None:
        if name == "si":
            lengths.append(0)

    def text(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    for path, part in parts.items():
        if path.lower().endswith("/sharedstrings.xml"):
            _scan(part, start, text=text)
    return lengths


def scan_sheet(xml: bytes, lengths: Sequence[int] = ()) -> SheetScan:
    """Scan one worksheet of an XLSX."""
    scanner = _SheetScanner(lengths)
    _scan(xml, scanner.start, scanner.end, scanner.text)
    return scanner.scan


def _scan_ods(xml: bytes) -> None:
    """How far the cells of an ODS reach; its formulas come with their values."""
    scan = SheetScan()
    row = column = rows = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal row, column, rows, scan
        if name == "table":
            row, rows, scan = 0, 0, SheetScan()
        elif name == "table-row":
            row, column = row + rows, 0
            rows = _repeated(attributes, "number-rows-repeated")
        elif name in ("table-cell", "covered-table-cell"):
            column += _repeated(attributes, "number-columns-repeated")
            if any(_local(key) in ("value-type", "formula") for key in attributes):
                scan.reach(row + rows - 1, column - 1)

    _scan(xml, start)


def _repeated(attributes: Attributes, name: str) -> int:
    return next((int(value) for key, value in attributes.items() if _local(key) == name), 1)
