"""The command line: the same answer as the page, exit 0 done, 1 refused, 2 misused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deliberate.cli import main
from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.migrate import NotMigrated
from deliberate.models import Account, Household, RoleGrant
from deliberate.queries import people
from deliberate.services import credentials

DATA = Path(__file__).parent.parent / "data"
MESSY = str(DATA / "roll-316-messy.xlsx")


@pytest.fixture(autouse=True)
def installation(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", database.url)
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("DELIBERATE_SECRET_KEY", "a secret of the tests, long enough for it")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run("community", "create", "zhonghuaxiang", "中华巷社区").exit_code == 0


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=given)


def households(database: Database) -> int:
    with database.reading() as session:
        return session.query(Household).count()


def test_a_roll_is_imported(database: Database) -> None:
    result = run(
        "roll", "import", str(DATA / "roll-2034-gb18030.csv"), "--community", "zhonghuaxiang", "--json"
    )
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["imported"], answer["added"]) == (0, True, 2034)
    assert households(database) == 2034
    again = json.loads(
        run(
            "roll", "import", str(DATA / "roll-2034-gb18030.csv"), "--community", "zhonghuaxiang", "--json"
        ).stdout
    )
    assert (again["added"], again["changed"], again["unchanged"], again["missing"]) == (0, [], 2034, [])


def test_a_dry_run_writes_nothing(database: Database) -> None:
    result = run(
        "roll", "import", str(DATA / "roll-2034-gb18030.csv"), "--community", "zhonghuaxiang", "--dry-run"
    )
    assert (result.exit_code, households(database)) == (0, 0)
    assert "2034" in result.stdout


def test_a_messy_file_is_refused_with_its_faults(database: Database) -> None:
    result = run("roll", "import", MESSY, "--community", "zhonghuaxiang", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["imported"], households(database)) == (1, False, 0)
    assert [fault["row"] for fault in answer["faults"]] == [44, 81, 124, 125, 205, 206, 255, 305]
    shown = run("roll", "import", MESSY, "--community", "zhonghuaxiang")
    assert shown.exit_code == 1
    assert "D44 室 [] 没有填房号。" in shown.stdout


def test_faults_are_told_in_the_language_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert "The room is empty." in run("roll", "import", MESSY, "--community", "zhonghuaxiang").stdout


def test_no_table_is_refused_and_misuse_is_misuse(tmp_path: Path) -> None:
    picture = tmp_path / "roll.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    refused = run("roll", "import", str(picture), "--community", "zhonghuaxiang", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["refused"][0] == "没有读取这个文件。"
    assert run("roll", "import", "no such file", "--community", "zhonghuaxiang").exit_code == 2
    assert run("roll", "import", MESSY, "--community", "nowhere").exit_code == 2
    assert run("roll", "import", MESSY).exit_code == 2


def test_an_export_imports_again_unchanged(tmp_path: Path) -> None:
    run("roll", "import", str(DATA / "roll-2034-gb18030.csv"), "--community", "zhonghuaxiang")
    file = str(tmp_path / "out.xlsx")
    assert run("roll", "export", file, "--community", "zhonghuaxiang").exit_code == 0
    again = run("roll", "import", file, "--community", "zhonghuaxiang", "--json", "--dry-run")
    assert json.loads(again.stdout)["unchanged"] == 2034


def test_an_account_gets_a_role_and_a_new_password(database: Database) -> None:
    made = run("account", "create", "wang", "测试王主任", "--password-stdin", given="five green doors\n")
    assert made.exit_code == 0, made.output
    assert run("account", "grant", "wang", "registrar", "--community", "zhonghuaxiang").exit_code == 0
    assert run("account", "password", "wang", "--password-stdin", given="six blue windows\n").exit_code == 0
    with database.reading() as session:
        account = credentials.verify(session, "wang", "six blue windows")
        actor = people.actor(session, account_id=account.id)
        assert [role for _community, role in actor.roles] == [Role.REGISTRAR]
    assert (
        run("account", "grant", "wang", "registrar", "--community", "zhonghuaxiang", "--revoke").exit_code
        == 0
    )
    assert run("account", "disable", "wang").exit_code == 0
    with database.reading() as session:
        assert session.query(RoleGrant).one().revoked_at is not None
        assert session.query(Account).one().disabled_at is not None


def test_refusals_are_told_and_exit_with_one() -> None:
    easy = run("account", "create", "wang", "测试王主任", "--password-stdin", given="12345678\n")
    assert easy.exit_code == 1
    assert "太容易" in easy.stderr
    assert run("account", "grant", "nobody", "registrar", "--community", "zhonghuaxiang").exit_code == 1
    assert run("community", "create", "zhonghuaxiang", "再来一个").exit_code == 1


def test_a_password_for_one_use_is_printed_once(database: Database) -> None:
    password = run("account", "create", "li", "测试李", "--once").stdout.strip()
    with database.reading() as session:
        assert credentials.verify(session, "li", password).password_once


def test_what_cannot_be_migrated_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (run("migrate").exit_code, run("migrate").stdout) == (0, "ok\n")

    def not_today(_url: str) -> None:
        raise NotMigrated("the store is older than the program")

    with monkeypatch.context() as broken:
        broken.setattr("deliberate.commands.migrate.upgrade", not_today)
        refused = run("migrate")
    assert (refused.exit_code, refused.stderr) == (1, "not migrated: the store is older than the program\n")
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder.db")
    away = run("migrate")
    assert (away.exit_code, away.stderr.count("\n"), "unable to open" in away.stderr) == (1, 1, True)
    monkeypatch.setenv("DELIBERATE_SECRET_KEY", "short")
    misused = run("migrate")
    assert (misused.exit_code, "at least 32 characters" in misused.stderr) == (2, True)
