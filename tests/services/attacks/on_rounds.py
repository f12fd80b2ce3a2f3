"""Attacks on a round: its steps, what is locked, its opening and its duties."""

from tests.services.attacks.attack import attack
from tests.services.statements import (
    certificate,
    close,
    duty,
    extension,
    left_out,
    open_,
    paper,
    roll_entry,
    set_round,
    stage,
)

_PARALLEL = (
    "INSERT INTO consent_round (community_id, proposal_id, plan_version_id, plan_sha256, n, status, scope, "
    "rules, periods, tally_visibility, prepared_at, prepared_by_id, roll_size) "
    "SELECT community_id, proposal_id, plan_version_id, plan_sha256, 2, 'prepared', scope, rules, periods, "
    "tally_visibility, prepared_at, prepared_by_id, 0 FROM consent_round WHERE id = {%s}"
)

STEPS = (
    attack(
        "a doctored round parallel to the open one",
        "consent_round_not_replaced",
        _PARALLEL % "open",
        on_postgres="uq_consent_round_",
    ),
    attack(
        "a second round about a text that was answered",
        "consent_round_not_replaced",
        _PARALLEL % "failed",
        on_postgres="uq_consent_round_plan_version_id",
    ),
    attack(
        "a round opened at birth",
        "consent_round_begins_prepared",
        "INSERT INTO consent_round "
        "(community_id, proposal_id, plan_version_id, plan_sha256, n, status, scope, rules, periods, "
        "tally_visibility, prepared_at, prepared_by_id, roll_size) "
        "SELECT community_id, proposal_id, plan_version_id, plan_sha256, 2, 'open', scope, "
        "rules, periods, tally_visibility, prepared_at, prepared_by_id, 10 "
        "FROM consent_round WHERE id = {failed}",
    ),
    attack(
        "a round about another text than its plan's",
        "consent_round_bound_to_plan",
        "INSERT INTO consent_round "
        "(community_id, proposal_id, plan_version_id, plan_sha256, n, status, scope, rules, periods, "
        "tally_visibility, prepared_at, prepared_by_id, roll_size) "
        "SELECT community_id, proposal_id, plan_version_id, '{open_text}', 2, 'prepared', scope, "
        "rules, periods, tally_visibility, prepared_at, prepared_by_id, 0 "
        "FROM consent_round WHERE id = {failed}",
    ),
    attack("a round skipped to counting", "consent_round_steps", open_("ready", status="counting")),
    attack("a round closed early by UPDATE", "consent_round_steps", close("open")),
    attack(
        "a round closed before its clocks ran out",
        "consent_round_closing_when_due",
        close("counting", day="2026-03-19"),
    ),
    attack(
        "a round closed early although one contradicts itself",
        "consent_round_closing_when_due",
        paper(
            "full_e1",
            "disagree",
            recorded_at="'2026-03-04 02:00:00.000000'",
            signed_at="'2026-03-04 01:00:00.000000'",
        ),
        close("full", day="2026-03-04"),
    ),
    attack(
        "a round closed by its scrutineer",
        "consent_round_closed_by_its_moderator",
        close("counting", by="scrutineer"),
    ),
    attack(
        "a closed round reopened",
        "consent_round_final",
        set_round("failed", "status = 'open', closed_at = NULL, closed_by_id = NULL"),
    ),
    attack("an open round put back", "consent_round_steps", set_round("open", "status = 'prepared'")),
    attack("an open round dropped", "consent_round_steps", set_round("open", "status = 'dropped'")),
    attack(
        "a dropped round taken up again",
        "consent_round_final",
        set_round("ready", "status = 'dropped'"),
        open_("ready"),
    ),
    attack(
        "the closing moderator changed",
        "consent_round_final",
        set_round("failed", "closed_by_id = {resident1}"),
    ),
)

LOCKED = (
    attack(
        "the threshold lowered in an open round",
        "consent_round_frozen",
        set_round("open", "rules = '{half_rules}'"),
    ),
    attack("the denominator made smaller", "consent_round_frozen", set_round("open", "roll_size = 5")),
    attack(
        "the running number sealed",
        "consent_round_frozen",
        set_round("open", "tally_visibility = 'sealed'"),
    ),
    attack("the periods changed", "consent_round_frozen", set_round("counting", "periods = '[]'")),
    attack(
        "another text put under the consents",
        "consent_round_identity",
        set_round("open", "plan_sha256 = '{failed_text}'"),
    ),
    attack(
        "a round given to another matter",
        "consent_round_identity",
        set_round("open", "proposal_id = {failed_matter}"),
    ),
    attack(
        "a deadline moved without an extension",
        "consent_round_deadline",
        set_round("open", "answer_until = '2026-03-18 02:00:00.000000'"),
    ),
    attack(
        "a deadline moved back",
        "consent_round_deadline",
        set_round("open", "answer_until = '2026-03-10 02:00:00.000000'"),
    ),
    attack(
        "a deadline moved further than its extension",
        "consent_round_deadline",
        set_round(
            "open",
            "answer_until = '2026-03-23 02:00:00.000000', register_until = '2026-03-24 02:00:00.000000', "
            "settle_until = '2026-03-25 02:00:00.000000'",
        ),
    ),
    attack(
        "only the hours of registering stretched",
        "consent_round_deadline",
        set_round("open", "register_until = '2026-03-19 02:00:00.000000'"),
    ),
    attack(
        "a deadline moved while counting",
        "consent_round_deadline",
        set_round("open", "status = 'counting'"),
        set_round(
            "open",
            "answer_until = '2026-03-22 02:00:00.000000', register_until = '2026-03-23 02:00:00.000000', "
            "settle_until = '2026-03-25 02:00:00.000000'",
        ),
    ),
    attack(
        "an extension after the deadline", "round_extension_in_time", extension("2026-03-25", "2026-03-17")
    ),
    attack(
        "an extension to an earlier day", "round_extension_in_time", extension("2026-03-12", "2026-03-05")
    ),
)

OPENING = (
    attack("a round opened on a roll frozen by one", "opening_needs_two_certificates", open_("half")),
    attack("a round opened on a roll nobody certified", "opening_needs_two_certificates", open_("drawn")),
    attack("a round opened on an empty roll", "open_is_complete", open_("blank")),
    attack(
        "a round opened with a smaller denominator than its roll",
        "opening_needs_whole_roll",
        open_("drawn", also=", roll_size = 9"),
    ),
    attack(
        "a round opened while its plan is being shown",
        "opening_after_the_plans_notice",
        open_("ready", opened="2026-02-02"),
    ),
    attack(
        "a round opened whose matter was taken back",
        "opening_with_its_matter",
        stage("ready", "withdrawn"),
        open_("ready"),
    ),
    attack(
        "a round opened on a plan that was revised",
        "opening_of_the_newest_plan",
        "INSERT INTO plan_version (community_id, proposal_id, discussion_round_id, n, title, body, budget, "
        "funding, schedule, scope, rules, sha256, fixed_at, fixed_by_id, notice_until) "
        "SELECT community_id, proposal_id, discussion_round_id, n + 1, title, body, budget, "
        "funding, schedule, scope, rules, sha256, fixed_at, fixed_by_id, notice_until "
        "FROM plan_version WHERE id = {ready_plan}",
        stage("ready", "consent_open"),
        open_("ready"),
    ),
    attack(
        "the threshold lowered before opening",
        "opening_needs_household_threshold",
        set_round("ready", "rules = '{half_rules}'"),
        open_("ready"),
    ),
    attack(
        "no household rule at all",
        "opening_needs_household_threshold",
        set_round("ready", "rules = '[]'"),
        open_("ready"),
    ),
    attack(
        "a rule with a part of a household",
        "opening_needs_known_rules",
        set_round("ready", "rules = '{part_rules}'"),
        open_("ready"),
    ),
    attack(
        "other rules than those shown with the plan",
        "opening_under_the_plans_rules",
        set_round("ready", "rules = '{high_rules}'"),
        open_("ready"),
    ),
    attack(
        "the roll's hash changed under one certificate",
        "consent_round_roll_certified",
        set_round("half", "roll_sha256 = '{open_roll}'"),
    ),
    attack("a home added after the first certificate", "roll_entry_before_certificate", roll_entry("half")),
    attack("a home added to an open round", "roll_entry_before_certificate", roll_entry("open")),
    attack("a home left off after a certificate", "roll_left_out_before_certificate", left_out("half")),
    attack(
        "a certificate over a smaller roll",
        "roll_certificate_of_this_roll",
        certificate("drawn", "registrar", "registrar", size=9),
    ),
    attack(
        "a certificate over a roll not drawn up",
        "roll_certificate_of_this_roll",
        certificate("blank", "registrar", "registrar", size=0),
    ),
    attack(
        "both certificates by one person",
        "roll_certificate_not_replaced",
        certificate("half", "scrutineer", "registrar"),
        on_postgres="uq_roll_certificate_consent_round_id_account_id",
    ),
)

DUTIES = (
    attack("a canvasser made scrutineer too", "duty_one_per_person", duty("open", "canvasser", "scrutineer")),
    attack(
        "the scrutineer given the duty twice", "duty_one_per_person", duty("open", "scrutineer", "scrutineer")
    ),
    attack(
        "a duty in a dropped round",
        "duty_of_its_round",
        set_round("ready", "status = 'dropped'"),
        duty("ready", "resident1", "canvasser"),
    ),
)
