"""`deliberate migrate`: bring the store to the present tables."""

import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from deliberate.config import read_config
from deliberate.migrate import grant_anew, upgrade

from .exits import REFUSED
from .telling import telling


@click.command()
def migrate() -> None:
    """Bring the store to the present tables."""
    with telling():
        url = read_config().database_url
    try:
        upgrade(url)
        grant_anew(url)
    except (RuntimeError, SQLAlchemyError) as error:  # of ours, and of the store's
        said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        click.echo(f"not migrated: {said}", err=True)
        sys.exit(REFUSED)
    click.echo("ok")
