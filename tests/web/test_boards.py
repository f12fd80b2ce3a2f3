"""The record of boards: who hung a notice up, where, since when; and what follows for its period."""

import io
from datetime import datetime, timedelta

from flask import Flask

from deliberate.domain.calendar import BEIJING
from deliberate.models import Notice, NoticePosting
from deliberate.queries import postings
from tests import make_round
from tests.make import Clock
from tests.make_letter import browser
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
