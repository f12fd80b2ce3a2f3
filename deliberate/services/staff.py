"""Who serves in a community: accounts made for staff, roles granted and revoked, never by somebody to themselves."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound
from deliberate.domain.permissions import Action, Actor, Role, Subject, may, require
from deliberate.models import RoleGrant

from . import journal
from .accounts import NewAccount, hand_out, the_account


def create(
    session: Session,
    actor: Actor,
    community_id: int,
    *,
    user_name: str,
    display_name: str,
    telephone: str | None,
    roles: Iterable[Role] = (),
    now: datetime,
) -> NewAccount:
    """Make an account for a member of staff, with a password that is told once and must be replaced."""
    require(actor, Action.MANAGE_PEOPLE, Subject(community_id))
    made = hand_out(session, user_name, display_name, telephone, now=now)
    journal.note(session, actor, community_id, "account_made", "account", made.account.id, now=now)
    for role in roles:
        grant(session, actor, community_id, made.account.id, role, now=now)
    return made


def grant(
    session: Session, actor: Actor, community_id: int, account_id: int, role: Role, *, now: datetime
) -> RoleGrant:
    """Give a role; nobody gives one to themselves, and no one person fills both sides of a signature."""
    _may_manage(actor, community_id, account_id, role)
    if role is Role.RESIDENT:
        raise BadInput(why=N_("居民身份来自所住的那一户，不能授予。"))
    the_account(session, account_id)
    standing = standing_grant(session, community_id, account_id, role)
    if standing is not None:
        return standing
    made = RoleGrant(
        community_id=community_id,
        account_id=account_id,
        role=role,
        granted_at=now,
        granted_by_id=actor.account_id,
    )
    session.add(made)
    journal.note(
        session, actor, community_id, "role_granted", "account", account_id, now=now, role=role.value
    )
    session.flush()
    return made


def revoke(
    session: Session, actor: Actor, community_id: int, account_id: int, role: Role, *, now: datetime
) -> None:
    """Take a role away; nobody takes their own, so that somebody is left to give it back."""
    _may_manage(actor, community_id, account_id, role)
    standing = standing_grant(session, community_id, account_id, role)
    if standing is None:
        raise NotFound()
    standing.revoked_at, standing.revoked_by_id = now, actor.account_id
    journal.note(
        session, actor, community_id, "role_revoked", "account", account_id, now=now, role=role.value
    )
    session.flush()


APPOINTED_BY = {
    Role.MODERATOR: Action.APPOINT_STAFF,
    Role.REGISTRAR: Action.APPOINT_STAFF,
    Role.SCRUTINEER: Action.APPOINT_SCRUTINEER,
}
"""Other roles are the registrar's to give. A registrar who could make a scrutineer could certify alone."""
SEPARATE = tuple(APPOINTED_BY)


def _may_manage(actor: Actor, community_id: int, account_id: int, role: Role) -> None:
    action = APPOINTED_BY.get(role, Action.MANAGE_PEOPLE)
    if not may(actor, action, Subject(community_id)):
        raise NotAllowed(
            why=N_(
                "户册管理员可以安排入户人员和观察员；监票人由主持人安排；主持人和户册管理员由系统管理员安排。"
            ),
            next_step=N_("请由有权的人办理，这样名册和统计表上才是两个人的签名。"),
        )
    if actor.account_id == account_id:
        raise NotAllowed(why=N_("不能给自己授予或取消职责。"), next_step=N_("请由另一位有权的人办理。"))


def standing_grant(session: Session, community_id: int, account_id: int, role: Role) -> RoleGrant | None:
    """That role of theirs here, if it was given and not taken away."""
    return session.scalar(
        select(RoleGrant).where(
            RoleGrant.community_id == community_id,
            RoleGrant.account_id == account_id,
            RoleGrant.role == role,
            RoleGrant.revoked_at.is_(None),
        )
    )
