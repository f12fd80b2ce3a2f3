"""Accounts as pages ask for them: one's own, and the staff of a community with their roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Role
from deliberate.models import Account, Household, RoleGrant

from . import households


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody with roles in a community."""

    account_id: int
    user_name: str
    display_name: str
    telephone: str | None
    disabled: bool
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """Whose an account says it is, and where its person is known to live."""

    account_id: int
    user_name: str
    display_name: str
    since: datetime
    homes: Sequence[Household]
    elsewhere: int
    """Homes in other communities."""


def one(session: Session, account_id: int | None) -> Account | None:
    """The account."""
    return session.get(Account, account_id) if account_id is not None else None


def seen(session: Session, community_id: int, account: Account) -> SeenAccount:
    """What staff of a community see of an account before they do anything to it."""
    homes = [home for _member, home in households.homes_of(session, account.id)]
    here = [home for home in homes if home.community_id == community_id]
    return SeenAccount(
        account.id,
        account.user_name,
        account.display_name,
        account.created_at,
        here,
        len(homes) - len(here),
    )


def staff(session: Session, community_id: int) -> list[StaffMember]:
    """Everybody with a role in the community, by name."""
    rows = session.execute(
        select(Account, RoleGrant.role)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(RoleGrant.community_id == community_id, RoleGrant.revoked_at.is_(None))
        .order_by(Account.display_name, Account.id, RoleGrant.id)
    ).all()
    people: dict[int, tuple[Account, list[Role]]] = {}
    for account, role in rows:
        people.setdefault(account.id, (account, []))[1].append(role)
    return [
        StaffMember(
            account.id,
            account.user_name,
            account.display_name,
            account.telephone,
            account.disabled_at is not None,
            tuple(roles),
        )
        for account, roles in people.values()
    ]


def of_community(session: Session, community_id: int, account_id: int) -> Account | None:
    """An account with a role in the community."""
    return session.scalar(
        select(Account)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            Account.id == account_id,
            RoleGrant.community_id == community_id,
            RoleGrant.revoked_at.is_(None),
        )
    )
