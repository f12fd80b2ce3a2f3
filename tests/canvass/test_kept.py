"""What a tablet keeps, and brings in any way: by two pages, as a file, to a restored server, by the hundred."""

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from deliberate.commands.tablet import take_export
from deliberate.db import Database
from deliberate.domain import serial
from deliberate.services import epochs, forms
from deliberate.services.tablet_export import Export
from deliberate.storage import Folder
from tests import make
from tests.canvass.conftest import Evening
from tests.canvass.faults import Road
from tests.canvass.oracle import balanced
from tests.canvass.tablet import MakeTablet, Tablet
from tests.make import CODE_KEY, Clock
from tests.make_round import open_round


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
    export = Export(io.BytesIO(path.read_bytes()), CODE_KEY)
    taken = take_export(evening.database, Folder(tmp_path), community, export, CODE_KEY)
    assert [one.state.value for one in taken] == ["pending_evidence", "accepted"]
    balanced(evening, tablet, 2)
    tablet.signal(True)
    tablet.insist(made=2, waiting=0, delivered=2)
    assert {record["verdict"] for record in tablet.kept("records")} <= {"duplicate", "accepted"}
    assert [record.via for record in evening.records()] == ["zip", "zip"]
    assert not any(one.startswith("PUT") for one in road.asked), "the photograph was here already"
    balanced(evening, tablet, 2)


def copied(source: Path, target: Path) -> None:
    """All of a store into another file, while both may be in use."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


@pytest.mark.whole
def test_a_server_restored_from_yesterday_gets_everything_again(
    evening: Evening, tablet: Tablet, tmp_path: Path
) -> None:
    store, backup = Path(evening.database.url.removeprefix("sqlite:///")), tmp_path / "yesterday.db"
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.insist(made=1, waiting=0, delivered=1)
    copied(store, backup)
    tablet.answered(evening.home(1), {evening.entry(1): "disagree"}, 2)
    tablet.not_home(evening.home(2))
    tablet.insist(made=3, waiting=0, delivered=3)
    tablet.signal(False)
    copied(backup, store)
    with evening.database.transaction() as tx:
        epochs.begin_epoch(tx.session, "昨天的备份", now=tx.now)
    assert [record.seq for record in evening.records()] == [1]
    tablet.signal(True)
    for _try in range(60):
        if len(evening.records()) == 3:
            break
        tablet.page.wait_for_timeout(200)
    tablet.insist(made=3, waiting=0, delivered=3)
    assert [record.seq for record in evening.records()] == [1, 2, 3]
    balanced(evening, tablet, 3)


MANY = """(async () => {
  const { photograph } = await import("/static/canvass/evidence.js");
  for (const one of given) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 320, height: 240 });
    const ink = canvas.getContext("2d");
    ink.fillStyle = "#fff"; ink.fillRect(0, 0, 320, 240);
    ink.fillStyle = "#000"; ink.font = "40px sans-serif"; ink.fillText(one.serial, 20, 120);
    const { bytes, mime, size, sha256: named } = await photograph(
      await new Promise((done) => canvas.toBlob(done)));
    const piece = { sha256: named, size, mime, role: "photo" };
    const now = new Date().toISOString();
    const said = [{ entry_id: one.entry_id, answer: "agree", plan_sha256: one.plan }];
    const form = { serial: one.serial, signer_name: "测试签字人", relation: "head", signed_at: now,
      signed_mono_ms: null, language: "zh", helped_by: "", note: "", replaces: [], photo_follows: false,
      said, evidence: [piece] };
    const visit = { outcome: one.outcome, at_door: now, at_door_mono_ms: null, come_back_at: null, note: "" };
    const summary = { outcome: one.outcome, at_door: now, come_back_at: null, entries: [one.entry_id],
      serials: [one.serial] };
    const { household_id, crew_id } = one;
    const place = { estate: "", building: "1", unit: "1", room: "101" };
    const pieces = [{ ...piece, bytes }];
    const record = { kind: "door", household_id, declared: [piece], pieces, summary, place };
    await m.seal(record, { mode: "door", household_id, crew_id, visit, forms: [form] });
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
@pytest.mark.long
def test_four_hundred_records_with_photographs(
    app: Flask, database: Database, clock: Clock, live_server: Callable[..., str], tablet_at: MakeTablet
) -> None:
    """Every photograph another, every home another."""
    with database.transaction() as tx:
        at = open_round(tx.session, 400, now=tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        forms.issue_forms(tx.session, moderator, at.crew.id, 300, now=tx.now)
    clock.forward(hours=1)
    evening = Evening(app, database, at, clock)
    tablet = tablet_at(live_server(Road(app.wsgi_app)))
    tablet.enrol(evening.code())
    tablet.signal(False)
    sealed(evening, tablet, 400)
    tablet.counts(made=400, waiting=400, delivered=0)
    tablet.signal(True)
    expect(tablet.page.locator("#state")).to_have_attribute("data-delivered", "400", timeout=600_000)
    tablet.counts(made=400, waiting=0, delivered=400)
    assert {record.verdict.value for record in evening.records()} == {"accepted"}
    balanced(evening, tablet, 400)
