"""`deliberate copy FROM TO`: a living community moved from SQLite to PostgreSQL, or back."""

import sys

import click

from deliberate.keeping import copying
from deliberate.keeping.stores import NotKept

from .exits import REFUSED


@click.command()
@click.argument("source", metavar="FROM_URL")
@click.argument("target", metavar="TO_URL")
def copy(source: str, target: str) -> None:
    """Copy the whole store FROM_URL into the empty store TO_URL, verified row by row and by the ledger.

    Stop the application and the worker first. Afterwards set DELIBERATE_DATABASE_URL to TO_URL. Files (evidence,
    pictures, keys) stay where they are.
    """
    click.echo(f"{'table':24} {'sent':>10} {'there':>10}  digest of both")
    try:
        done = copying.copy(source, target, click.echo)
    except NotKept as refused:
        click.echo(f"not copied: {refused}", err=True)
        sys.exit(REFUSED)
    click.echo(
        f"copied {sum(one.rows for one in done)} rows of {len(done)} tables; every ledger works out to its heads"
    )
