"""An evening: a round that is open at every door, its canvasser's code, and the tablet in hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from deliberate.db import Database
from deliberate.models import TabletRecord
from deliberate.services import devices
from tests import make
from tests.canvass.tablet import OFFLINE, MakeTablet, Tablet
from tests.make import CODE_KEY, Clock
from tests.make_round import OpenRound, open_round


@dataclass
class Evening:
    """The office's side."""

    app: Flask
    database: Database
    at: OpenRound

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
def evening(app: Flask, database: Database, clock: Clock) -> Evening:
    """Twelve doors, one matter."""
    with database.transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
    clock.forward(hours=1)
    return Evening(app, database, at)


@pytest.fixture
def tablet_at(page: Callable[..., Page]) -> MakeTablet:
    """`tablet_at(base)`: a tablet of 820 × 1180 that may lose its signal."""

    def make_tablet(base: str, width: int = 820, height: int = 1180, **more: Any) -> Tablet:
        allow = (*more.pop("allow", ()), OFFLINE)
        return Tablet(page(width=width, height=height, allow=allow, **more), base)

    return make_tablet
