"""A store restored from yesterday's backup, a tablet's export, and a feed that nobody can step over."""

import io
import json
import shutil
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deliberate.commands.tablet import take_export
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import Consent, TabletRecord
from deliberate.services import changes, epochs, households, rolls
from deliberate.services.tablet_export import BadExport, Export, OtherCommunity, Unproven, proof, proof_key
from deliberate.storage import Folder
from tests import make
from tests.make import CODE_KEY
from tests.make_tablet import Tablet, given_out, uuid_of
from tests.services.roll_office import THREE


@pytest.mark.parametrize("tablet_store_kind", ["sqlite"])
def test_restored_from_yesterday_the_tablet_notices_and_sends_again(
    tablet: Tablet, tablet_store: Database, tmp_path: Path
) -> None:
    """The backup is a copied file; what follows it is the same on both stores."""
    first = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(first)
    tablet_store.dispose()
    path = Path(tablet_store.url.removeprefix("sqlite:///"))
    shutil.copyfile(path, tmp_path / "backup.db")
    second = tablet.answered(tablet.at.entries[1], Answer.DISAGREE, 2)
    tablet.deliver(second)
    before = tablet.sync()
    tablet_store.dispose()
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "backup.db", path)
    with tablet_store.transaction() as tx:
        epochs.begin_epoch(tx.session, "昨天的备份", now=tx.now)
    after = tablet.sync()
    assert after["epoch"] != before["epoch"]
    assert (before["device"]["max_seq"], after["device"]["max_seq"]) == (2, 1)
    told = tablet.post("status", {"record_ids": [first["record_id"], second["record_id"]]})["results"]
    assert [one["state"] for one in told] == ["accepted", "retry"]
    assert tablet.deliver(first, second) == ["accepted", "accepted"]
    with tablet_store.reading() as session:
        assert len(session.scalars(select(Consent)).all()) == 2


def export(tablet: Tablet, *records: Any, proven: str | None = None, **files: bytes) -> Export:
    """As the office opens it."""
    return Export(given_out(tablet, *records, proven=proven, **files), CODE_KEY)


def test_the_export_first_and_a_sync_of_the_same_later(
    tablet: Tablet, tablet_store: Database, tmp_path: Path
) -> None:
    records = [tablet.answered(entry, Answer.AGREE, n + 1) for n, entry in enumerate(tablet.at.entries[:3])]
    spoilt = tablet.door(tablet.at.homes[5].id, tablet.visit("not_home"))
    spoilt = {**spoilt, "payload": spoilt["payload"] + " "}
    taken = export(tablet, *records, spoilt, "no json", **{"ab" * 32: b"not what its name says"})
    community = tablet.at.community.id
    results = take_export(tablet_store, Folder(tmp_path), community, taken, CODE_KEY)
    assert [one.verdict for one in results] == ["pending_evidence"] * 3 + ["quarantined"] * 2
    assert {one.reason for one in results[3:]} == {"bad_hash", "bad_form"}
    told = tablet.sync(*records)["results"]
    assert {(one["verdict"], one["state"]) for one in told} == {("duplicate", "accepted")}
    again = take_export(tablet_store, Folder(tmp_path), community, export(tablet, *records), CODE_KEY)
    assert {one.verdict for one in again} == {"duplicate"}
    with tablet_store.reading() as session:
        assert len(session.scalars(select(Consent)).all()) == 3


def test_an_export_of_a_tablet_that_nobody_knows_is_kept_and_quarantined(
    tablet: Tablet, tablet_store: Database, tmp_path: Path
) -> None:
    tablet.uuid = uuid_of(88, 1)
    record = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    (result,) = take_export(
        tablet_store, Folder(tmp_path), tablet.at.community.id, export(tablet, record), CODE_KEY
    )
    assert (result.state, result.reason) == ("quarantined", "unknown_device")
    with tablet_store.reading() as session:
        assert session.scalars(select(TabletRecord.payload)).one() == record["payload"].encode()


@pytest.mark.parametrize("data", [b"", b"PK no zip", b"<html>"])
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(BadExport):
        Export(io.BytesIO(data), CODE_KEY)
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as made:
        made.writestr("manifest.json", '{"device_id": "nobody"}')
    empty.seek(0)
    with pytest.raises(BadExport):
        Export(empty, CODE_KEY)


def test_records_that_their_tablet_does_not_prove_are_refused(tablet: Tablet) -> None:
    """Whoever takes files in writes none in another's name, and changes none on its way."""
    first, second = (tablet.answered(tablet.at.entries[n], Answer.AGREE, n + 1) for n in range(2))
    own, others = (proof_key(uuid, CODE_KEY) for uuid in (tablet.uuid, uuid_of(88, 1)))
    of_first = proof(f"{json.dumps(first)}\n".encode(), own)
    for proven in (
        "",
        "é",
        of_first[:-1],
        of_first.upper(),
        proof(f"{json.dumps(first)}\n".encode(), others),
    ):
        with pytest.raises(Unproven):
            export(tablet, first, proven=proven)
    for changed in ((first, second), (second,), ()):
        with pytest.raises(Unproven):
            export(tablet, *changed, proven=of_first)
    assert export(tablet, first, proven=of_first).device_uuid == tablet.uuid


@pytest.mark.both
def test_a_change_that_commits_late_is_not_stepped_over(tablet: Tablet, tablet_store: Database) -> None:
    """Whoever numbers first holds the counter until the commit; a second writer waits for it."""
    homes = [home.id for home in tablet.at.homes[:2]]
    cursor = tablet.get("changes?cursor=0")["cursor"]
    numbered, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with tablet_store.transaction() as tx:
            changes.touch(tx.session, [homes[0]])
            changes.number(tx.session)
            numbered.set()
            go_on.wait(10)

    def fast() -> None:
        with tablet_store.transaction() as tx:
            changes.touch(tx.session, [homes[1]])

    threads = [threading.Thread(target=slow), threading.Thread(target=fast)]
    threads[0].start()
    assert numbered.wait(10)
    threads[1].start()
    seen = []
    for moment in ("before", "after"):
        told = tablet.get(f"changes?cursor={cursor}")
        seen += [door["household_id"] for door in told["doors"]]
        cursor = told["cursor"]
        if moment == "before":
            go_on.set()
            for thread in threads:
                thread.join()
    assert seen == homes


def test_each_changed_door_is_told_once_as_it_is_now(tablet: Tablet, tablet_store: Database) -> None:
    for _ in range(3):
        with tablet_store.transaction() as tx:
            changes.touch(tx.session, [tablet.at.homes[4].id])
    told = tablet.get("changes?cursor=0")
    assert [door["household_id"] for door in told["doors"]] == [tablet.at.homes[4].id]
    with tablet_store.transaction() as tx:
        changes.touch_all(tx.session, tablet.at.community.id)
    assert len(tablet.get(f"changes?cursor={told['cursor']}")["doors"]) == 12


def test_a_change_of_the_roll_is_told_to_tablets(tablet: Tablet, tablet_store: Database) -> None:
    """Deeds on the roll have transactions of their own, and number what they touch all the same."""
    at = tablet.at
    cursor = tablet.get("changes?cursor=0")["cursor"]
    with tablet_store.roll_transaction() as tx:
        registrar = make.actor(tx.session, at.staff.registrar)
        rolls.import_roll(
            tx.session, registrar, at.community.id, THREE.encode(), file_name="户册.csv", now=tx.now
        )
    told = tablet.get(f"changes?cursor={cursor}")
    assert {door["household_id"] for door in told["doors"]} == {home.id for home in at.homes}
    with tablet_store.roll_transaction() as tx:
        registrar = make.actor(tx.session, at.staff.registrar)
        home = at.homes[3]
        facts = households.Facts(
            home.grid_id, home.unit, home.room, "", "测试另一人", "", "80", home.occupancy, ""
        )
        seen = households.newest_change(tx.session, home.id)
        households.correct(tx.session, registrar, home.id, facts, "换了户主", seen=seen, now=tx.now)
    again = tablet.get(f"changes?cursor={told['cursor']}")
    assert [*(door["household_id"] for door in again["doors"]), *again["gone"]] == [at.homes[3].id]


def test_an_export_at_the_wrong_community_is_refused_whole(
    tablet: Tablet, tablet_store: Database, tmp_path: Path
) -> None:
    """Kept there, its records would never come into force here."""
    with tablet_store.transaction() as tx:
        elsewhere = make.community(tx.session, slug="elsewhere").id
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    files = Folder(tmp_path)
    for taken in (export(tablet, record), export(tablet)):
        with pytest.raises(OtherCommunity):
            take_export(tablet_store, files, elsewhere, taken, CODE_KEY)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert tablet.deliver(record) == ["accepted"]
