"""What the application's own role refuses before any guard is asked, and attacks on the roles themselves."""

from dataclasses import dataclass

from deliberate.models.guards.roles import APP, REGISTRAR, RETENTION
from tests.services.statements import answer, certificate, execution, outcome, set_round, standing

BEYOND: dict[str, tuple[str, ...]] = {
    "account": ("an account deleted",),
    "anchor": ("an anchor dated back",),
    "consent": (
        "an answer turned round",
        "an answer deleted",
        "answers turned round by UPDATE FROM",
        "an answer turned round by ON CONFLICT DO UPDATE",
        "consents emptied",
    ),
    "consent_round": (
        "a round deleted with all in it",
        "the threshold lowered in an open round",
        "the denominator made smaller",
        "the periods changed",
        "another text put under the consents",
        "a round given to another matter",
        "a round opened with a smaller denominator than its roll",
        "the threshold lowered before opening",
        "no household rule at all",
        "a rule with a part of a household",
        "other rules than those shown with the plan",
        "the roll's hash changed under one certificate",
    ),
    "count_sheet": ("a count sheet touched up",),
    "count_signature": ("a signature removed",),
    "duty": ("a duty handed to somebody else",),
    "entry_standing": ("a standing that vanishes", "a standing carried to another home"),
    "evaluation": ("a household's rating deleted",),
    "execution": ("an execution moved to another matter",),
    "form_check": ("a form's check rewritten",),
    "head_signature": ("a signature under a head removed",),
    "household": ("a household deleted",),
    "journal_entry": ("the journal cleaned", "the journal rewritten"),
    "ledger_batch": ("a batch rewritten",),
    "ledger_head": ("a head exchanged", "a head hidden"),
    "ledger_leaf": ("a leaf rewritten", "a leaf taken out", "the ledger emptied"),
    "ledger_node": ("a subtree exchanged",),
    "ledger_opening": ("another answer opened", "an opening withheld for ever"),
    "ledger_place": ("leaves reordered", "the last leaf dropped"),
    "letter": ("a letter deleted",),
    "objection": ("an objection deleted", "what was objected to rewritten"),
    "outcome_record": ("a rejection turned into an adoption",),
    "plan_version": ("the plan's text rewritten", "the threshold lowered in the plan"),
    "proposal": ("a matter deleted", "a matter that changes its number"),
    "role_grant": ("a role deleted",),
    "roll_certificate": ("a certificate withdrawn",),
    "roll_entry": (
        "a home taken off the frozen roll",
        "a roll entry moved to another round",
        "an area enlarged on the frozen roll",
        "a home added after the first certificate",
        "a home added to an open round",
        "the roll emptied",
    ),
    "roll_left_out": ("a home left off after a certificate",),
    "round_extension": ("an extension dated back",),
    "settings_version": ("old settings changed",),
    "spot_check": ("a plan rewritten",),
    "spot_draw": ("a seed rewritten",),
    "spot_sample": ("a home taken off the sample",),
    "spot_verdict": ("a failure turned into a pass",),
    "spot_visit": ("what was said rewritten",),
    "supersession": ("a supersession taken back",),
    "tablet_record": ("a tablet's record rewritten",),
}
"""Attacks of the common suite for which the application's role lacks the right, by the table they are on."""

OTHERWISE = {
    "triggers silenced as for a replica": 'permission denied to set parameter "session_replication_role"',
    "a count hidden behind a temporary table": "permission denied to create temporary tables",
}
"""As above, refused in other words."""

REFUSED_BY_ROLE = {
    **{name: f"permission denied for table {table}" for table, names in BEYOND.items() for name in names},
    **OTHERWISE,
}


@dataclass(frozen=True)
class RoleAttack:
    """Statements as one who signs in as `role`, and what refuses the last of them.

    Where releases of PostgreSQL say it differently, their words stand side by side with a bar between.
    """

    role: str
    name: str
    refused: str
    sql: tuple[str, ...]


def app(name: str, refused: str, *sql: str) -> RoleAttack:
    """Through the application's connection."""
    return RoleAttack(APP, name, refused, sql)


def registrar(name: str, refused: str, *sql: str) -> RoleAttack:
    """Through the registrar's connection."""
    return RoleAttack(REGISTRAR, name, refused, sql)


def retention(name: str, refused: str, *sql: str) -> RoleAttack:
    """Through the connection that may erase side tables."""
    return RoleAttack(RETENTION, name, refused, sql)


_AS_OWNER = "must be owner of"
_NO_TEMP = "permission denied to create temporary tables"
_NOT_IN_SCHEMA = "permission denied for schema public"
_HOUSEHOLD = (
    "INSERT INTO household (community_id, grid_id, building_id, unit, room, walk, head_key, occupancy, note) "
    "SELECT community_id, grid_id, building_id, unit, '999', walk, '', occupancy, '' FROM household LIMIT 1"
)

ROLE_ATTACKS = (
    app(
        "a right granted to oneself",
        "permission denied for table consent",
        f"GRANT UPDATE ON consent TO {APP}",
        "UPDATE consent SET answer = 'agree' WHERE id = {paper}",
    ),
    app(
        "the owner's role granted to oneself",
        'must have admin option on role "deliberate_owner"|permission denied to grant role',
        f"GRANT deliberate_owner TO {APP}",
    ),
    app("the owner's role taken", "permission denied to set role", "SET ROLE deliberate_owner"),
    app("the registrar's role taken", "permission denied to set role", f"SET ROLE {REGISTRAR}"),
    app("the migrations' role taken", "permission denied to set role", "SET ROLE deliberate_migrate"),
    app(
        "another session's name taken",
        "permission denied to set session authorization",
        "SET SESSION AUTHORIZATION postgres",
    ),
    app("oneself made superuser", "must be superuser|permission denied to alter role",
        f"ALTER ROLE {APP} SUPERUSER"),
    app("a role of one's own", "must be superuser|permission denied to create role",
        "CREATE ROLE mine LOGIN SUPERUSER"),
    app("everything of the owner's made one's own", "permission denied to reassign objects",
        f"REASSIGN OWNED BY deliberate_owner TO {APP}"),
    app(
        "a leaf kept from its place for ever",
        "permission denied for table waiting_leaf",
        "DELETE FROM waiting_leaf",
    ),
    app(
        "a head kept from its signature for ever",
        "permission denied for table waiting_head",
        "INSERT INTO waiting_head (community_id, head_id) VALUES ({community}, 1)",
    ),
    app("triggers switched off", _AS_OWNER, "ALTER TABLE consent DISABLE TRIGGER ALL"),
    app(
        "one guard switched off",
        _AS_OWNER,
        "ALTER TABLE execution DISABLE TRIGGER guard_execution_before_insert",
    ),
    app("a guard dropped", _AS_OWNER, "DROP TRIGGER guard_consent_before_update ON consent"),
    app("a guard's function dropped", _AS_OWNER, "DROP FUNCTION guard_consent_before_update() CASCADE"),
    app("a table dropped", _AS_OWNER, "DROP TABLE supersession"),
    app("a check dropped", _AS_OWNER, "ALTER TABLE consent DROP CONSTRAINT ck_consent_paper_is_numbered"),
    app("a column added", _AS_OWNER, "ALTER TABLE consent ADD COLUMN more text"),
    app("the owner changed", _AS_OWNER, f"ALTER TABLE consent OWNER TO {APP}"),
    app("an index dropped", _AS_OWNER, "DROP INDEX uq_consent_serial"),
    app("a rule put before the table", _AS_OWNER,
        "CREATE RULE mine AS ON INSERT TO consent DO INSTEAD NOTHING"),
    app("row security put on", _AS_OWNER, "ALTER TABLE consent ENABLE ROW LEVEL SECURITY"),
    app(
        "guards by way of DO",
        _AS_OWNER,
        "DO $$ BEGIN EXECUTE 'ALTER TABLE consent DISABLE TRIGGER ALL'; END $$",
    ),
    app(
        "a trigger of one's own",
        "permission denied for table consent",
        "CREATE TRIGGER mine BEFORE INSERT ON consent FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ),
    app(
        "a guard's function replaced",
        _NOT_IN_SCHEMA,
        "CREATE OR REPLACE FUNCTION guard_execution_before_insert() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RETURN NEW; END $$",
    ),
    app(
        "the clock's function replaced",
        _NOT_IN_SCHEMA,
        "CREATE OR REPLACE FUNCTION guard_clock(moment timestamptz) RETURNS boolean LANGUAGE sql "
        "AS $$ SELECT true $$",
    ),
    app(
        "a view of the count replaced",
        _NOT_IN_SCHEMA,
        "CREATE OR REPLACE VIEW guard_standing AS SELECT 1 AS roll_entry_id",
    ),
    app(
        "a comparison of one's own",
        _NOT_IN_SCHEMA,
        "CREATE FUNCTION mine(varchar, varchar) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$",
    ),
    app("a table of one's own", _NOT_IN_SCHEMA, "CREATE TABLE mine (id integer)"),
    app("a schema of one's own", "permission denied for database", "CREATE SCHEMA mine"),
    app("a temporary table before the real one", _NO_TEMP, "CREATE TEMP TABLE consent (id integer)"),
    app(
        "a temporary view before the count",
        _NO_TEMP,
        "CREATE TEMP VIEW guard_standing AS SELECT 1 AS roll_entry_id",
    ),
    app(
        "a temporary function before a built-in one",
        _NO_TEMP,
        "CREATE FUNCTION pg_temp.count(anyelement) RETURNS bigint LANGUAGE sql AS $$ SELECT 100 $$",
    ),
    app(
        "the guards' names sought elsewhere",
        "outcome_recounted",
        "SET LOCAL search_path = pg_catalog, pg_temp, public",
        outcome("failed", "failed_sheet", "adopted"),
    ),
    app(
        "the guards' names sought nowhere",
        "execution_needs_adopted_outcome",
        "SET LOCAL search_path = ''",
        execution("failed").replace("INTO execution", "INTO public.execution"),
    ),
    app("consents written through a view", "permission denied for view guard_head",
        "UPDATE guard_head SET answer = 'agree' WHERE id = {paper}"),
    app("the number of a record chosen", "permission denied for table consent",
        answer("open_e6", "agree", id="1")),
    app("the numbering turned back", "permission denied for sequence consent_id_seq",
        "SELECT setval('consent_id_seq', 1)"),
    app("the dummy column of a roll entry written", "roll_entry_append_only",
        "UPDATE roll_entry SET row_lock = TRUE WHERE id = {failed_e10}"),
    app("a home put on the roll", "permission denied for table household", _HOUSEHOLD),
    app("a home marked as gone", "permission denied for table household",
        "UPDATE household SET gone_at = now() WHERE id = {home9}"),
    app("a roll drawn up under the round", "permission denied for table consent_round",
        set_round("blank", "roll_size = 3, roll_sha256 = '{open_roll}'")),
    app(
        "a roll frozen by one connection: as registrar",
        "roll_certificate_by_its_role",
        certificate("drawn", "registrar", "registrar"),
    ),
    registrar(
        "a roll frozen by one connection: as scrutineer",
        "roll_certificate_by_its_role",
        certificate("half", "scrutineer", "scrutineer"),
    ),
    app("names of signers erased", "permission denied for table consent_paper", "DELETE FROM consent_paper"),
    app("the revision rewritten", "permission denied for table alembic_version",
        "UPDATE alembic_version SET version_num = '0000'"),
    app("everybody locked out", "permission denied for table consent",
        "LOCK TABLE consent IN ACCESS EXCLUSIVE MODE"),
    app("a file written", "to COPY to a file", "COPY consent TO '/tmp/consents'"),
    app("a program run", "to COPY to or from an external program",
        "COPY consent FROM PROGRAM 'true'"),
    app("a file read", "permission denied for function pg_read_file", "SELECT pg_read_file('PG_VERSION')"),
    app("an extension brought", "permission denied to create extension", "CREATE EXTENSION pgcrypto"),
    app("the server's log silenced", 'permission denied to set parameter "log_statement"',
        "SET LOCAL log_statement = 'none'"),
    registrar("an answer by the registrar", "permission denied for table consent",
              answer("open_e6", "agree")),
    registrar("a standing by the registrar", "permission denied for table entry_standing",
              standing("open_e6", "agree")),
    registrar("a round opened by the registrar", "permission denied for table consent_round",
              set_round("ready", "status = 'open'")),
    registrar("an outcome by the registrar", "permission denied for table outcome_record",
              outcome("failed", "failed_sheet", "adopted")),
    registrar("a household deleted by the registrar", "permission denied for table household",
              "DELETE FROM household WHERE id = {home9}"),
    registrar("a roll entry taken off by the registrar", "permission denied for table roll_entry",
              "DELETE FROM roll_entry WHERE id = {drawn_e10}"),
    retention("an answer erased", "permission denied for table consent",
              "DELETE FROM consent WHERE id = {paper}"),
    retention("a name rewritten", "permission denied for table consent_paper",
              "UPDATE consent_paper SET signer_name = 'x'"),
    retention("a case taken by whoever erases", "journal_entry_of_erasing",
              "INSERT INTO journal_entry (community_id, at, what, subject, subject_id, data) "
              "VALUES ({community}, clock_timestamp(), 'case_taken', 'roll_entry', 1, '{{}}')"),
)  # fmt: skip
