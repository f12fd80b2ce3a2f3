"""How people are named in public: by their building, never by name (DESIGN §4, rule 13)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Role
from deliberate.models import Building, Estate, Household, Membership, RoleGrant


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, as anyone may know it: a home in some building, or the council's moderator."""

    building: str = ""
    estate: str = ""
    moderator: bool = False
    taken_down: bool = False
    """Written down by staff for somebody (代录)."""


def of_accounts(session: Session, community_id: int, account_ids: Collection[int]) -> Mapping[int, Voice]:
    """The voice of each account in the community; whoever has moved away keeps a voice without a building."""
    wanted = set(account_ids)
    homes = session.execute(
        select(Membership.account_id, Building.name, Estate.name)
        .join(Household, Household.id == Membership.household_id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(
            Membership.account_id.in_(wanted),
            Membership.community_id == community_id,
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.id.desc())
    )
    moderators = session.scalars(
        select(RoleGrant.account_id).where(
            RoleGrant.account_id.in_(wanted),
            RoleGrant.community_id == community_id,
            RoleGrant.role == Role.MODERATOR,
        )
    )
    voices = {account: Voice() for account in wanted}
    voices |= {account: Voice(moderator=True) for account in moderators}
    return voices | {account: Voice(building, estate) for account, building, estate in homes}
