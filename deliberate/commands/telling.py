"""What commands have in common: the store, the language of the terminal, and how a refusal is told."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from deliberate.config import ConfigError, read_config
from deliberate.db import Database
from deliberate.domain.errors import Refusal
from deliberate.domain.permissions import Actor, Role
from deliberate.queries import communities
from deliberate.web.languages import DEFAULT, catalogue, locale_of, match

from .exits import REFUSED


def translate(message: str) -> str:
    """In the language of the terminal when we speak it, else Chinese, the text itself."""
    wish = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return str(catalogue(locale_of(match(wish) or DEFAULT)).gettext(message))


def refuse(refusal: Refusal) -> NoReturn:
    """Say it on standard error and leave with 1."""
    for message in (refusal.what, refusal.why, refusal.next_step):
        click.echo(refusal.fill(translate(message)), err=True)
    sys.exit(REFUSED)


@contextmanager
def telling() -> Iterator[None]:
    """Refusals become sentences, a bad setting a usage error."""
    try:
        yield
    except Refusal as refusal:
        refuse(refusal)
    except ConfigError as error:
        raise click.UsageError(str(error)) from error


@contextmanager
def open_store() -> Iterator[Database]:
    """The store of this installation."""
    with telling():
        config = read_config()
        store = Database(config.database_url, registrar_url=config.registrar_database_url)
        try:
            yield store
        finally:
            store.dispose()


@contextmanager
def writing() -> Iterator[tuple[Session, datetime]]:
    """One writing transaction."""
    with open_store() as store, store.transaction() as tx:
        yield tx.session, tx.now


def the_community(session: Session, slug: str) -> communities.Here:
    """The community with that word in its address, or a usage error."""
    found = communities.by_slug(session, slug)
    if found is None:
        raise click.UsageError(
            f"no community {slug!r}; make it with: deliberate community create {slug} NAME"
        )
    return found


def operator(community_id: int) -> Actor:
    """Whoever runs the installation, acting as registrar of the community; the journal names no account."""
    return Actor(roles=frozenset({(community_id, Role.REGISTRAR)}), operator=True)
