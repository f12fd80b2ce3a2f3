"""Filters of the templates: moments, money, areas, addresses, safe Markdown, translated data."""

from datetime import date, datetime
from enum import StrEnum

from flask import Flask
from flask_babel import format_decimal
from flask_babel import gettext as _
from markupsafe import Markup, escape

from deliberate.domain import glossary, serial, words
from deliberate.domain.calendar import day_in_beijing, last_day_before
from deliberate.domain.tally import percent_down

from .languages import day_of, moment
from .markdown import to_html
from .store import now


def tr(message: object) -> str:
    """Translate a text that comes from the rules as data; a per cent sign in it is itself."""
    return _(str(message)) if message else ""


def word(member: StrEnum | None) -> str:
    """What people read for a word of the rules."""
    return _(words.word(member)) if member is not None else ""


def yuan(fen: int) -> Markup:
    """Money in yuan; fen only when there are some."""
    pattern = "#,##0.00" if fen % 100 else "#,##0"
    return Markup('<bdi dir="ltr">{}</bdi>').format(format_decimal(fen / 100, format=pattern))


def square_metres(hundredths: int | None) -> Markup:
    """Area, from 0.01 m²."""
    if hundredths is None:
        return escape("—")
    whole, rest = divmod(hundredths, 100)
    return Markup('<bdi dir="ltr">{}.{:02d}</bdi>').format(f"{whole:,}", rest)


def number(value: int) -> Markup:
    """A whole number, isolated so that it reads the same in every script."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(f"{value:,}")


def grouped(value: int) -> str:
    """A whole number with the reader's grouping, as plain text."""
    return str(format_decimal(value))


def ltr(value: object) -> Markup:
    """A room, a code, a telephone number: left to right in every script."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(value)


def when(value: datetime | None) -> Markup:
    """A moment with its machine-readable form."""
    if value is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), moment(value))


def day(value: date | str | None) -> Markup:
    """A day with its machine-readable form; stored figures hold that form alone."""
    if value is None:
        return Markup("")
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), day_of(value))


def days_left(value: datetime) -> int:
    """Whole days in Beijing until the day of a deadline: 0 is today, -1 is over."""
    moment_now = now()
    if value <= moment_now:
        return -1
    return (last_day_before(value) - day_in_beijing(moment_now)).days


def is_sentence(error: object) -> bool:
    """Whether it is an error of a field itself, and not those of its parts; a text that is translated late is one."""
    return not isinstance(error, (list, tuple, dict))


def install(app: Flask) -> None:
    """Give the filters to the templates."""
    app.jinja_env.filters.update(
        tr=tr,
        word=word,
        yuan=yuan,
        square_metres=square_metres,
        number=number,
        numberformat=grouped,
        ltr=ltr,
        when=when,
        day=day,
        moment=moment,
        days_left=days_left,
        markdown=to_html,
        percent_down=percent_down,
        masked=serial.masked,
    )
    app.jinja_env.tests["sentence"] = is_sentence
    app.jinja_env.globals["glossary"] = glossary.terms
