"""A session that ends while somebody types: they sign in and find their form as they left it, and nobody else does."""

import json

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.models import HouseholdChange
from deliberate.services import passwords
from deliberate.web import unfinished
from deliberate.web.form_filling import fill
from tests import make

PASSWORD = "a-long-password-of-a-clerk"
OURS = {"Origin": "http://localhost"}
TYPED = {"head_name": '<b>"阿不都"</b>', "reason": "住户带房产证来更正", "occupancy": "rented"}


@pytest.fixture
def form(app: Flask, database: Database) -> str:
    with database.transaction() as tx:
        community = make.community(tx.session)
        home = make.households(tx.session, community, 1)[0]
        for name in ("clerk", "another"):
            account = make.staff(tx.session, community, Role.REGISTRAR, name=name)
            account.user_name, account.password_hash = name, passwords.hashed(PASSWORD, name)
        return f"/c/{community.slug}/roll/households/{home.id}/correct"


def sign_in(client: FlaskClient, name: str) -> None:
    sent = {"name_or_telephone": name, "password": PASSWORD}
    assert client.post("/account/sign-in", data=sent).status_code == 302


def end_session(client: FlaskClient) -> None:
    client.delete_cookie("session")


def test_what_was_typed_is_in_the_form_again(app: Flask, database: Database, form: str) -> None:
    client = app.test_client()
    sign_in(client, "clerk")
    end_session(client)
    sent = client.post(form, data=TYPED, headers=OURS)
    assert sent.status_code == 302
    assert sent.location.endswith(f"/account/sign-in?next={form}")
    assert "您填写的内容还在" in client.get(sent.location).text
    sign_in(client, "clerk")
    page = client.get(form).text
    assert "&lt;b&gt;&quot;阿不都&quot;&lt;/b&gt;" in page
    assert TYPED["reason"] in page
    with database.reading() as session:
        assert session.query(HouseholdChange).count() == 0, "nothing was sent on anybody's behalf"
    full = {**TYPED, "unit": "1", "room": "101", "area": "80.00", "grid_id": 1, "seen": 0}
    assert client.post(form, data=full, headers=OURS).status_code == 302
    assert TYPED["reason"] not in client.get(form).text, "once sent it is forgotten"


@pytest.mark.parametrize("who", ["another", "clerk, who had signed out", "a stranger's page"])
def test_nobody_else_finds_it(app: Flask, form: str, who: str) -> None:
    client = app.test_client()
    sign_in(client, "clerk")
    if who == "clerk, who had signed out":
        client.post("/account/sign-out")
    end_session(client)
    origin = {"Origin": "http://evil.example"} if who == "a stranger's page" else OURS
    client.post(form, data=TYPED, headers=origin)
    sign_in(client, "another" if who == "another" else "clerk")
    assert TYPED["reason"] not in client.get(form).text


def test_only_the_right_form_is_filled_and_secrets_never() -> None:
    page = (
        '<form method="post" action="/a"><input name="t" value="old"><input type="password" name="t">'
        '<textarea name="b">old &amp; older</textarea><select name="s"><option value="1" selected>x'
        '<option value="2">y</select><input type="checkbox" name="c" value="1" checked></form>'
        '<form method="post" action="/b"><input name="t" value="kept &amp; kept"></form>'
    )
    typed = {"t": ['"new"'], "b": ["</textarea><script>"], "s": ["2"], "c": ["2"]}
    filled = fill(page, "/a", typed)
    assert '<input name="t" value="&quot;new&quot;"><input type="password" name="t">' in filled
    assert "&lt;/textarea&gt;&lt;script&gt;</textarea>" in filled
    assert '<option value="1">x<option value="2" selected>y' in filled
    assert '<input type="checkbox" name="c" value="1">' in filled
    assert filled.endswith('<form method="post" action="/b"><input name="t" value="kept &amp; kept"></form>')
    assert fill(page, "/nowhere", typed) == page


def kept_of(app: Flask, client: FlaskClient) -> dict[str, list[str]]:
    """What lies there for this browser, once its person is signed in again."""
    cookie = client.get_cookie(unfinished.KEY)
    if cookie is None:
        return {}
    with app.test_request_context(), unfinished.files().open(unfinished._name(cookie.value)) as found:
        _who, _action, _page, typed = json.loads(
            Fernet(unfinished._fernet_key(cookie.value)).decrypt(found.read())
        )
    return dict(typed)


def test_how_a_household_answered_and_its_codes_are_never_kept(app: Flask, form: str) -> None:
    client = app.test_client()
    sign_in(client, "clerk")
    end_session(client)
    said = {
        "answer-37": "disagree",
        "answer": "agree",
        "replaces": "K7M2-9QXR-4TWZ",
        "receipt": "K7M2-9QXR-4TWZ",
    }
    client.post(form, data=TYPED | said, headers=OURS)
    assert set(kept_of(app, client)) == set(TYPED)


def test_nothing_of_a_canvassers_form_is_kept(app: Flask, form: str) -> None:
    client = app.test_client()
    sign_in(client, "clerk")
    end_session(client)
    door = form.replace("/roll/households/", "/doors/").removesuffix("/correct")
    assert client.post(door, data={"signer_name": "测试签字人"}, headers=OURS).status_code == 401
    assert kept_of(app, client) == {}
