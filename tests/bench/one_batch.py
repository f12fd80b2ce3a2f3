"""What a tablet's batch costs the processor, in one process: `python -m tests.bench.one_batch [batches [size]]`.

Prints milliseconds of processor time and statements for a batch of papers, for the same again, and for the floor's
batch of as many rows. Time of a processor means something on a busy machine too, if only beside the floor's.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.migrate import upgrade
from deliberate.services import forms
from tests import make
from tests.make_round import open_round
from tests.make_tablet import API, Tablet, code

from .worlds import SECRET

WARM = 2


def papers(folder: Path, batches: int, size: int) -> tuple[Database, Tablet, list[list[Any]]]:
    """An open round, a tablet, and its lawful papers whose photographs are delivered."""
    url = f"sqlite:///{folder / 'town.db'}"
    upgrade(url)
    store = Database(url)
    with store.transaction() as tx:
        at = open_round(tx.session, batches * size, now=tx.now)
        forms.issue_forms(
            tx.session, make.actor(tx.session, at.staff.moderator), at.crew.id, batches * size, now=tx.now
        )
        tx.session.expunge_all()
    app = create_app(Config(url, SECRET, folder, secure_cookies=False), store)
    tablet = Tablet(app.test_client(), at, store.clock)
    tablet.enrol(code(store, at, key=app.extensions["deliberate.config"].code_key))
    records = [tablet.answered(entry, Answer.AGREE, n + 1) for n, entry in enumerate(at.entries)]
    for data in tablet.pictures.values():
        tablet.send(data)
    return store, tablet, [records[start : start + size] for start in range(0, len(records), size)]


def delivered(tablet: Tablet, lots: Sequence[Sequence[Any]], heard: list[int]) -> str:
    """The middle of what these cost, without the first ones."""
    spent, statements = [], []
    for lot in lots:
        body = json.dumps(tablet.batch(*lot), ensure_ascii=False).encode()
        before = len(heard)
        ask = {"data": body, "content_type": "application/json", "headers": tablet.headers}
        spent.append(_cost(lambda ask=ask: tablet.http.post(f"{API}/sync", **ask)))
        statements.append(len(heard) - before)
    middle = statistics.median(spent[WARM:])
    return f"{middle:8.1f} ms of the processor, {min(spent):.1f} at least, {statements[-1]} statements and savepoints"


def floor(folder: Path, size: int) -> str:
    """As many rows by the floor."""
    os.environ["DELIBERATE_BENCH_FLOOR"] = str(folder / "floor.db")
    from . import floor as bare  # it reads its store's address when it is loaded

    bare.make(bare.URL)
    client, spent = bare.app.test_client(), []
    for n in range(40):
        sent = [{"entry": k, "answer": "agree", "request": f"{n}-{k}"} for k in range(size)]
        body = json.dumps({"records": sent})
        spent.append(
            _cost(lambda body=body: client.post("/batch", data=body, content_type="application/json"))
        )
    return f"{statistics.median(spent[WARM:]):8.1f} ms of the processor, {min(spent):.1f} at least"


def _cost(deed: Callable[[], Any]) -> float:
    began = time.process_time()
    if deed().status_code != 200:
        raise RuntimeError("a batch was refused")
    return (time.process_time() - began) * 1000


def main() -> None:
    """Three lines."""
    batches, size = (int(sys.argv[n]) if len(sys.argv) > n else usual for n, usual in ((1, 8), (2, 50)))
    with tempfile.TemporaryDirectory() as name:
        store, tablet, lots = papers(Path(name), batches, size)
        heard: list[int] = []
        for engine in (store.engine, store.writing):
            event.listen(engine, "before_cursor_execute", lambda *_: heard.append(1))
        print(f"{'a batch of papers':<22}", delivered(tablet, lots, heard))
        print(f"{'the same again':<22}", delivered(tablet, lots, heard))
        print(f"{'the floor':<22}", floor(Path(name), size))
        store.dispose()


if __name__ == "__main__":
    main()
