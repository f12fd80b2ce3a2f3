"""Observers as a moderator keeps them: keys and addresses."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Role
from deliberate.models import Account, ObserverAddress, ObserverKey, RoleGrant


def keys(session: Session, community_id: int) -> Sequence[ObserverKey]:
    """Keys that cosign now, by name."""
    return session.scalars(
        select(ObserverKey)
        .where(ObserverKey.community_id == community_id, ObserverKey.ended_at.is_(None))
        .order_by(ObserverKey.name)
    ).all()


def addresses(session: Session, community_id: int) -> Sequence[ObserverAddress]:
    """All addresses on the list."""
    return session.scalars(
        select(ObserverAddress)
        .where(ObserverAddress.community_id == community_id)
        .order_by(ObserverAddress.address)
    ).all()


def to_write_to(session: Session, community_id: int) -> Sequence[ObserverAddress]:
    """Addresses that get heads: those of a moderator's list, and those of people who are observers still."""
    observing = select(RoleGrant.account_id).join(Account, Account.id == RoleGrant.account_id)
    still = observing.where(
        RoleGrant.community_id == community_id,
        RoleGrant.role == Role.OBSERVER,
        RoleGrant.revoked_at.is_(None),
        Account.disabled_at.is_(None),
    )
    return session.scalars(
        select(ObserverAddress)
        .where(
            ObserverAddress.community_id == community_id,
            ObserverAddress.account_id.is_(None) | ObserverAddress.account_id.in_(still),
        )
        .order_by(ObserverAddress.address)
    ).all()


def key(session: Session, community_id: int, key_id: int) -> ObserverKey:
    """A key of this community, or NotFound."""
    found = session.get(ObserverKey, key_id)
    if found is None or found.community_id != community_id:
        raise NotFound()
    return found


def address(session: Session, community_id: int, address_id: int) -> ObserverAddress:
    """An address of this community, or NotFound."""
    found = session.get(ObserverAddress, address_id)
    if found is None or found.community_id != community_id:
        raise NotFound()
    return found
