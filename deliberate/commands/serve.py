"""`deliberate serve`: the application behind waitress, for a small installation or behind a proxy."""

import click
from flask import Flask
from waitress import serve as waitress_serve

from deliberate.app import create_app
from deliberate.config import read_config
from deliberate.logs import begin
from deliberate.migrate import NotMigrated, upgrade

from .telling import telling

MEGABYTE = 1024 * 1024
LARGEST_BODY = 512 * MEGABYTE
"""Up to here a body that is too large is still answered by the application, in the reader's language."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
def serve(host: str, port: int, threads: int) -> None:
    """Serve the application; bring the store to today's tables first."""
    with telling():
        config = read_config()
        begin(config.log)
        try:
            upgrade(config.database_url)
        except NotMigrated as error:
            raise click.UsageError(str(error)) from error
        app = create_app(config)
    scheme = "https" if config.secure_cookies and config.proxy_hops else "http"
    click.echo(f"{scheme}://{host}:{port}/")
    if config.secure_cookies and not config.proxy_hops:
        click.echo(
            "cookies need https; for plain http on this machine set DELIBERATE_SECURE_COOKIES=0", err=True
        )
    listen(app, host, port, threads)


def listen(app: Flask, host: str, port: int, threads: int) -> None:
    """Serve until stopped, within sensible limits."""
    waitress_serve(
        app,
        host=host,
        port=port,
        threads=threads,
        channel_timeout=60,
        max_request_body_size=LARGEST_BODY,
        max_request_header_size=32 * 1024,
        connection_limit=500,
        ident="deliberate",
        clear_untrusted_proxy_headers=True,
    )
