"""`deliberate database roles`: the roles of PostgreSQL, made or printed (docs/database.md)."""

import click
from sqlalchemy import create_engine

from deliberate.config import read_config
from deliberate.models.guards import roles as role_model
from deliberate.models.guards.roles import LOGINS

from .telling import telling


@click.group()
def database() -> None:
    """The store and who may do what in it."""


@database.command()
@click.option("--print", "only_print", is_flag=True, help="Print the SQL and change nothing.")
def roles(*, only_print: bool) -> None:
    """Make the roles of PostgreSQL and give each what it needs, no more; again whenever you like.

    DELIBERATE_DATABASE_URL must sign in as a superuser, once. Afterwards the application signs in as
    deliberate_app and migrations as deliberate_migrate. Set their passwords yourself (psql: \\password).
    """
    with telling():
        url = read_config().database_url
    if url.startswith("sqlite"):
        raise click.UsageError("SQLite has no roles; DELIBERATE_DATABASE_URL must name a PostgreSQL database")
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            if not role_model.has_tables(connection):
                raise click.UsageError("the store has no tables yet; run: deliberate migrate")
            if only_print:
                for statement in role_model.statements(connection):
                    click.echo(f"{statement};")
            else:
                role_model.make(connection)
                click.echo("\n".join(LOGINS))
    finally:
        engine.dispose()
