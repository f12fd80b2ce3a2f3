"""Corrections and quarantine: what a person may put right alone, and what another person decides."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal
from deliberate.domain.permissions import Actor, Role
from deliberate.domain.round import DutyKind
from deliberate.domain.serial import printed
from deliberate.models import (
    Consent,
    ConsentPaper,
    Device,
    EntryStanding,
    Evidence,
    JournalEntry,
    LedgerLeaf,
    TabletDecision,
    TabletRecord,
    Visit,
)
from deliberate.services import devices, duties, quarantine, suspensions
from deliberate.services.quarantine import StillRefused
from tests import make
from tests.make import CODE_KEY
from tests.make_tablet import Tablet


@pytest.fixture
def tablet_store_kind() -> str:
    return "sqlite"


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def correction(tablet: Tablet, of: dict[str, Any], **change: Any) -> dict[str, Any]:
    """The whole door once more, with what should have been."""
    old = json.loads(of["payload"])
    kept = {name: old[name] for name in ("household_id", "crew_id", "visit", "forms", "mode")}
    return tablet.seal("correction", supersedes=of["record_id"], reason="看错了", **{**kept, **change})


def said(tablet: Tablet, of: dict[str, Any], **change: Any) -> list[dict[str, Any]]:
    (form,) = json.loads(of["payload"])["forms"]
    return [{**form, **change}]


def answer(tablet: Tablet, of: dict[str, Any], answer: Answer) -> list[dict[str, Any]]:
    (form,) = json.loads(of["payload"])["forms"]
    return [{**form, "said": [{**form["said"][0], "answer": answer.value}]}]


def standing(store: Database, entry_id: int) -> Standing | None:
    with store.reading() as session:
        kept = session.get(EntryStanding, entry_id)
        return kept.standing if kept else None


def test_a_misread_answer_is_corrected_and_corrected_again(store: Database, tablet: Tablet) -> None:
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    tablet.deliver(record)
    first = correction(tablet, record, forms=answer(tablet, record, Answer.DISAGREE))
    assert tablet.states(first) == ["accepted"]
    assert standing(store, entry.id) is Standing.DISAGREE
    second = correction(tablet, first, forms=answer(tablet, record, Answer.ABSTAIN))
    assert tablet.states(second) == ["accepted"]
    assert standing(store, entry.id) is Standing.ABSTAIN
    again = correction(tablet, record, forms=answer(tablet, record, Answer.AGREE))
    assert tablet.sync(again)["results"][0]["reason"] == "by_hand", "a record is corrected once"
    with store.reading() as session:
        deeds = session.scalars(select(Consent.deed).order_by(Consent.id)).all()
        assert deeds == ["answer", "correction", "correction"]


def test_a_correction_waits_for_its_record_and_for_its_evidence(store: Database, tablet: Tablet) -> None:
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    right = correction(tablet, record, forms=answer(tablet, record, Answer.DISAGREE))
    (result,) = tablet.sync(right)["results"]
    assert (result["state"], result["missing_record"]) == ("pending_evidence", None)
    tablet.send_missing(right)
    (result,) = tablet.sync(right)["results"]
    assert (result["state"], result["missing_record"]) == ("pending_evidence", record["record_id"])
    assert tablet.states(record, right) == ["accepted", "accepted"]
    assert standing(store, entry.id) is Standing.DISAGREE


def test_a_correction_that_waited_for_a_door_that_arrives_broken_takes_its_place(
    store: Database, tablet: Tablet
) -> None:
    """Nothing else would ever end its waiting."""
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    right = correction(tablet, record)
    assert tablet.deliver(right) == ["pending_evidence"]
    assert tablet.states({**record, "payload": ""}) == ["quarantined"]
    assert tablet.states(right) == ["accepted"]
    assert standing(store, entry.id) is Standing.AGREE


def test_a_quarantined_door_is_put_right_by_a_whole_new_one(store: Database, tablet: Tablet) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[1], Answer.AGREE, 1))
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    assert tablet.deliver(record) == ["quarantined"]
    right = correction(tablet, record, forms=[tablet.form({entry: Answer.AGREE}, 2)])
    assert tablet.deliver(right) == ["accepted"]
    assert standing(store, entry.id) is Standing.AGREE
    with store.reading() as session:
        kept = session.scalars(
            select(TabletRecord).where(TabletRecord.record_id == record["record_id"])
        ).one()
        assert (kept.verdict, kept.replaced_by) == ("quarantined", right["record_id"])


def test_a_correction_of_one_that_was_not_accepted_is_held_against_what_counts(
    store: Database, tablet: Tablet
) -> None:
    """Else the door would be registered twice, past the hand of the office."""
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    tablet.deliver(record)
    first = correction(tablet, record, forms=[tablet.form({entry: Answer.DISAGREE}, 2)])
    assert tablet.deliver(first) == ["quarantined"]
    second = correction(tablet, first, forms=[tablet.form({entry: Answer.DISAGREE}, 2)])
    assert tablet.deliver(second) == ["quarantined"]
    assert tablet.sync(second)["results"][0]["reason"] == "by_hand"
    assert standing(store, entry.id) is Standing.AGREE
    third = correction(tablet, second, forms=answer(tablet, record, Answer.ABSTAIN))
    assert tablet.deliver(third) == ["accepted"], "the paper is the first one again, and was misread"
    assert standing(store, entry.id) is Standing.ABSTAIN
    with store.reading() as session:
        assert session.scalars(select(Consent.deed).order_by(Consent.id)).all() == ["answer", "correction"]
        assert len(session.scalars(select(Visit)).all()) == 1
        kept = session.scalars(select(TabletRecord.replaced_by).order_by(TabletRecord.seq)).all()
        assert kept == [third["record_id"]] * 3 + [None]


@pytest.mark.parametrize("change", [{"signer_name": "别人"}, {"serial": "0000-002-8"}, {"said": None}])
def test_another_signer_paper_or_matter_is_for_the_office(
    store: Database, tablet: Tablet, change: dict[str, Any]
) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(record)
    changed = {"forms": []} if "said" in change else {"forms": said(tablet, record, **change)}
    if not changed["forms"]:
        changed["visit"] = tablet.visit("not_home")
    right = correction(tablet, record, **changed)
    assert tablet.sync(right)["results"][0]["reason"] == "by_hand"
    assert standing(store, tablet.at.entries[0].id) is Standing.AGREE


def test_another_outcome_is_the_doors_newest_visit(store: Database, tablet: Tablet) -> None:
    record = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    tablet.sync(record)
    right = correction(tablet, record, visit=tablet.visit("do_not_visit"))
    assert tablet.states(right) == ["accepted"]
    assert tablet.get("roll")["doors"][0]["unwelcome"] == "asked_not_to"
    with store.reading() as session:
        assert len(session.scalars(select(Visit)).all()) == 2


def test_taking_back_is_never_done_by_the_machine(store: Database, tablet: Tablet) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(record)
    void = tablet.seal("void", supersedes=record["record_id"], reason="录重了")
    assert tablet.sync(void)["results"][0]["reason"] == "by_hand"
    assert standing(store, tablet.at.entries[0].id) is Standing.AGREE


def test_a_paper_that_replaces_one_still_on_its_way_waits_for_it(store: Database, tablet: Tablet) -> None:
    entry = tablet.at.entries[0]
    first = tablet.answered(entry, Answer.AGREE, 1)
    form = tablet.form({entry: Answer.DISAGREE}, 2)
    form["replaces"] = [printed(1)]
    second = tablet.door(entry.household_id, tablet.visit(), [form])
    tablet.send_missing(second)
    assert tablet.states(second) == ["pending_evidence"]
    assert tablet.deliver(first, second) == ["accepted", "accepted"]
    assert standing(store, entry.id) is Standing.DISAGREE


def revoked(store: Database, tablet: Tablet) -> int:
    """A record that a lost tablet brought; its number."""
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        device = tx.session.scalars(select(Device)).one()
        with pytest.raises(BadInput):
            devices.revoke(tx.session, moderator, device.id, " ", now=tx.now)
        devices.revoke(tx.session, moderator, device.id, "丢了", now=tx.now)
    tablet.send_missing(record)
    with store.reading() as session:
        return session.scalars(select(TabletRecord.id)).one()


def decide(store: Database, who: Any, record: int, accept: bool, reason: str = "核对过纸表") -> None:
    with store.transaction() as tx:
        actor = who if isinstance(who, Actor) else make.actor(tx.session, who)
        quarantine.decide(tx.session, actor, record, accept, reason, key=CODE_KEY, now=tx.now)


def test_a_person_who_recorded_none_takes_it_into_force_with_a_reason(
    store: Database, tablet: Tablet
) -> None:
    record = revoked(store, tablet)
    staff = tablet.at.staff
    for who in (staff.canvasser, staff.scrutineer):
        with pytest.raises(NotAllowed):
            decide(store, who, record, True)
    with pytest.raises(BadInput):
        decide(store, staff.other_moderator, record, True, " ")
    decide(store, staff.other_moderator, record, True)
    assert standing(store, tablet.at.entries[0].id) is Standing.AGREE
    with pytest.raises(Refusal):
        decide(store, staff.other_moderator, record, False)
    with store.reading() as session:
        assert session.scalars(select(TabletDecision.accepted)).one() is True
        noted = session.scalars(select(JournalEntry.what).order_by(JournalEntry.id)).all()
        assert "delivery_accepted" in noted


def test_a_moderator_who_walked_with_the_crew_does_not_decide(store: Database, tablet: Tablet) -> None:
    record = revoked(store, tablet)
    with store.transaction() as tx:
        second = make.staff(tx.session, tablet.at.community, Role.CANVASSER, Role.MODERATOR)
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        duties.assign(
            tx.session,
            moderator,
            tablet.at.round.id,
            second.id,
            DutyKind.CANVASSER,
            tablet.at.crew.id,
            now=tx.now,
        )
    with pytest.raises(NotAllowed):
        decide(store, second, record, True)


def test_leaving_out_is_for_good_and_a_broken_rule_cannot_be_overruled(
    store: Database, tablet: Tablet
) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[1], Answer.AGREE, 1))
    again = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(again)
    with store.reading() as session:
        record = session.scalars(select(TabletRecord.id).where(TabletRecord.verdict == "quarantined")).one()
    moderator = tablet.at.staff.other_moderator
    with pytest.raises(StillRefused) as refusal:
        decide(store, moderator, record, True)
    assert "登记" in refusal.value.fill(refusal.value.why)
    decide(store, moderator, record, False)
    with store.reading() as session:
        leaf = session.query(LedgerLeaf).filter_by(kind="quarantine").one()
        assert leaf.consent_round_id == tablet.at.round.id
    assert tablet.states(again) == ["quarantined"]
    right = correction(tablet, again, forms=[tablet.form({tablet.at.entries[0]: Answer.AGREE}, 2)])
    tablet.deliver(right)
    assert tablet.sync(right)["results"][0]["reason"] == "by_hand", "a person has decided"


def waiting(store: Database) -> int:
    """The record that waits for a person."""
    with store.reading() as session:
        return session.scalars(
            select(TabletRecord.id).where(
                TabletRecord.verdict == "quarantined", TabletRecord.replaced_by.is_(None)
            )
        ).one()


def test_a_person_takes_a_record_back(store: Database, tablet: Tablet) -> None:
    entry, moderator = tablet.at.entries[0], tablet.at.staff.other_moderator
    first = tablet.answered(entry, Answer.AGREE, 1)
    right = correction(tablet, first, forms=answer(tablet, first, Answer.DISAGREE))
    tablet.deliver(first, right)
    void = tablet.seal("void", supersedes=right["record_id"], reason="那一户搬走了")
    assert tablet.states(void) == ["quarantined"]
    decide(store, moderator, waiting(store), True)
    assert tablet.states(void) == ["accepted"]
    assert standing(store, entry.id) is Standing.INVALID
    with store.reading() as session:
        last = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
        assert last is not None
        assert (last.deed.value, last.recorded_by_id, last.reason) == (
            "voiding",
            moderator.id,
            "那一户搬走了",
        )
    again = tablet.seal("void", supersedes=right["record_id"], reason="又一次")
    assert tablet.states(again) == ["quarantined"]
    with pytest.raises(StillRefused):
        decide(store, moderator, waiting(store), True)


def test_taking_back_what_waits_ends_its_waiting(store: Database, tablet: Tablet) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[1], Answer.AGREE, 1))
    wrong = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    void = tablet.seal("void", supersedes=wrong["record_id"], reason="表号抄错了")
    assert tablet.deliver(wrong, void) == ["quarantined", "quarantined"]
    with store.reading() as session:
        ids = session.scalars(select(TabletRecord.id).order_by(TabletRecord.id)).all()
    decide(store, tablet.at.staff.other_moderator, ids[2], True)
    with pytest.raises(Refusal):
        decide(store, tablet.at.staff.other_moderator, ids[1], True)
    assert standing(store, tablet.at.entries[0].id) is None


@pytest.mark.parametrize(
    ("change", "serial", "signer"),
    [
        ({"signer_name": "另一位签字人", "relation": "spouse"}, 1, "另一位签字人"),
        ({"serial": printed(2)}, 2, "测试签字人"),
    ],
)
def test_a_person_exchanges_the_paper(
    store: Database, tablet: Tablet, change: dict[str, str], serial: int, signer: str
) -> None:
    entry = tablet.at.entries[0]
    first = tablet.answered(entry, Answer.AGREE, 1)
    right = correction(tablet, first, forms=said(tablet, first, **change))
    assert tablet.deliver(first, right) == ["accepted", "quarantined"]
    decide(store, tablet.at.staff.other_moderator, waiting(store), True)
    assert tablet.states(right) == ["accepted"]
    assert standing(store, entry.id) is Standing.AGREE
    with store.reading() as session:
        last = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
        assert last is not None
        assert (last.deed.value, last.serial) == ("correction", printed(serial))
        paper = session.get_one(ConsentPaper, last.id)
        assert paper.signer_name == signer
        assert "测试入户" in paper.canvassers
        assert session.scalars(select(Evidence).where(Evidence.consent_id == last.id)).one()


def test_a_matter_that_is_gone_is_voided_and_another_door_is_not_exchanged(
    store: Database, tablet: Tablet
) -> None:
    entry, moderator = tablet.at.entries[0], tablet.at.staff.other_moderator
    first = tablet.answered(entry, Answer.AGREE, 1)
    none = correction(tablet, first, forms=[], visit=tablet.visit("not_home"))
    elsewhere = tablet.answered(tablet.at.entries[2], Answer.AGREE, 3)
    moved = correction(tablet, elsewhere, household_id=tablet.at.homes[3].id)
    used = tablet.answered(tablet.at.entries[4], Answer.AGREE, 4)
    taken = correction(tablet, elsewhere, forms=said(tablet, elsewhere, serial=printed(4)))
    tablet.deliver(first, elsewhere, used)
    assert tablet.deliver(none) == ["quarantined"]
    decide(store, moderator, waiting(store), True)
    assert standing(store, entry.id) is Standing.INVALID
    assert tablet.deliver(moved) == ["quarantined"]
    with pytest.raises(StillRefused):
        decide(store, moderator, waiting(store), True)
    decide(store, moderator, waiting(store), False)
    assert tablet.deliver(taken) == ["quarantined"]
    with store.reading() as session:
        last = session.scalars(select(TabletRecord.id).order_by(TabletRecord.id.desc())).first()
    with pytest.raises(StillRefused):
        decide(store, moderator, last or 0, True)


def test_a_crew_under_suspicion_delivers_into_quarantine(store: Database, tablet: Tablet) -> None:
    crew = tablet.at.crew.id

    def deed(name: str, *args: Any) -> None:
        with store.transaction() as tx:
            moderator = make.actor(tx.session, tablet.at.staff.moderator)
            deed = getattr(suspensions, name)
            keyed = {"key": CODE_KEY} if name == "suspend_crew" else {}
            deed(tx.session, moderator, *args, **keyed, now=tx.now)

    with pytest.raises(BadInput):
        deed("suspend_crew", crew, " ")
    with pytest.raises(NotFound):
        deed("lift_suspension", crew, "查清了")
    deed("suspend_crew", crew, "同样的笔画出现两次")
    deed("suspend_crew", crew, "又一次")
    first = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    assert tablet.sync(first)["results"][0]["reason"] == "crew_suspended"
    deed("lift_suspension", crew, "查清了")
    second = tablet.door(tablet.at.homes[1].id, tablet.visit("not_home"))
    assert tablet.states(first, second) == ["quarantined", "accepted"]
    with store.reading() as session:
        record = session.scalars(select(TabletRecord.id).order_by(TabletRecord.id)).first()
    decide(store, tablet.at.staff.other_moderator, record or 0, True)
    assert tablet.states(first) == ["accepted"]
