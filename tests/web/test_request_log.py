"""The log says what happened and to whom nothing: no name, number, code or token in any line of a journey."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from deliberate import logs
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import Account, Owner
from tests.make_tablet import Tablet, code

ROOT = Path(__file__).resolve().parents[2]
CODE, PASSWORD, TELEPHONE = "ABCD-EFGH-JKLM-NPQR", "six blue windows", "13912345678"


@pytest.fixture
def lines() -> Iterator["Taken"]:
    """What is logged meanwhile, as JSON lines."""
    root, kept = logging.getLogger(), io.StringIO()
    before, hook = (root.handlers[:], root.level), sys.excepthook
    logs.begin("json", kept)
    yield Taken(kept)
    (root.handlers[:], root.level), sys.excepthook = before, hook


class Taken:
    """The lines so far."""

    def __init__(self, kept: io.StringIO) -> None:
        self.kept = kept

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.kept.getvalue().splitlines()]


def _journey(app: Flask, tablet: Tablet, store: Database) -> list[str]:
    """A tablet delivers; somebody tries a password and a code; a page breaks, and so does the store."""
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(record)
    tablet.enrol(enrolling := code(store, tablet.at))
    client = app.test_client()
    slug = tablet.at.community.slug
    client.post("/account/sign-in", data={"name": TELEPHONE, "password": PASSWORD})
    client.post("/account/letter", data={"code": CODE})
    client.get(f"/account/letter?code={CODE}&telephone={TELEPHONE}")
    client.get(f"/c/{slug}/{CODE}/{TELEPHONE}")
    client.get(f"/c/{slug}/")
    client.open("/", method=TELEPHONE)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for view in ("public.front", "public.healthz"):
        app.view_functions[view] = _breaking(app.view_functions[view])
    assert client.get("/").status_code == client.get("/healthz").status_code == 500
    with store.reading() as session:
        people = [*session.scalars(select(Account.display_name)), *session.scalars(select(Owner.name))]
    assert people
    return [TELEPHONE, PASSWORD, CODE, tablet.token, enrolling, record["record_id"], *people]


def _breaking(view: Any) -> Any:
    def broken() -> str:
        raise ValueError(f"{TELEPHONE} {CODE}")

    broken.action, broken.about = view.action, view.about  # type: ignore[attr-defined]
    return broken


@pytest.mark.parametrize("tablet_store_kind", ["sqlite"])
def test_no_line_of_a_journey_names_anybody(
    served: Flask, tablet: Tablet, tablet_store: Database, lines: Taken
) -> None:
    secrets = _journey(served, tablet, tablet_store)
    told = lines.read()
    assert [one for one in told if one["logger"] == "deliberate.requests"]
    for line in lines.kept.getvalue().splitlines():
        assert [one for one in secrets if one and one in line] == [], line
    broken = [one for one in told if "error" in one]
    assert [one["error"] for one in broken] == ["ValueError", "ValueError"]
    assert any("broken" in place for place in broken[0]["where"])


@pytest.mark.parametrize("tablet_store_kind", ["sqlite"])
def test_a_request_is_found_again_by_its_id(served: Flask, tablet: Tablet, lines: Taken) -> None:
    slug = tablet.at.community.slug
    answer = served.test_client().get(f"/c/{slug}/")
    given = served.test_client().get(f"/c/{slug}/", headers={"X-Request-ID": "from-outside-1"})
    first, second = lines.read()
    assert (first["request"], first["status"]) == (answer.headers["X-Request-ID"], answer.status_code)
    assert (first["community"], first["endpoint"]) == (slug, "public.matters")
    assert second["request"] == given.headers["X-Request-ID"] != "from-outside-1"


AWAY_AT_FIRST = """
import functools, os
from deliberate import logs
import wsgi
from deliberate.web.warming import warm
warm(wsgi.app)  # the store is away: Flask takes a handler of its own for the error
logs.begin("json")
from deliberate.migrate import upgrade
os.makedirs(os.environ["HOME"] + "/x")
upgrade(os.environ["DELIBERATE_DATABASE_URL"])
def boom():
    raise ValueError("13912345678")
wsgi.app.view_functions["public.front"] = functools.wraps(wsgi.app.view_functions["public.front"])(boom)
print(wsgi.app.test_client().get("/").status_code)
with wsgi.app.extensions["deliberate.db"].transaction() as tx:
    from sqlalchemy import text
    tx.session.execute(text("INSERT INTO nowhere VALUES (:n)"), {"n": "13912345678"})
"""


def test_errors_before_and_after_the_lines_began_and_the_last_one_name_nobody(tmp_path: Path) -> None:
    environment = os.environ | {
        "HOME": str(tmp_path),
        "DELIBERATE_INSTANCE_DIR": str(tmp_path),
        "DELIBERATE_DATABASE_URL": f"sqlite:///{tmp_path}/x/x.db",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", AWAY_AT_FIRST], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "500\n")
    assert "13912345678" not in done.stderr
    *_, page, last = (json.loads(line) for line in done.stderr.splitlines() if line.startswith("{"))
    assert (page["logger"], last["says"], last["error"]) == (
        "deliberate.requests",
        "ended by an error",
        "OperationalError",
    )
    assert "ValueError" in done.stderr


def test_a_command_that_breaks_says_so_in_a_line_where_lines_are_wanted(tmp_path: Path) -> None:
    broken = "from deliberate import commands, cli; cli.COMMANDS['copy'] = 'nowhere'; cli.main()"
    environment = os.environ | {"DELIBERATE_LOG": "json", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", broken, "copy"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, json.loads(done.stderr)["error"]) == (1, "ModuleNotFoundError")
