"""The role model of PostgreSQL: every attack again as the application, attacks on the roles, and lawful deeds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from deliberate.models import Base
from deliberate.models.guards import present, roles
from deliberate.models.guards.clocks import CLOCK, STAMPED
from deliberate.models.guards.tables import APPEND_ONLY, KEPT
from tests.postgres import PostgresServer
from tests.roles import as_role, confine, run
from tests.services.attacks import ATTACKS, Attack
from tests.services.attacks.under_roles import REFUSED_BY_ROLE, ROLE_ATTACKS, RoleAttack
from tests.services.guarded_world import build
from tests.services.lawful import LAWFUL
from tests.store import migrated

pytestmark = pytest.mark.postgres

Names = dict[str, int | str]
FREE = {
    "attendance",
    "building",
    "building_count",
    "change_counter",
    "community",
    "council_member",
    "crew",
    "day_count",
    "door_change",
    "estate",
    "grid",
    "head_letter",
    "inbox_message",
    "letter_job",
    "letter_part",
    "meeting",
    "meeting_matter",
    "news_mail",
    "news_wish",
    "observer_address",
    "outgoing",
    "owner",
    "picture",
    "quiet_time",
    "roll_import",
    "roll_left_out",
    "second",
    "task",
    "throttle",
    "visit_request",
    "waiting_head",
    "waiting_leaf",
    "worker_turn",
}
"""Tables whose rows prove nothing; what may be done with them is a matter of the roles."""
BY_REGISTRAR = {
    "a home added before certification",
    "a home left off before certification, and taken back",
    "a household corrected",
}
"""Lawful deeds on the roll, which are not the application's."""
COMMON = [attack for attack in ATTACKS if attack.only != "sqlite" and not attack.tampered]


@dataclass(frozen=True)
class Sign:
    """Statements in one transaction as a role; rolled back, so that every test finds the same world."""

    url: str
    names: Names
    engines: dict[str, Engine] = field(default_factory=dict)

    @contextmanager
    def within(self, role: str) -> Iterator[Connection]:
        if role not in self.engines:
            self.engines[role] = create_engine(as_role(self.url, role))
        with self.engines[role].connect() as connection:
            yield connection

    def do(self, role: str, *statements: str) -> None:
        with self.within(role) as connection:
            for statement in statements:
                run(connection, statement.format_map(self.names))

    def refused(self, role: str, *statements: str) -> tuple[int, str]:
        """Which statement was refused, counted from 1, and with what words."""
        with self.within(role) as connection:
            for n, statement in enumerate(statements, 1):
                try:
                    run(connection, statement.format_map(self.names))
                except DBAPIError as error:
                    return n, str(error.orig)
        raise AssertionError("nothing was refused")


@pytest.fixture(scope="module")
def world(postgres_server: PostgresServer) -> Iterator[Sign]:
    """The world of the guards under its roles; any time may pass there."""
    url = postgres_server.url(postgres_server.create(migrated(postgres_server), "roled_world"))
    names = build(url)
    confine(url)
    sign = Sign(url, names)
    yield sign
    for engine in sign.engines.values():
        engine.dispose()
    postgres_server.drop("roled_world")


@pytest.mark.parametrize("attack", COMMON, ids=lambda attack: attack.name.replace(" ", "-"))
def test_attack_as_the_application_is_refused_for_its_reason(world: Sign, attack: Attack) -> None:
    n, words = world.refused(roles.APP, *attack.sql)
    by_role = REFUSED_BY_ROLE.get(attack.name)
    assert (by_role or attack.on_postgres or attack.refused) in words
    assert by_role or n == len(attack.sql)


@pytest.mark.parametrize("attack", ROLE_ATTACKS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_attack_on_the_roles_is_refused_for_its_reason(world: Sign, attack: RoleAttack) -> None:
    n, words = world.refused(attack.role, *attack.sql)
    assert any(part in words for part in attack.refused.split("|")), words
    assert n == len(attack.sql)


def test_attacks_are_enough_and_each_has_its_own_name() -> None:
    names = [attack.name for attack in ROLE_ATTACKS]
    assert len(set(names)) == len(names)
    assert len(COMMON) + len(ROLE_ATTACKS) >= 60
    assert set(REFUSED_BY_ROLE) <= {attack.name for attack in COMMON}


@pytest.mark.parametrize("deed", LAWFUL, ids=lambda deed: deed.replace(" ", "-"))
def test_lawful_deed_goes_through_its_role(world: Sign, deed: str) -> None:
    if deed in BY_REGISTRAR:
        assert "permission denied" in world.refused(roles.APP, *LAWFUL[deed])[1]
        world.do(roles.REGISTRAR, *LAWFUL[deed])
    else:
        world.do(roles.APP, *LAWFUL[deed])


def test_the_application_may_add_and_change_what_deeds_change_and_nothing_else(world: Sign) -> None:
    """By the server's own catalogue, table by table."""
    with world.within(roles.APP) as connection:
        columns = connection.exec_driver_sql(
            "SELECT table_name, column_name, privilege_type FROM information_schema.column_privileges "
            "WHERE grantee = current_user AND privilege_type NOT IN ('SELECT', 'INSERT')"
        ).all()
        tables = connection.exec_driver_sql(
            "SELECT table_name, privilege_type FROM information_schema.table_privileges "
            "WHERE grantee = current_user AND privilege_type <> 'SELECT'"
        ).all()
        may = connection.exec_driver_sql(
            "SELECT has_database_privilege(current_database(), 'TEMP, CREATE'), "
            "has_schema_privilege('public', 'CREATE')"
        ).one()
    expected = {(table, column, "UPDATE") for table, some in roles.CHANGED.items() for column in some}
    assert set(map(tuple, columns)) == expected
    assert set(map(tuple, tables)) == {(table, "DELETE") for table in roles.DELETED}
    assert tuple(may) == (False, False)


def test_no_column_of_a_record_is_changed_but_the_dummy() -> None:
    changed = {table for table in roles.CHANGED if table in APPEND_ONLY}
    assert changed == {"roll_entry"}
    assert roles.CHANGED["roll_entry"] == ("row_lock",)
    assert roles.DELETED.isdisjoint({*APPEND_ONLY, *KEPT})


def test_every_table_is_guarded_or_known_to_be_free() -> None:
    free = set(Base.metadata.tables) - {*APPEND_ONLY, *KEPT}
    assert free == FREE


REAL_CLOCK = CLOCK.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
NOTE = (
    "INSERT INTO journal_entry (community_id, at, what, subject, subject_id, data) "
    "VALUES ({community}, clock_timestamp() + interval '%s', 'tried', 'store', 1, '{{}}')"
)
IN_TIME = f"SET LOCAL ROLE {roles.APP}"


@pytest.mark.parametrize("moved", ["-1 hour", "-70 seconds", "10 seconds", "1 hour"])
def test_a_record_dated_otherwise_is_refused(world: Sign, moved: str) -> None:
    n, words = world.refused("postgres", REAL_CLOCK, IN_TIME, NOTE % moved)
    assert (n, "journal_entry_stamped_now" in words) == (3, True)


def test_a_record_of_now_goes_through_and_owners_may_date_it(world: Sign) -> None:
    world.do("postgres", REAL_CLOCK, NOTE % "-1 year", IN_TIME, NOTE % "0 seconds")


def test_every_stamp_is_asked_for(world: Sign) -> None:
    with world.within("postgres") as connection:
        source = present(connection)
    assert all(f"guard_clock(NEW.{column})" in source for column in {*STAMPED.values(), "opened_at"})
    assert all(f"'{table}_stamped_now'" in source for table in STAMPED)


def test_a_round_opened_or_closed_on_another_day_is_refused(world: Sign) -> None:
    for deed, guard in (("a round opened", "open"), ("a round closed when due", "clos")):
        _, words = world.refused("postgres", REAL_CLOCK, IN_TIME, *LAWFUL[deed])
        assert f"consent_round_{guard}ed_now" in words


SIGNER = (
    "INSERT INTO consent_paper "
    "(consent_id, community_id, signer_name, relation, canvassers, language, helped_by) "
    "VALUES ({%s}, {community}, '测试签字人', 'head', '测试入户', '', '')"
)
LONG_AGO = (
    "ALTER TABLE consent_round DISABLE TRIGGER USER",
    "UPDATE consent_round SET closed_at = '2001-01-01' WHERE id = {objected}",
)
FINISHED = (
    "ALTER TABLE objection DISABLE TRIGGER USER",
    "DELETE FROM objection",
    "ALTER TABLE outcome_record DISABLE TRIGGER USER",
    "INSERT INTO outcome_record "
    "(community_id, consent_round_id, proposal_id, count_sheet_id, outcome, tests, at, by_id) "
    "SELECT community_id, id, proposal_id, (SELECT min(id) FROM count_sheet), 'rejected', '[]', "
    "clock_timestamp(), {moderator} FROM consent_round r "
    "WHERE NOT EXISTS (SELECT 1 FROM outcome_record o WHERE o.consent_round_id = r.id)",
)
ERASE = "DELETE FROM consent_paper WHERE consent_id = {%s}"
AS_RETENTION = f"SET LOCAL ROLE {roles.RETENTION}"


def test_retention_erases_names_when_the_time_of_keeping_is_over(world: Sign) -> None:
    world.do("postgres", SIGNER % "disputed", *LONG_AGO, *FINISHED, AS_RETENTION, ERASE % "disputed")


def test_retention_erases_nothing_of_a_round_that_is_not_concluded(world: Sign) -> None:
    n, words = world.refused("postgres", SIGNER % "disputed", *LONG_AGO, AS_RETENTION, ERASE % "disputed")
    assert (n, "consent_paper_append_only" in words) == (5, True)


@pytest.mark.parametrize("paper", ["disputed", "paper"])
def test_retention_erases_nothing_before_its_time(world: Sign, paper: str) -> None:
    n, words = world.refused("postgres", SIGNER % paper, AS_RETENTION, ERASE % paper)
    assert (n, "consent_paper_append_only" in words) == (3, True)


WHILE_OPEN = "2026-03-02 02:00"
PUT_ASIDE = (
    "INSERT INTO stack_picture (community_id, sha256, mime, size, at, by_id, state, why, settled_at) "
    "VALUES ({community}, repeat('a', 64), 'image/jpeg', 1, '%s', {moderator}, 'left_out', '看不清', '%s')"
)
ALL_LONG_AGO = (
    "ALTER TABLE consent_round DISABLE TRIGGER USER",
    "UPDATE consent_round SET closed_at = '2001-01-01', closed_by_id = {moderator}, status = 'closed' "
    f"WHERE opened_at <= '{WHILE_OPEN}'",
)
ERASE_PICTURE = "DELETE FROM stack_picture"


def test_retention_erases_pictures_of_stacks_when_every_round_of_their_time_is_over(world: Sign) -> None:
    world.do(
        "postgres",
        PUT_ASIDE % (WHILE_OPEN, WHILE_OPEN),
        *ALL_LONG_AGO,
        *FINISHED,
        AS_RETENTION,
        ERASE_PICTURE,
    )


@pytest.mark.parametrize("role", [roles.RETENTION, roles.APP])
def test_no_picture_of_a_stack_goes_while_a_round_of_its_time_is_kept(world: Sign, role: str) -> None:
    erase = (f"SET LOCAL ROLE {role}", ERASE_PICTURE)
    n, words = world.refused("postgres", PUT_ASIDE % (WHILE_OPEN, WHILE_OPEN), *erase)
    assert n == 3
    assert ("stack_picture_kept" in words) == (role == roles.RETENTION)


UPLOADED = (
    "INSERT INTO evidence_upload (community_id, device_uuid, sha256, role, length, have, state, at) "
    f"VALUES ({{community}}, 'x', repeat('a', 64), 'photo', 1, 1, 'complete', '{WHILE_OPEN}')"
)


def test_retention_forgets_no_upload_while_a_round_of_its_time_is_kept(world: Sign) -> None:
    n, words = world.refused("postgres", UPLOADED, AS_RETENTION, "DELETE FROM evidence_upload")
    assert (n, "evidence_upload_kept" in words) == (3, True)
