"""A community of any size with one open round, made by statements over whole tables.

The deeds make what is small, every guard in force: people, plan, round, duties, opening. Homes, roll, answers and
their leaves come by `INSERT … SELECT` while the guards are away, so that a million homes take a minute or two; then
the guards are set again and asked whether what stands there is what they would have let in. Two things are not as
the deeds make them: the root of the roll is drawn by lot (the deed hashes every entry), and the texts of leaves and
openings are short.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.keeping import stores
from deliberate.models import (
    Account,
    Community,
    ConsentRound,
    Membership,
    RollCertificate,
)
from deliberate.models.guards import install, remove
from deliberate.services import ledger_events, rounds
from tests import make, make_round

from .answered import answer
from .words import POSTGRES, SQLITE, Words, first, prepare, run, say

HOMES_OF_A_BUILDING = 60
BUILDINGS_OF_AN_ESTATE = 7
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


def build(database: Database, homes: int, slug: str = "bench", *, answers: bool = True) -> Town:
    """Make it; the round opened four days ago by the database's clock and lasts a month."""
    started = database.clock() - timedelta(days=4)
    words = SQLITE if database.engine.dialect.name == "sqlite" else POSTGRES
    say(f"{homes} homes")
    with database.transaction() as tx:
        community = make.community(tx.session, slug, "测试社区")
        people = make_round.staff(tx.session, community)
        round_id, sha256 = _prepare_round(tx.session, community, people, started)
    with _hastily(database, words) as connection:
        _homes(connection, words, community.id, homes)
        _roll(connection, words, community.id, round_id)
    with database.transaction() as tx:
        _open(tx.session, people, round_id, homes, started)
    if answers:
        with _hastily(database, words) as connection:
            answer(connection, words, community.id, round_id, started + timedelta(days=1))
            install(connection)
            _verify(connection, round_id)
    return Town(slug, community.id, round_id, people.moderator.id, homes, sha256)


@contextmanager
def _hastily(database: Database, words: Words) -> Iterator[Connection]:
    """Without guards, and without asking for each row whether what it names is there; guards are set again behind."""
    database.dispose()
    with stores.opened(database.url) as connection, connection.begin():
        remove(connection)
        prepare(connection, words)
        if words is POSTGRES:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        install(connection)


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


def _homes(connection: Connection, words: Words, community_id: int, homes: int) -> None:
    buildings = -(-homes // HOMES_OF_A_BUILDING)
    estates = -(-buildings // BUILDINGS_OF_AN_ESTATE)
    at = {"c": community_id}
    run(connection, words, "INSERT INTO grid (community_id, name) VALUES (:c, '1')", **at)
    run(
        connection,
        words,
        "{numbers} INSERT INTO estate (community_id, name) SELECT :c, '测试小区' || (n + 1) FROM k"
        if words is SQLITE
        else "INSERT INTO estate (community_id, name) {numbers} SELECT :c, '测试小区' || (n + 1) FROM k",
        number=estates,
        **at,
    )
    first_estate = first(connection, "estate", community_id)
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
        first=first(connection, "building", community_id),
        grid=first(connection, "grid", community_id),
        **at,
    )


def _insert(connection: Connection, words: Words, into: str, chosen: str, **values: object) -> None:
    run(connection, words, f"INSERT INTO {into} {{numbers}} {chosen}", **values)


def _prepare_round(
    session: Session, community: Community, people: make_round.Staff, now: datetime
) -> tuple[int, str]:
    proposal, plan = make_round.fixed_plan(session, community, people.moderator, now=now)
    made, _crew = make_round.prepared(session, people, proposal, now=now)
    return made.id, plan.sha256


def _open(session: Session, people: make_round.Staff, round_id: int, homes: int, now: datetime) -> None:
    made = session.get_one(ConsentRound, round_id)
    made.roll_size, made.roll_sha256 = homes, secrets.token_hex(32)
    session.flush()
    for role, person in ((Role.REGISTRAR, people.registrar), (Role.SCRUTINEER, people.scrutineer)):
        certificate = RollCertificate(
            community_id=made.community_id,
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
    _open_as_certified(session, make.actor(session, people.moderator), made, last, now)


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


def _roll(connection: Connection, words: Words, community_id: int, round_id: int) -> None:
    say("roll")
    run(
        connection,
        words,
        "INSERT INTO roll_entry (community_id, consent_round_id, electorate, household_id, building_id, area, "
        "homes, slot, home, secret) SELECT h.community_id, :r, 'household', h.id, h.building_id, h.area, 1, "
        "{hex16}, '', '' FROM household h WHERE h.community_id = :c ORDER BY h.id",
        r=round_id,
        c=community_id,
    )
    run(
        connection,
        words,
        "INSERT INTO building_count (community_id, consent_round_id, electorate, building_id, place, total, "
        "answered) SELECT e.community_id, e.consent_round_id, 'household', e.building_id, "
        "e.building_id - :before, count(*), 0 FROM roll_entry e WHERE e.consent_round_id = :r "
        "GROUP BY e.community_id, e.consent_round_id, e.building_id ORDER BY e.building_id",
        r=round_id,
        before=first(connection, "building", community_id) - 1,
    )


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
