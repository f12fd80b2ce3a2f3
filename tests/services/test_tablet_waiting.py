"""No record waits for ever: a correction, the tablet's own word or a person ends it."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import Refusal, Stale
from deliberate.domain.serial import printed
from deliberate.domain.stack import Match
from deliberate.models import Consent, TabletRecord, Visit
from deliberate.queries import deliveries, stacks
from deliberate.services import quarantine
from deliberate.services.quarantine import StillRefused
from tests import make
from tests.make import CODE_KEY, Clock
from tests.make_tablet import Tablet, photo
from tests.services.test_tablet_corrections import answer, correction, said, standing


@pytest.fixture
def tablet_store_kind() -> str:
    return "sqlite"


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def told(tablet: Tablet, *records: Any, **more: Any) -> list[tuple[str, str | None, list[str]]]:
    """State, reason and what is still asked for."""
    return [(one["state"], one["reason"], one["missing"]) for one in tablet.sync(*records, **more)["results"]]


def promised(tablet: Tablet, place: int, number: int) -> dict[str, Any]:
    """A door whose paper is photographed later."""
    entry = tablet.at.entries[place]
    form = tablet.form({entry: Answer.AGREE}, number, photo_follows=True, evidence=[])
    return tablet.door(entry.household_id, tablet.visit(), [form])


def photographed(tablet: Tablet, of: dict[str, Any], number: int, **change: Any) -> dict[str, Any]:
    """Its correction, with a photograph of its own."""
    shown = [tablet.show("photo", photo(number))]
    return correction(tablet, of, forms=said(tablet, of, photo_follows=False, evidence=shown, **change))


def number_of(store: Database, record: dict[str, Any]) -> int:
    with store.reading() as session:
        asked = select(TabletRecord.id).where(TabletRecord.record_id == record["record_id"])
        return session.scalars(asked).one()


def leave_out(store: Database, tablet: Tablet, record: dict[str, Any], accept: bool = False) -> None:
    """A person takes the case and decides."""
    number = number_of(store, record)
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.other_moderator)
        quarantine.take_case(tx.session, moderator, number, now=tx.now)
        quarantine.decide(tx.session, moderator, number, accept, "没有照片", key=CODE_KEY, now=tx.now)


def replaced(store: Database, record: dict[str, Any]) -> str | None:
    with store.reading() as session:
        return session.get_one(TabletRecord, number_of(store, record)).replaced_by


def test_a_correction_takes_the_place_of_a_door_whose_photograph_was_never_taken(
    store: Database, tablet: Tablet
) -> None:
    record = promised(tablet, 0, 1)
    tablet.sync(record)
    right = photographed(tablet, record, 9)
    assert tablet.deliver(record, right) == ["quarantined", "accepted"]
    assert told(tablet, record) == [("quarantined", "bad_evidence", [])]
    assert replaced(store, record) == right["record_id"]
    assert standing(store, tablet.at.entries[0].id) is Standing.AGREE
    follows = tablet.seal(
        "supplement",
        about=record["record_id"],
        serial=printed(1),
        evidence=[tablet.show("photo", photo(10))],
    )
    assert tablet.deliver(follows) == ["accepted"]
    assert tablet.states(record) == ["quarantined"], "it was replaced for good"
    with store.reading() as session:
        assert len(session.scalars(select(Consent)).all()) == len(session.scalars(select(Visit)).all()) == 1


def test_a_correction_takes_the_place_of_a_door_whose_photograph_is_lost(
    store: Database, tablet: Tablet
) -> None:
    """Whatever the order of the two, and the tablet is not asked for the lost photograph any more."""
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    right = photographed(tablet, record, 9, serial=printed(2))
    tablet.sync(right)
    tablet.send(photo(9))
    assert [state for state, *_ in told(tablet, right)] == ["pending_evidence"]
    assert told(tablet, record, right)[0] == ("quarantined", "bad_evidence", [])
    assert told(tablet, right) == [("accepted", None, [])]
    assert standing(store, tablet.at.entries[0].id) is Standing.AGREE


def test_a_correction_of_a_correction_that_waits_ends_both(store: Database, tablet: Tablet) -> None:
    record = promised(tablet, 0, 1)
    first = correction(tablet, record)
    second = photographed(tablet, first, 9)
    tablet.sync(record, first)
    assert tablet.deliver(second) == ["accepted"]
    assert [state for state, *_ in told(tablet, record, first)] == ["quarantined", "quarantined"]
    assert {replaced(store, one) for one in (record, first)} == {second["record_id"]}


def test_a_correction_that_waits_and_is_corrected_leaves_the_counted_door_counted_once(
    store: Database, tablet: Tablet
) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(record)
    waits = correction(tablet, record, forms=said(tablet, record, photo_follows=True, evidence=[]))
    right = correction(tablet, waits, forms=answer(tablet, record, Answer.DISAGREE))
    assert tablet.deliver(waits, right) == ["quarantined", "accepted"]
    assert standing(store, tablet.at.entries[0].id) is Standing.DISAGREE
    with store.reading() as session:
        assert session.scalars(select(Consent.deed).order_by(Consent.id)).all() == ["answer", "correction"]
        assert len(session.scalars(select(Visit)).all()) == 1


def test_corrections_in_a_circle_are_for_the_office(tablet: Tablet) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    first = correction(tablet, record)
    second = correction(tablet, first)
    turned = {**json.loads(first["payload"]), "supersedes": second["record_id"]}
    first = tablet.envelope(turned)
    assert [reason for _state, reason, _ in told(tablet, first, second)] == [None, None]
    tablet.send_missing(first, second)
    assert [reason for _state, reason, _ in told(tablet, first, second)] == ["by_hand", "by_hand"]


def test_a_paper_that_names_nothing_waits_no_longer_than_the_tablet_has_something_to_send(
    store: Database, tablet: Tablet
) -> None:
    """A tablet whose memory was lost has a gap in its numbers for ever."""
    tablet.seq = 5
    entry = tablet.at.entries[0]
    form = tablet.form({entry: Answer.AGREE}, 1, replaces=["WRONG-CODE"])
    record = tablet.door(entry.household_id, tablet.visit(), [form])
    tablet.send_missing(record)
    assert tablet.states(record, report={"unsent_from": 3}) == ["pending_evidence"]
    assert tablet.states(record) == ["pending_evidence"]
    tablet.sync(report={"unsent_from": 7})
    assert told(tablet, record) == [("quarantined", "bad_form", [])]


def test_a_paper_that_names_one_still_to_be_sent_waits_for_it(store: Database, tablet: Tablet) -> None:
    entry = tablet.at.entries[0]
    first = tablet.answered(entry, Answer.AGREE, 1)
    form = tablet.form({entry: Answer.DISAGREE}, 2, replaces=[printed(1)])
    second = tablet.door(entry.household_id, tablet.visit(), [form])
    tablet.send_missing(second)
    assert tablet.states(second, report={"unsent_from": 1}) == ["pending_evidence"]
    tablet.send_missing(first)
    assert tablet.states(first, second, report={"unsent_from": 1}) == ["accepted", "accepted"]
    assert standing(store, entry.id) is Standing.DISAGREE


def test_what_waits_too_long_is_listed_and_left_out_by_a_person(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    """Its serial is free again, its correction is a person's, and the tablet may be handed on."""
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    waits = correction(tablet, record, forms=said(tablet, record, photo_follows=True, evidence=[]))
    tablet.sync(record, waits)
    with store.reading() as session:
        moderator = make.actor(session, tablet.at.staff.other_moderator)
        community = tablet.at.community.id
        assert deliveries.queue(session, moderator, community, now=clock()) == []
        assert deliveries.waiting(session, community, now=clock()) == 0
    with pytest.raises(Stale):
        leave_out(store, tablet, record)
    clock.forward(hours=13)
    with store.reading() as session:
        assert len(deliveries.queue(session, moderator, community, now=clock())) == 2
        assert deliveries.waiting(session, community, now=clock()) == 2
        assert stacks.matches(session, community, [printed(1)])[printed(1)].match is Match.DELIVERED
    with pytest.raises(StillRefused):
        leave_out(store, tablet, record, accept=True)
    leave_out(store, tablet, record)
    leave_out(store, tablet, waits)
    assert told(tablet, record) == [("quarantined", "bad_evidence", [])]
    with store.reading() as session:
        assert deliveries.waiting(session, community, now=clock()) == 0
        assert stacks.matches(session, community, [printed(1)])[printed(1)].match is Match.FREE
    right = photographed(tablet, record, 9)
    assert tablet.deliver(right) == ["quarantined"], "a person has decided"
    assert standing(store, entry.id) is None


def test_leaving_out_ends_the_waiting_of_what_named_it(store: Database, tablet: Tablet, clock: Clock) -> None:
    record = promised(tablet, 0, 1)
    form = tablet.form({tablet.at.entries[0]: Answer.DISAGREE}, 2, replaces=[printed(1)])
    later = tablet.door(tablet.at.entries[0].household_id, tablet.visit(), [form])
    assert tablet.deliver(record, later) == ["pending_evidence", "pending_evidence"]
    clock.forward(hours=13)
    leave_out(store, tablet, record)
    assert told(tablet, later) == [("quarantined", "bad_form", [])]


def test_taking_back_what_still_waits_ends_its_waiting(store: Database, tablet: Tablet) -> None:
    record = promised(tablet, 0, 1)
    void = tablet.seal("void", supersedes=record["record_id"], reason="录重了")
    assert tablet.states(record, void) == ["pending_evidence", "quarantined"]
    leave_out(store, tablet, void, accept=True)
    assert tablet.states(record, void) == ["quarantined", "accepted"]
    with pytest.raises(Refusal):
        leave_out(store, tablet, record)
