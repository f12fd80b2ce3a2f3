"""A sheet as its reader wants it: in one language or in Chinese with another beside it, as a page or as PDF.

The Chinese text is the legal one, so beside it another language only ever comes second. `sides(macro, …)` sets a
passage once for each language; the filter `beside` puts the other word after a short Chinese one.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from markupsafe import Markup, escape

from deliberate import pdf
from deliberate.domain.errors import N_, Refusal

from . import languages
from .store import files

WISH, FORM = "in", "as"
_BESIDE = Markup(' <span class="beside" lang="{}" dir="{}">{}</span>')
_SIDE = Markup('<div class="side" lang="{}" dir="{}">{}</div>')


class NoPdf(Refusal):
    """The extra that sets PDF is not installed, or could not set this page."""

    status = 501
    default_what = N_("没有生成 PDF。")
    default_why = N_("这台服务器没有装 PDF 组件(WeasyPrint)。")
    default_next = N_("请返回,用浏览器打印,纸张选 A4;或者请管理员安装组件 deliberate[pdf]。")


@dataclass(frozen=True, slots=True)
class Tongues:
    """The language of a sheet, and the one beside it."""

    first: str
    second: str | None = None

    @property
    def tag(self) -> str:
        """As it stands in an address."""
        return f"{self.first},{self.second}" if self.second else self.first

    @property
    def name(self) -> str:
        """As a reader chooses it."""
        names = [languages.NAMES[tag] for tag in (self.first, self.second) if tag]
        return " + ".join(names)


def choices() -> list[Tongues]:
    """Each language of the community alone, then Chinese with each other one."""
    offered = languages.offered()
    others = [tag for tag in offered if tag != languages.DEFAULT]
    return [Tongues(tag) for tag in offered] + [Tongues(languages.DEFAULT, tag) for tag in others]


def own_first() -> list[Tongues]:
    """The same to choose from, the reader's own language first."""
    own = languages.language()
    return sorted(choices(), key=lambda one: one.tag != own)


def wanted(tag: str | None) -> Tongues:
    """The languages of that tag, else the reader's own."""
    known = {one.tag: one for one in choices()}
    return known.get(tag or "", Tongues(languages.language()))


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Within it every text, date and number is in that language."""
    before = g.get("language")
    g.language = tag
    refresh()
    try:
        yield
    finally:
        g.language = before
        refresh()


def sides(passage: Callable[..., str], *told: object, **named: object) -> Markup:
    """A passage in each language of the sheet; two stand side by side."""
    tongues: Tongues = g.tongues
    if tongues.second is None:
        return Markup('<div class="sides">{}</div>').format(Markup(passage(*told, **named)))  # noqa: S704 - a macro's own markup
    parts = []
    for tag in (tongues.first, tongues.second):
        with speaking(tag):
            parts.append(_SIDE.format(tag, _dir(tag), Markup(passage(*told, **named))))  # noqa: S704 - a macro's own markup
    return Markup('<div class="sides sides-2">{}</div>').format(Markup("").join(parts))


def also(passage: Callable[..., str], *told: object) -> Markup:
    """A passage in the other language alone: the second of the sheet, else its only one."""
    tongues: Tongues = g.tongues
    tag = tongues.second or tongues.first
    with speaking(tag):
        said = Markup(passage(*told))  # noqa: S704 - a macro's own markup
    return Markup('<div lang="{}" dir="{}">{}</div>').format(tag, _dir(tag), said) if said.strip() else said


def beside(text: str) -> Markup:
    """A short Chinese text with the other language after it, if the sheet has one and it says it otherwise."""
    tongues: Tongues | None = g.get("tongues")
    if tongues is None or tongues.second is None:
        return escape(text)
    with speaking(tongues.second):
        other = _(str(text).replace("%", "%%"))
        other = other if other != text else _(str(text))
    if other == text:
        return escape(text)
    return escape(text) + _BESIDE.format(tongues.second, _dir(tongues.second), other)


def _dir(tag: str) -> str:
    return "rtl" if tag in languages.RIGHT_TO_LEFT else "ltr"


def sheet(template: str, name: str, **context: object) -> ResponseReturnValue:
    """The sheet in the wanted languages: a page to print, or a PDF called `name`."""
    page = render_sheet(template, wanted(request.values.get(WISH)), **context)
    if request.values.get(FORM) != "pdf":
        return page
    return as_pdf(page, name)


def render_sheet(template: str, tongues: Tongues, **context: object) -> str:
    """The page of a sheet in these languages."""
    g.tongues = tongues
    with speaking(tongues.first):
        return render_template(template, tongues=tongues, tongue_choices=choices(), **context)


def as_pdf(page: str, name: str) -> Response:
    """The page as a PDF to download; a refusal that says what to do where it cannot be."""
    if not pdf.available():
        raise NoPdf()
    try:
        data = pdf.set_page(page, files())
    except pdf.NotSet as fault:
        raise NoPdf(why=N_("组件没能排好这一页。")) from fault
    response = Response(data, mimetype="application/pdf")
    file_name = re.sub(r"[^\w.-]", "-", name, flags=re.ASCII)
    response.headers["Content-Disposition"] = f'inline; filename="{file_name}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def here(**changed: str) -> str:
    """The address of this page with some of its wishes changed."""
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key not in changed}
    kept |= {key: value for key, value in (request.view_args or {}).items() if key != "slug"} | changed
    return url_for(str(request.endpoint), **kept)


def install(app: Flask) -> None:
    """Give the words of bilingual sheets to the templates."""
    app.jinja_env.filters["beside"] = beside
    app.jinja_env.globals.update(
        sides=sides, also=also, sheet_address=here, pdf_available=pdf.available, sheet_tongues=own_first
    )
