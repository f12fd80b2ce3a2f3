"""Who holds a code checks the record, says right or wrong in one tap; a household leaves where it is told."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database, Transaction
from deliberate.domain import serial
from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay
from deliberate.models import Contact, FormIssue, InboxMessage, Objection, OwnCheck
from deliberate.queries import contacts
from deliberate.services import contacts as deeds
from deliberate.services import memberships, outgoing
from deliberate.services.recording import stub_code
from deliberate.web.mails import compose
from tests import make, make_count
from tests.make import Clock
from tests.make_letter import browser
from tests.make_round import OpenRound, open_round, paper, say
from tests.web.answering_home import words

Begin = Callable[[], AbstractContextManager[Transaction]]


@pytest.fixture
def at(app: Flask, transaction: Begin) -> OpenRound:
    key = app.extensions["deliberate.config"].code_key
    with transaction() as tx:
        made = open_round(tx.session, 12)
        paper(tx.session, made, made.entries[0], Answer.DISAGREE, 1, now=tx.now, key=key)
        return made


def home(at: OpenRound) -> str:
    return f"/c/{at.community.slug}/home"


def stub(app: Flask, at: OpenRound, number: int = 1) -> str:
    return stub_code(app.extensions["deliberate.config"].code_key, at.community.id, serial.printed(number))


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.query(table).count()


def taps(page: str) -> dict[str, dict[str, str]]:
    """What each button of the found record would send, by its words."""
    forms = re.findall(r'<form [^>]*action="[^"]*/check/(\w+)"[^>]*>(.*?)</form>', page, re.S)
    return {
        re.findall(r"<button[^>]*><span>(.*?)</span>", inner, re.S)[-1].strip(): {
            "to": to,
            **dict(re.findall(r'name="(receipt|consent_id|not_us)" value="([^"]*)"', inner)),
        }
        for to, inner in forms
    }


def tap(client: FlaskClient, at: OpenRound, button: dict[str, str]) -> int:
    sent = {name: value for name, value in button.items() if name != "to"}
    return client.post(f"{home(at)}/check/{button['to']}", data=sent).status_code


@pytest.mark.parametrize(
    ("language", "answer", "right", "not_us"),
    [
        ("zh-CN", "不同意", "一样，没有错", "不是我家提交的"),
        ("en", "Disagree", "The same, it is right", "It was not us"),
    ],
)
def test_the_stub_shows_the_record_and_one_tap_says_wrong(
    app: Flask, database: Database, at: OpenRound, language: str, answer: str, right: str, not_us: str
) -> None:
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    page = client.post(f"{home(at)}/check", data={"receipt": stub(app, at).lower()})
    assert answer in page.text
    assert "no-store" in page.headers["Cache-Control"]
    buttons = taps(page.text)
    assert tap(client, at, buttons[right]) == 302
    assert (count(database, OwnCheck), count(database, Objection)) == (1, 0)
    assert tap(client, at, buttons[not_us]) == 302
    assert tap(client, at, buttons[not_us]) == 302
    assert count(database, Objection) == 1


def test_a_bare_code_does_not_tell_whether_the_household_said_something_else(
    app: Flask, database: Database, at: OpenRound, transaction: Begin
) -> None:
    """The crew, and whoever prints the forms, holds stubs (rule 11)."""
    client, data = browser(app, at.staff.canvasser), {"receipt": stub(app, at)}
    before = words(client.post(f"{home(at)}/check", data=data).text)
    with transaction() as tx:
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        member = make.resident(tx.session, at.homes[0])
    assert words(client.post(f"{home(at)}/check", data=data).text) == before
    own = words(browser(app, member).post(f"{home(at)}/check", data=data).text)
    assert "另有一份不一样的意见" in own


def test_the_household_sees_when_somebody_looked_by_the_stub(
    app: Flask, database: Database, at: OpenRound, transaction: Begin
) -> None:
    with transaction() as tx:
        account = make.resident(tx.session, at.homes[0])
        code = say(tx.session, at, at.entries[1], Answer.AGREE, now=tx.now)
    member, stranger = browser(app, account), app.test_client()
    page = f"{home(at)}/rounds/{at.round.id}"
    member.post(f"{home(at)}/check", data={"receipt": stub(app, at)})
    stranger.post(f"{home(at)}/check", data={"receipt": code})
    assert "查看过您家的纸质意见" not in member.get(page).text
    for _look in range(2):
        stranger.post(f"{home(at)}/check", data={"receipt": stub(app, at)})
    assert member.get(page).text.count("查看过您家的纸质意见") == 2
    with database.reading() as session:
        assert session.query(InboxMessage).filter_by(account_id=account.id, kind="stub_looked").count() == 1


def test_a_form_without_its_code_or_with_another_record_says_nothing(
    app: Flask, database: Database, at: OpenRound, transaction: Begin
) -> None:
    with transaction() as tx:
        say(tx.session, at, at.entries[1], Answer.AGREE, now=tx.now)
    client = app.test_client()
    for data in ({}, {"receipt": stub(app, at)}, {"receipt": "x" * 10_000, "consent_id": "1"}):
        assert client.post(f"{home(at)}/check/wrong", data=data).status_code == 422
    assert (
        client.post(f"{home(at)}/check/wrong", data={"receipt": stub(app, at), "consent_id": "2"}).status_code
        == 404
    )
    assert count(database, Objection) == 0


def test_codes_cannot_be_tried_through_the_taps(app: Flask, at: OpenRound) -> None:
    client = app.test_client()
    tries = [
        client.post(
            f"{home(at)}/check/wrong", data={"receipt": f"0000-0000-000{n}", "consent_id": "1"}
        ).status_code
        for n in range(6)
    ]
    assert tries == [404, 404, 404, 404, 404, 429]


def test_a_household_leaves_an_address_and_takes_it_away(
    app: Flask, database: Database, at: OpenRound, transaction: Begin
) -> None:
    with transaction() as tx:
        client = browser(app, make.resident(tx.session, at.homes[0]))
    url = f"{home(at)}/contacts"
    wrong = client.post(url, data={"way": "email", "address": "nobody"})
    assert wrong.status_code == 422
    assert "邮箱或手机号写得不对" in wrong.text
    assert 'value="nobody"' in wrong.text
    assert client.post(url, data={"way": "email", "address": "somebody@example.com"}).status_code == 302
    page = client.get(url).text
    assert "so***@example.com" in page
    assert "somebody@example.com" not in page
    contact = re.search(r"/contacts/(\d+)/end", page)
    assert contact
    assert client.post(f"{url}/{contact[1]}/end").status_code == 302
    assert "so***" not in client.get(url).text
    with database.reading() as session:
        assert session.query(Contact).one().address is None


@pytest.mark.parametrize(
    ("language", "says", "answer"),
    [
        ("zh-Hans", ("纸质", "第1次", "****-*01-*"), "不同意"),
        ("en", ("paper", "round 1", "****-*01-*"), "disagree"),
    ],
)
def test_the_message_tells_that_something_was_recorded_and_after_closing_what(
    app: Flask, transaction: Begin, clock: Clock, language: str, says: tuple[str, ...], answer: str
) -> None:
    """Whoever holds a letter may have left the address, so it is told neither the answer nor the form's number."""
    with transaction() as tx:
        at = open_round(tx.session, 12)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        deeds.leave(
            tx.session, member, at.homes[0].id, ContactWay.EMAIL, "a@example.com", language, now=tx.now
        )
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)
        (due,) = outgoing.due(tx.session, now=tx.now)
        with app.app_context():
            told = compose(contacts.message(tx.session, due))
    for one in says:
        assert one.lower() in told.text.lower()
    assert answer not in told.text.lower()
    assert "0000-001-5" not in told.text
    assert at.community.name in told.subject
    assert at.homes[0].room not in told.text
    assert at.homes[0].head_name not in told.text
    assert "\n" not in told.short
    with transaction() as tx:
        make_count.closed(at, tx, clock)
    with transaction() as tx, app.app_context():
        told = compose(contacts.message(tx.session, due))
    assert answer in told.text.lower()
    assert "0000-001-5" in told.text


@pytest.mark.parametrize("language", ["zh-Hans", "ug", "en"])
def test_a_household_is_told_that_somebody_joined_it(app: Flask, transaction: Begin, language: str) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        deeds.leave(
            tx.session, member, at.homes[0].id, ContactWay.EMAIL, "a@example.com", language, now=tx.now
        )
        new = make.account(tx.session)
        registrar = make.actor(tx.session, at.staff.registrar)
        memberships.join_at_desk(
            tx.session, registrar, at.homes[0].id, new.user_name, shown_id=new.id, now=tx.now
        )
        (due,) = outgoing.due(tx.session, now=tx.now)
        with app.app_context():
            told = compose(contacts.message(tx.session, due))
    assert at.community.telephone in told.text
    assert at.homes[0].room not in told.text


def test_stubs_are_printed_with_their_codes_and_journalled(
    app: Flask, database: Database, at: OpenRound
) -> None:
    client = browser(app, at.staff.moderator)
    with database.reading() as session:
        issue = session.query(FormIssue).filter_by(crew_id=at.crew.id).one().id
    base = f"/c/{at.community.slug}/desk/rounds/{at.round.id}/forms"
    assert f"{base}/{issue}/stubs" in client.get(base).text
    page = client.post(f"{base}/{issue}/stubs", data={"start": "1"})
    assert page.status_code == 200
    assert page.text.count("<svg") == 99
    assert stub(app, at, 2)[:4] in page.text
    assert stub(app, at, 1)[:4] + "-" not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert client.post(f"{base}/9999/stubs", data={}).status_code == 404
