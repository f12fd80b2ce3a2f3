"""The same kinds of statement as the attacks, as the deeds write them: each must go through."""

from tests.services.attacks.on_checks import LAWFUL_CHECKS
from tests.services.statements import (
    answer,
    certificate,
    close,
    duty,
    execution,
    extension,
    left_out,
    open_,
    outcome,
    paper,
    roll_entry,
    set_round,
    sheet,
    signature,
    stage,
    standing,
    supersedes,
    verdict,
)

AFTER_DEADLINE = "'2026-03-19 02:00:00.000000'"
RECORDED_LATE = "'2026-03-18 02:00:00.000000'"

LAWFUL: dict[str, tuple[str, ...]] = {
    "a quarantined record taken into force": (
        "UPDATE tablet_record SET verdict = 'accepted', reason = NULL WHERE id = {quarantined}",
    ),
    **LAWFUL_CHECKS,
    "a first answer": (answer("open_e6", "agree"), standing("open_e6", "agree")),
    "a first answer on paper": (paper("open_e6", "disagree"), standing("open_e6", "disagree")),
    "a paper registered in the grace": (
        paper("open_e6", "agree", recorded_at="'2026-03-18 01:59:59.999999'"),
        standing("open_e6", "agree"),
    ),
    "a paper registered too late, as late": (
        paper("open_e6", "agree", recorded_at=RECORDED_LATE, late="TRUE"),
        standing("open_e6", "late"),
    ),
    "a paper signed too late, as late": (
        paper(
            "open_e6",
            "agree",
            signed_at="'2026-03-17 02:00:00.000000'",
            recorded_at="'2026-03-17 03:00:00.000000'",
            late="TRUE",
        ),
        standing("open_e6", "late"),
    ),
    "an answer in the last microsecond": (
        answer("open_e6", "agree", recorded_at="'2026-03-17 01:59:59.999999'"),
    ),
    "a change of mind": (
        answer("open_e1", "disagree", deed="'change'"),
        supersedes("open", "said"),
        "UPDATE entry_standing SET standing = 'disagree' WHERE roll_entry_id = {open_e1}",
    ),
    "a withdrawal": (
        answer("open_e1", None, deed="'withdrawal'"),
        supersedes("open", "said"),
        "UPDATE entry_standing SET standing = 'withdrawn' WHERE roll_entry_id = {open_e1}",
    ),
    "a correction under the same form number": (
        paper("open_e2", "agree", deed="'correction'", serial="'000001'", reason="'看错'"),
        supersedes("open", "paper"),
        "UPDATE entry_standing SET standing = 'agree' WHERE roll_entry_id = {open_e2}",
    ),
    "a contradiction arises": (
        paper("open_e1", "disagree"),
        "UPDATE entry_standing SET standing = 'contradiction' WHERE roll_entry_id = {open_e1}",
    ),
    "a contradiction settled by another person": (
        answer("open_e3", "agree", deed="'settlement'", reason="'电话核实'", recorded_by_id="{moderator}"),
        "INSERT INTO supersession (superseded_id, by_consent_id, community_id, consent_round_id) "
        "SELECT c.id, (SELECT max(id) FROM consent), {community}, {open} FROM consent c "
        "WHERE c.roll_entry_id = {open_e3} AND c.deed = 'answer'",
        "UPDATE entry_standing SET standing = 'agree' WHERE roll_entry_id = {open_e3}",
    ),
    "a household in contradiction answers again in the last days": (
        answer("counting_e2", "agree", deed="'change'", recorded_at=AFTER_DEADLINE),
        supersedes("counting", "two_side"),
        "UPDATE entry_standing SET standing = 'agree' WHERE roll_entry_id = {counting_e2}",
    ),
    "a consent voided for an upheld objection": (
        answer("objected_e1", None, deed="'voiding'", reason="'不是本户'", recorded_by_id="{registrar}"),
        supersedes("objected", "forged"),
        "UPDATE entry_standing SET standing = 'invalid' WHERE roll_entry_id = {objected_e1}",
    ),
    "a standing written again as it is": (
        standing("open_e1", "agree")
        + " ON CONFLICT (roll_entry_id) DO UPDATE SET standing = excluded.standing, since = excluded.since",
    ),
    "a round opened": (stage("ready", "consent_open"), open_("ready")),
    "a round opened, its number sealed": (
        stage("ready", "consent_open"),
        open_("ready", also=", tally_visibility = 'sealed'"),
    ),
    "a prepared round dropped": (set_round("half", "status = 'dropped'"),),
    "a second certificate, by another person": (
        certificate("half", "scrutineer", "scrutineer"),
        stage("half", "consent_open"),
        open_("half"),
    ),
    "a home added before certification": (roll_entry("drawn"),),
    "a home left off before certification, and taken back": (
        left_out("drawn"),
        "DELETE FROM roll_left_out WHERE consent_round_id = {drawn}",
    ),
    "a deadline extended": (
        extension("2026-03-25", "2026-03-16"),
        set_round(
            "open",
            "answer_until = '2026-03-25 02:00:00.000000', register_until = '2026-03-26 02:00:00.000000', "
            "settle_until = '2026-03-28 02:00:00.000000'",
        ),
    ),
    "counting begun": (set_round("open", "status = 'counting'"),),
    "a round closed when due": (close("counting"), sheet("counting", 1)),
    "a round closed early because all have answered": (close("full", day="2026-03-04"),),
    "a substitute canvasser": (duty("open", "resident9", "canvasser"),),
    "a sheet signed": (signature("unsigned_sheet", "scrutineer", "unsigned_scrutineer_duty"),),
    "an amendment signed, then the outcome": (
        signature("second_sheet", "scrutineer", "amended_scrutineer_duty"),
        verdict("amended", "amended_check", "second_sheet", "rechecked"),
        outcome("amended", "second_sheet", "adopted"),
        stage("amended", "adopted"),
    ),
    "an objection answered": (
        "UPDATE objection SET finding = 'not_upheld', reply = '已核对', decided_by_id = {registrar}, "
        "decided_at = '2026-03-22 02:00:00.000000' WHERE id = {pending}",
        "UPDATE consent_round SET answer_until = answer_until WHERE id = {open}",
    ),
    "7 of 10 rejected": (outcome("failed", "failed_sheet", "rejected"), stage("failed", "rejected")),
    "8 of 10 adopted and carried out": (
        outcome("passed", "passed_sheet", "adopted"),
        stage("passed", "adopted"),
        execution("passed"),
        stage("passed", "executing"),
        stage("passed", "completed"),
    ),
    "an adopted matter set to executing, then behind the gate": (
        stage("adopted", "executing"),
        execution("adopted"),
    ),
    "owners and households adopt": (outcome("owners", "owners_sheet", "adopted"),),
    "a household corrected": ("UPDATE household SET area = 9000, room = '909' WHERE id = {home1}",),
    "an account changed": (
        "UPDATE account SET display_name = '新名', epoch = epoch + 1 WHERE id = {resident1}",
    ),
    "a letter frozen": ("UPDATE letter SET frozen_at = '2026-03-05 02:00:00.000000' WHERE id = {letter}",),
}
