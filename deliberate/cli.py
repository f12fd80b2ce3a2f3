"""`deliberate`: commands, thin shells over deeds. Exit 0 done, 1 refused, 2 misused.

A command's module is imported when it is called: what signs heads should not load what sets pages.
"""

import os
import sys
from importlib import import_module
from types import TracebackType

import click

COMMANDS = {
    "account": "account",
    "backup": "backup",
    "bulletin": "bulletin",
    "community": "community",
    "copy": "copy",
    "database": "database",
    "demo": "demo",
    "erase": "erase",
    "ledger": "ledger",
    "migrate": "migrate",
    "restore": "backup",
    "roll": "roll",
    "serve": "serve",
    "signer": "signer",
    "tablet": "tablet",
    "verify": "bulletin",
    "worker": "worker",
}
"""Each command and the module of `deliberate.commands` that has it."""


class Commands(click.Group):
    """The commands, found by name. Where lines are wanted (DELIBERATE_LOG) one that breaks leaves a line as well."""

    def invoke(self, ctx: click.Context) -> object:
        if os.environ.get("DELIBERATE_LOG") == "json":
            sys.excepthook = _ended
        return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"deliberate.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return found


@click.group(cls=Commands)
@click.version_option(package_name="deliberate")
def main() -> None:
    """Deliberate: a residents' council, from proposal to consent to execution."""


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    import_module("deliberate.logs").ended(kind, error, trace)
