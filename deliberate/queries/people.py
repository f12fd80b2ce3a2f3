"""Who somebody is, and what they may speak for.

Every request asks these, so the questions are put together once.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import ANYBODY, Actor, Role
from deliberate.models import Account, Household, Letter, Membership, RoleGrant

from .prepared import Listed, Prepared


@dataclass(frozen=True, slots=True)
class Person:
    """An account as far as every request asks of it."""

    id: int
    epoch: int
    display_name: str
    language: str | None
    view: str | None


class Opening(NamedTuple):
    """A letter in force: the home that it opens."""

    id: int
    household_id: int
    community_id: int
    for_owner: bool


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
_ENABLED = Listed(
    lambda accounts: select(Account.id).where(Account.id.in_(accounts), Account.disabled_at.is_(None))
)
_HOMES_OF = Listed(
    lambda accounts: (
        select(
            Membership.account_id,
            Membership.household_id,
            Membership.community_id,
            Membership.as_owner,
            Membership.lives_there,
        )
        .join(Household, Household.id == Membership.household_id)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.account_id.in_(accounts),
            Membership.ended_at.is_(None),
            Household.gone_at.is_(None),
            Account.disabled_at.is_(None),
        )
    )
)
_IN_FORCE = Listed(
    lambda letters: (
        select(Letter.id, Letter.household_id, Letter.community_id, Letter.for_owner)
        .where(
            Letter.id.in_(letters),
            Letter.delivered_at.is_not(None),
            Letter.frozen_at.is_(None),
            Letter.replaced_at.is_(None),
        )
        .order_by(Letter.id)
        .with_for_update(read=True, key_share=True)  # who is about to freeze one is waited for
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
    if known is None:
        return _speaking(Actor(), {}, {}, letter)
    who = Actor(account_id=known.id, name=known.display_name, roles=_roles(session, known.id))
    return _speaking(who, *_homes(session, known.id), letter)


def as_they_are(session: Session, actors: Sequence[Actor]) -> list[Actor]:
    """These as far as they may speak for a home by now, without their roles.

    Who was let in and then waited for a lock may have lost the letter or the home meanwhile (rule 12).
    """
    accounts = {one.account_id for one in actors if one.account_id is not None}
    letters = {one.letter_id for one in actors if one.letter_id is not None}
    homes: dict[int, dict[int, int]] = defaultdict(dict)
    owned: dict[int, dict[int, int]] = defaultdict(dict)
    known = set[int]()
    for account_id, home_id, community_id, as_owner, lives_there in _HOMES_OF.rows(session, accounts):
        known.add(account_id)
        if lives_there:
            homes[account_id][home_id] = community_id
        if as_owner:
            owned[account_id][home_id] = community_id
    known.update(row[0] for row in _ENABLED.rows(session, accounts - known))  # staff who live elsewhere
    in_force = {row[0]: Opening(*row) for row in _IN_FORCE.rows(session, letters)}
    return [
        _speaking(
            replace(one, account_id=one.account_id if one.account_id in known else None, roles=frozenset()),
            homes.get(one.account_id or 0, {}),
            owned.get(one.account_id or 0, {}),
            in_force.get(one.letter_id or 0),
        )
        for one in actors
    ]


def _speaking(
    who: Actor, lives: Mapping[int, int], owns: Mapping[int, int], letter: Letter | Opening | None
) -> Actor:
    """With the homes of the account itself, and the one that the letter opens."""
    homes, owned = dict(lives), dict(owns)
    if letter is not None:
        (owned if letter.for_owner else homes)[letter.household_id] = letter.community_id
    return replace(
        who,
        homes=homes,
        owned=owned,
        joined=frozenset(lives),
        owns=frozenset(owns),
        letter_id=letter.id if letter else None,
    )


def _roles(session: Session, account_id: int) -> frozenset[tuple[int, Role]]:
    rows = _ROLES.rows(session, account_id=account_id)
    return frozenset((community_id, role) for community_id, role in rows)


def _homes(session: Session, account_id: int) -> tuple[dict[int, int], dict[int, int]]:
    rows = _HOMES.rows(session, account_id=account_id)
    homes = {home_id: community_id for home_id, community_id, _, lives_there in rows if lives_there}
    return homes, {home_id: community_id for home_id, community_id, as_owner, _ in rows if as_owner}
