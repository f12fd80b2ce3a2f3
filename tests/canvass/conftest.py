"""An evening: a round that is open at every door, its canvasser's code, and the tablet in hand.

The office and its enrolled tablet are made once for all tests of a process; each test has copies of both: of the
store, and of what the tablet holds.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import create_engine, select

from deliberate.db import Database
from deliberate.models import TabletRecord
from deliberate.services import devices
from tests import make
from tests.app import config_of
from tests.canvass.faults import Road
from tests.canvass.tablet import OFFLINE, MakeTablet, Tablet
from tests.make import CODE_KEY, Clock
from tests.make_round import OpenRound, open_round
from tests.server import served

HOMES = 24


@dataclass
class Evening:
    """The office's side."""

    app: Flask
    database: Database
    at: OpenRound
    clock: Clock = field(default_factory=Clock)
    base: str = ""

    def code(self) -> str:
        """A one-time code for the canvasser's tablet."""
        with self.database.transaction() as tx:
            moderator = make.actor(tx.session, self.at.staff.moderator)
            person = self.at.staff.canvasser.id
            return devices.issue_code(
                tx.session, moderator, self.at.community.id, person, key=CODE_KEY, now=tx.now
            )

    def home(self, place: int) -> int:
        return self.at.entries[place].household_id

    def entry(self, place: int) -> int:
        return self.at.entries[place].id

    def records(self) -> list[TabletRecord]:
        """What came, in the order of the tablet's numbers."""
        with self.database.reading() as session:
            return list(session.scalars(select(TabletRecord).order_by(TabletRecord.seq)))


@pytest.fixture
def tablet_at(page: Callable[..., Page]) -> MakeTablet:
    """`tablet_at(base)`: a tablet of 820 × 1180 that may lose its signal."""

    def make_tablet(base: str, width: int = 820, height: int = 1180, **more: Any) -> Tablet:
        allow = (*more.pop("allow", ()), OFFLINE)
        return Tablet(page(width=width, height=height, allow=allow, **more), base)

    return make_tablet


@dataclass
class Stage:
    """What is made once: the office's store and folder at the moment after enrolment, and the tablet's memory."""

    store: Path
    at: OpenRound
    now: datetime
    road: Road
    base: str
    memory: Any


def _office(store: Path, folder: Path, app: Flask, clock: Clock) -> Evening:
    database = Database(f"sqlite:///{store}", clock)
    app.extensions["deliberate.config"] = config_of(database, folder)
    app.extensions["deliberate.db"] = database
    with database.transaction() as tx:
        at = open_round(tx.session, HOMES, now=tx.now)
    clock.forward(hours=1)
    return Evening(app, database, at, clock)


def _enrolled(chromium: Browser, base: str, code: str) -> Any:
    """The memory of a tablet after its enrolment."""
    profile = chromium.new_context(
        viewport={"width": 820, "height": 1180}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    profile.set_default_timeout(15_000)
    made = Tablet(profile.new_page(), base)
    made.enrol(code)
    made.page.wait_for_selector("#state[data-made='0']")
    memory = profile.storage_state(indexed_db=True)
    profile.close()
    return memory


@pytest.fixture(scope="session")
def stage(
    served_app: Flask, chromium: Browser, empty_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """One server at one address for all: a tablet's memory belongs to its address."""
    folder = tmp_path_factory.mktemp("evening")
    store = shutil.copyfile(empty_store, folder / "evening.db")
    before = {name: served_app.extensions[name] for name in ("deliberate.config", "deliberate.db")}
    road, clock = Road(served_app.wsgi_app), Clock()
    with served(road) as base:
        office = _office(store, folder, served_app, clock)
        memory = _enrolled(chromium, base, office.code())
        office.database.dispose()
        served_app.extensions.update(before)
        with create_engine(f"sqlite:///{store}").connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.engine.dispose()
        yield Stage(store, office.at, clock.at, road, base, memory)


@pytest.fixture
def evening(stage: Stage, app: Flask, tmp_path: Path, clock: Clock) -> Iterator[Evening]:
    """A copy of the office: two dozen doors, one matter, one tablet."""
    clock.at = stage.now
    store = shutil.copyfile(stage.store, tmp_path / "evening.db")
    database = Database(f"sqlite:///{store}", clock)
    app.extensions["deliberate.config"] = config_of(database, tmp_path)
    app.extensions["deliberate.db"] = database
    yield Evening(app, database, stage.at, clock, stage.base)
    stage.road.clear()
    database.dispose()


@pytest.fixture
def road(stage: Stage, evening: Evening) -> Road:
    """The way from the tablet to the office."""
    return stage.road


@pytest.fixture
def tablet(stage: Stage, evening: Evening, tablet_at: MakeTablet) -> Tablet:
    """The enrolled tablet with its list."""
    made = tablet_at(stage.base, storage_state=stage.memory)
    made.open()
    made.unlock()
    made.page.wait_for_selector(".door-card")
    made.settled()
    return made
