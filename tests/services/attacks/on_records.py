"""Attacks on what was recorded: rewritten, deleted, replaced."""

from tests.services.attacks.attack import attack, sqlite
from tests.services.statements import answer

REWRITING = (
    attack(
        "an answer turned round",
        "consent_append_only",
        "UPDATE consent SET answer = 'agree' WHERE id = {paper}",
    ),
    attack("an answer deleted", "consent_append_only", "DELETE FROM consent WHERE id = {also}"),
    attack(
        "answers turned round by UPDATE FROM",
        "consent_append_only",
        "UPDATE consent SET answer = 'agree' FROM roll_entry e "
        "WHERE e.id = consent.roll_entry_id AND consent.consent_round_id = {failed}",
    ),
    attack(
        "a supersession taken back",
        "supersession_append_only",
        "DELETE FROM supersession WHERE superseded_id = {superseded}",
    ),
    attack("the plan's text rewritten", "plan_version_append_only", "UPDATE plan_version SET body = '涨价'"),
    attack(
        "the threshold lowered in the plan",
        "plan_version_append_only",
        "UPDATE plan_version SET rules = '{half_rules}' WHERE id = {drawn_plan}",
    ),
    attack(
        "a home taken off the frozen roll",
        "roll_entry_append_only",
        "DELETE FROM roll_entry WHERE id = {failed_e10}",
    ),
    attack(
        "a roll entry moved to another round",
        "roll_entry_append_only",
        "UPDATE roll_entry SET consent_round_id = {blank} WHERE id = {failed_e10}",
    ),
    attack(
        "an area enlarged on the frozen roll", "roll_entry_append_only", "UPDATE roll_entry SET area = 99999"
    ),
    attack(
        "a certificate withdrawn",
        "roll_certificate_append_only",
        "DELETE FROM roll_certificate WHERE consent_round_id = {ready}",
    ),
    attack(
        "a duty handed to somebody else",
        "duty_append_only",
        "UPDATE duty SET account_id = {resident1} WHERE id = {open_scrutineer_duty}",
    ),
    attack("a count sheet touched up", "count_sheet_append_only", "UPDATE count_sheet SET figures = '[]'"),
    attack("a signature removed", "count_signature_append_only", "DELETE FROM count_signature"),
    attack(
        "a rejection turned into an adoption",
        "outcome_record_append_only",
        "UPDATE outcome_record SET outcome = 'adopted' WHERE id = {rejected_outcome}",
    ),
    attack(
        "an execution moved to another matter",
        "execution_append_only",
        "UPDATE execution SET proposal_id = {failed_matter} WHERE id = {execution}",
    ),
    attack("the journal cleaned", "journal_entry_append_only", "DELETE FROM journal_entry"),
    attack("the journal rewritten", "journal_entry_append_only", "UPDATE journal_entry SET what = 'nothing'"),
    attack(
        "an extension dated back",
        "round_extension_append_only",
        "UPDATE round_extension SET at = '2026-03-01 02:00:00.000000'",
    ),
    attack("old settings changed", "settings_version_append_only", "UPDATE settings_version SET n = 7"),
    attack("a household deleted", "household_kept", "DELETE FROM household WHERE id = {home9}"),
    attack(
        "a round deleted with all in it",
        "consent_round_kept",
        "DELETE FROM consent_round WHERE id = {failed}",
    ),
    attack("a matter deleted", "proposal_kept", "DELETE FROM proposal WHERE id = {failed_matter}"),
    attack("an account deleted", "account_kept", "DELETE FROM account WHERE id = {canvasser}"),
    attack("a letter deleted", "letter_kept", "DELETE FROM letter WHERE id = {letter}"),
    attack("an objection deleted", "objection_kept", "DELETE FROM objection WHERE id = {pending}"),
    attack("a role deleted", "role_grant_kept", "DELETE FROM role_grant"),
    attack(
        "a household's rating deleted",
        "evaluation_kept",
        "DELETE FROM evaluation WHERE proposal_id = {done_matter}",
    ),
)

REPLACING = (
    sqlite(
        "an answer replaced by its id",
        "consent_not_replaced",
        "REPLACE INTO " + answer("open_e1", "disagree", id="{said}").removeprefix("INSERT INTO "),
    ),
    sqlite(
        "an answer replaced by its request",
        "consent_not_replaced",
        "INSERT OR REPLACE INTO "
        + answer(
            "open_e1", "disagree", request_id="(SELECT request_id FROM consent WHERE id = {said})"
        ).removeprefix("INSERT INTO "),
    ),
    attack(
        "an answer turned round by ON CONFLICT DO UPDATE",
        "consent_not_replaced",
        answer("open_e1", "agree", id="{said}") + " ON CONFLICT (id) DO UPDATE SET answer = 'disagree'",
        on_postgres="consent_append_only",
    ),
    sqlite(
        "a forged answer slipped in by INSERT OR IGNORE",
        "consent_bound_to_plan",
        "INSERT OR IGNORE INTO "
        + answer("open_e6", "agree", plan_sha256="'{failed_text}'").removeprefix("INSERT INTO "),
    ),
    sqlite(
        "a journal entry replaced",
        "journal_entry_not_replaced",
        "REPLACE INTO journal_entry (id, community_id, at, what, subject, subject_id, data) VALUES "
        "({journal}, {community}, '2026-03-02 02:00:00.000000', 'nothing', 'store', 1, '{{}}')",
    ),
    sqlite(
        "a household replaced by its address",
        "household_not_replaced",
        "REPLACE INTO household "
        "(community_id, grid_id, building_id, unit, room, walk, head_key, occupancy, note) "
        "SELECT community_id, grid_id, building_id, unit, room, walk, head_key, occupancy, note "
        "FROM household WHERE id = {home2}",
    ),
    sqlite(
        "an account replaced by UPDATE OR REPLACE",
        "account_not_replaced",
        "UPDATE OR REPLACE account SET user_name = (SELECT user_name FROM account WHERE id = {resident2}) "
        "WHERE id = {resident1}",
    ),
    sqlite(
        "a round replaced by a fresh one",
        "consent_round_not_replaced",
        "REPLACE INTO consent_round (id, community_id, proposal_id, plan_version_id, plan_sha256, n, status, "
        "scope, rules, periods, tally_visibility, prepared_at, prepared_by_id, roll_size) "
        "SELECT id, community_id, proposal_id, plan_version_id, plan_sha256, n, 'prepared', scope, "
        "rules, periods, tally_visibility, prepared_at, prepared_by_id, 0 "
        "FROM consent_round WHERE id = {failed}",
    ),
)

DELIVERING = (
    attack(
        "a tablet's record rewritten",
        "tablet_record_as_it_came",
        "UPDATE tablet_record SET sha256 = 'ab' WHERE id = {quarantined}",
    ),
    attack(
        "a tablet's record accepted and then taken back",
        "tablet_record_stays_settled",
        "UPDATE tablet_record SET verdict = 'late' WHERE id = {accepted}",
    ),
    attack(
        "a tablet's record quarantined for no reason",
        "quarantined_for_a_reason",
        "UPDATE tablet_record SET reason = NULL WHERE id = {quarantined}",
    ),
)
