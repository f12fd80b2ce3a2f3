"""Pages that are made once: never old, never somebody else's, and never with anybody's token."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from deliberate import db
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.discussion import Stance
from deliberate.models import Comment, DiscussionRound, SettingsVersion
from deliberate.queries.communities import Here
from deliberate.web import kept
from deliberate.web.kept import Kept
from deliberate.web.made_once import Pages, made_once
from tests import make, make_round
from tests.app import SignIn
from tests.make_round import OpenRound, open_round, say
from tests.statements import heard
from tests.web.rounds_office import Begin

PAGES = ("", "matters/1")
ROUND = "rounds/{round}"
"""It has numbers of its own; the others are kept under the version of the whole store."""


@pytest.fixture
def at(transaction: Begin) -> OpenRound:
    with transaction() as tx:
        return open_round(tx.session, 6, now=tx.now)


@pytest.fixture
def pages(app: Flask) -> Pages:
    app.extensions["deliberate.pages"] = found = Pages()
    return found


def url(at: OpenRound, page: str) -> str:
    return f"/c/{at.community.slug}/{page.format(round=at.round.id)}"


def remark(begin: Begin, at: OpenRound, body: str) -> Comment:
    with begin() as tx:
        discussed = tx.session.query(DiscussionRound).filter_by(proposal_id=at.proposal.id).one()
        said = Comment(
            community_id=at.community.id,
            proposal_id=at.proposal.id,
            discussion_round_id=discussed.id,
            stance=Stance.FOR,
            body=body,
            author_id=make.resident(tx.session, at.homes[0]).id,
            at=tx.now,
        )
        tx.session.add(said)
    return said


@pytest.mark.parametrize("page", (*PAGES, ROUND))
def test_the_next_stranger_gets_the_same_page_and_no_cookie(
    page: str, at: OpenRound, database: Database, pages: Pages, signed_in: SignIn
) -> None:
    first = signed_in(None).get(url(at, page))
    with heard(database) as asked:
        second = signed_in(None).get(url(at, page))
    assert first.data == second.data
    assert len(asked) <= 3
    assert "Set-Cookie" not in {*first.headers.keys(), *second.headers.keys()}
    assert len(pages.kept) == 1


def test_a_page_with_a_token_is_not_kept(app: Flask, pages: Pages) -> None:
    """Its reader's own, wherever a template asks for it."""
    with app.test_request_context("/"):
        g.community = g.settings = None
        app.preprocess_request()
        first = made_once(lambda: f"a form with {generate_csrf()}", made_of=1)
    with app.test_request_context("/"):
        g.community = g.settings = None
        app.preprocess_request()
        assert made_once(lambda: "another's", made_of=1) == b"another's" != first
    assert len(pages.kept) == 1


def _hides(begin: Begin, at: OpenRound) -> None:
    with begin() as tx:
        said = tx.session.query(Comment).filter_by(body="先修东边").one()
        said.hidden_at, said.hidden_reason = tx.now, "写了电话"
        said.hidden_by_id = at.staff.moderator.id


def _renames(begin: Begin, at: OpenRound) -> None:
    with begin() as tx:
        tx.session.merge(at.community).name = "新名字社区"


def _answers(begin: Begin, at: OpenRound) -> None:
    with begin() as tx:
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)


def _raises_another(begin: Begin, at: OpenRound) -> None:
    with begin() as tx:
        make_round.fixed_plan(tx.session, at.community, at.staff.moderator, now=tx.now, number=2)


def _sets(begin: Begin, at: OpenRound) -> None:
    with begin() as tx:
        tx.session.add(
            SettingsVersion(
                community_id=at.community.id,
                n=9,
                values={"languages": ["zh-Hans"]},
                changed_by_id=at.staff.moderator.id,
                changed_at=tx.now,
            )
        )


CHANGES: dict[str, tuple[Callable[[Begin, OpenRound], object], tuple[str, ...]]] = {
    "a remark": (lambda begin, at: remark(begin, at, "再加一盏灯"), PAGES),
    "hidden": (_hides, PAGES),
    "the name": (_renames, (*PAGES, ROUND)),
    "an answer": (_answers, (*PAGES, ROUND)),
    "a matter": (_raises_another, ("",)),
    "settings": (_sets, (*PAGES, ROUND)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_seen_at_once(
    change: str, at: OpenRound, transaction: Begin, signed_in: SignIn, pages: Pages
) -> None:
    deed, seen = CHANGES[change]
    remark(transaction, at, "先修东边")
    before = {page: signed_in(None).get(url(at, page)).text for page in seen}
    deed(transaction, at)
    after = {page: signed_in(None).get(url(at, page)).text for page in seen}
    assert [page for page in seen if before[page] == after[page]] == []
    pages.kept = Kept(0)
    assert after == {page: signed_in(None).get(url(at, page)).text for page in seen}


def test_what_happens_elsewhere_leaves_the_page_of_a_round_as_it_is(
    at: OpenRound, transaction: Begin, signed_in: SignIn, pages: Pages
) -> None:
    first = signed_in(None).get(url(at, ROUND)).text
    remark(transaction, at, "再加一盏灯")
    assert signed_in(None).get(url(at, ROUND)).text == first
    assert len(pages.kept) == 1


def test_another_process_that_writes_is_heard(
    at: OpenRound, database: Database, signed_in: SignIn, transaction: Begin
) -> None:
    signed_in(None).get(url(at, "matters/1"))
    other = Database(database.url, database.clock)
    try:
        remark(other.transaction, at, "从别处写的")
    finally:
        other.dispose()
    assert "从别处写的" in signed_in(None).get(url(at, "matters/1")).text


@pytest.mark.parametrize("page", ("", ROUND))
def test_a_deadline_passes_without_anybody_writing(
    page: str, at: OpenRound, database: Database, signed_in: SignIn
) -> None:
    stranger = signed_in(None)
    before = stranger.get(url(at, page)).text
    assert at.round.answer_until is not None
    database.clock.at = at.round.answer_until + timedelta(seconds=1)  # type: ignore[attr-defined]
    assert signed_in(None).get(url(at, page)).text != before


def test_other_readers_have_other_pages(at: OpenRound, signed_in: SignIn) -> None:
    def look(elder: str | None = None, host: str = "localhost", **headers: str) -> str:
        client = signed_in(None)
        if elder:
            client.set_cookie("view", elder)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(url(at, "matters/1"), headers=given, base_url=f"http://{host}").text

    ways = (
        lambda: look(),
        lambda: look(Accept_Language="en"),
        lambda: look(Accept_Language="ug"),
        lambda: look(elder="elder"),
        lambda: look(elder="elder-30"),
        lambda: look(host="other.example"),
    )
    first = [way() for way in ways]
    assert len(set(first)) == len(ways)
    assert [way() for way in ways] == first
    assert 'lang="en"' in first[1]


def _stranger_with(client: FlaskClient, **kept: object) -> FlaskClient:
    with client.session_transaction() as session:
        session.update(kept)
    return client


def test_a_page_of_a_person_is_neither_kept_nor_given_to_others(
    at: OpenRound, pages: Pages, signed_in: SignIn
) -> None:
    path = url(at, "matters/1")
    moderator = signed_in(at.staff.moderator).get(path).text
    told = _stranger_with(signed_in(None), _flashes=[("message", "只给您看的话")]).get(path).text
    _stranger_with(signed_in(None), receipts=["x"]).get(path)
    with_cookie = signed_in(None)
    with_cookie.set_cookie("something", "else")
    with_cookie.get(path)
    assert signed_in(None).head(path).status_code == 200
    assert len(pages.kept) == 0
    assert "只给您看的话" in told
    stranger = signed_in(None).get(path).text
    assert len(pages.kept) == 1
    assert at.staff.moderator.display_name in moderator
    assert at.staff.moderator.display_name not in stranger
    assert "只给您看的话" not in stranger
    assert at.staff.moderator.display_name in signed_in(at.staff.moderator).get(path).text
    assert (
        "只给您看的话"
        in _stranger_with(signed_in(None), _flashes=[("message", "只给您看的话")]).get(path).text
    )


def test_what_is_not_there_is_not_kept(at: OpenRound, pages: Pages, signed_in: SignIn) -> None:
    assert signed_in(None).get(url(at, "matters/77")).status_code == 404
    assert len(pages.kept) == 0


def test_a_store_that_cannot_tell_its_version_is_asked_by_the_page_itself(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads after this is told in its own words that the store is busy; nothing is kept meanwhile."""
    assert database.version()

    def busy(*_: object) -> object:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(db._Watch, "_opened", busy)
    assert database.version() is None


def test_a_version_is_the_same_until_somebody_commits(migrated_url: str) -> None:
    store, elsewhere = Database(migrated_url), Database(migrated_url)
    seen = [store.version()]
    with store.reading() as session:
        session.query(Comment).all()
    assert store.version() == seen[0]
    with elsewhere.transaction() as tx:
        make.community(tx.session)
        tx.session.flush()
        seen.append(store.version())
    seen.append(store.version())
    assert seen[2] not in seen[:2]
    assert store.version() == seen[2]
    assert elsewhere.version() not in seen
    store.dispose()
    with elsewhere.transaction() as tx:
        make.community(tx.session, slug="second")
    assert store.version() not in seen
    store.dispose()
    elsewhere.dispose()


def test_a_part_is_made_once_for_each_value_language_and_community(app: Flask) -> None:
    made = []

    class Macro:
        name = "a part of the tests"

        def __call__(self, *given: object) -> Markup:
            made.append(given)
            return Markup("<b>{}</b>").format(len(made))

    @dataclass(frozen=True)
    class Row:
        id: int
        replies: list["Row"]

    def part(row: Row, more: str, language: str = "zh", slug: str = "a") -> str:
        with app.test_request_context(headers={"Accept-Language": language}):
            g.community = Here(1, slug, slug, "", make.START)
            return str(kept.part(Macro(), row, more))

    row, answered = Row(1, []), Row(1, [Row(2, [])])
    first = [
        part(row, "x"),
        part(row, "y"),
        part(answered, "x"),
        part(row, "x", "en"),
        part(row, "x", slug="b"),
    ]
    assert len(set(first)) == len(made) == 5
    assert part(Row(1, []), "x") == first[0]
    assert part(Row(1, [Row(2, [])]), "x") == first[2]
    assert len(made) == 5


def test_so_much_is_kept_and_what_was_not_asked_for_longest_goes() -> None:
    few: Kept[str] = Kept(100)
    few.put("a", "A", 40)
    few.put("b", "B", 40)
    assert few.get("a") == "A"
    few.put("c", "C", 40)
    assert [few.get(key) for key in "abc"] == ["A", None, "C"]
    few.put("a", "AA", 90)
    assert [few.get(key) for key in "abc"] == ["AA", None, None]
    few.put("d", "D", 101)
    assert len(few) == 0
