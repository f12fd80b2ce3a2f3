"""What the office does while a tablet is away: deadlines, texts, doors, answers, the tablet itself."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from deliberate.domain.consent import Answer, Standing
from deliberate.models import Crew, Device, Household
from deliberate.services import devices, households, rounds
from tests import make, make_round
from tests.canvass.conftest import Evening
from tests.canvass.oracle import balanced, stands
from tests.canvass.tablet import Tablet

pytestmark = pytest.mark.whole


def verdicts(evening: Evening) -> list[tuple[str, str | None]]:
    """What became of each record."""
    return [(one.verdict.value, one.reason.value if one.reason else None) for one in evening.records()]


def records_page(tablet: Tablet) -> None:
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")


def test_registering_ended_while_offline_it_is_stored_shown_and_not_counted(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    assert evening.at.round.register_until
    evening.clock.at = evening.at.round.register_until + timedelta(minutes=1)
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    assert verdicts(evening) == [("late", None)]
    assert stands(evening, 0) is Standing.LATE
    records_page(tablet)
    expect(tablet.page.locator("[data-seq='1'] .chip")).to_contain_text("超过时间，不计入")
    balanced(evening, tablet, 1)


def test_a_round_extended_while_offline_counts_and_tells_its_new_end(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    until = evening.at.round.answer_until
    assert until
    with evening.database.transaction() as tx:
        moderator = make.actor(tx.session, evening.at.staff.moderator)
        last = (until + timedelta(days=5)).date()
        rounds.extend_round(tx.session, moderator, evening.at.round.id, last, "大雪", now=tx.now)
    evening.clock.at = until + timedelta(days=2)
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    assert verdicts(evening) == [("accepted", None)]
    assert stands(evening, 0) is Standing.AGREE
    (kept,) = tablet.kept("rounds")
    assert str(kept["answer_until"]) > (until + timedelta(days=4)).isoformat()
    balanced(evening, tablet, 1)


def test_a_plan_that_is_another_one_now_is_never_answered_by_the_old_text(
    evening: Evening, tablet: Tablet
) -> None:
    """The tablet showed a text that is not this round's."""
    tablet.signal(False)
    tablet.module(
        "store.js",
        """m.deed(["rounds"], async (tx) => {
             const [one] = await tx.store.getAll();
             await tx.store.put({ ...one, plan: { ...one.plan, sha256: "ab".repeat(32) } });
           })""",
    )
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    assert verdicts(evening) == [("quarantined", "plan_changed")]
    assert stands(evening, 0) is Standing.SILENT
    records_page(tablet)
    expect(tablet.page.locator("[data-seq='1'] .chip")).to_contain_text("说明的不是现在的方案")
    balanced(evening, tablet, 1)


def test_a_roll_entry_corrected_while_its_door_is_open_keeps_the_draft_and_counts(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.signal(False)
    with evening.database.transaction() as tx:
        home = tx.session.get_one(Household, evening.home(0))
        facts = households.Facts(
            home.grid_id,
            home.unit,
            home.room,
            str(home.floor or ""),
            "古丽娜尔·改正",
            "",
            "",
            home.occupancy,
            "",
        )
        registrar = make.actor(tx.session, evening.at.staff.registrar)
        seen = households.newest_change(tx.session, home.id)
        households.correct(tx.session, registrar, home.id, facts, "姓名录错", seen=seen, now=tx.now)
    tablet.photograph()
    tablet.seal()
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    assert stands(evening, 0) is Standing.AGREE
    balanced(evening, tablet, 1)


def test_a_door_given_to_another_crew_stays_until_its_work_is_delivered(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.not_home(evening.home(0))
    tablet.at_door(evening.home(1))
    tablet.outcome("answered")
    tablet.page.click("#back")
    with evening.database.transaction() as tx:
        tx.session.get_one(Crew, evening.at.crew.id).scope = {"kind": "buildings", "ids": [999]}
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    expect(tablet.page.locator(".door-card")).to_have_count(1)
    assert [door["household_id"] for door in tablet.kept("doors")] == [evening.home(1)]
    tablet.go_list()
    expect(tablet.page.locator(".door-card")).to_contain_text("不在名单上了")
    tablet.page.click(".door-card")
    tablet.page.wait_for_selector("#seal")
    tablet.explain()
    tablet.fill_paper({evening.entry(1): "agree"}, 1)
    tablet.photograph()
    tablet.seal()
    tablet.insist(made=2, waiting=0, delivered=2)
    balanced(evening, tablet, 2)


@pytest.mark.parametrize(
    ("online", "stood"), [(Answer.AGREE, Standing.AGREE), (Answer.DISAGREE, Standing.CONTRADICTION)]
)
def test_answered_online_meanwhile_the_tablet_never_learns_how(
    evening: Evening, tablet: Tablet, online: Answer, stood: Standing
) -> None:
    """The same answer is one answer; another is a contradiction that only the office knows of."""
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    with evening.database.transaction() as tx:
        make_round.say(tx.session, evening.at, evening.at.entries[0], online, now=tx.now)
        make_round.say(tx.session, evening.at, evening.at.entries[1], online, now=tx.now)
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1, needs=0)
    assert verdicts(evening) == [("accepted", None)]
    assert stands(evening, 0) is stood
    tablet.go_list()
    expect(tablet.page.locator(f"[data-door='{evening.home(1)}']")).to_contain_text("已反馈")
    told = str(tablet.kept("doors") + tablet.kept("rounds")) + str(
        [{**one, "payload": ""} for one in tablet.kept("records")]
    )
    assert not any(word in told for word in ("agree", "contradiction", "conflict"))
    balanced(evening, tablet, 1)


def test_a_tablet_revoked_with_records_waiting_delivers_into_quarantine_and_forgets_the_doors(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.not_home(evening.home(1))
    with evening.database.transaction() as tx:
        moderator = make.actor(tx.session, evening.at.staff.moderator)
        device = tx.session.query(Device).one()
        devices.revoke(tx.session, moderator, device.id, "丢在公交车上", now=tx.now)
    tablet.signal(True)
    tablet.insist(made=2, waiting=0, delivered=2)
    assert verdicts(evening) == [("quarantined", "revoked_device")] * 2
    assert stands(evening, 0) is Standing.SILENT
    tablet.insist(2, delivered=2)
    assert tablet.kept("doors") == tablet.kept("rounds") == []
    tablet.page.click("#list")
    expect(tablet.page.locator(".notice-await").first).to_contain_text("不再用来入户")
    tablet.shot("revoked")
    balanced(evening, tablet, 2)


def test_a_serial_used_twice_is_refused_at_the_door_and_elsewhere_quarantined(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.paper_at(evening.home(1), {evening.entry(1): "agree"}, 1)
    tablet.photograph("ivory")
    tablet.page.click("#seal")
    expect(tablet.page.locator(".fault")).to_contain_text("这个表号在这台平板上已经用过")
    tablet.fill_paper({evening.entry(1): "agree"}, 2)
    tablet.seal()
    with evening.database.transaction() as tx:
        make_round.paper(
            tx.session, evening.at, evening.at.entries[5], Answer.DISAGREE, 2, now=tx.now, key=make.CODE_KEY
        )
    tablet.signal(True)
    tablet.insist(made=2, waiting=0, delivered=2)
    assert verdicts(evening) == [("accepted", None), ("quarantined", "serial_used")]
    assert stands(evening, 1) is Standing.SILENT
    balanced(evening, tablet, 2)


@pytest.mark.parametrize("days", [3, -3])
def test_a_clock_that_is_days_off_orders_nothing_and_loses_nothing(
    evening: Evening, tablet: Tablet, days: int
) -> None:
    tablet.signal(False)
    tablet.shift_clock(days)
    for place in range(2):
        tablet.not_home(evening.home(place))
    tablet.signal(True)
    tablet.insist(made=2, waiting=0, delivered=2)
    as_known(evening)
    balanced(evening, tablet, 2)


def test_a_clock_set_in_the_middle_of_the_evening(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    for place, days in enumerate((0, 3, -2)):
        if days:
            tablet.shift_clock(days)
        tablet.not_home(evening.home(place))
    tablet.signal(True)
    tablet.insist(made=3, waiting=0, delivered=3)
    as_known(evening)
    balanced(evening, tablet, 3)


def test_a_clock_put_right_counts_no_visit_twice_and_shuts_no_door(evening: Evening, tablet: Tablet) -> None:
    """What was delivered is known to the doors that came down after it, whatever the clock said then."""
    tablet.shift_clock(3)
    for made in (1, 2):
        tablet.not_home(evening.home(0))
        tablet.insist(made=made, waiting=0, delivered=made)
    tablet.page.click("#list")
    tablet.shift_clock(0)
    tablet.module("store.js", "m.drop('meta', 'roll')")
    tablet.insist(made=2, waiting=0, delivered=2)
    tablet.go_list()
    card = tablet.page.locator(f"[data-door='{evening.home(0)}']")
    expect(card).to_contain_text("来过 2 次")
    expect(card).not_to_contain_text("不再打扰")


def as_known(evening: Evening) -> None:
    """When each was sealed is known to minutes, in their order, whatever the tablet's clock said."""
    sealed = [record.sealed_at for record in evening.records() if record.sealed_at]
    assert len(sealed) == len(evening.records())
    assert all(abs(at - evening.clock.at) < timedelta(minutes=5) for at in sealed)
    assert sealed == sorted(sealed)
