"""The record of boards: who hung a notice up, where, since when; and what follows for its period."""

import io
from datetime import datetime, timedelta

import pytest
from flask import Flask

from deliberate.db import NO_LOCK, Lock
from deliberate.domain.calendar import BEIJING
from deliberate.domain.errors import WrongStage
from deliberate.models import Notice, NoticePosting
from deliberate.queries import counts, postings
from deliberate.services import outcomes, plans
from deliberate.services.postings import record_posting
from deliberate.web.paper import boards
from tests import make, make_check, make_round
from tests.make import Clock
from tests.make_letter import browser
from tests.services.checked_rounds import Signed, signed
from tests.services.discussion_hall import LATER, Hall
from tests.web.rounds_office import Begin
from tests.web.uploads import png


def _typed(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def test_a_board_is_recorded_once_with_its_photograph_and_moves_the_period(
    app: Flask, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_round.open_round(tx.session, 4, now=tx.now)
        notice_id, slug = tx.session.query(Notice).filter_by(kind="invitation").one().id, at.community.slug
    published = clock.at
    clock.forward(days=2)
    moderator, url = browser(app, at.staff.moderator), f"/c/{slug}/paper/notices/{notice_id}/boards"
    early = moderator.post(url, data={"place": "北门", "posted_at": _typed(published - timedelta(days=1))})
    assert early.status_code == 422
    sent = {
        "place": " 2号楼 公示栏 ",
        "posted_at": _typed(clock.at),
        "picture": (io.BytesIO(png()), "board.png"),
    }
    assert moderator.post(url, data=sent, content_type="multipart/form-data").status_code == 302
    again = moderator.post(url, data={"place": "2号楼 公示栏", "posted_at": _typed(clock.at)})
    assert again.status_code == 422
    with transaction() as tx:
        assert tx.session.query(NoticePosting).one().picture_id is not None
        notice = tx.session.get_one(Notice, notice_id)
        assert notice.until is not None
        assert postings.shown_until(tx.session, notice) == notice.until + timedelta(days=2)
    page = app.test_client().get(f"/c/{slug}/notices/{notice_id}").text
    assert "2号楼 公示栏" in page
    assert "/pictures/" in page


def _recorded(one: Signed, notice: Notice, place: str, posted_at: datetime) -> None:
    moderator = one.actor("moderator")
    record_posting(one.tx.session, moderator, notice.id, place, posted_at, now=one.clock.at)


def test_a_board_recorded_later_does_not_end_the_time_for_objections_sooner(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 9, 1)
        shown_at, round_id = clock.at, one.at.round.id
        make_check.checked(tx.session, one.at, now=clock.at)
        notice = tx.session.query(Notice).filter_by(kind="preliminary").one()
        online = counts.objection_until(tx.session, round_id)
        assert online is not None
        clock.forward(days=5)
        _recorded(one, notice, "1号楼公示栏", clock.at)
        assert counts.objection_until(tx.session, round_id) == online + timedelta(days=5)
        clock.at = online + timedelta(days=2)
        _recorded(one, notice, "2号楼公示栏", shown_at)
        assert counts.objection_until(tx.session, round_id) == online + timedelta(days=5)
        assert postings.shown_until(tx.session, notice) == online + timedelta(days=5)
        with pytest.raises(WrongStage):
            outcomes.conclude(tx.session, one.actor("moderator"), round_id, now=clock.at)


def test_a_board_recorded_later_does_not_end_the_plans_notice_sooner(transaction: Begin) -> None:
    with transaction() as tx:
        hall = Hall(tx.session)
        hall.close()
        plan = plans.fix_plan(tx.session, hall.moderator, hall.proposal.id, make.plan_text(), now=LATER)
        notice = tx.session.query(Notice).filter_by(kind="plan").one()
        until, now = postings.plan_shown_until(tx.session, plan), LATER + timedelta(days=3)
        for place, posted_at in (("1号楼公示栏", now), ("2号楼公示栏", LATER)):
            record_posting(tx.session, hall.moderator, notice.id, place, posted_at, now=now)
            assert postings.plan_shown_until(tx.session, plan) == until + timedelta(days=3)


def test_recording_a_board_waits_for_who_concludes(
    app: Flask, transaction: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        at = make_round.open_round(tx.session, 4, now=tx.now)
        notice, slug = tx.session.query(Notice).filter_by(kind="invitation").one(), at.community.slug
        posted_at = tx.now
    moderator, locks, really = browser(app, at.staff.moderator), [], boards.transaction
    monkeypatch.setattr(boards, "transaction", lambda lock=NO_LOCK: (locks.append(lock), really(lock))[1])
    url = f"/c/{slug}/paper/notices/{notice.id}/boards"
    assert moderator.post(url, data={"place": "北门", "posted_at": _typed(posted_at)}).status_code == 302
    assert locks == [Lock(proposal_id=at.proposal.id, round_id=at.round.id)]
