"""`deliberate erase`: names and evidence go when the time of keeping is over, consents and their proof stay."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.orm import Session

from deliberate.cli import main
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.ledger.leaf import FIELDS, PUBLIC
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.round import EvidenceRole
from deliberate.domain.stack import PictureState
from deliberate.domain.sync import UploadState
from deliberate.keeping import letting_go, stores
from deliberate.keeping.erasing import Erased, Erasing
from deliberate.keeping.stores import NotKept
from deliberate.models import (
    Consent,
    ConsentPaper,
    Evidence,
    EvidenceUpload,
    JournalEntry,
    LedgerLeaf,
    LedgerOpening,
    Objection,
    StackPicture,
    TabletRecord,
)
from deliberate.models.guards import roles
from deliberate.queries import tallies
from deliberate.services import ledger_check
from deliberate.storage import Folder
from tests import make_count
from tests.make import Clock
from tests.make_heads import head
from tests.make_round import another_matter, say
from tests.make_tablet import Tablet
from tests.roles import as_role, confine

YEAR = timedelta(days=365)
PAPERS = 3


class Old:
    """A round with papers from a tablet, concluded; when it was closed is set by hand."""

    def __init__(self, tablet: Tablet, store: Database, folder: Path, clock: Clock) -> None:
        self.tablet, self.store, self.folder, self.clock = tablet, store, folder, clock
        self.url = store.url
        for n, entry in enumerate(tablet.at.entries[:PAPERS]):
            assert tablet.deliver(tablet.answered(entry, Answer.AGREE, n + 1)) == ["accepted"]
        with store.transaction() as tx:
            head(tx, tablet.at.community.id, folder, clock)
            for entry in tablet.at.entries[PAPERS:]:
                say(tx.session, tablet.at, entry, Answer.AGREE, now=tx.now)
            make_count.concluded(tablet.at, tx, clock)
        self.closed_ago(10 * YEAR)

    def closed_ago(self, ago: timedelta, budget: int | None = None) -> None:
        """Moved into the past, and what the plan costs."""
        self.changed("consent_round", "closed_at", datetime.now(UTC) - ago, self.tablet.at.round.id)
        if budget is not None:
            self.changed("plan_version", "budget", budget, self.tablet.at.round.plan_version_id)

    def changed(self, table: str, column: str, value: object, row: int) -> None:
        """As whoever has the disk could write it."""
        self.store.dispose()
        if self.url.startswith("sqlite"):
            _past_triggers(stores.file_of(self.url), table, column, value, row)
            return
        with stores.opened(self.url) as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", (value, row))
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            connection.commit()

    @property
    def address(self) -> str:
        """As whoever erases signs in."""
        return self.url if self.url.startswith("sqlite") else as_role(self.url, roles.RETENTION)

    def erasing(self, *, really: bool = True) -> Erasing:
        return Erasing(self.address, Folder(self.folder), really)

    def pictures(self) -> int:
        return len([one for one in (self.folder / "evidence").rglob("*") if one.is_file()])

    def count(self, *what: object) -> int:
        with stores.opened(self.url) as connection:
            return connection.scalar(select(func.count()).select_from(*what)) or 0


def _past_triggers(file: Path, table: str, column: str, value: object, row: int) -> None:
    kept = f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value
    with closing(sqlite3.connect(file)) as connection, connection:
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        triggers = connection.execute(found, (table,)).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (kept, row))
        for _, sql in triggers:
            connection.execute(sql)


@pytest.fixture
def old(tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock) -> Old:
    if not tablet_store.url.startswith("sqlite"):
        tablet_store.dispose()
        confine(tablet_store.url)
    return Old(tablet, tablet_store, tmp_path, clock)


def everything(old: Old, erasing: Erasing) -> Erased:
    """As the command does it."""
    every, now = erasing.rounds(), datetime.now(UTC)
    whole = Erased()
    for part in [*(erasing.of_round(one, now) for one in every), erasing.of_community(every, now)]:
        whole.add(part)
    erasing.let_go(now)
    return whole


def run(old: Old, *arguments: str) -> Result:
    env = {
        "DELIBERATE_DATABASE_URL": old.address,
        "DELIBERATE_INSTANCE_DIR": str(old.folder),
        "DELIBERATE_SECRET_KEY": "x" * 40,
    }
    return CliRunner().invoke(main, ["erase", *arguments], env=env)


@pytest.mark.both
def test_names_and_evidence_go_and_the_consents_and_their_proof_stay(old: Old) -> None:
    with stores.opened(old.url) as connection, Session(connection) as session:
        before = tallies.recount(session, old.tablet.at.round.id)
        hashes = session.scalars(select(TabletRecord.sha256)).all()
    pictures = old.pictures()
    gone = everything(old, old.erasing())
    assert (gone.names, gone.openings, gone.records) == (PAPERS, old.count(Consent), PAPERS)
    assert gone.pictures == gone.files == pictures >= PAPERS
    assert old.pictures() == old.count(ConsentPaper) == old.count(Evidence) == 0
    with stores.opened(old.url) as connection, Session(connection) as session:
        assert tallies.recount(session, old.tablet.at.round.id) == before
        assert ledger_check.check(session, old.tablet.at.community.id).faults == []
        assert session.scalars(select(TabletRecord.sha256)).all() == hashes
        assert set(session.scalars(select(TabletRecord.payload))) == {b""}
        opened = session.execute(
            select(LedgerLeaf.kind, LedgerOpening.openings).join(
                LedgerLeaf, LedgerLeaf.id == LedgerOpening.leaf_id
            )
        ).all()
        assert {tuple(sorted(kept)) for kind, kept in opened if kind == "consent"} == {
            tuple(sorted(PUBLIC["consent"]))
        }
        assert all(set(kept) == set(FIELDS[kind]) for kind, kept in opened if kind != "consent")
        noted = session.scalars(select(JournalEntry).where(JournalEntry.what == "names_erased")).all()
        assert [(one.subject, one.data["names"], one.data["records"]) for one in noted] == [
            ("consent_round", PAPERS, 0),
            ("community", 0, PAPERS),
        ]
    assert not everything(old, old.erasing()), "twice the same is once"


def test_without_yes_it_is_shown_and_nothing_goes(old: Old) -> None:
    pictures = old.pictures()
    shown = run(old)
    assert shown.exit_code == 0, shown.output
    assert f"{PAPERS} names, {pictures} pictures, {old.count(Consent)} openings" in shown.stdout
    assert "nothing was erased yet" in shown.stdout
    assert (old.count(ConsentPaper), old.pictures()) == (PAPERS, pictures)
    assert (
        old.count(JournalEntry.__table__.select().where(JournalEntry.what == "names_erased").subquery()) == 0
    )
    done = run(old, "--yes")
    assert done.exit_code == 0, done.output
    assert "backups made before today still have it" in done.stdout
    assert (old.count(ConsentPaper), old.pictures()) == (0, 0)
    assert run(old, "--yes").stdout.splitlines()[-1] == "there is nothing to erase"


@pytest.mark.both
def test_what_the_store_lets_go_is_what_the_rule_says(old: Old) -> None:
    day = timedelta(days=4)  # leap years, and days to spare
    for budget, ago, over in (
        (0, YEAR - day, False),
        (0, YEAR + day, True),
        (1, YEAR + day, False),
        (1, 3 * YEAR - day, False),
        (1, 3 * YEAR + day, True),
    ):
        old.closed_ago(ago, budget)
        now, work = datetime.now(UTC), old.erasing(really=False)
        [one] = work.rounds()
        assert one.is_over(now) is over
        if over:
            assert work.of_round(one, now).names == work.of_community([one], now).records == PAPERS
            continue
        assert "kept, until" in run(old, "--yes").stdout
        mistaken = replace(one, until=now - YEAR)
        with pytest.raises(NotKept):
            work.of_round(mistaken, now)
        with pytest.raises(NotKept):
            work.of_community([mistaken], now)
    assert (old.count(ConsentPaper), old.pictures() >= PAPERS) == (PAPERS, True)


def test_while_an_objection_is_not_answered_all_is_kept(old: Old) -> None:
    at = old.tablet.at
    with old.store.transaction() as tx:
        entry = at.entries[0]
        tx.session.add(
            Objection(
                community_id=at.community.id,
                consent_round_id=at.round.id,
                household_id=entry.household_id,
                roll_entry_id=entry.id,
                kind=ObjectionKind.NOT_US,
                statement="测试",
                filed_at=tx.now,
                due_at=tx.now,
            )
        )
    told = run(old, "--yes")
    assert "kept, an objection is not answered" in told.stdout
    work, now = old.erasing(), datetime.now(UTC)
    [one] = work.rounds()
    mistaken = replace(one, unfinished="")
    for deed in (partial(work.of_round, mistaken, now), partial(work.of_community, [mistaken], now)):
        with pytest.raises(NotKept):
            deed()
    assert (old.count(ConsentPaper), old.pictures() >= PAPERS) == (PAPERS, True)


def picture(old: Old, name: str) -> None:
    (old.folder / "evidence" / name).parent.mkdir(parents=True, exist_ok=True)
    (old.folder / "evidence" / name).write_bytes(b"picture")


def test_what_was_never_registered_goes_once_no_round_of_its_time_is_kept(old: Old) -> None:
    at, files = old.tablet.at, Folder(old.folder)
    shared = next(one.name for one in (old.folder / "evidence").iterdir() if one.is_file())
    chunk = f"incoming/x-{'d' * 64}/0-7"
    for name in ("a" * 64, "b" * 64, chunk):
        picture(old, name)
    with old.store.transaction() as tx:
        for sha256 in ("a" * 64, shared):
            tx.session.add(
                StackPicture(
                    community_id=at.community.id,
                    sha256=sha256,
                    mime="image/jpeg",
                    size=7,
                    at=tx.now,
                    by_id=at.staff.moderator.id,
                    state=PictureState.LEFT_OUT,
                    settled_at=tx.now,
                    why="看不清",
                )
            )
        for sha256, kept in (("c" * 64, "b" * 64), ("d" * 64, None)):
            tx.session.add(
                EvidenceUpload(
                    community_id=at.community.id,
                    device_uuid="x",
                    sha256=sha256,
                    role=EvidenceRole.PHOTO,
                    length=7,
                    state=UploadState.COMPLETE if kept else UploadState.REFUSED,
                    kept_sha256=kept,
                    at=tx.now,
                )
            )
    old.store.dispose()
    work, now = old.erasing(), datetime.now(UTC)
    every = work.rounds()
    work.of_round(every[0], now)
    work.let_go(now)
    assert files.size(f"evidence/{shared}"), "a picture of a stack still names it"
    assert files.size("evidence/" + "b" * 64)
    gone = work.of_community(every, now)
    work.let_go(now)
    assert (gone.pictures, gone.files) == (2, 4)
    assert (old.pictures(), old.count(StackPicture), old.count(EvidenceUpload)) == (0, 0, 0)


def test_the_photograph_of_a_paper_that_came_too_late_for_another_matter_stays_with_its_record(
    old: Old,
) -> None:
    with old.store.transaction() as tx:
        tx.session.execute(
            update(TabletRecord).where(TabletRecord.id == 1).values(late_rounds={"rounds": [9]})
        )
    old.changed("tablet_record", "verdict", "late", 1)
    pictures = old.pictures()
    work, now = old.erasing(), datetime.now(UTC)
    every = work.rounds()
    assert work.of_round(every[0], now).files == pictures - 1
    work.let_go(now)
    assert old.pictures() == 1
    work.of_community(every, now)
    work.let_go(now)
    assert old.pictures() == 0


def test_a_file_that_nothing_names_goes_when_it_had_no_name_a_day_before_too(old: Old) -> None:
    name, now, files = "e" * 64, datetime.now(UTC), Folder(old.folder)
    orphan, chunk = f"evidence/{name}", f"incoming/y-{'f' * 64}/0-7"
    picture(old, name)
    picture(old, chunk)
    pictures = old.pictures()
    for later, left in ((0, pictures), (23, pictures), (25, pictures - 2), (50, pictures - 2)):
        letting_go.let_go(old.url, files, now + timedelta(hours=later))
        assert old.pictures() == left
    assert files.size(orphan) is None
    assert list(files.names("erasing")) == []
    picture(old, name)
    letting_go.let_go(old.url, files, now)
    with old.store.transaction() as tx:
        tx.session.execute(update(EvidenceUpload).where(EvidenceUpload.id == 1).values(kept_sha256=name))
    old.store.dispose()
    letting_go.let_go(old.url, files, now + timedelta(hours=30))
    assert files.size(orphan), "its row came meanwhile"


def test_what_was_written_down_and_not_committed_stays(old: Old) -> None:
    names = list(Folder(old.folder).names("evidence"))
    letting_go.owe(Folder(old.folder), names)
    letting_go.let_go(old.url, Folder(old.folder), datetime.now(UTC))
    assert list(Folder(old.folder).names("evidence")) == names
    assert list(Folder(old.folder).names("erasing")) == []


def test_what_belongs_to_no_round_stays_while_a_round_of_its_time_is_kept(old: Old) -> None:
    with old.store.transaction() as tx:
        other = another_matter(tx.session, old.tablet.at, now=tx.now)
        other_id = other.round.id
    work, now = old.erasing(really=False), datetime.now(UTC)
    [one] = work.rounds()
    assert work.of_community([one], now).records == PAPERS, "it opened after these had come"
    old.changed("consent_round", "opened_at", datetime(2001, 1, 1, tzinfo=UTC), other_id)
    assert not work.of_community([one], now)


@pytest.mark.both
@pytest.mark.parametrize("tablet_store_kind", ["postgres"])
def test_the_applications_role_may_erase_nothing(old: Old) -> None:
    work = replace(old.erasing(), url=as_role(old.url, roles.APP))
    [one] = work.rounds()
    with pytest.raises(NotKept, match="permission denied"):
        work.of_round(one, datetime.now(UTC))
    assert (old.count(ConsentPaper), old.pictures() >= PAPERS) == (PAPERS, True)


def test_where_files_cannot_be_taken_away_the_next_run_does(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Folder, _name: str) -> None:
        raise OSError("the disk is away")

    pictures = old.pictures()
    with monkeypatch.context() as patched:
        patched.setattr(Folder, "forget", broken)
        result = run(old, "--yes")
    assert (result.exit_code, "run it again: the disk is away" in result.stderr) == (1, True)
    assert (old.count(ConsentPaper), old.pictures()) == (0, pictures)
    assert run(old, "--yes").exit_code == 0
    assert old.pictures() == 0


def test_a_round_that_is_in_the_way_holds_up_no_other_deed(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Erasing, _one: object, _now: object) -> Erased:
        raise NotKept("the store says: locked")

    monkeypatch.setattr(Erasing, "of_round", broken)
    result = run(old, "--yes")
    assert (result.exit_code, "the store says: locked" in result.stderr) == (1, True)
    assert f"{PAPERS} records of tablets" in result.stdout


@pytest.mark.parametrize("tablet_store_kind", ["sqlite"])
def test_the_applications_connection_to_sqlite_erases_nothing_whatever_the_time(old: Old) -> None:
    for deed in (
        update(TabletRecord).values(payload=b""),
        delete(StackPicture),
        delete(EvidenceUpload),
        delete(ConsentPaper),
    ):
        with old.store.transaction() as tx, pytest.raises(DatabaseError, match=r"not authorized|prohibited"):
            tx.session.execute(deed)


@pytest.mark.both
@pytest.mark.parametrize("tablet_store_kind", ["postgres"])
def test_the_role_that_erases_writes_nothing_else_into_the_journal_and_reads_no_answer(old: Old) -> None:
    with stores.opened(old.address) as connection:
        for refused, statement in (
            ("journal_entry_of_erasing", insert(JournalEntry).values(**ENTRY, what="case_taken")),
            (
                "journal_entry_of_erasing",
                insert(JournalEntry).values(**ENTRY, what="names_erased", account_id=1),
            ),
            ("permission denied", select(Consent.answer)),
            ("permission denied", select(ConsentPaper.signer_name)),
        ):
            with pytest.raises(DBAPIError, match=refused):
                connection.execute(statement)
            connection.rollback()


ENTRY = {
    "community_id": 1,
    "at": datetime(2026, 3, 2, tzinfo=UTC),
    "subject": "roll_entry",
    "subject_id": 1,
    "data": {},
}


@pytest.mark.both
@pytest.mark.parametrize("tablet_store_kind", ["postgres"])
def test_without_roles_postgresql_says_what_lacks(
    tablet: Tablet, tablet_store: Database, tmp_path: Path
) -> None:
    tablet_store.dispose()
    with pytest.raises(NotKept, match="deliberate database roles"):
        Erasing(tablet_store.url, Folder(tmp_path)).rounds()


def test_an_empty_store_is_refused(tmp_path: Path) -> None:
    work = Erasing(f"sqlite:///{tmp_path / 'none.db'}", Folder(tmp_path), really=True)
    with pytest.raises(NotKept, match="deliberate migrate"):
        work.rounds()
