"""What people typed, marked with its own language where that is not the page's: for screen readers, fonts, direction.

`|said` is for a short text that somebody typed: a title, a name, a reason. `|tongue` is for what may be a text of
ours or of theirs, as the title of a page. Markdown marks its own blocks.
"""

from typing import Any

from flask import Flask
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from deliberate.domain.messages import sentence
from deliberate.domain.tongue import RIGHT_TO_LEFT, tongue_of

from .languages import tag_of


def other_tongue(text: str) -> str | None:
    """The language of a text, if it is known and not the page's; without a page there is none."""
    locale = get_locale()
    if locale is None:
        return None
    known = tongue_of(text)
    return None if known == tag_of(str(locale)) else known


def direction(tag: str) -> str:
    """How its lines run."""
    return "rtl" if tag in RIGHT_TO_LEFT else "ltr"


def said(value: Any) -> Markup:
    """Set off from the words around it, in its own direction and language."""
    if value is None or isinstance(value, Markup):
        return Markup("<bdi>{}</bdi>").format(value or "")
    tag = other_tongue(str(value))
    if tag is None:
        return Markup("<bdi>{}</bdi>").format(value)
    return Markup('<bdi lang="{}">{}</bdi>').format(tag, value)


def tongue(value: Any) -> Markup:
    """As it is, or set off where it is of another language than the page."""
    if not isinstance(value, str) or isinstance(value, Markup) or other_tongue(value) is None:
        return escape("" if value is None else value)
    return said(value)


def told(message: Any) -> Markup:
    """What a person is told in one sentence of ours, with the words of others in it in their own language."""
    data = {name: tongue(value) if isinstance(value, str) else value for name, value in message.data.items()}
    return Markup(gettext(sentence(message.kind))) % data  # noqa: S704 - a text of the catalogue


def install(app: Flask) -> None:
    """Give them to the templates."""
    app.jinja_env.filters.update(said=said, tongue=tongue, told=told)
