"""Office tables: what a person chose stands in the address and comes back; what is taken away runs nothing."""

import csv
import io
import re

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from deliberate.db import Database
from deliberate.models import Household, Letter
from tests import make
from tests.app import SignIn
from tests.web.roll_office import BASE, Office

LIST = f"{BASE}/households"


@pytest.fixture
def office(app: Flask, database: Database, signed_in: SignIn) -> Office:
    return Office(app, database, signed_in)


def rooms(text: str) -> list[str]:
    return re.findall(r'/households/\d+"><bdi dir="ltr" class="num">([^<]+)</bdi></a>', text)


def test_a_table_is_sorted_narrowed_and_found_again_as_it_was_left(office: Office) -> None:
    clerk = office.registrar
    walked = rooms(clerk.get(LIST).text)
    turned = clerk.get(f"{LIST}?sort=-room")
    assert rooms(turned.text) == walked[::-1]
    assert 'aria-sort="descending"' in turned.text
    again = clerk.get(LIST)
    assert again.status_code == 302
    assert "sort=-room" in again.location
    assert rooms(clerk.get(again.location).text) == walked[::-1]
    none = clerk.get(f"{LIST}?occupancy=rented")
    assert rooms(none.text) == []
    assert "看全部" in none.text
    assert clerk.get(f"{LIST}?sort=room&occupancy=").status_code == 200
    assert clerk.get(LIST).status_code == 200, "the usual order needs no words"
    assert office.moderator.get(LIST).status_code == 200, "each person has their own"


@pytest.mark.parametrize(
    "words", ["sort=password_hash", "page=99999999999", "page=-1", "grid=x", "export=exe"]
)
def test_words_that_no_table_knows_change_nothing(office: Office, words: str) -> None:
    assert len(rooms(office.registrar.get(f"{LIST}?{words}").text)) == 4


def test_a_broken_memory_is_no_memory(office: Office) -> None:
    for kept in ("{", "[]", '{"roll": 7}', '{"roll": {"sort": 7}}'):
        office.registrar.set_cookie(f"tables-{_clerk(office)}", kept)
        assert office.registrar.get(LIST).status_code == 200


def _clerk(office: Office) -> str:
    with office.registrar.session_transaction() as session:
        return str(session["_user_id"]).partition(".")[0]


def test_files_hold_all_rows_and_no_formula(office: Office) -> None:
    with office.database.transaction() as tx:
        tx.session.get_one(Household, office.homes[1].id).head_name = "=HYPERLINK(1)"
    book = office.registrar.get(f"{LIST}?export=xlsx")
    assert 'filename="roll-zhonghuaxiang-' in book.headers["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["房号", "小区", "网格", "户主"]
    assert len(rows) == 5
    assert b"<f>" not in book.data
    text = office.registrar.get(f"{LIST}?export=csv").data
    assert text.startswith("\ufeff".encode())
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert "'=HYPERLINK(1)" in [line[3] for line in lines]
    assert office.resident.get(f"{LIST}?export=csv").status_code == 403


def test_letters_for_chosen_homes_are_shown_first_then_issued_once(office: Office) -> None:
    ids = [home.id for home in office.homes[:2]]
    had = office.count(Letter)
    look = office.registrar.get(f"{BASE}/letters/chosen", query_string={"home": [*ids, office.far.id]})
    assert "现在还没有发" in look.text
    assert office.count(Letter) == had
    sent = {"home": ids, "seen": re.search(r'name="seen" value="(\d+)"', look.text)[1]}
    assert f'name="home" value="{office.far.id}"' not in look.text
    assert office.registrar.post(f"{BASE}/letters/chosen", data=sent).status_code == 200
    assert office.count(Letter) == had + 2
    assert office.registrar.post(f"{BASE}/letters/chosen", data=sent).status_code == 409, "a second click"
    far = {"home": [office.far.id], "seen": 0}
    assert office.registrar.post(f"{BASE}/letters/chosen", data=far).status_code == 409
    assert office.count(Letter) == had + 2


def test_deliveries_of_chosen_letters_are_shown_first_then_recorded_all_or_none(office: Office) -> None:
    with office.database.transaction() as tx:
        codes = ("AAAA2XR9WT4P", "BBBB2XR9WT4P", "CCCC2XR9WT4P")
        waiting = [
            make.letter(tx.session, home, code, delivered=False).id
            for home, code in zip(office.homes, codes, strict=False)
        ]
        done = make.letter(tx.session, office.homes[3], "DDDD2XR9WT4P").id
    url, asked = f"{BASE}/letters/deliveries", [*waiting, done, office.far_letter.id]
    register = office.registrar.get(f"{BASE}/letters?state=")
    assert set(map(int, re.findall(r'name="letter" value="(\d+)"', register.text))) == set(waiting)
    look = office.registrar.get(url, query_string={"letter": asked})
    assert "现在还没有登记" in look.text
    assert set(map(int, re.findall(r'type="checkbox" name="letter" value="(\d+)"', look.text))) == set(
        waiting
    )
    assert look.text.count("已送达,可用") == 1, "what cannot be recorded, and why"
    typed = {"letter": waiting[:2], "shown": waiting, f"to-{waiting[0]}": "热依罕·吐尔逊"}
    nameless = office.registrar.post(url, data=typed)
    assert nameless.status_code == 422
    assert 'value="热依罕·吐尔逊"' in nameless.text, "nothing typed is lost"
    assert office.delivered() == {done: "测试签收人"}
    assert office.registrar.post(url, data=typed | {"everybody": "本人"}).status_code == 302
    now = {waiting[0]: "热依罕·吐尔逊", waiting[1]: "本人", done: "测试签收人"}
    assert office.delivered() == now
    for again in (waiting[:2], waiting, [office.far_letter.id]):
        sent = {"letter": again, "everybody": "别人"}
        assert office.registrar.post(url, data=sent).status_code == 409, "out of date as a whole"
    assert office.delivered() == now
