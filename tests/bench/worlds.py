"""Stores full of data, copied for each measurement, and requests that a signed-in resident's browser would send."""

import hashlib
import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.migrate import upgrade

from . import town
from .load import Request
from .town import Town, Voice

SECRET = "a secret of the benchmark, long enough for it"
FORM = "application/x-www-form-urlencoded"
BROWSER = hashlib.sha512(b"127.0.0.1|None").hexdigest()
"""By which a session knows the browser that signed in: its address and name; wrk has none."""


@dataclass
class World:
    """A town in a store of its own."""

    folder: Path
    database: Database
    town: Town

    @property
    def env(self) -> dict[str, str]:
        """For the server."""
        return {
            "DELIBERATE_DATABASE_URL": self.database.url,
            "DELIBERATE_SECRET_KEY": SECRET,
            "DELIBERATE_INSTANCE_DIR": str(self.folder),
            "DELIBERATE_SECURE_COOKIES": "0",
        }

    def app(self) -> Flask:
        """The application in this process, for what is prepared."""
        config = Config(self.database.url, SECRET, self.folder, secure_cookies=False)
        return create_app(config, self.database)

    @property
    def home(self) -> str:
        return f"/c/{self.town.slug}"

    @property
    def round_page(self) -> str:
        return f"{self.home}/rounds/{self.town.round_id}"


class Stores:
    """Towns by size: each made once, and a fresh copy of it whenever one is wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[int, Town] = {}
        self._copies = 0

    @contextmanager
    def world(self, homes: int) -> Iterator[World]:
        """A copy; thrown away afterwards."""
        source = self.folder / f"{homes}.db"
        if homes not in self._made:
            town.say(f"a town of {homes} homes")
            self._made[homes] = make(source, homes)
        self._copies += 1
        folder = self.folder / f"copy{self._copies}"
        folder.mkdir()
        shutil.copyfile(source, folder / "deliberate.db")
        database = Database(f"sqlite:///{folder / 'deliberate.db'}")
        try:
            yield World(folder, database, replace(self._made[homes]))
        finally:
            database.dispose()
            shutil.rmtree(folder)


def make(path: Path, homes: int) -> Town:
    """A migrated SQLite file with a town in it, whole in one file."""
    url = f"sqlite:///{path}"
    upgrade(url)
    database = Database(url)
    made = town.build(database, homes)
    database.dispose()
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    return made


def cookies(app: Flask, users: Iterable[str]) -> tuple[str, list[str]]:
    """One token for forms, and a session cookie for each of these accounts that goes with it."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    with app.test_request_context():
        token = generate_csrf()
        secret = session["csrf_token"]
    same = {"_permanent": True, "_fresh": True, "_id": BROWSER, "csrf_token": secret}
    made = [serializer.dumps({**same, "_user_id": user}) for user in users]
    return token, [f"session={one}" for one in made]


def answers(world: World, voices: list[Voice], answer: str = "agree") -> list[Request]:
    """Each of these voices answers once."""
    app = world.app()
    token, kept = cookies(app, (voice.user for voice in voices))
    path = f"{world.home}/home/rounds/{world.town.round_id}/answer"
    return [
        Request(
            "POST",
            f"{path}/{voice.entry_id}",
            urlencode(
                {
                    "csrf_token": token,
                    "answer": answer,
                    "plan_sha256": world.town.plan_sha256,
                    "request_id": uuid.uuid4().hex,
                }
            ),
            {"Content-Type": FORM, "Cookie": cookie},
        )
        for voice, cookie in zip(voices, kept, strict=True)
    ]
