"""Every page × person × language × view × width in a real browser: `python -m scripts.crawl`, or `make crawl`.

A page that says just the same to several people is looked at as the first of them. Judges each page by axe, for
sideways scrolling, words of another language, errors on the console and breaches of the content security policy, and
keeps pictures of it. Goes on where it was stopped; --again forgets earlier runs, --mend looks again at the pages that
had faults. Exit 1 when anything is wrong with any page. The folder then holds one HTML of pictures for each person and
language.

    python -m scripts.crawl --person resident --language ug --view elder --workers 1
    python -m scripts.crawl --only /desk/rounds        addresses in which this is found
"""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crawl import workers
from tests.crawl.contact_sheet import lay_out, table
from tests.crawl.lots import LANGUAGES, PEOPLE, VIEWS, Lot, addresses_of, cut, forget_faults, told


def main() -> int:
    """Crawl, lay out the pictures, print the table."""
    chosen = _wishes()
    if chosen.again:
        shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.mend:
        forget_faults(chosen.out)
    with TemporaryDirectory() as folder:
        world = workers.build(Path(folder))
        lots = _lots(world, chosen)
        print(f"{sum(len(lot.addresses) for lot in lots)} pages in {len(lots)} lots", flush=True)
        for n, done in enumerate(workers.crawl(world, lots, chosen.out, chosen.workers), 1):
            first, bad = done[0], sum(len(one.faults) for one in done)
            print(f"{n}/{len(lots)} {first.person} {first.language} {first.view}: {bad} faults", flush=True)
    seen = told(chosen.out)
    lay_out(seen, chosen.out)
    print(table(seen))
    return 1 if any(one.faults for one in seen) else 0


def _wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--person", action="append", choices=PEOPLE)
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    parser.add_argument("--view", action="append", choices=VIEWS)
    parser.add_argument("--only", default="", help="a part of the addresses to visit")
    parser.add_argument(
        "--every", action="store_true", help="also what another person is shown just the same"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("test-results/crawl"))
    parser.add_argument("--again", action="store_true", help="forget what earlier runs saw")
    parser.add_argument("--mend", action="store_true", help="look again at pages that had faults")
    return parser.parse_args()


def _lots(world: workers.World, chosen: argparse.Namespace) -> list[Lot]:
    """What is left to do, of one person after the other."""
    known = {(one.person, one.language, one.view, one.address) for one in told(chosen.out)}
    lots: list[Lot] = []
    looked_at: set[tuple[str, str]] = set()
    with workers.opened(world) as places:
        everybody = {one.name: one for one in reversed(places.people)}
        for name in chosen.person or PEOPLE:
            pages = addresses_of(places, everybody[name]).items()
            new = [page for page in pages if chosen.every or page not in looked_at]
            looked_at.update(pages)
            addresses = [address for address, _said in new if chosen.only in address]
            for language in chosen.language or LANGUAGES:
                for view in chosen.view or VIEWS:
                    left = [one for one in addresses if (name, language, view, one) not in known]
                    lots += cut(name, language, view, left)
    return lots


if __name__ == "__main__":
    sys.exit(main())
