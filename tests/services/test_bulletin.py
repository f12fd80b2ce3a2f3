"""The bulletin as it comes from the store: what is in it, what must not be, and that it verifies."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from deliberate.db import Transaction
from deliberate.domain.bulletin import BulletinKind
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.rules import CC278_ORD, RC80
from deliberate.domain.spot_check import CheckResult, FormShows, Said
from deliberate.models import Consent, Household, LedgerLeaf
from deliberate.queries import heads, spot_samples
from deliberate.services import bulletin, counting, objections, outcomes, receipts, spot_draws
from deliberate.services.bulletin import NotPublished
from deliberate.storage import Folder
from deliberate.verifier import verify
from tests import make, make_check, make_count, make_heads, make_round
from tests.make import Clock
from tests.make_round import OpenRound
from tests.services.checked_rounds import (
    Signed,
    consent_of,
    object_and_amend,
    objected,
    shown,
    signed,
)

Begin = Callable[[], AbstractContextManager[Transaction]]


def checked(folder: Path, *more: str) -> dict[str, object]:
    """What the verifier says of a folder, by check."""
    verifier = verify.Verifier(
        verify.Folder(str(folder)),
        [("kept", (folder.parent / one).read_bytes()) for one in more if one.endswith(".note")],
        [("receipt", (folder.parent / one).read_bytes()) for one in more if one.endswith(".json")],
        (folder.parent / "auditor").read_bytes() if "auditor" in more else None,
    )
    verifier.run()
    return {one["check"]: (one["ok"], one["key"]) for one in verifier.results}


def failed(folder: Path, *more: str) -> dict[str, object]:
    return {name: said for name, said in checked(folder, *more).items() if said[0] is False}  # type: ignore[index]


def export(tx: Transaction, at: OpenRound, clock: Clock, folder: Path) -> None:
    """The bulletin as it would be now, in a new folder."""
    make_heads.head(tx, at.community.id, folder.parent, clock)
    bulletin.write_folder(bulletin.of_round(tx.session, at.round.id), folder)


def conclude(one: Signed) -> None:
    """The outcome, when the objection period is over."""
    one.clock.forward(days=8)
    outcomes.conclude(one.tx.session, one.actor("moderator"), one.at.round.id, now=one.clock.at)


def concluded(tx: Transaction, at: OpenRound, clock: Clock, folder: Path, *, objecting: bool = False) -> None:
    """To the outcome, with heads on the way."""
    make_heads.head(tx, at.community.id, folder, clock)
    sheet = make_count.closed(at, tx, clock)
    make_heads.head(tx, at.community.id, folder, clock)
    scrutineer = make.actor(tx.session, at.staff.scrutineer)
    moderator = make.actor(tx.session, at.staff.moderator)
    counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
    counting.show_result(tx.session, moderator, at.round.id, now=clock.at)
    if objecting:
        _object(tx, at, clock)
    make_check.checked(tx.session, at, now=clock.at)
    clock.forward(days=8)
    outcomes.conclude(tx.session, moderator, at.round.id, now=clock.at)
    make_heads.head(tx, at.community.id, folder, clock)


def _object(tx: Transaction, at: OpenRound, clock: Clock) -> None:
    """One household says that it was not them, and is right: its consent is voided, the sheet amended."""
    entry = at.entries[0]
    home = tx.session.get_one(Household, entry.household_id)
    member = make.actor(tx.session, make.resident(tx.session, home))
    filed = objections.file_objection(
        tx.session, member, at.round.id, home.id, ObjectionKind.NOT_US, "不是我们填的", now=clock.at
    )
    consent = tx.session.scalars(select(Consent.id).where(Consent.roll_entry_id == entry.id)).one()
    moderator = make.actor(tx.session, at.staff.moderator)
    answer = objections.Answer(Finding.UPHELD, "电话核实", "已经作废。", consent)
    objections.answer_objection(tx.session, moderator, filed.id, answer, key=make_round.KEY, now=clock.at)
    sheet = counting.amend_sheet(tx.session, moderator, at.round.id, "复核作废一份", now=clock.at)
    scrutineer = make.actor(tx.session, at.staff.scrutineer)
    counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)


def test_a_bulletin_verifies_alone(transaction: Begin, clock: Clock, tmp_path: Path) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 30, 27, 1, 1, on_paper=9)
        concluded(tx, at, clock, tmp_path)
        made = bulletin.of_round(tx.session, at.round.id)
        folder = tmp_path / "bulletin"
        bulletin.write_folder(made, folder)
        newest = heads.latest(tx.session, at.community.id)
        assert newest is not None
        (tmp_path / "kept.note").write_text(heads.note_text(tx.session, newest))
        leaf = tx.session.scalars(select(LedgerLeaf).where(LedgerLeaf.kind == "consent")).first()
        assert leaf is not None
        key = receipts.receipt_key(tmp_path)
        receipt = receipts.receipt_file(tx.session, leaf.id, made.origin, key)
        (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    assert made.kind is BulletinKind.FINAL
    assert failed(folder, "kept.note", "receipt.json") == {}
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "--lang", "zh"], cwd=folder, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "全部核对通过" in ran.stdout
    assert "同意 27" in ran.stdout


def test_an_objection_and_its_amendment_are_followed(
    transaction: Begin, clock: Clock, tmp_path: Path
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 30, 27, 1, 1, on_paper=9)
        concluded(tx, at, clock, tmp_path, objecting=True)
        made = bulletin.of_round(tx.session, at.round.id)
        bulletin.write_folder(made, tmp_path / "final")
        before = bulletin.of_round(tx.session, at.round.id, BulletinKind.PRELIMINARY)
        bulletin.write_folder(before, tmp_path / "preliminary")
    assert len(made.sheets) == 2
    assert made.objections[0].decision == "upheld"
    assert failed(tmp_path / "final") == {}
    assert failed(tmp_path / "preliminary") == {}
    assert checked(tmp_path / "preliminary")["outcome"] == (None, "no_outcome")


def test_a_second_objection_upheld_before_its_amendment_is_followed(
    transaction: Begin, clock: Clock, tmp_path: Path
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 38)
        object_and_amend(one, consent_of(one, one.at.entries[0].id), 0)
        export(tx, one.at, clock, tmp_path / "amended")
        objected(one, consent_of(one, one.at.entries[1].id), 1)
        export(tx, one.at, clock, tmp_path / "voided")
    assert failed(tmp_path / "amended") == {}
    assert failed(tmp_path / "voided") == {}
    assert checked(tmp_path / "voided")["recount"] == (True, "ok_recount_pending")


def test_what_happens_between_two_heads_is_followed_in_its_order(
    transaction: Begin, clock: Clock, tmp_path: Path
) -> None:
    """An amendment, a plan, the dice and the voiding of a home that they drew, all placed in one batch."""
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        make_heads.head(tx, one.at.community.id, tmp_path, clock)
        make_check.anchored(tx.session, one.at, now=clock.at)
        object_and_amend(one, consent_of(one, one.at.entries[0].id), 0)
        make_check.planned(tx.session, one.at, now=clock.at)
        spot_draws.draw(tx.session, one.actor("scrutineer"), one.at.round.id, make_check.SEED, now=clock.at)
        homes = spot_samples.asked(tx.session, one.at.round.id)
        place = next(n for n, entry in enumerate(one.at.entries) if entry.id == homes[0].entry.id)
        objected(one, consent_of(one, homes[0].entry.id), place)
        export(tx, one.at, clock, tmp_path / "drawn")
        for home in homes:
            one.ask(home, Said.AGREE)
        one.amend("复核后作废一份")
        assert one.conclude() is CheckResult.RECHECK_NEEDED
        assert one.finish() is CheckResult.RECHECKED
        conclude(one)
        export(tx, one.at, clock, tmp_path / "final")
    assert failed(tmp_path / "drawn") == {}
    assert failed(tmp_path / "final") == {}
    assert checked(tmp_path / "final")["audit"] == (True, "ok_audit")


def test_a_sample_that_confirms_two_sheets_is_followed(
    transaction: Begin, clock: Clock, tmp_path: Path
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        make_heads.head(tx, one.at.community.id, tmp_path, clock)
        homes = one.draw()
        for home in homes:
            one.ask(home, Said.AGREE)
        assert one.conclude() is CheckResult.CONFIRMED
        drawn = {home.entry.id for home in homes}
        place = next(n for n, entry in enumerate(one.at.entries) if entry.id not in drawn)
        object_and_amend(one, consent_of(one, one.at.entries[place].id), place)
        conclude(one)
        export(tx, one.at, clock, tmp_path / "final")
    assert failed(tmp_path / "final") == {}


def test_what_a_full_recheck_puts_right_is_followed(transaction: Begin, clock: Clock, tmp_path: Path) -> None:
    """A form that shows otherwise, one that is missing, one that ends a contradiction; then an objection."""
    with transaction() as tx:
        at = make_count.answered(tx, 12, 9, 1, on_paper=3)
        make_round.say(tx.session, at, at.entries[2], Answer.DISAGREE, now=tx.now)
        one = shown(tx, at, clock)
        make_check.planned(tx.session, at, now=clock.at)
        turned, missing, ends = one.forms()
        one.check_form(turned, FormShows.DISAGREE)
        one.check_form(missing, FormShows.MISSING)
        one.check_form(ends, FormShows.DISAGREE)
        assert one.standing(2) is Standing.DISAGREE
        one.amend("复核后作废一份")
        assert one.finish() is CheckResult.RECHECKED
        object_and_amend(one, consent_of(one, at.entries[5].id), 5)
        conclude(one)
        export(tx, at, clock, tmp_path / "final")
    assert failed(tmp_path / "final") == {}


def test_owners_are_counted_by_heads_and_areas_only_by_auditors(
    transaction: Begin, clock: Clock, tmp_path: Path
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 12, 11, 0, 0, RC80, CC278_ORD)
        for entry in at.entries:
            if entry.electorate == "owner":
                make_round.say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        concluded(tx, at, clock, tmp_path)
        bulletin.write_folder(bulletin.of_round(tx.session, at.round.id), tmp_path / "bulletin")
        openings = bulletin.auditor_file(tx.session, at.round.id)
    (tmp_path / "auditor").write_text(json.dumps(openings))
    assert failed(tmp_path / "bulletin") == {}
    assert failed(tmp_path / "bulletin", "auditor") == {}
    slot = next(iter(openings["roll"]))
    openings["roll"][slot]["area"][1] = "1"
    (tmp_path / "auditor").write_text(json.dumps(openings))
    assert failed(tmp_path / "bulletin", "auditor") == {"auditor": (False, "auditor_opening")}


def test_nothing_of_a_household_leaks(transaction: Begin, clock: Clock, tmp_path: Path) -> None:
    canaries = ["测试志愿者", "不是我们填的", "电话核实", "已经作废", "复核作废一份"]
    with transaction() as tx:
        at = make_count.answered(tx, 30, 27, 1, 1, on_paper=9)
        for n, home in enumerate(at.homes):
            home.head_name, home.telephone = f"canary-name-{n}", f"139{n:08d}"
            canaries += [home.head_name, home.telephone]
        tx.session.flush()
        concluded(tx, at, clock, tmp_path, objecting=True)
        bulletin.write_folder(bulletin.of_round(tx.session, at.round.id), tmp_path / "bulletin")
        serials = {row.serial for row in tx.session.scalars(select(Consent)) if row.serial}
    lines = (tmp_path / "bulletin" / "events.jsonl").read_text().splitlines()
    rows_of = [json.loads(line) for line in lines]
    consents = [row for row in rows_of if "\nconsent\n" in row["leaf"]]
    public = {"round", "plan", "slot", "deed", "answer", "late", "supersedes"}
    assert consents
    assert all(row["openings"].keys() == public for row in consents)
    assert not any("account" in row["openings"] or "reason" in row["openings"] for row in rows_of)
    said = "".join(
        path.read_text()
        for path in (tmp_path / "bulletin").rglob("*")
        if path.is_file() and not path.name.startswith(("README", "verify"))
    )
    values = [value for row in consents for _salt, value in row["openings"].values()]
    assert serials
    assert not serials & set(values)
    assert not any(value in ("online", "paper") or "2026-" in value for value in values)
    for canary in canaries:
        assert canary not in said, canary


def test_a_round_that_is_not_over_has_none(transaction: Begin, clock: Clock, tmp_path: Path) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 12, 11)
        make_heads.head(tx, at.community.id, tmp_path, clock)
        with pytest.raises(NotPublished):
            bulletin.of_round(tx.session, at.round.id)
        make_count.closed(at, tx, clock)
        with pytest.raises(NotPublished):
            bulletin.of_round(tx.session, at.round.id)
        make_heads.head(tx, at.community.id, tmp_path, clock)
        with pytest.raises(NotPublished):
            bulletin.of_round(tx.session, at.round.id, BulletinKind.FINAL)
        assert bulletin.of_round(tx.session, at.round.id).kind is BulletinKind.PRELIMINARY


def test_the_file_is_made_once_a_head(transaction: Begin, clock: Clock, tmp_path: Path) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 12, 11)
        make_count.signed(at, tx, clock)
        make_heads.head(tx, at.community.id, tmp_path, clock)
        assert bulletin.waiting(tx.session, Folder(tmp_path)) == [at.round.id]
        first = bulletin.published(tx.session, at.round.id, Folder(tmp_path), now=clock.at)
        assert bulletin.waiting(tx.session, Folder(tmp_path)) == []
        digest = hashlib.sha256((tmp_path / first).read_bytes()).hexdigest()
        assert bulletin.published(tx.session, at.round.id, Folder(tmp_path), now=clock.at) == first
        clock.forward(days=1)
        make_heads.head(tx, at.community.id, tmp_path, clock)
        later = clock.at + timedelta(days=36_500)
        second = bulletin.published(tx.session, at.round.id, Folder(tmp_path), now=later)
    assert first != second
    assert not (tmp_path / first).exists()
    assert hashlib.sha256((tmp_path / second).read_bytes()).hexdigest() != digest
    with zipfile.ZipFile(tmp_path / second) as made:
        assert f"bulletin-{made.namelist()[0].split('-')[1]}-preliminary/verify.py" in made.namelist()
    assert failed(tmp_path / second) == {}


def test_old_files_are_not_mixed_with_new_ones(transaction: Begin, clock: Clock, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "something").write_text("old")
    with transaction() as tx:
        at = make_count.answered(tx, 12, 11)
        make_count.closed(at, tx, clock)
        make_heads.head(tx, at.community.id, tmp_path, clock)
        with pytest.raises(NotPublished):
            bulletin.write_folder(bulletin.of_round(tx.session, at.round.id), folder)
