"""The shell that is precached: whole, the same for everybody, without a secret."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.web.languages import NAMES
from deliberate.web.offline import precache
from deliberate.web.offline.precache import OTHERS, STATIC
from tests import make
from tests.app import SignIn


def parts_of(client: FlaskClient) -> dict[str, str]:
    found = re.search(r"^const PARTS = (\{.*\});$", client.get("/canvass/sw.js").text, re.M)
    assert found
    parts: dict[str, str] = json.loads(found[1])
    return parts


def test_every_part_has_the_hash_of_the_list(client: FlaskClient) -> None:
    for address, integrity in parts_of(client).items():
        with client.get(address) as answer:
            assert answer.status_code == 200, address
            digest = base64.b64encode(hashlib.sha256(answer.data).digest()).decode()
        assert integrity == f"sha256-{digest}", address


def test_the_list_holds_all_that_the_client_can_ask_for(client: FlaskClient) -> None:
    parts = parts_of(client)
    wanted = {f"/canvass/words/{language}.json" for language in NAMES} | {"/canvass/"}
    wanted |= {
        f"/static/{path.relative_to(STATIC)}"
        for path in (STATIC / "canvass").iterdir()
        if path.name != "sw.js"
    }
    wanted |= {f"/static/{name}" for name in OTHERS}
    assert set(parts) == wanted
    for module in (STATIC / "canvass").glob("*.js"):
        for named in re.findall(r'from "([^"]+)"', module.read_text("utf-8")):
            address = "/static/" + str((module.parent / named).resolve().relative_to(STATIC))
            assert address in parts, (module.name, named)


def test_the_shell_is_the_same_for_everybody(app: Flask, database: Database, signed_in: SignIn) -> None:
    with database.transaction() as tx:
        person = make.staff(tx.session, make.community(tx.session), Role.CANVASSER, name="测试入户")
        tx.session.expunge_all()
    stranger, member = (
        signed_in(None).get("/canvass/"),
        signed_in(person).get("/canvass/", headers={"Accept-Language": "en"}),
    )
    assert stranger.data == member.data
    assert "测试入户" not in member.text
    assert "csrf" not in member.text.lower()
    assert "Set-Cookie" not in stranger.headers


def test_the_worker_is_never_kept_by_a_cache(client: FlaskClient) -> None:
    answer = client.get("/canvass/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/canvass/"
    assert answer.mimetype == "text/javascript"


def test_another_text_is_another_build(client: FlaskClient, app: Flask, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    before = client.get("/canvass/sw.js").text.splitlines()[0]
    assert before == client.get("/canvass/sw.js").text.splitlines()[0]
    monkeypatch.setattr("deliberate.web.offline.precache.catalogue_of", lambda language: "{}")
    assert client.get("/canvass/sw.js").text.splitlines()[0] != before


@pytest.mark.parametrize("which", ["worker", "shell"])
def test_another_worker_or_shell_is_another_build(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    before = client.get("/canvass/sw.js").text.splitlines()[0]
    if which == "worker":
        names, other = precache._files(), tmp_path / "sw.js"
        monkeypatch.setattr(precache, "_files", lambda: names)
        other.write_text(precache.WORKER.read_text("utf-8") + "// another\n", "utf-8")
        monkeypatch.setattr(precache, "WORKER", other)
    else:
        real = precache._shell_of
        monkeypatch.setattr(precache, "_shell_of", lambda build: real(build) + "<!-- another -->")
    assert client.get("/canvass/sw.js").text.splitlines()[0] != before


def test_words_come_in_every_language_with_both_numbers(client: FlaskClient) -> None:
    english = client.get("/canvass/words/en.json").get_json()
    assert english["还有 %(n)s 处没有填好"] == [
        "%(n)s place still to be filled in",
        "%(n)s places still to be filled in",
    ]
    assert english["当场填写"] != "当场填写"
    chinese = client.get("/canvass/words/zh-Hans.json").get_json()
    assert chinese["当场填写"] == "当场填写"
    assert set(chinese) == set(english)
    assert client.get("/canvass/words/xx.json").status_code == 404
