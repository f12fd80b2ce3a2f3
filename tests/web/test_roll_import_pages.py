"""The pages of an import: preview, refusal, confirmation; and files that are no roll."""

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.models import Household, RollImport
from deliberate.services import roll_answers, rolls
from tests import make
from tests.app import SignIn
from tests.services.roll_office import HEAD
from tests.web.roll_office import BASE, LANGUAGES, Office

DATA = Path(__file__).parent.parent / "data"
MESSY = (DATA / "roll-316-messy.xlsx").read_bytes()


@pytest.fixture
def office(app: Flask, database: Database, signed_in: SignIn) -> Office:
    return Office(app, database, signed_in)


def upload(
    client: FlaskClient, data: bytes, name: str = "户册.xlsx", language: str = "zh-CN"
) -> TestResponse:
    return client.post(
        f"{BASE}/import",
        data={"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        headers={"Accept-Language": language},
    )


def uploaded(office: Office) -> list[Path]:
    folder: Path = office.app.extensions["deliberate.config"].instance_dir / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_messy_file_shows_exactly_its_faults_and_is_refused(office: Office, language: str) -> None:
    sent = upload(office.registrar, MESSY, language=language)
    page = office.registrar.get(sent.headers["Location"], headers={"Accept-Language": language})
    rows = re.findall(r'data-label="(?:行|Row)"><bdi[^>]*>(\d+)</bdi>', page.text)
    assert rows == ["44", "81", "124", "125", "205", "255", "206", "305"]
    with office.database.reading() as session:
        look = rolls.preview(session, office.actor, office.community.id, MESSY)
    said = {"zh-CN": ("没有填房号。", "确认导入"), "en": ("The room is empty.", "Import now")}[language]
    assert said[0] in page.text
    assert said[1] not in page.text
    for fault in roll_answers.answer(look)["faults"]:
        assert language == "en" or (fault["what"] in page.text and fault["next_step"] in page.text)
    forced = office.registrar.post(sent.headers["Location"])
    assert forced.status_code == 422
    assert office.count(RollImport) == 0
    assert office.count(Household) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sound_file_is_previewed_confirmed_and_imported_once(office: Office, language: str) -> None:
    data = (DATA / "roll-2034-gb18030.csv").read_bytes()
    place = upload(office.registrar, data, "户册.csv", language).headers["Location"]
    assert "2,034" in office.registrar.get(place).text
    assert office.count(RollImport) == 0
    assert office.registrar.post(place).status_code == 302
    assert office.count(Household) == 5 + 2034
    assert uploaded(office) == []
    assert office.registrar.post(place).status_code == 409
    assert office.count(RollImport) == 1


def test_a_preview_that_the_roll_has_left_behind_is_refused(office: Office) -> None:
    place = upload(office.registrar, (DATA / "roll-2034-gb18030.csv").read_bytes()).headers["Location"]
    office.registrar.post(f"{BASE}/households/{office.homes[0].id}/gone", data={"reason": "已拆除"})
    assert office.registrar.post(place).status_code == 409
    assert office.count(RollImport) == 0
    assert office.registrar.get(place).status_code == 200
    assert office.registrar.post(place).status_code == 302


def test_an_upload_belongs_to_who_sent_it_and_to_its_community(office: Office, signed_in: SignIn) -> None:
    place = upload(office.registrar, MESSY).headers["Location"]
    with office.database.transaction() as tx:
        both = make.staff(tx.session, office.community, Role.REGISTRAR)
        other = signed_in(both)
        far = signed_in(make.staff(tx.session, office.elsewhere, Role.REGISTRAR))
    assert other.get(place).status_code == 404
    assert far.get(place.replace("zhonghuaxiang", "other")).status_code == 404
    assert office.registrar.get(f"{BASE}/import/..%2f..%2fsecret_key").status_code == 404
    assert office.registrar.get(f"{BASE}/import/{'0' * 32}").status_code == 409
    kept = next(path for path in uploaded(office) if not path.suffix)
    kept.write_bytes(b"another file")
    assert office.registrar.post(place).status_code == 404
    assert oct(kept.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "户册.xlsx"),
        (b"", "户册.xlsx"),
        (b"MZ" + b"\0" * 500, "../../evil.xlsx"),
        (b"PK\x03\x04" + b"\0" * 100, "户册.xlsx"),
    ],
)
def test_what_is_no_table_comes_back_at_its_field(office: Office, data: bytes, name: str) -> None:
    answer = upload(office.registrar, data, name)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert uploaded(office) == []


@pytest.mark.parametrize(("language", "sorry"), [("zh-CN", "文件太大了"), ("en", "too large")])
def test_two_hundred_megabytes_are_refused_in_words(office: Office, language: str, sorry: str) -> None:
    answer = office.registrar.post(
        f"{BASE}/import",
        environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)},
        content_type="multipart/form-data; boundary=x",
        headers={"Accept-Language": language},
    )
    assert answer.status_code == 413
    assert sorry in answer.text


def test_homes_added_while_as_many_are_missing_are_told_before_they_count_twice(office: Office) -> None:
    home = office.homes[0]
    rows = f"1,,1,1,0{home.room},测试户主,,80,自住,\n"
    place = upload(office.registrar, (HEAD + rows).encode(), "户册.csv").headers["Location"]
    page = office.registrar.get(place).text
    assert "请核对是不是同一户换了写法" in page
    assert "只差房号前面的 0" in page
