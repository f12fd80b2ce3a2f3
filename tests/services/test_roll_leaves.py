"""The roll as a tree: its root is what is certified, opening checks it anew, every entry opens."""

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import create_engine, select

from deliberate.db import Database, Transaction
from deliberate.domain.ledger.leaf import parse_roll, roll_opens
from deliberate.domain.ledger.merkle import leaf_hash, root
from deliberate.domain.rules import CC278_ORD, RC80
from deliberate.models import ConsentRound, RollCertificate, RollEntry
from deliberate.models.guards import install, remove
from deliberate.queries import roll_leaves
from deliberate.services import rounds
from deliberate.services.rounds import RoundNotReady
from tests import make
from tests.make_round import open_round

Begin = Callable[[], AbstractContextManager[Transaction]]


def test_the_root_is_over_every_entry_by_slot(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, RC80, CC278_ORD, now=tx.now)
        texts = roll_leaves.leaves(tx.session, at.round.id)
        slots = [parse_roll(text)[0] for text in texts]
        assert slots == sorted(slots)
        assert len(set(slots)) == 24
        assert [parse_roll(text)[1] for text in texts].count("household") == 12
        assert at.round.roll_sha256 == root(leaf_hash(text.encode()) for text in texts).hex()
        certified = tx.session.scalars(select(RollCertificate.roll_sha256)).all()
        assert certified == [at.round.roll_sha256] * 2


def test_an_entry_opens_to_its_home(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
        entry, other = at.entries[:2]
        text = roll_leaves.leaf_of(entry)
        opened = roll_leaves.openings_of(entry)
        assert all(roll_opens(text, one) for one in opened)
        assert not any(roll_opens(text, one) for one in roll_leaves.openings_of(other))
        assert opened[0].value.endswith(f"-{at.homes[0].room}")
        assert len({row.secret for row in at.entries}) == len(at.entries)
        assert all(len(base64.b64decode(row.secret)) == 32 for row in at.entries)


@pytest.mark.parametrize(
    "change",
    [
        "area = area + 1",
        "home = 'elsewhere'",
        "slot = CASE substr(slot, 1, 1) WHEN 'f' THEN '0' ELSE 'f' END || substr(slot, 2)",
        "owner_id = NULL, homes = 2",
    ],
)
def test_a_roll_changed_after_it_was_certified_does_not_open(
    database: Database, transaction: Begin, change: str
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now, opened=False)
    owner = create_engine(database.url)
    with owner.begin() as connection:
        remove(connection)
        one = at.entries[0].id if at.entries else "(SELECT min(id) FROM roll_entry)"
        connection.exec_driver_sql(f"UPDATE roll_entry SET {change} WHERE id = {one}")
        install(connection)
    owner.dispose()
    with transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        with pytest.raises(RoundNotReady) as refused:
            rounds.open_round(tx.session, moderator, at.round.id, now=tx.now)
        assert refused.value.why == "名册和核定时的不一致。"
        assert tx.session.get_one(ConsentRound, at.round.id).opened_at is None
        assert tx.session.scalars(select(RollEntry.id)).first() is not None
