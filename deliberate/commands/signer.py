"""`deliberate signer`: the key of heads in a process of its own, best under a user of its own."""

import signal
import threading
from pathlib import Path

import click

from deliberate.services.signer_socket import SignerServer
from deliberate.services.signing import KeySigner, SignerAway

from .exits import REFUSED

PATH = click.Path(dir_okay=False, path_type=Path)


def key_signer(key: Path, state: Path) -> KeySigner:
    """The signer over these files, or leave with what is wrong."""
    try:
        return KeySigner(key, state)
    except (SignerAway, OSError, ValueError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(REFUSED) from error


@click.command()
@click.option(
    "--key", required=True, type=PATH, help="The key file; made at first start, for its user alone."
)
@click.option("--state", required=True, type=PATH, help="What was signed last; keep it as long as the key.")
@click.option(
    "--socket", "path", required=True, type=PATH, help="Where to listen; set DELIBERATE_SIGNER to it."
)
def signer(key: Path, state: Path, path: Path) -> None:
    """Sign heads that extend the last one, and no others, until stopped."""
    with SignerServer(path, key_signer(key, state)) as server:

        def leave(_signal: int, _frame: object) -> None:
            threading.Thread(target=server.shutdown, daemon=True).start()

        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, leave)
        click.echo(f"listening at {path}", err=True)
        server.serve_forever(poll_interval=0.2)
    path.unlink(missing_ok=True)
    click.echo("stopped", err=True)
