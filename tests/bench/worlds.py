"""Stores full of data, copied for each measurement, and requests that a signed-in resident's browser would send."""

import hashlib
import itertools
import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.migrate import upgrade
from tests.postgres import PostgresServer

from . import town
from .load import Request
from .server import ROOT
from .town import Town, Voice

SECRET = "a secret of the benchmark, long enough for it"
FORM = "application/x-www-form-urlencoded"
BROWSER = hashlib.sha512(b"b'127.0.0.1'|None").hexdigest()
"""By which a session knows the browser that signed in: its address, as Flask-Login spells it; wrk has no name."""


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
    """Towns by size: each made once, and a fresh copy of it whenever one is wanted.

    Towns stay in the folder: a later run of the same tables finds them there.
    """

    def __init__(self, folder: Path, server: PostgresServer | None = None) -> None:
        self.folder = folder
        self.server = server
        self._made: dict[int, Town] = {}
        self._numbers = itertools.count(1)

    @property
    def kind(self) -> str:
        """Which of the two stores."""
        return "postgres" if self.server else "sqlite"

    @contextmanager
    def world(self, homes: int) -> Iterator[World]:
        """A copy; thrown away afterwards."""
        if homes not in self._made:
            self._made[homes] = self._town(homes)
        with self._copy(homes) as (folder, url):
            database = Database(url)
            try:
                yield World(folder, database, replace(self._made[homes]))
            finally:
                database.dispose()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The address of a store without tables; thrown away afterwards."""
        name = f"empty{next(self._numbers)}"
        if self.server:
            yield self.server.url(self.server.create(name=name))
            self.server.drop(name)
        else:
            path = self.folder / f"{name}.db"
            yield f"sqlite:///{path}"
            path.unlink()

    def _town(self, homes: int) -> Town:
        told = self.folder / f"{self.kind}-{homes}-{_tables()}.json"
        if not self.server and told.exists() and self._path(homes).exists():
            return Town(**json.loads(told.read_text()))
        town.say(f"a town of {homes} homes")
        if self.server:
            return make(self.server.url(self.server.create(name=f"town{homes}")), homes)
        self._path(homes).unlink(missing_ok=True)
        made = make(f"sqlite:///{self._path(homes)}", homes)
        told.write_text(json.dumps(asdict(made)))
        return made

    def _path(self, homes: int) -> Path:
        return self.folder / f"{homes}.db"

    @contextmanager
    def _copy(self, homes: int) -> Iterator[tuple[Path, str]]:
        name = f"copy{next(self._numbers)}"
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            if self.server:
                yield folder, self.server.url(self.server.create(f"town{homes}", name))
            else:
                shutil.copyfile(self._path(homes), folder / "deliberate.db")
                yield folder, f"sqlite:///{folder / 'deliberate.db'}"
        finally:
            if self.server:
                self.server.drop(name)
            shutil.rmtree(folder)


def _tables() -> str:
    """Of which tables a kept town is."""
    migration = next((ROOT / "migrations" / "versions").glob("0001_*.py"))
    return hashlib.sha256(migration.read_bytes()).hexdigest()[:12]


def make(url: str, homes: int) -> Town:
    """A migrated store with a town in it: SQLite's whole in one file, PostgreSQL's tables known to its planner."""
    upgrade(url)
    database = Database(url)
    made = town.build(database, homes)
    database.dispose()
    if url.startswith("sqlite"):
        plain = sqlite3.connect(url.removeprefix("sqlite:///"))
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.close()
    else:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # as it does by itself in the weeks of a round
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
