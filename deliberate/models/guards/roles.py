"""Roles of PostgreSQL: who may do what to which table, and no more (docs/database.md).

Nobody signs in as the owner of the tables. The application adds records and changes only the columns that its
deeds change; the roll is written by the registrar's role; what a time of keeping has run out for is erased by
the retention role; migrations act as the owner. What is not granted here is refused by the server itself,
before any guard is asked.
"""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, Table, inspect

from ..base import Base
from .queues import KEPT_BY_THE_STORE

OWNER = "deliberate_owner"
APP = "deliberate_app"
REGISTRAR = "deliberate_registrar"
RETENTION = "deliberate_retention"
MIGRATE = "deliberate_migrate"
LOGINS = (APP, REGISTRAR, RETENTION, MIGRATE)

OF_THE_ROLL = frozenset(
    {
        "building",
        "building_count",
        "estate",
        "grid",
        "household",
        "household_change",
        "owner",
        "roll_entry",
        "roll_import",
        "roll_left_out",
    }
)
"""Written by the registrar's role alone."""

CHANGED: Mapping[str, tuple[str, ...]] = {
    "account": (
        "telephone",
        "password_hash",
        "password_once",
        "display_name",
        "language",
        "view",
        "epoch",
        "disabled_at",
    ),
    "attendance": ("present", "note"),
    "building_count": ("answered",),
    "change_counter": ("seq",),
    "day_count": ("answered", "changes"),
    "comment": (
        "hidden_at",
        "hidden_by_id",
        "hidden_reason",
        "verdict",
        "verdict_reason",
        "verdict_by_id",
        "verdict_at",
    ),
    "community": ("name", "telephone"),
    "consent_round": (
        "status",
        "scope",
        "tally_visibility",
        "opened_at",
        "opened_by_id",
        "answer_until",
        "register_until",
        "settle_until",
        "closed_at",
        "closed_by_id",
    ),
    "contact": ("address", "ended_at", "ended_by_id"),
    "council_member": ("title", "until"),
    "crew": ("volunteer", "scope"),
    "crew_suspension": ("lifted_at", "lifted_by_id", "lift_reason"),
    "device": (
        "account_id",
        "name",
        "token_hash",
        "token_until",
        "revoked_at",
        "revoked_by_id",
        "revoke_reason",
        "last_seen_at",
        "skew_seconds",
        "protocol",
        "app_build",
        "checks",
        "report",
    ),
    "device_enrolment": ("used_at", "device_id"),
    "discussion_round": ("closed_at", "closed_by_id", "agreed", "disputed", "goes_on"),
    "door_change": ("community_id", "seq"),
    "entry_standing": ("standing", "since"),
    "evaluation": ("rating", "remark", "at", "account_id", "letter_id"),
    "evidence_upload": ("have", "state", "kept_sha256", "kept_mime", "kept_size", "role", "length", "at"),
    "head_letter": ("next_try_at", "tries", "sent_at", "given_up_at"),
    "household": ("row_lock",),
    "inbox_message": ("read_at", "pace", "mail_id"),
    "letter_job": ("finished_at", "dropped_at"),
    "letter_part": ("letters", "issued_at", "kept_at"),
    "letter": (
        "delivered_at",
        "delivered_to",
        "delivered_by_id",
        "frozen_at",
        "frozen_by_id",
        "frozen_reason",
        "replaced_at",
        "replaced_by_letter_id",
    ),
    "meeting": ("chair", "recorder", "minutes", "resolution", "minutes_at", "minutes_by_id"),
    "meeting_matter": ("ask_households",),
    "membership": ("as_owner", "lives_there", "ended_at", "ended_by_id", "end_reason"),
    "news_mail": ("next_try_at", "tries", "sent_at", "given_up_at"),
    "news_wish": ("address", "asked_at", "proved_at", "paces"),
    "objection": ("method", "finding", "reply", "voided_consent_id", "decided_at", "decided_by_id"),
    "proposal": (
        "stage",
        "category",
        "title",
        "body",
        "budget",
        "scope",
        "version",
        "merged_into_id",
        "submitted_at",
        "changed_at",
    ),
    "observer_key": ("ended_at", "ended_by_id"),
    "outgoing": ("tries", "next_try_at", "sent_at", "given_up_at", "address", "told_at", "told_by_id"),
    "plan_recording": ("ended_at", "ended_by_id"),
    "quiet_time": ("dropped_at",),
    "role_grant": ("revoked_at", "revoked_by_id"),
    "roll_entry": ("row_lock",),
    "stack_picture": (
        "serial",
        "held_by_id",
        "state",
        "settled_at",
        "settled_by_id",
        "why",
        "restored_why",
        "tablet_record_id",
    ),
    "tablet_record": (
        "verdict",
        "reason",
        "why",
        "judged_at",
        "household_id",
        "crew_id",
        "waits_for",
        "waits_for_earlier",
        "late_rounds",
        "replaced_by",
    ),
    "task": ("cancelled_at", "cancelled_by_id", "cancelled_for"),
    "throttle": ("since", "tries"),
    "worker_turn": ("at", "troubles"),
    "visit_request": ("taken_by_id", "appointed_at", "done_at", "done_by_id", "result"),
}
"""What deeds change of rows that are there, by table. `row_lock` is never written: to lock a row, PostgreSQL
asks for the right to change some column of it."""

DELETED = frozenset({"head_letter", "observer_address", "second", "throttle"})
"""What the application takes away again: an address, with what is owed to it, or a second taken back, and tries that
are an hour old."""

ADDED_BY_REGISTRAR = OF_THE_ROLL | {
    "door_change",
    "inbox_message",
    "journal_entry",
    "ledger_leaf",
    "ledger_opening",
    "notice",
    "roll_certificate",
}
CHANGED_BY_REGISTRAR: Mapping[str, tuple[str, ...]] = {
    "change_counter": ("seq",),
    "community": ("telephone",),
    "consent_round": ("roll_sha256", "roll_size"),
    "household": tuple(
        column.name
        for column in Base.metadata.tables["household"].columns
        if column.name not in ("id", "community_id", "building_id")
    ),
    "door_change": ("seq",),
    "letter": ("frozen_at", "frozen_by_id", "frozen_reason"),
}

ERASED = ("consent_paper", "evidence", "evidence_upload", "stack_picture")
"""Side tables with names and pictures, pictures of stacks and those that came from tablets: what retention erases."""
EMPTIED = ("tablet_record", "payload")
"""And what tablets delivered: the bytes go, what they were the hash of is known still."""
THINNED = "ledger_opening"
"""Of a consent's leaf only what the public recount needs stays open."""
READ_BY_RETENTION: Mapping[str, tuple[str, ...]] = {
    "alembic_version": ("version_num",),
    "community": ("id", "slug"),
    "consent": ("id", "consent_round_id"),
    "consent_paper": ("consent_id",),
    "consent_round": (
        "id",
        "community_id",
        "proposal_id",
        "plan_version_id",
        "n",
        "status",
        "periods",
        "opened_at",
        "closed_at",
    ),
    "declared_evidence": ("tablet_record_id", "sha256"),
    "evidence": ("consent_id", "sha256"),
    "evidence_upload": ("id", "community_id", "device_uuid", "sha256", "state", "kept_sha256", "at"),
    "journal_entry": ("id",),
    "ledger_leaf": ("id", "kind", "consent_round_id", "consent_id"),
    "ledger_opening": ("leaf_id", "openings"),
    "objection": ("consent_round_id", "decided_at"),
    "outcome_record": ("consent_round_id",),
    "plan_version": ("id", "budget"),
    "proposal": ("id", "number"),
    "stack_picture": ("id", "community_id", "sha256", "at"),
    "tablet_record": ("id", "community_id", "device_uuid", "verdict", "received_at", "payload"),
}
"""What it must know to erase, no more. How long a tablet's record is, and which openings there are, nobody learns who
may not read them."""


def make(connection: Connection) -> None:
    """Make the roles, hand everything to the owner, grant. Twice the same is once."""
    _run(connection, statements(connection))


def statements(connection: Connection) -> Iterator[str]:
    """The SQL of `make`, for the schema and database of this connection."""
    schema, database = connection.exec_driver_sql(
        "SELECT quote_ident(current_schema()), quote_ident(current_database())"
    ).one()
    yield from _roles(database, schema)
    yield _handing_over()
    yield from grants(schema)


def regrant(connection: Connection) -> None:
    """After a migration: whatever is new is the owner's, and granted; nothing where there are no roles."""
    if connection.dialect.name != "postgresql" or not owned_by_role(connection):
        return
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    _run(connection, [_handing_over(), *grants(schema)])


def _run(connection: Connection, statements: Iterable[str]) -> None:
    """All in one go, and no character of it means a parameter."""
    connection.execution_options(no_parameters=True).exec_driver_sql(";\n".join(statements))


def has_tables(connection: Connection) -> bool:
    """Whether the store was ever migrated."""
    return inspect(connection).has_table("alembic_version")


def owned_by_role(connection: Connection) -> bool:
    """Whether the role model holds in this store."""
    return bool(
        connection.exec_driver_sql(
            "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() "
            f"AND tablename = 'alembic_version' AND tableowner = '{OWNER}')"
        ).scalar_one()
    )


def _roles(database: str, schema: str) -> Iterator[str]:
    plain = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    for role in (OWNER, *LOGINS):
        login = "NOLOGIN" if role == OWNER else "LOGIN"
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role}; END IF; END $$"
        )
        yield f"ALTER ROLE {role} {login} {plain}"
    yield f"GRANT {OWNER} TO {MIGRATE}"
    yield f"ALTER ROLE {MIGRATE} SET role = '{OWNER}'"
    for role in (APP, REGISTRAR, RETENTION):
        yield f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '60s'"
    everybody = ", ".join((OWNER, *LOGINS))
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC, {everybody}"
    yield f"GRANT CONNECT ON DATABASE {database} TO {', '.join(LOGINS)}"
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC, {everybody}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {', '.join(LOGINS)}"
    yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {OWNER}"


def _handing_over() -> str:
    """Every table, view, sequence and function of the schema becomes the owner's."""
    return f"""DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT c.oid::regclass AS name, c.relkind FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v', 'p')
    AND pg_get_userbyid(c.relowner) <> '{OWNER}' LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO {OWNER}', one.name);
  END LOOP;
  FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace
    AND pg_get_userbyid(p.proowner) <> '{OWNER}' LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO {OWNER}', one.name);
  END LOOP;
END $$"""


def grants(schema: str) -> Iterator[str]:
    """First everything is taken away, then what each role needs is given, table by table."""
    others = f"PUBLIC, {APP}, {REGISTRAR}, {RETENTION}"
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        yield f"REVOKE ALL ON ALL {kind} IN SCHEMA {schema} FROM {others}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {APP}, {REGISTRAR}"
    yield f"GRANT EXECUTE ON FUNCTION guard_clock(timestamptz) TO {APP}, {REGISTRAR}, {RETENTION}"
    tables = Base.metadata.sorted_tables
    not_its = OF_THE_ROLL | KEPT_BY_THE_STORE
    yield from _writing(APP, [t for t in tables if t.name not in not_its], CHANGED)
    yield from _writing(REGISTRAR, [t for t in tables if t.name in ADDED_BY_REGISTRAR], CHANGED_BY_REGISTRAR)
    yield f"GRANT DELETE ON {', '.join(sorted(DELETED))} TO {APP}"
    yield f"GRANT DELETE ON roll_left_out TO {REGISTRAR}"
    for name, columns in READ_BY_RETENTION.items():
        yield f"GRANT SELECT ({', '.join(columns)}) ON {name} TO {RETENTION}"
    yield f"GRANT DELETE ON {', '.join(ERASED)} TO {RETENTION}"
    yield f"GRANT UPDATE (openings) ON {THINNED} TO {RETENTION}"
    yield f"GRANT UPDATE ({EMPTIED[1]}) ON {EMPTIED[0]} TO {RETENTION}"
    yield from _writing(RETENTION, [Base.metadata.tables["journal_entry"]], {})


def _writing(role: str, added: Iterable[Table], changed: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """INSERT into every column but those that the database numbers; UPDATE of the columns named."""
    for table in added:
        numbered = table.autoincrement_column
        columns = ", ".join(f'"{column.name}"' for column in table.columns if column is not numbered)
        yield f"GRANT INSERT ({columns}) ON {table.name} TO {role}"
        if numbered is not None:
            yield f"GRANT USAGE ON SEQUENCE {table.name}_{numbered.name}_seq TO {role}"
    for name, columns_changed in changed.items():
        columns = ", ".join(f'"{column}"' for column in columns_changed)
        yield f"GRANT UPDATE ({columns}) ON {name} TO {role}"
