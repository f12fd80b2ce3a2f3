"""Whose a home is: homes of one owner are joined, because an owner is one head with all of their areas.

Civil Code art. 278 and the Supreme People's Court's interpretation, art. 9: several homes of one owner, and a
home of several co-owners, count as one head. Without a joining each home has an owner of its own. While owners
vote on a frozen roll nothing is joined or parted: whoever may answer for an entry stays who they were.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, Stale
from deliberate.domain.permissions import Actor
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import ConsentRound, Household, HouseholdChange, Owner, RollEntry
from deliberate.queries import households

from .households import editable, reason_given, record_change


def join(
    session: Session, actor: Actor, household_id: int, address: str, reason: str, *, now: datetime
) -> HouseholdChange:
    """This home belongs to the owner of the one at that address; kept as a correction with its reason."""
    home = editable(session, actor, household_id)
    why = reason_given(reason)
    _refuse_while_owners_vote(session, home.community_id)
    other = _at(session, home, address)
    if home.owner_id is not None and home.owner_id == other.owner_id:
        raise Stale(why=N_("这两套房已经登记为同一业主。"))
    if other.owner_id is None:
        owner = Owner(community_id=home.community_id, name=other.head_name or "")
        session.add(owner)
        session.flush()
        other.owner_id = owner.id
    before, home.owner_id = home.owner_id, other.owner_id
    return record_change(
        session, actor, home, {"owner": before}, {"owner": home.owner_id}, why, now, "owner_joined"
    )


def part(session: Session, actor: Actor, household_id: int, reason: str, *, now: datetime) -> HouseholdChange:
    """The home has an owner of its own again."""
    home = editable(session, actor, household_id)
    why = reason_given(reason)
    _refuse_while_owners_vote(session, home.community_id)
    if home.owner_id is None:
        raise Stale(why=N_("这套房没有和别的房登记为同一业主。"))
    before, home.owner_id = home.owner_id, None
    return record_change(session, actor, home, {"owner": before}, {"owner": None}, why, now, "owner_parted")


def _at(session: Session, home: Household, address: str) -> Household:
    """The one other home that is still on the roll at that address."""
    found = [
        other
        for other in households.search(session, home.community_id, address)
        if other.id != home.id and other.gone_at is None
    ]
    if not found:
        raise BadInput(
            what=N_("没有登记同一业主。"),
            why=N_("户册里没有找到另一套这样的房。"),
            next_step=N_("请写另一套房的楼号、单元和房号，例如 3-2-501。"),
            field="address",
        )
    if len(found) > 1:
        raise BadInput(
            what=N_("没有登记同一业主。"),
            why=N_("户册里有不止一套这样的房。"),
            next_step=N_("请连小区名称一起写，例如 幸福小区3-2-501。"),
            field="address",
        )
    return found[0]


def _refuse_while_owners_vote(session: Session, community_id: int) -> None:
    """A roll of owners that is drawn up names homes by their owner; it is frozen until it is counted."""
    unfinished = (RoundStatus.PREPARED, RoundStatus.OPEN, RoundStatus.COUNTING)
    drawn_up = session.scalars(
        select(RollEntry.id)
        .join(ConsentRound, ConsentRound.id == RollEntry.consent_round_id)
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.status.in_(unfinished),
            RollEntry.electorate == Electorate.OWNER,
        )
        .limit(1)
    ).first()
    if drawn_up is not None:
        raise Stale(
            what=N_("业主的登记没有改动。"),
            why=N_("有一项业主表决正在进行，业主名册已经冻结。"),
            next_step=N_("请等这项表决计票结束后再改。"),
        )
