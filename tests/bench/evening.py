"""The last evening of a round: residents answer, tablets come home, and many watch the round, all at once.

2,000 residents in 10 minutes, 20 tablets with 100 papers and photographs each, 200 people who look at the round every
20 seconds. A shorter evening keeps those rates: as many residents, papers and looks in a minute, only fewer minutes.
Everybody comes when their time has come, whether the server is ready or not, and waiting for a turn counts as waiting
for the page. Nothing may be refused, and everything that was acknowledged must be there afterwards.
"""

import http.client
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from tests.make_tablet import Tablet

from . import sync, town
from .lines import Line, Plan, p95
from .load import Request
from .server import served
from .worlds import Stores, World, answers

RESIDENTS, TABLETS, PAPERS, WATCHERS = 2_000, 20, 100, 200
MINUTES = 10
LOOKS_EVERY = 20
HOMES = 15_000
"""Three of the largest communities: in one of 4,813 homes 4,000 are not left to answer in one evening."""
SIDE = 700
"""Of a photograph in pixels: some 300 KB, as tablets send them."""
AT_HAND = 64
"""Browsers that wait at the same time."""
LATE = 0.5
"""Seconds that a page may take, for 95 of 100."""


@dataclass
class Seen:
    """What everybody went through: seconds by kind of page, and what went wrong."""

    spent: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, seconds: float) -> None:
        with self.turn:
            self.spent.setdefault(kind, []).append(seconds)

    def blame(self, what: str) -> None:
        with self.turn:
            self.wrong.append(what)


@dataclass
class Browser:
    """One person's; a page is what comes after every redirect."""

    port: int
    seen: Seen
    headers: dict[str, str] = field(default_factory=dict)

    def open(self, kind: str, one: Request, since: float | None = None) -> str:
        """The page, and how long it took since it was wanted."""
        since = time.perf_counter() if since is None else since
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(one.method, one.path, one.body, {**self.headers, **(one.headers or {})})
            told = line.getresponse()
            page = told.read().decode()
        finally:
            line.close()
        self.seen.note(kind, time.perf_counter() - since)
        if told.status >= 400:
            self.seen.blame(f"{kind}: {told.status}")
        if tag := told.getheader("ETag"):
            cookie = (told.getheader("Set-Cookie") or "").split(";")[0] or self.headers.get("Cookie", "")
            self.headers |= {"If-None-Match": tag, "Cookie": cookie}
        return told.getheader("Location") or page


def last_evening(stores: Stores, plan: Plan) -> list[Line]:
    """Once: the evening itself is the repetition."""
    share = plan.evening_minutes / MINUTES * plan.crowd
    residents, papers = (
        max(8, round(RESIDENTS * share)),
        max(2, round(PAPERS * plan.evening_minutes / MINUTES)),
    )
    tablets, watchers = max(2, round(TABLETS * plan.crowd)), max(4, round(WATCHERS * plan.crowd))
    seen = Seen()
    with stores.world(HOMES if plan.crowd == 1 else 4_813) as world:
        codes, at, entries = sync.prepare(world, tablets, tablets * papers)
        voices = town.residents(world.database, world.town, residents, after=entries[-1].id)
        asked = answers(world, voices)
        with served("wsgi:app", world.env, world.round_page) as one:
            crowd = [sync.enrolled(one.port, world, at, code, n) for n, code in enumerate(codes)]
            work = [
                sync.photographed(
                    tablet, entries[n::tablets], range(n + 1, tablets * papers + 1, tablets), SIDE
                )
                for n, tablet in enumerate(crowd)
            ]
            began = time.perf_counter()
            with _crowd(plan.evening_minutes * 60, seen) as at_time:
                _watch(at_time, one.port, world, watchers, seen, plan.evening_minutes * 60)
                _answer(at_time, one.port, world, asked, seen, plan.evening_minutes * 60)
                _deliver(at_time, crowd, work, seen, plan.evening_minutes * 60)
            took = time.perf_counter() - began
        lost = _lost(world, residents, tablets * papers)
    return _lines(
        seen, lost, f"{residents:,} residents, {tablets} tablets × {papers}, {watchers} watching", took
    )


AtTime = Callable[[float, Callable[[float], None]], None]


@contextmanager
def _crowd(seconds: float, seen: Seen) -> Iterator[AtTime]:
    """Collects what is to be done at which second, then does it; each is told when its time was."""
    due: list[tuple[float, Callable[[float], None]]] = []
    yield lambda at, deed: due.append((at, deed))
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_HAND) as pool:
        for at, deed in sorted(due, key=lambda one: one[0]):
            time.sleep(max(0.0, began + at - time.perf_counter()))
            pool.submit(_done, deed, began + at, seen)


def _done(deed: Callable[[float], None], since: float, seen: Seen) -> None:
    try:
        deed(since)
    except Exception as error:  # whatever went wrong, it went wrong for a person
        seen.blame(repr(error)[:200])


def _watch(at_time: AtTime, port: int, world: World, number: int, seen: Seen, seconds: float) -> None:
    page, chance = Request("GET", world.round_page), random.Random(1)
    for _ in range(number):
        browser, begins = Browser(port, seen), chance.uniform(0, LOOKS_EVERY)
        for n in range(int(max(1, (seconds - begins) // LOOKS_EVERY + 1))):

            def look(since: float, browser: Browser = browser) -> None:
                browser.open("the round, watched", page, since)

            at_time(begins + n * LOOKS_EVERY, look)


def _answer(
    at_time: AtTime, port: int, world: World, asked: list[Request], seen: Seen, seconds: float
) -> None:
    """Each opens the page of the matter, answers, and reads the receipt."""
    for n, request in enumerate(asked):

        def answer(since: float, request: Request = request) -> None:
            cookie = {"Cookie": (request.headers or {})["Cookie"]}
            browser = Browser(port, seen, cookie)
            own = request.path.rpartition("/answer/")[0]
            browser.open("a resident's own page", Request("GET", own, headers=cookie), since)
            receipt = browser.open("the answer", request)
            if not re.fullmatch(r"/c/[^ ]+", receipt):
                seen.blame("an answer led to no receipt")
                return
            browser.open("the receipt", Request("GET", receipt, headers=cookie))

        at_time(n * seconds / len(asked), answer)


def _deliver(at_time: AtTime, crowd: list[Tablet], work: list[list[Any]], seen: Seen, seconds: float) -> None:
    """Tablets come home one after the other, each with all it has: papers by fifty, then their photographs."""
    for n, (tablet, records) in enumerate(zip(crowd, work, strict=True)):

        def deliver(_: float, tablet: Tablet = tablet, records: list[Any] = records) -> None:
            for start in range(0, len(records), sync.BATCH):
                lot = records[start : start + sync.BATCH]
                with _timed(seen, "a tablet's batch"):
                    told = tablet.sync(*lot)["results"]
                for sha256 in (one for result in told for one in result["missing"]):
                    with _timed(seen, "a photograph"):
                        tablet.send(tablet.pictures[sha256])
                states = set(tablet.states(*lot))
                if states != {"accepted"}:
                    seen.blame(f"papers were {states}")

        at_time(n * seconds / len(crowd), deliver)


@contextmanager
def _timed(seen: Seen, kind: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seen.note(kind, time.perf_counter() - began)


def _lost(world: World, residents: int, papers: int) -> int:
    """Answers and papers that were acknowledged and are not there, pictures among them."""
    at = {"r": world.town.round_id}
    counted = {
        "SELECT count(*) FROM consent WHERE consent_round_id = :r AND recorded_by_id IN "
        "(SELECT id FROM account WHERE user_name LIKE 'bench%')": residents,
        "SELECT count(*) FROM consent WHERE consent_round_id = :r AND channel = 'paper'": papers,
        "SELECT count(*) FROM evidence e JOIN consent c ON c.id = e.consent_id "
        "WHERE c.consent_round_id = :r": papers,
    }
    with world.database.reading() as session:
        gone = sum(abs(known - session.execute(text(sql), at).scalar_one()) for sql, known in counted.items())
        sums = (
            "SELECT (SELECT sum(answered) FROM building_count WHERE consent_round_id = :r) - "
            "(SELECT count(*) FROM entry_standing WHERE consent_round_id = :r)"
        )
        return int(gone + abs(session.execute(text(sums), at).scalar_one()))


def _lines(seen: Seen, lost: int, who: str, took: float) -> list[Line]:
    lines = []
    for kind, spent in sorted(seen.spent.items()):
        page = kind not in ("a photograph", "a tablet's batch")
        line = Line(f"the last evening: {kind} ({len(spent):,}), p95", "ms", [p95(spent) * 1000])
        if page:
            line.target, line.met = f"≤ {LATE * 1000:.0f} ms", p95(spent) <= LATE
        lines.append(line)
    for wrong in sorted(set(seen.wrong))[:9]:
        town.say(f"refused: {wrong}")
    evening = f"the last evening, {who} in {took / 60:.1f} min"
    refused = Line(
        f"{evening}: refused", "requests", [float(len(seen.wrong))], target="0", met=not seen.wrong
    )
    gone = Line("the last evening: lost", "records", [float(lost)], target="0", met=not lost)
    return [refused, gone, *lines]
