"""What pages cost: as many questions for many rows as for few, and next to none for a page that is known."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.discussion import Stance
from deliberate.models import Comment, DiscussionRound
from deliberate.web import made_once
from tests import make, make_round
from tests.app import SignIn
from tests.make_round import OpenRound, open_round, say
from tests.statements import heard
from tests.web.rounds_office import Begin


def more(begin: Begin, at: OpenRound, number: int) -> None:
    """So many more matters, remarks, and answers in buildings of their own."""
    with begin() as tx:
        known = len(at.entries) - len(at.homes)
        for n in range(number):
            make_round.fixed_plan(
                tx.session, at.community, at.staff.moderator, now=tx.now, number=100 * number + n
            )
        discussed = tx.session.query(DiscussionRound).filter_by(proposal_id=at.proposal.id).one()
        for n in range(number):
            author = make.resident(tx.session, at.homes[n])
            tx.session.add(
                Comment(
                    community_id=at.community.id,
                    proposal_id=at.proposal.id,
                    discussion_round_id=discussed.id,
                    stance=Stance.FOR,
                    body="同意这样修",
                    author_id=author.id,
                    at=tx.now,
                )
            )
        for entry in at.entries[known + number : known + 2 * number]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)


@pytest.fixture
def at(transaction: Begin) -> OpenRound:
    with transaction() as tx:
        return open_round(tx.session, 60, now=tx.now)


PAGES = ("", "matters/1", "rounds/{round}", "rounds/{round}/rooms", "notices", "ledger")
DESK = ("desk/", "desk/rounds/{round}", "desk/ledger")


def asked(client: FlaskClient, database: Database, at: OpenRound, page: str) -> int:
    """Questions for one page, when templates and statements are known."""
    path = f"/c/{at.community.slug}/{page.format(round=at.round.id)}"
    assert client.get(path, follow_redirects=True).status_code == 200, path
    made_once.install(client.application)  # nothing is kept of the finished page
    with heard(database) as said:
        client.get(path, follow_redirects=True)
    return len(said)


def test_pages_ask_as_much_of_many_rows_as_of_few(
    transaction: Begin, database: Database, at: OpenRound, signed_in: SignIn
) -> None:
    stranger, moderator = signed_in(None), signed_in(at.staff.moderator)
    wanted = [(stranger, page) for page in PAGES] + [(moderator, page) for page in (*PAGES, *DESK)]
    more(transaction, at, 2)
    few = [asked(client, database, at, page) for client, page in wanted]
    more(transaction, at, 11)
    many = [asked(client, database, at, page) for client, page in wanted]
    assert many == few
    most = dict.fromkeys(PAGES, 40) | dict.fromkeys(DESK, 40)
    dear = {page: number for (_, page), number in zip(wanted, few, strict=True) if number >= most[page]}
    assert not dear


def page_of(at: OpenRound) -> str:
    return f"/c/{at.community.slug}/rounds/{at.round.id}"


def test_a_known_page_of_a_round_is_not_made_again(
    app: Flask, transaction: Begin, database: Database, at: OpenRound, signed_in: SignIn
) -> None:
    stranger = signed_in(None)
    first = stranger.get(page_of(at))
    known = {"If-None-Match": first.headers["ETag"]}
    with heard(database) as said:
        again = stranger.get(page_of(at), headers=known)
    assert (again.status_code, again.data) == (304, b"")
    assert len(said) <= 3
    with transaction() as tx:
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
    assert stranger.get(page_of(at), headers=known).status_code == 200


def test_the_same_round_in_other_words_is_another_page(at: OpenRound, signed_in: SignIn) -> None:
    stranger = signed_in(None)
    known = {"If-None-Match": stranger.get(page_of(at)).headers["ETag"]}
    english = {**known, "Accept-Language": "en"}
    assert stranger.get(page_of(at), headers=english).status_code == 200
    stranger.set_cookie("view", "elder")
    assert stranger.get(page_of(at), headers=known).status_code == 200


def test_what_one_stranger_has_is_known_of_every_other(at: OpenRound, signed_in: SignIn) -> None:
    """No cookie is given for looking, and none is needed to be told that nothing changed."""
    seen = signed_in(None).get(page_of(at))
    assert "Set-Cookie" not in seen.headers
    again = signed_in(None).get(page_of(at), headers={"If-None-Match": seen.headers["ETag"]})
    assert again.status_code == 304


def test_a_page_of_a_person_has_no_tag(at: OpenRound, signed_in: SignIn) -> None:
    page = signed_in(at.staff.moderator).get(page_of(at))
    assert "ETag" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
