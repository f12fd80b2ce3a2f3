"""Signs of a crew through their queries: telephones of many homes, and evidence that is used twice before it counts."""

from datetime import datetime

import pytest
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay
from deliberate.domain.rules import Electorate
from deliberate.domain.signs import FAST, HOMES, Sign, SignKind
from deliberate.domain.suspicion import Reach
from deliberate.models import Consent, Contact, Household
from deliberate.queries import crew_checks
from deliberate.services import suspensions
from tests import make
from tests.make import CODE_KEY, Clock
from tests.make_tablet import Tablet, photo


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def signs(store: Database, tablet: Tablet) -> set[Sign]:
    with store.reading() as session:
        return set(crew_checks.signs_of(session, [tablet.at.crew.id])[tablet.at.crew.id])


def test_one_telephone_for_many_homes_is_a_sign_wherever_it_stands(store: Database, tablet: Tablet) -> None:
    assert HOMES == 3
    for n in range(HOMES):
        tablet.deliver(tablet.answered(tablet.at.entries[n], Answer.AGREE, n + 1))
    with store.transaction() as tx:
        for n in (0, 4):
            tx.session.get_one(Household, tablet.at.homes[n].id).telephone = "19900000001"
        for n in (0, 1):
            tx.session.add(_left(tablet, n, tx.now))
    assert not {one for one in signs(store, tablet) if one.kind is SignKind.TELEPHONE}, "two are a family"
    with store.transaction() as tx:
        tx.session.add(_left(tablet, 2, tx.now))
    assert Sign(SignKind.TELEPHONE, HOMES) in signs(store, tablet)


def _left(tablet: Tablet, n: int, now: datetime) -> Contact:
    return Contact(
        community_id=tablet.at.community.id,
        household_id=tablet.at.homes[n].id,
        voice=Electorate.HOUSEHOLD,
        way=ContactWay.SMS,
        address="19900000001",
        language="zh-Hans",
        left_at=now,
    )


@pytest.mark.parametrize("role", ["photo", "strokes"])
def test_the_same_evidence_in_quarantined_records_is_a_sign(
    store: Database, tablet: Tablet, role: str
) -> None:
    """Strokes are compared as they were drawn; the pictures beside them differ."""
    with store.transaction() as tx:
        moderator, crew = make.actor(tx.session, tablet.at.staff.moderator), tablet.at.crew.id
        suspensions.suspend_crew(tx.session, moderator, crew, "核查", Reach.NONE, key=CODE_KEY, now=tx.now)
    same = photo(99) if role == "photo" else b'[{"points": [{"x": 1, "y": 2, "time": 5}]}]'
    for n, entry in enumerate(tablet.at.entries[:2]):
        own = [("photo", photo(n))] if role == "strokes" else []
        form = tablet.form({entry: Answer.AGREE}, n + 1, *own, (role, same))
        record = tablet.door(entry.household_id, tablet.visit(), [form])
        told = tablet.sync(record)["results"][0]
        assert told["state"] == "quarantined"
        for sha256 in told["missing"]:
            tablet.send(tablet.pictures[sha256], role if tablet.pictures[sha256] == same else "photo")
    assert Sign(SignKind.SAME_EVIDENCE, 1) in signs(store, tablet)


def test_a_tablet_that_slept_before_it_delivered_is_no_sign(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    """In the morning, with the page still open: its counter knows nothing of the night."""
    records, at_doors = [], []
    for place, entry in enumerate(tablet.at.entries[: FAST + 2]):
        clock.forward(minutes=10)
        awake = 100_000 + place * 45_000
        at_doors.append(clock().replace(microsecond=0))
        form = tablet.form({entry: Answer.AGREE}, place + 1, signed_mono_ms=awake)
        visit = tablet.visit(at_door_mono_ms=awake)
        records.append(tablet.door(entry.household_id, visit, [form], mono_ms=awake + 1000))
    clock.forward(hours=11)
    tablet.sync(*records, sent_mono_ms=100_000 + 20 * 45_000, boot_id=tablet.boot)
    for data in list(tablet.pictures.values()):
        tablet.send(data)
    assert not {one.kind for one in signs(store, tablet)} & {SignKind.PACE, SignKind.NIGHT}
    with store.reading() as session:
        signed = session.scalars(select(Consent.signed_at).order_by(Consent.id)).all()
    assert [one.replace(microsecond=0) for one in signed] == at_doors
