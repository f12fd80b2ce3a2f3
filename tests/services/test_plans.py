"""Plans: fixed under their hash, only from the newest round, with rules that the community offers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.discussion import Stance
from deliberate.domain.errors import BadInput, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.plan import plan_sha256
from deliberate.models import (
    Notice,
    SettingsVersion,
)
from deliberate.services import discussion, plans
from tests import make
from tests.make import START
from tests.services.discussion_hall import LATER, SUMMARY, Hall


@pytest.fixture
def hall(database: Database) -> Iterator[Hall]:
    with database.transaction() as tx:
        yield Hall(tx.session)


def test_the_plan_is_fixed_under_its_hash_and_shown(hall: Hall) -> None:
    with pytest.raises(WrongStage):
        plans.fix_plan(hall.session, hall.moderator, hall.proposal.id, make.plan_text(), now=START)
    hall.close()
    fixed = plans.fix_plan(
        hall.session,
        hall.moderator,
        hall.proposal.id,
        make.plan_text(body="一\r\n二"),
        now=LATER,
        after_round=1,
    )
    assert fixed.sha256 == plan_sha256(plans.plan_of(fixed))
    assert hall.proposal.stage is Stage.PLAN_FIXED
    notice = hall.session.scalars(select(Notice)).one()
    assert (notice.data["sha256"], notice.until) == (fixed.sha256, fixed.notice_until)
    assert fixed.notice_until == START.replace(hour=16) + timedelta(days=15)
    with pytest.raises(WrongStage):
        plans.fix_plan(hall.session, hall.moderator, hall.proposal.id, make.plan_text(), now=LATER)


def test_no_plan_before_every_suggestion_is_answered(hall: Hall) -> None:
    hall.say("装感应灯", Stance.SUGGESTION)
    hall.close()
    with pytest.raises(Refusal, match="1条建议"):
        plans.fix_plan(hall.session, hall.moderator, hall.proposal.id, make.plan_text(), now=LATER)


def test_a_plan_without_the_households_rule_or_below_the_setting_is_refused(hall: Hall) -> None:
    settings = SettingsVersion(
        community_id=hall.community.id,
        n=1,
        values={"household_percent": 85, "plan_notice_days": 0},
        changed_at=START,
    )
    hall.session.add(settings)
    hall.close()
    for other in (
        {"rules": ("CC278_ORD",)},
        {"household_percent": 80},
        {"funding": " "},
        {"title": "字" * 61},
    ):
        with pytest.raises(BadInput), hall.session.begin_nested():
            plans.fix_plan(hall.session, hall.moderator, hall.proposal.id, make.plan_text(**other), now=LATER)
    fixed = plans.fix_plan(
        hall.session, hall.moderator, hall.proposal.id, make.plan_text(household_percent=85), now=LATER
    )
    assert fixed.notice_until == LATER


def test_a_plan_attaches_only_rules_that_the_community_offers(hall: Hall) -> None:
    values = {"presets": ["RC80", "CC278_ORD"], "plan_notice_days": 0}
    hall.session.add(SettingsVersion(community_id=hall.community.id, n=1, values=values, changed_at=START))
    hall.close()
    switched_off, offered = (make.plan_text(rules=("RC80", name)) for name in ("CC278_MAJ", "CC278_ORD"))
    with pytest.raises(BadInput, match="没有开放") as refused, hall.session.begin_nested():
        plans.fix_plan(hall.session, hall.moderator, hall.proposal.id, switched_off, now=LATER)
    assert refused.value.params["field"] == "rules"
    fixed = plans.fix_plan(hall.session, hall.moderator, hall.proposal.id, offered, now=LATER)
    assert [rule["id"] for rule in fixed.rules] == ["RC80", "CC278_ORD"]


def test_a_plan_made_from_an_older_round_is_stale(hall: Hall) -> None:
    hall.close(opening=make.opening(now=LATER))
    discussion.close_round(hall.session, hall.moderator, hall.proposal.id, SUMMARY, early=True, now=LATER)
    with pytest.raises(Stale):
        plans.fix_plan(
            hall.session, hall.moderator, hall.proposal.id, make.plan_text(), now=LATER, after_round=1
        )


def test_a_revised_plan_keeps_the_old_one(hall: Hall) -> None:
    hall.close()
    first = plans.fix_plan(hall.session, hall.moderator, hall.proposal.id, make.plan_text(), now=LATER)
    with pytest.raises(BadInput):
        plans.revise_plan(
            hall.session, hall.moderator, hall.proposal.id, " ", make.opening(now=LATER), now=LATER
        )
    plans.revise_plan(
        hall.session, hall.moderator, hall.proposal.id, "算错", make.opening(now=LATER), now=LATER
    )
    discussion.close_round(hall.session, hall.moderator, hall.proposal.id, SUMMARY, early=True, now=LATER)
    second = plans.fix_plan(
        hall.session, hall.moderator, hall.proposal.id, make.plan_text(budget=1), now=LATER
    )
    assert (first.n, second.n) == (1, 2)
    assert first.sha256 != second.sha256
