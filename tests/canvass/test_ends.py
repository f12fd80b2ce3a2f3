"""Nothing comes to a dead end on a tablet: whatever was sealed, lost, handed on or refused, there is a next step."""

import json
import threading
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from werkzeug.wrappers import Request, Response

from deliberate.domain.consent import Standing
from deliberate.domain.permissions import Role
from deliberate.domain.serial import printed
from deliberate.models import Crew, Device, TabletRecord, Visit
from deliberate.services import devices, quarantine
from deliberate.services.suspensions import lift_suspension, suspend_crew
from tests import make
from tests.canvass.conftest import Evening
from tests.canvass.faults import API, Pass, Road
from tests.canvass.oracle import balanced, stands
from tests.canvass.tablet import Tablet, picture, rough
from tests.make import CODE_KEY
from tests.make_round import another_matter

TWO_PAPERS = """m.seal({kind: "door", household_id: given.home, declared: [], photo_follows: true, place: given.place,
  summary: {outcome: "answered", at_door: new Date().toISOString(), come_back_at: null, entries: [],
    serials: given.serials}},
  {mode: "door", household_id: given.home, crew_id: given.crew,
   visit: {outcome: "answered", at_door: new Date().toISOString(), at_door_mono_ms: null, come_back_at: null,
     note: ""},
   forms: given.serials.map((serial, place) => ({serial, signer_name: "测试签字人", relation: "head",
     signed_at: new Date().toISOString(), signed_mono_ms: null, language: "", helped_by: "", note: "", replaces: [],
     photo_follows: true, said: [{entry_id: given.entries[place], answer: "agree", plan_sha256: given.plans[place]}],
     evidence: []}))})"""


def second_matter(evening: Evening) -> Any:
    with evening.database.transaction() as tx:
        return another_matter(tx.session, evening.at, now=tx.now)


def verdicts(evening: Evening) -> list[str]:
    return [record.verdict.value for record in evening.records()]


def decide(evening: Evening, accept: bool, place: int = -1) -> None:
    """The office decides on what came last, or on what came in this place."""
    with evening.database.transaction() as tx:
        actor = make.actor(tx.session, evening.at.staff.other_moderator)
        last = tx.session.scalars(select(TabletRecord.id).order_by(TabletRecord.id)).all()[place]
        quarantine.take_case(tx.session, actor, last, now=tx.now)
        quarantine.decide(tx.session, actor, last, accept, "看过纸表", key=CODE_KEY, now=tx.now)


def stopped(evening: Evening, on: bool) -> None:
    """The crew is stopped, or goes on: what it delivers meanwhile is with the office."""
    with evening.database.transaction() as tx:
        actor, crew = make.actor(tx.session, evening.at.staff.moderator), evening.at.crew.id
        if on:
            suspend_crew(tx.session, actor, crew, "x", key=CODE_KEY, now=tx.now)
        else:
            lift_suspension(tx.session, actor, crew, "x", now=tx.now)


def test_each_paper_of_a_door_is_photographed(evening: Evening, tablet: Tablet) -> None:
    two = second_matter(evening)
    given = {
        "home": evening.home(0),
        "entries": [evening.entry(0), two.entries[0].id],
        "crew": evening.at.crew.id,
        "plans": [evening.at.plan.sha256, two.plan.sha256],
        "serials": [printed(1), printed(2)],
        "place": {"estate": "测试小区", "building": "1", "unit": "1", "room": "101"},
    }
    tablet.module("seal.js", TWO_PAPERS, given)
    tablet.counts(made=1, needs=1)
    tablet.page.click("[data-way='records']")
    tablet.page.set_input_files("#photo-1", picture())
    tablet.counts(made=2, needs=1)
    expect(tablet.page.locator("input[type=file]")).to_have_count(1)
    tablet.page.set_input_files("#photo-1", picture(tone="ivory"))
    tablet.insist(made=3, delivered=3, needs=0)
    assert verdicts(evening) == ["accepted"] * 3
    balanced(evening, tablet, 3)


@pytest.mark.whole
def test_a_door_without_its_photograph_is_replaced_by_a_correction_that_has_one(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.check("#household-later")
    tablet.seal()
    tablet.counts(made=1, needs=1)
    tablet.signal(False)
    tablet.page.click("[data-way='records']")
    tablet.page.click("text=录错了，更正")
    tablet.page.wait_for_selector("#seal")
    tablet.page.fill("#reason", "看错了")
    tablet.photograph()
    tablet.seal()
    tablet.counts(made=2, needs=1)
    tablet.signal(True)
    tablet.insist(made=2, delivered=2, needs=0)
    assert verdicts(evening) == ["quarantined", "accepted"]
    assert stands(evening, 0) is Standing.AGREE
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    expect(tablet.page.locator("[data-seq='1']")).to_contain_text("已更正")
    expect(tablet.page.locator("[data-seq='1']")).not_to_contain_text("由社区核对")
    balanced(evening, tablet, 2)


def test_a_second_tap_seals_nothing(evening: Evening, tablet: Tablet) -> None:
    """Whatever is still on its way to the disk when the finger comes down."""
    tablet.at_door(evening.home(0))
    tablet.page.evaluate(
        """async () => {
      const real = IDBDatabase.prototype.transaction;
      IDBDatabase.prototype.transaction = function (names, mode, more) {
        const tx = real.call(this, names, mode, more);
        if (mode === "readwrite" && [].concat(names).join() === "drafts") {
          const until = performance.now() + 150;
          const store = tx.objectStore("drafts");
          const spin = () => { if (performance.now() < until) store.get(0).onsuccess = spin; };
          spin();
        }
        return tx;
      };
      document.getElementById("outcome-not_home").click();
      for (let tap = 0; tap < 2; tap += 1) {
        await new Promise((later) => setTimeout(later, 20));
        document.getElementById("seal").click();
      }
    }"""
    )
    tablet.page.wait_for_selector(".saved")
    tablet.insist(made=1, delivered=1)
    with evening.database.reading() as session:
        assert len(session.scalars(select(Visit)).all()) == 1
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_practice_begins_only_after_what_is_being_delivered(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    go = threading.Event()

    def slow(request: Request, _through: Pass) -> Response | None:
        if request.path == API + "sync":
            go.wait(6)
        return None

    tablet.page.click("[data-way='tablet']")
    tablet.page.wait_for_selector("#practise")
    road.faults.append(slow)
    tablet.deliver()
    tablet.page.wait_for_timeout(200)
    tablet.page.click("#practise")
    expect(tablet.page.locator(".practice")).to_be_visible()
    expect(tablet.page.locator(".door-card")).to_have_count(6)
    go.set()
    tablet.page.wait_for_timeout(1200)
    expect(tablet.page.locator(".door-card")).to_have_count(6)
    tablet.page.click("#end-practice")
    tablet.not_home(evening.home(0))
    tablet.insist(made=1, delivered=1)
    balanced(evening, tablet, 1)


CORRECT = "text=录错了，更正"


def test_a_correction_takes_the_photograph_that_followed_along(evening: Evening, tablet: Tablet) -> None:
    """It was brought; nobody is asked for it again."""
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.check("#household-later")
    tablet.seal()
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    tablet.page.set_input_files("#photo-1", picture())
    tablet.insist(made=2, delivered=2, needs=0)
    tablet.page.locator("[data-seq='1']").locator(CORRECT).click()
    tablet.page.wait_for_selector("#seal")
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    expect(tablet.page.locator("#household-later")).not_to_be_checked()
    tablet.page.check(f"#answer-{evening.entry(0)}-disagree")
    tablet.page.fill("#reason", "看错了")
    tablet.seal()
    tablet.insist(made=3, delivered=3, needs=0)
    assert verdicts(evening) == ["accepted"] * 3
    assert stands(evening, 0) is Standing.DISAGREE
    balanced(evening, tablet, 3)


@pytest.mark.whole
def test_a_correction_leaves_out_no_answer_and_takes_no_other_draft_for_its_own(
    evening: Evening, tablet: Tablet
) -> None:
    two = second_matter(evening)
    tablet.insist(made=0)
    both = {evening.entry(0): "agree", two.entries[0].id: "disagree"}
    tablet.answered(evening.home(0), both, 1)
    tablet.insist(made=1, delivered=1)
    tablet.page.click("#list")
    tablet.at_door(evening.home(0))
    tablet.outcome("not_home")
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    tablet.page.click("[data-way='records']")
    tablet.page.click(CORRECT)
    expect(tablet.page.locator("#news .notice-bad")).to_contain_text("不是这份更正")
    assert [draft["outcome"] for draft in tablet.kept("drafts")] == ["not_home"]
    tablet.module("draft.js", "m.dropDraft(given)", evening.home(0))
    tablet.signal(False)
    left = """m.deed(["doors"], async (tx) => {
      const door = await tx.store.get(given);
      await tx.store.put({ ...door, matters: door.matters.slice(0, 1) });
    })"""
    tablet.module("store.js", left, evening.home(0))
    tablet.page.click(CORRECT)
    refused = tablet.page.locator("#news .notice-bad")
    expect(refused).to_contain_text("这份记录不能在平板上更正")
    expect(refused).to_contain_text(two.plan.title)
    assert tablet.kept("drafts") == []


HASTE = """() => {
  const real = setTimeout;
  globalThis.setTimeout = (work, wait, ...more) => real(work, wait === 60_000 ? 200 : wait, ...more);
}"""


@pytest.mark.whole
def test_delivering_goes_on_by_itself_after_practice(evening: Evening, tablet: Tablet, road: Road) -> None:
    """The minute between two deliveries is a fifth of a second here; it passes several times during practice."""
    tablet.signal(False)
    tablet.not_home(evening.home(0))
    tablet.page.click("#list")
    tablet.page.evaluate(HASTE)
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#practise")
    expect(tablet.page.locator(".practice")).to_be_visible()
    tablet.signal(True)
    tablet.page.wait_for_timeout(300)
    assert evening.records() == []
    tablet.page.click("#end-practice")
    tablet.counts(made=1, waiting=0, delivered=1)
    before = len(road.asked)
    for _try in range(100):
        if road.asked[before:].count("POST sync") >= 2:
            break
        tablet.page.wait_for_timeout(100)
    assert road.asked[before:].count("POST sync") >= 2
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_a_door_whose_record_is_with_the_office_is_not_done(evening: Evening, tablet: Tablet) -> None:
    home = evening.home(0)
    tablet.answered(home, {evening.entry(0): "agree"}, 9000)
    tablet.insist(made=1, delivered=1)
    assert verdicts(evening) == ["quarantined"]
    tablet.go_list("todo")
    card = tablet.page.locator(f"[data-door='{home}']")
    expect(card).to_contain_text("由社区核对")
    decide(evening, False)
    tablet.insist(made=1, delivered=1)
    expect(card).to_contain_text("尚未反馈")
    expect(card).not_to_contain_text("由社区核对")
    tablet.page.click("[data-way='records']")
    expect(tablet.page.locator("[data-seq='1'] .chip")).to_have_text("社区没有采用，请再去一次")


@pytest.mark.whole
def test_a_draft_from_before_an_owners_matter_is_opened(evening: Evening, tablet: Tablet) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.click("#back")
    tablet.page.wait_for_selector("[data-filter]")
    owners = """m.deed(["doors"], async (tx) => {
      const door = await tx.store.get(given);
      const matters = [...door.matters, { ...door.matters[0], entry_id: 99999, electorate: "owner" }];
      await tx.store.put({ ...door, matters });
    })"""
    tablet.module("store.js", owners, evening.home(0))
    tablet.at_door(evening.home(0))
    expect(tablet.page.locator("[data-voice='owner']")).to_be_visible()
    tablet.photograph()
    tablet.seal()
    tablet.insist(made=1, delivered=1)
    assert verdicts(evening) == ["accepted"]


@pytest.mark.whole
def test_an_answer_to_a_matter_that_has_left_the_walk_is_kept(evening: Evening, tablet: Tablet) -> None:
    two = second_matter(evening)
    tablet.insist(made=0)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree", two.entries[0].id: "disagree"}, 1)
    tablet.photograph()
    tablet.page.click("#back")
    with evening.database.transaction() as tx:
        tx.session.get_one(Crew, two.crew.id).scope = {"kind": "buildings", "ids": [99_999]}
    tablet.insist(made=0)
    assert len(tablet.kept("doors")[0]["matters"]) == 2  # type: ignore[arg-type]
    tablet.at_door(evening.home(0))
    tablet.seal()
    tablet.insist(made=1, delivered=1)
    (record,) = evening.records()
    assert len(json.loads(record.payload)["forms"][0]["said"]) == 2


@pytest.mark.whole
def test_a_revoked_tablet_forgets_whom_it_visited(evening: Evening, tablet: Tablet) -> None:
    """A draft keeps its own door, and no other."""
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.insist(made=1, delivered=1)
    tablet.page.click("#list")
    tablet.at_door(evening.home(2))
    tablet.outcome("not_home")
    tablet.page.click("#back")
    with evening.database.transaction() as tx:
        moderator = make.actor(tx.session, evening.at.staff.moderator)
        devices.revoke(tx.session, moderator, tx.session.scalars(select(Device.id)).one(), "x", now=tx.now)
    tablet.insist(made=1, delivered=1)
    assert [door["household_id"] for door in tablet.kept("doors")] == [evening.home(2)]
    (record,) = tablet.kept("records")
    assert (record["payload"], record["place"], record["summary"]) == ("", None, None)
    assert tablet.kept("evidence") == []
    tablet.page.click("[data-way='records']")
    expect(tablet.page.locator("h1")).to_have_text("做过的")
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_a_tablet_without_memory_is_enrolled_for_another_person(evening: Evening, tablet: Tablet) -> None:
    tablet.not_home(evening.home(0))
    tablet.counts(delivered=1)
    devtools = tablet.profile.new_cdp_session(tablet.page)
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.base, "storageTypes": "indexeddb"})
    tablet.page.evaluate("location.hash = '#/'")
    expect(tablet.page.locator(".alarm")).to_be_visible()
    with evening.database.transaction() as tx:
        moderator, at = make.actor(tx.session, evening.at.staff.moderator), evening.at
        other = make.staff(tx.session, tx.session.merge(at.community), Role.CANVASSER, name="另一位")
        code = devices.issue_code(tx.session, moderator, at.community.id, other.id, key=CODE_KEY, now=tx.now)
    tablet.page.click(".btn-grave")
    tablet.page.fill("#code", code)
    tablet.page.click("#enrol")
    tablet.page.click("#as-another")
    tablet.choose_pin()
    tablet.page.wait_for_selector("#state[data-made='0']")
    with evening.database.reading() as session:
        assert len(session.scalars(select(Device)).all()) == 2


@pytest.mark.whole
def test_an_enrolment_whose_reply_is_lost_is_done_again(evening: Evening, tablet_at: Any, road: Road) -> None:
    lost = [True]

    def cut(request: Request, through: Pass) -> Response | None:
        if request.path != API + "enrol" or not lost:
            return None
        lost.clear()
        through()
        return Response("oops", status=502)

    road.faults.append(cut)
    tablet = tablet_at(evening.base)
    tablet.open(f"#enrol={evening.code()}")
    tablet.page.fill("#name", "四号平板")
    tablet.page.click("#enrol")
    expect(tablet.page.locator(".notice-bad")).to_be_visible()
    tablet.page.click("#enrol")
    tablet.choose_pin()
    tablet.page.wait_for_selector(".door-card")


@pytest.mark.whole
def test_a_serial_given_back_by_a_correction_is_used_and_its_paper_was_signed_when_it_was(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 2)
    signed = json.loads(str(tablet.kept("records")[0]["payload"]))["forms"][0]["signed_at"]
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    tablet.page.click("text=录错了，更正")
    tablet.page.wait_for_selector("#seal")
    tablet.page.check(f"#answer-{evening.entry(0)}-disagree")
    tablet.page.fill("#household-serial", printed(1))
    tablet.page.fill("#reason", "拿错了表")
    tablet.seal()
    corrected = max(tablet.kept("records"), key=lambda record: int(str(record["seq"])))
    assert json.loads(str(corrected["payload"]))["forms"][0]["signed_at"] == signed
    tablet.page.click("#list")
    tablet.answered(evening.home(1), {evening.entry(1): "agree"}, 2)
    tablet.counts(made=3)


SHORT_PATIENCE = "() => { const real = AbortSignal.timeout; AbortSignal.timeout = (ms) => real(ms / 100); }"


def narrow(request: Request, _through: Pass) -> Response | None:
    """A line through which no more than 40 KB get in the time that a tablet waits."""
    if request.method in ("PUT", "POST") and len(request.get_data()) > 40 * 1024:
        threading.Event().wait(1.5)
        return Response("late", status=504)
    return None


@pytest.mark.whole
def test_a_weak_line_is_given_less_at_a_time(evening: Evening, tablet: Tablet, road: Road) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.set_input_files("#household-photo-file", rough())
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.seal()
    for place in range(1, 9):
        tablet.page.click("#list")
        tablet.at_door(evening.home(place))
        tablet.outcome("not_home")
        tablet.page.fill("#note", "门锁着，邻居说晚上八点以后在家。" * 110)
        tablet.seal()
    road.faults.append(narrow)
    tablet.page.evaluate(SHORT_PATIENCE)
    tablet.signal(True)
    tablet.insist(80, made=9, delivered=9)
    balanced(evening, tablet, 9)


@pytest.mark.whole
def test_a_piece_that_the_server_does_not_take_keeps_nothing_else(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.click("#list")
    tablet.answered(evening.home(1), {evening.entry(1): "agree"}, 2)
    first = str(tablet.kept("records")[0]["payload"])
    broken = json.loads(first)["forms"][0]["evidence"][0]["sha256"]

    def fault(request: Request, _through: Pass) -> Response | None:
        return Response("oops", status=500) if request.path.endswith(broken) else None

    road.faults.append(fault)
    tablet.signal(True)
    tablet.insist(made=2, delivered=1)
    road.faults.clear()
    tablet.insist(made=2, delivered=2)
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_a_form_number_is_free_again_once_the_office_left_its_record_out(
    evening: Evening, tablet: Tablet
) -> None:
    """The paper lay at another door than its own; what was decided is not corrected, that door is gone to again."""
    stopped(evening, True)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.insist(made=1, delivered=1)
    stopped(evening, False)
    decide(evening, False)
    tablet.insist(made=1, delivered=1)
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    expect(tablet.page.locator("[data-seq='1'] .chip")).to_have_text("社区没有采用，请再去一次")
    expect(tablet.page.locator(CORRECT)).to_have_count(0)
    tablet.answered(evening.home(1), {evening.entry(1): "agree"}, 1)
    tablet.insist(made=2, delivered=2)
    assert verdicts(evening) == ["quarantined", "accepted"]
    assert (stands(evening, 0), stands(evening, 1)) == (Standing.SILENT, Standing.AGREE)
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_a_record_whose_correction_the_office_left_out_is_corrected_anew(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.insist(made=1, delivered=1)
    for made, serial in ((2, 2), (3, 1)):
        tablet.page.click("#list")
        tablet.page.click("[data-way='records']")
        tablet.page.locator("[data-seq='1']").locator(CORRECT).click()
        tablet.page.wait_for_selector("#seal")
        tablet.page.check(f"#answer-{evening.entry(0)}-disagree")
        tablet.page.fill("#household-serial", printed(serial))
        tablet.page.fill("#reason", "看错了")
        tablet.seal()
        tablet.insist(made=made, delivered=made)
        if serial == 2:
            decide(evening, False)
            tablet.insist(made=made, delivered=made)
    assert verdicts(evening) == ["accepted", "quarantined", "accepted"]
    assert stands(evening, 0) is Standing.DISAGREE


@pytest.mark.whole
def test_a_photograph_that_is_to_follow_is_asked_for_while_its_record_is_with_the_office(
    evening: Evening, tablet: Tablet
) -> None:
    stopped(evening, True)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.check("#household-later")
    tablet.seal()
    tablet.insist(made=1, needs=1)
    assert verdicts(evening) == ["quarantined"]
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    tablet.page.set_input_files("#photo-1", picture())
    tablet.insist(made=2, delivered=2, needs=0)
    stopped(evening, False)
    decide(evening, True, 0)
    tablet.insist(made=2, delivered=2, needs=0)
    assert verdicts(evening) == ["accepted", "accepted"]
    assert stands(evening, 0) is Standing.AGREE
    balanced(evening, tablet, 2)
