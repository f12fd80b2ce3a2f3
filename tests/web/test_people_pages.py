"""Signing in, the letter, one's own account and the staff of a community, through the real application."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.models import Account, Membership, RoleGrant
from tests import make
from tests.app import SignIn
from tests.make import Clock
from tests.web.people_town import BASE, CODE, GOOD, LANGUAGES, Town, sign_in


@pytest.fixture
def town(app: Flask, database: Database, signed_in: SignIn) -> Town:
    return Town(app, database, signed_in)


def who(client: FlaskClient) -> str | None:
    with client.session_transaction() as session:
        found: str | None = session.get("_user_id")
        return found


@pytest.mark.parametrize(("language", "sorry"), [("zh-CN", "密码不对"), ("en", "password is wrong")])
def test_signing_in_and_out(town: Town, language: str, sorry: str) -> None:
    client = town.client(language)
    wrong = sign_in(client, password="not mine")
    assert (wrong.status_code, who(client)) == (422, None)
    assert sorry in wrong.text
    assert 'value="reyhan"' in wrong.text
    assert "not mine" not in wrong.text
    assert sign_in(client, "199 0000 0000").status_code == 302
    assert who(client) is not None
    assert client.get("/account/").status_code == 200
    client.post("/account/sign-out")
    assert who(client) is None
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize(("language", "sorry"), [("zh-CN", "尝试的次数太多了"), ("en", "too often|too many")])
def test_the_sixth_wrong_password_waits_an_hour_even_when_it_is_right(
    town: Town, clock: Clock, language: str, sorry: str
) -> None:
    for _ in range(5):
        assert sign_in(town.client(language), password="not mine").status_code == 422
    sixth = sign_in(town.client(language))
    assert sixth.status_code == 429
    assert re.search(sorry, sixth.text, re.IGNORECASE)
    assert "five green" not in sixth.text
    clock.forward(hours=1)
    assert sign_in(town.client()).status_code == 302


def test_the_present_password_is_not_guessed_in_an_open_session(town: Town) -> None:
    client = town.client()
    sign_in(client)
    weak = client.post("/account/password", data={"current": GOOD, "password": "12345678"})
    assert weak.status_code == 422
    guesses = [
        client.post(
            "/account/password", data={"current": f"guess {n}", "password": "six blue windows"}
        ).status_code
        for n in range(6)
    ]
    assert guesses == [422] * 5 + [429]


def test_an_account_asks_five_times_an_hour_whether_a_number_has_an_account(
    town: Town, signed_in: SignIn, clock: Clock
) -> None:
    with town.database.transaction() as tx:
        curious = signed_in(make.resident(tx.session, town.homes[1], name="测试住户"))

    def ask(number: str, name: str = "测试住户") -> TestResponse:
        return curious.post("/account/name", data={"display_name": name, "telephone": number})

    asked = [ask(f"199000000{n:02d}").status_code for n in range(5)]
    assert asked == [422, 302, 302, 302, 302]
    refused = ask("19900000000")
    assert refused.status_code == 429
    assert "尝试的次数太多了" in refused.text
    assert 'value="19900000000"' in refused.text
    assert ask("19900000004", "测试改名").status_code == 302, "one's own number is not asked for"
    clock.forward(minutes=61)
    assert ask("19900000000").status_code == 422


def test_a_letter_asks_five_times_an_hour_whether_a_number_has_an_account(town: Town) -> None:
    client = town.client()
    client.post("/account/letter", data={"code": CODE})
    new = {"user_name": "patigul", "display_name": "测试住户", "password": "nine quiet doors"}

    def ask(**more: str) -> int:
        return client.post("/account/register", data=new | more).status_code

    assert [ask(telephone="19900000000", user_name="reyhan") for _ in range(6)] == [422] * 6
    assert [ask(telephone="19900000000") for _ in range(6)] == [422] * 5 + [429]
    assert ask(telephone="") == 302


def test_a_session_begins_anew_and_ends_with_the_epoch(town: Town) -> None:
    client = town.client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent
    elsewhere = town.client()
    sign_in(elsewhere)
    data = {"current": GOOD, "password": "six blue windows"}
    assert client.post("/account/password", data=data).status_code == 302
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aX: y\r\nX: y",
    ],
)
def test_nobody_is_sent_to_another_site(town: Town, target: str) -> None:
    answer = sign_in(town.client(), next=target)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    again = town.client().post("/account/language", data={"lang": "en", "next": target})
    assert again.headers["Location"] == "/"


def test_after_signing_in_one_is_where_one_wanted_to_be(town: Town) -> None:
    assert sign_in(town.client(), next=f"{BASE}/home/").headers["Location"] == f"{BASE}/home/"
    stranger = town.client().get(f"{BASE}/roll/")
    assert stranger.headers["Location"] == f"/account/sign-in?next={BASE}/roll/".replace("/c/", "/c/")


def test_a_resident_who_moved_away_says_so(town: Town) -> None:
    client = town.client()
    sign_in(client)
    client.post("/account/letter", data={"code": CODE, "join": "y"})
    client.post("/account/letter/leave")
    assert client.get(f"{BASE}/home/").status_code == 200
    with town.database.reading() as session:
        membership = session.query(Membership).one().id
    other = town.client()
    assert other.post(f"/account/homes/{membership}/leave").status_code in (302, 401)
    assert client.post(f"/account/homes/{membership}/leave").status_code == 302
    assert client.get(f"{BASE}/home/").status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_get_an_account_whose_password_works_once(town: Town, language: str) -> None:
    town.registrar.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    data: dict[str, Any] = {
        "display_name": "测试网格员",
        "user_name": "li",
        "roles": ["canvasser", "observer"],
    }
    page = town.registrar.post(f"{BASE}/roll/people/new", data=data)
    found = re.search(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", page.text)
    assert page.status_code == 200
    assert found
    assert "no-store" in page.headers["Cache-Control"]
    person = town.client(language)
    first = sign_in(person, "li", found.group())
    assert first.headers["Location"].startswith("/account/new-password")
    assert who(person) is None
    assert person.get(f"{BASE}/walk/").status_code in (302, 404)
    chosen = person.post("/account/new-password", data={"password": "seven red roofs"})
    assert chosen.status_code == 302
    assert who(person) is not None
    assert sign_in(town.client(), "li", found.group()).status_code == 422


def test_roles_are_granted_and_revoked_by_another(town: Town) -> None:
    grant = {"name_or_telephone": "199 0000 0000", "role": "canvasser"}
    asked = town.registrar.post(f"{BASE}/roll/people/grant", data=grant)
    assert (asked.status_code, "热依罕·吐尔逊" in asked.text, "没有加入哪一户" in asked.text) == (
        200,
        True,
        True,
    )
    other = town.registrar.post(f"{BASE}/roll/people/grant", data=grant | {"account_id": town.staff.id})
    assert (other.status_code, "另一个账号" in other.text) == (409, True)
    grant["account_id"] = str(town.account.id)
    assert town.registrar.post(f"{BASE}/roll/people/grant", data=grant).status_code == 302
    own = {"name_or_telephone": town.staff.user_name, "role": "canvasser", "account_id": town.staff.id}
    assert town.registrar.post(f"{BASE}/roll/people/grant", data=own).status_code == 403
    missing = town.registrar.post(f"{BASE}/roll/people/grant", data=grant | {"name_or_telephone": "nobody"})
    assert missing.status_code == 422
    url = f"{BASE}/roll/people/{town.account.id}/revoke/canvasser"
    assert town.registrar.post(url).status_code == 302
    assert town.registrar.post(url).status_code == 404
    with town.database.reading() as session:
        assert session.query(RoleGrant).filter_by(account_id=town.account.id).one().revoked_at is not None


@pytest.mark.parametrize("field", ["display_name", "user_name", "telephone", "password"])
def test_ten_thousand_characters_are_refused_in_words(town: Town, field: str) -> None:
    client = town.client()
    client.post("/account/letter", data={"code": CODE})
    data = {"display_name": "测试", "user_name": "ceshi", "telephone": "", "password": GOOD} | {
        field: "长" * 10_000
    }
    answer = client.post("/account/register", data=data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with town.database.reading() as session:
        assert session.query(Account).filter_by(user_name="ceshi").count() == 0


def test_a_forms_token_is_needed(town: Town) -> None:
    town.app.config["WTF_CSRF_ENABLED"] = True
    for path in ("/account/sign-in", "/account/letter", "/account/sign-out"):
        assert (
            town.client().post(path, data={"name_or_telephone": "reyhan", "password": GOOD}).status_code
            == 400
        )
    assert town.registrar.post(f"{BASE}/roll/people/grant", data={}).status_code == 400


@pytest.mark.parametrize("language", LANGUAGES)
def test_settings_are_changed_by_the_moderator_and_kept(town: Town, signed_in: SignIn, language: str) -> None:
    with town.database.transaction() as tx:
        moderator = signed_in(make.staff(tx.session, town.community, Role.MODERATOR, name="测试主持"))
    moderator.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    page = moderator.get(f"{BASE}/desk/settings")
    data: dict[str, Any] = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page.text))
    for name in ("languages", "presets"):
        data[name] = re.findall(rf'<input checked[^>]*name="{name}"[^>]*value="([^"]*)"', page.text)
    low = moderator.post(f"{BASE}/desk/settings", data=data | {"household_percent": "79"})
    assert low.status_code == 422
    assert moderator.post(f"{BASE}/desk/settings", data=data | {"objection_days": "9"}).status_code == 302
    after = moderator.get(f"{BASE}/desk/settings").text
    assert "测试主持" in after
    assert re.search(r"<del><bdi>7</bdi></del> → <ins><bdi>9</bdi></ins>", after)
    stale = moderator.post(f"{BASE}/desk/settings", data=data | {"objection_days": "10"})
    assert stale.status_code == 409
    assert town.registrar.get(f"{BASE}/desk/settings").status_code == 403


def test_a_scrutineer_is_appointed_after_a_look_at_the_account(town: Town, signed_in: SignIn) -> None:
    with town.database.transaction() as tx:
        moderator = signed_in(make.staff(tx.session, town.community, Role.MODERATOR))
    url, named = f"{BASE}/desk/scrutineers", {"name_or_telephone": "19900000000"}
    assert moderator.post(url, data={"name_or_telephone": "nobody"}).status_code == 422
    asked = moderator.post(url, data=named)
    assert (asked.status_code, "热依罕·吐尔逊" in asked.text) == (200, True)
    assert moderator.post(url, data=named | {"account_id": town.staff.id}).status_code == 409
    assert moderator.post(url, data=named | {"account_id": town.account.id}).status_code == 302
    with town.database.reading() as session:
        granted = session.query(RoleGrant).filter_by(role=Role.SCRUTINEER).one()
        assert granted.account_id == town.account.id
