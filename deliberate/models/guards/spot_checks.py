"""Guards of spot checks and full rechecks: fixed, drawn, asked and judged in this order, by others (rule 5).

A verdict is never believed: whatever leans on one asks for its evidence again.
"""

from . import recount
from .guard import Guard, in_round
from .recorders import had_a_hand

_IN_ROUND = "consent_round_id = NEW.consent_round_id"
_LATEST = (
    "NOT EXISTS (SELECT 1 FROM count_sheet later JOIN count_sheet mine "
    "ON mine.consent_round_id = later.consent_round_id WHERE mine.id = {sheet} AND later.n > mine.n)"
)
_SIGNED = (
    "EXISTS (SELECT 1 FROM count_sheet s JOIN count_signature g ON g.count_sheet_id = s.id "
    f"WHERE s.id = NEW.count_sheet_id AND s.{_IN_ROUND} AND g.role = 'scrutineer' AND g.sha256 = s.sha256) "
    f"AND {_LATEST.format(sheet='NEW.count_sheet_id')}"
)
_SCRUTINEER = (
    "EXISTS (SELECT 1 FROM duty d WHERE d.account_id = NEW.by_id AND d.kind = 'scrutineer' "
    f"AND d.{_IN_ROUND})"
)
_CLOSED = in_round("r.status = 'closed' AND r.community_id = NEW.community_id")
_NO_OUTCOME = f"NOT EXISTS (SELECT 1 FROM outcome_record o WHERE o.{_IN_ROUND})"

_RIGHT = (
    "EXISTS (SELECT 1 FROM spot_visit v WHERE v.spot_sample_id = m.id AND ("
    "(c.kind = 'consents' AND v.said IN ('agree', 'as_recorded') AND EXISTS (SELECT 1 FROM guard_standing w "
    "WHERE w.consent_round_id = m.consent_round_id AND w.roll_entry_id = m.roll_entry_id "
    "AND w.standing = 'agree')) "
    "OR (c.kind = 'non_consents' AND v.said IN ('disagree', 'abstain', 'nothing', 'as_recorded'))))"
)
_WAITING = (
    "(NOT EXISTS (SELECT 1 FROM spot_visit v WHERE v.spot_sample_id = m.id AND v.said IS NOT NULL) "
    "AND (SELECT count(*) FROM spot_visit v WHERE v.spot_sample_id = m.id) < 3)"
)
_DRAWN = "SELECT count(*) FROM spot_sample m WHERE m.spot_check_id = c.id AND m.place IS NOT NULL"


def confirmed(check: str, round_id: str) -> str:
    """The whole sample was asked, no more than k differ, and the outcome is still the one that was checked."""
    return (
        "EXISTS (SELECT 1 FROM spot_check c JOIN spot_draw d ON d.spot_check_id = c.id "
        f"WHERE c.id = {check} AND c.consent_round_id = {round_id} AND c.sample > 0 "
        f"AND c.sample = ({_DRAWN}) AND 0 = ({_DRAWN} AND {_WAITING}) "
        f"AND c.allowed >= ({_DRAWN} AND NOT {_RIGHT}) "
        f"AND {recount.outcome(round_id)} = CASE c.kind WHEN 'consents' THEN 'adopted' ELSE 'rejected' END)"
    )


def rechecked(round_id: str) -> str:
    """Every form that counts was laid beside its record and shows what is recorded, and all were told."""
    return (
        f"EXISTS (SELECT 1 FROM full_recheck f WHERE f.consent_round_id = {round_id}) "
        "AND NOT EXISTS (SELECT 1 FROM guard_head h JOIN consent p ON p.id = h.id "
        f"WHERE h.consent_round_id = {round_id} AND p.channel = 'paper' "
        "AND h.deed IN ('answer', 'change', 'correction') AND NOT EXISTS (SELECT 1 FROM form_check k "
        "WHERE (k.consent_id = h.id OR (h.deed = 'correction' AND EXISTS (SELECT 1 FROM supersession u "
        "WHERE u.by_consent_id = h.id AND u.superseded_id = k.consent_id))) "
        "AND (k.shows = h.answer OR EXISTS (SELECT 1 FROM guard_standing w "
        "WHERE w.consent_round_id = h.consent_round_id AND w.roll_entry_id = h.roll_entry_id "
        "AND w.standing = 'contradiction'))))"
    )


def proven(round_id: str, sheet: str) -> str:
    """A verdict for that sheet, the latest of the round, with the evidence behind it as it is now."""
    return (
        "EXISTS (SELECT 1 FROM spot_verdict t JOIN count_sheet s ON s.id = t.count_sheet_id "
        f"WHERE t.consent_round_id = {round_id} AND s.consent_round_id = {round_id}{sheet} "
        f"AND {_LATEST.format(sheet='s.id')} "
        f"AND ((t.result = 'confirmed' AND {confirmed('t.spot_check_id', round_id)}) "
        f"OR (t.result = 'rechecked' AND {rechecked(round_id)})))"
    )


_OF_CHECK = "SELECT 1 FROM spot_check c WHERE c.id = NEW.spot_check_id AND c." + _IN_ROUND

CHECKS = tuple(
    Guard(name, table, "INSERT", must, says, when=when)
    for name, table, when, must, says in (
        (
            "spot_check_of_closed_round",
            "spot_check",
            "TRUE",
            f"{_CLOSED} AND {_NO_OUTCOME}",
            "a round is checked when it is closed, before its outcome",
        ),
        (
            "spot_check_under_signed_sheet",
            "spot_check",
            "TRUE",
            _SIGNED,
            "what is checked is the latest count sheet, signed by a scrutineer",
        ),
        (
            "spot_check_before_the_dice",
            "spot_check",
            "TRUE",
            f"NOT EXISTS (SELECT 1 FROM spot_draw d WHERE d.{_IN_ROUND})",
            "nothing is planned anew once the dice were thrown",
        ),
        ("spot_check_by_scrutineer", "spot_check", "TRUE", _SCRUTINEER, "a scrutineer on duty plans"),
        (
            "spot_draw_of_its_plan",
            "spot_draw",
            "TRUE",
            f"EXISTS ({_OF_CHECK} AND c.kind <> 'full' AND c.at <= NEW.at "
            f"AND {_LATEST.format(sheet='c.count_sheet_id')})",
            "the dice are thrown for the plan of the latest sheet, after it was fixed",
        ),
        ("spot_draw_by_scrutineer", "spot_draw", "TRUE", _SCRUTINEER, "a scrutineer on duty draws"),
        (
            "spot_sample_of_its_draw",
            "spot_sample",
            "TRUE",
            f"EXISTS ({_OF_CHECK} AND (NEW.place IS NULL OR NEW.place <= c.sample) "
            "AND EXISTS (SELECT 1 FROM spot_draw d WHERE d.spot_check_id = c.id)) "
            f"AND NOT EXISTS (SELECT 1 FROM spot_visit v WHERE v.{_IN_ROUND})",
            "the sample is drawn at once, no larger than planned, before anybody is asked",
        ),
        (
            "spot_sample_of_its_frame",
            "spot_sample",
            "NEW.place IS NOT NULL",
            f"EXISTS ({_OF_CHECK} AND EXISTS (SELECT 1 FROM guard_standing w WHERE w.{_IN_ROUND} "
            "AND w.roll_entry_id = NEW.roll_entry_id AND w.electorate = 'household' "
            "AND (w.standing = 'agree') = (c.kind = 'consents')))",
            "drawn is a household of the answers that are checked",
        ),
        (
            "spot_visit_of_its_sample",
            "spot_visit",
            "TRUE",
            f"EXISTS (SELECT 1 FROM spot_sample m WHERE m.id = NEW.spot_sample_id AND m.{_IN_ROUND})",
            "only who was drawn is asked again",
        ),
        (
            "spot_visit_three_times",
            "spot_visit",
            "TRUE",
            "(SELECT count(*) FROM spot_visit v WHERE v.spot_sample_id = NEW.spot_sample_id) < 3 "
            "AND NOT EXISTS (SELECT 1 FROM spot_visit v WHERE v.spot_sample_id = NEW.spot_sample_id "
            "AND v.said IS NOT NULL)",
            "a household is asked until it was reached, three times at most",
        ),
        (
            "spot_visit_before_the_verdict",
            "spot_visit",
            "TRUE",
            f"NOT EXISTS (SELECT 1 FROM spot_verdict t WHERE t.{_IN_ROUND})",
            "nobody is asked once there is a verdict",
        ),
        (
            "spot_visit_by_another",
            "spot_visit",
            "NEW.by_id IS NOT NULL",
            "NOT EXISTS (SELECT 1 FROM spot_sample m JOIN consent c ON c.roll_entry_id = m.roll_entry_id "
            "WHERE m.id = NEW.spot_sample_id AND " + had_a_hand("c", "NEW.by_id") + ") "
            "AND NOT EXISTS (SELECT 1 FROM spot_sample m JOIN roll_entry e ON e.id = m.roll_entry_id "
            "JOIN membership b ON b.household_id = e.household_id WHERE m.id = NEW.spot_sample_id "
            "AND b.account_id = NEW.by_id AND b.ended_at IS NULL)",
            "who recorded the answer, is of the crew that did, or lives there, does not ask again",
        ),
        (
            "spot_verdict_under_signed_sheet",
            "spot_verdict",
            "TRUE",
            f"{_SIGNED} AND {_NO_OUTCOME}",
            "a verdict is about the latest count sheet, signed by a scrutineer",
        ),
        ("spot_verdict_by_scrutineer", "spot_verdict", "TRUE", _SCRUTINEER, "a scrutineer on duty concludes"),
        (
            "spot_verdict_of_its_evidence",
            "spot_verdict",
            "TRUE",
            f"EXISTS ({_OF_CHECK}) AND (NEW.result = 'recheck_needed' OR (NEW.result = 'confirmed' AND "
            f"{confirmed('NEW.spot_check_id', 'NEW.consent_round_id')}) OR (NEW.result = 'rechecked' AND "
            f"{rechecked('NEW.consent_round_id')}))",
            "a verdict is what the sample, or every form, gives",
        ),
        (
            "full_recheck_of_its_check",
            "full_recheck",
            "TRUE",
            f"EXISTS ({_OF_CHECK} AND (c.kind = 'full' OR EXISTS (SELECT 1 FROM spot_verdict t "
            "WHERE t.spot_check_id = c.id AND t.result = 'recheck_needed'))) "
            f"AND EXISTS (SELECT 1 FROM notice n WHERE n.id = NEW.notice_id AND n.kind = 'recheck' AND n.{_IN_ROUND})",
            "everything is rechecked where a check asks for it, and all households are told",
        ),
        (
            "form_check_in_a_recheck",
            "form_check",
            "TRUE",
            f"EXISTS (SELECT 1 FROM full_recheck f WHERE f.{_IN_ROUND}) AND {_NO_OUTCOME} "
            "AND EXISTS (SELECT 1 FROM guard_head h JOIN consent p ON p.id = h.id WHERE h.id = NEW.consent_id "
            f"AND h.{_IN_ROUND} AND p.channel = 'paper' AND h.deed IN ('answer', 'change', 'correction'))",
            "a form that counts is laid beside its record while everything is rechecked",
        ),
        (
            "form_check_before_the_verdict",
            "form_check",
            "TRUE",
            f"NOT EXISTS (SELECT 1 FROM spot_verdict t WHERE t.{_IN_ROUND} AND t.result = 'rechecked')",
            "no form is checked once the recheck has ended",
        ),
        (
            "form_check_once_a_form",
            "form_check",
            "TRUE",
            "NOT EXISTS (SELECT 1 FROM supersession u JOIN form_check k ON k.consent_id = u.superseded_id "
            "WHERE u.by_consent_id = NEW.consent_id)",
            "what a form showed is not checked again",
        ),
        (
            "form_check_by_another",
            "form_check",
            "TRUE",
            "NOT EXISTS (SELECT 1 FROM consent c JOIN consent p ON p.roll_entry_id = c.roll_entry_id "
            "WHERE p.id = NEW.consent_id AND " + had_a_hand("c", "NEW.by_id") + ")",
            "who recorded the answer, or is of the crew that did, does not check its form",
        ),
    )
)

NEEDED = (
    Guard(
        "outcome_needs_confirmed_check",
        "outcome_record",
        "INSERT",
        proven("NEW.consent_round_id", " AND s.id = NEW.count_sheet_id"),
        "a spot check has confirmed the count sheet, or everything was rechecked",
    ),
    Guard(
        "execution_needs_confirmed_check",
        "execution",
        "INSERT",
        proven("NEW.consent_round_id", ""),
        "a spot check has confirmed the latest count sheet, or everything was rechecked",
    ),
)

CHECK_GUARDS = (*CHECKS, *NEEDED)
