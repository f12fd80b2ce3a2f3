"""Answers of most homes of a town, the ledger's leaves for them and its tree, by statements over whole tables."""

from datetime import datetime

from sqlalchemy import Connection, insert, text
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.ledger.merkle import Frontier
from deliberate.models import LedgerBatch, LedgerNode
from deliberate.services import ledger_batches

from .words import SQLITE, Words, run, say

ANSWERED, CHANGED = 7, 1
"""Of ten homes: how many answered; and how many answered once more."""
_CONSENTS = (
    "INSERT INTO consent (community_id, consent_round_id, roll_entry_id, plan_sha256, deed, answer, channel, "
    "late, recorded_at, recorded_by_id, receipt_hash, request_id) "
    "SELECT e.community_id, e.consent_round_id, e.id, r.plan_sha256, {deed}, {answer}, 'online', "
    "{false}, :at, r.prepared_by_id, {{hex16}} || {{hex16}}, {{hex16}} "
    "FROM roll_entry e JOIN consent_round r ON r.id = e.consent_round_id "
    "WHERE e.consent_round_id = :r AND e.id % 10 < {below} ORDER BY e.id"
)
_SUPERSEDED = (
    "INSERT INTO supersession (superseded_id, by_consent_id, community_id, consent_round_id) "
    "SELECT o.id, c.id, c.community_id, c.consent_round_id FROM consent c "
    "JOIN consent o ON o.consent_round_id = c.consent_round_id AND o.roll_entry_id = c.roll_entry_id + 0 "
    "WHERE c.consent_round_id = :r AND c.deed = 'change' AND o.deed = 'answer'"
)
_STANDINGS = (
    "INSERT INTO entry_standing (roll_entry_id, community_id, consent_round_id, standing, since) "
    "SELECT c.roll_entry_id, c.community_id, c.consent_round_id, c.answer, :at FROM consent c "
    "WHERE c.consent_round_id = :r "
    "AND NOT EXISTS (SELECT 1 FROM supersession s WHERE s.superseded_id = c.id)"
)
_LEAVES = (
    "INSERT INTO ledger_leaf (community_id, kind, leaf, leaf_hash, consent_round_id, consent_id, at) "
    "SELECT c.community_id, 'consent', c.leaf, {sha_of_leaf}, c.consent_round_id, c.id, :at FROM "
    "(SELECT community_id, consent_round_id, id, receipt_hash AS leaf FROM consent "
    "WHERE consent_round_id = :r ORDER BY id) c"
)
_OPENINGS = (
    "INSERT INTO ledger_opening (leaf_id, community_id, openings) SELECT l.id, l.community_id, '{{}}' "
    "FROM ledger_leaf l JOIN consent c ON c.id = l.consent_id "
    "WHERE c.consent_round_id = :r ORDER BY l.id"
)
_COUNTED = (
    "UPDATE building_count SET answered = c.n FROM (SELECT e.building_id, count(*) AS n "
    "FROM entry_standing s JOIN roll_entry e ON e.id = s.roll_entry_id WHERE s.consent_round_id = :r "
    "GROUP BY e.building_id) c WHERE c.building_id = building_count.building_id AND consent_round_id = :r"
)
_DAYS = (
    "INSERT INTO day_count (community_id, consent_round_id, day, lane, answered, changes) SELECT s.community_id, :r, "
    ":day, e.building_id % 16, count(*), count(*) FROM entry_standing s JOIN roll_entry e ON e.id = s.roll_entry_id "
    "WHERE s.consent_round_id = :r GROUP BY s.community_id, e.building_id % 16"
)
_WAITS = "l.community_id = :c AND NOT EXISTS (SELECT 1 FROM ledger_place p WHERE p.leaf_id = l.id)"
_PLACES = (
    "INSERT INTO ledger_place (leaf_id, community_id, position, batch_id) SELECT l.id, l.community_id, "
    f":first + row_number() OVER (ORDER BY l.id) - 1, :batch FROM ledger_leaf l WHERE {_WAITS} ORDER BY l.id"
)


def answer(connection: Connection, words: Words, community_id: int, round_id: int, at: datetime) -> None:
    false = "0" if words is SQLITE else "FALSE"
    answers = "CASE WHEN e.id % 40 < 2 THEN 'disagree' WHEN e.id % 40 = 12 THEN 'abstain' ELSE 'agree' END"
    first = _CONSENTS.format(deed="'answer'", answer=answers, below=ANSWERED, false=false)
    again = _CONSENTS.format(deed="'change'", answer="'agree'", below=CHANGED, false=false)
    say("answers")
    for sql in (first, again):
        run(connection, words, sql, r=round_id, at=at)
    run(connection, words, _SUPERSEDED, r=round_id)
    for sql in (_STANDINGS, _LEAVES):
        run(connection, words, sql, r=round_id, at=at)
    run(connection, words, _OPENINGS, r=round_id)
    run(connection, words, _COUNTED, r=round_id)
    run(connection, words, _DAYS, r=round_id, day=day_in_beijing(at).isoformat())
    say("the ledger's tree")
    _place(connection, words, community_id, at)


def _place(connection: Connection, words: Words, community_id: int, at: datetime) -> None:
    """All leaves that wait, as one batch in the order in which they came."""
    waiting = text(f"SELECT l.leaf_hash FROM ledger_leaf l WHERE {_WAITS} ORDER BY l.id")
    frontier, nodes = Frontier(), list[dict[str, object]]()
    for (leaf_hash,) in connection.execute(waiting, {"c": community_id}):
        nodes += ledger_batches._grow(frontier, leaf_hash)
    with Session(connection) as session:
        batch = LedgerBatch(
            community_id=community_id, n=1, first=0, size=frontier.size, frontier=frontier.to_hex(), at=at
        )
        session.add(batch)
        session.flush()
        if nodes:
            session.execute(insert(LedgerNode), [{"community_id": community_id, **node} for node in nodes])
        run(connection, words, _PLACES, c=community_id, first=0, batch=batch.id)
        run(connection, words, "DELETE FROM waiting_leaf WHERE community_id = :c", c=community_id)
        session.commit()
