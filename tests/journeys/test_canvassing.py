"""A canvasser with a signal: from the list to the door, the visit, the paper, and on to the next door."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.permissions import Role
from deliberate.domain.round import VisitOutcome, VisitWish
from deliberate.domain.serial import printed
from deliberate.models import (
    ConsentPaper,
    Evidence,
    Household,
    Visit,
    VisitRequest,
)
from deliberate.services.visits import VisitNote, record_visit
from tests import make, make_round
from tests.app import SignIn
from tests.make import Clock
from tests.make_round import open_round
from tests.statements import heard
from tests.walk import Begin, Walk, household_entry, leads_to

LATER = "2026-03-02T19:30"


@pytest.mark.parametrize(
    ("language", "saved", "again", "todo"),
    [
        ("zh-Hans", "已保存", "约好要再去的", "尚未反馈"),
        ("en", "is saved", "Appointments to keep", "No answer yet"),
    ],
)
def test_from_the_list_to_the_door_and_on_to_the_next(
    walk: Callable[..., Walk], language: str, saved: str, again: str, todo: str
) -> None:
    my = walk(language=language)
    first, second, third = my.at.homes[:3]
    assert todo in my.get(f"buildings/{first.building_id}")

    assert leads_to(my.door(first, outcome="not_home"), second)
    assert saved in my.get(second.id)
    assert leads_to(my.door(second, outcome="come_back", come_back_at=LATER), third)
    assert again in my.get()
    my.clock.forward(hours=9)

    one, other = household_entry(my.at, second), household_entry(my.also, second)
    sealed = my.paper(second, 3, {one: Answer.AGREE, other: Answer.DISAGREE}, language="ug")
    assert leads_to(sealed, third)
    assert (my.standing(one), my.standing(other)) == (Standing.AGREE, Standing.DISAGREE)
    assert again not in my.get()
    visits = my.recorded(Visit)
    assert [v.outcome for v in visits] == ["not_home", "come_back", "answered"]
    papers = my.recorded()
    assert {p.serial for p in papers} == {printed(3)}
    assert {p.visit_id for p in papers} == {visits[-1].id}
    assert {p.signed_at for p in papers} == {visits[-1].at_door}
    assert {(p.signer_name, p.relation, p.language) for p in my.recorded(ConsentPaper)} == {
        ("热依罕·吐尔逊", "spouse", "ug")
    }
    assert len(my.recorded(Evidence)) == 2


def test_ones_own_door_says_so_before_anything_is_typed(
    walk: Callable[..., Walk], transaction: Begin
) -> None:
    my = walk()
    home = my.at.homes[0]
    with transaction() as tx:
        tx.session.add(
            make.Membership(
                community_id=my.at.community.id,
                household_id=home.id,
                account_id=my.at.staff.canvasser.id,
                joined_at=tx.now,
            )
        )
    for path in (home.id, f"{home.id}/paper"):
        page = my.get(path)
        assert "不能登记自己家" in page
        assert "request_id" not in page
    for answer in (my.door(home, outcome="not_home"), my.door(home, paper=True, serial=printed(1))):
        assert answer.status_code == 403
        assert "不能登记自己家" in answer.get_data(as_text=True)
    assert not my.recorded(Visit)


def test_another_communitys_door_is_not_found(walk: Callable[..., Walk], transaction: Begin) -> None:
    my = walk()
    with transaction() as tx:
        foreign = make.households(tx.session, make.community(tx.session, "other", "别的社区"), 1)[0]
    for path in (f"{foreign.id}", f"{foreign.id}/paper", f"buildings/{foreign.building_id}"):
        assert my.me.get(f"{my.base}/{path}").status_code == 404
    assert my.door(foreign, outcome="not_home").status_code == 404
    assert my.me.get(f"/c/other/doors/{foreign.id}").status_code == 403


def test_a_canvasser_without_duty_learns_why_not(
    walk: Callable[..., Walk], transaction: Begin, signed_in: SignIn
) -> None:
    my = walk()
    home = my.at.homes[0]
    with transaction() as tx:
        idle = make.staff(tx.session, my.at.community, Role.CANVASSER)
        stranger = make.staff(tx.session, my.at.community, Role.MODERATOR)
    my.me = signed_in(idle)
    assert "还没有编入" in my.get()
    assert my.me.get(f"{my.base}/{home.id}").status_code == 404
    answer = my.door(home, outcome="not_home")
    assert answer.status_code == 404
    assert "入户小组" in answer.get_data(as_text=True)
    assert signed_in(stranger).get(f"{my.base}/{home.id}").status_code == 403


def test_a_round_that_has_not_opened_says_to_wait(
    transaction: Begin, signed_in: SignIn, database: Database, clock: Clock
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 4, now=tx.now, opened=False)
    my = Walk(database, signed_in(at.staff.canvasser), at, None, clock)
    assert "要等征求意见开始" in my.get()
    assert my.me.get(f"{my.base}/{at.homes[0].id}").status_code == 404


def test_an_outcome_and_its_paper_must_fit(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    entry = household_entry(my.at, home)
    for answer, said in (
        (my.door(home), "请选这次入户的结果"),
        (my.door(home, outcome="nonsense"), "请选这次入户的结果"),
        (my.door(home, outcome="come_back"), "请填约好的时间"),
        (my.paper(home, 1, {}), "还没有录入表上的意见"),
        (my.paper(home, 1, {entry: Answer.AGREE}, outcome="not_home"), "入户结果却不是"),
        (my.door(home, outcome="not_home", at_door="2026-03-09T10:00"), "晚于现在"),
    ):
        assert answer.status_code == 422, said
        assert said in answer.get_data(as_text=True)
    assert not my.recorded()
    assert not my.recorded(Visit)


def test_after_three_attempts_or_a_please_not_only_paper_that_is_handed_in(
    walk: Callable[..., Walk], transaction: Begin
) -> None:
    my = walk()
    tried, shut = my.at.homes[:2]
    for _time in range(3):
        assert my.door(tried, outcome="not_home").status_code == 302
        my.clock.forward(hours=1)
    my.door(shut, outcome="do_not_visit")
    for home in (tried, shut):
        page = my.get(home.id)
        assert "请不要再敲这一户的门" in page
        assert 'name="outcome"' not in page
        assert my.door(home, outcome="not_home").status_code == 409
    assert len(my.recorded(Visit)) == 4
    entry = household_entry(my.at, shut)
    sealed = my.paper(shut, 1, {entry: Answer.AGREE}, paper=True, signed_at="2026-03-02T11:30")
    assert sealed.status_code == 302
    assert sealed.location.endswith("/stack")
    assert my.standing(entry) is Standing.AGREE

    with transaction() as tx:
        tx.session.add(
            VisitRequest(
                community_id=my.at.community.id,
                household_id=tried.id,
                wish=VisitWish.VISIT,
                language="ug",
                by_woman=True,
                evening=True,
                question="工期多长",
                asked_at=tx.now,
            )
        )
    my.clock.forward(hours=1)
    assert "工期多长" in my.get()
    assert "要女同志" in my.get(f"buildings/{tried.building_id}?only=evening")
    assert my.door(tried, outcome="language").status_code == 302
    wish = my.recorded(VisitRequest)[0]
    assert my.me.post(f"{my.base}/wishes/{wish.id}", data={"result": "已上门说明"}).status_code == 302
    assert "工期多长" not in my.get()


def test_doors_are_found_by_room_and_by_name_in_every_spelling_of_the_dot(
    walk: Callable[..., Walk], transaction: Begin
) -> None:
    my = walk()
    home = my.at.homes[5]
    with transaction() as tx:
        mine = tx.session.get_one(Household, home.id)
        mine.head_name, mine.head_key = "热依罕·吐尔逊", "热依罕吐尔逊"
    for typed in (
        home.room,
        f"1-1-{home.room}",
        "热依罕·吐尔逊",
        "热依罕•吐尔逊",
        "热依罕・吐尔逊",
        "热依罕吐尔逊",
        "吐尔逊",
    ):
        found = re.findall(r'class="door-card" href="[^"]*/doors/(\d+)"', my.get(f"search?q={typed}"))
        assert found == [str(home.id)], typed
    for nothing in ("%", "_", "9999", "x" * 500, "'; --"):
        assert "door-card" not in my.get(f"search?q={nothing}")


def test_filters_keep_the_silent_the_appointed_and_the_evening(walk: Callable[..., Walk]) -> None:
    my = walk()
    done, noon, night = my.at.homes[:3]
    my.paper(
        done, 1, {household_entry(my.at, done): Answer.AGREE, household_entry(my.also, done): Answer.AGREE}
    )
    my.door(noon, outcome="come_back", come_back_at="2026-03-03T12:00")
    my.door(night, outcome="come_back", come_back_at="2026-03-03T20:00")

    def listed(only: str) -> list[int]:
        page = my.get(f"buildings/{done.building_id}?only={only}")
        return [int(n) for n in re.findall(r'class="door-card" href="[^"]*/doors/(\d+)"', page)]

    every = [home.id for home in my.at.homes]
    assert listed("") == listed("nonsense") == every
    assert listed("silent") == every[1:]
    assert listed("come_back") == [noon.id, night.id]
    assert listed("evening") == [night.id]


def test_a_crew_walks_its_own_doors_and_takes_papers_of_the_whole_round(
    walk: Callable[..., Walk], transaction: Begin
) -> None:
    my = walk(two=False)
    with transaction() as tx:
        elsewhere = make.building(tx.session, my.at.community, "2")[1]
        crew = tx.session.get_one(make_round.Crew, my.at.crew.id)
        crew.scope = {"kind": "buildings", "ids": [elsewhere.id]}
    home = my.at.homes[0]
    assert "没有要走的楼" in my.get("buildings")
    assert f"/doors/{home.id}" not in my.get(f"search?q={home.room}")
    assert f"/doors/{home.id}/paper" in my.get(f"stack?q={home.room}")


def test_the_last_door_leads_back_to_the_building(walk: Callable[..., Walk]) -> None:
    my = walk()
    last = my.at.homes[-1]
    answer = my.door(last, outcome="vacant")
    assert answer.location.endswith(f"/buildings/{last.building_id}")
    assert "往后没有要去的门了" in my.get(f"buildings/{last.building_id}")


def test_a_long_walk_takes_no_more_questions_than_a_short_one(
    walk: Callable[..., Walk], transaction: Begin
) -> None:
    numbers = []
    for homes in (4, 60):
        my = walk(homes)
        with transaction() as tx:
            who = make.actor(tx.session, my.at.staff.canvasser)
            for n, home in enumerate(my.at.homes[1:]):
                note = VisitNote(VisitOutcome.COME_BACK, tx.now, f"v{homes}-{n}", tx.now + timedelta(hours=2))
                record_visit(tx.session, who, home.id, my.at.crew.id, note, now=tx.now)
        asked = []
        for path in ("", f"buildings/{my.at.homes[0].building_id}", my.at.homes[0].id, "search?q=1"):
            with heard(my.database) as said:
                my.get(path)
            asked.append(len(said))
        numbers.append(asked)
    assert numbers[0] == numbers[1]
    assert max(numbers[0]) < 30
