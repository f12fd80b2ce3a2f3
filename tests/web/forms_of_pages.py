"""The forms on a page as a browser sees them: where they go, and what they would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form, filled in as it stands."""

    action: str
    method: str
    multipart: bool
    values: dict[str, str] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)
    """Names of fields into which one types."""
    files: set[str] = field(default_factory=set)


TYPED = {"text", "search", "tel", "number", "email", "date", "datetime-local", "password", "url"}


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            kind = at.get("enctype", "")
            where = at.get("action") or self.page
            self.forms.append(Form(where, at.get("method", "get").lower(), "multipart" in kind))
        elif self.forms:
            self._field(tag, at)

    def _field(self, tag: str, at: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], at.get("name", ""), at.get("type", "text")
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in at or not form.values.get(self.select)):
            form.values[self.select] = at.get("value", "")
        elif not name or tag not in ("input", "textarea", "button"):
            return
        elif tag == "button" or kind == "submit":
            form.values.setdefault(name, at.get("value", ""))
        elif kind == "file":
            form.files.add(name)
        elif kind in ("radio", "checkbox"):
            if "checked" in at or (kind == "radio" and name not in form.values):
                form.values[name] = at.get("value", "on")
        else:
            form.values.setdefault(name, at.get("value", ""))
            if tag == "textarea" or kind in TYPED:
                form.free.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


def forms_of(page: str, html: str) -> list[Form]:
    """The forms that are sent by POST."""
    reader = _Reader(page)
    reader.feed(html)
    return [form for form in reader.forms if form.method == "post"]
