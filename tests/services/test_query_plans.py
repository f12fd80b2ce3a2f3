"""How the stores find what is asked all day: by index, never by reading a table of the size of the community."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, func
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.permissions import ANYBODY, Actor
from deliberate.models import Consent, Membership
from deliberate.queries import answers, figures, people, rounds, subjects
from deliberate.services import consents, naming
from deliberate.services.recording import receipt_code
from tests import make, make_round
from tests.make_round import KEY, OpenRound, open_round, paper, say

GROWING = (
    "account",
    "consent",
    "contact",
    "entry_standing",
    "evidence",
    "household",
    "journal_entry",
    "ledger_leaf",
    "letter",
    "membership",
    "roll_entry",
    "supersession",
    "tablet_record",
    "visit",
)
"""Tables with a row for every household, or more."""


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    made = Database(migrated_url)
    yield made
    made.dispose()


@pytest.fixture
def at(store: Database) -> OpenRound:
    with store.transaction() as tx:
        made = open_round(tx.session, 40, now=tx.now)
        for entry in made.entries[:5]:
            say(tx.session, made, entry, Answer.AGREE, now=tx.now)
        make.resident(tx.session, made.homes[9])
        return made


def _member(session: Session) -> Actor:
    """Of the tenth home; made before anybody listens."""
    return people.actor(session, account_id=session.query(func.max(Membership.account_id)).scalar())


def _answer(session: Session, at: OpenRound, now: Any) -> None:
    member = _member(session)
    words = make_round.online(Answer.AGREE, at.plan, "asked")
    consents.answer_online(session, member, at.entries[9].id, words, key=KEY, now=now)
    other = make_round.online(Answer.DISAGREE, at.plan, "changed")
    consents.answer_online(session, member, at.entries[9].id, other, key=KEY, now=now)


def _register_paper(session: Session, at: OpenRound, now: Any) -> None:
    paper(session, at, at.entries[11], Answer.AGREE, 7, now=now)


def _see_round(session: Session, at: OpenRound, now: Any) -> None:
    rounds.version(session, at.community.id, at.round.id, now=now)
    shown = rounds.view(session, at.community.id, at.round.id, now=now)
    figures.days_of(session, shown.round, now=now)


def _see_own(session: Session, at: OpenRound, now: Any) -> None:
    actor = _member(session)
    for entry in answers.entries_of(session, actor, at.community.id, at.round.id):
        answers.own(session, actor, entry, now=now)
    answers.awaiting(session, actor, at.community.id, now=now)
    subjects.of_voice_in(session, at.community.id, at.round.id, at.entries[0].id)
    people.actor(session, account_id=actor.account_id)


def _check_by_code(session: Session, at: OpenRound, now: Any) -> None:
    code = receipt_code(KEY, session.query(func.min(Consent.request_id)).scalar())
    answers.found(session, ANYBODY, naming.find_by_code(session, at.community.id, code, key=KEY)[0])


@pytest.mark.parametrize("deed", [_answer, _register_paper, _see_round, _see_own, _check_by_code])
def test_no_table_that_grows_is_read_whole(
    store: Database, at: OpenRound, deed: Callable[[Session, OpenRound, Any], None]
) -> None:
    asked: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        asked.append((statement, values[0] if many else values))

    event.listen(store.writing, "before_cursor_execute", hear)
    with store.transaction() as tx:
        deed(tx.session, at, tx.now)
    event.remove(store.writing, "before_cursor_execute", hear)
    whole = [found for one in asked for found in read_whole(store, *one)]
    assert asked
    assert not whole


def read_whole(store: Database, statement: str, values: Any) -> list[str]:
    """Tables of `GROWING` that the plan of this statement reads from end to end."""
    if not statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE")):
        return []
    sqlite = store.engine.dialect.name == "sqlite"
    with store.engine.connect() as connection:
        if not sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")  # of few rows, every index is dear
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, values))
        connection.rollback()
    found = re.findall(r"SCAN (\w+)(?! USING)" if sqlite else r"Seq Scan on (\w+)", plan)
    return [f"{table}: {statement}\n{plan}" for table in found if table in GROWING]
