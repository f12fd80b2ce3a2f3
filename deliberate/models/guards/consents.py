"""Guards of consents: bound to roll, text and clocks; superseded with care (rules 1, 6 to 10)."""

from .guard import Guard, in_round
from .recorders import had_a_hand

_ANSWERING = "NEW.deed IN ('answer', 'change', 'correction')"
_IN_CONTRADICTION = (
    "((SELECT count(DISTINCT h.answer) FROM guard_head h WHERE h.consent_round_id = NEW.consent_round_id "
    "AND h.roll_entry_id = NEW.roll_entry_id) > 1)"
)
"""As `guard_standing` has it; written out because it is asked on every answer."""
_SETTLING = f"(NEW.deed = 'change' AND NEW.recorded_at < r.settle_until AND {_IN_CONTRADICTION})"
_SIGNED_LATE = (
    "(NEW.channel = 'paper' AND NEW.signed_at IS NOT NULL "
    "AND (NEW.signed_at >= r.answer_until OR NEW.signed_at > NEW.recorded_at))"
)
_OF_ITS_FORM = (
    "EXISTS (SELECT 1 FROM form_check k JOIN guard_head h ON h.id = k.consent_id "
    "JOIN consent p ON p.id = h.id WHERE k.consent_round_id = NEW.consent_round_id "
    "AND h.roll_entry_id = NEW.roll_entry_id AND k.by_id = NEW.recorded_by_id AND {shows})"
)
_REINSTATED = (
    "(NEW.deed = 'correction' AND EXISTS (SELECT 1 FROM suspension_check k "
    "JOIN suspended_consent s ON s.id = k.suspended_consent_id JOIN guard_head h ON h.id = s.voiding_id "
    "JOIN consent v ON v.id = h.id AND v.deed = 'voiding' "
    "JOIN supersession u ON u.by_consent_id = v.id AND u.superseded_id = s.consent_id "
    "JOIN consent p ON p.id = s.consent_id WHERE k.finding = 'genuine' AND k.by_id = NEW.recorded_by_id "
    "AND p.roll_entry_id = NEW.roll_entry_id AND p.consent_round_id = NEW.consent_round_id "
    "AND p.answer = NEW.answer AND p.serial = NEW.serial AND p.signed_at = NEW.signed_at AND NOT p.late))"
)
"""A paper that counted, was suspended, and was found genuine by who records it anew."""
_CORRECTED_AFTER = "NEW.deed = 'correction' AND " + in_round("r.status = 'closed'")
_AFTER_CLOSING = "NEW.deed = 'voiding' AND " + in_round("r.status = 'closed'")

RECORDING = tuple(
    Guard(name, "consent", "INSERT", must, says, when=when)
    for name, when, must, says in (
        (
            "consent_on_the_roll",
            "TRUE",
            "EXISTS (SELECT 1 FROM roll_entry e WHERE e.id = NEW.roll_entry_id "
            "AND e.consent_round_id = NEW.consent_round_id AND e.community_id = NEW.community_id)",
            "only an entry on the frozen roll of this round answers",
        ),
        (
            "consent_bound_to_plan",
            "TRUE",
            in_round("r.plan_sha256 = NEW.plan_sha256"),
            "a consent is given to the text of its round",
        ),
        (
            "consent_while_open",
            "TRUE",
            in_round(
                "r.status IN ('open', 'counting') OR (r.status = 'closed' AND NEW.deed IN ('voiding', 'correction'))"
            ),
            "answers come while the round is open or being counted",
        ),
        (
            "consent_after_opening",
            "TRUE",
            in_round("r.opened_at <= NEW.recorded_at"),
            "nothing is recorded before the round opened",
        ),
        (
            "consent_online_in_time",
            "NEW.channel = 'online' AND NEW.deed IN ('answer', 'change')",
            in_round(f"NEW.recorded_at < r.answer_until OR {_SETTLING}"),
            "online answering ends at its time, except for a household in contradiction",
        ),
        (
            "consent_late_is_not_counted",
            f"{_ANSWERING} AND NOT NEW.late",
            in_round(
                f"(NEW.recorded_at < r.register_until AND NOT {_SIGNED_LATE}) OR {_SETTLING} OR {_REINSTATED} "
                "OR r.status = 'closed'"
            ),
            "what is signed or registered after its time is stored as late",
        ),
        (
            "consent_in_time_is_counted",
            "NEW.late",
            in_round(f"NEW.recorded_at >= r.register_until OR {_SIGNED_LATE}"),
            "what came in time is counted",
        ),
        (
            "consent_form_once_per_matter",
            "NEW.serial IS NOT NULL AND NEW.deed IN ('answer', 'change')",
            "NOT EXISTS (SELECT 1 FROM consent p JOIN consent_round o ON o.id = p.consent_round_id "
            "JOIN consent_round r ON r.proposal_id = o.proposal_id AND r.id <> o.id "
            "WHERE p.community_id = NEW.community_id AND p.serial = NEW.serial AND r.id = NEW.consent_round_id)",
            "a form that served a matter serves no later round of it",
        ),
        (
            "consent_settles_a_contradiction",
            "NEW.deed = 'settlement'",
            _IN_CONTRADICTION,
            "only a contradiction is settled",
        ),
        (
            "consent_settled_by_another",
            "NEW.deed = 'settlement'",
            "NEW.recorded_by_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM guard_head h "
            "JOIN consent c ON c.id = h.id WHERE h.consent_round_id = NEW.consent_round_id "
            "AND h.roll_entry_id = NEW.roll_entry_id AND " + had_a_hand("c", "NEW.recorded_by_id") + ")",
            "who recorded an answer, or is of the crew that did, does not settle it",
        ),
        (
            "consent_voided_for_an_objection",
            _AFTER_CLOSING,
            "EXISTS (SELECT 1 FROM objection o JOIN guard_head h ON h.id = o.voided_consent_id "
            "WHERE o.consent_round_id = NEW.consent_round_id AND o.roll_entry_id = NEW.roll_entry_id "
            "AND o.finding = 'upheld' AND o.decided_at IS NOT NULL "
            "AND o.kind IN ('not_us', 'wrong_answer', 'duplicate') "
            "AND h.roll_entry_id = NEW.roll_entry_id) OR "
            + _OF_ITS_FORM.format(shows="k.shows = 'missing' AND h.answer IS NOT NULL"),
            "after closing a consent is voided only for an upheld objection that names it, or without a form",
        ),
        (
            "consent_corrected_by_its_form",
            _CORRECTED_AFTER,
            "NOT NEW.late AND NEW.channel = 'paper' AND "
            + _OF_ITS_FORM.format(
                shows="k.shows = NEW.answer AND h.answer <> NEW.answer AND p.serial = NEW.serial "
                "AND p.signed_at = NEW.signed_at"
            ),
            "after closing a record is corrected only to what its own form shows, by who checked it",
        ),
        (
            "consent_corrected_before_the_outcome",
            _CORRECTED_AFTER,
            "NOT EXISTS (SELECT 1 FROM outcome_record o WHERE o.consent_round_id = NEW.consent_round_id)",
            "the outcome is final",
        ),
        (
            "consent_contradiction_stays_uncounted",
            _AFTER_CLOSING,
            f"NOT {_IN_CONTRADICTION}",
            "voiding one side after closing would count the other",
        ),
        (
            "consent_voided_before_the_outcome",
            _AFTER_CLOSING,
            "NOT EXISTS (SELECT 1 FROM outcome_record o WHERE o.consent_round_id = NEW.consent_round_id)",
            "the outcome is final",
        ),
    )
)

_PAIR = (
    "EXISTS (SELECT 1 FROM consent a JOIN consent b ON b.id = NEW.by_consent_id "
    "WHERE a.id = NEW.superseded_id AND ({condition}))"
)

SUPERSEDING = tuple(
    Guard(name, "supersession", "INSERT", must, says)
    for name, must, says in (
        (
            "supersession_within_entry",
            _PAIR.format(
                condition="a.roll_entry_id = b.roll_entry_id AND a.consent_round_id = NEW.consent_round_id "
                "AND b.consent_round_id = NEW.consent_round_id AND a.community_id = NEW.community_id"
            ),
            "a record supersedes one of the same roll entry",
        ),
        (
            "supersession_by_a_deed",
            _PAIR.format(condition="b.id > a.id AND b.deed <> 'answer'"),
            "an older record is superseded by a change, withdrawal, correction, voiding or settlement",
        ),
        (
            "supersession_with_its_record",
            _PAIR.format(
                condition="NOT EXISTS (SELECT 1 FROM consent c WHERE c.roll_entry_id = b.roll_entry_id "
                "AND c.consent_round_id = b.consent_round_id AND c.id > b.id)"
            ),
            "what a record supersedes is named when it is made",
        ),
        (
            "supersession_while_counted",
            in_round("r.status IN ('open', 'counting')")
            + " OR ("
            + in_round("r.status = 'closed'")
            + " AND "
            + _PAIR.format(condition="b.deed IN ('voiding', 'correction')")
            + " AND NOT EXISTS (SELECT 1 FROM outcome_record o "
            "WHERE o.consent_round_id = NEW.consent_round_id))",
            "after closing only a voiding or a correction by the form supersedes, and nothing after the outcome",
        ),
    )
)

_STANDS = (
    "EXISTS (SELECT 1 FROM guard_standing s WHERE s.roll_entry_id = NEW.roll_entry_id "
    "AND s.consent_round_id = NEW.consent_round_id AND s.standing = NEW.standing)"
)
_STANDS_SAYS = "where a household stands is what its records say"

STANDING = (
    Guard("entry_standing_of_its_records", "entry_standing", "INSERT", _STANDS, _STANDS_SAYS),
    Guard("entry_standing_of_its_records", "entry_standing", "UPDATE", _STANDS, _STANDS_SAYS),
)

CONSENT_GUARDS = (*RECORDING, *SUPERSEDING, *STANDING)
