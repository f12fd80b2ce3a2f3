"""`deliberate ledger`: heads to an offline key and back, keys of the log and of observers."""

import sys
from pathlib import Path

import click

from deliberate.domain.ledger import note
from deliberate.queries import observers
from deliberate.services import ledger_heads, signer_files
from deliberate.services import observers as deeds

from .exits import REFUSED
from .signer import PATH, key_signer
from .telling import open_store, operator, the_community, writing

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
COMMUNITY = click.option("--community", "slug", required=True, help="The word in the community's address.")


@click.group()
def ledger() -> None:
    """Heads of the ledger, their keys and those who watch them."""


@ledger.command("unsigned")
@COMMUNITY
def unsigned(slug: str) -> None:
    """Print the heads that wait for an offline key, to be carried to it."""
    with open_store() as store, store.reading() as session:
        click.echo(signer_files.unsigned(session, the_community(session, slug).id))


@ledger.command("sign")
@click.argument("file", type=FILE)
@click.option("--key", required=True, type=PATH, help="The key file; made when it is not there.")
@click.option("--state", type=PATH, help="What was signed last; beside the key unless said otherwise.")
def sign(file: Path, key: Path, state: Path | None) -> None:
    """Sign the heads in FILE, where the key is; needs no store. Print what is to be carried back."""
    signer = key_signer(key, state or key.with_name(key.name + ".state"))
    try:
        made, refused = signer_files.sign(signer, file.read_text())
    except signer_files.BadFile as error:
        raise click.UsageError(str(error)) from error
    click.echo(made)
    if refused:
        click.echo("a head does not extend the last one that was signed: it is refused", err=True)
        sys.exit(REFUSED)


@ledger.command("signed")
@click.argument("file", type=FILE)
def signed(file: Path) -> None:
    """Keep the signatures in FILE, which came back from the key."""
    with writing() as (session, now):
        try:
            number = signer_files.keep(session, file.read_text(), now=now)
        except signer_files.BadFile as error:
            raise click.UsageError(str(error)) from error
        except ledger_heads.NewKey as error:
            click.echo(f"signed by a key that is not accepted here: {error}", err=True)
            sys.exit(REFUSED)
    click.echo(f"{number} heads are signed")


@ledger.command("accept-key")
@click.argument("vkey")
@COMMUNITY
def accept_key(vkey: str, slug: str) -> None:
    """Let the key VKEY (name+id+key) sign heads from now on; what the old one signed stays valid."""
    with writing() as (session, now):
        try:
            key = note.parse_vkey(vkey)
        except note.BadNote as error:
            raise click.UsageError(str(error)) from error
        if key.kind != note.ED25519:
            raise click.UsageError("not the key of a log")
        ledger_heads.accept_key(session, the_community(session, slug).id, key, now=now)
    click.echo("ok")


@ledger.command("observer")
@click.argument("vkey")
@COMMUNITY
@click.option("--end", is_flag=True, help="Take the key off the list instead.")
def observer(vkey: str, slug: str, *, end: bool) -> None:
    """Register the key under which an observer cosigns (scripts/observe.py new-key prints it)."""
    with writing() as (session, now):
        community = the_community(session, slug)
        if end:
            key_id = next((one.id for one in observers.keys(session, community.id) if one.vkey == vkey), 0)
            deeds.end_key(session, operator(community.id), community.id, key_id, now=now)
        else:
            deeds.add_key(session, operator(community.id), community.id, vkey, now=now)
    click.echo("ok")
