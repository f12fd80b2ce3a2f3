"""Residents' text: Markdown to HTML that cannot harm.

Raw HTML is escaped by the `js-default` preset, and nh3 has the last word. Chinese bold (`**注意：**请…`)
needs its own flanking rule: CommonMark takes full-width punctuation for a word's edge.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask_babel import get_locale
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token
from markupsafe import Markup
from nh3 import clean

from .tongues import direction, other_tongue

LONGEST = 20_000
"""Characters; a longer text is shown as it was typed."""
SHORT = 1_000
"""Characters; what is made of a text as short as a remark is remembered."""
_TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "s",
    "ul",
    "ol",
    "li",
    "blockquote",
    "h2",
    "h3",
    "h4",
    "hr",
    "a",
    "img",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "pre",
}
_OWN_PICTURE = re.compile(r"/pictures/[0-9a-f]{64}\.(?:jpg|webp)")
_BLOCKS = ("p", "li", "h2", "h3", "h4", "th", "td")
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "ol": {"start"},
    **{block: {"lang", "dir"} for block in _BLOCKS},
}


class _ChineseInline(StateInline):
    """Lets `**` open and close beside Chinese characters and punctuation."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        scanned = super().scanDelims(start, canSplitWord)
        before = self.src[start - 1] if start > 0 else " "
        end = start + scanned.length
        after = self.src[end] if end < len(self.src) else " "
        if self.src[start] != "*" or not (before > "\u2e7f" or after > "\u2e7f"):
            return scanned
        return Scanned(not after.isspace(), not before.isspace(), scanned.length)


class _ChineseParser(ParserInline):
    """The inline parser over that state; the library names its own state class and offers no other way."""

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Any]) -> list[Any]:
        state = _ChineseInline(src, md, env, tokens)
        self.tokenize(state)
        rules: Sequence[Any] = self.ruler2.getRules("")
        for rule in rules:
            rule(state)
        return state.tokens


def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"linkify": False, "breaks": True})
    parser.inline = _ChineseParser()
    return parser


_PARSER = _parser()


def _own_pictures(tag: str, attribute: str, value: str) -> str | None:
    """Only pictures that were uploaded here are shown; headings start below the page's own."""
    if (tag, attribute) == ("img", "src"):
        return value if _OWN_PICTURE.fullmatch(value) else None
    return value


def _rendered(text: str) -> str:
    """HTML in which each block of another language than the page's says so."""
    env: dict[str, Any] = {}
    tokens = _PARSER.parse(text, env)
    for n, token in enumerate(tokens):
        tag = other_tongue(token.content) if token.type == "inline" else None
        if tag is not None:
            block = _block_of(tokens, n)
            block.attrSet("lang", tag)
            block.attrSet("dir", direction(tag))
    return str(_PARSER.renderer.render(tokens, _PARSER.options, env))


def _block_of(tokens: Sequence[Token], n: int) -> Token:
    """What opens around an inline text; the paragraphs of a tight list are not shown, its items are."""
    return tokens[n - 2] if tokens[n - 1].hidden and n > 1 else tokens[n - 1]


def to_html(text: str | None) -> Markup:
    """Safe HTML of a resident's text."""
    if not text:
        return Markup("")
    if len(text) > LONGEST:
        return Markup("<p>{}</p>").format(text)
    return (_kept if len(text) <= SHORT else _cleaned)(text, str(get_locale()))


def _cleaned(text: str, _locale: str) -> Markup:
    html = _rendered(text).replace("<h1", "<h2").replace("</h1>", "</h2>")
    return Markup(  # noqa: S704 - cleaned by nh3 on this very line
        clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_own_pictures,
            url_schemes={"http", "https"},
            link_rel="nofollow noopener noreferrer",
        )
    )


_kept = lru_cache(maxsize=2048)(_cleaned)
"""Remarks are read by all who come to the page; the whole is a few megabytes at most."""
