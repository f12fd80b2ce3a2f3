"""What a tablet keeps: two pages, no room, a memory that vanished, and what must come out of it all the same."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from deliberate.commands.tablet import take_export
from deliberate.domain import serial
from deliberate.services import epochs, forms
from deliberate.services.tablet_export import Export
from tests import make
from tests.canvass.conftest import Evening
from tests.canvass.faults import Road
from tests.canvass.oracle import balanced, one_answer_each
from tests.canvass.tablet import Tablet, picture
from tests.make import CODE_KEY


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
def test_two_pages_that_deliver_at_once_ask_once(evening: Evening, tablet: Tablet, road: Road) -> None:
    tablet.signal(False)
    for place in range(3):
        tablet.not_home(evening.home(place))
    other = Tablet(tablet.profile.new_page(), tablet.base)
    tablet.signal(True)
    other.open()
    other.unlock()
    for one in (tablet, other, tablet):
        one.deliver()
    tablet.counts(made=3, waiting=0, delivered=3)
    other.counts(made=3, waiting=0, delivered=3)
    brought = [record["seq"] for _headers, body in road.brought for record in json.loads(body)["records"]]
    assert sorted(brought) == [1, 2, 3]
    balanced(evening, tablet, 3)


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


def exported(tablet: Tablet, folder: Path) -> Path:
    """The file that the person hands to the office."""
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    with tablet.page.expect_download() as waiting:
        tablet.page.click("#export")
    waiting.value.save_as(folder / "export.zip")
    return folder / "export.zip"


@pytest.mark.whole
def test_the_export_holds_everything_unsent_and_a_later_sync_finds_duplicates(
    evening: Evening, tablet: Tablet, road: Road, tmp_path: Path
) -> None:
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.not_home(evening.home(1))
    path = exported(tablet, tmp_path)
    with zipfile.ZipFile(path) as file:
        manifest = json.loads(file.read("manifest.json"))
        lines = [json.loads(line) for line in file.read("records.ndjson").splitlines()]
        pieces = [name for name in file.namelist() if name.startswith("evidence/")]
    assert (manifest["app"], manifest["records"], manifest["evidence"]) == ("deliberate", 2, 1)
    assert [line["seq"] for line in lines] == [1, 2]
    assert pieces[0].endswith(".photo")
    community = evening.at.community.id
    taken = take_export(evening.database, tmp_path, community, Export(io.BytesIO(path.read_bytes())), CODE_KEY)
    assert [one.state.value for one in taken] == ["pending_evidence", "accepted"]
    balanced(evening, tablet, 2)
    tablet.signal(True)
    tablet.insist(made=2, waiting=0, delivered=2)
    assert {record["verdict"] for record in tablet.kept("records")} <= {"duplicate", "accepted"}
    assert [record.via for record in evening.records()] == ["zip", "zip"]
    assert not any(one.startswith("PUT") for one in road.asked), "the photograph was here already"
    balanced(evening, tablet, 2)


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


@pytest.mark.whole
def test_a_quota_that_the_browser_enforces_loses_nothing(evening: Evening, tablet: Tablet) -> None:
    """The browser itself refuses: no half record, and all that was typed is still there when there is room again."""
    tablet.signal(False)
    tablet.at_door(evening.home(0))
    tablet.outcome("answered")
    tablet.explain()
    tablet.fill_paper({evening.entry(0): "agree"}, 1)
    devtools = tablet.profile.new_cdp_session(tablet.page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.base, "quotaSize": 1024})
    tablet.page.set_input_files("#household-photo-file", picture())
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("平板的空间满了")
    assert tablet.kept("draft_evidence") == tablet.kept("records") == []
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.base})
    tablet.photograph()
    tablet.seal()
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


def cleared(tablet: Tablet) -> None:
    """The browser throws the database away under the open page."""
    devtools = tablet.profile.new_cdp_session(tablet.page)
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.base, "storageTypes": "indexeddb"})
    tablet.page.evaluate("location.hash = '#/'")
    expect(tablet.page.locator(".alarm")).to_be_visible()


def enrolled_anew(evening: Evening, tablet: Tablet) -> None:
    tablet.page.click(".btn-grave")
    tablet.page.fill("#code", evening.code())
    tablet.page.click("#enrol")
    tablet.choose_pin()
    tablet.page.wait_for_selector(".door-card")


def test_a_vanished_database_is_an_alarm_and_never_an_empty_list(evening: Evening, tablet: Tablet) -> None:
    tablet.not_home(evening.home(0))
    tablet.counts(delivered=1)
    cleared(tablet)
    tablet.shot("alarm")
    tablet.page.reload()
    expect(tablet.page.locator(".alarm")).to_be_visible()
    enrolled_anew(evening, tablet)
    tablet.not_home(evening.home(1))
    tablet.counts(made=1, waiting=0, delivered=1)
    assert [record.seq for record in evening.records()] == [1, 2]


@pytest.mark.whole
def test_what_vanished_before_it_was_delivered_stays_visible_as_missing(
    evening: Evening, tablet: Tablet
) -> None:
    """Two delivered, two lost with the database: the next number is above all of them, once and for all."""
    for place in range(2):
        tablet.not_home(evening.home(place))
    tablet.counts(delivered=2)
    tablet.signal(False)
    for place in range(2, 4):
        tablet.not_home(evening.home(place))
    tablet.signal(True)
    tablet.page.evaluate("0")
    cleared(tablet)
    came = len(evening.records())
    enrolled_anew(evening, tablet)
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")
    tablet.not_home(evening.home(5))
    tablet.insist(made=1, waiting=0, delivered=1)
    numbers = [record.seq for record in evening.records()]
    assert numbers == [*range(1, came + 1), 5]
    one_answer_each(evening)


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


@pytest.mark.whole
def test_a_server_restored_from_yesterday_gets_everything_again(
    evening: Evening, tablet: Tablet, tmp_path: Path
) -> None:
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.insist(made=1, waiting=0, delivered=1)
    path = Path(evening.database.url.removeprefix("sqlite:///"))
    evening.database.dispose()
    shutil.copyfile(path, tmp_path / "yesterday.db")
    tablet.answered(evening.home(1), {evening.entry(1): "disagree"}, 2)
    tablet.not_home(evening.home(2))
    tablet.insist(made=3, waiting=0, delivered=3)
    evening.database.dispose()
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "yesterday.db", path)
    with evening.database.transaction() as tx:
        epochs.begin_epoch(tx.session, "昨天的备份", now=tx.now)
    assert [record.seq for record in evening.records()] == [1]
    tablet.insist(made=3, waiting=0, delivered=3)
    tablet.deliver()
    expect(tablet.page.locator("#state")).to_have_attribute("data-delivered", "3")
    assert [record.seq for record in evening.records()] == [1, 2, 3]
    balanced(evening, tablet, 3)


MANY = """(async () => {
  const { sha256 } = await import("/static/canvass/hash.js");
  const { photograph } = await import("/static/canvass/evidence.js");
  for (const one of given) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 320, height: 240 });
    const ink = canvas.getContext("2d");
    ink.fillStyle = "#fff"; ink.fillRect(0, 0, 320, 240);
    ink.fillStyle = "#000"; ink.font = "40px sans-serif"; ink.fillText(one.serial, 20, 120);
    const { bytes, mime, size, sha256: named } = await photograph(canvas);
    const piece = { sha256: named, size, mime, role: "photo" };
    const now = new Date().toISOString();
    const form = { serial: one.serial, signer_name: "测试签字人", relation: "head", signed_at: now, signed_mono_ms: null, language: "zh",
      helped_by: "", note: "", replaces: [], photo_follows: false, said: [{ entry_id: one.entry_id, answer: "agree", plan_sha256: one.plan }], evidence: [piece] };
    const visit = { outcome: one.outcome, at_door: now, at_door_mono_ms: null, come_back_at: null, note: "" };
    const summary = { outcome: one.outcome, at_door: now, come_back_at: null, entries: [one.entry_id], serials: [one.serial] };
    const record = { kind: "door", household_id: one.household_id, declared: [piece], pieces: [{ ...piece, bytes }], summary,
      place: { estate: "", building: "1", unit: "1", room: "101" } };
    await m.seal(record, { mode: "door", household_id: one.household_id, crew_id: one.crew_id, visit, forms: [form] });
  }
})()"""


def sealed(evening: Evening, tablet: Tablet, number: int, poison: int | None = None) -> None:
    """So many papers with photographs, sealed by the client's own deed, door after door and round again."""
    doors = [
        {
            "household_id": evening.home(n % len(evening.at.entries)),
            "entry_id": evening.entry(n % len(evening.at.entries)),
            "crew_id": evening.at.crew.id,
            "serial": serial.printed(n + 1),
            "plan": evening.at.plan.sha256,
            "outcome": "enum of tomorrow" if n == poison else "answered",
        }
        for n in range(number)
    ]
    tablet.module("seal.js", MANY, doors)


@pytest.mark.whole
def test_one_poison_record_in_a_batch_holds_up_no_other(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    sealed(evening, tablet, 12, poison=5)
    tablet.signal(True)
    tablet.insist(20, made=12, waiting=0, delivered=12)
    told = [record.verdict.value for record in evening.records()]
    assert told == ["accepted"] * 5 + ["quarantined"] + ["accepted"] * 6
    balanced(evening, tablet, 12)


@pytest.mark.whole
def test_four_hundred_records_with_photographs(evening: Evening, tablet: Tablet) -> None:
    """Every photograph another; every home's first paper counts, the later ones say the same."""
    with evening.database.transaction() as tx:
        moderator = make.actor(tx.session, evening.at.staff.moderator)
        forms.issue_forms(tx.session, moderator, evening.at.crew.id, 400, now=tx.now)
    tablet.signal(False)
    sealed(evening, tablet, 400)
    tablet.counts(made=400, waiting=400, delivered=0)
    tablet.signal(True)
    expect(tablet.page.locator("#state")).to_have_attribute("data-delivered", "400", timeout=240_000)
    tablet.counts(made=400, waiting=0, delivered=400)
    assert {record.verdict.value for record in evening.records()} == {"accepted"}
    balanced(evening, tablet, 400)
