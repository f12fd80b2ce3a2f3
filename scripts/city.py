"""Fill one PostgreSQL with a city of synthetic communities, and measure one of them as others are set beside it.

    python scripts/city.py --communities 1000 --households 1500000
    python scripts/city.py --communities 100 --households 150000 --url postgresql+psycopg://…/city --first FILE
    python scripts/city.py --url postgresql+psycopg://…/city --first FILE      measures the city that stands there

The first community is made by the deeds, every guard in force; the others are made after it, one statement a table.
Then the worker takes its turn as anywhere else: it places leaves, writes and signs heads. Guards are set again before,
and the ledgers of some communities are worked out anew from their leaves. Without `--url` a PostgreSQL is started for
it, every commit on the disk, and thrown away behind (some 7 KiB a household).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deliberate.commands import worker
from deliberate.commands.heads import Turn
from deliberate.config import Config
from deliberate.db import Database
from deliberate.migrate import upgrade
from deliberate.models import Community, Household
from deliberate.services import ledger_check
from tests.bench import report
from tests.bench.worlds import SECRET
from tests.city import cloning, measuring, speed, template
from tests.postgres import running_postgres

STEPS = (1, 100, 1000)
"""Numbers of communities at which the first one is measured, up to the whole city."""
CHECKED = 3
"""Communities whose ledgers are worked out anew."""


def main() -> int:
    """0 when the city stands, its ledgers work out, and no page reads a large table from end to end."""
    asked = _arguments()
    if asked.first and asked.first.exists():
        return _measured(asked.url, template.read(asked.first))
    with tempfile.TemporaryDirectory() as folder, _store(asked.url) as url:
        say("today's tables")
        upgrade(url)
        database = Database(url)
        homes = asked.households // asked.communities
        say(f"the first community, {homes:,} households")
        first = template.build(database, homes)
        database.dispose()
        if asked.first:
            template.keep(first, asked.first)
        cloning.analyse(url)
        found, there = {}, 1
        for number in sorted({*(n for n in STEPS if n < asked.communities), asked.communities}):
            if number > there:
                say(f"{number - there:,} more communities")
                cloning.clone(url, there + 1, number, say)
                there = number
            turn(url, Path(folder))
            if not asked.build_only:
                say(f"measuring with {number:,} communities")
                found[number] = measuring.Measuring(url, Path(folder), first).costs()
        faults = verified(url)
        if not asked.build_only:
            say("how fast it is")
            print(report.text(speed.lines(url, Path(folder), first, homes)))
    return 1 if _told(found) or faults else 0


def _measured(url: str, first: template.Template) -> int:
    """The first community of a city that was built before, as it stands among the others."""
    database = Database(url)
    with database.reading() as session:
        number = session.scalars(select(func.count(Community.id))).one()
        homes = session.scalars(select(func.count(Household.id))).one()
    database.dispose()
    say(f"measuring with {number:,} communities")
    with tempfile.TemporaryDirectory() as folder:
        whole = _told({number: measuring.Measuring(url, Path(folder), first).costs()})
        say("how fast it is")
        print(report.text(speed.lines(url, Path(folder), first, homes // number)))
    return 1 if whole else 0


def _told(found: dict[int, list[measuring.Cost]]) -> list[measuring.Cost]:
    """Print them; those that read a large table from end to end."""
    if found:
        print(measuring.table(found))
    return [cost for costs in found.values() for cost in costs if cost.whole]


def turn(url: str, folder: Path) -> None:
    """The worker's: leaves get their places, heads are written and signed."""
    say("the worker's turn")
    store = Database(url)
    worker.look(store)
    Turn(store, Config(url, SECRET, folder, secure_cookies=False), say).take()
    store.dispose()


def verified(url: str) -> list[str]:
    """Counts, and the ledgers of the first community, one in the middle and the last; what is wrong."""
    store, faults = Database(url), list[str]()
    with store.reading() as session:
        ids = session.scalars(select(Community.id).order_by(Community.id)).all()
        homes = session.scalars(select(func.count(Household.id))).one()
        say(f"{len(ids):,} communities, {homes:,} households")
        for community_id in sorted({ids[0], ids[len(ids) // 2], ids[-1]})[:CHECKED]:
            checked = ledger_check.check(session, community_id)
            say(f"community {community_id}: {checked.size:,} leaves, {checked.signed} signed heads")
            faults += checked.faults or ([] if checked.signed else ["no head was signed"])
            faults += cloning.faults(session.connection(), community_id)
    store.dispose()
    for fault in faults:
        say(f"FAULT: {fault}")
    return faults


def say(what: str) -> None:
    """Progress of long work."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


@contextmanager
def _store(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    settings = {"shared_buffers": "1GB", "max_wal_size": "16GB", "checkpoint_timeout": "30min"}
    with running_postgres(durable=True, **settings, maintenance_work_mem="512MB") as server:
        yield server.url(server.create(name="city"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--communities", type=int, default=1000)
    parser.add_argument("--households", type=int, default=1_500_000, help="of all communities together")
    parser.add_argument("--url", default=None, help="an empty PostgreSQL, as its owner")
    parser.add_argument("--first", type=Path, default=None, help="where the first community is noted down")
    parser.add_argument("--build-only", action="store_true", help="fill it and measure nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
