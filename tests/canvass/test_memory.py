"""A tablet's memory: full, thrown away under an open page, closed behind its back."""

import pytest
from playwright.sync_api import expect
from werkzeug.wrappers import Response

from deliberate.models import Community
from tests.canvass.conftest import Evening
from tests.canvass.faults import Road, only
from tests.canvass.oracle import balanced, one_answer_each
from tests.canvass.tablet import FULL, Tablet, picture

DISK = """(room) => {
  const { put } = IDBObjectStore.prototype;
  const size = (value) => Math.max(0, ...Object.values(value ?? {}).map((one) => one?.byteLength || 0));
  Object.assign(globalThis, { room, written: [] });
  IDBObjectStore.prototype.put = function (...given) {
    const bytes = size(given[0]);
    if (bytes > globalThis.room) throw new DOMException("Failed to write blobs (IOError).", "DataError");
    if (bytes) globalThis.written.push(this.name);
    return put.apply(this, given);
  };
}"""
"""A disk with so many bytes left for a picture, as Chromium tells of it: another error than that of a quota."""


def test_a_photograph_is_delivered_without_being_written_again(evening: Evening, tablet: Tablet) -> None:
    """A full disk has no room for it; once all is delivered the line says so, and the bytes are still here."""
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(DISK, 0)
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    assert tablet.module("state.js", "m.counted().then((known) => known.evidence)") == 0
    held = "m.all('evidence').then((every) => every.map((one) => one.bytes.byteLength === one.size))"
    assert tablet.module("store.js", held) == [True]
    freeing = "m.tidy(Date.now() + 8 * 24 * 3_600_000).then(() => import('/static/canvass/store.js'))"
    left = f"{freeing}.then((store) => store.all('evidence')).then((every) => every.map((one) => one.bytes))"
    assert tablet.module("space.js", left) == [None]
    balanced(evening, tablet, 1)


SPARE = """() => {
  const [files, folders] = [FileSystemFileHandle.prototype, FileSystemDirectoryHandle.prototype];
  const { removeEntry } = folders;
  const { createWritable } = files;
  globalThis.full = true;
  files.createWritable = function (...given) {
    if (globalThis.full) throw new DOMException("no room", "QuotaExceededError");
    return createWritable.apply(this, given);
  };
  folders.removeEntry = function (name, ...given) {
    if (name === "canvass-spare") globalThis.room = 2 ** 20;
    return removeEntry.call(this, name, ...given);
  };
}"""
"""On this full disk there is room again only after the file that keeps some back has gone."""


def spare(tablet: Tablet, wanted: bool) -> None:
    """There is room kept back, or none; waits for it."""
    for _try in range(100):
        if tablet.module("spare.js", "m.spare()") is wanted:
            return
        tablet.page.wait_for_timeout(50)
    raise AssertionError(f"room kept back is not {wanted}")


@pytest.mark.whole
def test_on_a_full_disk_what_is_under_way_is_saved_and_nothing_new_is_photographed(
    evening: Evening, tablet: Tablet
) -> None:
    spare(tablet, True)
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(DISK, 0)
    tablet.page.evaluate(SPARE)
    tablet.photograph()
    spare(tablet, False)
    tablet.seal()
    tablet.page.click("#list")
    expect(tablet.page.locator("#room")).to_contain_text("现在不能再拍照")
    tablet.paper_at(evening.home(1), {evening.entry(1): "agree"}, 2)
    tablet.page.set_input_files("#household-photo-file", picture())
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("现在不能再拍照")
    tablet.signed()
    tablet.seal()
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    expect(tablet.page.locator(".checks")).to_contain_text("空间不够")
    tablet.signal(True)
    tablet.insist(made=2, waiting=0, delivered=2)
    assert evening.records()[1].verdict.value == "accepted"
    tablet.page.evaluate("globalThis.full = false")
    tablet.answered(evening.home(2), {evening.entry(2): "agree"}, 3)
    spare(tablet, True)
    tablet.page.click("#list")
    expect(tablet.page.locator("#room")).to_be_empty()
    tablet.insist(made=3, waiting=0, delivered=3)
    balanced(evening, tablet, 3)


@pytest.mark.whole
def test_what_cannot_be_thrown_away_is_said_in_its_own_words(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    tablet.page.evaluate(SPARE)
    tablet.module("spare.js", "m.giveUp()")
    tablet.page.click("[data-voice='household'] [data-do='void']")
    tablet.sure()
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("现在不能清掉")
    assert len(tablet.kept("draft_evidence")) == 1


@pytest.mark.whole
def test_bytes_are_thrown_away_only_where_there_is_room_to_do_so(evening: Evening, tablet: Tablet) -> None:
    """Chromium drops the whole database when that fails; what waits for its delivery would be gone with it."""
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.insist(made=1, waiting=0, delivered=1)
    spare(tablet, True)
    tablet.page.evaluate(SPARE)
    held = "m.all('evidence').then((every) => every.filter((one) => one.bytes).length)"
    tidy = "m.tidy(Date.now() + 8 * 24 * 3_600_000)"
    tablet.module("spare.js", "m.giveUp()")
    tablet.module("space.js", tidy)
    assert tablet.module("store.js", held) == 1
    tablet.page.evaluate("globalThis.full = false")
    tablet.module("space.js", tidy)
    assert tablet.module("store.js", held) == 0


@pytest.mark.whole
def test_a_page_that_is_older_than_its_database_opens_it(evening: Evening, tablet: Tablet) -> None:
    tablet.not_home(evening.home(0))
    tablet.counts(delivered=1)
    other = tablet.profile.new_page()
    other.goto(f"{tablet.base}/healthz")
    with tablet.page.expect_navigation():
        other.evaluate(
            """() => new Promise((done) => {
      const opening = indexedDB.open("canvass", 99);
      opening.onsuccess = () => (opening.result.close(), done());
    })"""
        )
    tablet.page.wait_for_selector("#state[data-made='1']")
    tablet.page.click("#list, [data-way='']")
    tablet.not_home(evening.home(1))
    tablet.counts(made=2, delivered=2)
    balanced(evening, tablet, 2)


@pytest.mark.whole
@pytest.mark.parametrize("fault", ["QuotaExceededError", "DataError", "UnknownError", "AbortError"])
def test_a_full_tablet_keeps_the_record_whole_or_not_at_all(
    evening: Evening, tablet: Tablet, fault: str
) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(FULL, [["draft_evidence", "evidence"], fault])
    tablet.page.set_input_files("#household-photo-file", picture())
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("平板的空间满了")
    assert tablet.kept("draft_evidence") == []
    tablet.page.evaluate("globalThis.fullStores = ['evidence']")
    tablet.photograph()
    tablet.page.click("#seal")
    expect(tablet.page.locator("#seal")).to_be_enabled()
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("平板的空间满了")
    assert tablet.kept("records") == []
    assert len(tablet.kept("draft_evidence")) == len(tablet.kept("drafts")) == 1
    tablet.page.evaluate("globalThis.fullStores = []")
    tablet.seal()
    tablet.signal(True)
    tablet.counts(made=1, delivered=1)
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
    cleared(tablet)
    tablet.signal(True)
    enrolled_anew(evening, tablet)
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")
    tablet.not_home(evening.home(5))
    tablet.insist(made=1, waiting=0, delivered=1)
    numbers = [record.seq for record in evening.records()]
    assert numbers == [1, 2, 5]
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


SHUT = """if (!sessionStorage.getItem("mended")) {
  IDBFactory.prototype.open = () => { throw new DOMException("Internal error.", "UnknownError"); };
}"""
"""A database that cannot be opened when the page begins, until somebody has seen to it."""


def test_a_database_that_cannot_be_opened_at_the_start_says_so_and_is_tried_again(
    evening: Evening, tablet: Tablet
) -> None:
    with evening.database.transaction() as tx:
        tx.session.get_one(Community, evening.at.community.id).telephone = "0991-555-0100"
    tablet.module("deliver.js", "m.deliverNow()")
    tablet.settled()
    tablet.page.add_init_script(SHUT)
    tablet.page.reload()
    shut = tablet.page.locator("#app .notice-bad")
    expect(shut).to_contain_text("平板的存储打不开")
    expect(shut).to_contain_text("0991-555-0100")
    tablet.page.evaluate("sessionStorage.setItem('mended', 'yes')")
    tablet.page.click("#try-again")
    tablet.page.wait_for_selector(".door-card")


@pytest.mark.whole
def test_bytes_that_come_once_more_stand_in_for_spoilt_ones(evening: Evening, tablet: Tablet) -> None:
    """The same photograph, chosen again after what was kept of it had been spoilt."""
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.module(
        "store.js",
        """m.deed(["evidence"], async (tx) => {
          const [one] = await tx.store.getAll();
          new Uint8Array(one.bytes)[15] += 1;
          await tx.store.put(one);
        })""",
    )
    tablet.signal(True)
    tablet.insist(made=1, needs=1)
    assert [piece["state"] for piece in tablet.kept("evidence")] == ["lost"]
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    tablet.page.click("text=录错了，更正")
    tablet.page.wait_for_selector("#seal")
    tablet.page.fill("#reason", "照片坏了")
    tablet.page.click("#seal")
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("照片不在这台平板上了")
    tablet.photograph("ivory")
    tablet.seal()
    tablet.insist(made=2, delivered=2, needs=0)
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_a_token_refused_on_a_full_disk_stops_no_delivery(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    """That it was refused cannot be kept; the next delivery comes by itself all the same."""
    tablet.signal(False)
    tablet.not_home(evening.home(0))
    tablet.page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = function (value, key) {
            if (key === "token_refused") throw new DOMException("full", "QuotaExceededError");
            return put.call(this, value, ...(key === undefined ? [] : [key]));
          };
          globalThis.mend = () => void (IDBObjectStore.prototype.put = put);
        }"""
    )
    refused = '{"app": "deliberate", "error": "token_expired", "server_time": "2026-03-02T10:00:00Z"}'
    road.faults.append(only("sync", 1, lambda _through: Response(refused, 401, mimetype="application/json")))
    before = len(road.asked)
    tablet.signal(True)
    for _try in range(100):
        if "POST sync" in road.asked[before:]:
            break
        tablet.page.wait_for_timeout(50)
    expect(tablet.page.locator("[data-count='connection']")).to_be_visible()
    tablet.page.evaluate("mend()")
    tablet.counts(made=1, delivered=1)
    balanced(evening, tablet, 1)
