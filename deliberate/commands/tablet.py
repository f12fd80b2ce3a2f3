"""`deliberate tablet …`: a restored store begins a new epoch; a tablet's export is taken in."""

from pathlib import Path

import click

from deliberate.config import read_config
from deliberate.db import Database, Lock
from deliberate.domain.permissions import Actor, Role
from deliberate.domain.sync import Verdict
from deliberate.queries import devices
from deliberate.services import delivery, epochs, judging, tablet_export, uploads

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
        results = take_export(
            store, config.instance_dir, community_id, tablet_export.Export(file), config.code_key
        )
    for verdict in Verdict:
        number = sum(one.verdict is verdict for one in results)
        if number:
            click.echo(f"{verdict.value}\t{number}")


def take_export(
    store: Database, folder: Path, community_id: int, export: tablet_export.Export, key: bytes
) -> list[delivery.Result]:
    """Records first, then evidence; each lot and each piece in a transaction of its own."""
    actor = Actor(roles=frozenset({(community_id, Role.MODERATOR)}), operator=True)
    results: list[delivery.Result] = []
    for sent in export.batches():
        payloads = [one.payload for record in sent if (one := delivery.envelope_of(record))]
        with store.reading() as session:
            pairs = judging.entries_of(session, payloads, export.device_uuid)
        with store.transaction(Lock.answers(pairs)) as tx:
            results += tablet_export.take_batch(
                tx.session, actor, community_id, export, sent, key=key, now=tx.now
            )
    for piece, data in export.pieces():
        step = uploads.keep_whole(folder, piece, data)
        with store.reading() as session:
            waiting = uploads.waiting_on(session, piece.device_uuid, piece.sha256)
            pairs = judging.entries_of(session, [one.payload for one in waiting], piece.device_uuid)
        with store.transaction(Lock.answers(pairs)) as tx:
            tablet_export.take_piece(tx.session, actor, community_id, step, key=key, now=tx.now)
        uploads.forget_part(folder, step)
    return results
