"""Rounds, remarks, verdicts, the plan and the council."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.discussion import MeetingKind, Stance, Verdict
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Role
from deliberate.domain.plan import plan_sha256
from deliberate.models import (
    DiscussionRound,
    InboxMessage,
    Notice,
    SettingsVersion,
)
from deliberate.queries import council as council_asked
from deliberate.queries import desk
from deliberate.queries import discussion as asked
from deliberate.services import comments, council, discussion, plans
from deliberate.services.comments import Remark
from deliberate.services.council import Call, Minutes
from deliberate.services.discussion import Opening, Summary
from tests import make
from tests.make import START

SUMMARY = Summary("先修三栋。", "无", "按提案写方案。")
LATER = START + timedelta(days=8)


class Hall:
    """An accepted matter whose first round is open for seven days."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.community = make.community(session)
        homes = make.households(session, self.community, 6)
        self.moderator = make.actor(session, make.staff(session, self.community, Role.MODERATOR))
        self.proposal = make.accepted(session, self.moderator, homes[0], homes[1:4])
        self.speaker = make.actor(session, make.resident(session, homes[5]))
        other = make.community(session, "beimen", "北门社区")
        self.stranger = make.actor(session, make.resident(session, make.households(session, other, 1)[0]))
        self.other_moderator = make.actor(session, make.staff(session, other, Role.MODERATOR))
        discussion.open_discussion(session, self.moderator, self.proposal.id, make.opening(), now=START)

    def say(self, body: str = "好", stance: Stance | None = Stance.FOR, **other: object) -> int:
        remark = Remark(body, stance, **other)  # type: ignore[arg-type]
        return comments.comment(self.session, self.speaker, self.proposal.id, remark, now=START).id

    def close(self, **other: object) -> DiscussionRound:
        return discussion.close_round(
            self.session,
            self.moderator,
            self.proposal.id,
            SUMMARY,
            now=LATER,
            **other,  # type: ignore[arg-type]
        )

    def told(self, account_id: int | None) -> list[str]:
        wanted = (
            select(InboxMessage.kind).where(InboxMessage.account_id == account_id).order_by(InboxMessage.id)
        )
        return list(self.session.scalars(wanted))


@pytest.fixture
def hall(database: Database) -> Iterator[Hall]:
    with database.transaction() as tx:
        yield Hall(tx.session)


def test_nobody_speaks_after_the_deadline_or_the_closing(hall: Hall) -> None:
    hall.say()
    at_deadline = START + timedelta(days=7)
    with pytest.raises(Refusal):
        comments.comment(
            hall.session, hall.speaker, hall.proposal.id, Remark("晚了", Stance.FOR), now=at_deadline
        )
    with pytest.raises(Refusal):
        comments.take_down(
            hall.session,
            hall.moderator,
            hall.proposal.id,
            Remark("晚了", Stance.FOR),
            "王奶奶",
            now=at_deadline,
        )
    discussion.close_round(hall.session, hall.moderator, hall.proposal.id, SUMMARY, early=True, now=START)
    with pytest.raises(Refusal):
        hall.say()


def test_who_may_speak_and_take_down(hall: Hall) -> None:
    with pytest.raises(NotAllowed):
        comments.comment(hall.session, hall.stranger, hall.proposal.id, Remark("好", Stance.FOR), now=START)
    for actor in (hall.speaker, hall.other_moderator):
        with pytest.raises(NotAllowed):
            comments.take_down(
                hall.session, actor, hall.proposal.id, Remark("好", Stance.FOR), "王奶奶", now=START
            )
    with pytest.raises(BadInput):
        hall.say(stance=None)
    with pytest.raises(BadInput):
        hall.say("字" * 2001)


def test_an_answer_to_an_answer_stands_beside_it(hall: Hall) -> None:
    first = hall.say("几年质保?", Stance.QUESTION)
    answer = comments.comment(
        hall.session, hall.moderator, hall.proposal.id, Remark("三年。", parent_id=first), now=START
    )
    hall.say("谢谢", None, parent_id=answer.id)
    (said,) = asked.comments(hall.session, hall.proposal)[answer.discussion_round_id]
    assert [reply.body for reply in said.replies] == ["三年。", "谢谢"]
    assert [reply.voice.moderator for reply in said.replies] == [True, False]
    assert hall.told(hall.speaker.account_id) == ["comment_replied"]


def test_one_answers_only_what_was_said_in_this_round(hall: Hall) -> None:
    hidden = hall.say()
    comments.hide(hall.session, hall.moderator, hidden, "骂人", now=START)
    for parent in (hidden, 999):
        with pytest.raises(BadInput):
            hall.say("同意", None, parent_id=parent)


def test_a_hidden_remark_leaves_its_mark_and_nothing_else(hall: Hall) -> None:
    number = hall.say("他家电话是 13900000000")
    with pytest.raises(BadInput):
        comments.hide(hall.session, hall.moderator, number, " ", now=START)
    comments.hide(hall.session, hall.moderator, number, "写了电话。", now=START)
    (remarks,) = asked.comments(hall.session, hall.proposal).values()
    assert (remarks[0].body, remarks[0].hidden_reason) == ("", "写了电话。")
    assert hall.told(hall.speaker.account_id) == ["comment_hidden"]
    for actor in (hall.speaker, hall.other_moderator):
        with pytest.raises(NotAllowed):
            comments.hide(hall.session, actor, number, "不要", now=START)


def test_what_was_taken_down_never_shows_the_name(hall: Hall) -> None:
    comments.take_down(
        hall.session, hall.moderator, hall.proposal.id, Remark("亮一点", Stance.FOR), "王奶奶", now=START
    )
    (remarks,) = asked.comments(hall.session, hall.proposal).values()
    assert remarks[0].voice.taken_down
    assert not remarks[0].voice.moderator
    assert remarks[0].spoken_by == "王奶奶"


def test_only_suggestions_get_a_verdict_and_only_with_a_reason(hall: Hall) -> None:
    plain, number = hall.say(), hall.say("装感应灯", Stance.SUGGESTION)
    with pytest.raises(BadInput):
        comments.judge(hall.session, hall.moderator, plain, Verdict.TAKEN, "好", now=START)
    with pytest.raises(BadInput):
        comments.judge(hall.session, hall.moderator, number, Verdict.TAKEN, "", now=START)
    comments.judge(hall.session, hall.moderator, number, Verdict.NOT_TAKEN, "没有钱", now=START)
    comments.judge(hall.session, hall.moderator, number, Verdict.TAKEN, "有钱了", now=START)
    (said,) = asked.suggestions(asked.comments(hall.session, hall.proposal))
    assert (said.verdict, said.verdict_reason) == (Verdict.TAKEN, "有钱了")
    assert hall.told(hall.speaker.account_id) == ["suggestion_not_taken", "suggestion_taken"]


def test_a_round_closes_with_three_parts_and_not_early_by_accident(hall: Hall) -> None:
    with pytest.raises(BadInput):
        discussion.close_round(hall.session, hall.moderator, hall.proposal.id, SUMMARY, now=START)
    with pytest.raises(BadInput):
        discussion.close_round(
            hall.session, hall.moderator, hall.proposal.id, Summary("好", " ", "好"), now=LATER
        )
    with pytest.raises(NotAllowed):
        discussion.close_round(hall.session, hall.speaker, hall.proposal.id, SUMMARY, now=LATER)
    closed = hall.close()
    assert (closed.closed_by_id, closed.agreed) == (hall.moderator.account_id, "先修三栋。")
    with pytest.raises(Refusal):
        hall.close()


def test_closing_can_open_the_next_round_at_once(hall: Hall) -> None:
    following = hall.close(opening=make.opening("再议预算", now=LATER))
    assert (following.n, following.closed_at, hall.proposal.stage) == (2, None, Stage.DISCUSSING)


def test_the_next_round_waits_for_the_summary_and_ends_in_the_future(hall: Hall) -> None:
    with pytest.raises(WrongStage):
        discussion.next_round(hall.session, hall.moderator, hall.proposal.id, make.opening(), now=START)
    hall.close()
    with pytest.raises(BadInput):
        discussion.next_round(hall.session, hall.moderator, hall.proposal.id, Opening("?", LATER), now=LATER)


def test_the_store_allows_one_open_round(hall: Hall) -> None:
    with pytest.raises(IntegrityError):
        discussion.add_round(hall.session, hall.moderator, hall.proposal, make.opening(), START)
    hall.session.rollback()


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


def call(hall: Hall, **other: object) -> Call:
    known = {
        "kind": MeetingKind.MOBILE,
        "title": "院里议事",
        "place": "3号楼前",
        "starts_at": START + timedelta(days=3),
        "agenda": "单元门",
        "proposal_ids": (hall.proposal.id,),
    }
    return Call(**{**known, **other})  # type: ignore[arg-type]


def test_a_meeting_from_its_call_to_its_minutes(hall: Hall) -> None:
    names = [
        council.add_member(hall.session, hall.moderator, hall.community.id, name, now=START)
        for name in "甲乙丙"
    ]
    council.end_member(hall.session, hall.moderator, names[2].id, now=START)
    meeting = council.call_meeting(hall.session, hall.moderator, hall.community.id, call(hall), now=START)
    held = Minutes(
        "主持人", "记录员", "先修。", "问住户。", frozenset({names[0].id}), frozenset({hall.proposal.id})
    )
    with pytest.raises(Refusal):
        council.record_minutes(hall.session, hall.moderator, meeting.id, held, now=START)
    council.record_minutes(hall.session, hall.moderator, meeting.id, held, now=LATER)
    view = council_asked.meeting(hall.session, hall.community.id, meeting.id)
    assert view
    assert ([one.name for one in view.due], view.present) == (["甲", "乙"], 1)
    assert view.matters[0].ask_households
    with pytest.raises(Refusal):
        council.record_minutes(hall.session, hall.moderator, meeting.id, held, now=LATER)


def test_what_no_meeting_can_be(hall: Hall) -> None:
    for other in ({"starts_at": START}, {"proposal_ids": (999,)}, {"agenda": ""}, {"title": "字" * 500}):
        with pytest.raises(BadInput), hall.session.begin_nested():
            council.call_meeting(
                hall.session, hall.moderator, hall.community.id, call(hall, **other), now=START
            )
    for actor in (hall.speaker, hall.other_moderator):
        with pytest.raises(NotAllowed):
            council.call_meeting(hall.session, actor, hall.community.id, call(hall), now=START)
    with pytest.raises(NotFound):
        council.record_minutes(hall.session, hall.moderator, 999, Minutes("a", "b", "c", "d"), now=START)


def test_a_member_is_added_once(hall: Hall) -> None:
    one = council.add_member(hall.session, hall.moderator, hall.community.id, "阿依努尔·买买提江", now=START)
    two = council.add_member(
        hall.session, hall.moderator, hall.community.id, " 阿依努尔·买买提江 ", now=START
    )
    assert one is two


def test_the_desk_counts_what_waits(hall: Hall) -> None:
    hall.say("装感应灯", Stance.SUGGESTION)
    council.call_meeting(hall.session, hall.moderator, hall.community.id, call(hall), now=START)
    before = desk.desk(hall.session, hall.community.id, hall.moderator.account_id, START)
    after = desk.desk(hall.session, hall.community.id, hall.moderator.account_id, LATER)
    assert (before.count, after.count) == (1, 3)
    assert [row.id for row in after.to_close] == [hall.proposal.id]
    hall.close()
    summed = desk.desk(hall.session, hall.community.id, hall.moderator.account_id, LATER)
    assert [row.id for row in summed.to_go_on] == [hall.proposal.id]
