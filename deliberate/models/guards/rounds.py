"""Guards of a consent round: its steps, what opening locks, its roll, its duties (rules 2, 3, 7, 14)."""

from .guard import Guard, certified, in_round, same

_ROUND = "consent_round"
_CLOCKS = ("answer_until", "register_until", "settle_until")
_OPENING = "OLD.status = 'prepared' AND NEW.status = 'open'"
_ANSWERED = "('agree', 'disagree', 'abstain')"

STEPS = (
    Guard(
        "consent_round_begins_prepared",
        _ROUND,
        "INSERT",
        "NEW.status = 'prepared' AND NEW.opened_at IS NULL AND NEW.closed_at IS NULL "
        "AND NEW.closed_by_id IS NULL",
        "a round is prepared before anything else",
    ),
    Guard(
        "consent_round_bound_to_plan",
        _ROUND,
        "INSERT",
        "EXISTS (SELECT 1 FROM plan_version p WHERE p.id = NEW.plan_version_id "
        "AND p.proposal_id = NEW.proposal_id AND p.community_id = NEW.community_id "
        "AND p.sha256 = NEW.plan_sha256)",
        "a round asks about one text of its own matter, by its hash",
    ),
    Guard(
        "consent_round_final",
        _ROUND,
        "UPDATE",
        "FALSE",
        "closed is never reopened, dropped is never taken up",
        when="OLD.status IN ('closed', 'dropped')",
    ),
    Guard(
        "consent_round_identity",
        _ROUND,
        "UPDATE",
        same(
            "id",
            "community_id",
            "proposal_id",
            "plan_version_id",
            "plan_sha256",
            "n",
            "prepared_at",
            "prepared_by_id",
        ),
        "a round stays the round of its matter and text",
    ),
    Guard(
        "consent_round_steps",
        _ROUND,
        "UPDATE",
        "NEW.status = OLD.status OR OLD.status || ' ' || NEW.status IN "
        "('prepared open', 'prepared dropped', 'open counting', 'counting closed')",
        "each status leads only to the next",
    ),
    Guard(
        "consent_round_frozen",
        _ROUND,
        "UPDATE",
        same(
            "scope",
            "rules",
            "periods",
            "tally_visibility",
            "roll_sha256",
            "roll_size",
            "opened_at",
            "opened_by_id",
        ),
        "what was locked at opening does not change",
        when="OLD.status IN ('open', 'counting')",
    ),
    Guard(
        "consent_round_roll_certified",
        _ROUND,
        "UPDATE",
        same("scope", "roll_sha256", "roll_size"),
        "the roll has been certified",
        when=f"OLD.status = 'prepared' AND {certified('OLD.id')}",
    ),
    Guard(
        "consent_round_deadline",
        _ROUND,
        "UPDATE",
        "OLD.status = 'open' AND NEW.status = 'open' AND NEW.answer_until > OLD.answer_until "
        "AND NEW.register_until >= OLD.register_until AND NEW.settle_until >= OLD.settle_until "
        "AND EXISTS (SELECT 1 FROM round_extension x WHERE x.consent_round_id = OLD.id "
        "AND x.old_until = OLD.answer_until AND x.new_until = NEW.answer_until)",
        "a deadline moves only later, while open, by an extension on record",
        when=f"OLD.status IN ('open', 'counting') AND NOT ({same(*_CLOCKS)})",
    ),
    Guard(
        "consent_round_closing_when_due",
        _ROUND,
        "UPDATE",
        "NEW.closed_at >= OLD.settle_until OR NOT EXISTS (SELECT 1 FROM guard_standing s "
        f"WHERE s.consent_round_id = OLD.id AND s.standing NOT IN {_ANSWERED})",
        "closing waits for its clocks, unless all have answered and none contradicts itself",
        when="OLD.status = 'counting' AND NEW.status = 'closed'",
    ),
    Guard(
        "consent_round_closed_by_its_moderator",
        _ROUND,
        "UPDATE",
        "EXISTS (SELECT 1 FROM duty d WHERE d.consent_round_id = OLD.id "
        "AND d.account_id = NEW.closed_by_id AND d.kind = 'moderator')",
        "who closes has the duty of moderator in this round, and so no other",
        when="OLD.status = 'counting' AND NEW.status = 'closed'",
    ),
)

OPENING = tuple(
    Guard(name, _ROUND, "UPDATE", must, says, when=_OPENING, after=True)
    for name, must, says in (
        (
            "opening_needs_whole_roll",
            "NEW.roll_size > 0 AND NEW.roll_size = (SELECT count(*) FROM roll_entry e "
            "WHERE e.consent_round_id = NEW.id AND e.electorate = 'household')",
            "the denominator is the number of households on the roll, and not nought",
        ),
        (
            "opening_needs_two_certificates",
            "(SELECT count(DISTINCT k.account_id) FROM roll_certificate k WHERE k.consent_round_id = NEW.id "
            "AND k.role IN ('registrar', 'scrutineer') AND k.roll_sha256 = NEW.roll_sha256 "
            "AND k.roll_size = NEW.roll_size) = 2",
            "a registrar and a scrutineer, two persons, certify the same roll",
        ),
        (
            "opening_needs_known_rules",
            "NOT EXISTS (SELECT 1 FROM guard_test t WHERE t.consent_round_id = NEW.id AND NOT COALESCE("
            "t.unit IN ('household', 'owner') AND t.kind IN ('gate', 'approval') "
            "AND t.measure IN ('agree', 'participate') AND t.weight IN ('one', 'area') "
            "AND t.base IN ('all', 'participating') AND t.op IN ('>=', '>') AND t.num <= t.den, FALSE))",
            "every test of every rule is one that can be counted",
        ),
        (
            "opening_needs_household_threshold",
            "EXISTS (SELECT 1 FROM guard_test t WHERE t.consent_round_id = NEW.id "
            "AND t.unit = 'household' AND t.kind = 'approval' AND t.measure = 'agree' "
            "AND t.weight = 'one' AND t.base = 'all' AND t.op = '>=' AND t.num * 5 >= t.den * 4)",
            "4/5 of all households, or more, must agree",
        ),
        (
            "opening_under_the_plans_rules",
            "EXISTS (SELECT 1 FROM plan_version p WHERE p.id = NEW.plan_version_id "
            "AND CAST(p.rules AS text) = CAST(NEW.rules AS text))",
            "the rules are those that were shown with the plan",
        ),
        (
            "opening_after_the_plans_notice",
            "EXISTS (SELECT 1 FROM plan_version p WHERE p.id = NEW.plan_version_id "
            "AND NEW.opened_at >= p.notice_until)",
            "the plan is shown before consent opens",
        ),
        (
            "opening_of_the_newest_plan",
            "NOT EXISTS (SELECT 1 FROM plan_version p, plan_version q WHERE p.id = NEW.plan_version_id "
            "AND q.proposal_id = p.proposal_id AND q.n > p.n)",
            "households are asked about the newest plan of the matter",
        ),
        (
            "opening_with_its_matter",
            "EXISTS (SELECT 1 FROM proposal m WHERE m.id = NEW.proposal_id AND m.stage = 'consent_open')",
            "the matter is open to consent, not taken back",
        ),
    )
)

_UNCERTIFIED = in_round(
    "r.status = 'prepared' AND r.community_id = {row}.community_id", "{row}.consent_round_id"
)


def _before_certificate(row: str) -> str:
    return f"{_UNCERTIFIED.format(row=row)} AND NOT {certified(f'{row}.consent_round_id')}"


_LEFT_OUT = "a home is left off before the roll is certified, not after"

ROLL = (
    Guard(
        "roll_entry_before_certificate",
        "roll_entry",
        "INSERT",
        _before_certificate("NEW"),
        "the roll is drawn up before it is certified, not after",
    ),
    Guard(
        "roll_left_out_before_certificate",
        "roll_left_out",
        "INSERT",
        _before_certificate("NEW"),
        _LEFT_OUT,
    ),
    Guard(
        "roll_left_out_before_certificate",
        "roll_left_out",
        "UPDATE",
        f"{_before_certificate('OLD')} AND {_before_certificate('NEW')}",
        _LEFT_OUT,
    ),
    Guard(
        "roll_left_out_before_certificate",
        "roll_left_out",
        "DELETE",
        _before_certificate("OLD"),
        _LEFT_OUT,
    ),
    Guard(
        "roll_certificate_of_this_roll",
        "roll_certificate",
        "INSERT",
        in_round(
            "r.status = 'prepared' AND r.community_id = NEW.community_id "
            "AND r.roll_sha256 = NEW.roll_sha256 AND r.roll_size = NEW.roll_size"
        )
        + " AND NEW.roll_size > 0 AND NEW.roll_size = (SELECT count(*) FROM roll_entry e "
        "WHERE e.consent_round_id = NEW.consent_round_id AND e.electorate = 'household')",
        "a certificate is over the roll as drawn up",
    ),
)

SERVING = (
    Guard(
        "duty_one_per_person",
        "duty",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM duty d WHERE d.consent_round_id = NEW.consent_round_id "
        "AND d.account_id = NEW.account_id)",
        "one person has one duty in a round",
    ),
    Guard(
        "duty_of_its_round",
        "duty",
        "INSERT",
        in_round("r.community_id = NEW.community_id AND r.status <> 'dropped'"),
        "a duty is one of a round of the same community",
    ),
    Guard(
        "round_extension_in_time",
        "round_extension",
        "INSERT",
        in_round(
            "r.status = 'open' AND r.answer_until = NEW.old_until AND NEW.old_until < NEW.new_until "
            "AND r.opened_at <= NEW.at AND NEW.at < NEW.old_until"
        ),
        "a deadline is extended before it passes, to a later one",
    ),
)

ROUND_GUARDS = (*STEPS, *OPENING, *ROLL, *SERVING)
