"""Putting what was typed back into a form of a finished page, by the names of its fields; the rest stays as it is."""

from collections.abc import Mapping, Sequence
from html import escape
from html.parser import HTMLParser

Typed = Mapping[str, Sequence[str]]
_FILLED = frozenset(
    {"text", "search", "tel", "email", "url", "number", "date", "datetime-local", "time", "month"}
)
_TICKED = frozenset({"checkbox", "radio"})
Attributes = list[tuple[str, str | None]]


def fill(page: str, action: str, typed: Typed) -> str:
    """The page with the fields of the form that posts to `action` as they were typed."""
    filler = _Filler(action, typed)
    filler.feed(page)
    filler.close()
    return "".join(filler.out)


class _Filler(HTMLParser):
    """Copies the page; inside the form it writes values, ticks and chosen options anew."""

    def __init__(self, action: str, typed: Typed) -> None:
        super().__init__(convert_charrefs=False)
        self.action, self.typed = action, typed
        self.out: list[str] = []
        self.inside = False
        self.select: Sequence[str] | None = None
        self.skipping = False

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            its_action = known.get("action", "").partition("?")[0] or self.action
            self.inside = known.get("method", "").lower() == "post" and its_action == self.action
        values = self.typed.get(known.get("name", "")) if self.inside else None
        kind = known.get("type", "text").lower()
        if tag == "input" and kind in _FILLED and values:
            self._write(tag, _with(attrs, "value", values[0]))
        elif tag == "input" and kind in _TICKED and self.inside and known.get("name") in self.typed:
            self._write(tag, _marked(attrs, "checked", known.get("value", "on") in (values or ())))
        elif tag == "option" and self.select is not None:
            self._write(tag, _marked(attrs, "selected", known.get("value", "") in self.select))
        else:
            self._raw(self.get_starttag_text() or "")
        if tag == "select":
            self.select = values
        if tag == "textarea" and values:
            self.out.append("\n" + escape(values[0], quote=False))
            self.skipping = True

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.skipping = False
        if tag == "select":
            self.select = None
        if tag == "form":
            self.inside = False
        self._raw(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._raw(data)

    def handle_entityref(self, name: str) -> None:
        self._raw(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._raw(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._raw(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._raw(f"<!{decl}>")

    def _raw(self, text: str) -> None:
        if not self.skipping:
            self.out.append(text)

    def _write(self, tag: str, attrs: Attributes) -> None:
        said = "".join(f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attrs)
        self._raw(f"<{tag}{said}>")


def _with(attrs: Attributes, name: str, value: str) -> Attributes:
    return [(key, old) for key, old in attrs if key != name] + [(name, value)]


def _marked(attrs: Attributes, name: str, on: bool) -> Attributes:
    return [(key, old) for key, old in attrs if key != name] + ([(name, None)] if on else [])
