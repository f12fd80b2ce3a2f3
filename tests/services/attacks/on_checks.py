"""Attacks on the spot check, the full recheck, and what leans on them."""

from tests.services.attacks.attack import Attack, attack
from tests.services.statements import (
    by_form,
    draw,
    execution,
    form_check,
    insert,
    outcome,
    revisit,
    sample,
    spot_check,
    supersedes,
    verdict,
)

PLANNING = (
    attack(
        "a round checked while it is counted",
        "spot_check_of_closed_round",
        spot_check("counting", "first_sheet"),
    ),
    attack(
        "a check of a sheet that nobody signed",
        "spot_check_under_signed_sheet",
        spot_check("unsigned", "unsigned_sheet"),
    ),
    attack(
        "a check of another round's sheet",
        "spot_check_under_signed_sheet",
        spot_check("unchecked", "objected_sheet"),
    ),
    Attack(
        "a kinder plan after the dice were thrown",
        "spot_check_before_the_dice",
        (spot_check("sampled", "sampled_sheet", sample="1"),),
        tampered=(
            "DELETE FROM spot_visit WHERE consent_round_id = {sampled}",
            "DELETE FROM spot_sample WHERE consent_round_id = {sampled}",
            "UPDATE spot_draw SET spot_check_id = {planned_check} WHERE consent_round_id = {sampled}",
            "DELETE FROM spot_check WHERE id = {sampled_check}",
        ),
    ),
    attack(
        "a check planned by the moderator",
        "spot_check_by_scrutineer",
        spot_check("unchecked", "unchecked_sheet", by_id="{moderator}"),
    ),
    attack(
        "a sample of more than half",
        "ck_spot_check_at_most_half_is_drawn",
        spot_check("unchecked", "unchecked_sheet", sample="5"),
    ),
    attack(
        "a risk above its limit",
        "ck_spot_check_within_the_limit",
        spot_check("unchecked", "unchecked_sheet", risk="501"),
    ),
    attack(
        "dice thrown before the plan",
        "spot_draw_of_its_plan",
        draw("planned", "planned_check", at="'2026-03-20 02:00:00.000000'"),
    ),
    attack("dice for a plan that needs none", "spot_draw_of_its_plan", draw("stacked", "stacked_check")),
    attack(
        "dice thrown by the moderator",
        "spot_draw_by_scrutineer",
        draw("planned", "planned_check", by_id="{moderator}"),
    ),
    attack(
        "dice with too few digits", "ck_spot_draw_twenty_digits", draw("planned", "planned_check", seed="'7'")
    ),
    attack(
        "dice thrown twice",
        "spot_draw_not_replaced",
        draw("sampled", "sampled_check"),
        on_postgres="uq_spot_draw_consent_round_id",
    ),
    attack(
        "a home drawn without dice",
        "spot_sample_of_its_draw",
        sample("planned", "planned_check", "planned_e1", "1"),
    ),
    attack(
        "one more home after the asking began",
        "spot_sample_of_its_draw",
        sample("sampled", "sampled_check", "sampled_e4", "4"),
    ),
    attack(
        "a home drawn that never consented",
        "spot_sample_of_its_frame",
        draw("planned", "planned_check"),
        sample("planned", "planned_check", "planned_e9", "1"),
    ),
    attack("a seed rewritten", "spot_draw_append_only", "UPDATE spot_draw SET seed = '11111111111111111111'"),
    attack("a home taken off the sample", "spot_sample_append_only", "DELETE FROM spot_sample"),
    attack("a plan rewritten", "spot_check_append_only", "UPDATE spot_check SET allowed = 9"),
)

ASKING = (
    attack(
        "a home asked that is of another round",
        "spot_visit_of_its_sample",
        revisit("confirmed", "sample3", "agree"),
    ),
    attack(
        "a home asked until it says yes",
        "spot_visit_three_times",
        revisit("sampled", "sample1", "agree"),
    ),
    attack(
        "a home asked a fourth time",
        "spot_visit_three_times",
        *(revisit("sampled", "sample3", None, request_id=f"'try {n}'") for n in range(3)),
        revisit("sampled", "sample3", "agree"),
    ),
    attack(
        "a home asked by who lives there",
        "spot_visit_by_another",
        revisit("sampled", "sample3", "agree", by_id="{resident3}"),
    ),
    attack(
        "a home asked after the verdict",
        "spot_visit_before_the_verdict",
        verdict("sampled", "sampled_check", "sampled_sheet", "recheck_needed"),
        revisit("sampled", "sample3", "agree"),
    ),
    attack(
        "a record found right without its household",
        "ck_spot_visit_asked_blind",
        revisit("sampled", "sample3", "as_recorded"),
    ),
    attack("what was said rewritten", "spot_visit_append_only", "UPDATE spot_visit SET said = 'agree'"),
)

JUDGING = (
    attack(
        "a verdict while homes still wait",
        "spot_verdict_of_its_evidence",
        verdict("sampled", "sampled_check", "sampled_sheet", "confirmed"),
    ),
    attack(
        "a verdict over a home that said no",
        "spot_verdict_of_its_evidence",
        revisit("sampled", "sample2", "agree", request_id="'one'"),
        revisit("sampled", "sample3", "disagree", request_id="'two'"),
        verdict("sampled", "sampled_check", "sampled_sheet", "confirmed"),
    ),
    attack(
        "a verdict over a home that was never reached",
        "spot_verdict_of_its_evidence",
        revisit("sampled", "sample2", "agree", request_id="'one'"),
        *(revisit("sampled", "sample3", None, request_id=f"'try {n}'") for n in range(3)),
        verdict("sampled", "sampled_check", "sampled_sheet", "confirmed"),
    ),
    attack(
        "a plan confirmed without dice",
        "spot_verdict_of_its_evidence",
        verdict("planned", "planned_check", "planned_sheet", "confirmed"),
    ),
    attack(
        "a recheck ended over unread forms",
        "spot_verdict_of_its_evidence",
        verdict("stacked", "stacked_check", "stacked_sheet", "rechecked"),
    ),
    attack(
        "a recheck claimed that never was",
        "spot_verdict_of_its_evidence",
        verdict("planned", "planned_check", "planned_sheet", "rechecked"),
    ),
    attack(
        "a verdict by the moderator",
        "spot_verdict_by_scrutineer",
        verdict("sampled", "sampled_check", "sampled_sheet", "recheck_needed", by_id="{moderator}"),
    ),
    attack(
        "a verdict for a sheet that nobody signed",
        "spot_verdict_under_signed_sheet",
        verdict("unsigned", "sampled_check", "unsigned_sheet", "recheck_needed"),
    ),
    attack(
        "a failure turned into a pass",
        "spot_verdict_append_only",
        "UPDATE spot_verdict SET result = 'confirmed'",
    ),
)

RECHECKING = (
    attack(
        "everything rechecked where nothing asked for it",
        "full_recheck_of_its_check",
        insert(
            "full_recheck",
            {
                "community_id": "{community}",
                "consent_round_id": "{planned}",
                "spot_check_id": "{planned_check}",
                "notice_id": "(SELECT min(id) FROM notice)",
                "at": "'2026-03-25 02:00:00.000000'",
                "by_id": "{scrutineer}",
            },
        ),
    ),
    attack(
        "a form checked outside a recheck", "form_check_in_a_recheck", form_check("sampled", "form3", "agree")
    ),
    attack(
        "a form checked by who recorded it",
        "form_check_by_another",
        form_check("stacked", "form3", "agree", by="canvasser"),
    ),
    Attack(
        "a form checked after the recheck has ended",
        "form_check_before_the_verdict",
        (form_check("stacked", "form3", "disagree"),),
        tampered=(verdict("stacked", "stacked_check", "stacked_sheet", "rechecked"),),
    ),
    attack(
        "a form checked anew after its record was put right",
        "form_check_once_a_form",
        by_form("stacked_e1", "disagree", "000101"),
        supersedes("stacked", "form1"),
        form_check("stacked", "form1", "agree", by="moderator").replace(
            "{form1}", "(SELECT max(id) FROM consent)"
        ),
    ),
    attack("a form's check rewritten", "form_check_append_only", "UPDATE form_check SET shows = 'agree'"),
    attack(
        "a record corrected after closing to what its form does not show",
        "consent_corrected_by_its_form",
        by_form("stacked_e1", "abstain", "000101"),
    ),
    attack(
        "a record corrected after closing whose form nobody read",
        "consent_corrected_by_its_form",
        by_form("stacked_e3", "disagree", "000103"),
    ),
    attack(
        "a record corrected after closing by somebody else",
        "consent_corrected_by_its_form",
        by_form("stacked_e1", "disagree", "000101", recorded_by_id="{moderator}"),
    ),
    attack(
        "a record corrected after closing under another form's number",
        "consent_corrected_by_its_form",
        by_form("stacked_e1", "disagree", "000103"),
    ),
    attack(
        "a record voided after closing although its form is there",
        "consent_voided_for_an_objection",
        by_form("stacked_e1", None, ""),
    ),
    Attack(
        "a record corrected after the outcome",
        "consent_corrected_before_the_outcome",
        (by_form("stacked_e1", "disagree", "000101"),),
        tampered=("UPDATE outcome_record SET consent_round_id = {stacked} WHERE id = {adopted_outcome}",),
    ),
)

LEANING = (
    attack(
        "an outcome that nobody checked",
        "outcome_needs_confirmed_check",
        outcome("unchecked", "unchecked_sheet", "adopted"),
    ),
    attack(
        "an outcome whose check is only planned",
        "outcome_needs_confirmed_check",
        outcome("planned", "planned_sheet", "adopted"),
    ),
    attack(
        "an outcome whose check has failed",
        "outcome_needs_confirmed_check",
        verdict("sampled", "sampled_check", "sampled_sheet", "recheck_needed"),
        outcome("sampled", "sampled_sheet", "adopted"),
    ),
    Attack(
        "an outcome with a verdict typed into the file",
        "outcome_needs_confirmed_check",
        (outcome("sampled", "sampled_sheet", "adopted"),),
        tampered=(verdict("sampled", "sampled_check", "sampled_sheet", "confirmed"),),
    ),
    Attack(
        "execution after a home of the sample changed its word in the file",
        "execution_needs_confirmed_check",
        (execution("confirmed"),),
        tampered=("UPDATE spot_visit SET said = 'disagree' WHERE consent_round_id = {confirmed}",),
    ),
    Attack(
        "execution after the verdict was taken out of the file",
        "execution_needs_confirmed_check",
        (execution("confirmed"),),
        tampered=("DELETE FROM spot_verdict WHERE consent_round_id = {confirmed}",),
    ),
    Attack(
        "execution of a matter whose recheck was taken out of the file",
        "execution_needs_confirmed_check",
        (execution("adopted"),),
        tampered=("DELETE FROM full_recheck WHERE consent_round_id = {adopted}",),
    ),
    Attack(
        "execution with a check of the sheet before the amendment",
        "execution_needs_confirmed_check",
        (execution("adopted"),),
        tampered=(
            "INSERT INTO count_sheet (community_id, consent_round_id, n, figures, sha256, made_at, made_by_id, "
            "reason) SELECT community_id, consent_round_id, 2, figures, sha256, made_at, made_by_id, 'x' "
            "FROM count_sheet WHERE id = {adopted_sheet}",
            "INSERT INTO count_signature (community_id, count_sheet_id, role, account_id, duty_id, sha256, at) "
            "SELECT g.community_id, (SELECT max(id) FROM count_sheet), g.role, g.account_id, g.duty_id, "
            "g.sha256, g.at FROM count_signature g WHERE g.count_sheet_id = {adopted_sheet}",
        ),
    ),
)

CHECK_ATTACKS = (*PLANNING, *ASKING, *JUDGING, *RECHECKING, *LEANING)

LAWFUL_CHECKS: dict[str, tuple[str, ...]] = {
    "a check planned, drawn and confirmed": (
        draw("planned", "planned_check"),
        *(sample("planned", "planned_check", f"planned_e{n}", str(n)) for n in (1, 2, 3)),
        *(
            revisit(
                "planned",
                f"sample{n}",
                "agree",
                request_id=f"'home {n}'",
                spot_sample_id="(SELECT id FROM spot_sample WHERE consent_round_id = {planned} "
                f"AND place = {n})",
            )
            for n in (1, 2, 3)
        ),
        verdict("planned", "planned_check", "planned_sheet", "confirmed"),
        outcome("planned", "planned_sheet", "adopted"),
    ),
    "a home reached the third time": (
        revisit("sampled", "sample3", None, request_id="'first'"),
        revisit("sampled", "sample3", None, request_id="'second'"),
        revisit("sampled", "sample3", "agree", request_id="'third'"),
        revisit("sampled", "sample2", "agree", request_id="'other'"),
        verdict("sampled", "sampled_check", "sampled_sheet", "confirmed"),
    ),
    "a home that looked at its own record": (
        revisit("sampled", "sample3", "as_recorded", way="'own_check'", by_id="NULL"),
    ),
    "a record corrected by its form, another voided for want of one, the recheck ended": (
        by_form("stacked_e1", "disagree", "000101"),
        supersedes("stacked", "form1"),
        "UPDATE entry_standing SET standing = 'disagree' WHERE roll_entry_id = {stacked_e1}",
        by_form("stacked_e2", None, "", receipt_hash=f"'{'8' * 64}'", request_id="'void'"),
        supersedes("stacked", "form2"),
        "UPDATE entry_standing SET standing = 'invalid' WHERE roll_entry_id = {stacked_e2}",
        form_check("stacked", "form3", "agree"),
        verdict("stacked", "stacked_check", "stacked_sheet", "rechecked"),
    ),
    "a matter carried out on its confirmed check": (execution("confirmed"),),
}
