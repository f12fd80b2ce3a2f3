"""Times the letters of a whole community: 4,813 in one job, as the worker prints them, with the memory it took.

    python scripts/time_letters.py [--letters N] [--languages zh-Hans]

Goal: under ten minutes and one gigabyte. Run it on a calm machine; the store is made anew in a folder of /tmp.
"""

import argparse
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import delete, func, select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from deliberate.commands.letter_printing import Printer  # noqa: E402
from deliberate.config import Config  # noqa: E402
from deliberate.db import Database  # noqa: E402
from deliberate.domain.permissions import Actor, Role  # noqa: E402
from deliberate.migrate import upgrade  # noqa: E402
from deliberate.models import Household, LetterPart  # noqa: E402
from deliberate.queries import letter_jobs  # noqa: E402
from deliberate.services import letter_jobs as deeds  # noqa: E402
from deliberate.services import letter_parts, rolls  # noqa: E402
from deliberate.services.sealing import public_key  # noqa: E402
from deliberate.storage import Folder  # noqa: E402
from tests import make  # noqa: E402

ROLL = ROOT / "deliberate" / "demo" / "roll-4813.xlsx"
CODE = "0123456789AB"


def made_store(folder: Path) -> tuple[Config, Database, Actor, int]:
    """A community with the roll of the demo, and its registrar."""
    config = Config(f"sqlite:///{folder}/time.db", "s" * 40, folder)
    upgrade(config.database_url)
    store = Database(config.database_url)
    with store.transaction() as tx:
        community = make.community(tx.session)
        actor = make.actor(tx.session, make.staff(tx.session, community, Role.REGISTRAR))
        rolls.import_roll(tx.session, actor, community.id, ROLL.read_bytes(), file_name=ROLL.name, now=tx.now)
        return config, store, actor, community.id


def peak() -> int:
    """The most memory that this process and the largest of its children held, in megabytes."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + child) // 1024


def work() -> float:
    """The processor seconds that this process and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Make a store, order, print, fetch; say how long each took."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--letters", type=int, default=0, help="only about so many (whole buildings)")
    options.add_argument("--languages", default="zh-Hans")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        config, store, actor, community = made_store(Path(name))
        wish = deeds.Order(
            public_key(CODE, config.code_key), chosen.languages, "https://shequ.example/account/letter"
        )
        with store.transaction() as tx:
            job_id = deeds.order(tx.session, actor, community, wish, now=tx.now).id
            if chosen.letters:
                _keep_only(tx.session, chosen.letters)
        began, worked = time.monotonic(), work()
        printer = Printer(store, config, lambda text: print(f"{time.monotonic() - began:6.1f} s  {text}"))
        while printer.turn():
            pass
        took, worked = time.monotonic() - began, work() - worked
        with store.reading() as session:
            found = letter_jobs.one(session, community, job_id)
            assert found is not None
            homes = session.scalar(select(func.count(Household.id)))
        packed = letter_parts.opened(Folder(Path(name)), found.parts, CODE, config.code_key)
        fetched = time.monotonic() - began - took
        print(
            f"{found.printed} letters of {homes} homes in {took:.0f} s ({found.printed / took:.1f} a second), "
            f"{worked:.0f} s of processor ({worked / found.printed * 1000:.0f} ms a letter), {peak()} MB at most; "
            f"ZIP of {len(found.parts)} PDFs, {len(packed) / 1e6:.1f} MB, in {fetched:.1f} s "
            f"({datetime.now(UTC):%Y-%m-%d})"
        )
        store.dispose()


def _keep_only(session: Session, letters: int) -> None:
    """Leave out the buildings beyond so many letters."""
    so_far, late = 0, []
    for part in session.scalars(select(LetterPart).order_by(LetterPart.id)):
        if so_far >= letters:
            late.append(part.id)
        so_far += part.letters
    session.execute(delete(LetterPart).where(LetterPart.id.in_(late)))


if __name__ == "__main__":
    main()
