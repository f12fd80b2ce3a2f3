"""`deliberate bulletin` and `deliberate verify`: publish a round as files, and recount it from them."""

import json
import re
import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from deliberate import whole_files
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.bulletin import BulletinKind
from deliberate.logs import say
from deliberate.queries import bulletins, communities
from deliberate.services import bulletin as published
from deliberate.storage import storage_of
from deliberate.verifier import verify as verifier

from .telling import open_store, telling, the_community
from .troubles import Troubles

FOLDER = click.Path(file_okay=False, path_type=Path)
COMMUNITY = click.option(
    "--community", "slug", help="Its word in the address; needed where there are several."
)


@click.group()
def bulletin() -> None:
    """The bulletin of a closed round: static files from which anybody recounts it."""


@bulletin.command("export")
@click.argument("round_name", metavar="ROUND")
@click.argument("folder", metavar="DIR", type=FOLDER)
@COMMUNITY
@click.option(
    "--kind", type=click.Choice([kind.value for kind in BulletinKind]), help="Else the newest there is."
)
def export(round_name: str, folder: Path, slug: str | None, kind: str | None) -> None:
    """Write the bulletin of ROUND (like 7.1: matter 7, first round) into the new folder DIR."""
    with open_store() as store, telling(), store.reading() as session:
        round_id = the_round(session, round_name, slug)
        made = published.of_round(session, round_id, BulletinKind(kind) if kind else None)
        number = published.write_folder(made, folder, lambda name: click.echo(f"… {name}", err=True))
    click.echo(f"{made.kind.value} {made.round}: {number} files in {folder}")


@bulletin.command("auditor")
@click.argument("round_name", metavar="ROUND")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@COMMUNITY
def auditor(round_name: str, file: Path, slug: str | None) -> None:
    """Write the openings that only auditors get to FILE: areas, and how the records of the sample were made."""
    with open_store() as store, telling(), store.reading() as session:
        made = published.auditor_file(session, the_round(session, round_name, slug))
    whole_files.replace(file, json.dumps(made, ensure_ascii=False).encode())
    click.echo(f"{len(made['roll'])} areas, {len(made['events'])} records in {file}")


def the_round(session: Session, name: str, slug: str | None) -> int:
    """The round of that public name, or a usage error."""
    found = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})", name)
    if found is None:
        raise click.UsageError(f"{name!r} is no round; a round is like 7.1: matter 7, first round")
    every = list(communities.every(session))
    if slug is None and len(every) != 1:
        raise click.UsageError("say of which community: --community SLUG")
    community = the_community(session, slug) if slug else every[0]
    round_id = bulletins.round_by_name(session, community.id, int(found[1]), int(found[2]))
    if round_id is None:
        raise click.UsageError(f"{community.slug} has no round {name}")
    return round_id


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """Recount a round from its bulletin DIR, as the verify.py in it does. Exit 0 in order, 1 not."""
    sys.exit(verifier.main(list(arguments)))


def publish_due(store: Database, config: Config, troubles: Troubles | None = None) -> None:
    """Make the bulletins that are due; one in trouble holds up no other."""
    files, troubles = storage_of(config), troubles or Troubles()
    with store.reading() as session:
        due = published.waiting(session, files)
    for round_id in due:
        with troubles.net(f"bulletin of round {round_id}"):
            with store.reading() as session:
                name = published.published(session, round_id, files, now=store.clock())
            say(f"published {name}")
