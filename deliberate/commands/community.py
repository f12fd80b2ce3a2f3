"""`deliberate community`: found one."""

import click

from deliberate.services import communities

from .telling import writing


@click.group()
def community() -> None:
    """Communities of this installation."""


@community.command("create")
@click.argument("slug")
@click.argument("name")
@click.option("--telephone", default="", help="Printed on every page.")
def create(slug: str, name: str, telephone: str) -> None:
    """Found a community: SLUG is the word in its address, NAME what people call it."""
    with writing() as (session, now):
        communities.found(session, slug, name, telephone, now=now)
    click.echo(f"/c/{slug}/")
