"""Guards of counting and of the gate: signed, recounted, four fifths at least (rules 3, 5, 14)."""

from deliberate.domain.lifecycle import TABLE

from . import recount
from .guard import Guard, in_round, same

_SIGNED = (
    "EXISTS (SELECT 1 FROM count_sheet s JOIN count_signature g ON g.count_sheet_id = s.id "
    "JOIN duty d ON d.id = g.duty_id "
    "WHERE s.consent_round_id = NEW.consent_round_id{sheet} "
    "AND g.role = 'scrutineer' AND g.sha256 = s.sha256 "
    "AND d.kind = 'scrutineer' AND d.consent_round_id = s.consent_round_id AND d.account_id = g.account_id "
    "AND NOT EXISTS (SELECT 1 FROM count_sheet later "
    "WHERE later.consent_round_id = s.consent_round_id AND later.n > s.n))"
)
_SHEET_ROUND = "SELECT s.consent_round_id FROM count_sheet s WHERE s.id = NEW.count_sheet_id"

COUNTING = tuple(
    Guard(name, table, "INSERT", must, says, when=when)
    for name, table, when, must, says in (
        (
            "count_sheet_of_closed_round",
            "count_sheet",
            "TRUE",
            in_round("r.status = 'closed' AND r.community_id = NEW.community_id"),
            "a round is counted when it is closed",
        ),
        (
            "count_sheet_in_order",
            "count_sheet",
            "TRUE",
            "NEW.n = 1 + (SELECT COALESCE(max(s.n), 0) FROM count_sheet s "
            "WHERE s.consent_round_id = NEW.consent_round_id)",
            "an amendment follows the sheet before it",
        ),
        (
            "count_sheet_before_the_outcome",
            "count_sheet",
            "TRUE",
            "NOT EXISTS (SELECT 1 FROM outcome_record o WHERE o.consent_round_id = NEW.consent_round_id)",
            "the outcome is final",
        ),
        (
            "count_signature_under_its_sheet",
            "count_signature",
            "TRUE",
            "EXISTS (SELECT 1 FROM count_sheet s WHERE s.id = NEW.count_sheet_id AND s.sha256 = NEW.sha256)",
            "a signature is under the figures as they stand",
        ),
        (
            "count_signature_by_duty",
            "count_signature",
            "TRUE",
            "EXISTS (SELECT 1 FROM duty d WHERE d.id = NEW.duty_id AND d.account_id = NEW.account_id "
            f"AND d.kind = NEW.role AND d.consent_round_id = ({_SHEET_ROUND}))",
            "a scrutineer signs as scrutineer of this round, a moderator as its moderator",
        ),
        (
            "count_signature_not_by_closer",
            "count_signature",
            "NEW.role = 'scrutineer'",
            in_round("r.closed_by_id <> NEW.account_id", f"({_SHEET_ROUND})"),
            "who closed the round does not sign as its scrutineer",
        ),
        (
            "objection_begins_undecided",
            "objection",
            "TRUE",
            "NEW.decided_at IS NULL AND NEW.finding IS NULL AND NEW.voided_consent_id IS NULL "
            "AND (NEW.roll_entry_id IS NULL OR EXISTS (SELECT 1 FROM roll_entry e "
            "WHERE e.id = NEW.roll_entry_id AND e.consent_round_id = NEW.consent_round_id))",
            "an objection is filed first, rechecked and answered later",
        ),
    )
)

OBJECTIONS = (
    Guard(
        "objection_final",
        "objection",
        "UPDATE",
        "FALSE",
        "an objection is answered once",
        when="OLD.decided_at IS NOT NULL",
    ),
    Guard(
        "objection_identity",
        "objection",
        "UPDATE",
        same(
            "id",
            "community_id",
            "consent_round_id",
            "household_id",
            "roll_entry_id",
            "kind",
            "statement",
            "filed_at",
            "filed_by_id",
            "letter_id",
            "consent_id",
        ),
        "what was objected to stays as it was filed",
    ),
    Guard(
        "objection_decided_by_another",
        "objection",
        "UPDATE",
        "NEW.voided_consent_id IS NULL OR (NEW.decided_by_id IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM consent c WHERE c.id = NEW.voided_consent_id "
        "AND c.roll_entry_id = NEW.roll_entry_id "
        "AND (c.recorded_by_id IS NULL OR c.recorded_by_id <> NEW.decided_by_id)))",
        "a consent is voided by a person who did not record it",
    ),
    Guard(
        "objection_voids_what_it_names",
        "objection",
        "UPDATE",
        "NEW.consent_id IS NULL OR NEW.voided_consent_id IS NULL OR NEW.voided_consent_id = NEW.consent_id "
        "OR EXISTS (SELECT 1 FROM consent c JOIN supersession s ON s.by_consent_id = c.id "
        "WHERE c.id = NEW.voided_consent_id AND c.deed IN ('correction', 'settlement'))",
        "an objection to one record voids no other answer of the household",
    ),
)

_RECOUNTED = recount.outcome("NEW.consent_round_id")

OUTCOME = tuple(
    Guard(name, "outcome_record", "INSERT", must, says)
    for name, must, says in (
        (
            "outcome_of_closed_round",
            in_round(
                "r.status = 'closed' AND r.proposal_id = NEW.proposal_id "
                "AND r.community_id = NEW.community_id"
            ),
            "an outcome is that of a closed round of this matter",
        ),
        (
            "outcome_needs_signed_count",
            _SIGNED.format(sheet=" AND s.id = NEW.count_sheet_id"),
            "a scrutineer has signed the latest count sheet",
        ),
        (
            "outcome_after_objections",
            "NOT EXISTS (SELECT 1 FROM objection o WHERE o.consent_round_id = NEW.consent_round_id "
            "AND o.decided_at IS NULL)",
            "every objection is answered first",
        ),
        (
            "outcome_recounted",
            f"NEW.outcome = {_RECOUNTED}",
            "the outcome is what the consents and the rules give, never typed",
        ),
    )
)

_PATH = (
    "(" + ", ".join(sorted({f"'{stage.value} {move.to.value}'" for (stage, _), move in TABLE.items()})) + ")"
)
_BEHIND = "('executing', 'completed', 'evaluated', 'archived')"
_DECIDED = "('adopted', 'rejected', 'no_valid_decision')"
_LATEST = (
    "EXISTS (SELECT 1 FROM outcome_record o JOIN consent_round r ON r.id = o.consent_round_id "
    "WHERE r.proposal_id = NEW.id AND o.proposal_id = NEW.id AND o.outcome = {outcome} "
    f"AND {recount.outcome('r.id')} = {{outcome}} "
    "AND NOT EXISTS (SELECT 1 FROM consent_round later "
    "WHERE later.proposal_id = r.proposal_id AND later.n > r.n AND later.status <> 'dropped'))"
)

PROPOSAL = (
    Guard(
        "proposal_begins_before_the_gate",
        "proposal",
        "INSERT",
        f"NEW.stage NOT IN {_DECIDED} AND NEW.stage NOT IN {_BEHIND}",
        "no matter begins decided",
    ),
    Guard(
        "proposal_identity",
        "proposal",
        "UPDATE",
        same("id", "community_id", "number"),
        "a matter keeps its number",
    ),
    Guard(
        "proposal_stage_of_its_outcome",
        "proposal",
        "UPDATE",
        _LATEST.format(outcome="NEW.stage"),
        "a matter is decided as its latest round was, recounted",
        when=f"NEW.stage <> OLD.stage AND NEW.stage IN {_DECIDED}",
    ),
    Guard(
        "proposal_executing_when_adopted",
        "proposal",
        "UPDATE",
        "OLD.stage = 'adopted' AND " + _LATEST.format(outcome="'adopted'"),
        "only an adopted matter is carried out",
        when="NEW.stage <> OLD.stage AND NEW.stage = 'executing'",
    ),
    Guard(
        "proposal_behind_the_gate",
        "proposal",
        "UPDATE",
        "EXISTS (SELECT 1 FROM execution x WHERE x.proposal_id = NEW.id)",
        "only a matter that went through the gate is completed",
        when=f"NEW.stage <> OLD.stage AND NEW.stage IN {_BEHIND} AND NEW.stage <> 'executing'",
    ),
    Guard(
        "proposal_along_its_path",
        "proposal",
        "UPDATE",
        f"OLD.stage || ' ' || NEW.stage IN {_PATH}",
        "a matter goes from stage to stage as the table of steps says",
        when="NEW.stage <> OLD.stage",
    ),
)

GATE = tuple(
    Guard(name, "execution", "INSERT", must, says)
    for name, must, says in (
        (
            "execution_of_its_round",
            in_round("r.proposal_id = NEW.proposal_id AND r.community_id = NEW.community_id"),
            "a matter is carried out by its own round",
        ),
        ("execution_of_closed_round", in_round("r.status = 'closed'"), "the round must be closed"),
        (
            "execution_needs_signed_count",
            _SIGNED.format(sheet=""),
            "a scrutineer has signed the latest count sheet",
        ),
        (
            "execution_needs_adopted_outcome",
            "EXISTS (SELECT 1 FROM outcome_record o WHERE o.consent_round_id = NEW.consent_round_id "
            "AND o.proposal_id = NEW.proposal_id AND o.outcome = 'adopted')",
            "the outcome must be on record: adopted",
        ),
        (
            "execution_recounted",
            f"{_RECOUNTED} = 'adopted'",
            "the consents, recounted, must meet every rule",
        ),
        (
            "execution_four_fifths",
            f"EXISTS (SELECT 1 FROM {recount.tally('NEW.consent_round_id')} y "
            "WHERE y.electorate = 'household' AND y.roll_one > 0 AND y.agree_one * 5 >= y.roll_one * 4) "
            "AND "
            + in_round(
                "r.roll_size = (SELECT count(*) FROM roll_entry e WHERE e.consent_round_id = r.id "
                "AND e.electorate = 'household')"
            ),
            "4/5 of all households, or more, must agree, whatever the rules say",
        ),
    )
)

OUTCOME_GUARDS = (*COUNTING, *OBJECTIONS, *OUTCOME, *PROPOSAL, *GATE)
