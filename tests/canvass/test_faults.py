"""What goes wrong in a stairwell, each time with the same end: nothing lost, nothing doubled, no gap in the numbers."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.canvass import faults
from tests.canvass.conftest import Evening
from tests.canvass.faults import Road
from tests.canvass.tablet import MakeTablet, Tablet, picture


@pytest.fixture
def road(evening: Evening) -> Road:
    """The way from the tablet to the office."""
    return Road(evening.app.wsgi_app)


@pytest.fixture
def tablet(evening: Evening, road: Road, live_server: Callable[..., str], tablet_at: MakeTablet) -> Tablet:
    """Enrolled, with its list."""
    made = tablet_at(live_server(road))
    made.enrol(evening.code())
    return made


def balanced(evening: Evening, tablet: Tablet, made: int) -> None:
    """The oracle: server distinct + waiting on the tablet = made; no id twice; no gap in the sequence."""
    here = tablet.kept("records")
    there = {record.record_id for record in evening.records()}
    waiting = {record["record_id"] for record in here if record["state"] == "waiting"} - there
    assert len(there) + len(waiting) == made
    assert len(evening.records()) == len(there)
    assert sorted(record["seq"] for record in here) == list(range(1, made + 1))  # type: ignore[type-var]


def test_a_tab_killed_while_typing_loses_nothing(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.at_door(evening.home(0))
    tablet.outcome("answered")
    tablet.explain()
    tablet.fill_paper({evening.entry(0): "disagree"}, 3)
    tablet.photograph()
    tablet.page.fill("#note", "晚上七点以后在家")
    tablet.again()
    tablet.shot("draft")
    tablet.at_door(evening.home(0))
    assert tablet.page.is_checked(f"#answer-{evening.entry(0)}-disagree")
    assert tablet.page.input_value("#note") == "晚上七点以后在家"
    assert tablet.page.input_value("#household-signer_name") == "阿依古丽·买买提"
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.seal()
    tablet.signal(True)
    tablet.counts(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


WORST = [
    faults.broken_after,
    *(
        pytest.param(fault, marks=pytest.mark.whole)
        for fault in (faults.portal, faults.broken, faults.cut_after)
    ),
]


@pytest.mark.parametrize("fault", WORST)
def test_a_bad_reply_is_no_reply(evening: Evening, tablet: Tablet, road: Road, fault: Callable) -> None:  # type: ignore[type-arg]
    road.faults.append(faults.only("sync", 1, fault))
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    expect(tablet.page.locator("#state [data-count='connection']")).to_be_visible()
    tablet.counts(made=1, waiting=1, delivered=0)
    tablet.page.click("#deliver-now")
    tablet.counts(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_two_pages_of_one_tablet_make_one_record(evening: Evening, tablet: Tablet) -> None:
    tablet.at_door(evening.home(0))
    other = Tablet(tablet.profile.new_page(), tablet.base)
    other.open()
    other.unlock()
    other.page.click(f"[data-door='{evening.home(0)}']")
    expect(other.page.locator(".notice-await")).to_be_visible()
    assert not other.page.query_selector("#seal")
    tablet.outcome("not_home")
    tablet.seal()
    other.not_home(evening.home(1))
    tablet.counts(made=2, waiting=0, delivered=2)
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_a_photograph_interrupted_goes_on_where_it_stopped(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    road.faults.append(faults.only("evidence/", 3, faults.broken))
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.counts(made=1, waiting=1, delivered=0)
    for _try in range(4):
        tablet.page.click("#deliver-now")
        tablet.page.wait_for_timeout(300)
    tablet.counts(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_a_photograph_that_follows_is_asked_for_until_it_is_there(evening: Evening, tablet: Tablet) -> None:
    tablet.at_door(evening.home(0))
    tablet.outcome("answered")
    tablet.explain()
    tablet.fill_paper({evening.entry(0): "agree"}, 1)
    tablet.page.check("#household-later")
    tablet.seal()
    tablet.counts(made=1, waiting=0, delivered=0, needs=1)
    tablet.page.click("[data-way='records']")
    tablet.page.set_input_files("#photo-1", picture())
    tablet.counts(made=2, waiting=0, delivered=2, needs=0)
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_a_correction_is_a_new_record_that_names_the_old_one(evening: Evening, tablet: Tablet) -> None:
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.counts(made=1, delivered=1)
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    tablet.page.click("[data-seq='1'] .btn")
    tablet.page.wait_for_selector("#seal")
    tablet.page.check(f"#answer-{evening.entry(0)}-disagree")
    tablet.page.click("#seal")
    expect(tablet.page.locator("[data-field='reason']")).to_have_class("field field-wrong")
    tablet.page.fill("#reason", "看错了一行")
    tablet.seal()
    tablet.counts(made=2, waiting=0, delivered=2)
    old, new = (json.loads(record.payload) for record in evening.records())
    assert new["supersedes"] == old["record_id"]
    assert new["reason"] == "看错了一行"
    assert [form["said"][0]["answer"] for form in (*old["forms"], *new["forms"])] == ["agree", "disagree"]
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_the_export_holds_everything_unsent(evening: Evening, tablet: Tablet, tmp_path: Path) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.not_home(evening.home(1))
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    with tablet.page.expect_download() as waiting:
        tablet.page.click("#export")
    waiting.value.save_as(tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as file:
        manifest = json.loads(file.read("manifest.json"))
        lines = [json.loads(line) for line in file.read("records.ndjson").splitlines()]
        pieces = [name for name in file.namelist() if name.startswith("evidence/")]
    assert (manifest["app"], manifest["records"], manifest["evidence"]) == ("deliberate", 2, 1)
    assert [line["seq"] for line in lines] == [1, 2]
    assert pieces[0].endswith(".photo")


FULL = """(names) => {
  const put = IDBObjectStore.prototype.put;
  globalThis.fullStores = names;
  IDBObjectStore.prototype.put = function (...given) {
    if (globalThis.fullStores.includes(this.name)) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, given);
  };
}"""


@pytest.mark.whole
def test_a_full_tablet_keeps_the_record_whole_or_not_at_all(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.at_door(evening.home(0))
    tablet.outcome("answered")
    tablet.explain()
    tablet.fill_paper({evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(FULL, ["draft_evidence", "evidence"])
    tablet.page.set_input_files("#household-photo-file", picture())
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("平板的空间满了")
    assert tablet.kept("draft_evidence") == []
    tablet.page.evaluate("globalThis.fullStores = ['evidence']")
    tablet.photograph()
    tablet.page.click("#seal")
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("平板的空间满了")
    assert tablet.kept("records") == []
    assert len(tablet.kept("draft_evidence")) == len(tablet.kept("drafts")) == 1
    tablet.page.evaluate("globalThis.fullStores = []")
    tablet.seal()
    tablet.signal(True)
    tablet.counts(made=1, delivered=1)
    balanced(evening, tablet, 1)


def test_a_vanished_database_is_an_alarm_and_never_an_empty_list(evening: Evening, tablet: Tablet) -> None:
    tablet.not_home(evening.home(0))
    tablet.counts(delivered=1)
    devtools = tablet.profile.new_cdp_session(tablet.page)
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.base, "storageTypes": "indexeddb"})
    tablet.page.evaluate("location.hash = '#/'")
    expect(tablet.page.locator(".alarm")).to_be_visible()
    tablet.shot("alarm")
    tablet.page.reload()
    expect(tablet.page.locator(".alarm")).to_be_visible()
    tablet.page.click(".btn-grave")
    tablet.page.fill("#code", evening.code())
    tablet.page.click("#enrol")
    tablet.choose_pin()
    tablet.page.wait_for_selector(".door-card")
    tablet.not_home(evening.home(1))
    tablet.counts(made=1, waiting=0, delivered=1)
    assert [record.seq for record in evening.records()] == [1, 2]


@pytest.mark.whole
def test_a_closed_connection_is_opened_again(evening: Evening, tablet: Tablet) -> None:
    tablet.at_door(evening.home(0))
    tablet.outcome("not_home")
    address = f"{tablet.base}/static/canvass/store.js"
    tablet.page.evaluate(
        "(address) => import(address).then((store) => store.look(['meta'], (tx) => tx.db.close()))",
        address,
    )
    tablet.seal()
    tablet.counts(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)
