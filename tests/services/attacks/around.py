"""Attacks around the guards: on the schema, the settings of the connection, the names they use."""

from tests.services.attacks.attack import postgres, sqlite
from tests.services.statements import execution

NOT_ALLOWED = "not authorized"

AROUND = (
    sqlite("a guard dropped", NOT_ALLOWED, "DROP TRIGGER guard_consent_before_update"),
    sqlite("a table dropped", NOT_ALLOWED, "DROP TABLE supersession"),
    sqlite("a column added", NOT_ALLOWED, "ALTER TABLE consent ADD COLUMN more text"),
    sqlite("a table hidden behind a temporary one", NOT_ALLOWED, "CREATE TEMP TABLE consent (id integer)"),
    sqlite(
        "a view put before the count",
        NOT_ALLOWED,
        "CREATE TEMP VIEW guard_standing AS SELECT 1 AS roll_entry_id",
    ),
    sqlite(
        "a trigger that undoes the others",
        NOT_ALLOWED,
        "CREATE TRIGGER mine AFTER INSERT ON visit BEGIN SELECT 1; END",
    ),
    sqlite("the schema opened for writing", NOT_ALLOWED, "PRAGMA writable_schema = ON"),
    sqlite("the schema written", "may not be modified", "DELETE FROM sqlite_master WHERE type = 'trigger'"),
    sqlite("keys switched off", NOT_ALLOWED, "PRAGMA foreign_keys = OFF"),
    sqlite("REPLACE made quiet", NOT_ALLOWED, "PRAGMA recursive_triggers = OFF"),
    sqlite("checks switched off", NOT_ALLOWED, "PRAGMA ignore_check_constraints = ON"),
    sqlite("durability switched off", NOT_ALLOWED, "PRAGMA synchronous = OFF"),
    sqlite("keys asked only at the end", NOT_ALLOWED, "PRAGMA defer_foreign_keys = ON"),
    sqlite("the journal switched off", NOT_ALLOWED, "PRAGMA journal_mode = OFF"),
    sqlite("the version of the schema changed", NOT_ALLOWED, "PRAGMA schema_version = 1"),
    sqlite("views and triggers trusted with more", NOT_ALLOWED, "PRAGMA trusted_schema = ON"),
    sqlite("an extension loaded", NOT_ALLOWED, "SELECT load_extension('mine')"),
    sqlite("an index dropped", NOT_ALLOWED, "DROP INDEX uq_consent_serial"),
    sqlite("another file attached", NOT_ALLOWED, "ATTACH DATABASE ':memory:' AS other"),
    sqlite("a leaf kept from its place for ever", NOT_ALLOWED, "DELETE FROM waiting_leaf"),
    sqlite(
        "a head that seems to wait",
        NOT_ALLOWED,
        "INSERT INTO waiting_head (community_id, head_id) VALUES ({community}, 1)",
    ),
    postgres("consents emptied", "consent_never_emptied", "TRUNCATE consent CASCADE"),
    postgres("the roll emptied", "roll_entry_never_emptied", "TRUNCATE roll_entry CASCADE"),
    postgres(
        "triggers silenced as for a replica",
        "consent_append_only",
        "SET LOCAL session_replication_role = replica",
        "DELETE FROM consent WHERE id = {also}",
    ),
    postgres(
        "a count hidden behind a temporary table",
        "execution_needs_adopted_outcome",
        "CREATE TEMP TABLE outcome_record AS SELECT * FROM public.outcome_record",
        "INSERT INTO pg_temp.outcome_record "
        "(id, community_id, consent_round_id, proposal_id, count_sheet_id, outcome) "
        "VALUES (99, {community}, {failed}, {failed_matter}, {failed_sheet}, 'adopted')",
        execution("failed"),
    ),
)
