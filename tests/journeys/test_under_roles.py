"""The application's journeys over PostgreSQL, signed in as its own role: nothing that people do needs more."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from deliberate.db import Database
from deliberate.models.guards import roles
from tests.journeys import test_carrying_out
from tests.journeys.counting_hall import Hall
from tests.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = ("tests/journeys", "tests/web/test_matters.py", "tests/web/test_roll_pages.py",
              "tests/web/test_people_pages.py", "tests/web/test_answering.py")  # fmt: skip


def run(*what: str) -> str:
    """The tests over the role model, in a process of their own."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n0",
        "-p",
        "no:cacheprovider",
        "-m",
        "not browser and not whole",
    ]
    done = subprocess.run(
        [*command, *what],
        env={**os.environ, "DELIBERATE_TEST_ROLES": "1", "DELIBERATE_REQUIRE_POSTGRES": "1"},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.fixture
def under_roles(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that are opened from here on are under the role model."""
    monkeypatch.setenv("DELIBERATE_TEST_ROLES", "1")


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.usefixtures("under_roles")
def test_from_the_count_to_the_archive_as_the_applications_role(
    hall: Callable[..., Hall], store_of_app: Database
) -> None:
    assert make_url(store_of_app.url).username == roles.APP
    test_carrying_out.test_adopted_carried_out_rated_archived(hall, "zh-CN")


@pytest.mark.long
@pytest.mark.whole
@pytest.mark.usefixtures("postgres_server")
def test_every_journey_and_page_as_the_applications_role() -> None:
    run(*EVERYTHING, "--deselect", "tests/journeys/test_under_roles.py")
