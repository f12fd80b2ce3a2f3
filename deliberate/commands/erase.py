"""`deliberate erase`: names and evidence of rounds whose time of keeping is over (docs/running.md, "Erasing")."""

import sys
from itertools import groupby

import click

from deliberate.config import read_config
from deliberate.db import utc_now
from deliberate.keeping.erasing import Erased, Erasing, Round
from deliberate.keeping.stores import NotKept
from deliberate.storage import StorageAway, storage_of

from .exits import REFUSED
from .telling import telling


@click.command()
@click.option("--yes", "really", is_flag=True, help="Erase for good; without it nothing is.")
def erase(*, really: bool) -> None:
    """Show, and with --yes erase, the names and evidence of rounds whose time of keeping is over.

    Who signed, photographs and signatures, what tablets delivered, and what opens these fields of the ledger. Consents,
    counts and their proof stay, and the journal says what went. On PostgreSQL with roles, DELIBERATE_DATABASE_URL must
    sign in as deliberate_retention.
    """
    with telling():
        config = read_config()
        work = Erasing(config.database_url, storage_of(config), really)
    try:
        total = _erase(work)
    except (NotKept, StorageAway, OSError) as refused:
        click.echo(f"not erased: {refused}", err=True)
        sys.exit(REFUSED)
    if total and not really:
        click.echo("nothing was erased yet; to erase it for good: deliberate erase --yes")
    if total and really:
        click.echo("backups made before today still have it: let them go, too")


def _erase(work: Erasing) -> bool:
    """Round by round, then what belongs to no one round; whether there was anything."""
    now, some = utc_now(), False
    for _community, group in groupby(work.rounds(), key=lambda one: one.community_id):
        rounds = list(group)
        for one in rounds:
            if not one.is_over(now):
                click.echo(f"{one.community} {one.name}: kept, {_why(one)}")
                continue
            some |= _tell(f"{one.community} {one.name}", work.of_round(one, now))
        if any(one.is_over(now) for one in rounds):
            some |= _tell(rounds[0].community, work.of_community(rounds, now))
    if not some:
        click.echo("there is nothing to erase")
    return some


def _why(one: Round) -> str:
    return one.unfinished or f"until {one.until:%Y-%m-%d}"


def _tell(what: str, gone: Erased) -> bool:
    if gone:
        click.echo(
            f"{what}: {gone.names} names, {gone.pictures} pictures, {gone.openings} openings of the ledger, "
            f"{gone.records} records of tablets, {gone.files} files"
        )
    return bool(gone)
