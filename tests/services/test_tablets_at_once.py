"""What happens to a device or its crew while a batch is taken; on PostgreSQL, where both go on at the same time."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select

from deliberate.db import Database, Lock, Transaction
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput
from deliberate.domain.round import EvidenceRole, Relation, VisitOutcome
from deliberate.domain.serial import printed
from deliberate.domain.stack import PictureState
from deliberate.domain.sync import Reason, Verdict
from deliberate.domain.tablet_clock import Sending
from deliberate.models import EntryStanding, SuspendedConsent
from deliberate.queries import devices
from deliberate.services import delivery, stacks
from deliberate.services import devices as deeds
from deliberate.services.delivery import Result, Sender
from deliberate.services.door import Said, SignedForm, seal_door
from deliberate.services.exhibits import Exhibit
from deliberate.services.papers import SerialUsed
from deliberate.services.visits import VisitNote
from tests import make, make_round
from tests.make import CODE_KEY
from tests.make_letter import browser
from tests.make_round import PHOTO
from tests.make_tablet import Tablet

A_WHILE = 0.5
"""Seconds in which another transaction certainly comes to wait; less proves less, but fails nothing."""
PATIENCE = 30


@pytest.fixture(params=["postgres"])
def tablet_store_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def sender(tx: Transaction, tablet: Tablet) -> Sender:
    device = devices.by_uuid(tx.session, tablet.uuid)
    assert device is not None
    return Sender(tablet.at.community.id, device.uuid, device, delivery.SYNC, Sending(tx.now))


def take(tx: Transaction, sender: Sender, *records: Any) -> list[Result]:
    return delivery.take(tx.session, sender, records, key=CODE_KEY, now=tx.now)


def test_a_tablet_that_is_revoked_while_its_batch_waits_is_not_believed(
    store: Database, tablet: Tablet
) -> None:
    records = [tablet.door(home.id, tablet.visit("not_home")) for home in tablet.at.homes[:3]]
    with store.transaction() as tx:
        known = sender(tx, tablet)
        with store.transaction() as other:
            moderator = make.actor(other.session, tablet.at.staff.moderator)
            assert known.device is not None
            deeds.revoke(other.session, moderator, known.device.id, "丢了", now=other.now)
        told = take(tx, known, *records)
    assert {(one.state, one.reason) for one in told} == {(Verdict.QUARANTINED, Reason.REVOKED_DEVICE)}


def test_a_crew_that_is_stopped_while_its_papers_are_taken_has_none_that_counts(
    store: Database, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops it waits for the batch, and then suspends what the batch has brought, too."""
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    for picture in tablet.pictures.values():
        tablet.send(picture)
    app = tablet.http.application
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    at_desk = browser(app, tablet.at.staff.moderator)
    address = f"/c/{tablet.at.community.slug}/desk/crews/{tablet.at.crew.id}/suspend"
    with ThreadPoolExecutor(1) as pool:
        with store.transaction(Lock.answer(tablet.at.round.id, entry.id)) as tx:
            [told] = take(tx, sender(tx, tablet), record)
            assert told.state is Verdict.ACCEPTED
            stopped = pool.submit(at_desk.post, address, data={"reason": "两户说没有见过人", "reach": "all"})
            time.sleep(A_WHILE)
        assert stopped.result(PATIENCE).status_code == 302
    with store.reading() as session:
        assert session.scalar(select(func.count(SuspendedConsent.id))) == 1
        assert session.get_one(EntryStanding, entry.id).standing is not Standing.AGREE


@pytest.mark.parametrize("first", ["tablet", "desk"])
def test_a_form_entered_at_once_for_two_homes_serves_one_of_them(
    store: Database, tablet: Tablet, first: str
) -> None:
    """On two matters, where nothing in the store forbids the second: whoever is later waits, and finds it used."""
    with store.transaction() as tx:
        other = make_round.another_matter(tx.session, tablet.at, now=tx.now)
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    for picture in tablet.pictures.values():
        tablet.send(picture)
    said = {other.entries[1].id: Said(Answer.AGREE, other.plan.sha256)}
    form = SignedForm(said, printed(1), tablet.clock(), "测试签字人", Relation.HEAD, (PHOTO,))
    note = VisitNote(VisitOutcome.ANSWERED, tablet.clock(), "at-the-desk")

    @contextmanager
    def batch() -> Iterator[bool]:
        with store.transaction(Lock.answer(tablet.at.round.id, tablet.at.entries[0].id)) as tx:
            [told] = take(tx, sender(tx, tablet), record)
            yield told.state is Verdict.ACCEPTED

    @contextmanager
    def desk() -> Iterator[bool]:
        with store.transaction(Lock.answer(other.round.id, other.entries[1].id)) as tx:
            actor = make.actor(tx.session, tablet.at.staff.canvasser)
            home = tablet.at.homes[1].id
            door = (home, tablet.at.crew.id, note, [form])
            try:
                seal_door(tx.session, actor, *door, request_id="d", key=make_round.KEY, now=tx.now)
            except SerialUsed:
                yield False
            else:
                yield True

    def whole(deed: Callable[[], AbstractContextManager[bool]]) -> bool:
        with deed() as entered:
            return entered

    early, late = (batch, desk) if first == "tablet" else (desk, batch)
    with ThreadPoolExecutor(1) as pool:
        with early() as entered:
            waiting = pool.submit(whole, late)
            time.sleep(A_WHILE)
        assert (entered, waiting.result(PATIENCE)) == (True, False)


@pytest.mark.parametrize("first", ["spoilt", "entered"])
def test_a_form_declared_spoilt_while_it_is_entered_is_one_of_both(
    store: Database, tablet: Tablet, first: str
) -> None:
    """Whoever is later waits for the other, and is refused."""
    entry, person = tablet.at.entries[0], tablet.at.staff.canvasser
    said = {entry.id: Said(Answer.AGREE, tablet.at.plan.sha256)}
    form = SignedForm(said, printed(1), tablet.clock(), "测试签字人", Relation.HEAD, (PHOTO,))
    with store.transaction() as tx:
        scan = Exhibit(EvidenceRole.PHOTO, "5" * 64, "image/jpeg", 1)
        actor = make.actor(tx.session, person)
        one = stacks.bring(tx.session, actor, tablet.at.community.id, scan, printed(1), now=tx.now).picture
        assert one is not None
        picture = one.id

    @contextmanager
    def entered() -> Iterator[bool]:
        where = tablet.at.homes[0].id, tablet.at.crew.id, None
        with store.transaction(Lock.answer(tablet.at.round.id, entry.id)) as tx:
            actor = make.actor(tx.session, person)
            seal_door(tx.session, actor, *where, [form], request_id="d", key=make_round.KEY, now=tx.now)
            yield True

    @contextmanager
    def spoilt() -> Iterator[bool]:
        with store.transaction() as tx:
            actor = make.actor(tx.session, person)
            stacks.put_aside(tx.session, actor, picture, PictureState.SPOILT, "撕坏了", now=tx.now)
            yield True

    def whole(deed: Callable[[], AbstractContextManager[bool]]) -> None:
        with deed():
            pass

    early, late = (spoilt, entered) if first == "spoilt" else (entered, spoilt)
    with ThreadPoolExecutor(1) as pool:
        with early():
            waiting = pool.submit(whole, late)
            time.sleep(A_WHILE)
        with pytest.raises(BadInput):
            waiting.result(PATIENCE)
