"""Accounts: made, signed in to, renamed, given a new password, disabled; roles granted and revoked."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound
from deliberate.domain.permissions import Action, Actor, Role, Subject, may, require
from deliberate.domain.roll_cells import telephone_of
from deliberate.domain.roll_faults import FaultKind
from deliberate.domain.roll_text import person_name
from deliberate.models import Account, Household, Membership, RoleGrant

from . import journal, passwords

_USER_NAME = re.compile(r"[^\W_][\w.@-]{1,39}")
LONGEST_NAME = 80


class WrongPassword(BadInput):
    """The same words whether the name or the password was wrong."""

    default_what = N_("没有登录。")
    default_why = N_("用户名、手机号或密码不对。")
    default_next = N_("请核对后再试;一小时内只能试五次。忘记密码请找社区工作人员。")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that staff made for somebody, and the password to tell them once."""

    account: Account
    password_once: str


def create(
    session: Session,
    *,
    user_name: str,
    display_name: str,
    password: str,
    telephone: str | None = None,
    once: bool = False,
    now: datetime,
) -> Account:
    """A new account; BadInput when a name is taken or cannot be used."""
    name, shown, number = user_name_of(user_name), display_name_of(display_name), _telephone(telephone)
    _refuse_taken(session, name, number)
    made = Account(
        user_name=name,
        display_name=shown,
        telephone=number,
        password_hash=passwords.hashed(password, user_name, number or ""),
        password_once=once,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def user_name_of(typed: str) -> str:
    """One spelling of a user name: letters, digits, dots; never digits alone, which are a telephone."""
    name = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not _USER_NAME.fullmatch(name) or name.isdigit():
        raise BadInput(
            N_("账号没有保存。"),
            N_("用户名要有2到40个字,可以用汉字、字母、数字、点和横线,不能全是数字。"),
            field="user_name",
        )
    return name


def display_name_of(typed: str) -> str:
    """A person's name, whole."""
    name = person_name(typed)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput(
            N_("账号没有保存。"),
            N_("姓名要有1到%(most)s个字。"),
            most=LONGEST_NAME,
            field="display_name",
        )
    return name


def find(session: Session, name_or_telephone: str) -> Account | None:
    """The account that somebody means by a user name or a telephone number."""
    typed = tried_name(name_or_telephone)
    return session.scalar(select(Account).where(or_(Account.user_name == typed, Account.telephone == typed)))


def tried_name(name_or_telephone: str) -> str:
    """What tries are counted by: the same for all spellings of one name or number."""
    typed = unicodedata.normalize("NFKC", name_or_telephone).strip().casefold()[:100]
    number = telephone_of(typed)
    return typed if number is None or isinstance(number, FaultKind) else number


def verify(session: Session, name_or_telephone: str, password: str) -> Account:
    """The account whose password this is. Reads only; count the try before (see `throttle`)."""
    found = find(session, name_or_telephone)
    right = passwords.matches(found.password_hash if found else None, password)
    if found is None or not right or found.disabled_at is not None:
        raise WrongPassword()
    return found


def choose_password(session: Session, account_id: int, epoch: int, password: str) -> Account:
    """Replace a password that somebody else gave. `epoch` is that of the sign-in it was shown at."""
    found = _account(session, account_id)
    if found.epoch != epoch or not found.password_once:
        raise WrongPassword()
    return _set_password(session, found, password)


def change_password(session: Session, actor: Actor, current: str, password: str) -> Account:
    """Change one's own password; every other session ends."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = _account(session, actor.account_id)
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


def rename(session: Session, actor: Actor, display_name: str, telephone: str | None) -> Account:
    """Change one's own name as shown, and telephone."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = _account(session, actor.account_id)
    number = _telephone(telephone)
    if number != found.telephone:
        _refuse_taken(session, None, number)
    found.display_name, found.telephone = display_name_of(display_name), number
    session.flush()
    return found


def end_sessions(session: Session, actor: Actor) -> Account:
    """Sign one's account out everywhere."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = _account(session, actor.account_id)
    found.epoch += 1
    return found


def disable(session: Session, name: str, *, now: datetime) -> Account:
    """By whoever runs the installation: the account opens nothing from now on."""
    found = find(session, name)
    if found is None:
        raise NotFound()
    found.disabled_at = found.disabled_at or now
    found.epoch += 1
    return found


def create_for(
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
    password = passwords.once()
    made = create(
        session,
        user_name=user_name,
        display_name=display_name,
        password=password,
        telephone=telephone,
        once=True,
        now=now,
    )
    journal.note(session, actor, community_id, "account_made", "account", made.id, now=now)
    for role in roles:
        grant(session, actor, community_id, made.id, role, now=now)
    return NewAccount(made, password)


def give_password(
    session: Session, actor: Actor, community_id: int, account_id: int, *, now: datetime
) -> NewAccount:
    """For somebody who forgot theirs, at the desk: a password that is told once and must be replaced.

    Only for people of this community alone, so that no registrar can open a door of another; they are told.
    """
    require(actor, Action.MANAGE_PEOPLE, Subject(community_id))
    found = _account(session, account_id)
    if found.id == actor.account_id:
        raise NotAllowed(next_step=N_("自己的密码请在“我的账号”里修改。"))
    if _communities_of(session, found.id) != {community_id}:
        raise NotAllowed(why=N_("这个账号不属于本社区,或者还在别的社区使用。"))
    if any(_grant(session, community_id, found.id, role) for role in SEPARATE):
        raise NotAllowed(
            why=N_("主持人、监票人和户册管理员的密码,不能由同事代为重设。"),
            next_step=N_("请系统管理员用命令重设。"),
        )
    password = passwords.once()
    _set_password(session, found, password)
    found.password_once = True
    journal.note(session, actor, community_id, "password_given", "account", found.id, now=now)
    journal.tell(session, found.id, community_id, "password_given", now=now)
    return NewAccount(found, password)


def grant(
    session: Session, actor: Actor, community_id: int, account_id: int, role: Role, *, now: datetime
) -> RoleGrant:
    """Give a role; nobody gives one to themselves, and no one person fills both sides of a signature."""
    _may_manage(actor, community_id, account_id, role)
    if role is Role.RESIDENT:
        raise BadInput(why=N_("居民身份来自所住的那一户,不能授予。"))
    _account(session, account_id)
    standing = _grant(session, community_id, account_id, role)
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
    standing = _grant(session, community_id, account_id, role)
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
                "户册管理员可以安排入户人员和观察员;监票人由主持人安排;主持人和户册管理员由系统管理员安排。"
            ),
            next_step=N_("请由有权的人办理,这样名册和统计表上才是两个人的签名。"),
        )
    if actor.account_id == account_id:
        raise NotAllowed(why=N_("不能给自己授予或取消职责。"), next_step=N_("请由另一位有权的人办理。"))


def _grant(session: Session, community_id: int, account_id: int, role: Role) -> RoleGrant | None:
    return session.scalar(
        select(RoleGrant).where(
            RoleGrant.community_id == community_id,
            RoleGrant.account_id == account_id,
            RoleGrant.role == role,
            RoleGrant.revoked_at.is_(None),
        )
    )


def _account(session: Session, account_id: int | None) -> Account:
    found = session.get(Account, account_id) if account_id is not None else None
    if found is None:
        raise NotFound()
    return found


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


def _telephone(typed: str | None) -> str | None:
    number = telephone_of(typed)
    if isinstance(number, FaultKind):
        raise BadInput(
            N_("没有保存。"), N_("看不懂这个电话号码。"), N_("请只填一个号码;也可以不填。"), field="telephone"
        )
    return number


def _refuse_taken(session: Session, user_name: str | None, telephone: str | None) -> None:
    if user_name and session.scalar(select(Account.id).where(Account.user_name == user_name)):
        raise BadInput(N_("账号没有保存。"), N_("这个用户名已经有人用了。"), field="user_name")
    if telephone and session.scalar(select(Account.id).where(Account.telephone == telephone)):
        raise BadInput(N_("账号没有保存。"), N_("这个手机号已经用在另一个账号上。"), field="telephone")
