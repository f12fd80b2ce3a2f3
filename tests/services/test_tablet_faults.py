"""What goes wrong between a tablet and the server, on both stores; each time the same oracle at the end.

Distinct records here and still on the tablet = records made; no id twice; at most one effective answer per
household; no gap in the sequence.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from deliberate.db import Database
from deliberate.domain import serial as serials
from deliberate.domain.consent import Answer, Standing, standing
from deliberate.domain.sync import Verdict
from deliberate.models import Consent, EntryStanding, Membership, TabletRecord, Visit
from deliberate.queries import devices, tallies
from deliberate.services import changes, delivery, quarantine
from tests import make, make_round
from tests.make import Clock
from tests.make_tablet import Tablet, sha, uuid_of

AT_ONCE = 5


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def oracle(store: Database, tablet: Tablet, *, here: int | None = None) -> dict[str, int]:
    """The invariants; gives how many records stand where."""
    with store.reading() as session:
        rows = session.execute(
            select(TabletRecord.verdict, func.count()).group_by(TabletRecord.verdict)
        ).all()
        counted = {verdict.value: number for verdict, number in rows}
        distinct = session.scalar(
            select(func.count(TabletRecord.record_id.distinct())).where(
                TabletRecord.verdict != Verdict.MISMATCH
            )
        )
        arrived = devices.sequence(session, tablet.uuid)
        assert distinct == (tablet.seq if here is None else here)
        assert here is not None or (arrived.high_water == tablet.seq and not arrived.missing)
        for entry in tablet.at.entries:
            records = tallies.records_of_entry(session, entry.id)
            kept = session.get(EntryStanding, entry.id)
            assert (kept.standing if kept else Standing.SILENT) is standing(records)
        return counted


def consents(store: Database) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count(Consent.id))) or 0


def walk(tablet: Tablet, number: int) -> list[Any]:
    """So many doors: papers, and visits in vain between them."""
    answers = [Answer.AGREE, Answer.DISAGREE, Answer.ABSTAIN]
    return [
        tablet.door(entry.household_id, tablet.visit("not_home"))
        if place % 3 == 2
        else tablet.answered(entry, answers[place % 3], place + 1)
        for place, entry in enumerate(tablet.at.entries[:number])
    ]


def test_the_same_batch_thrice_and_in_another_order(store: Database, tablet: Tablet) -> None:
    records = walk(tablet, 6)
    tablet.deliver(*records)
    for again in (records, records[::-1], records[3:] + records[:3]):
        told = tablet.sync(*again)["results"]
        assert {(one["verdict"], one["state"]) for one in told} == {("duplicate", "accepted")}
    assert oracle(store, tablet) == {"accepted": 6}
    assert consents(store) == 4


@pytest.mark.both
def test_the_same_record_five_times_at_once(store: Database, served: Flask, tablet: Tablet) -> None:
    record = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    gate = threading.Barrier(AT_ONCE)

    def deliver(_: int) -> tuple[str, int]:
        twin = Tablet(served.test_client(), tablet.at, tablet.clock, token=tablet.token)
        gate.wait()
        (result,) = twin.sync(record)["results"]
        return result["verdict"], result["number"]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(deliver, range(AT_ONCE)))
    assert sorted(verdict for verdict, _ in told) == ["accepted", *["duplicate"] * 4]
    assert len({number for _, number in told}) == 1
    assert oracle(store, tablet) == {"accepted": 1}


@pytest.mark.both
def test_two_tablets_at_one_door_leave_one_effective_answer_in_either_order(
    store: Database, tablet: Tablet
) -> None:
    entry = tablet.at.entries[0]
    first = tablet.answered(entry, Answer.AGREE, 1)
    same = tablet.answered(entry, Answer.AGREE, 2)
    other = tablet.answered(entry, Answer.DISAGREE, 3)
    assert tablet.deliver(first, same) == ["accepted", "accepted"]
    with store.reading() as session:
        assert session.get_one(EntryStanding, entry.id).standing is Standing.AGREE
    assert tablet.deliver(other) == ["accepted"], "a contradiction is the office's to know"
    with store.reading() as session:
        assert session.get_one(EntryStanding, entry.id).standing is Standing.CONTRADICTION
    oracle(store, tablet)


@pytest.mark.both
def test_other_bytes_under_the_same_id_are_both_kept_and_the_first_holds(
    store: Database, tablet: Tablet
) -> None:
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    tablet.deliver(record)
    text = record["payload"].replace("agree", "disagree")
    forged = {**record, "payload": text, "sha256": sha(text.encode())}
    for _ in range(2):
        (result,) = tablet.sync(forged)["results"]
        assert (result["verdict"], result["state"]) == ("mismatch", "mismatch")
    assert tablet.states(record) == ["accepted"]
    with store.reading() as session:
        assert session.get_one(EntryStanding, entry.id).standing is Standing.AGREE
        kept = session.scalars(select(TabletRecord.payload).order_by(TabletRecord.id)).all()
        assert kept == [record["payload"].encode(), text.encode()]
    assert oracle(store, tablet) == {"accepted": 1, "mismatch": 1}


def test_one_poison_record_in_a_batch_holds_up_no_other(store: Database, tablet: Tablet) -> None:
    records = [tablet.door(home.id, tablet.visit("not_home")) for home in tablet.at.homes[:4]]
    poison = tablet.door(tablet.at.homes[5].id, tablet.visit("enum of tomorrow", note="\0"))
    told = tablet.sync(*records[:2], poison, "no record at all", {"record_id": 5}, *records[2:])["results"]
    states = [one["state"] for one in told]
    assert states == ["accepted"] * 2 + ["quarantined"] * 3 + ["accepted"] * 2
    assert {one["reason"] for one in told if one["state"] == "quarantined"} == {"bad_form"}
    with store.reading() as session:
        kept = session.scalars(
            select(TabletRecord).where(TabletRecord.record_id == poison["record_id"])
        ).one()
        assert kept.payload == poison["payload"].encode()
        assert kept.seq == 5
    oracle(store, tablet, here=7)


def test_a_record_spoilt_on_the_way_is_not_stored_and_raw_takes_what_will_not_go(
    store: Database, tablet: Tablet
) -> None:
    record = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    spoilt = {**record, "payload": record["payload"] + " "}
    (result,) = tablet.sync(spoilt)["results"]
    assert (result["verdict"], result["state"], result["number"]) == ("retry", "retry", None)
    broken = b"\xff\xfe not even text"
    headers = {**tablet.headers, "X-Record-Id": uuid_of(77)}
    told = tablet.http.post("/canvass/api/v1/raw", data=broken, headers=headers).get_json()
    assert told["results"][0]["reason"] == "bad_form"
    headers["X-Record-Id"] = record["record_id"]
    told = tablet.http.post("/canvass/api/v1/raw", data=record["payload"].encode(), headers=headers)
    assert told.get_json()["results"][0]["state"] == "accepted"
    with store.reading() as session:
        assert session.scalars(select(TabletRecord.payload).order_by(TabletRecord.id)).first() == broken
    oracle(store, tablet, here=2)


def test_after_registering_has_ended_it_is_stored_and_never_counted(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    assert tablet.at.round.register_until is not None
    clock.at = tablet.at.round.register_until
    assert tablet.deliver(record) == ["late"]
    (result,) = tablet.sync(record)["results"]
    assert result["late_rounds"] == [tablet.at.round.id]
    with store.reading() as session:
        assert session.get_one(EntryStanding, entry.id).standing is Standing.LATE
        assert session.scalars(select(Visit)).one().outcome == "answered"
    oracle(store, tablet)


def signed(tablet: Tablet, place: int, at: timedelta = timedelta(0), **more: Any) -> Any:
    """A paper of that home, signed then by the tablet's clock."""
    entry = tablet.at.entries[place]
    form = tablet.form({entry: Answer.AGREE}, place + 1, signed_at=tablet.now(-at))
    return tablet.door(entry.household_id, tablet.visit(), [form], **more)


def test_what_is_delivered_in_the_grace_counts_if_it_was_signed_before_the_deadline(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    until = tablet.at.round.answer_until
    assert until is not None
    clock.at = until - timedelta(hours=1)
    before = signed(tablet, 0)
    desk_before = signed(tablet, 1, mode="desk")
    clock.at = until + timedelta(hours=1)
    after = signed(tablet, 2)
    desk_after = signed(tablet, 3, timedelta(minutes=-1), mode="desk")
    records = before, desk_before, after, desk_after
    assert tablet.deliver(*records) == ["accepted", "accepted", "late", "late"]
    with store.reading() as session:
        stands = [session.get_one(EntryStanding, entry.id).standing for entry in tablet.at.entries[:4]]
        assert stands == [Standing.AGREE, Standing.AGREE, Standing.LATE, Standing.LATE]
        printed = session.scalars(select(Consent.signed_at).order_by(Consent.id)).all()
        assert [one < until for one in printed if one] == [True, True, False, False]
    assert tablet.sync(after)["results"][0]["late_rounds"] == [tablet.at.round.id]
    oracle(store, tablet)


def test_in_the_grace_a_clock_that_nobody_can_trust_is_a_persons_to_judge(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    until, ends = tablet.at.round.answer_until, tablet.at.round.register_until
    assert until is not None
    assert ends is not None
    clock.at = until + timedelta(hours=1)
    near = signed(tablet, 0, timedelta(minutes=-57))
    tablet.ahead = timedelta(days=-20)
    behind, second = signed(tablet, 1), signed(tablet, 2)
    tablet.ahead = timedelta(0)
    assert tablet.deliver(near, behind, second) == ["quarantined"] * 3
    assert {one["reason"] for one in tablet.sync(near, behind)["results"]} == {"signed_when"}
    assert consents(store) == 0

    def decide(place: int) -> None:
        with store.transaction() as tx:
            moderator = make.actor(tx.session, tablet.at.staff.other_moderator)
            record = tx.session.scalars(select(TabletRecord.id).where(TabletRecord.seq == place + 1)).one()
            why = "表上写着截止以前的时间"
            quarantine.decide(tx.session, moderator, record, True, why, key=make.CODE_KEY, now=tx.now)

    decide(1)
    assert tablet.states(behind) == ["accepted"]
    with store.reading() as session:
        assert session.get_one(EntryStanding, tablet.at.entries[1].id).standing is Standing.AGREE
    clock.at = ends
    decide(2)
    assert tablet.states(second) == ["late"], "after registering has ended nothing is counted"
    with store.reading() as session:
        assert session.get_one(EntryStanding, tablet.at.entries[2].id).standing is Standing.LATE
    oracle(store, tablet)


def test_one_paper_carries_two_matters_and_one_visit_serves_both(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    with store.transaction() as tx:
        second = make_round.another_matter(tx.session, tablet.at, now=tx.now)
    plans = {**dict.fromkeys((e.id for e in second.entries), second.plan.sha256)}
    tablet.plan = lambda entry: plans.get(entry.id, tablet.at.plan.sha256)  # type: ignore[method-assign]
    clock.forward(minutes=5)
    both = {tablet.at.entries[0]: Answer.AGREE, second.entries[0]: Answer.DISAGREE}
    record = tablet.door(tablet.at.homes[0].id, tablet.visit(), [tablet.form(both, 1)])
    assert tablet.deliver(record) == ["accepted"]
    with store.reading() as session:
        visit = session.scalars(select(Visit)).one()
        given = session.execute(select(Consent.answer, Consent.visit_id, Consent.serial)).all()
        assert sorted(one.answer for one in given) == ["agree", "disagree"]
        assert {(one.visit_id, one.serial) for one in given} == {(visit.id, serials.printed(1))}
    oracle(store, tablet)


def test_a_reused_serial_is_quarantined_whole(store: Database, tablet: Tablet) -> None:
    first = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    again = tablet.answered(tablet.at.entries[1], Answer.AGREE, 1)
    assert tablet.deliver(first, again) == ["accepted", "quarantined"]
    assert tablet.sync(again)["results"][0]["reason"] == "serial_used"
    with store.reading() as session:
        assert len(session.scalars(select(Visit)).all()) == 1, "nothing of a quarantined record is in force"
    oracle(store, tablet)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"household_id": 9999}, "unknown_household"),
        ({"crew_id": 9999}, "wrong_crew"),
        ({"visit": None}, "bad_form"),
        ({"forms": []}, "bad_form"),
        ({"v": 2}, "newer_protocol"),
        ({"device_id": uuid_of(55)}, "wrong_device"),
        ({"seq": 999}, "bad_form"),
    ],
)
def test_what_breaks_a_rule_is_quarantined_with_its_reason(
    store: Database, tablet: Tablet, change: dict[str, Any], reason: str
) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    changed = {**tablet.envelope({**json.loads(record["payload"]), **change}), "seq": 1}
    tablet.send_missing(changed)
    (result,) = tablet.sync(changed)["results"]
    assert (result["state"], result["reason"]) == ("quarantined", reason)
    assert consents(store) == 0


def test_ones_own_household_is_quarantined(store: Database, tablet: Tablet) -> None:
    with store.transaction() as tx:
        home = tablet.at.homes[0]
        tx.session.add(
            Membership(
                community_id=home.community_id,
                household_id=home.id,
                account_id=tablet.at.staff.canvasser.id,
                joined_at=tx.now,
            )
        )
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(record)
    assert tablet.sync(record)["results"][0]["reason"] == "own_household"
    assert tablet.get("roll")["doors"][0]["own"] is True
    oracle(store, tablet)


@pytest.mark.both
def test_the_store_that_fails_before_the_commit_keeps_nothing_and_after_it_everything(
    store: Database, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    number = changes.number

    def fails(session: Any) -> None:
        number(session)
        raise OperationalError("", {}, Exception("disk"))

    monkeypatch.setattr(changes, "number", fails)
    assert tablet.sync(record)["error"] == "busy"
    oracle(store, tablet, here=0)
    monkeypatch.setattr(changes, "number", number)
    tablet.sync(record)  # the reply is lost
    (result,) = tablet.sync(record)["results"]
    assert (result["verdict"], result["state"]) == ("duplicate", "accepted")
    oracle(store, tablet)


def test_lists_within_lists_are_kept_however_deep() -> None:
    """What can still be read may be too deep to be written."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    (arrived,) = delivery.arrivals([deep])
    assert arrived.junk
    while deep:  # letting go of all at once is as deep
        deep = deep.pop()
