"""A letter opens its home's page, makes or joins an account, and can be closed."""

import pytest
from flask import Flask

from deliberate.db import Database
from deliberate.models import Account, Letter, Membership
from tests.app import SignIn
from tests.web.people_town import BASE, CODE, LANGUAGES, Town, sign_in


@pytest.fixture
def town(app: Flask, database: Database, signed_in: SignIn) -> Town:
    return Town(app, database, signed_in)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_opens_the_households_page_without_an_account(town: Town, language: str) -> None:
    client = town.client(language)
    opened = client.post("/account/letter", data={"code": "k7qm 2xr9-wt4p"})
    assert opened.headers["Location"] == f"{BASE}/home/"
    assert client.get(f"{BASE}/home/").status_code == 200
    page = client.get("/account/letter")
    assert page.status_code == 200
    assert CODE not in page.text
    client.post("/account/letter/leave")
    assert client.get(f"{BASE}/home/").status_code == 302


def test_a_frozen_letter_closes_the_browser_that_it_opened(town: Town) -> None:
    client = town.client()
    client.post("/account/letter", data={"code": CODE})
    frozen = town.registrar.post(
        f"{BASE}/roll/letters/{town.letter.id}/freeze", data={"reason": "来电说丢了"}
    )
    assert frozen.status_code == 302
    assert client.get(f"{BASE}/home/").status_code == 302
    again = town.client().post("/account/letter", data={"code": CODE})
    assert again.status_code == 422
    assert "冻结" in again.text
    assert CODE not in again.text


def test_wrong_codes_of_neighbours_lock_nobody_out_and_the_sixth_try_at_one_code_is_refused(
    town: Town,
) -> None:
    for n in range(9):
        wrong = town.client().post("/account/letter", data={"code": f"000{n}-0000-0000"})
        assert wrong.status_code == 422
    assert town.client().post("/account/letter", data={"code": CODE}).status_code == 302
    for n in range(5):
        town.client().post("/account/letter", data={"code": f"{CODE[:4]}-0000-000{n}"})
    assert town.client().post("/account/letter", data={"code": CODE}).status_code == 429


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_account_is_made_with_the_letter_in_hand(town: Town, language: str) -> None:
    client = town.client(language)
    assert client.get("/account/register").status_code == 302
    client.post("/account/letter", data={"code": CODE})
    assert client.get("/account/register").status_code == 200
    data = {"display_name": "麦合木提•阿不都", "user_name": "Mahmut", "password": "12345678"}
    easy = client.post("/account/register", data=data)
    assert easy.status_code == 422
    assert 'value="Mahmut"' in easy.text
    done = client.post("/account/register", data=data | {"password": "six blue windows"})
    assert done.headers["Location"] == f"{BASE}/home/"
    assert client.get(f"{BASE}/home/").status_code == 200
    with town.database.reading() as session:
        joined = session.query(Membership).one()
        assert (joined.household_id, joined.via_letter_id) == (town.homes[0].id, town.letter.id)
        assert session.get_one(Account, joined.account_id).display_name == "麦合木提·阿不都"


def test_a_letter_is_joined_to_an_account_only_when_asked(town: Town) -> None:
    client = town.client()
    sign_in(client)
    client.post("/account/letter", data={"code": CODE})
    with town.database.reading() as session:
        assert session.query(Membership).count() == 0
    client.post("/account/letter/join")
    with town.database.reading() as session:
        assert session.query(Membership).one().account_id == town.account.id


def test_letters_of_a_home_are_kept_when_somebody_registers(town: Town) -> None:
    client = town.client()
    client.post("/account/letter", data={"code": CODE})
    client.post(
        "/account/register",
        data={"display_name": "测试", "user_name": "ceshi", "password": "six blue windows"},
    )
    with town.database.reading() as session:
        assert session.query(Letter).one().replaced_at is None


def test_who_comes_from_a_round_finds_the_letter_first(town: Town) -> None:
    asked = town.client().get(f"/account/sign-in?next={BASE}/home/rounds/1").text
    assert asked.index('href="/account/letter"') < asked.index('name="password"')
    usual = town.client().get("/account/sign-in").text
    assert usual.index('name="password"') < usual.index('href="/account/letter"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_a_letter_and_would_speak_is_told_of_an_account(town: Town, language: str) -> None:
    client = town.client(language)
    client.post("/account/letter", data={"code": CODE})
    refused = client.get(f"{BASE}/home/propose")
    assert refused.status_code == 403
    assert 'href="/account/register"' in refused.text
