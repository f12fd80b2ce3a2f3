"""What an answer costs a processor: ours and the floor, one after the other in this process, without a server.

python -m tests.bench.cost              milliseconds of processor for one answer, and how many statements it asks
python -m tests.bench.cost --profile    where they go

A processor's time is far steadier than a rate while others use the machine, so this is what to look at while
making answers cheaper; the benchmark itself has the last word.
"""

import argparse
import cProfile
import io
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.statements import heard

from . import floor, town
from .lines import WARM
from .load import Request
from .rows import bare_answers
from .worlds import Stores, World, answers

HOMES = 4_813
NUMBER, TIMES, TURN = 400, 3, 40
App = Callable[[dict[str, Any], Callable[..., Any]], Any]


def environ(asked: Request) -> dict[str, Any]:
    """The request as a server hands it over."""
    body = asked.body.encode()
    headers = asked.headers or {}
    return {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": asked.path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_COOKIE": headers.get("Cookie", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def send(app: App, requests: Sequence[Request]) -> float:
    """Milliseconds of processor for each; every one must lead on to its receipt."""
    prepared, told = [environ(one) for one in requests], []
    began = time.process_time()
    for one in prepared:
        body = app(one, lambda status, _headers, _error=None: told.append(status))
        b"".join(body)
        body.close()
    spent = time.process_time() - began
    if {status[:3] for status in told} != {"302"}:
        raise RuntimeError(f"not every answer was taken: {set(told)}")
    return spent * 1000 / len(requests)


def bare(folder: Path, kind: str) -> tuple[App, list[Request]]:
    """The floor with an empty store."""
    url = str(folder / f"{kind}.db")
    floor.make(url)
    floor._here.connection = floor.connect(url)
    return floor.app, bare_answers(kind, WARM + NUMBER * TIMES)


def in_turns(floors: Sequence[tuple[App, list[Request]]], mine: tuple[App, list[Request]]) -> None:
    """A few of each after the other, so that what else the machine does weighs on all of them alike."""
    kinds = [*floors, mine]
    spent: list[list[float]] = [[] for _ in kinds]
    for app, requests in kinds:
        send(app, requests[:WARM])
    for start in range(WARM, WARM + NUMBER * TIMES, TURN):
        for (app, requests), told in zip(kinds, spent, strict=True):
            told.append(send(app, requests[start : start + TURN]))
    for name, told in zip(("floor, answer", "floor, same", "ours"), spent, strict=True):
        print(f"{name:14} {statistics.median(told):6.3f} ms ({min(told):.3f}-{max(told):.3f})")
    ratios = [own / bare for own, bare in zip(spent[-1], spent[0], strict=True)]
    print(f"ours / floor   {statistics.median(ratios):6.2f}")


def ours(world: World) -> list[Request]:
    """As many answers as are measured, each of another home."""
    return answers(world, town.residents(world.database, world.town, WARM + NUMBER * TIMES + 1))


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cost", description=__doc__)
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Stores(folder).world(HOMES) as world:
            sent, app = ours(world), world.app()
            if asked.profile:
                profile(app, sent)
                return
            in_turns([bare(folder, kind) for kind in ("answer", "same")], (app, sent))
            with heard(world.database) as said:
                send(app, sent[-1:])
            print(f"statements     {len(said)}")
            for one in said:
                print("   ", " ".join(one.split())[:110])


def profile(app: App, sent: Sequence[Request]) -> None:
    """The functions that take most, alone and with what they call."""
    send(app, sent[:WARM])
    one = cProfile.Profile()
    one.enable()
    send(app, sent[WARM:-1])
    one.disable()
    for order in ("cumulative", "tottime"):
        pstats.Stats(one).sort_stats(order).print_stats(90)


if __name__ == "__main__":
    main()
