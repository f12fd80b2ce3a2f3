"""Attacks on the count, the outcome and the gate."""

from tests.services.attacks.attack import Attack, attack
from tests.services.statements import execution, outcome, sheet, signature, stage, without_records

COUNTING = (
    attack("a count sheet of a round still counting", "count_sheet_of_closed_round", sheet("counting", 1)),
    attack("a count sheet out of order", "count_sheet_in_order", sheet("failed", 3)),
    attack("a count amended after the outcome", "count_sheet_before_the_outcome", sheet("adopted", 2)),
    attack(
        "a count signed by a canvasser",
        "count_signature_by_duty",
        signature("unsigned_sheet", "canvasser", "unsigned_canvasser_duty"),
    ),
    Attack(
        "a count signed as scrutineer by who closed it",
        "count_signature_not_by_closer",
        (signature("unsigned_sheet", "scrutineer", "unsigned_scrutineer_duty"),),
        tampered=("UPDATE consent_round SET closed_by_id = {scrutineer} WHERE id = {unsigned}",),
    ),
    attack(
        "a count signed through another's duty",
        "count_signature_by_duty",
        signature("unsigned_sheet", "registrar", "unsigned_scrutineer_duty"),
    ),
    attack(
        "a count signed through another round's duty",
        "count_signature_by_duty",
        signature("unsigned_sheet", "scrutineer", "open_scrutineer_duty"),
    ),
    attack(
        "a signature under other figures",
        "count_signature_under_its_sheet",
        signature("unsigned_sheet", "scrutineer", "unsigned_scrutineer_duty", sha256="'{open_text}'"),
    ),
    attack(
        "an objection filed as already upheld",
        "objection_begins_undecided",
        "INSERT INTO objection (community_id, consent_round_id, household_id, roll_entry_id, kind, "
        "statement, filed_at, due_at, finding, reply, voided_consent_id, decided_at, decided_by_id) "
        "SELECT community_id, consent_round_id, household_id, roll_entry_id, kind, statement, filed_at, "
        "due_at, 'upheld', 'x', {innocent}, filed_at, {registrar} FROM objection WHERE id = {dismissed}",
    ),
    attack(
        "an objection decided again",
        "objection_final",
        "UPDATE objection SET finding = 'not_upheld' WHERE id = {upheld}",
    ),
    attack(
        "an objection about another home's answer",
        "objection_decided_by_another",
        "UPDATE objection SET finding = 'upheld', reply = 'x', voided_consent_id = {innocent}, "
        "decided_by_id = {registrar}, decided_at = '2026-03-22 02:00:00.000000' WHERE id = {pending}",
    ),
    attack(
        "another answer of the home voided than the one that was objected to",
        "objection_voids_what_it_names",
        "INSERT INTO objection (community_id, consent_round_id, household_id, roll_entry_id, kind, statement, "
        "filed_at, due_at, consent_id) SELECT o.community_id, o.consent_round_id, o.household_id, "
        "o.roll_entry_id, o.kind, 'x', o.filed_at, o.due_at, c.id FROM objection o JOIN consent c "
        "ON c.roll_entry_id = o.roll_entry_id AND c.id <> {disputed} WHERE o.id = {upheld_of_two}",
        "UPDATE objection SET finding = 'upheld', reply = 'x', voided_consent_id = {disputed}, "
        "decided_by_id = {registrar}, decided_at = '2026-03-22 02:00:00.000000' WHERE statement = 'x'",
    ),
    attack(
        "what was objected to rewritten",
        "objection_identity",
        "UPDATE objection SET statement = '没有意见' WHERE id = {pending}",
    ),
)

OUTCOMES = (
    attack(
        "an outcome typed by hand at 7 of 10",
        "outcome_recounted",
        outcome("failed", "failed_sheet", "adopted"),
    ),
    attack(
        "an adoption recorded as a rejection",
        "outcome_recounted",
        outcome("passed", "passed_sheet", "rejected"),
    ),
    attack(
        "an outcome of a round still open",
        "outcome_of_closed_round",
        outcome("full", "passed_sheet", "adopted"),
    ),
    attack(
        "an outcome given to another matter",
        "outcome_of_closed_round",
        outcome("passed", "passed_sheet", "adopted", matter="failed"),
    ),
    attack(
        "an outcome without a scrutineer's signature",
        "outcome_needs_signed_count",
        outcome("unsigned", "unsigned_sheet", "adopted"),
    ),
    attack(
        "an outcome by another round's count sheet",
        "outcome_needs_signed_count",
        outcome("unsigned", "passed_sheet", "adopted"),
    ),
    attack(
        "an outcome by the sheet before the amendment",
        "outcome_needs_signed_count",
        outcome("amended", "first_sheet", "adopted"),
    ),
    attack(
        "an outcome while an objection waits",
        "outcome_after_objections",
        outcome("objected", "objected_sheet", "adopted"),
    ),
    attack(
        "an owners' matter decided by its households alone",
        "outcome_recounted",
        outcome("owners", "owners_sheet", "rejected"),
    ),
    attack(
        "a withdrawn matter opened to consent",
        "proposal_along_its_path",
        stage("ready", "withdrawn"),
        stage("ready", "consent_open"),
    ),
    attack(
        "a matter set to adopted",
        "proposal_stage_of_its_outcome",
        stage("failed", "adopted"),
    ),
    attack(
        "a rejected matter set to adopted",
        "proposal_stage_of_its_outcome",
        stage("rejected", "adopted"),
    ),
    attack(
        "a rejected matter set to executing",
        "proposal_executing_when_adopted",
        stage("rejected", "executing"),
    ),
    attack(
        "a matter set to executing from the middle of discussion",
        "proposal_executing_when_adopted",
        stage("blank", "executing"),
    ),
    attack(
        "a matter completed without passing the gate",
        "proposal_behind_the_gate",
        stage("adopted", "completed"),
    ),
    attack(
        "a matter that is born adopted",
        "proposal_begins_before_the_gate",
        "INSERT INTO proposal (community_id, number, stage, category, title, body, budget, scope, version, "
        "author_id, created_at, changed_at) "
        "SELECT community_id, 99, 'adopted', category, title, body, budget, scope, version, author_id, "
        "created_at, changed_at FROM proposal WHERE id = {failed_matter}",
    ),
    attack(
        "a matter that changes its number",
        "proposal_identity",
        "UPDATE proposal SET number = 1000 WHERE id = {failed_matter}",
    ),
)

GATE = (
    attack("execution at 7 of 10", "execution_needs_adopted_outcome", execution("failed")),
    attack(
        "execution at 7 of 10 after a rejection on record",
        "execution_needs_adopted_outcome",
        execution("rejected"),
    ),
    attack(
        "execution of another matter's round",
        "execution_of_its_round",
        execution("adopted", matter="failed"),
    ),
    attack("execution while the round is counting", "execution_of_closed_round", execution("full")),
    attack("execution with a sheet nobody signed", "execution_needs_signed_count", execution("unsigned")),
    attack("execution with an amendment nobody signed", "execution_needs_signed_count", execution("amended")),
    attack(
        "execution before the outcome is on record", "execution_needs_adopted_outcome", execution("passed")
    ),
    attack(
        "execution twice",
        "execution_not_replaced",
        execution("done"),
        on_postgres="uq_execution_consent_round_id",
    ),
    Attack(
        "execution after an answer was taken out of the file",
        "execution_recounted",
        (execution("adopted"),),
        tampered=(*without_records("{adopted_e1}"),),
    ),
    Attack(
        "execution after an answer was turned round in the file",
        "execution_recounted",
        (execution("adopted"),),
        tampered=("UPDATE consent SET answer = 'disagree' WHERE roll_entry_id = {adopted_e1}",),
    ),
    Attack(
        "execution of a round whose outcome was typed into the file",
        "execution_recounted",
        (execution("rejected"),),
        tampered=("UPDATE outcome_record SET outcome = 'adopted' WHERE id = {rejected_outcome}",),
    ),
    Attack(
        "execution at 7 of 10 under a rule lowered in the file",
        "execution_four_fifths",
        (execution("rejected"),),
        tampered=(
            "UPDATE outcome_record SET outcome = 'adopted' WHERE id = {rejected_outcome}",
            "UPDATE consent_round SET rules = '{half_rules}' WHERE id = {rejected}",
        ),
    ),
    Attack(
        "execution on a roll made smaller in the file",
        "execution_four_fifths",
        (execution("rejected"),),
        tampered=(
            "UPDATE outcome_record SET outcome = 'adopted' WHERE id = {rejected_outcome}",
            *without_records("{rejected_e9}, {rejected_e10}"),
            "DELETE FROM roll_entry WHERE id IN ({rejected_e9}, {rejected_e10})",
        ),
    ),
    Attack(
        "a stage set to executing after an answer was taken out of the file",
        "proposal_executing_when_adopted",
        (stage("adopted", "executing"),),
        tampered=("UPDATE consent SET answer = 'disagree' WHERE roll_entry_id = {adopted_e1}",),
    ),
    Attack(
        "execution under a rule that no longer reads",
        "execution_recounted",
        (execution("adopted"),),
        tampered=("UPDATE consent_round SET rules = '[]' WHERE id = {adopted}",),
    ),
)
