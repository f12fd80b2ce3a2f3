"""`deliberate account`: made, given a role or a new password, disabled, by whoever runs the installation."""

import sys

import click

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Role
from deliberate.services import accounts, credentials, passwords, staff

from .telling import operator, the_community, writing

ROLES = click.Choice([role.value for role in Role if role is not Role.RESIDENT])


@click.group()
def account() -> None:
    """Accounts. A password is asked for, or read from standard input with `--password-stdin`."""


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("password", hide_input=True, confirmation_prompt=True)
    return asked


@account.command("create")
@click.argument("user_name")
@click.argument("display_name")
@click.option("--telephone", default=None)
@click.option("--password-stdin", is_flag=True)
@click.option("--once", is_flag=True, help="Print a password that must be replaced at the first sign-in.")
def create(
    user_name: str, display_name: str, telephone: str | None, *, password_stdin: bool, once: bool
) -> None:
    """Make an account."""
    password = passwords.once() if once else _password(password_stdin)
    with writing() as (session, now):
        accounts.create(
            session,
            user_name=user_name,
            display_name=display_name,
            password=password,
            telephone=telephone,
            once=once,
            now=now,
        )
    click.echo(password if once else "ok")


@account.command("grant")
@click.argument("name")
@click.argument("role", type=ROLES)
@click.option("--community", "slug", required=True)
@click.option("--revoke", is_flag=True, help="Take the role away instead.")
def grant(name: str, role: str, slug: str, *, revoke: bool) -> None:
    """Give ROLE to NAME (a user name or telephone)."""
    with writing() as (session, now):
        community = the_community(session, slug)
        found = accounts.find(session, name)
        if found is None:
            raise NotFound()
        deed = staff.revoke if revoke else staff.grant
        deed(session, operator(community.id), community.id, found.id, Role(role), now=now)
    click.echo("ok")


@account.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True)
def password(name: str, *, password_stdin: bool) -> None:
    """Give NAME a new password; every session of theirs ends."""
    new = _password(password_stdin)
    with writing() as (session, _now):
        credentials.reset_password(session, name, new)
    click.echo("ok")


@account.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Close an account; every session of it ends."""
    with writing() as (session, now):
        accounts.disable(session, name, now=now)
    click.echo("ok")
