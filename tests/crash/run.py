"""One run: a round on a fresh store, households that answer, so many kills, and the verdict."""

import contextlib
import random
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from itsdangerous import URLSafeTimedSerializer

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.migrate import upgrade
from tests import make
from tests.make_round import open_round
from tests.postgres import running_postgres

from .load import Load, Voice
from .verdict import faults
from .victims import SECRET, App, Postgres

HOMES = 240
FOR_ONE_KILL = 60
CLIENTS = 12


@dataclass(frozen=True)
class Figures:
    """What a run did, and whatever was wrong."""

    kills: int
    acknowledged: int
    under_way: int
    """Answers that were sent and not acknowledged when the blow fell, all kills together."""
    repeated: int
    faults: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.acknowledged} acknowledged answers, {self.under_way} under way when "
            f"killed, {self.repeated} sent again, {len(self.faults)} faults, {self.seconds:.0f} s"
        )


def app_on_sqlite(kills: int, tell: Callable[[str], None] = print) -> Figures:
    """Kill the application over SQLite."""
    with _home() as home:
        app = App(f"sqlite:///{home / 'store.db'}", home, _free_port())
        return _run(app, app, kills, tell)


def app_on_postgres(kills: int, tell: Callable[[str], None] = print) -> Figures:
    """Kill the application over PostgreSQL."""
    with _home() as home, running_postgres(durable=True) as server:
        app = App(server.url(server.create()), home, _free_port())
        return _run(app, app, kills, tell)


def postgres(kills: int, tell: Callable[[str], None] = print) -> Figures:
    """Kill PostgreSQL under the application."""
    with _home() as home, running_postgres(durable=True) as server:
        app = App(server.url(server.create()), home, _free_port())
        return _run(app, Postgres(server, app), kills, tell)


def _run(app: App, victim: App | Postgres, kills: int, tell: Callable[[str], None]) -> Figures:
    begun, chance = time.monotonic(), random.Random(kills)
    upgrade(app.url)
    load = Load(app.port, _voices(app, min(HOMES, FOR_ONE_KILL * kills)), CLIENTS)
    app.start()
    under_way = 0
    try:
        load.start()
        for n in range(kills):
            _wait_for_load(load)
            time.sleep(chance.uniform(0, 0.3))
            under_way += load.under_way
            victim.kill()
            time.sleep(chance.uniform(0, 0.1))
            victim.start()
            if (n + 1) % 10 == 0:
                tell(f"{n + 1} of {kills} kills, {load.acknowledged} acknowledged")
        load.finish()
    finally:
        load.stop.set()
        app.kill()
    store = Database(app.url)
    found = [*load.faults, *faults(store, load.said)]
    store.dispose()
    again = sum(one.sent > 1 for one in load.said)
    return Figures(kills, load.acknowledged, under_way, again, tuple(found), time.monotonic() - begun)


def _wait_for_load(load: Load) -> None:
    """Until answers flow again after the last kill."""
    before, until = load.acknowledged, time.monotonic() + 60
    while load.acknowledged < before + CLIENTS:
        if load.faults or time.monotonic() > until:
            raise RuntimeError(f"no answers are acknowledged: {load.faults}")
        time.sleep(0.02)


def _voices(app: App, homes: int) -> list[Voice]:
    """A round of now, a member in each of its homes, each with a session and the token of its forms."""
    store = Database(app.url)
    with store.transaction() as tx:
        at = open_round(tx.session, homes, now=datetime.now(UTC))
        members = [make.resident(tx.session, home) for home in at.homes]
    flask = create_app(
        Config(database_url=app.url, secret_key=SECRET, instance_dir=app.home, secure_cookies=False), store
    )
    sign = flask.session_interface.get_signing_serializer(flask)  # type: ignore[attr-defined]
    token = secrets.token_hex(20)
    csrf = str(URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(token))
    base = f"/c/{at.community.slug}/home/rounds/{at.round.id}/answer"
    voices = [
        Voice(
            entry.id,
            f"{base}/{entry.id}",
            "session="
            + sign.dumps({"_user_id": f"{member.id}.{member.epoch}", "_fresh": True, "csrf_token": token}),
            csrf,
            at.plan.sha256,
        )
        for entry, member in zip(at.entries, members, strict=True)
    ]
    store.dispose()
    return voices


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="deliberate-crash-") as place:
        yield Path(place)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


RUNS = {run.__name__: run for run in (app_on_sqlite, app_on_postgres, postgres)}
"""By name: what is killed, on which store."""
