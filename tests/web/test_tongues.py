"""What people typed carries its own language on pages of another, so that it is read aloud and set as it should be."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from deliberate.models import Comment, DiscussionRound, PlanVersion, Proposal
from deliberate.web.markdown import to_html
from deliberate.web.tongues import said, tongue
from tests.pages import VOID
from tests.web.places import Places, open_places

MAIN = {
    "resident": (
        "public.matters",
        "public.matter",
        "public.plan",
        "public.round",
        "public.notices",
        "public.notice",
        "public.meeting",
        "public.compare",
        "resident.home",
        "resident.round",
        "resident.comment",
        "account.messages",
    ),
    "moderator": (
        "moderator.desk",
        "moderator.matters",
        "moderator.screen",
        "moderator.run_discussion",
        "moderator.rounds",
        "moderator.round",
        "moderator.counting",
        "moderator.contradictions",
        "moderator.objections",
        "moderator.untold",
    ),
    "canvasser": ("canvasser.home", "canvasser.papers"),
}
SILENT = frozenset({"script", "style", "title", "option", "textarea"})
"""What cannot hold a mark, or holds what the reader is typing."""


class Heard(HTMLParser):
    """Every text of a page with the language it is in, as a screen reader finds it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            above = self._open[-1][1] if self._open else ""
            self._open.append((tag, dict(attrs).get("lang") or above))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and data.strip() and not {tag for tag, _lang in self._open} & SILENT:
            self.texts.append((self._open[-1][1], data))


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    yield from open_places(empty_store, tmp_path_factory.mktemp("tongues"))


def typed(places: Places) -> set[str]:
    """Chinese titles, plans, questions and remarks of this world."""
    with places.database.reading() as session:
        found = {one for row in session.query(Proposal.title, Proposal.body) for one in row}
        found |= {one for row in session.query(PlanVersion.title, PlanVersion.funding) for one in row}
        found |= {row[0] for row in session.query(Comment.body)}
        found |= {row[0] for row in session.query(DiscussionRound.question)}
    return {one for one in found if one and len(one) > 2}


@pytest.mark.parametrize("language", ["en", "ug"])
def test_chinese_that_people_typed_is_marked_on_pages_of_another_language(
    places: Places, language: str
) -> None:
    theirs, unmarked, met = typed(places), [], 0
    for person in places.here.people:
        rules = [one for one in places.rules() if one.endpoint in MAIN.get(person.name, ())]
        for rule in (one for one in rules if "GET" in (one.methods or ())):
            url = places.url(rule, places.here.values)
            page = places.ask(person, "GET", url, headers={"Accept-Language": language})
            for spoken, text in Heard(page.text).texts:
                if any(one in text for one in theirs):
                    met += 1
                    if spoken != "zh-Hans":
                        unmarked.append((url, spoken, text.strip()[:60]))
    assert not unmarked, "\n".join(map(str, dict.fromkeys(unmarked)))
    assert met > 40, "the pages show what was typed"


def test_each_block_of_a_text_is_in_its_own_language(app: Flask) -> None:
    with app.test_request_context("/"), force_locale("en"):
        html = str(to_html("# 修门\n\nMend it.\n\n- بىرىنچى\n- 第二\n\n**ئىشىك** 1-2"))
        assert '<h2 lang="zh-Hans" dir="ltr">修门</h2>' in html
        assert "<p>Mend it.</p>" in html
        assert '<li lang="ug" dir="rtl">بىرىنچى</li>' in html
        assert '<li lang="zh-Hans" dir="ltr">第二</li>' in html
        assert '<p lang="ug" dir="rtl"><strong>' in html
        assert "<p lang" not in to_html('<p lang="x">a</p>'), "nobody types a mark"


def test_short_texts_are_set_off_and_marked_only_where_they_differ(app: Flask) -> None:
    with app.test_request_context("/"), force_locale("zh_Hans"):
        assert said("修门") == "<bdi>修门</bdi>"
        assert said("Door <b>") == '<bdi lang="en">Door &lt;b&gt;</bdi>'
        assert said(None) == "<bdi></bdi>"
        assert said(said("Door")) == '<bdi><bdi lang="en">Door</bdi></bdi>'
        assert tongue("修门 <b>") == "修门 &lt;b&gt;"
        assert tongue("ئىشىك") == '<bdi lang="ug">ئىشىك</bdi>'
        assert tongue(said("Door")) == said("Door")
