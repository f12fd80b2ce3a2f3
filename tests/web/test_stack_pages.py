"""A stack of papers on the desk's pages, without JavaScript: brought, matched by its code, and entered."""

import io
import re
from pathlib import Path

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.serial import printed
from deliberate.domain.stack import PictureState
from deliberate.models import Consent, Evidence, StackPicture
from deliberate.services import form_codes
from tests.make import Clock
from tests.make_letter import browser
from tests.make_tablet import Tablet, evening
from tests.pages import faults
from tests.web.rounds_office import follow, words


@pytest.fixture
def tablet(app: Flask, database: Database, clock: Clock) -> Tablet:
    return evening(app, database, clock)


@pytest.fixture
def stack(tablet: Tablet) -> str:
    return f"/c/{tablet.at.community.slug}/doors/stack"


@pytest.fixture
def canvasser(app: Flask, tablet: Tablet) -> FlaskClient:
    return browser(app, tablet.at.staff.canvasser)


def form_picture(number: int, *also: str) -> bytes:
    """A photographed form: its serial as a code, and other codes beside it."""
    sheet = Image.new("L", (900, 1200), "white")
    for place, said in enumerate((printed(number), *also)):
        drawn = io.BytesIO()
        segno.make(said, micro=False).save(drawn, kind="png", scale=6, border=4)
        with Image.open(drawn) as code:
            sheet.paste(code.convert("L"), (40, 40 + 380 * place))
    kept = io.BytesIO()
    sheet.save(kept, "JPEG")
    return kept.getvalue()


def bring(client: FlaskClient, stack: str, *pictures: bytes, serials: tuple[str, ...] = ()) -> str:
    sent = {"pictures": [(io.BytesIO(one), f"{n}.jpg") for n, one in enumerate(pictures)]}
    answer = client.post(f"{stack}/pictures", data={**sent, "serial": list(serials)}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def the_pictures(database: Database) -> list[StackPicture]:
    with database.reading() as session:
        return list(session.scalars(select(StackPicture).order_by(StackPicture.id)))


def test_a_stack_is_brought_at_once_and_entered_one_by_one(
    tablet: Tablet, database: Database, canvasser: FlaskClient, stack: str
) -> None:
    first, second = form_picture(1, "https://shequ.example/plan"), form_picture(2)
    page = bring(canvasser, stack, first, second, b"no picture")
    assert "新收下的照片：2张" in words(page)
    assert "打不开的文件：1个" in words(page)
    assert faults(page) == []
    assert "以前收过的照片：1张" in words(bring(canvasser, stack, first))
    one, two = the_pictures(database)
    assert [one.serial, two.serial] == [printed(1), printed(2)]
    page = canvasser.get(f"{stack}/{one.id}").text
    assert "还没有登记" in words(page)
    assert faults(page) == []
    with canvasser.get(f"{stack}/{one.id}/shown") as shown:
        assert (shown.mimetype, shown.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    home, entry = tablet.at.homes[0], tablet.at.entries[0]
    page = follow(canvasser, f"{stack}/{one.id}/search", q=home.room)
    assert f"{stack}/{one.id}/{home.id}" in page
    entering = f"{stack}/{one.id}/{home.id}"
    page = canvasser.get(entering).text
    assert faults(page) == []
    request_id = re.search(r'name="request_id"[^>]*value="([^"]+)"', page)
    assert request_id is not None
    sent = {
        "request_id": request_id[1],
        f"answer-{entry.id}": Answer.DISAGREE.value,
        f"plan-{entry.id}": tablet.at.plan.sha256,
        "signer_name": "测试签字人",
        "relation": "head",
        "signed_at": "2026-03-02T10:30",
    }
    assert canvasser.post(entering, data={**sent, "signer_name": ""}).status_code == 422
    for _ in range(2):
        follow(canvasser, entering, **sent)
    with database.reading() as session:
        consent = session.scalars(select(Consent)).one()
        assert (consent.serial, consent.visit_id, consent.answer) == (printed(1), None, Answer.DISAGREE)
        assert session.scalars(select(Evidence.sha256)).all() == [one.sha256]
    assert [kept.state for kept in the_pictures(database)] == [PictureState.REGISTERED, PictureState.WAITING]
    assert canvasser.get(f"{stack}/{one.id}/shown").status_code == 404, "it is evidence now"


def test_what_the_browser_read_is_believed_only_with_its_check_digit(
    tablet: Tablet, database: Database, canvasser: FlaskClient, stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_codes, "_reader", None)
    bring(canvasser, stack, form_picture(1), form_picture(2), serials=("00000034", printed(4)))
    wrong, right = the_pictures(database)
    assert printed(3) != "0000-003-4"
    assert (wrong.serial, right.serial) == (None, printed(4))
    typed = canvasser.post(f"{stack}/{wrong.id}/serial", data={"serial": "0000-003-4"})
    assert typed.status_code == 422
    assert "校验位不对" in words(typed.text)
    assert printed(3) in follow(canvasser, f"{stack}/{wrong.id}/serial", serial=printed(3))
    answer = canvasser.post(f"{stack}/{wrong.id}/aside", data={"state": "spoilt", "reason": ""})
    assert answer.status_code == 422
    follow(canvasser, f"{stack}/{wrong.id}/aside", state="spoilt", reason="没有签字")
    assert the_pictures(database)[0].state is PictureState.SPOILT


def test_a_moderator_brings_and_sees_no_picture(
    app: Flask, tablet: Tablet, database: Database, canvasser: FlaskClient, stack: str
) -> None:
    moderator = browser(app, tablet.at.staff.moderator)
    page = bring(moderator, stack, form_picture(1))
    assert "您可以收下照片" in words(page)
    (one,) = the_pictures(database)
    for where in ("", "/shown"):
        assert moderator.get(f"{stack}/{one.id}{where}").status_code == 403
    assert canvasser.get(f"{stack}/{one.id}/shown").status_code == 403
    assert "照片只给录入它的人看" in words(canvasser.get(f"{stack}/{one.id}").text)
    follow(canvasser, f"{stack}/{one.id}/take")
    with canvasser.get(f"{stack}/{one.id}/shown") as shown:
        assert shown.status_code == 200
    assert moderator.post(f"{stack}/pictures").status_code == 422


def test_the_photograph_that_follows_is_added_from_the_stack(
    tablet: Tablet, database: Database, canvasser: FlaskClient, stack: str
) -> None:
    entry = tablet.at.entries[0]
    form = tablet.form({entry: Answer.AGREE}, 1, photo_follows=True) | {"evidence": []}
    record = tablet.door(entry.household_id, tablet.visit(), [form])
    assert tablet.states(record) == ["pending_evidence"]
    bring(canvasser, stack, form_picture(1))
    (one,) = the_pictures(database)
    assert "平板登记过，等这张照片" in words(canvasser.get(f"{stack}/{one.id}").text)
    assert "照片已补上，登记生效" in words(follow(canvasser, f"{stack}/{one.id}/complete"))
    assert tablet.states(record) == ["accepted"]


def test_codes_that_disagree_are_no_serial(tmp_path: Path) -> None:
    for name, data in (("one", form_picture(1, "12345678")), ("two", form_picture(1, printed(2)))):
        (tmp_path / name).write_bytes(data)
    assert form_codes.read_serial(tmp_path / "one") == printed(1)
    assert form_codes.read_serial(tmp_path / "two") == ""
