"""What is asked every minute is no more work after years than in the first week."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.ledger.head import AnchorWay, HeadReason
from deliberate.domain.permissions import Role
from deliberate.models import Anchor, HeadSignature, LedgerBatch, LedgerHead, ObserverKey
from deliberate.queries import heads
from deliberate.services import ledger, ledger_batches, ledger_heads
from tests import make
from tests.make_ledger import leaf, watched
from tests.work import work

FEW, MANY = 25, 100
"""Heads; pages show the newest twenty."""


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    made = Database(migrated_url)
    yield made
    made.dispose()


@pytest.fixture
def community_id(store: Database) -> int:
    with store.transaction() as tx:
        home = make.community(tx.session)
        leaf(tx.session, home.id, now=tx.now)
        moderator = make.actor(tx.session, make.staff(tx.session, home, Role.MODERATOR))
        watched(tx.session, home, moderator, now=tx.now)
        return home.id


def years_pass(store: Database, community_id: int, number: int) -> None:
    """So many batches of ten leaves; a head of each, signed, cosigned, and gone out by every way."""
    for _ in range(number):
        with store.transaction() as tx:
            events = [
                ledger.Event("check", {"round": "1.1", "step": "plan", "data": str(n)}) for n in range(10)
            ]
            ledger.append_many(tx.session, community_id, events, now=tx.now)
            placed = ledger_batches.place(tx.session, community_id, now=tx.now)
            assert placed is not None
            _head(tx.session, placed)


def _head(session: Session, placed: LedgerBatch) -> None:
    of = {"community_id": placed.community_id, "at": placed.at}
    head = LedgerHead(size=placed.size, root="a" * 64, why=HeadReason.BATCH, body="a head", **of)
    session.add(head)
    session.flush()
    observer = session.query(ObserverKey).one().name
    session.add(HeadSignature(head_id=head.id, name="log", line="— log AAAA", **of))
    session.add(HeadSignature(head_id=head.id, name=observer, line="— it AAAA", cosigner=True, **of))
    session.add_all(Anchor(head_id=head.id, way=way, **of) for way in AnchorWay)


def counted_by_the_store(store: Database) -> None:
    """As PostgreSQL does by itself from time to time: plans are made by what it knows of its tables."""
    if store.engine.dialect.name == "postgresql":
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def test_the_ledgers_questions_do_not_grow_with_it(store: Database, community_id: int) -> None:
    now = store.clock()
    questions = {
        "the page of heads": lambda s: heads.overview(s, community_id, now),
        "what waits to be held": lambda s: heads.late_ways(s, community_id, now + timedelta(days=9)),
        "the last letter": lambda s: heads.last_anchored(s, community_id, AnchorWay.MAIL),
        "heads to sign": lambda s: ledger_heads.unsigned(s, community_id),
        "the newest head": lambda s: ledger_heads.newest(s, community_id),
        "the newest signed head": lambda s: ledger_heads.newest_signed(s, community_id),
        "heads that are due": lambda s: list(ledger_heads._due(s, community_id, 0, now)),
        "leaves that are due": lambda s: ledger_batches._due(s, community_id, now, list.reverse),
        "communities with leaves that wait": ledger_batches.waiting_communities,
        "the last batch": lambda s: ledger_batches.latest(s, community_id),
    }
    years_pass(store, community_id, FEW)
    counted_by_the_store(store)
    few = {name: work(store, question) for name, question in questions.items()}
    years_pass(store, community_id, MANY - FEW)
    counted_by_the_store(store)
    many = {name: work(store, question) for name, question in questions.items()}
    grown = {name: (few[name], many[name]) for name in questions if many[name] > few[name] * 1.1 + 2}
    assert not grown


def test_a_question_that_reads_everything_is_found_out(store: Database, community_id: int) -> None:
    def whole(session: Session) -> object:
        return heads.anchored(session, community_id, AnchorWay.FEED)

    years_pass(store, community_id, 5)
    few = work(store, whole)
    years_pass(store, community_id, 15)
    assert work(store, whole) > few * 2


def test_late_ways_are_those_whose_newest_head_is_behind(store: Database, community_id: int) -> None:
    """A head waits from the moment of the first one with more in it than others hold."""
    years_pass(store, community_id, 1)
    now = store.clock()
    with store.reading() as session:
        assert heads.late_ways(session, community_id, now + timedelta(days=2)) == ()
    with store.transaction() as tx:
        leaf(tx.session, community_id, now=tx.now)
        placed = ledger_batches.place(tx.session, community_id, now=tx.now)
        assert placed is not None
        of = {"community_id": community_id, "at": tx.now}
        head = LedgerHead(size=placed.size, root="b" * 64, why=HeadReason.BATCH, body="a head", **of)
        tx.session.add(head)
        tx.session.flush()
        tx.session.add(HeadSignature(head_id=head.id, name="log", line="— log BBBB", **of))
        tx.session.add(Anchor(head_id=head.id, way=AnchorWay.FEED, **of))
    with store.reading() as session:
        late = heads.late_ways(session, community_id, now + timedelta(days=2))
        assert set(late) == set(heads.WAYS) - {AnchorWay.FEED}
        assert heads.late_ways(session, community_id, now + timedelta(hours=1)) == ()
