"""How many bytes a household, an answer and a photograph take, measured on a built store (docs/capacity.md).

    python -m scripts.sizes                         SQLite, 1,000 homes
    python -m scripts.sizes --postgres --homes 4813

Everything is made by the deeds that the application does, in a store of its own. Indexes count.
"""

import argparse
import io
import random
import sqlite3
import tempfile
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

from PIL import Image, ImageDraw
from sqlalchemy import inspect, text

from deliberate import demo
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.permissions import Role
from deliberate.domain.round import EvidenceRole
from deliberate.keeping import stores
from deliberate.migrate import upgrade
from deliberate.services import evidence, forms, rolls
from deliberate.storage import Folder
from tests import make
from tests.make import Clock
from tests.make_heads import head
from tests.make_round import open_round, paper, say
from tests.postgres import running_postgres

ROLL, HOMES_OF_ROLL = Path(demo.__file__).parent / "roll-4813.xlsx", 4813
HOME_TABLES = {"household", "household_change", "building", "estate", "grid", "letter"}


def table_sizes(store: Database) -> dict[str, int]:
    """Bytes by table, with its indexes."""
    if not store.url.startswith("sqlite"):
        asked = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
        with store.engine.connect() as connection:
            names = inspect(connection).get_table_names()
            return {name: connection.scalar(asked, {"name": f'"{name}"'}) or 0 for name in names}
    found: Counter[str] = Counter()
    with closing(sqlite3.connect(stores.file_of(store.url))) as plain:
        owner = dict(plain.execute("SELECT name, tbl_name FROM sqlite_master"))
        for name, size in plain.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            found[owner.get(name, name)] += size
    return found


class Measured:
    """What each step has added."""

    def __init__(self, store: Database) -> None:
        self.store, self.before = store, table_sizes(store)

    def step(self, what: str, number: int) -> None:
        """Tell of the step that just ended."""
        after = table_sizes(self.store)
        added = {name: after[name] - self.before.get(name, 0) for name in after}
        self.before = after
        most = sorted(added, key=lambda name: -added[name])[:4]
        told = ", ".join(f"{name} {added[name] / number:,.0f}" for name in most)
        print(f"{what:44} {sum(added.values()) / number:9,.0f} bytes each  ({told})", flush=True)
        homes = sum(added[name] for name in HOME_TABLES)
        if 0 < homes < sum(added.values()):
            print(f"{'  of which household and letter':44} {homes / number:9,.0f} bytes each", flush=True)


def measure(store: Database, folder: Path, homes: int, clock: Clock) -> None:
    """A community, a round, an answer of each home online or on paper, a batch and a head."""
    kept = Measured(store)
    with store.transaction() as tx:
        community = make.community(tx.session, "imported")
        registrar = make.actor(tx.session, make.staff(tx.session, community, Role.REGISTRAR))
        data = ROLL.read_bytes()
        state = rolls.preview(tx.session, registrar, community.id, data).state
        rolls.import_roll(
            tx.session, registrar, community.id, data, file_name="roll.xlsx", seen=state, now=tx.now
        )
    kept.step("a household as it is imported", HOMES_OF_ROLL)
    with store.transaction() as tx:
        at = open_round(tx.session, homes)
        for number, home in enumerate(at.homes):
            make.letter(tx.session, home, f"letter {number}")
        moderator = make.actor(tx.session, at.staff.moderator)
        for _ in range(homes // 100):
            forms.issue_forms(tx.session, moderator, at.crew.id, 100, now=clock.at)
    kept.step("a household, its letter, its place in a round", homes)
    half = homes // 2
    for entry in at.entries[:half]:
        with store.transaction() as tx:
            say(tx.session, at, entry, Answer.AGREE, now=clock.at)
    kept.step("an answer online, with its account", half)
    for number, entry in enumerate(at.entries[half:]):
        with store.transaction() as tx:
            paper(tx.session, at, entry, Answer.AGREE, number + 1, now=clock.at)
    kept.step("an answer on paper, without its photograph", homes - half)
    with store.transaction() as tx:
        head(tx, at.community.id, folder, clock)
    kept.step("its place in the ledger", homes)


def page_of_a_form(noise: int) -> bytes:
    """A sheet photographed on a table: print, a signature, uneven light, and the noise of a small camera."""
    lots = random.Random(noise)
    sheet = Image.new("L", (3000, 4000), 205)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((250, 250, 2750, 3750), fill=245)
    for line in range(60):
        for letter in range(48):
            x, y = 320 + letter * 49, 330 + line * 56
            for _ in range(4):
                ends = [(x + lots.randrange(36), y + lots.randrange(38)) for _ in "12"]
                pen.line(ends, fill=40, width=4)
    pen.line(
        (
            x + lots.randrange(36),
            y + lots.randrange(38),
            x + lots.randrange(36),
            y + lots.randrange(38),
        ),
        fill=40,
        width=4,
    )
    pen.line(
        [(400 + n * 40, 3550 + lots.randrange(-90, 90)) for n in range(20)], fill=60, width=9, joint="curve"
    )
    light = Image.linear_gradient("L").resize(sheet.size).point(lambda value: 200 + value * 55 // 255)
    lit = Image.composite(sheet, Image.new("L", sheet.size, 90), light)
    if noise:
        grain = Image.effect_noise(sheet.size, noise)
        lit = Image.blend(lit, grain, 0.25)
    kept = io.BytesIO()
    lit.convert("RGB").save(kept, "JPEG", quality=92)
    return kept.getvalue()


def photographs(folder: Path) -> None:
    """As the application keeps them: 2,000 pixels, JPEG."""
    for what, noise in (("a form, clean as a scan", 0), ("a form, daylight", 30), ("a form, bad light", 90)):
        data = page_of_a_form(noise)
        kept = evidence.keep_exhibit(Folder(folder), EvidenceRole.PHOTO, data)
        print(
            f"{what:42} {kept.size:9,} bytes each  (as sent {len(data):,}; drawn, not photographed)",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, else on SQLite")
    options.add_argument("--homes", type=int, default=1000)
    chosen = options.parse_args()
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/store.db"
        if chosen.postgres:
            server = held.enter_context(running_postgres())
            url = server.url(server.create())
        upgrade(url)
        clock = Clock()
        store = Database(url, clock)
        measure(store, folder, chosen.homes, clock)
        photographs(folder)
        store.dispose()


if __name__ == "__main__":
    main()
