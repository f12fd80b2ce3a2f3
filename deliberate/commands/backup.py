"""`deliberate backup DIR` and `deliberate restore DIR`: by one command each, while the application is in use."""

import os
import sys
from pathlib import Path

import click

from deliberate.config import Config, read_config
from deliberate.db import utc_now
from deliberate.keeping.backup import KEYS, Backup
from deliberate.keeping.manifest import Manifest
from deliberate.keeping.restoring import Restore
from deliberate.keeping.stores import NotKept
from deliberate.storage import StorageAway, storage_of

from .exits import REFUSED
from .telling import telling

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--with-keys", "keys", is_flag=True, help="Keys too: whoever has them can sign in our name.")
def backup(folder: Path, *, keys: bool) -> None:
    """Back the store up into the new folder DIR, with evidence and pictures, under one manifest.

    The application goes on meanwhile. Keys stay out unless asked for: a backup lies in more places than the keys
    should, and with them it could be rewritten and signed again. Keep them once, elsewhere (docs/running.md).
    """
    config = _config()
    try:
        made = Backup(config.database_url, storage_of(config), config.instance_dir, _say).make(
            folder, keys=keys, now=utc_now()
        )
    except (NotKept, StorageAway, OSError) as refused:
        _refuse(f"no backup was made: {refused}")
    size = sum(int(one["size"]) for one in made.files.values())
    click.echo(f"{folder}: {len(made.files)} files, {size} bytes, {sum(made.rows.values())} rows")
    _tell_heads(made)
    _tell_lacking({*(f"evidence/{one}" for one in made.missing), *made.damaged}, "manifest.json names them")
    if not keys:
        click.echo(
            "without keys; see that they are kept elsewhere: secret_key receipt_key ledger_key ledger_state"
        )


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--with-keys", "keys", is_flag=True, help="Keys too; those that are here already stay.")
def restore(folder: Path, *, keys: bool) -> None:
    """Put the backup DIR back into an empty store, verify its ledger, and begin a new epoch for tablets."""
    config = _config()
    try:
        work = Restore(config.database_url, storage_of(config), config.instance_dir, _say)
        epoch = work.put_back(folder, keys=keys, now=utc_now())
    except (NotKept, StorageAway, OSError) as refused:
        _refuse(f"not restored: {refused}")
    lacking = [name for name in KEYS if not (config.instance_dir / name).exists()]
    if lacking:
        click.echo(f"not here: {' '.join(lacking)}; put them in place before the first start", err=True)
    click.echo(f"restored; every ledger works out to its heads; epoch {epoch}")
    _tell_lacking(set(work.lacking), "look for them in older backups")


def _config() -> Config:
    """The settings of this process. No secret is made here: it may come with the backup, or be put beside it."""
    with telling():
        return read_config({**os.environ, "DELIBERATE_SECRET_KEY": "-" * 32})


def _say(text: str) -> None:
    click.echo(text, err=True)


def _tell_heads(made: Manifest) -> None:
    for slug, head in made.heads.items():
        click.echo(f"{slug}: head of {head['size']} leaves, {head['root']}")


def _tell_lacking(files: set[str], where: str) -> None:
    if files:
        click.echo(f"BUT {len(files)} files are lacking or damaged, named above; {where}")


def _refuse(text: str) -> None:
    click.echo(text, err=True)
    sys.exit(REFUSED)
