"""Languages: Chinese is the text itself, others are catalogues of plain `.po` files, merged when first wanted.

Flask-Babel never maps `zh-CN` to `zh_Hans` and looks for compiled files, so the selector and the loading are
our own; gettext, plurals, dates and numbers are its.
"""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain, format_date, format_datetime, get_locale, refresh
from flask_babel import gettext as _
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from deliberate.later import later

if TYPE_CHECKING:
    from babel.messages import catalog, mofile, pofile
else:
    mofile, pofile = later("babel.messages.mofile"), later("babel.messages.pofile")

BEIJING = ZoneInfo("Asia/Shanghai")
FOLDER = Path(__file__).resolve().parent.parent / "translations"
NAMES = {"zh-Hans": "中文", "ug": "ئۇيغۇرچە", "en": "English"}
"""Languages offered, by tag, each in its own words."""
_LOCALES = {"zh-Hans": "zh_Hans", "ug": "ug", "en": "en"}
RIGHT_TO_LEFT = frozenset({"ug"})
DEFAULT = "zh-Hans"
COOKIE = "language"


_MIXED = re.compile(
    r"%\((?!url\b|address\b|day\b)\w+\)s(?:%%| / %\(\w+\)s)?|(?<![\w-])(?:\d+(?:[-–/]\d+)+|\d[\d.,]*(?=%))(?:%%?)?"
)
"""In a sentence written from the right: a value, a room, a date, a percentage. Not what mail programs link."""

_SUFFIX = re.compile(r"(?<=[\d\u2069])-(?=[\u0621-\u06d5])")
"""The hyphen between a number and its ending: no line breaks after it."""


def _isolate(texts: "catalog.Catalog") -> None:
    """Set off what would else be turned around: 80 % after Arabic letters is shown as % 80, 3-2-501 as 501-2-3."""
    for message in texts:
        if message.id and isinstance(message.string, str):
            message.string = set_off(message.string)
        elif message.id:
            message.string = tuple(set_off(text) for text in message.string or ())


def set_off(text: str) -> str:
    """A text with its values and its numbers of several parts isolated (Unicode FSI and PDI)."""
    return _SUFFIX.sub("-\u2060", _MIXED.sub("\u2068\\g<0>\u2069", text))


_ONE_READS = Lock()
"""The first readers of a language come at once; one reads its files for all."""


@cache
def catalogue(locale: str) -> NullTranslations:
    """All `.po` files of a locale as one catalogue; Chinese needs none."""
    with _ONE_READS:
        return _merged(locale)


@cache
def _merged(locale: str) -> NullTranslations:
    merged: Translations | None = None
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            part_of = pofile.read_po(file, locale=locale)
        if locale in RIGHT_TO_LEFT:
            _isolate(part_of)
        compiled = BytesIO()
        mofile.write_mo(compiled, part_of)
        compiled.seek(0)
        part = Translations(fp=compiled)
        if merged is None:
            merged = part
        else:
            merged.merge(part)
    return merged or NullTranslations()


class _Catalogues(Domain):  # type: ignore[misc]
    """Flask-Babel's domain, answered from memory."""

    def get_translations(self) -> GNUTranslations | NullTranslations:
        locale = get_locale()
        return _of_language(locale.language) if locale else NullTranslations()


@cache
def _of_language(language: str) -> NullTranslations:
    """The catalogue by the language alone: to write out a whole locale costs more than to look a text up."""
    return catalogue(next((name for name in _LOCALES.values() if name.split("_")[0] == language), language))


@pass_eval_context
def _text(here: EvalContext, text: str, /, **values: Any) -> str:
    """`_()` of the templates: what Jinja's own does, in a quarter of its calls."""
    found = _Languages.domain_instance.get_translations().gettext(text)
    return (Markup(found) if here.autoescape else found) % values  # noqa: S704 - a text of the catalogue


class _Languages(Babel):  # type: ignore[misc]
    domain_instance = _Catalogues()


def match(tag: str) -> str | None:
    """The offered language for a browser's tag: `zh-CN`, `zh_Hans_CN` and `zh` are all Chinese."""
    primary = tag.replace("_", "-").split("-")[0].lower()
    return next((code for code in NAMES if code.split("-")[0] == primary), None)


def offer(codes: Collection[str]) -> None:
    """From here on this request is answered in the languages of its community."""
    g.languages = [code for code in NAMES if code in codes]
    g.pop("language", None)
    refresh()


def offered() -> list[str]:
    """The languages of this page: its community's, and all of them outside any community."""
    return list(g.get("languages", NAMES))


def language() -> str:
    """The reader's language: kept with the account, else chosen in this browser, else the browser's.

    What the community of the page does not offer is passed over; Chinese it always offers.
    """
    if "language" not in g:
        g.language = _choose()
    chosen: str = g.language
    return chosen


def locale_of(tag: str) -> str:
    """What the catalogues and CLDR call a language that was offered; Chinese for any other."""
    return _LOCALES.get(tag, _LOCALES[DEFAULT])


def tag_of(locale: str) -> str:
    """The tag of a language by what the catalogues call it."""
    return next((tag for tag, name in _LOCALES.items() if name == locale), DEFAULT)


def _choose() -> str:
    wishes = [getattr(current_user, "language", None), request.cookies.get(COOKIE)]
    wishes += [tag for tag, _quality in request.accept_languages]
    known = (code for wish in wishes if wish and (code := match(wish)) in offered())
    return next(known, None) or DEFAULT


def moment(value: datetime | None) -> str:
    """A moment in Beijing time, by the reader's habits; midnight belongs to the day that ends: 24:00."""
    return "" if value is None else _moment(value, str(get_locale()))


@lru_cache(maxsize=4096)
def _moment(value: datetime, _locale: str) -> str:
    local = value.astimezone(BEIJING)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        day = datetime.fromtimestamp(local.timestamp() - 1, BEIJING)
        return str(_("%(day)s 24:00", day=day_of(day)))
    return str(format_datetime(local, _("y年M月d日 HH:mm"), rebase=False))


def day_of(value: datetime | Any) -> str:
    """A day by the reader's habits."""
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING).date()
    return _day(value, str(get_locale()))


@lru_cache(maxsize=1024)
def _day(value: date, _locale: str) -> str:
    return str(format_date(value, _("y年M月d日"), rebase=False))


def from_local(value: datetime) -> datetime:
    """A time that a person typed, meant in Beijing time, as a moment."""
    return value.replace(tzinfo=BEIJING).astimezone(UTC)


def install(app: Flask) -> None:
    """Put languages into the application."""
    _Languages(app, locale_selector=lambda: _LOCALES[language()], default_timezone="Asia/Shanghai")
    app.jinja_env.globals.update(_=_text, gettext=_text)
