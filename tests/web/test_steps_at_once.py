"""Two steps at the same moment, on PostgreSQL, where they go on side by side: the second waits, then sees the first."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from deliberate.db import Database, Lock
from deliberate.domain.consent import Answer
from deliberate.domain.lifecycle import Stage
from deliberate.domain.round import RoundStatus
from deliberate.domain.serial import printed
from deliberate.models import ConsentRound, Objection, Proposal
from deliberate.services import naming, outcomes, proposals
from deliberate.services.recording import stub_code
from tests import make, make_count
from tests.make import CODE_KEY, Clock
from tests.make_letter import browser
from tests.make_round import open_round, paper
from tests.store import migrated

A_WHILE = 0.5
"""Seconds in which another request certainly comes to wait; less proves less, but fails nothing."""
PATIENCE = 30


@pytest.fixture
def store_of_app(postgres_server: Any, postgres_database: Any, clock: Clock) -> Iterator[Database]:
    store = Database(postgres_database(migrated(postgres_server)), clock)
    yield store
    store.dispose()


def test_a_matter_that_is_withdrawn_while_consent_opens_stays_withdrawn(
    app: Flask, store_of_app: Database
) -> None:
    with store_of_app.transaction() as tx:
        at = open_round(tx.session, 12, opened=False)
    moderator = browser(app, at.staff.moderator)
    last_day = (store_of_app.clock() + timedelta(days=15)).date().isoformat()
    address = f"/c/{at.community.slug}/desk/rounds/{at.round.id}/open"
    with ThreadPoolExecutor(1) as pool:
        with store_of_app.transaction(Lock.proposal(at.proposal.id)) as tx:
            author = make.actor(tx.session, at.staff.moderator)
            proposals.withdraw(tx.session, author, at.proposal.id, now=tx.now)
            opening = pool.submit(moderator.post, address, data={"last_day": last_day})
            time.sleep(A_WHILE)
        assert opening.result(PATIENCE).status_code == 409
    with store_of_app.reading() as session:
        assert session.get_one(Proposal, at.proposal.id).stage is Stage.WITHDRAWN
        assert session.get_one(ConsentRound, at.round.id).status is RoundStatus.DROPPED


def test_who_contests_while_the_outcome_is_computed_is_told_that_it_is_final(
    app: Flask, store_of_app: Database, clock: Clock
) -> None:
    """Not an objection that nobody may uphold any more."""
    with store_of_app.transaction() as tx:
        at = open_round(tx.session, 10, now=tx.now)
        for n, entry in enumerate(at.entries[:9], start=1):
            paper(tx.session, at, entry, Answer.AGREE, n, now=tx.now, key=CODE_KEY)
        make_count.shown(at, tx, clock)
        code = stub_code(CODE_KEY, at.community.id, printed(1))
        [record] = naming.find_by_code(tx.session, at.community.id, code, key=CODE_KEY)
    clock.forward(days=8)
    said = {"receipt": code, "consent_id": str(record.id), "not_us": "1"}
    address = f"/c/{at.community.slug}/home/check/wrong"
    with ThreadPoolExecutor(1) as pool:
        lock = Lock(proposal_id=at.proposal.id, round_id=at.round.id)
        with store_of_app.transaction(lock) as tx:
            moderator = make.actor(tx.session, at.staff.moderator)
            outcomes.conclude(tx.session, moderator, at.round.id, now=clock.at)
            clock.at -= timedelta(days=7)  # the request came in time
            contesting = pool.submit(browser(app).post, address, data=said)
            time.sleep(A_WHILE)
        assert contesting.result(PATIENCE).status_code == 409
    with store_of_app.reading() as session:
        assert session.query(Objection).count() == 0
