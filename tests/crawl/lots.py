"""The whole crawl in lots: one person in one language and view, a few pages at a time, each page told as it is done."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.crawl.looking import Reader, Window
from tests.web.places import Places
from tests.web.world import Person

LANGUAGES = ("zh-Hans", "ug", "en")
VIEWS = ("normal", "elder")
PEOPLE = (
    "stranger",
    "letter_holder",
    "resident",
    "author",
    "owner",
    "moderator",
    "other_moderator",
    "canvasser",
    "scrutineer",
    "registrar",
    "observer",
)
"""Everybody who sees other pages than the others do."""
IN_A_LOT = 15
OF_EACH_MATTER = ("public.matter",)
OF_EACH_ROUND = ("public.round", "moderator.round")
CHANCE = re.compile(r'name="(?:csrf_token|request_id)" value="[^"]*"')
NOWHERE = "/c/{slug}/nowhere"


@dataclass(frozen=True)
class Lot:
    """Some pages of one person in one language and view."""

    person: str
    language: str
    view: str
    addresses: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.person}.{self.language}.{self.view}"


@dataclass
class Seen:
    """One page and what was wrong with it."""

    person: str
    language: str
    view: str
    address: str
    shots: str = ""
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """As it is kept in a file."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def addresses_of(places: Places, person: Person) -> dict[str, str]:
    """Every page that this person can open, in a steady order, and the one that is shown where there is none.

    With each of them a hash of what it says: who else is shown just the same need not be visited there again.
    """
    asked = places.browser(person)
    found = {}
    for address in dict.fromkeys([*_possible(places), NOWHERE.format(slug=places.here.slug)]):
        answer = asked.get(address)
        if answer.mimetype == "text/html" and answer.status_code in (200, 404) and b"<html" in answer.data:
            nowhere = answer.status_code == 404
            if not nowhere or address.endswith("/nowhere"):
                found[address] = _said(answer.text)
        answer.close()
    return found


def _said(page: str) -> str:
    """What stands between the masthead and the foot; tokens are other ones each time."""
    begin, end = page.find("<main"), page.find("</main>")
    said = page[begin:end] if begin >= 0 else page
    return hashlib.sha256(CHANCE.sub("", said).encode()).hexdigest()


def _possible(places: Places) -> Iterator[str]:
    values = places.here.values
    for rule in places.rules():
        if "GET" not in (rule.methods or ()):
            continue
        yield places.url(rule, values)
        if rule.endpoint in OF_EACH_MATTER:
            yield from (places.url(rule, values | {"number": n}) for n in places.here.matters.values())
        if rule.endpoint in OF_EACH_ROUND:
            rounds = {str(name): number for name, number in values.items() if str(name).endswith("_round")}
            yield from (places.url(rule, values | {"round_id": number}) for number in rounds.values())


def cut(person: str, language: str, view: str, addresses: Sequence[str]) -> Iterator[Lot]:
    """These pages as lots of a few."""
    for start in range(0, len(addresses), IN_A_LOT):
        yield Lot(person, language, view, tuple(addresses[start : start + IN_A_LOT]))


def told(out: Path) -> list[Seen]:
    """What earlier runs into this folder saw; a line that was cut off is none."""
    texts = [path.read_text() for path in sorted((out / "seen").glob("*.jsonl"))]
    lines = [line for text in texts for line in text.splitlines(keepends=True)]
    return [Seen(**json.loads(line)) for line in lines if line.endswith("\n")]


def forget_faults(out: Path) -> None:
    """Keep of earlier runs only the pages with which nothing was wrong."""
    good: dict[str, list[str]] = {}
    for one in told(out):
        good.setdefault(f"{one.person}.{one.language}.{one.view}.jsonl", [])
        good[f"{one.person}.{one.language}.{one.view}.jsonl"] += [] if one.faults else [one.line()]
    for path in (out / "seen").glob("*.jsonl"):
        path.unlink()
    for name, lines in good.items():
        (out / "seen" / name).write_text("".join(lines))


def visit(places: Places, base: str, browser: Browser, lot: Lot, out: Path) -> list[Seen]:
    """Look at each page of the lot; each is written down at once, so that a run that was stopped goes on."""
    person = next(one for one in places.people if one.name == lot.person)
    reader = Reader(lot.language, lot.view, places.typed)
    folder = out / "shots" / f"{lot.person}.{lot.language}"
    for needed in (folder, out / "seen"):
        needed.mkdir(parents=True, exist_ok=True)
    done = []
    with context_of(places, base, browser, person, lot) as context:
        window = Window(context.new_page())
        for address in lot.addresses:
            shots = folder / f"{lot.view}-{re.sub(r'[^A-Za-z0-9]+', '-', address).strip('-') or 'front'}"
            try:
                faults = window.look(base + address, reader, shots)
            except Exception as broken:  # one page that cannot be judged must not end the crawl
                faults = [f"not judged: {str(broken).splitlines()[0]}"]
                window = Window(context.new_page())
            seen = Seen(lot.person, lot.language, lot.view, address, str(shots.relative_to(out)), faults)
            done.append(seen)
            with (out / "seen" / f"{lot.name}.jsonl").open("a") as file:
                file.write(seen.line())
    return done


def context_of(places: Places, base: str, browser: Browser, person: Person, lot: Lot) -> BrowserContext:
    """A fresh profile in which this person is signed in and has chosen language and view."""
    context = browser.new_context(locale=lot.language, timezone_id="Asia/Shanghai", reduced_motion="reduce")
    context.set_default_timeout(30_000)
    kept = {"language": lot.language, "view": lot.view}
    if person.session:
        kept["session"] = places.cookie(person)
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in kept.items()])
    return context
