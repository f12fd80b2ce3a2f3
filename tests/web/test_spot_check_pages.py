"""The spot check through its pages: planned, drawn, asked again, judged; the full recheck; what everybody reads."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Transaction
from deliberate.domain.spot_check import CheckResult
from deliberate.models import Account, SpotVerdict
from deliberate.queries import spot_samples
from deliberate.services import counting
from tests import make, make_check, make_count
from tests.make import Clock
from tests.make_check import SEED
from tests.make_letter import browser
from tests.make_round import OpenRound
from tests.pages import faults, foreign, typed_by_people

Begin = Callable[[], AbstractContextManager[Transaction]]
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
RECORDED = re.compile("登记为同意|recorded as agreeing|当场填写")


def signed(begin: Begin, clock: Clock, roll: int, agree: int, on_paper: int) -> OpenRound:
    with begin() as tx:
        at = make_count.answered(tx, roll, agree, on_paper=on_paper)
        make_count.signed(at, tx, clock)
        moderator = make.actor(tx.session, at.staff.moderator)
        counting.show_result(tx.session, moderator, at.round.id, now=clock.at)
    return at


def someone(app: Flask, account: Account | None, language: str) -> FlaskClient:
    """A browser of that person, in that language."""
    client = browser(app, account)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = LANGUAGES[language]
    return client


def look(client: FlaskClient, url: str, language: str) -> str:
    """The page, well made and in the reader's language."""
    app = client.application
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.get(url)
    app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 200, url
    html = answer.get_data(as_text=True)
    assert faults(html) == [], url
    with app.extensions["deliberate.db"].reading() as session:
        assert foreign(html, language, typed_by_people(session)) == [], url
    return html


def send(client: FlaskClient, url: str, expected: int = 302, **data: object) -> str:
    answer = client.post(url, data=data)
    assert answer.status_code == expected, url
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_plan_to_the_verdict(app: Flask, transaction: Begin, clock: Clock, language: str) -> None:
    at = signed(transaction, clock, 40, 40, 2)
    base, round_id = f"/c/{at.community.slug}", at.round.id
    scrutineer, canvasser = (
        someone(app, at.staff.scrutineer, language),
        someone(app, at.staff.canvasser, language),
    )
    page = f"{base}/scrutiny/checks/{round_id}"
    assert 'name="allowed"' in look(scrutineer, page, language)
    send(browser(app, at.staff.moderator), f"{page}/plan", 403, allowed="0")
    send(scrutineer, f"{page}/plan", allowed="0")
    assert 'name="seed"' not in look(scrutineer, page, language), "the head has not left our hands"
    send(scrutineer, f"{page}/draw", 409, seed=SEED)
    with transaction() as tx:
        make_check.anchored(tx.session, at, now=clock.at)
    assert 'name="seed"' in look(scrutineer, page, language)
    send(scrutineer, f"{page}/draw", 422, seed="123")
    send(scrutineer, f"{page}/draw", seed=SEED)
    look(scrutineer, page, language)
    look(someone(app, None, language), f"{base}/matters/1", language)
    with transaction() as tx:
        homes = spot_samples.asked(tx.session, round_id)
    for home in homes:
        client, job = (
            (canvasser, "doors") if home.assigned_id == at.staff.canvasser.id else (scrutineer, "scrutiny")
        )
        url = f"{base}/{job}/revisits/{home.sample.id}"
        html = look(client, url, language)
        assert not RECORDED.search(html), "who asks does not see the record"
        send(client, url, 422, way="visit", request_id="a")
        send(client, url, way="visit", said="agree", request_id=f"{home.sample.id}")
        look(client, f"{base}/{job}/revisits", language)
    send(scrutineer, f"{page}/verdict")
    look(scrutineer, page, language)
    html = look(someone(app, None, language), f"{base}/matters/1", language)
    assert SEED in html
    assert SEED in look(someone(app, at.staff.moderator, language), f"{base}/desk/dossier/1", language)
    with transaction() as tx:
        assert tx.session.query(SpotVerdict).one().result is CheckResult.CONFIRMED


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_round_is_rechecked_form_by_form(
    app: Flask, transaction: Begin, clock: Clock, language: str
) -> None:
    at = signed(transaction, clock, 10, 9, 2)
    base, round_id = f"/c/{at.community.slug}", at.round.id
    scrutineer, moderator = (
        someone(app, at.staff.scrutineer, language),
        someone(app, at.staff.other_moderator, language),
    )
    page = f"{base}/scrutiny/checks/{round_id}"
    look(scrutineer, page, language)
    send(scrutineer, f"{page}/plan", allowed="0")
    look(scrutineer, page, language)
    send(scrutineer, f"{page}/finish", 409)
    for client, job in ((moderator, "desk"), (scrutineer, "scrutiny")):
        html = look(client, f"{base}/{job}/rechecks/{round_id}", language)
        (form,) = re.findall(r'action="([^"]*/rechecks/forms/[0-9]+)"', html)
        send(client, form, 422)
        send(browser(app, at.staff.canvasser), form, 403, shows="agree")
        send(client, form, shows="agree")
    look(moderator, f"{base}/desk/rechecks/{round_id}", language)
    look(moderator, f"{base}/desk/counting/{round_id}", language)
    look(moderator, f"{base}/desk/dossier/1", language)
    send(scrutineer, f"{page}/finish")
    look(scrutineer, page, language)
    look(scrutineer, f"{base}/scrutiny/", language)
    notices = look(someone(app, None, language), f"{base}/notices", language)
    (notice,) = set(re.findall(rf"{base}/notices/[0-9]+", notices)[:1])
    look(someone(app, None, language), notice, language)
    with transaction() as tx:
        assert tx.session.query(SpotVerdict).one().result is CheckResult.RECHECKED


def test_a_home_is_handed_to_another_person(app: Flask, transaction: Begin, clock: Clock) -> None:
    at = signed(transaction, clock, 40, 40, 0)
    with transaction() as tx:
        first = make_check.drawn(tx.session, at, now=clock.at)[0]
    other = next(p for p in (at.staff.scrutineer, at.staff.canvasser) if p.id != first.assigned_id)
    url = f"/c/{at.community.slug}/scrutiny/revisits/{first.sample.id}/assign"
    scrutineer = browser(app, at.staff.scrutineer)
    send(scrutineer, url, 422, account_id=str(at.staff.moderator.id))
    send(scrutineer, url, account_id=str(other.id))
    with transaction() as tx:
        assert spot_samples.asked(tx.session, at.round.id)[0].assigned_id == other.id
