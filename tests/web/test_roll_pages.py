"""The registrar's pages: corrections, letters, people at the desk; and what is thrown at them."""

import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from deliberate.db import Database
from deliberate.models import Household, HouseholdChange, Letter, Membership
from deliberate.queries import people
from deliberate.services import memberships
from tests import make
from tests.app import SignIn
from tests.web.roll_office import BASE, LANGUAGES, Office


@pytest.fixture
def office(app: Flask, database: Database, signed_in: SignIn) -> Office:
    return Office(app, database, signed_in)


def facts(office: Office, **changed: Any) -> dict[str, Any]:
    home = office.homes[0]
    known = {
        "unit": "1",
        "room": home.room,
        "head_name": home.head_name,
        "area": "80.00",
        "occupancy": "rented",
    }
    return {"grid_id": home.grid_id, "reason": "住户带房产证来更正", "seen": 0} | known | changed


@pytest.mark.parametrize(
    ("language", "kept"), [("zh-CN", "自住</del> → <ins>出租"), ("en", "Owner-occupied</del>")]
)
def test_a_household_is_corrected_with_a_reason_that_stays(office: Office, language: str, kept: str) -> None:
    office.registrar.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    url = f"{BASE}/households/{office.homes[0].id}"
    assert office.registrar.get(f"{url}/correct").status_code == 200
    assert office.registrar.post(f"{url}/correct", data=facts(office, reason="")).status_code == 422
    assert office.registrar.post(f"{url}/correct", data=facts(office)).status_code == 302
    page = office.registrar.get(url).text
    assert "住户带房产证来更正" in page
    assert kept in page
    stale = office.registrar.post(f"{url}/correct", data=facts(office, head_name="另一人"))
    assert stale.status_code == 409
    assert "另一人" in stale.text


@pytest.mark.parametrize("field", ["unit", "room", "head_name", "telephone", "area", "note", "reason"])
def test_ten_thousand_characters_in_a_correction(office: Office, field: str) -> None:
    url = f"{BASE}/households/{office.homes[0].id}/correct"
    answer = office.registrar.post(url, data=facts(office, **{field: "长" * 10_000}))
    assert answer.status_code == 422
    assert office.count(HouseholdChange) == 0


def test_a_name_with_markup_is_shown_as_text(office: Office) -> None:
    url = f"{BASE}/households/{office.homes[0].id}"
    office.registrar.post(f"{url}/correct", data=facts(office, head_name="<script>alert(1)</script>"))
    page = office.registrar.get(url).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


def issue(office: Office, home: Household, **data: Any) -> tuple[TestResponse, str]:
    page = office.registrar.post(f"{BASE}/households/{home.id}/letters", data=data)
    found = CODE.search(page.text)
    return page, found.group() if found else ""


def opens(office: Office, code: str) -> bool:
    return office.app.test_client().post("/account/letter", data={"code": code}).status_code == 302


def test_a_letter_from_issue_to_replacement(office: Office) -> None:
    home = office.homes[1]
    page, code = issue(office, home)
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    with office.database.reading() as session:
        letter = session.query(Letter).filter_by(household_id=home.id).one()
    assert not opens(office, code)
    sealed = office.registrar.post(f"{BASE}/letters/{letter.id}/delivered", data={"to_whom": "测试签收人"})
    assert sealed.status_code == 302
    assert opens(office, code)
    assert code not in office.registrar.get(f"{BASE}/households/{home.id}").text
    assert issue(office, home)[0].status_code == 409
    _page, new = issue(office, home, seen=letter.id)
    assert new
    assert new != code
    assert not opens(office, code)


def test_letters_for_a_building_are_one_sheet_each(office: Office) -> None:
    building = office.homes[0].building_id
    page = office.registrar.post(f"{BASE}/letters/building/{building}", data={"seen": 0})
    codes = CODE.findall(page.text)
    assert (len(codes), len(set(codes)), page.text.count("<svg")) == (4, 4, 4)
    again = office.registrar.post(f"{BASE}/letters/building/{building}", data={"seen": 0})
    assert again.status_code == 409
    register = office.registrar.get(f"{BASE}/letters?state=undelivered")
    assert register.text.count('role="rowheader"') == 4


def test_the_qr_code_keeps_the_code_out_of_every_address(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("deliberate.web.letter_sheets.qr_code", lambda text: drawn.append(text) or "")
    _page, code = issue(office, office.homes[1])
    path, _, fragment = drawn[0].partition("#")
    assert path.endswith("/account/letter")
    assert fragment == code.replace("-", "")


def test_people_are_joined_at_the_desk_and_leave_when_they_move(office: Office) -> None:
    url = f"{BASE}/households/{office.homes[1].id}"
    data = {"name_or_telephone": office.person.user_name, "lives_there": "y"}
    asked = office.moderator.post(f"{url}/join", data=data)
    assert (asked.status_code, office.count(Membership)) == (200, 2)
    assert "是这个账号吗" in asked.text
    assert office.person.display_name in asked.text
    assert "1-1-101" in asked.text, "where the person is known to live"
    assert f'name="account_id" value="{office.person.id}"' in asked.text
    other = office.moderator.post(f"{url}/join", data=data | {"account_id": office.far_person.id})
    assert (other.status_code, "另一个账号" in other.text, office.count(Membership)) == (409, True, 2)
    confirmed = data | {"account_id": office.person.id}
    assert office.moderator.post(f"{url}/join", data=confirmed).status_code == 302
    assert (
        office.registrar.post(f"{url}/join", data=data | {"name_or_telephone": "nobody"}).status_code == 422
    )
    new = {"display_name": "测试老人", "user_name": "laoren", "lives_there": "y"}
    made = office.registrar.post(f"{url}/join-new", data=new)
    assert re.search(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", made.text)
    with office.database.reading() as session:
        joined = session.query(Membership).filter_by(household_id=office.homes[1].id).all()
    assert len(joined) == 2
    assert all(one.helped_by_id for one in joined)
    gone = office.registrar.post(f"{BASE}/memberships/{joined[0].id}/end", data={"reason": "已搬走"})
    assert gone.status_code == 302
    assert office.registrar.post(f"{BASE}/memberships/{joined[1].id}/end", data={}).status_code == 422


def test_a_frozen_letter_shows_who_joined_with_it_and_ends_them(office: Office) -> None:
    url = f"{BASE}/households/{office.homes[1].id}"
    with office.database.transaction() as tx:
        used = make.letter(tx.session, office.homes[1], "K7QM2XR9WT4P").id
        holder = people.actor(tx.session, account_id=make.account(tx.session).id, letter_id=used)
        joined = memberships.join_by_letter(tx.session, holder, now=tx.now).id
    asks = "用这封信函加入、现在还是成员的账号"
    assert asks not in office.registrar.get(url).text
    frozen = office.registrar.post(
        f"{BASE}/letters/{used}/freeze", data={"reason": "丢了"}, follow_redirects=True
    )
    assert asks in frozen.text
    ending = f"{BASE}/memberships/{joined}/end"
    assert frozen.text.count(f'action="{ending}"') == 2
    office.registrar.post(ending, data={"reason": "不是这一户的人"})
    assert asks not in office.registrar.get(url).text


def test_another_communitys_objects_are_not_found(office: Office) -> None:
    far, letter = office.far.id, office.far_letter.id
    with office.database.reading() as session:
        member = session.query(Membership).filter_by(household_id=far).one().id
    gets = [f"/households/{far}", f"/households/{far}/correct", f"/letters/building/{office.far.building_id}"]
    posts = [
        f"/households/{far}/correct",
        f"/households/{far}/gone",
        f"/households/{far}/letters",
        f"/households/{far}/join",
        f"/letters/{letter}/delivered",
        f"/letters/{letter}/freeze",
        f"/memberships/{member}/end",
    ]
    assert [office.registrar.get(BASE + path).status_code for path in gets] == [404] * len(gets)
    answers = [office.registrar.post(BASE + path, data={"reason": "x", "to_whom": "x"}) for path in posts]
    assert [answer.status_code for answer in answers] == [404] * len(posts)
    foreign = office.registrar.post(f"{BASE}/people/{office.far_person.id}/password")
    assert foreign.status_code == 403


def test_the_roll_is_for_staff_alone(office: Office) -> None:
    paths = ["/", "/overview", "/households", "/import", "/letters", "/people", "/export.xlsx"]
    paths.append(f"/households/{office.homes[0].id}")
    assert [office.resident.get(BASE + path).status_code for path in paths] == [403] * len(paths)
    stranger = office.app.test_client()
    assert {stranger.get(BASE + path).status_code for path in paths} == {302}
    assert office.moderator.get(f"{BASE}/households/{office.homes[0].id}").status_code == 200
    assert office.moderator.get(f"{BASE}/import").status_code == 403
    assert office.moderator.post(f"{BASE}/households/{office.homes[0].id}/letters").status_code == 403


def test_no_name_is_ever_searched_by_address(office: Office) -> None:
    page = office.registrar.get(f"{BASE}/households")
    form = re.search(r"<form[^>]*role=\"search\"[^>]*>", page.text)
    assert form
    assert 'method="post"' in form.group()
    found = office.registrar.post(f"{BASE}/households", data={"q": "测试户主2"})
    assert found.text.count('role="rowheader"') == 1
    assert office.registrar.post(f"{BASE}/households", data={"q": "长" * 10_000}).status_code == 422


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_job_opens_and_speaks_one_language(office: Office, language: str) -> None:
    issue(office, office.homes[0])
    home, building = office.homes[0].id, office.homes[0].building_id
    for path in (
        "/",
        "/overview",
        "/households",
        f"/households?building={building}",
        f"/households/{home}",
        f"/households/{home}/correct",
        "/letters",
        "/letters?state=frozen",
        f"/letters/building/{building}",
        "/import",
        "/people",
    ):
        page = office.registrar.get(BASE + path, headers={"Accept-Language": language})
        assert page.status_code == 200, path
        assert page.text.count("<h1") == 1, path
        assert not re.findall(r'id="([^"]+)"(?=[\s\S]*id="\1")', page.text), path
    assert office.registrar.get(f"{BASE}/export.xlsx").data[:2] == b"PK"


@pytest.mark.parametrize(
    ("language", "joined", "sorry"),
    [
        ("zh-CN", "和下面的房是同一业主", "户册里没有找到另一套这样的房"),
        ("en", "has the same owner as these", "There is no other home"),
    ],
)
def test_two_homes_are_joined_under_one_owner_and_parted(
    office: Office, language: str, joined: str, sorry: str
) -> None:
    office.registrar.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    url = f"{BASE}/households/{office.homes[0].id}"
    wrong = office.registrar.post(f"{url}/owner", data={"address": "1-1-999", "reason": "核对了产权证"})
    assert wrong.status_code == 422
    assert sorry in wrong.text
    assert 'value="1-1-999"' in wrong.text
    assert 'value="核对了产权证"' in wrong.text
    right = {"address": "1-1-102", "reason": "核对了产权证"}
    assert office.registrar.post(f"{url}/owner", data=right).status_code == 302
    page = office.registrar.get(url).text
    assert joined in page
    assert f"{BASE}/households/{office.homes[1].id}" in page
    assert office.registrar.post(f"{url}/owner", data=right).status_code == 409
    assert office.registrar.post(f"{url}/owner/part", data={"reason": ""}).status_code == 422
    assert office.registrar.post(f"{url}/owner/part", data={"reason": "已经卖出"}).status_code == 302
    after = office.registrar.get(url).text
    assert joined not in after
    assert "已经卖出" in after


def test_a_home_that_comes_back_needs_new_letters_and_the_page_says_so(office: Office) -> None:
    url = f"{BASE}/households/{office.homes[3].id}"
    office.registrar.post(f"{url}/gone", data={"reason": "误登"})
    back = office.registrar.post(f"{url}/back", data={"reason": "还在"}, follow_redirects=True)
    assert "请给这一户发新的信函" in back.text
