"""Passwords of accounts: proved at sign-in, chosen, changed, given anew at the desk."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Account, Household, Membership, RoleGrant

from . import journal, passwords
from .accounts import NewAccount, find, the_account
from .staff import SEPARATE, standing_grant


class WrongPassword(BadInput):
    """The same words whether the name or the password was wrong."""

    default_what = N_("没有登录。")
    default_why = N_("用户名、手机号或密码不对。")
    default_next = N_("请核对后再试；一小时内只能试五次。忘记密码请找社区工作人员。")


def verify(session: Session, name_or_telephone: str, password: str) -> Account:
    """The account whose password this is. Reads only; count the try before (see `throttle`)."""
    found = find(session, name_or_telephone)
    right = passwords.matches(found.password_hash if found else None, password)
    if found is None or not right or found.disabled_at is not None:
        raise WrongPassword()
    return found


def choose_password(session: Session, account_id: int, epoch: int, password: str) -> Account:
    """Replace a password that somebody else gave. `epoch` is that of the sign-in it was shown at."""
    found = the_account(session, account_id)
    if found.epoch != epoch or not found.password_once:
        raise WrongPassword()
    return _set_password(session, found, password)


def change_password(session: Session, actor: Actor, current: str, password: str) -> Account:
    """Change one's own password; every other session ends."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = the_account(session, actor.account_id)
    if not passwords.matches(found.password_hash, current):
        raise BadInput(N_("密码没有改。"), N_("现在的密码不对。"), field="current")
    return _set_password(session, found, password)


def reset_password(session: Session, name: str, password: str) -> Account:
    """By whoever runs the installation; every session ends."""
    found = find(session, name)
    if found is None:
        raise NotFound()
    return _set_password(session, found, password)


def _set_password(session: Session, account: Account, password: str) -> Account:
    account.password_hash = passwords.hashed(password, account.user_name, account.telephone or "")
    account.password_once = False
    account.epoch += 1
    session.flush()
    return account


def give_password(
    session: Session, actor: Actor, community_id: int, account_id: int, *, now: datetime
) -> NewAccount:
    """For somebody who forgot theirs, at the desk: a password that is told once and must be replaced.

    Only for people of this community alone, so that no registrar can open a door of another; they are told.
    """
    require(actor, Action.MANAGE_PEOPLE, Subject(community_id))
    found = the_account(session, account_id)
    if found.id == actor.account_id:
        raise NotAllowed(next_step=N_("自己的密码请在“我的账号”里修改。"))
    if _communities_of(session, found.id) != {community_id}:
        raise NotAllowed(why=N_("这个账号不属于本社区，或者还在别的社区使用。"))
    if any(standing_grant(session, community_id, found.id, role) for role in SEPARATE):
        raise NotAllowed(
            why=N_("主持人、监票人和户册管理员的密码，不能由同事代为重设。"),
            next_step=N_("请系统管理员用命令重设。"),
        )
    password = passwords.once()
    _set_password(session, found, password)
    found.password_once = True
    journal.note(session, actor, community_id, "password_given", "account", found.id, now=now)
    journal.tell(session, found.id, community_id, "password_given", now=now)
    return NewAccount(found, password)


def _communities_of(session: Session, account_id: int) -> set[int]:
    roles = select(RoleGrant.community_id).where(
        RoleGrant.account_id == account_id, RoleGrant.revoked_at.is_(None)
    )
    homes = (
        select(Membership.community_id)
        .join(Household, Household.id == Membership.household_id)
        .where(Membership.account_id == account_id, Membership.ended_at.is_(None))
    )
    return set(session.scalars(roles)) | set(session.scalars(homes))
