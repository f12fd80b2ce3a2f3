"""Roles of PostgreSQL at work: stores opened under them, migrations, and the command that makes them."""

import re
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine

from deliberate.cli import main
from deliberate.db import Database, Lock, RollElsewhere
from deliberate.migrate import NotMigrated, upgrade
from deliberate.models import DoorChange, Household
from deliberate.models.guards import roles
from deliberate.services import changes, households
from tests import make, make_round
from tests.make import Clock
from tests.roles import RoledStore, as_role, confine

pytestmark = pytest.mark.postgres


def test_the_roll_is_written_through_the_registrars_role_alone(roled_store: RoledStore, clock: Clock) -> None:
    owner, both = Database(roled_store.url, clock), roled_store.app(clock)
    alone = Database(roled_store.at(roles.APP), clock)
    with owner.transaction() as tx:
        at = make_round.open_round(tx.session, 12)
        [demolished] = make.households(tx.session, at.community, 1, building_name="9")
        registrar = make.actor(tx.session, at.staff.registrar)
        changes.open_feed(tx.session, at.community.id)
    for store, refused in ((alone, True), (both, False)):
        with pytest.raises(RollElsewhere) if refused else nullcontext(), store.roll_transaction() as tx:
            households.mark_gone(tx.session, registrar, demolished.id, "已拆", now=tx.now)
    with both.transaction(Lock.answer(at.round.id, at.entries[0].id)) as tx:
        assert tx.session.get_one(Household, demolished.id).gone_at == tx.now
        assert tx.session.get_one(DoorChange, demolished.id).seq == 1, "tablets are told"
    for store in (owner, both, alone):
        store.dispose()


def test_migrations_act_as_the_owner_and_the_application_only_looks(postgres_url: str) -> None:
    upgrade(postgres_url)
    confine(postgres_url)
    upgrade(as_role(postgres_url, roles.MIGRATE))
    upgrade(as_role(postgres_url, roles.APP))
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        strangers = connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            f"AND pg_get_userbyid(relowner) <> '{roles.OWNER}' UNION ALL "
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
            f"AND pg_get_userbyid(proowner) <> '{roles.OWNER}'"
        ).all()
        states = connection.exec_driver_sql(
            "SELECT DISTINCT tgenabled FROM pg_trigger WHERE NOT tgisinternal"
        ).scalars()
        assert (strangers, list(states)) == ([], ["A"])
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    engine.dispose()
    with pytest.raises(NotMigrated):
        upgrade(as_role(postgres_url, roles.APP))


def test_one_command_makes_the_roles_and_prints_them(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", postgres_url)
    assert CliRunner().invoke(main, ["database", "roles"]).exit_code == 2
    upgrade(postgres_url)
    printed = CliRunner().invoke(main, ["database", "roles", "--print"])
    assert printed.exit_code == 0
    assert re.search(r"GRANT UPDATE \(\"row_lock\"\) ON roll_entry TO deliberate_app;", printed.output)
    engine = create_engine(as_role(postgres_url, roles.APP))
    for _ in "12":
        assert CliRunner().invoke(main, ["database", "roles"]).output.split() == list(roles.LOGINS)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM consent").scalar() == 0
    engine.dispose()


def test_sqlite_has_no_roles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    assert CliRunner().invoke(main, ["database", "roles"]).exit_code == 2
