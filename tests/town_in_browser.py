"""The small community in which every page has something on it, served and looked at by its people."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page

from deliberate.db import Database
from deliberate.models import Account
from tests.make import Clock
from tests.make_town import Town, town


@dataclass
class TownInBrowser:
    """A community with every job waiting, and somebody to do it."""

    app: Flask
    base: str
    page: Callable[..., Page]
    town: Town

    def open(self, account: Account | None, width: int, address: str) -> Page:
        """The page of this address at a device of this width, signed in unless nobody is meant."""
        opened = self.page(width, 844)
        if account is not None:
            signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
            assert signer is not None
            kept = signer.dumps({"_user_id": f"{account.id}.{account.epoch}", "_fresh": True})
            opened.context.add_cookies([{"name": "session", "value": kept, "url": self.base}])
        opened.goto(self.base + address.format(slug=self.town.slug))
        return opened


@pytest.fixture
def town_in_browser(
    app: Flask,
    database: Database,
    clock: Clock,
    page: Callable[..., Page],
    live_server: Callable[..., str],
) -> TownInBrowser:
    """Made through the deeds, served until the test ends."""
    found = town(database, clock, app.extensions["deliberate.config"].code_key)
    return TownInBrowser(app, live_server(app), page, found)
