"""`deliberate tablet …`: a restored store begins a new epoch; a tablet's export is taken in."""

from pathlib import Path

import click

from deliberate import tablet_intake
from deliberate.config import read_config
from deliberate.db import Database
from deliberate.domain.permissions import Actor, Role
from deliberate.domain.sync import Verdict
from deliberate.queries import devices
from deliberate.services import delivery, epochs, tablet_export
from deliberate.storage import Storage, storage_of

from .telling import open_store, the_community, writing


@click.group()
def tablet() -> None:
    """Tablets of the canvassers."""


@tablet.command()
@click.option(
    "--reason", required=True, help="Why, for the record: from which backup the store was restored."
)
def epoch(reason: str) -> None:
    """Begin a new epoch after restoring a backup: every tablet sends again what the store lacks."""
    with writing() as (session, now):
        click.echo(epochs.begin_epoch(session, reason, now=now))


@tablet.command("list")
@click.option("--community", "slug", required=True)
def list_tablets(slug: str) -> None:
    """Each tablet: person, last contact, records here, gaps."""
    with open_store() as store, store.reading() as session:
        for line in devices.of_community(session, the_community(session, slug).id):
            gaps = ",".join(f"{first}-{last}" for first, last in line.sequence.missing)
            seen = line.device.last_seen_at.isoformat() if line.device.last_seen_at else "-"
            revoked = "revoked" if line.device.revoked_at else "-"
            click.echo(
                "\t".join(
                    [line.device.name, line.person, seen, str(line.sequence.max_seq), gaps or "-", revoked]
                )
            )


@tablet.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--community", "slug", required=True)
def take_in(file: Path, slug: str) -> None:
    """Take in a tablet's export; the same again, or a sync of it later, changes nothing."""
    config = read_config()
    with open_store() as store:
        with store.reading() as session:
            community_id = the_community(session, slug).id
        export = tablet_export.Export(file, config.code_key)
        results = take_export(store, storage_of(config), community_id, export, config.code_key)
    for verdict in Verdict:
        number = sum(one.verdict is verdict for one in results)
        if number:
            click.echo(f"{verdict.value}\t{number}")


def take_export(
    store: Database, files: Storage, community_id: int, export: tablet_export.Export, key: bytes
) -> list[delivery.Result]:
    """In the name of whoever runs the installation."""
    actor = Actor(roles=frozenset({(community_id, Role.MODERATOR)}), operator=True)
    return tablet_intake.take_export(store, files, actor, community_id, export, key)
