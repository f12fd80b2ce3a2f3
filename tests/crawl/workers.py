"""Several workers at one crawl: each serves its own copy of one world to its own browser, and takes lot after lot."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.app import new_store
from tests.browser import ARGUMENTS, program
from tests.crawl.lots import Lot, Seen, visit
from tests.server import served
from tests.web import places as worlds
from tests.web.places import Places
from tests.web.world import Town

World = tuple[Path, Town, Town]
OPEN: list[Callable[[Lot, Path], list[Seen]]] = []
"""In a worker: how it visits. Its world and its browser stay open until the process ends."""
STACK = ExitStack()


def build(folder: Path) -> World:
    """The world of all workers."""
    return worlds.build(new_store(folder / "empty.db"), folder / "kept")


@contextmanager
def opened(world: World) -> Iterator[Places]:
    """A copy of the world with its application."""
    with TemporaryDirectory() as folder:
        yield from worlds.serve(*world, Path(folder))


def crawl(world: World, lots: Sequence[Lot], out: Path, workers: int) -> Iterator[list[Seen]]:
    """Visit all lots; gives what was seen, lot by lot, in whatever order they end."""
    fresh = get_context("spawn")
    with ProcessPoolExecutor(workers, fresh, _begin, (world,)) as pool:
        waiting = [pool.submit(_visit, lot, out) for lot in lots]
        yield from (done.result() for done in as_completed(waiting))


def _begin(world: World) -> None:
    here = STACK.enter_context(opened(world))
    base = STACK.enter_context(served(here.app))
    playwright = STACK.enter_context(sync_playwright())
    browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
    STACK.callback(browser.close)
    OPEN.append(partial(visit, here, base, browser))


def _visit(lot: Lot, out: Path) -> list[Seen]:
    return OPEN[0](lot, out)
