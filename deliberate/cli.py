"""`deliberate`: commands, thin shells over deeds. Exit 0 done, 1 refused, 2 misused."""

import click

from .commands.account import account
from .commands.backup import backup, restore
from .commands.bulletin import bulletin, verify
from .commands.community import community
from .commands.copy import copy
from .commands.database import database
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


COMMANDS = (
    account,
    backup,
    bulletin,
    community,
    copy,
    database,
    demo,
    ledger,
    restore,
    roll,
    serve,
    signer,
    tablet,
    verify,
    worker,
)
for command in COMMANDS:
    main.add_command(command)
