"""The council: meetings from call to minutes, members, and what waits at its desk."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deliberate.db import Database
from deliberate.domain.discussion import MeetingKind, Stance
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal, Stale
from deliberate.queries import council as council_asked
from deliberate.queries import desk
from deliberate.services import council
from deliberate.services.council import Call, Minutes
from tests.make import START
from tests.services.discussion_hall import LATER, Hall


@pytest.fixture
def hall(database: Database) -> Iterator[Hall]:
    with database.transaction() as tx:
        yield Hall(tx.session)


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


def test_one_form_calls_one_meeting_and_drops_no_other(hall: Hall) -> None:
    made = lambda **other: council.call_meeting(  # noqa: E731
        hall.session, hall.moderator, hall.community.id, call(hall, request_id="one", **other), now=START
    )
    assert made().id == made(title=" 院里议事 ").id
    for other in ({"agenda": "电梯"}, {"place": "5号楼前"}, {"proposal_ids": ()}):
        with pytest.raises(Stale):
            made(**other)
