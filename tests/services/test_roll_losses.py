"""Homes that leave the roll are shown to both who certify, printed in the notice, and never silenced in a round."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.errors import Refusal
from deliberate.domain.permissions import Role
from deliberate.models import Grid, Household, Notice
from deliberate.queries import roll_losses, roll_preview
from deliberate.services import households, rounds
from deliberate.web import roll_words
from tests import make, make_count, make_round
from tests.make import Clock
from tests.make_letter import browser
from tests.services.prepared_rounds import Begin, bare, certify

DAY = timedelta(days=1)


@pytest.fixture
def store(migrated_url: str, clock: Clock) -> Iterator[Database]:
    made = Database(migrated_url, clock)
    yield made
    made.dispose()


def gone(session: Session, at: make_round.OpenRound, homes: list[Household], now: datetime) -> None:
    registrar = make.actor(session, at.staff.registrar)
    for home in homes:
        households.mark_gone(session, registrar, home.id, "与隔壁合并", now=now)


def back(session: Session, at: make_round.OpenRound, homes: list[Household], now: datetime) -> None:
    registrar = make.actor(session, at.staff.registrar)
    for home in homes:
        households.bring_back(session, registrar, home.id, "误登", now=now)


def moved(session: Session, at: make_round.OpenRound, home: Household, grid_id: int, now: datetime) -> None:
    registrar = make.actor(session, at.staff.registrar)
    facts = households.Facts(grid_id, home.unit, home.room, "", "测试户主", "", "80", home.occupancy, "")
    seen = households.newest_change(session, home.id)
    households.correct(session, registrar, home.id, facts, "网格划错了", seen=seen, now=now)


def lost(session: Session, at: make_round.OpenRound) -> list[tuple[int, bool, str]]:
    return [(one.household_id, one.gone, one.reason) for one in roll_losses.of_round(session, at.round)]


def test_homes_marked_as_gone_are_counted_shown_and_printed_though_they_come_back(store: Database) -> None:
    """A roll of 40 homes drawn up at 30, and whole again a moment later."""
    with store.transaction() as tx:
        at = bare(tx.session, tx.now, 40)
        gone(tx.session, at, at.homes[:10], tx.now)
        told = [(home.id, True, "与隔壁合并") for home in at.homes[:10]]
        look = roll_preview.preview(tx.session, at.round)
        assert (look.homes, look.corrections) == (30, 10)
        assert lost(tx.session, at) == told
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        back(tx.session, at, at.homes[:10], tx.now + DAY)
        assert lost(tx.session, at) == told, "the scrutineer sees what the registrar drew up"
        make.households(tx.session, at.community, 1, building_name="9")
        assert lost(tx.session, at) == told


def test_a_home_that_came_back_before_the_roll_was_drawn_up_is_on_it(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        gone(tx.session, at, at.homes[:2], tx.now)
        back(tx.session, at, at.homes[:1], tx.now)
        assert [one for one, _gone, _why in lost(tx.session, at)] == [at.homes[1].id]


def test_the_invitation_prints_how_many_left_which_and_why(transaction: Begin, app: Flask) -> None:
    with transaction() as tx:
        at = make_round.open_round(tx.session, 12, opened=False)
        rounds.drop_round(
            tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, "重来", now=tx.now
        )
        gone(tx.session, at, at.homes[:2], tx.now + DAY)
        again, _crew = make_round.prepared(tx.session, at.staff, at.proposal, now=tx.now + DAY)
        make_round.certified(tx.session, at.staff, again.id, now=tx.now + DAY)
        rounds.open_round(tx.session, make.actor(tx.session, at.staff.moderator), again.id, now=tx.now + DAY)
        notice = tx.session.query(Notice).filter_by(kind="invitation").one()
        assert (notice.data["roll"], notice.data["lost"]) == (10, 2)
        number = notice.id
    page = browser(app).get(f"/c/{at.community.slug}/notices/{number}").text
    assert "1-1-101（与隔壁合并）；1-1-102（与隔壁合并）" in page
    with app.test_request_context("/"):
        assert list(roll_words.lost({})) == []
        many = dict(roll_words.lost({"lost": 3, "lost_homes": [["1-1-101", ""]]}))
    assert many["移出的住房"] == "1-1-101（改到范围以外）"
    assert many["没有逐户写出的"] == "2 户"


def test_a_home_whose_grid_is_moved_out_of_the_scope_is_told(store: Database) -> None:
    with store.transaction() as tx:
        at = bare(tx.session, tx.now)
        elsewhere = make.households(tx.session, at.community, 3, building_name="7", grid="2")
        here, there = at.homes[0].grid_id, elsewhere[0].grid_id
        at.round.scope = {"kind": "grids", "ids": [here]}
        tx.session.flush()
        moved(tx.session, at, at.homes[3], there, tx.now)
        moved(tx.session, at, elsewhere[0], tx.session.query(Grid).filter_by(name="1").one().id, tx.now)
        gone(tx.session, at, [elsewhere[1]], tx.now)
        assert lost(tx.session, at) == [(at.homes[3].id, False, "网格划错了")]
        look = roll_preview.preview(tx.session, at.round)
        assert (look.homes, look.corrections) == (12, 2)


def test_what_an_earlier_invitation_told_is_not_told_again(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        gone(tx.session, at, at.homes[:1], tx.now)
        rounds.drop_round(
            tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, "重来", now=tx.now
        )
        moderator = make.actor(tx.session, at.staff.moderator)
        first, _crew = make_round.prepared(tx.session, at.staff, at.proposal, now=tx.now + DAY)
        make_round.certified(tx.session, at.staff, first.id, now=tx.now + DAY)
        other, _plan = make_round.fixed_plan(
            tx.session, at.community, at.staff.moderator, now=tx.now, number=2
        )
        second = rounds.prepare_round(tx.session, moderator, other.id, now=tx.now + DAY)
        assert len(roll_losses.of_round(tx.session, second)) == 1, "certified is not yet told"
        rounds.open_round(tx.session, moderator, first.id, now=tx.now + DAY)
        assert roll_losses.of_round(tx.session, second) == []
        second.scope = {"kind": "buildings", "ids": [at.homes[0].building_id]}
        assert roll_losses.of_round(tx.session, second) == []
        new = make.households(tx.session, at.community, 1, building_name="9")
        gone(tx.session, at, new, tx.now + 2 * DAY)
        assert roll_losses.of_round(tx.session, second) == []
        second.scope = {"kind": "community"}
        assert [one.household_id for one in roll_losses.of_round(tx.session, second)] == [new[0].id]


def test_both_who_certify_see_which_homes_left_and_why(transaction: Begin, app: Flask) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        gone(tx.session, at, at.homes[:1], tx.now)
    for job, person in (("roll", at.staff.registrar), ("scrutiny", at.staff.scrutineer)):
        page = browser(app, person).get(f"/c/{at.community.slug}/{job}/certify/{at.round.id}").text
        assert "与隔壁合并" in page
        assert at.staff.registrar.display_name in page


def test_a_home_on_a_certified_roll_is_not_taken_off_the_list_until_it_is_counted(transaction: Begin) -> None:
    """It could not answer any more, nobody would call at its door, and it would count all the same."""
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        with pytest.raises(Refusal) as refused:
            gone(tx.session, at, at.homes[:1], tx.now)
        assert refused.value.fill(refused.value.why).startswith("“测试议题1”第1次征求意见的名册已经核定")
        assert "取消这次准备" in refused.value.next_step
        gone(tx.session, at, make.households(tx.session, at.community, 1, building_name="9"), tx.now)
        assert at.homes[0].gone_at is None


def test_a_home_may_be_marked_as_gone_once_its_round_is_counted_or_dropped(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_round.open_round(tx.session, 12)
        with pytest.raises(Refusal, match="这一户在上面") as refused:
            gone(tx.session, at, at.homes[:1], tx.now)
        assert refused.value.next_step == "请等这次征求意见结束统计以后再移出。"
        make_count.closed(at, tx, clock)
        gone(tx.session, at, at.homes[:1], clock.at)
        dropped = make_round.open_round(tx.session, 11, opened=False, matter=7)
        moderator = make.actor(tx.session, dropped.staff.moderator)
        rounds.drop_round(tx.session, moderator, dropped.round.id, "重来", now=tx.now)
        gone(tx.session, dropped, dropped.homes[:1], tx.now)
