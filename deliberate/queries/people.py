"""Who somebody is, and what they may speak for.

Every request asks these, so the questions are put together once.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import ANYBODY, Actor, Role
from deliberate.models import Account, Household, Letter, Membership, RoleGrant

from .prepared import Prepared


@dataclass(frozen=True, slots=True)
class Person:
    """An account as far as every request asks of it."""

    id: int
    epoch: int
    display_name: str
    language: str | None
    view: str | None


_PERSON = Prepared(
    select(Account.id, Account.epoch, Account.display_name, Account.language, Account.view).where(
        Account.id == bindparam("account_id"), Account.disabled_at.is_(None)
    )
)
_LETTER = select(Letter).where(
    Letter.id == bindparam("letter_id"),
    Letter.delivered_at.is_not(None),
    Letter.frozen_at.is_(None),
    Letter.replaced_at.is_(None),
)
_ROLES = Prepared(
    select(RoleGrant.community_id, RoleGrant.role).where(
        RoleGrant.account_id == bindparam("account_id"), RoleGrant.revoked_at.is_(None)
    )
)
_HOMES = Prepared(
    select(Membership.household_id, Membership.community_id, Membership.as_owner, Membership.lives_there)
    .join(Household, Household.id == Membership.household_id)
    .where(
        Membership.account_id == bindparam("account_id"),
        Membership.ended_at.is_(None),
        Household.gone_at.is_(None),
    )
)


def account(session: Session, account_id: int) -> Person | None:
    """The account, unless it is disabled."""
    found = _PERSON.first(session, account_id=account_id)
    return Person(*found) if found else None


def letter_in_force(session: Session, letter_id: int) -> Letter | None:
    """The letter if its code works now: delivered, not frozen, not replaced (rule 12)."""
    return session.scalar(_LETTER, {"letter_id": letter_id})


def actor(session: Session, *, account_id: int | None = None, letter_id: int | None = None) -> Actor:
    """The actor of a request: an account with its roles and homes, a letter with its one home, or both."""
    known = account(session, account_id) if account_id is not None else None
    return actor_of(session, known, letter_id=letter_id)


def actor_of(session: Session, known: Person | None, *, letter_id: int | None = None) -> Actor:
    """The same of an account that this very request has found already."""
    letter = letter_in_force(session, letter_id) if letter_id is not None else None
    if known is None and letter is None:
        return ANYBODY
    homes: dict[int, int] = {}
    owned: dict[int, int] = {}
    roles: frozenset[tuple[int, Role]] = frozenset()
    if known is not None:
        roles = _roles(session, known.id)
        homes, owned = _homes(session, known.id)
    joined = frozenset(homes)
    if letter is not None:
        (owned if letter.for_owner else homes)[letter.household_id] = letter.community_id
    return Actor(
        account_id=known.id if known else None,
        name=known.display_name if known else "",
        roles=roles,
        homes=homes,
        owned=owned,
        joined=joined,
        letter_id=letter.id if letter else None,
    )


def _roles(session: Session, account_id: int) -> frozenset[tuple[int, Role]]:
    rows = _ROLES.rows(session, account_id=account_id)
    return frozenset((community_id, role) for community_id, role in rows)


def _homes(session: Session, account_id: int) -> tuple[dict[int, int], dict[int, int]]:
    rows = _HOMES.rows(session, account_id=account_id)
    homes = {home_id: community_id for home_id, community_id, _, lives_there in rows if lives_there}
    return homes, {home_id: community_id for home_id, community_id, as_owner, _ in rows if as_owner}
