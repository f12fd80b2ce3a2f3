"""`deliberate tablet`: a new epoch after a restore, the list of tablets, an export taken in."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deliberate.cli import main
from deliberate.db import Database
from tests.make_tablet import Tablet, given_out


@pytest.fixture
def tablet_store_kind() -> str:
    return "sqlite"


@pytest.fixture(autouse=True)
def installation(tablet_store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", tablet_store.url)
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("DELIBERATE_SECRET_KEY", "a secret of the tests, long enough for it")
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["tablet", *arguments])


def test_a_new_epoch_is_told_to_tablets_and_needs_a_reason(tablet: Tablet) -> None:
    before = tablet.get("hello")["epoch"]
    begun = run("epoch", "--reason", "restored from Sunday's backup")
    assert begun.exit_code == 0
    assert tablet.get("hello")["epoch"] == begun.stdout.strip() != before
    assert run("epoch").exit_code == 2
    assert run("epoch", "--reason", " ").exit_code == 1


def test_the_list_tells_gaps_and_the_import_what_became_of_each(tablet: Tablet, tmp_path: Path) -> None:
    first, second = (tablet.door(home.id, tablet.visit("not_home")) for home in tablet.at.homes[:2])
    tablet.sync(second)
    slug = tablet.at.community.slug
    told = run("list", "--community", slug)
    assert (told.exit_code, told.stdout.rstrip("\n").split("\t")[3:]) == (0, ["2", "1-1", "-"])
    (tmp_path / "export.zip").write_bytes(given_out(tablet, first, second).getvalue())
    taken = run("import", str(tmp_path / "export.zip"), "--community", slug)
    assert (taken.exit_code, taken.stdout.split()) == (0, ["accepted", "1", "duplicate", "1"])
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert run("import", str(tmp_path / "no.zip"), "--community", slug).exit_code == 1
    assert run("import", str(tmp_path / "no.zip"), "--community", "nowhere").exit_code == 2
