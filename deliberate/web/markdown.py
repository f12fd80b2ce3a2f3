"""Residents' text: Markdown to HTML that cannot harm.

Raw HTML is escaped by the `js-default` preset, and nh3 has the last word. Chinese bold (`**注意：**请…`)
needs its own flanking rule: CommonMark takes full-width punctuation for a word's edge.
"""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markupsafe import Markup
from nh3 import clean

LONGEST = 20_000
"""Characters; a longer text is shown as it was typed."""
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
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "ol": {"start"}}


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


def to_html(text: str | None) -> Markup:
    """Safe HTML of a resident's text."""
    if not text:
        return Markup("")
    if len(text) > LONGEST:
        return Markup("<p>{}</p>").format(text)
    html = _PARSER.render(text).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
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
