"""What deeds leave in the ledger: one leaf for each event, that opens, in the deed's own transaction."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.ledger.leaf import FIELDS, moment, opens, parse
from deliberate.domain.ledger.merkle import leaf_hash
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import Actor
from deliberate.models import Consent, LedgerLeaf, LedgerOpening, LedgerPlace, Letter, RollEntry
from deliberate.queries import ledger_leaves, tallies
from deliberate.services import (
    closing,
    consents,
    counting,
    objections,
    outcomes,
    paper_corrections,
    rounds,
)
from deliberate.services.ledger import openings_of
from deliberate.services.recording import Draft, First, Recorder, record_first
from deliberate.services.rounds import RoundNotReady
from tests import make, make_count, make_round
from tests.make import Clock
from tests.make_round import KEY, PHOTO, OpenRound, open_round, paper, say, settle, the_record
from tests.statements import heard

Begin = Callable[[], AbstractContextManager[Transaction]]


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    """Each of the two stores, with its own clock."""
    found = Database(migrated_url, Clock())
    yield found
    found.dispose()


def said(tx: Transaction, leaf: LedgerLeaf) -> dict[str, str]:
    """What the leaf says, each value proved by its opening."""
    kept = openings_of(tx.session.get_one(LedgerOpening, leaf.id).openings)
    assert tuple(one.name for one in kept) == FIELDS[leaf.kind] == tuple(parse(leaf.leaf).commitments)
    assert all(opens(leaf.leaf, one) for one in kept)
    assert leaf_hash(leaf.leaf.encode()).hex() == leaf.leaf_hash
    return {one.name: one.value for one in kept}


def leaves(tx: Transaction) -> list[LedgerLeaf]:
    return list(tx.session.scalars(select(LedgerLeaf).order_by(LedgerLeaf.id)))


def of_code(tx: Transaction, code: str) -> Consent:
    return the_record(tx.session, code)


def leaf_of(tx: Transaction, code: str) -> LedgerLeaf:
    leaf = ledger_leaves.leaf_of_consent(tx.session, of_code(tx, code).id)
    assert leaf is not None
    return leaf


def changes(tx: Transaction, at: OpenRound, entry: RollEntry, answer: Answer, code: str) -> str:
    """The household says something else, naming its record."""
    member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
    words = make_round.online(answer, at.plan, f"change-{code}", code)
    return consents.answer_online(tx.session, member, entry.id, words, key=KEY, now=tx.now).code


def whole_path(tx: Transaction) -> OpenRound:
    """A round with every kind of record, extended."""
    at = open_round(tx.session, 12, now=tx.now)
    moderator = make.actor(tx.session, at.staff.moderator)
    canvasser = make.actor(tx.session, at.staff.canvasser)
    first = say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
    changes(tx, at, at.entries[0], Answer.DISAGREE, first)
    for entry in at.entries[1:8]:
        say(tx.session, at, entry, Answer.AGREE, now=tx.now)
    on_paper = paper(tx.session, at, at.entries[8], Answer.DISAGREE, 1, now=tx.now)
    misread = paper_corrections.Correction(Answer.AGREE, "看错了一格", "corrected", (PHOTO,))
    paper_corrections.correct_paper(
        tx.session, canvasser, of_code(tx, on_paper).id, misread, key=KEY, now=tx.now
    )
    say(tx.session, at, at.entries[9], Answer.AGREE, now=tx.now)
    paper(tx.session, at, at.entries[9], Answer.DISAGREE, 2, now=tx.now)
    settle(tx.session, at.staff.other_moderator, at.entries[9], Answer.AGREE, now=tx.now)
    rounds.extend_round(tx.session, moderator, at.round.id, date(2026, 3, 25), "还有住户没走到", now=tx.now)
    return at


def finish(at: OpenRound, tx: Transaction, clock: Clock) -> None:
    """Closed, shown, objected to, voided, amended, decided."""
    moderator, scrutineer = (make.actor(tx.session, who) for who in (at.staff.moderator, at.staff.scrutineer))
    make_count.shown(at, tx, clock)
    objection = objections.file_objection(
        tx.session, moderator, at.round.id, at.homes[1].id, ObjectionKind.NOT_US, "不是我们", now=clock.at
    )
    record = tallies.records_of_entry(tx.session, at.entries[1].id)[0]
    objections.answer_objection(
        tx.session,
        make.actor(tx.session, at.staff.other_moderator),
        objection.id,
        objections.Answer(Finding.UPHELD, "上门", "已作废", record.id),
        key=KEY,
        now=clock.at,
    )
    sheet = counting.amend_sheet(tx.session, moderator, at.round.id, "复核", now=clock.at)
    counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
    clock.at += timedelta(days=10)
    outcomes.conclude(tx.session, moderator, at.round.id, now=clock.at)


def test_each_event_leaves_one_leaf_that_opens(store: Database) -> None:
    clock = store.clock
    assert isinstance(clock, Clock)
    with store.transaction() as tx:
        at = whole_path(tx)
        finish(at, tx, clock)
    with store.transaction() as tx:
        every = leaves(tx)
        assert Counter(leaf.kind for leaf in every) == {
            "roll": 2,
            "opening": 1,
            "consent": 15,
            "extension": 1,
            "closing": 1,
            "check": 4,
            "sheet": 2,
            "sheet_signature": 4,
            "objection": 1,
            "recheck": 1,
            "outcome": 1,
        }
        told = [(leaf.kind, said(tx, leaf)) for leaf in every]
        assert {values["round"] for _, values in told} == {"1.1"}
        records = tx.session.scalars(select(Consent).order_by(Consent.id)).all()
        of_records = [leaf for leaf in every if leaf.kind == "consent"]
        assert [leaf.consent_id for leaf in of_records] == [record.id for record in records]
        assert [said(tx, leaf)["deed"] for leaf in of_records if said(tx, leaf)["deed"] != "answer"] == [
            "change",
            "correction",
            "settlement",
            "voiding",
        ]
        by_kind = dict(told)
        assert by_kind["opening"]["roll_root"] == by_kind["roll"]["roll_root"] == at.round.roll_sha256
        assert by_kind["opening"]["answer_until"] == by_kind["extension"]["old_until"]
        assert by_kind["extension"]["new_until"] == moment(at.round.answer_until)
        assert [values["n"] for kind, values in told if kind == "sheet"] == ["0", "1"]
        assert [values["role"] for kind, values in told if kind == "sheet_signature"] == [
            "moderator",
            "scrutineer",
        ] * 2
        assert by_kind["objection"]["number"] == by_kind["recheck"]["number"] == "1"
        assert by_kind["objection"]["slot"] == at.entries[1].slot
        assert by_kind["recheck"]["decision"] == "upheld"
        assert by_kind["outcome"]["outcome"] == "rejected"
        assert ledger_leaves.consents_without_leaf(tx.session, at.round.id) == 0


def test_a_record_says_all_that_shows_it(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
        online = say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        on_paper = paper(tx.session, at, at.entries[1], Answer.DISAGREE, 1, now=tx.now)
        changed = changes(tx, at, at.entries[0], Answer.ABSTAIN, online)
        one, two, three = (leaf_of(tx, code) for code in (online, on_paper, changed))
        record = of_code(tx, on_paper)
        assert said(tx, two) == {
            "round": "1.1",
            "plan": at.plan.sha256,
            "slot": at.entries[1].slot,
            "deed": "answer",
            "answer": "disagree",
            "late": "0",
            "supersedes": "",
            "channel": "paper",
            "time": moment(tx.now),
            "serial": record.serial,
            "signed_at": moment(record.signed_at),
            "signer": said(tx, two)["signer"],
            "canvassers": said(tx, two)["canvassers"],
            "evidence": PHOTO.sha256,
            "recorder": f"account {at.staff.canvasser.id}",
            "reason": "",
        }
        assert said(tx, two)["signer"].endswith(", head")
        assert "测试入户" in said(tx, two)["canvassers"]
        assert said(tx, one)["signer"] == said(tx, one)["serial"] == said(tx, one)["signed_at"] == ""
        assert said(tx, three)["supersedes"] == one.leaf_hash
        assert said(tx, three)["answer"] == "abstain"


def test_equal_answers_look_different(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
        for entry in at.entries[:4]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        shown = [parse(leaf.leaf).commitments["answer"] for leaf in leaves(tx) if leaf.kind == "consent"]
        assert len(set(shown)) == 4


def test_many_first_answers_leave_the_leaves_of_each(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
        letter = Letter(
            community_id=at.community.id, household_id=at.homes[0].id, code_hash="c" * 64, issued_at=tx.now
        )
        tx.session.add(letter)
        tx.session.flush()
        by = Recorder(letter_id=letter.id)
        firsts = [
            First(Actor(), entry, Draft(Deed.ANSWER, answer, Channel.ONLINE, f"many-{entry.id}", by))
            for entry, answer in zip(at.entries, [Answer.AGREE, Answer.DISAGREE] * 3, strict=False)
        ]
        record_first(tx.session, at.round, firsts, key=KEY, now=tx.now)
        found = {leaf.consent_id: said(tx, leaf) for leaf in leaves(tx) if leaf.kind == "consent"}
        rows = tx.session.scalars(select(Consent)).all()
        slots = {entry.id: entry.slot for entry in at.entries}
        assert {row.id: (slots[row.roll_entry_id], row.answer) for row in rows} == {
            consent_id: (values["slot"], values["answer"]) for consent_id, values in found.items()
        }
        assert {values["recorder"] for values in found.values()} == {f"letter {letter.id}"}


def test_an_answer_writes_two_rows_more_and_reads_nothing_of_the_tree(
    database: Database, transaction: Begin
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
    with heard(database) as asked, transaction() as tx:
        words = make_round.online(Answer.AGREE, at.plan, "once")
        consents.answer_online(tx.session, member, at.entries[0].id, words, key=KEY, now=tx.now)
    about = [statement for statement in asked if "ledger_" in statement]
    assert [" ".join(statement.split()[:3]) for statement in about] == [
        "INSERT INTO ledger_leaf",
        "INSERT INTO ledger_opening",
    ]


def test_a_refused_answer_leaves_no_leaf(database: Database, transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)

    def fails() -> None:
        with transaction() as tx:
            say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
            raise RuntimeError("after the record")

    with pytest.raises(RuntimeError, match="after the record"):
        fails()
    with transaction() as tx:
        assert [leaf.kind for leaf in leaves(tx)] == ["roll", "roll", "opening"]


def test_closing_places_everything_of_the_round(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        make_count.closed(make_count.answered(tx, 10, 8), tx, clock)
        placed = set(tx.session.scalars(select(LedgerPlace.leaf_id)))
        assert placed == {leaf.id for leaf in leaves(tx)}


def test_closing_refuses_a_record_that_left_no_leaf(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        entry = at.entries[9]
        tx.session.add(
            Consent(
                community_id=at.community.id,
                consent_round_id=at.round.id,
                roll_entry_id=entry.id,
                plan_sha256=at.plan.sha256,
                deed=Deed.ANSWER,
                answer=Answer.AGREE,
                channel=Channel.ONLINE,
                recorded_at=tx.now,
                recorded_by_id=at.staff.registrar.id,
                receipt_hash="f" * 64,
                request_id="past the software",
            )
        )
        tx.session.flush()
        make_count.over(at, tx, clock)
        with pytest.raises(RoundNotReady) as refused:
            closing.close_round(
                tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, now=clock.at
            )
        assert refused.value.params["missing"] == 1
