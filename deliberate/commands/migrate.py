"""`deliberate migrate`: bring the store to the present tables."""

import click

from deliberate.config import read_config
from deliberate.migrate import upgrade


@click.command()
def migrate() -> None:
    """Bring the store to the present tables."""
    upgrade(read_config().database_url)
    click.echo("ok")
