"""No hot path looks at another community: by what it asks, and by the steps that the store takes for it."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import UniqueConstraint, event

from deliberate.db import Database, Lock
from deliberate.domain.consent import Answer
from deliberate.models import Base
from deliberate.services import closing, forms, ledger_batches
from tests import make, make_round
from tests.app import config_of
from tests.crossing import SHARED, THROUGH, Statement, keys
from tests.make import Clock
from tests.make_round import OpenRound, open_round, say
from tests.make_tablet import Tablet, code

TABLES = Base.metadata.tables


@dataclass
class World:
    """A community under way, and what uses it."""

    app: Flask
    database: Database
    clock: Clock
    at: OpenRound
    tablet: Tablet

    def client(self, account_id: int | None) -> Any:
        client = self.app.test_client()
        if account_id is not None:
            with client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = f"{account_id}.0", True
        return client

    def see(self, path: str, account_id: int | None = None) -> None:
        told = self.client(account_id).get(f"/c/{self.at.community.slug}/{path}", follow_redirects=True)
        assert told.status_code == 200, (path, told.status_code)


def _pages(world: World) -> None:
    for path in ("", "matters/1", f"rounds/{world.at.round.id}", "notices", "ledger"):
        world.see(path)


def _own(world: World) -> None:
    for path in ("home/", f"home/rounds/{world.at.round.id}"):
        world.see(path, _member(world))


def _desk(world: World) -> None:
    for path in ("desk/", f"desk/rounds/{world.at.round.id}", "desk/ledger"):
        world.see(path, world.at.staff.moderator.id)


def _member(world: World) -> int:
    return world.at.members[9]  # type: ignore[attr-defined, no-any-return]


def _answer(world: World) -> None:
    entry, number = world.at.entries[9], world.at.round.id
    said = {"answer": "agree", "plan_sha256": world.at.plan.sha256, "request_id": "a" * 32}
    path = f"/c/{world.at.community.slug}/home/rounds/{number}/answer/{entry.id}"
    assert world.client(_member(world)).post(path, data=said).status_code == 302


def _paper(world: World) -> None:
    with world.database.transaction(Lock.answer(world.at.round.id, world.at.entries[11].id)) as tx:
        make_round.paper(tx.session, world.at, world.at.entries[11], Answer.AGREE, 90, now=tx.now)


def _batch(world: World) -> None:
    records = [world.tablet.answered(world.at.entries[12 + n], Answer.AGREE, n + 1) for n in range(3)]
    assert world.tablet.deliver(*records) == ["accepted"] * 3


def _place(world: World) -> None:
    with world.database.transaction(Lock.community(world.at.community.id)) as tx:
        ledger_batches.place(tx.session, world.at.community.id, now=tx.now)


def _close(world: World) -> None:
    moderator = world.at.staff.moderator
    with world.database.transaction() as tx:
        actor = make.actor(tx.session, moderator)
        held = forms.balance_of(tx.session, world.at.crew).missing
        forms.return_forms(tx.session, actor, world.at.crew.id, date(2026, 3, 9), held, 0, now=tx.now)
    world.clock.forward(days=40)
    with world.database.transaction(Lock.round(world.at.round.id)) as tx:
        closing.close_round(tx.session, make.actor(tx.session, moderator), world.at.round.id, now=tx.now)


END = 12
"""Steps by which the end of a range is told from a neighbour's first row, instead of from the end of the table."""
PATHS: dict[str, Callable[[World], None]] = {
    "public pages": _pages,
    "a resident's pages": _own,
    "the desk": _desk,
    "an answer": _answer,
    "a paper": _paper,
    "a tablet's batch": _batch,
    "leaves placed": _place,
    "closing": _close,
}


@pytest.fixture
def begun(app: Flask, database: Database, clock: Clock) -> World:
    """A round with some answers, a resident who has not answered, and a tablet."""
    with database.transaction() as tx:
        at = open_round(tx.session, 30, now=tx.now)
        for entry in at.entries[:5]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        at.members = {n: make.resident(tx.session, at.homes[n]).id for n in (8, 9)}  # type: ignore[attr-defined]
    clock.forward(hours=1)
    tablet = Tablet(app.test_client(), at, clock)
    tablet.enrol(code(database, at))
    return World(app, database, clock, at, tablet)


def neighbours(database: Database) -> None:
    """Two more communities, as busy as the first."""
    for homes in (31, 40):
        with database.transaction() as tx:
            other = open_round(tx.session, homes, now=tx.now)
            for entry in other.entries[:12]:
                say(tx.session, other, entry, Answer.DISAGREE, now=tx.now)
            make_round.another_matter(tx.session, other, now=tx.now)
            make.resident(tx.session, other.homes[20])
            ledger_batches.place(tx.session, other.community.id, now=tx.now)


@contextmanager
def over(world: World, path: Path, tmp_path: Path) -> Iterator[World]:
    """The application over that file, at the same hour."""
    clock = Clock(world.clock.at)
    store = Database(f"sqlite:///{path}", clock)
    kept = {name: world.app.extensions[name] for name in ("deliberate.db", "deliberate.config")}
    world.app.extensions |= {"deliberate.db": store, "deliberate.config": config_of(store, tmp_path)}
    tablet = replace(world.tablet, http=world.app.test_client(), clock=clock, pictures={})
    yield World(world.app, store, clock, world.at, tablet)
    world.app.extensions |= kept
    store.dispose()


def steps_of(world: World) -> Counter[tuple[str, str]]:
    """Steps of the store's programs, by path and statement, those of readers and of writers."""
    steps: Counter[tuple[str, str]] = Counter()
    now = ["", ""]

    def count() -> int:
        steps[now[0], now[1]] += 1
        return 0

    def begin(raw: Any, *_: Any) -> None:
        raw.set_progress_handler(count, 1)

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        now[1] = statement

    for engine in (world.database.engine, world.database.writing):
        event.listen(engine, "checkout", begin)
        event.listen(engine, "before_cursor_execute", hear)
    for name, path in PATHS.items():
        now[:] = [name, ""]
        path(world)
    return steps


def test_the_store_takes_the_same_steps_whoever_else_is_in_it(begun: World, tmp_path: Path) -> None:
    begun.database.dispose()
    alone, beside = tmp_path / "alone.db", tmp_path / "beside.db"
    for copy in (alone, beside):
        shutil.copy(begun.database.url.removeprefix("sqlite:///"), copy)
    with over(begun, beside, tmp_path) as world:
        neighbours(world.database)
    with over(begun, alone, tmp_path) as world:
        by_itself = steps_of(world)
    with over(begun, beside, tmp_path) as world:
        with_others = steps_of(world)
    assert {path for path, _ in by_itself} == set(PATHS)
    grown = [
        f"{path}: {by_itself[path, sql]} → {steps} steps: {sql}"
        for (path, sql), steps in with_others.items()
        if steps > by_itself[path, sql] * 1.02 + END
    ]
    assert grown == []


def heard_on(world: World) -> set[str]:
    """Every statement of the paths."""
    said: set[str] = set()

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.add(statement)

    for engine in (world.database.engine, world.database.writing):
        event.listen(engine, "before_cursor_execute", hear)
    for path in PATHS.values():
        path(world)
    return {one for one in said if re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)", one)}


def test_every_table_of_a_hot_statement_is_placed_in_one_community(begun: World) -> None:
    statements = [Statement(sql) for sql in heard_on(begun)]
    lost = {(table, one.sql) for one in statements for table in one.unplaced()}
    assert sorted(f"{table}: {sql}" for table, sql in lost) == []
    assert len(statements) > 100


@pytest.mark.parametrize(
    ("sql", "lost"),
    [
        ("SELECT consent.id FROM consent WHERE consent.answer = ?", ["consent"]),
        ("SELECT consent.id FROM consent WHERE consent.recorded_by_id = ?", ["consent"]),
        ("SELECT consent.id FROM consent WHERE consent.roll_entry_id = ?", []),
        ("SELECT c.id FROM consent AS c JOIN visit AS v ON v.id = c.visit_id WHERE c.id = ?", []),
        ("SELECT v.id FROM visit AS v JOIN account AS a ON a.id = v.by_id WHERE a.id = ?", ["visit"]),
        ("SELECT a.id FROM comment AS a, comment AS b WHERE a.proposal_id = ?", ["comment"]),
        ("UPDATE letter SET frozen_at=? WHERE letter.frozen_reason = ?", ["letter"]),
        ("UPDATE letter SET frozen_at=? WHERE letter.id = ?", []),
        ("INSERT INTO visit (household_id, at) VALUES (?, ?)", ["visit"]),
        ("INSERT INTO visit (community_id, at) VALUES (?, ?)", []),
        ("SELECT count(*) FROM account WHERE account.language = ?", []),
    ],
)
def test_the_rule_finds_what_crosses(sql: str, lost: list[str]) -> None:
    assert Statement(sql).unplaced() == lost


def test_every_table_names_its_community_or_is_shared_for_a_reason() -> None:
    without = {name for name, table in TABLES.items() if "community_id" not in table.c}
    assert without == set(SHARED) - {"community"} | {"community"} | set(THROUGH)
    assert all(TABLES[name].c["community_id"].nullable is False for name in set(TABLES) - without)


def alone_unique(name: str) -> set[str]:
    """Keys that hold over the whole store without naming the community, one way or another."""
    table = TABLES[name]
    groups = [[c.name for c in k.columns] for k in table.constraints if isinstance(k, UniqueConstraint)]
    groups += [[c.name for c in index.columns] for index in table.indexes if index.unique]
    within = {
        column.name
        for column in table.columns
        if column.name == "community_id"
        or any(one.column.table.name not in SHARED for one in column.foreign_keys)
    }
    return {" + ".join(group) for group in groups if not within & set(group)}


WHOLE_STORE = {
    "comment": {"author_id + request_id"},
    "consent": {"request_id", "receipt_hash"},
    "device": {"uuid", "token_hash"},
    "device_enrolment": {"code_hash"},
    "evidence_upload": {"device_uuid + sha256"},
    "ledger_leaf": {"leaf_hash"},
    "letter": {"code_hash"},
    "meeting": {"called_by_id + request_id"},
    "proposal": {"author_id + request_id"},
    "spot_visit": {"request_id"},
    "tablet_record": {"record_id", "record_id + sha256"},
    "visit": {"request_id"},
}
"""Divided by community these would become unique within one; each is a number drawn by lot (docs/city.md)."""


def test_what_is_unique_in_the_whole_store_is_known() -> None:
    found = {name: alone for name in TABLES if name not in SHARED and (alone := alone_unique(name))}
    assert found == WHOLE_STORE


def test_every_reference_stays_in_its_community_or_goes_to_what_is_shared() -> None:
    """Whatever is referred to names a community as well, so that a key of both can be distributed together."""
    for table in TABLES.values():
        for reference in table.foreign_keys:
            other = reference.column.table
            assert other.name in SHARED or "community_id" in other.c or other.name in THROUGH
    assert all("community_id" in keys(TABLES[name]) for name in set(TABLES) - set(SHARED) - set(THROUGH))


def test_the_distribution_column_of_every_table_is_written_down() -> None:
    """docs/city.md is what an operator divides the store by."""
    rows = (Path(__file__).parent.parent / "docs" / "city.md").read_text().partition("### Distribution")[2]
    by_column = {
        name: column
        for tables, column in re.findall(r"^\| (.*) \| (.*) \|$", rows, re.M)
        for name in re.findall(r"`(\w+)`", tables)
    }
    assert set(by_column) == set(TABLES)
    named = {name for name, column in by_column.items() if column == "`community_id`"}
    assert named == set(TABLES) - set(SHARED) - set(THROUGH)
