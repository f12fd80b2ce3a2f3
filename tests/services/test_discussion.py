"""Rounds, remarks, verdicts, the plan and the council."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from deliberate.db import Database
from deliberate.domain.discussion import Stance, Verdict
from deliberate.domain.errors import BadInput, NotAllowed, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.queries import discussion as asked
from deliberate.services import comments, discussion
from deliberate.services.comments import Remark
from deliberate.services.discussion import Opening, Summary
from tests import make
from tests.make import START
from tests.services.discussion_hall import LATER, SUMMARY, Hall


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
    first = hall.say("几年质保？", Stance.QUESTION)
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


def test_a_second_click_closes_no_further_round(hall: Hall) -> None:
    opening = make.opening("再议预算", now=LATER)
    hall.close(opening=opening, early=True, seen=1)
    again = hall.close(opening=opening, early=True, seen=1)
    running = discussion.running_round(hall.session, hall.proposal.id)
    assert running is not None
    assert (again.n, running.n) == (1, 2)
    other = Summary("另一份小结。", "无", "写方案。")
    with pytest.raises(Stale) as stale:
        discussion.close_round(
            hall.session, hall.moderator, hall.proposal.id, other, early=True, seen=1, now=LATER
        )
    assert stale.value.params["n"] == 2
    assert running.closed_at is None


def test_one_form_makes_one_remark_and_drops_no_other(hall: Hall) -> None:
    first = hall.say("先修三栋。", request_id="one")
    assert hall.say("先修三栋。", request_id="one") == first
    for said, stance in (("先修五栋。", Stance.FOR), ("先修三栋。", Stance.AGAINST)):
        with pytest.raises(Stale):
            hall.say(said, stance, request_id="one")
    answer = hall.say("我也这样想。", None, parent_id=first, request_id="two")
    assert hall.say("我也这样想。", None, parent_id=first, request_id="two") == answer
    with pytest.raises(Stale):
        hall.say("我不这样想。", None, parent_id=first, request_id="two")


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
