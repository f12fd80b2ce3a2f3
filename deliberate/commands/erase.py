"""`deliberate erase`: names and evidence of rounds whose time of keeping is over (docs/running.md, "Erasing")."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import click

from deliberate.config import read_config
from deliberate.db import utc_now
from deliberate.keeping.closed_rounds import Round
from deliberate.keeping.erasing import Erased, Erasing
from deliberate.keeping.stores import NotKept
from deliberate.storage import StorageAway, storage_of

from .exits import REFUSED
from .telling import telling


@click.command()
@click.option("--yes", "really", is_flag=True, help="Erase for good; without it nothing is.")
def erase(*, really: bool) -> None:
    """Show, and with --yes erase, the names and evidence of rounds whose time of keeping is over.

    Who signed, photographs and signatures, what tablets delivered, and what opens these fields of the ledger. Consents,
    counts and their proof stay, and the journal says what went. On PostgreSQL DELIBERATE_DATABASE_URL must sign in as
    deliberate_retention.
    """
    with telling():
        config = read_config()
        run = _Run(Erasing(config.database_url, storage_of(config), really))
    run.tried("not erased", run.all_rounds)
    run.tried("files are still to go, run it again", lambda: run.work.let_go(utc_now()))
    if run.found and not really:
        click.echo("nothing was erased yet; to erase it for good: deliberate erase --yes")
    elif run.found:
        click.echo("backups made before today still have it: let them go, too")
    elif run.well:
        click.echo("there is nothing to erase")
    if not run.well:
        sys.exit(REFUSED)


@dataclass
class _Run:
    """Round by round, then what belongs to no one round. What goes wrong with one holds up no other."""

    work: Erasing
    found: bool = False
    well: bool = True

    def all_rounds(self) -> None:
        now = utc_now()
        for _community, group in groupby(self.work.rounds(), key=lambda one: one.community_id):
            rounds = list(group)
            over = [one for one in rounds if one.is_over(now)]
            for one in rounds:
                name = f"{one.community} {one.name}"
                if one in over:
                    self.tried(name, partial(self._tell, name, partial(self.work.of_round, one, now)))
                else:
                    click.echo(f"{name}: kept, {_why(one)}")
            if over:
                name = rounds[0].community
                self.tried(name, partial(self._tell, name, partial(self.work.of_community, rounds, now)))

    def tried(self, what: str, deed: Callable[[], None]) -> None:
        """Whatever is wrong with it is said."""
        try:
            deed()
        except (NotKept, StorageAway, OSError) as refused:
            self.well = False
            click.echo(f"{what}: {refused}", err=True)

    def _tell(self, what: str, deed: Callable[[], Erased]) -> None:
        if gone := deed():
            self.found = True
            click.echo(
                f"{what}: {gone.names} names, {gone.pictures} pictures, {gone.openings} openings of the ledger, "
                f"{gone.records} records of tablets, {gone.files} files"
            )


def _why(one: Round) -> str:
    return one.unfinished or f"until {one.until:%Y-%m-%d}"
