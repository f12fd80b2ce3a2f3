"""What a page of one community costs with others beside it: time, questions, blocks read, and by which plans."""

import statistics
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.models import EntryStanding
from deliberate.web.kept import Kept
from tests.bench.worlds import SECRET, cookies

from .template import Template

TIMES, WARM = 40, 5
LARGE = 1000
"""Rows of a table that no page may read from end to end."""


@dataclass(frozen=True)
class Cost:
    """Of one page or deed."""

    name: str
    p50: float
    """Milliseconds, with the store's work."""
    own: float
    """Milliseconds of this process alone."""
    questions: int
    blocks: int
    """Of 8 KiB, that the store looked at for its reading questions."""
    whole: tuple[str, ...]
    """Tables of more than `LARGE` rows that a plan reads from end to end."""


class Measuring:
    """The application in this process, before the city's store."""

    def __init__(self, url: str, folder: Path, at: Template) -> None:
        self.database = Database(url)
        self.at = at
        self.app: Flask = create_app(Config(url, SECRET, folder, secure_cookies=False), self.database)
        self.app.extensions["deliberate.pages"].kept = Kept(0)  # what making a page costs, each time
        with self.database.reading() as session:
            stands = select(EntryStanding.roll_entry_id).where(EntryStanding.consent_round_id == at.round_id)
            answered = set(session.scalars(stands))
        self._next = iter([one for one in at.waiting if one[1] not in answered])

    def costs(self) -> list[Cost]:
        """Of every page, then of the answer."""
        return [*(self._page(name, path, user) for name, path, user in self._pages()), self._answer()]

    def _pages(self) -> Iterator[tuple[str, str, int | None]]:
        home, number = f"/c/{self.at.slug}", self.at.round_id
        moderator, resident = self.at.moderator_id, self.at.waiting[-1][0]
        yield "matters", f"{home}/", None
        yield "a matter", f"{home}/matters/1", None
        yield "the open round", f"{home}/rounds/{number}", None
        yield "notices", f"{home}/notices", None
        yield "the ledger", f"{home}/ledger", None
        yield "a resident's own page", f"{home}/home/", resident
        yield "what a resident answers", f"{home}/home/rounds/{number}", resident
        yield "the desk", f"{home}/desk/", moderator
        yield "the round at the desk", f"{home}/desk/rounds/{number}", moderator

    def _client(self, user: int | None) -> tuple[FlaskClient, str]:
        client, token = self.app.test_client(), ""
        if user is not None:
            token, (cookie,) = cookies(self.app, [f"{user}.0"])
            client.set_cookie("session", cookie.removeprefix("session="))
        return client, token

    def _page(self, name: str, path: str, user: int | None) -> Cost:
        client, _ = self._client(user)
        spent, own = [], []
        for n in range(TIMES + WARM):
            began, mine = time.perf_counter(), time.process_time()
            told = client.get(path, follow_redirects=True)
            if told.status_code != 200:
                raise AssertionError(f"{path}: {told.status_code}")
            if n >= WARM:
                spent.append(time.perf_counter() - began)
                own.append(time.process_time() - mine)
        asked = self._heard(lambda: client.get(path, follow_redirects=True))
        return self._cost(name, spent, own, asked)

    def _answer(self) -> Cost:
        """Each time another resident's first answer."""
        spent, own, asked = [], [], list[tuple[str, Any]]()
        for n in range(TIMES // 4 + 1):
            user, entry_id = next(self._next)
            client, token = self._client(user)
            path = f"/c/{self.at.slug}/home/rounds/{self.at.round_id}/answer/{entry_id}"
            said = {"csrf_token": token, "answer": "agree", "plan_sha256": self.at.plan_sha256}
            body = urlencode({**said, "request_id": uuid.uuid4().hex})
            began, mine = time.perf_counter(), time.process_time()
            told: list[int] = []
            asked = self._heard(lambda: told.append(_sent(client, path, body)))  # noqa: B023 – called at once
            if told != [302]:
                raise AssertionError(f"{path}: {told}")
            if n:
                spent.append(time.perf_counter() - began)
                own.append(time.process_time() - mine)
        return self._cost("an answer", spent, own, asked)

    def _heard(self, deed: Any) -> list[tuple[str, Any]]:
        asked: list[tuple[str, Any]] = []

        def hear(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
            asked.append((statement, values[0] if many else values))

        event.listen(self.database.engine, "before_cursor_execute", hear)
        deed()
        event.remove(self.database.engine, "before_cursor_execute", hear)
        return asked

    def _cost(
        self, name: str, spent: list[float], own: list[float], asked: Sequence[tuple[str, Any]]
    ) -> Cost:
        blocks, whole = 0, set[str]()
        with self.database.engine.connect() as connection:
            for statement, values in asked:
                if statement.lstrip().startswith(("SELECT", "WITH")) and "FOR " not in statement:
                    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
                    plan = connection.exec_driver_sql(explain, values).scalar_one()[0]["Plan"]
                    blocks += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
                    whole |= set(_read_whole(plan))
            connection.rollback()
        half = [statistics.median(one) * 1000 for one in (spent, own)]
        return Cost(name, half[0], half[1], len(asked), blocks, tuple(sorted(whole)))


def _sent(client: FlaskClient, path: str, body: str) -> int:
    return client.post(path, data=body, content_type="application/x-www-form-urlencoded").status_code


def _read_whole(plan: dict[str, Any]) -> Iterator[str]:
    removed = plan.get("Rows Removed by Filter", 0)
    if plan["Node Type"] == "Seq Scan" and plan["Actual Rows"] + removed > LARGE:
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _read_whole(inner)


def table(found: dict[int, list[Cost]]) -> str:
    """A row for each page, a column for each number of communities."""
    sizes = sorted(found)
    head = "| page | " + " | ".join(f"{n:,} communities" for n in sizes) + " |\n|---|" + "---|" * len(sizes)
    rows = []
    for n, cost in enumerate(found[sizes[0]]):
        cells = [_cell(found[size][n]) for size in sizes]
        rows.append(f"| {cost.name} | " + " | ".join(cells) + " |")
    return "\n".join([head, *rows])


def _cell(cost: Cost) -> str:
    whole = f", reads {', '.join(cost.whole)} WHOLE" if cost.whole else ""
    return f"{cost.p50:.1f} ms ({cost.own:.1f} own), {cost.questions} questions, {cost.blocks} blocks{whole}"
