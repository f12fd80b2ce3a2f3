"""Attacks on consents, on what they supersede, and on where a household stands."""

from tests.services.attacks.attack import attack, sqlite
from tests.services.statements import (
    LAST,
    answer,
    close,
    leaf_of_last,
    outcome,
    paper,
    standing,
    supersedes,
    suspended,
)

VOIDING = {
    "deed": "'voiding'",
    "channel": "'paper'",
    "serial": "'000001'",
    "reason": "'x'",
    "recorded_by_id": "{moderator}",
    "request_id": "'voided'",
    "receipt_hash": f"'{'6' * 64}'",
}
REINSTATED = {
    "deed": "'correction'",
    "serial": "'000001'",
    "reason": "'x'",
    "signed_at": "(SELECT signed_at FROM consent WHERE id = {paper})",
    "recorded_at": "'2026-03-18 03:00:00.000000'",
    "recorded_by_id": "{moderator}",
}
"""As a paper that was suspended is counted again, a day after registering has ended."""

CONSENTS = (
    attack(
        "a consent to another text",
        "consent_bound_to_plan",
        answer("open_e6", "agree", plan_sha256="'{failed_text}'"),
    ),
    attack(
        "a consent of a home on another round's roll",
        "consent_on_the_roll",
        answer("failed_e1", "agree", consent_round_id="{open}", plan_sha256="'{open_text}'"),
    ),
    attack("a consent into a closed round", "consent_while_open", answer("failed_e8", "agree")),
    attack("a consent into a round that is only prepared", "consent_while_open", answer("ready_e1", "agree")),
    attack(
        "a consent from before the round",
        "consent_after_opening",
        answer("open_e6", "agree", recorded_at="'2026-03-01 02:00:00.000000'"),
    ),
    attack(
        "an online answer after the deadline",
        "consent_online_in_time",
        answer("open_e6", "agree", recorded_at="'2026-03-17 02:00:00.000000'"),
    ),
    attack(
        "an online answer after the deadline, as late",
        "consent_online_in_time",
        answer("open_e6", "agree", recorded_at="'2026-03-18 03:00:00.000000'", late="TRUE"),
    ),
    attack(
        "a paper counted that was registered too late",
        "consent_late_is_not_counted",
        paper("open_e6", "agree", recorded_at="'2026-03-18 02:00:00.000000'"),
    ),
    attack(
        "a paper counted that was signed too late",
        "consent_late_is_not_counted",
        paper(
            "open_e6",
            "agree",
            signed_at="'2026-03-17 02:00:00.000000'",
            recorded_at="'2026-03-17 03:00:00.000000'",
        ),
    ),
    attack(
        "a paper signed tomorrow",
        "consent_late_is_not_counted",
        paper("open_e6", "agree", signed_at="'2026-03-06 02:00:00.000000'"),
    ),
    attack(
        "a suspended paper found genuine after the end, with another answer",
        "consent_late_is_not_counted",
        answer("open_e2", None, **VOIDING),
        supersedes("open", "paper"),
        *suspended("open", "{paper}", LAST, "genuine"),
        paper("open_e2", "agree", **REINSTATED),
    ),
    attack(
        "a paper counted after the end as if it had been suspended",
        "consent_late_is_not_counted",
        *suspended("open", "{paper}", "{paper}", "genuine"),
        paper("open_e2", "disagree", **REINSTATED),
    ),
    attack(
        "a suspended paper found genuine after the end by somebody else",
        "consent_late_is_not_counted",
        answer("open_e2", None, **VOIDING),
        supersedes("open", "paper"),
        *suspended("open", "{paper}", LAST, "genuine"),
        paper("open_e2", "disagree", **REINSTATED | {"recorded_by_id": "{registrar}"}),
    ),
    attack(
        "a suspended paper counted after the end that was found forged",
        "consent_late_is_not_counted",
        answer("open_e2", None, **VOIDING),
        supersedes("open", "paper"),
        *suspended("open", "{paper}", LAST, "forged"),
        paper("open_e2", "disagree", **REINSTATED),
    ),
    attack(
        "a disagreement put aside as late",
        "consent_in_time_is_counted",
        answer("open_e6", "disagree", late="TRUE"),
    ),
    attack(
        "a form number used again",
        "consent_not_replaced",
        paper("open_e6", "agree", serial="'000001'"),
        on_postgres="uq_consent_serial",
    ),
    attack(
        "a form of an earlier round used again for the same matter",
        "consent_form_once_per_matter",
        paper("again_e10", "agree", serial="'000036'"),
    ),
    attack("a paper without a number", "paper_is_numbered", answer("open_e6", "agree", channel="'paper'")),
    attack(
        "the same request sent again as another answer",
        "consent_not_replaced",
        answer("open_e6", "agree", request_id="'twice'"),
        answer("open_e7", "agree", request_id="'twice'", receipt_hash="'" + "9" * 64 + "'"),
        on_postgres="uq_consent_request_id",
    ),
    attack(
        "a silent home settled into a consent",
        "consent_settles_a_contradiction",
        answer("open_e6", "agree", deed="'settlement'", reason="'x'", recorded_by_id="{moderator}"),
    ),
    attack(
        "a contradiction settled by the canvasser who recorded it",
        "consent_settled_by_another",
        answer("open_e3", "agree", deed="'settlement'", reason="'x'", recorded_by_id="{canvasser}"),
    ),
    attack(
        "a contradiction settled by the canvasser whose answer is said to be a suspension",
        "consent_settled_by_another",
        *suspended("open", "{other_side}", "(SELECT id FROM consent WHERE serial = '000002')"),
        answer("open_e3", "agree", deed="'settlement'", reason="'x'", recorded_by_id="{canvasser}"),
    ),
    attack(
        "a consent voided after closing without an objection",
        "consent_voided_for_an_objection",
        answer("failed_e1", None, deed="'voiding'", reason="'x'"),
    ),
    attack(
        "another home's consent voided by an upheld objection",
        "consent_voided_for_an_objection",
        answer("objected_e2", None, deed="'voiding'", reason="'x'"),
    ),
    attack(
        "a contradiction decided after closing by voiding one side",
        "consent_contradiction_stays_uncounted",
        answer("objected_e10", None, deed="'voiding'", reason="'x'"),
    ),
    attack(
        "a consent voided after the outcome",
        "consent_voided_before_the_outcome",
        "UPDATE objection SET finding = 'not_upheld', reply = 'x', decided_by_id = {registrar}, "
        "decided_at = '2026-03-22 02:00:00.000000' WHERE id = {pending}",
        outcome("objected", "objected_sheet", "adopted"),
        answer("objected_e1", None, deed="'voiding'", reason="'x'"),
    ),
    sqlite(
        "a consent counted under a forged truth",
        "consent_written_plainly",
        answer("open_e6", "agree", late="'no'"),
    ),
    sqlite(
        "a time that sorts before every deadline",
        "consent_written_plainly",
        answer("open_e6", "agree", recorded_at="'2026-03-02T23:00:00Z'"),
    ),
)

SUPERSEDING = (
    attack(
        "another home's answer superseded",
        "supersession_within_entry",
        answer("open_e1", "agree", deed="'change'"),
        supersedes("open", "also"),
    ),
    attack(
        "an answer superseded twice",
        "supersession_not_replaced",
        answer("open_e4", "agree", deed="'change'"),
        supersedes("open", "superseded"),
        on_postgres="pk_supersession",
    ),
    attack(
        "an answer superseded by a plain answer",
        "supersession_by_a_deed",
        answer("open_e1", "disagree"),
        supersedes("open", "said"),
    ),
    attack(
        "a change superseded by the answer before it",
        "supersession_by_a_deed",
        supersedes("open", "changed", "{superseded}"),
    ),
    attack(
        "a later answer superseded by an earlier change",
        "supersession_with_its_record",
        answer("open_e1", "agree", deed="'change'"),
        answer("open_e1", "disagree", request_id="'next'", receipt_hash="'" + "8" * 64 + "'"),
        supersedes("open", "said", "(SELECT max(id) - 1 FROM consent)"),
    ),
    attack(
        "a contradiction of a closed round settled by its old records",
        "supersession_while_counted",
        answer("counting_e2", "agree", deed="'change'", recorded_at="'2026-03-19 02:00:00.000000'"),
        leaf_of_last("counting"),
        close("counting"),
        supersedes("counting", "two_side"),
    ),
)

STANDING = (
    attack(
        "a disagreement that stands as agreement",
        "entry_standing_of_its_records",
        "UPDATE entry_standing SET standing = 'agree' WHERE roll_entry_id = {open_e2}",
    ),
    attack(
        "a silent home that stands as agreement",
        "entry_standing_of_its_records",
        standing("open_e6", "agree"),
    ),
    attack(
        "a contradiction that stands as agreement",
        "entry_standing_of_its_records",
        "UPDATE entry_standing SET standing = 'agree' WHERE roll_entry_id = {open_e3}",
    ),
    attack(
        "a second effective answer of one home",
        "entry_standing.roll_entry_id",
        standing("open_e1", "agree"),
        on_postgres="pk_entry_standing",
    ),
    attack(
        "a standing that vanishes",
        "entry_standing_kept",
        "DELETE FROM entry_standing WHERE roll_entry_id = {open_e2}",
    ),
    attack(
        "a standing carried to another home",
        "entry_standing_of_its_records",
        "UPDATE entry_standing SET roll_entry_id = {open_e6} WHERE roll_entry_id = {open_e1}",
    ),
)
