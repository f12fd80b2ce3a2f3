"""`deliberate`: commands, thin shells over deeds. Exit 0 done, 1 refused, 2 misused."""

import click

from .commands.account import account
from .commands.community import community
from .commands.demo import demo
from .commands.ledger import ledger
from .commands.roll import roll
from .commands.serve import serve
from .commands.signer import signer
from .commands.tablet import tablet
from .commands.worker import worker
from .config import read_config
from .migrate import upgrade


@click.group()
@click.version_option(package_name="deliberate")
def main() -> None:
    """Deliberate: a residents' council, from proposal to consent to execution."""


@main.command()
def migrate() -> None:
    """Bring the store to the present tables."""
    upgrade(read_config().database_url)
    click.echo("ok")


for command in (account, community, demo, ledger, roll, serve, signer, tablet, worker):
    main.add_command(command)
