"""A community of any size with one open round, made by statements over whole tables.

The deeds make what is small, every guard in force: people, plan, round, duties, opening. Homes, roll, answers and
their leaves come by `INSERT … SELECT` while the guards are away, so that a million homes take a minute or two; then
the guards are set again and asked whether what stands there is what they would have let in. Two things are not as
the deeds make them: the root of the roll is drawn by lot (the deed hashes every entry), and the texts of leaves and
openings are short.
"""

import hashlib
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.ledger.merkle import Frontier
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind
from deliberate.keeping import stores
from deliberate.models import (
    Account,
    Community,
    ConsentRound,
    LedgerBatch,
    LedgerNode,
    Membership,
    RollCertificate,
)
from deliberate.models.guards import install, remove
from deliberate.services import duties, ledger_batches, ledger_events, rounds
from tests import make, make_round

HOMES_OF_A_BUILDING = 60
BUILDINGS_OF_AN_ESTATE = 7
ANSWERED, CHANGED = 7, 1
"""Of ten homes: how many answered; and how many answered once more."""
DAYS = 30


@dataclass(frozen=True)
class Town:
    """What was made."""

    slug: str
    community_id: int
    round_id: int
    moderator_id: int
    homes: int
    plan_sha256: str


@dataclass(frozen=True)
class Words:
    """What the two stores spell differently."""

    numbers: str
    hex16: str
    sha: str
    two: str
    now: Callable[[datetime], object]


SQLITE = Words(
    "WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < :number)",
    "lower(hex(randomblob(16)))",
    "sha256hex({0})",
    "printf('%02d', {0})",
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S.%f"),
)
POSTGRES = Words(
    "WITH k(n) AS (SELECT generate_series(0, :number - 1))",
    "replace(CAST(gen_random_uuid() AS text), '-', '')",
    r"encode(sha256('\x00'::bytea || convert_to({0}, 'UTF8')), 'hex')",
    "lpad(CAST({0} AS text), 2, '0')",
    lambda at: at,
)


def build(database: Database, homes: int, slug: str = "bench", *, answers: bool = True) -> Town:
    """Make it; the round opened four days ago by the database's clock and lasts a month."""
    now = database.clock()
    started = now - timedelta(days=4)
    words = SQLITE if database.engine.dialect.name == "sqlite" else POSTGRES
    with database.transaction() as tx:
        session = tx.session
        _prepare(session.connection(), words)
        community = make.community(session, slug, "测试社区")
        say(f"{homes} homes")
        _homes(session.connection(), words, community.id, homes)
        round_id, moderator_id, sha = _open(session, words, community, homes, started)
    if answers:
        database.dispose()
        with stores.opened(database.url) as connection, connection.begin():
            _hasten(connection, words)
            _answer(connection, words, community.id, round_id, started + timedelta(days=1))
            install(connection)
            _verify(connection, round_id)
    return Town(slug, community.id, round_id, moderator_id, homes, sha)


def _hasten(connection: Connection, words: Words) -> None:
    """Without guards, and without asking for each row whether what it names is there; both are looked at behind."""
    remove(connection)
    _prepare(connection, words)
    if words is POSTGRES:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _verify(connection: Connection, round_id: int) -> None:
    """What the guards would have asked of each row, asked of all of them."""
    for wrong, sql in _WRONG.items():
        if found := connection.execute(text(sql), {"r": round_id}).scalar_one():
            raise AssertionError(f"{found} {wrong}")


_WRONG = {
    "entries stand otherwise than their records say": (
        "SELECT count(*) FROM entry_standing k JOIN guard_standing s ON s.roll_entry_id = k.roll_entry_id "
        "WHERE k.consent_round_id = :r AND s.consent_round_id = :r AND s.standing <> k.standing"
    ),
    "records have no leaf": (
        "SELECT (SELECT count(*) FROM consent WHERE consent_round_id = :r) - (SELECT count(*) FROM ledger_leaf "
        "WHERE consent_round_id = :r AND consent_id IS NOT NULL)"
    ),
    "leaves have no place": (
        "SELECT count(*) FROM ledger_leaf l WHERE l.consent_round_id = :r "
        "AND NOT EXISTS (SELECT 1 FROM ledger_place p WHERE p.leaf_id = l.id)"
    ),
}


def say(what: str) -> None:
    """Progress of long work."""
    print(f"  {time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def _prepare(connection: Connection, words: Words) -> None:
    if words is SQLITE:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.create_function("sha256hex", 1, lambda s: hashlib.sha256(b"\0" + s.encode()).hexdigest())


def _run(connection: Connection, words: Words, sql: str, **values: object) -> None:
    known = {"numbers": words.numbers, "hex16": words.hex16}
    spelt = {name: f(words) for name, f in _SPELT.items()}
    fitting = {k: words.now(v) if isinstance(v, datetime) else v for k, v in values.items()}
    connection.execute(text(sql.format(**known, **spelt)), fitting)


_SPELT: dict[str, Callable[[Words], str]] = {
    "room": lambda w: w.two.format("n % 4 + 1"),
    "sha_of_leaf": lambda w: w.sha.format("c.leaf"),
}


def _homes(connection: Connection, words: Words, community_id: int, homes: int) -> None:
    buildings = -(-homes // HOMES_OF_A_BUILDING)
    estates = -(-buildings // BUILDINGS_OF_AN_ESTATE)
    at = {"c": community_id}
    _run(connection, words, "INSERT INTO grid (community_id, name) VALUES (:c, '1')", **at)
    _run(
        connection,
        words,
        "{numbers} INSERT INTO estate (community_id, name) SELECT :c, '测试小区' || (n + 1) FROM k"
        if words is SQLITE
        else "INSERT INTO estate (community_id, name) {numbers} SELECT :c, '测试小区' || (n + 1) FROM k",
        number=estates,
        **at,
    )
    first_estate = _first(connection, "estate", community_id)
    _insert(
        connection,
        words,
        "building (community_id, estate_id, name)",
        f"SELECT :c, :first + n / {BUILDINGS_OF_AN_ESTATE}, "
        f"CAST(n % {BUILDINGS_OF_AN_ESTATE} + 1 AS text) FROM k",
        number=buildings,
        first=first_estate,
        **at,
    )
    _insert(
        connection,
        words,
        "household (community_id, grid_id, building_id, unit, floor, room, walk, head_name, head_key, area, "
        "occupancy, note)",
        f"SELECT :c, :grid, :first + n / {HOMES_OF_A_BUILDING}, '1', "
        f"n % {HOMES_OF_A_BUILDING} / 4 + 1, "
        f"CAST(n % {HOMES_OF_A_BUILDING} / 4 + 1 AS text) || {{room}}, "
        "substr(CAST(n + 100000000 AS text), 2), '测试户主' || n, '测试户主' || n, 6000 + n % 6000, "
        "'self_occupied', '' FROM k",
        number=homes,
        first=_first(connection, "building", community_id),
        grid=_first(connection, "grid", community_id),
        **at,
    )


def _insert(connection: Connection, words: Words, into: str, chosen: str, **values: object) -> None:
    _run(connection, words, f"INSERT INTO {into} {{numbers}} {chosen}", **values)


def _first(connection: Connection, table: str, community_id: int) -> int:
    found: int = connection.execute(
        text(f"SELECT min(id) FROM {table} WHERE community_id = :c"), {"c": community_id}
    ).scalar_one()
    return found


def _open(
    session: Session, words: Words, community: Community, homes: int, now: datetime
) -> tuple[int, int, str]:
    people = make_round.staff(session, community)
    proposal, plan = make_round.fixed_plan(session, community, people.moderator, now=now)
    moderator = make.actor(session, people.moderator)
    made = rounds.prepare_round(session, moderator, proposal.id, now=now)
    duties.assign(session, moderator, made.id, people.moderator.id, DutyKind.MODERATOR, now=now)
    duties.assign(session, moderator, made.id, people.scrutineer.id, DutyKind.SCRUTINEER, now=now)
    crew = duties.make_crew(session, moderator, made.id, "第一组", {}, "测试志愿者", now=now)
    duties.assign(session, moderator, made.id, people.canvasser.id, DutyKind.CANVASSER, crew.id, now=now)
    say("roll")
    _roll(session, words, made, homes)
    for role, person in ((Role.REGISTRAR, people.registrar), (Role.SCRUTINEER, people.scrutineer)):
        certificate = RollCertificate(
            community_id=community.id,
            consent_round_id=made.id,
            role=role,
            account_id=person.id,
            roll_sha256=made.roll_sha256,
            roll_size=homes,
            at=now,
        )
        session.add(certificate)
        session.flush()
        ledger_events.roll_certified(session, made, certificate)
    last = date.fromordinal((now + timedelta(hours=8)).date().toordinal() + DAYS)
    _open_as_certified(session, moderator, made, last, now)
    return made.id, people.moderator.id, plan.sha256


def _open_as_certified(
    session: Session, moderator: object, made: ConsentRound, last: date, now: datetime
) -> None:
    """The deed hashes the whole roll before it opens; here the root was drawn by lot."""
    kept = rounds._refuse_other_roll
    rounds._refuse_other_roll = lambda *_: None
    try:
        rounds.open_round(session, moderator, made.id, last, now=now)  # type: ignore[arg-type]
    finally:
        rounds._refuse_other_roll = kept


def _roll(session: Session, words: Words, made: ConsentRound, homes: int) -> None:
    _run(
        session.connection(),
        words,
        "INSERT INTO roll_entry (community_id, consent_round_id, electorate, household_id, building_id, area, "
        "homes, slot, home, secret) SELECT h.community_id, :r, 'household', h.id, h.building_id, h.area, 1, "
        "{hex16}, '', '' FROM household h WHERE h.community_id = :c ORDER BY h.id",
        r=made.id,
        c=made.community_id,
    )
    _run(
        session.connection(),
        words,
        "INSERT INTO building_count (community_id, consent_round_id, electorate, building_id, place, total, "
        "answered, changes) SELECT e.community_id, e.consent_round_id, 'household', e.building_id, "
        "e.building_id - :before, count(*), 0, 0 FROM roll_entry e WHERE e.consent_round_id = :r "
        "GROUP BY e.community_id, e.consent_round_id, e.building_id ORDER BY e.building_id",
        r=made.id,
        before=_first(session.connection(), "building", made.community_id) - 1,
    )
    made.roll_size, made.roll_sha256 = homes, secrets.token_hex(32)
    session.flush()


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
    "UPDATE building_count SET changes = 1, answered = c.n FROM (SELECT e.building_id, count(*) AS n "
    "FROM entry_standing s JOIN roll_entry e ON e.id = s.roll_entry_id WHERE s.consent_round_id = :r "
    "GROUP BY e.building_id) c WHERE c.building_id = building_count.building_id AND consent_round_id = :r"
)
_DAYS = (
    "INSERT INTO day_count (community_id, consent_round_id, day, lane, answered) SELECT s.community_id, :r, "
    ":day, e.building_id % 16, count(*) FROM entry_standing s JOIN roll_entry e ON e.id = s.roll_entry_id "
    "WHERE s.consent_round_id = :r GROUP BY s.community_id, e.building_id % 16"
)
_WAITS = "l.community_id = :c AND NOT EXISTS (SELECT 1 FROM ledger_place p WHERE p.leaf_id = l.id)"
_PLACES = (
    "INSERT INTO ledger_place (leaf_id, community_id, position, batch_id) SELECT l.id, l.community_id, "
    f":first + row_number() OVER (ORDER BY l.id) - 1, :batch FROM ledger_leaf l WHERE {_WAITS} ORDER BY l.id"
)


def _answer(connection: Connection, words: Words, community_id: int, round_id: int, at: datetime) -> None:
    false = "0" if words is SQLITE else "FALSE"
    answers = "CASE WHEN e.id % 40 < 2 THEN 'disagree' WHEN e.id % 40 = 12 THEN 'abstain' ELSE 'agree' END"
    first = _CONSENTS.format(deed="'answer'", answer=answers, below=ANSWERED, false=false)
    again = _CONSENTS.format(deed="'change'", answer="'agree'", below=CHANGED, false=false)
    say("answers")
    for sql in (first, again):
        _run(connection, words, sql, r=round_id, at=at)
    _run(connection, words, _SUPERSEDED, r=round_id)
    for sql in (_STANDINGS, _LEAVES):
        _run(connection, words, sql, r=round_id, at=at)
    _run(connection, words, _OPENINGS, r=round_id)
    _run(connection, words, _COUNTED, r=round_id)
    _run(connection, words, _DAYS, r=round_id, day=day_in_beijing(at).isoformat())
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
        _run(connection, words, _PLACES, c=community_id, first=0, batch=batch.id)
        _run(connection, words, "DELETE FROM waiting_leaf WHERE community_id = :c", c=community_id)
        session.commit()


@dataclass(frozen=True)
class Voice:
    """A resident who may answer for one entry of the roll; `user` is what a session keeps."""

    user: str
    entry_id: int


def residents(database: Database, town: Town, number: int, after: int = 0) -> list[Voice]:
    """Members of so many homes that have not answered yet, behind that entry, each with an account of its own."""
    with database.transaction() as tx:
        session = tx.session
        entries = session.execute(
            text(
                "SELECT e.id, e.household_id FROM roll_entry e WHERE e.consent_round_id = :r AND e.id > :after "
                "AND NOT EXISTS "
                "(SELECT 1 FROM entry_standing s WHERE s.roll_entry_id = e.id) ORDER BY e.id LIMIT :n"
            ),
            {"r": town.round_id, "n": number, "after": after},
        ).all()
        known = session.execute(text("SELECT count(*) FROM account")).scalar_one()
        session.execute(
            insert(Account),
            [
                {
                    "user_name": f"bench{known + n}",
                    "display_name": "测试住户",
                    "password_hash": "!",
                    "created_at": tx.now,
                }
                for n in range(len(entries))
            ],
        )
        ids = session.scalars(
            select(Account.id)
            .where(Account.user_name.startswith("bench"))
            .order_by(Account.id.desc())
            .limit(len(entries))
        ).all()
        session.execute(
            insert(Membership),
            [
                {
                    "community_id": town.community_id,
                    "household_id": household_id,
                    "account_id": account_id,
                    "as_owner": False,
                    "lives_there": True,
                    "joined_at": tx.now,
                }
                for account_id, (_, household_id) in zip(ids, entries, strict=True)
            ],
        )
    return [
        Voice(f"{account_id}.0", entry_id) for account_id, (entry_id, _) in zip(ids, entries, strict=True)
    ]


def end_answering(database: Database, town: Town) -> datetime:
    """A moment after the round's last clock, for closing it."""
    with database.reading() as session:
        until = session.get_one(ConsentRound, town.round_id).settle_until
    assert until is not None
    return until.astimezone(UTC) + timedelta(seconds=1)
