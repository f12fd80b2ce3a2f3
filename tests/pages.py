"""What must hold of every page: its structure, its labels, its forms, and whose language it speaks.

`faults(html)` gives sentences, none for a good page. `foreign(html, language, typed)` gives words of another
language that nobody typed: what people typed (names, texts of matters) is taken out first.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from html.parser import HTMLParser

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from deliberate.models.base import Base


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = _words("area base br col embed hr img input link meta source track wbr")
ONLY_TEXT_INSIDE = _words("p h1 h2 h3 h4 h5 h6 summary button label legend")
BLOCKS = _words(
    "address article aside blockquote dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "main nav ol p pre section table ul"
)
INTERACTIVE = frozenset({"a", "button", "input", "select", "textarea"})
PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"tbody", "thead", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "tbody": {"table"},
    "thead": {"table"},
    "caption": {"table"},
    "option": {"select", "optgroup", "datalist"},
    "legend": {"fieldset"},
    "summary": {"details"},
}
CHILDREN = {"ul": {"li"}, "ol": {"li"}, "dl": {"dt", "dd", "div"}, "select": {"option", "optgroup"}}
UNLABELLED = frozenset({"hidden", "submit", "reset", "button", "image"})
SPOKEN = ("aria-label", "title", "alt", "data-label")
REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "for")

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
FOREIGN_TO_UYGHUR = re.compile(f"{CHINESE.pattern}|{LATIN.pattern}")
MAY_BE_LATIN = _words(
    "SHA-256 QR PDF XLSX CSV ZIP MB MP3 M4A OGG JPG JPEG PNG WebP Markdown GB18030 UTF-8 RC80 A4 Excel XLS ODS O I L U"
    " csv xlsx JavaScript"
)
MADE_BY_US = frozenset({"notice", "journal_entry", "inbox_message"})
"""Tables whose words are ours: they must speak the reader's language."""


class Element:
    """An open element: its name, its attributes, and what stood in it so far."""

    def __init__(self, name: str, attributes: dict[str, str | None]) -> None:
        self.name = name
        self.attributes = attributes
        self.said = ""
        self.other_language = (
            name in ("code", "kbd")
            or bool({"code", "num"} & set((attributes.get("class") or "").split()))
            or bool(attributes.get("lang") and name != "html")
            or (name == "a" and (attributes.get("href") or "").startswith("tel:"))
        )
        """The name of a language, what is shown as a code, or within such an element."""


class Reader(HTMLParser):
    """Reads one page strictly: every element is closed in its turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[Element] = []
        self.all: list[Element] = []
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.fields: list[tuple[Element, bool]] = []
        self.forms: list[tuple[Element, set[str]]] = []
        self.texts: list[str] = []
        self.doctype = ""

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        if len(element.attributes) < len(attrs):
            self._fault(f"<{tag}> names an attribute twice")
        self._judge_place(tag)
        self._judge_attributes(element)
        self._remember(element)
        self.all.append(element)
        if tag not in VOID:
            element.other_language |= self._other_language()
            self.open.append(element)
        self._listen_to(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1].name != tag:
            self._fault(f"</{tag}> closes {self._path()}")
            while any(one.name == tag for one in self.open) and self.open[-1].name != tag:
                self.open.pop()
        if self.open and self.open[-1].name == tag:
            closed = self.open.pop()
            if tag in ("a", "button", "h1", "h2", "h3", "title", "label") and not self._named(closed):
                self._fault(f"<{tag}> says nothing in {self._path()}: {closed.attributes}")

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        for element in self.open:
            element.said += data
        parent = self.open[-1].name if self.open else ""
        if parent in ("script", "style"):
            self._fault(f"inline <{parent}>")
        elif parent in CHILDREN or parent in ("table", "tr", "tbody"):
            self._fault(f"text straight in <{parent}>: {data.strip()[:30]}")
        if not self._other_language():
            self.texts.append(data)

    def _fault(self, sentence: str) -> None:
        self.faults.append(sentence)

    def _path(self) -> str:
        return " > ".join(one.name for one in self.open[-5:])

    def _inside(self, *names: str) -> bool:
        return any(one.name in names for one in self.open)

    def _named(self, element: Element) -> bool:
        return bool(element.said.strip() or element.attributes.get("aria-label"))

    def _judge_place(self, tag: str) -> None:
        parent = self.open[-1].name if self.open else ""
        if tag in PARENTS and parent not in PARENTS[tag]:
            self._fault(f"<{tag}> in <{parent}>")
        if parent in CHILDREN and tag not in CHILDREN[parent]:
            self._fault(f"<{tag}> straight in <{parent}>")
        for one in self.open:
            heading_in_summary = one.name in ("summary", "legend") and re.fullmatch("h[1-6]", tag)
            if one.name in ONLY_TEXT_INSIDE and tag in BLOCKS and not heading_in_summary:
                self._fault(f"<{tag}> in <{one.name}>: {one.said.strip()[:30]}")
        if tag in INTERACTIVE and self._inside("a", "button"):
            self._fault(f"<{tag}> in something to press")
        if tag == "form" and self._inside("form"):
            self._fault("<form> in <form>")

    def _judge_attributes(self, element: Element) -> None:
        for name in element.attributes:
            if name == "style" or name.startswith("on"):
                self._fault(f"{name}= on <{element.name}>")
        if element.name == "img":
            if element.attributes.get("alt") is None:
                self._fault(f"<img> without alt: {element.attributes}")
            for one in self.open:
                one.said += element.attributes.get("alt") or ""
        if element.name == "style":
            self._fault("<style>")
        if element.name == "script" and not element.attributes.get("src"):
            self._fault("<script> without src")

    def _remember(self, element: Element) -> None:
        said = element.attributes
        if said.get("id"):
            self.ids[said["id"] or ""] += 1
        if element.name == "label" and said.get("for"):
            self.labelled.add(said["for"] or "")
        if element.name == "form":
            self.forms.append((element, set()))
        if element.name in ("input", "select", "textarea", "button") and self.forms and self._inside("form"):
            self.forms[-1][1].add(said.get("name") or "")
        if element.name in ("select", "textarea") or (
            element.name == "input" and said.get("type", "text") not in UNLABELLED
        ):
            self.fields.append((element, self._inside("label")))

    def _listen_to(self, element: Element) -> None:
        if self._other_language():
            return
        said = element.attributes
        self.texts += [said[name] or "" for name in SPOKEN if said.get(name)]
        if element.name == "input" and said.get("type") in ("submit", "button"):
            self.texts.append(said.get("value") or "")

    def _other_language(self) -> bool:
        """Inside the name of a language, or what is shown as a code."""
        return bool(self.open) and self.open[-1].other_language


@lru_cache(maxsize=2)
def read(html: str) -> Reader:
    """Read a page to its end; who asks for its faults asks for its words next."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def faults(html: str) -> list[str]:
    """What is wrong with the page, in sentences."""
    page = read(html)
    found = [*page.faults, *_of_the_frame(page), *_of_ids(page), *_of_forms(page)]
    found += [f"<{left.name}> is not closed" for left in page.open]
    return found


def _of_the_frame(page: Reader) -> Iterable[str]:
    if page.doctype.lower() != "doctype html":
        yield "no doctype"
    count = Counter(one.name for one in page.all)
    for name in ("html", "head", "body", "title", "h1", "main"):
        if count[name] != 1:
            yield f"{count[name]} times <{name}>"
    html = next((one for one in page.all if one.name == "html"), None)
    if html is not None and not (html.attributes.get("lang") and html.attributes.get("dir")):
        yield "<html> tells no language or direction"
    level = 0
    for one in page.all:
        if re.fullmatch("h[1-6]", one.name):
            if int(one.name[1]) > level + 1:
                yield f"<{one.name}> after <h{level}>: {one.said.strip()[:30]}"
            level = int(one.name[1])


def _of_ids(page: Reader) -> Iterable[str]:
    yield from (f"id {name!r} {n} times" for name, n in page.ids.items() if n > 1)
    for one in page.all:
        for attribute in REFERENCES:
            for name in (one.attributes.get(attribute) or "").split():
                if name not in page.ids:
                    yield f"{attribute} of <{one.name}> points to {name!r}, which is not there"


A_STRANGERS_CHOICE = ("/account/view", "/account/language")
"""Of who is signed in, tests/web/test_forms_csrf.py sees that these have a token too."""


def _of_forms(page: Reader) -> Iterable[str]:
    for field, within_label in page.fields:
        said = field.attributes
        named = within_label or said.get("aria-label") or said.get("aria-labelledby")
        if not named and said.get("id") not in page.labelled:
            yield f"<{field.name} name={said.get('name')}> has no label"
    for form, names in page.forms:
        needs_token = form.attributes.get("action") not in A_STRANGERS_CHOICE
        if (
            form.attributes.get("method", "get").lower() == "post"
            and needs_token
            and "csrf_token" not in names
        ):
            yield f"form to {form.attributes.get('action')} has no token"
        if form.attributes.get("action") == "":
            yield "form with an empty action"


def typed_by_people(session: Session) -> list[str]:
    """Every text that people typed into the store, longest first."""
    found: set[str] = set()
    for question in _for_texts():
        for row in set(map(tuple, session.connection().exec_driver_sql(question))):
            found.update(line.strip() for text in row if text for line in str(text).splitlines())
    return sorted(found - {""}, key=len, reverse=True)


@cache
def _for_texts() -> list[str]:
    """What to ask each table; in plain words, for it is asked about every page."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in MADE_BY_US]
    texts = [[one for one in table.columns if isinstance(one.type, String)] for table in tables]
    return [str(select(*columns)) for columns in texts if columns]


def foreign(html: str, language: str, typed: Collection[str]) -> list[str]:
    """Chinese on an English page, Latin words on a Chinese one, either on a Uyghur one, that nobody typed."""
    wanted = {"en": CHINESE, "ug": FOREIGN_TO_UYGHUR}.get(language, LATIN)
    relevant = [known for known in typed if len(known) > 1 and wanted.search(known)]
    found: list[str] = []
    for text in read(html).texts:
        if wanted.search(text):
            for known in relevant:
                text = text.replace(known, " ")
            found += [word for word in wanted.findall(text) if not _expected(word, typed)]
    return found


def _expected(word: str, typed: Collection[str]) -> bool:
    """A known abbreviation, or a piece of what was typed: Markdown and comparisons cut it up."""
    return word in MAY_BE_LATIN or any(word in known for known in typed)
