"""A batch taken together leaves what it leaves record by record: the same rows, verdicts and leaves, on both stores.

Each batch is made by chance. It is taken, written down and undone; then it is taken again with nothing taken
together, and both are laid beside each other.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, EvidenceRole
from deliberate.domain.sync import Reason, UploadState, Verdict
from deliberate.domain.tablet_clock import Sending
from deliberate.models import Crew, Device, EvidenceUpload, LedgerLeaf, TabletRecord
from deliberate.services import building_counts, changes, delivery, duties, staff, together
from deliberate.services.delivery import Result, Sender
from tests import make
from tests.make import CODE_KEY
from tests.make_round import say
from tests.make_tablet import Tablet, sha
from tests.services.evenings_by_chance import Chance
from tests.services.rows_left import WRITTEN, left


class Undone(Exception):
    """What was done is not kept."""


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def taken(store: Database, tablet: Tablet, batches: list[list[Any]], missing: set[str]) -> Any:
    """What the batches leave and what is told; then all of it is undone."""
    found: list[Any] = []
    try:
        with store.transaction() as tx:
            _upload(tx.session, tablet, missing)
            found += [_take(tx.session, tablet, batch) for batch in batches]
            building_counts.write(tx.session)
            changes.number(tx.session)
            found.append(left(tx.session))
            raise Undone
    except Undone:
        return found


def _take(session: Session, tablet: Tablet, batch: list[Any]) -> list[Result]:
    device = session.scalars(select(Device).where(Device.uuid == tablet.uuid)).one()
    now = tablet.clock()
    sender = Sender(tablet.at.community.id, device.uuid, device, delivery.SYNC, Sending(now))
    told = delivery.take(session, sender, batch, key=CODE_KEY, now=now)
    return [replace(one, number=None) for one in told]


def _upload(session: Session, tablet: Tablet, missing: set[str]) -> None:
    """Every picture is here, but for those that are on their way."""
    for sha256, data in tablet.pictures.items():
        if sha256 not in missing:
            session.add(
                EvidenceUpload(
                    community_id=tablet.at.community.id,
                    device_uuid=tablet.uuid,
                    sha256=sha256,
                    role=EvidenceRole.PHOTO,
                    length=len(data),
                    have=len(data),
                    state=UploadState.COMPLETE,
                    kept_sha256=sha(data + b"kept"),
                    kept_mime="image/jpeg",
                    kept_size=len(data) - 1,
                    at=tablet.clock(),
                )
            )
    session.flush()


def compare(store: Database, tablet: Tablet, monkeypatch: pytest.MonkeyPatch, seed: int) -> int:
    """Both ways, for one evening; how many records came into force."""
    made = Chance(tablet, seed)
    batches = [made.batch(made.chance.randint(1, 9)) for _ in range(2)]
    hashes = sorted(tablet.pictures)
    missing = set(made.chance.sample(hashes, len(hashes) // 6))
    at_once = taken(store, tablet, batches, missing)
    with monkeypatch.context() as patched:
        patched.setattr(together, "take", lambda *_args, **_more: {})
        single = taken(store, tablet, batches, missing)
    assert at_once[:-1] == single[:-1], f"seed {seed}: the verdicts"
    for table in WRITTEN:
        assert at_once[-1][table] == single[-1][table], f"seed {seed}: {table}"
    return sum(one.state is Verdict.ACCEPTED for batch in single[:-1] for one in batch)


def prepared(store: Database, tablet: Tablet) -> None:
    """One home has answered before, so that a paper of it is another answer or the same."""
    with store.transaction() as tx:
        say(tx.session, tablet.at, tablet.at.entries[0], Answer.AGREE, now=tx.now)


def test_a_batch_leaves_what_its_records_leave_one_by_one(
    store: Database, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(store, tablet)
    assert sum(compare(store, tablet, monkeypatch, seed) for seed in range(6)) > 6


@pytest.mark.whole
def test_a_hundred_evenings(store: Database, tablet: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(store, tablet)
    assert sum(compare(store, tablet, monkeypatch, seed) for seed in range(100, 200)) > 100


@pytest.fixture
def statements(store: Database) -> Iterator[list[str]]:
    """What is asked of the store."""
    heard: list[str] = []

    def hear(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(store.writing, "before_cursor_execute", hear)
    yield heard
    event.remove(store.writing, "before_cursor_execute", hear)


def papers(tablet: Tablet, first: int, many: int) -> list[Any]:
    homes = tablet.at.entries[first : first + many]
    return [tablet.answered(entry, Answer.AGREE, first + n + 1) for n, entry in enumerate(homes)]


def test_a_batch_names_and_counts_no_one_who_left_the_crew(store: Database, tablet: Tablet) -> None:
    """As each record alone: without a volunteer the one who stays is short of the second person."""
    at = tablet.at
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        gone = make.staff(tx.session, at.community, Role.CANVASSER, name="走了的人")
        duties.assign(tx.session, moderator, at.round.id, gone.id, DutyKind.CANVASSER, at.crew.id, now=tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        staff.revoke(tx.session, registrar, at.community.id, gone.id, Role.CANVASSER, now=tx.now)
    [_, rows] = taken(store, tablet, [papers(tablet, 0, 3)], set())
    assert "测试入户" in repr(rows)
    assert "走了的人" not in repr(rows)
    with store.transaction() as tx:
        tx.session.get_one(Crew, at.crew.id).volunteer = None
    [told, _] = taken(store, tablet, [papers(tablet, 3, 3)], set())
    assert {one.state for one in told} == {Verdict.QUARANTINED}


def test_a_record_of_a_newer_protocol_is_not_taken_with_the_others(store: Database, tablet: Tablet) -> None:
    home = tablet.at.homes[5].id
    newer = [
        tablet.answered(tablet.at.entries[4], Answer.AGREE, 9, v=2),
        tablet.door(home, tablet.visit("not_home"), v=2),
    ]
    [told, _] = taken(store, tablet, [[*papers(tablet, 0, 3), *newer]], set())
    assert [one.state for one in told] == [Verdict.ACCEPTED] * 3 + [Verdict.QUARANTINED] * 2
    assert {one.reason for one in told[3:]} == {Reason.NEWER_PROTOCOL}


def test_a_larger_batch_asks_no_more(store: Database, tablet: Tablet, statements: list[str]) -> None:
    few, many = papers(tablet, 0, 2), papers(tablet, 2, 8)
    taken(store, tablet, [few], set())
    asked = len(statements)
    taken(store, tablet, [many], set())
    assert len(statements) - asked <= asked < 80


def test_a_row_that_the_store_refuses_leaves_the_others(
    store: Database, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the batch breaks while all are written: nothing of that is kept, and each is taken on its own."""
    batch = papers(tablet, 0, 4)
    register = together._register

    def broken(session: Session, *args: Any) -> None:
        register(session, *args)
        session.execute(LedgerLeaf.__table__.insert(), [{"community_id": None, "kind": "x", "leaf": "x"}])

    monkeypatch.setattr(together, "_register", broken)
    told, rows = taken(store, tablet, [batch], set())
    assert [one.state for one in told] == [Verdict.ACCEPTED] * 4
    monkeypatch.undo()
    assert [told, rows] == taken(store, tablet, [batch], set())


def test_the_same_again_writes_nothing(store: Database, tablet: Tablet, statements: list[str]) -> None:
    batch = papers(tablet, 0, 3)
    with store.transaction() as tx:
        _upload(tx.session, tablet, set())
        first = _take(tx.session, tablet, batch)
    del statements[:]
    with store.transaction() as tx:
        again = _take(tx.session, tablet, batch)
    assert [one.verdict for one in again] == [Verdict.DUPLICATE] * 3
    assert [one.state for one in again] == [one.state for one in first] == [Verdict.ACCEPTED] * 3
    assert not [one for one in statements if one.startswith(("INSERT", "UPDATE"))]
    with store.reading() as session:
        assert len(session.scalars(select(TabletRecord)).all()) == 3
