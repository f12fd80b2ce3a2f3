"""How leaves enter the tree: in batches, by chance, without gaps; and the proofs that the store then gives."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select

from deliberate.commands import worker
from deliberate.db import Database, Lock, Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.ledger.merkle import EMPTY, root, verify_consistency, verify_inclusion
from deliberate.models import LedgerBatch, LedgerLeaf, LedgerNode, LedgerPlace, WaitingLeaf
from deliberate.queries.ledger_proofs import StoredTree
from deliberate.services import closing, consents, ledger
from deliberate.services.ledger_batches import LEAST, latest, place, waiting_communities
from tests import make, make_count, make_round
from tests.make import Clock
from tests.make_round import KEY, open_round, paper, say
from tests.statements import heard

Begin = Callable[[], AbstractContextManager[Transaction]]


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    """Each of the two stores."""
    found = Database(migrated_url, Clock())
    yield found
    found.dispose()


def kinds(tx: Transaction, community_id: int) -> list[str]:
    """What stands in the tree, by position, which must count from 0 without a gap."""
    rows = tx.session.execute(
        select(LedgerPlace.position, LedgerLeaf.kind)
        .join(LedgerLeaf, LedgerLeaf.id == LedgerPlace.leaf_id)
        .where(LedgerPlace.community_id == community_id)
        .order_by(LedgerPlace.position)
    ).all()
    assert [position for position, _ in rows] == list(range(len(rows)))
    return [kind for _, kind in rows]


def hashes(tx: Transaction, community_id: int) -> list[bytes]:
    """Every leaf hash of the tree, by position."""
    rows = tx.session.scalars(
        select(LedgerLeaf.leaf_hash)
        .join(LedgerPlace, LedgerPlace.leaf_id == LedgerLeaf.id)
        .where(LedgerPlace.community_id == community_id)
        .order_by(LedgerPlace.position)
    )
    return [bytes.fromhex(one) for one in rows]


def in_order(_leaves: list[Any]) -> None:
    """No chance at all."""


def test_consents_wait_until_twice_twenty_homes_wait_and_twenty_stay(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 60, now=tx.now)
        home = at.community.id
        for entry in at.entries[: 2 * LEAST - 1]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        assert place(tx.session, home, now=tx.now) is not None
        assert kinds(tx, home) == ["roll", "roll", "opening"]
        assert place(tx.session, home, now=tx.now) is None
        assert waiting_communities(tx.session) == [home]
        say(tx.session, at, at.entries[50], Answer.AGREE, now=tx.now)
        batch = place(tx.session, home, now=tx.now)
        assert batch is not None
        assert (batch.n, batch.first, batch.size) == (2, 3, 23)
        assert kinds(tx, home)[3:] == ["consent"] * LEAST
        assert place(tx.session, home, now=tx.now) is None
        assert waiting_communities(tx.session) == [home]


def test_a_home_that_answers_after_a_full_batch_is_one_of_more_than_twenty(
    transaction: Begin, clock: Clock
) -> None:
    """Alone in the last batch, its answer would be told by the list of rooms and dates."""
    with transaction() as tx:
        at = make_count.answered(tx, 60, 2 * LEAST)
        home = at.community.id
        place(tx.session, home, now=tx.now)
        say(tx.session, at, at.entries[50], Answer.DISAGREE, now=clock.at)
        assert place(tx.session, home, now=clock.at) is None
        make_count.closed(at, tx, clock)
        sizes = [batch.size - batch.first for batch in tx.session.scalars(select(LedgerBatch))]
        told = ["closing", "sheet", "sheet_signature"]
        assert sizes == [3 + LEAST, LEAST + 1 + len(told)]
        assert kinds(tx, home)[-len(told) :] == told


def test_who_stays_is_left_to_chance(transaction: Begin) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 60, 60)
        place(tx.session, at.community.id, now=tx.now)
        waits = tx.session.scalars(select(WaitingLeaf.leaf_id).order_by(WaitingLeaf.leaf_id)).all()
        written = tx.session.scalars(select(LedgerLeaf.id).order_by(LedgerLeaf.id)).all()
        assert len(waits) == LEAST
        assert waits not in (written[3 : 3 + LEAST], written[-LEAST:])


def test_a_home_that_answers_twice_and_another_matter_hide_nobody(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 60, now=tx.now)
        home = at.community.id
        for entry in at.entries[: 2 * LEAST - 1]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)
        other = make_round.another_matter(tx.session, at, now=tx.now)
        say(tx.session, other, other.entries[30], Answer.AGREE, now=tx.now)
        place(tx.session, home, now=tx.now)
        assert "consent" not in kinds(tx, home)
        say(tx.session, at, at.entries[50], Answer.AGREE, now=tx.now)
        place(tx.session, home, now=tx.now, shuffle=in_order)
        assert kinds(tx, home).count("consent") == LEAST
        for entry in at.entries[2 * LEAST - 5 : 2 * LEAST - 1]:
            paper(tx.session, at, entry, Answer.DISAGREE, entry.id, now=tx.now)
        for entry in at.entries[51 : 51 + 9]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        assert place(tx.session, home, now=tx.now) is None, "who answers again is no new home"


def test_a_batch_is_shuffled_and_what_it_rests_on_stands_before_it(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 60, now=tx.now)
        for entry in at.entries[:45]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)

        def backwards(leaves: list[Any]) -> None:
            leaves.reverse()

        place(tx.session, at.community.id, now=tx.now, shuffle=backwards)
        order = list(
            tx.session.scalars(
                select(LedgerLeaf.id)
                .join(LedgerPlace, LedgerPlace.leaf_id == LedgerLeaf.id)
                .order_by(LedgerPlace.position)
            )
        )
        written = list(tx.session.scalars(select(LedgerLeaf.id).order_by(LedgerLeaf.id)))
        assert order == [*written[:3], *written[27:2:-1]]


def test_the_order_of_doors_is_left_to_chance(transaction: Begin) -> None:
    """25 doors come out in the order in which they were walked once in 25! times."""
    with transaction() as tx:
        at = open_round(tx.session, 60, now=tx.now)
        for entry in at.entries[:45]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        place(tx.session, at.community.id, now=tx.now)
        order = list(tx.session.scalars(select(LedgerPlace.leaf_id).order_by(LedgerPlace.position)))[3:28]
        assert order != sorted(order)


def test_consents_wait_no_longer_than_their_round_takes_answers(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 30, now=tx.now)
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        place(tx.session, at.community.id, now=tx.now)
        assert at.round.settle_until is not None
        assert place(tx.session, at.community.id, now=at.round.answer_until or tx.now) is None
        assert place(tx.session, at.community.id, now=at.round.settle_until) is not None
        assert kinds(tx, at.community.id)[-1] == "consent"


def test_closing_one_round_leaves_the_answers_of_another_waiting(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 10)
        other = make_round.another_matter(tx.session, at, now=tx.now)
        code = say(tx.session, other, other.entries[0], Answer.AGREE, now=tx.now)
        said = make_round.the_record(tx.session, code)
        make_count.over(at, tx, clock)
        moderator = make.actor(tx.session, at.staff.moderator)
        closing.close_round(tx.session, moderator, at.round.id, now=tx.now)
        waits = tx.session.scalars(
            select(LedgerLeaf.consent_id).where(
                ~select(LedgerPlace.leaf_id).where(LedgerPlace.leaf_id == LedgerLeaf.id).exists()
            )
        ).all()
        assert waits == [said.id]


def test_each_community_has_a_tree_of_its_own(transaction: Begin) -> None:
    with transaction() as tx:
        one = open_round(tx.session, 12, now=tx.now)
        two = open_round(tx.session, 13, now=tx.now)
        assert waiting_communities(tx.session) == [one.community.id, two.community.id]
        place(tx.session, two.community.id, now=tx.now)
        assert kinds(tx, one.community.id) == []
        assert kinds(tx, two.community.id) == ["roll", "roll", "opening"]


def test_the_worker_places_what_is_due(database: Database, transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
    worker.look(database)
    with transaction() as tx:
        assert kinds(tx, at.community.id) == ["roll", "roll", "opening"]


def test_parallel_answers_and_batches_leave_no_gap(store: Database) -> None:
    """Four place while eight answer: every leaf gets one place, the batches follow one another."""
    with store.transaction() as tx:
        at = open_round(tx.session, 60, now=tx.now)
        home, number = at.community.id, at.round.id
        members = [
            (entry.id, make.actor(tx.session, make.resident(tx.session, dwelling)))
            for entry, dwelling in zip(at.entries, at.homes, strict=True)
        ]
    gate = threading.Barrier(8)

    def answers(n: int) -> None:
        gate.wait()
        for entry_id, member in members[n::8]:
            words = make_round.online(Answer.AGREE, at.plan, f"parallel-{entry_id}")
            with store.transaction(Lock.answer(number, entry_id)) as tx:
                consents.answer_online(tx.session, member, entry_id, words, key=KEY, now=tx.now)
            if n % 2:
                with store.transaction(Lock.community(home)) as tx:
                    place(tx.session, home, now=tx.now)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answers, range(8)))
    with store.transaction() as tx:
        while place(tx.session, home, now=at.round.settle_until or tx.now):
            pass
        assert kinds(tx, home).count("consent") == 60
        batches = tx.session.scalars(select(LedgerBatch).order_by(LedgerBatch.n)).all()
        assert len(batches) > 2
        assert [batch.n for batch in batches] == list(range(1, len(batches) + 1))
        assert [batch.first for batch in batches] == [0, *(batch.size for batch in batches[:-1])]
        tree = StoredTree(tx.session, home)
        assert tree.size == 63
        assert tree.root(63) == root(hashes(tx, home))


def grown(tx: Transaction, *sizes: int) -> int:
    """A community whose tree grew in such batches."""
    home = make.community(tx.session).id
    for size in sizes:
        events = [
            ledger.Event("check", {"round": "1.1", "step": "plan", "data": str(n)}) for n in range(size)
        ]
        ledger.append_many(tx.session, home, events, now=tx.now)
        place(tx.session, home, now=tx.now)
    return home


def test_proofs_from_the_store_are_those_of_the_rules(transaction: Begin) -> None:
    with transaction() as tx:
        home = grown(tx, 3, 250, 4, 513, 30)
        every = hashes(tx, home)
        tree = StoredTree(tx.session, home)
        assert tree.size == len(every) == 800
        assert {(node.level, node.n) for node in tx.session.scalars(select(LedgerNode))} == {
            (8, 0),
            (8, 1),
            (8, 2),
            (9, 0),
        }
        sizes = (1, 2, 255, 256, 257, 511, 512, 513, 770, 800)
        for size in sizes:
            assert tree.root(size) == root(every[:size])
            for position in {0, size // 2, size - 1, max(0, size - 256)}:
                proof = tree.inclusion(position, size)
                assert verify_inclusion(position, size, every[position], proof, root(every[:size]))
            for old in (one for one in sizes if one <= size):
                proof = tree.consistency(old, size)
                assert verify_consistency(old, size, root(every[:old]), root(every[:size]), proof)
        last = latest(tx.session, home)
        assert last is not None
        assert last.size == 800


def test_a_proof_loads_a_handful_of_leaves(database: Database, transaction: Begin) -> None:
    with transaction() as tx:
        home = grown(tx, 2000)
    with heard(database) as asked, database.reading() as session:
        StoredTree(session, home).inclusion(1234, 2000)
    assert sum("ledger_leaf" in statement for statement in asked) == 2
    assert len(asked) <= 2 + 2 + 4


def test_an_empty_tree_has_the_empty_root_and_no_larger_one(transaction: Begin) -> None:
    with transaction() as tx:
        home = make.community(tx.session).id
        tree = StoredTree(tx.session, home)
        assert tree.size == 0
        assert tree.root(0) == EMPTY
        with pytest.raises(ValueError, match="not grown"):
            tree.root(1)
        assert place(tx.session, home, now=tx.now, shuffle=in_order) is None
