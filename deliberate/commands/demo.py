"""`deliberate demo`: a fresh embedded store with the demo community, the sign-ins printed, then served."""

import shutil
import socket
import sys
import threading
import time
from datetime import UTC, datetime

import click

from deliberate.app import create_app
from deliberate.config import Config, read_config
from deliberate.db import Database
from deliberate.demo import Demo, build
from deliberate.migrate import upgrade

from . import worker
from .letter_printing import Printer
from .serve import listen
from .telling import telling


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--build-only", is_flag=True, help="make the store, print the sign-ins and stop")
def demo(host: str, port: int, build_only: bool) -> None:
    """Make the demo community in a store of its own and serve it. Nothing else is touched."""
    if not build_only and _taken(host, port):
        click.echo(f"{host}:{port} is in use; try --port {port + 1}", err=True)
        sys.exit(1)
    with telling():
        config = _demo_config(read_config())
        upgrade(config.database_url)
        database = Database(config.database_url)
        made = build(
            database,
            code_key=config.code_key,
            instance_dir=config.instance_dir,
            today=datetime.now(UTC).replace(microsecond=0),
            say=lambda text: click.echo(text, err=True),
        )
        worker.turn(database, config)
    _tell(made, f"http://{host}:{port}")
    if not build_only:
        threading.Thread(target=_work, args=(database, config), daemon=True).start()
        listen(create_app(config, database), host, port, threads=8)


def _work(database: Database, config: Config) -> None:
    """What `deliberate worker` does beside a real service."""
    printer = Printer(database, config, lambda text: click.echo(text, err=True))
    while True:
        time.sleep(5 if printer.turn() else worker.EVERY)
        worker.turn(database, config)


def _demo_config(config: Config) -> Config:
    """A place of its own below the instance's, empty, over plain http on this machine."""
    place = config.instance_dir / "demo"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return Config(
        database_url=f"sqlite:///{place}/demo.db",
        secret_key=config.secret_key,
        instance_dir=place,
        secure_cookies=False,
        development=True,
    )


def _taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _tell(made: Demo, url: str) -> None:
    """Who can sign in, and the letter of a home that has not answered."""
    click.echo(f"\n{url}/  ·  password: {made.password}")
    for name, shown in made.sign_ins:
        click.echo(f"  {name:<10} {shown}")
    click.echo(f"  letter of {made.letter_home}: {made.letter_code}   {url}/account/letter\n")
