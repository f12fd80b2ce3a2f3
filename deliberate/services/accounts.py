"""Accounts: made, found, renamed, disabled."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.roll_cells import telephone_of
from deliberate.domain.roll_faults import FaultKind
from deliberate.domain.roll_text import names_several, person_name
from deliberate.models import Account

from . import passwords

_USER_NAME = re.compile(r"[^\W_][\w.@-]{1,39}")
LONGEST_NAME = 80


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
    made = Account(
        user_name=name,
        display_name=shown,
        telephone=number,
        password_hash=passwords.hashed(password, user_name, number or ""),
        password_once=once,
        created_at=now,
    )
    with _naming(session, name, number):
        session.add(made)
    return made


def user_name_of(typed: str) -> str:
    """One spelling of a user name: letters, digits, dots; never what signing in would take for a telephone."""
    name = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not _USER_NAME.fullmatch(name) or name.isdigit() or tried_name(name) != name:
        raise BadInput(
            N_("账号没有保存。"),
            N_("用户名要有2到40个字，可以用汉字、字母、数字、点和横线，不能全是数字，也不能写成电话号码。"),
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
    refuse_several(typed, N_("账号没有保存。"), "display_name")
    return name


def refuse_several(typed: str, what: str, field: str) -> None:
    """A name that could be read as several people's counts as nobody's (rule 9)."""
    if names_several(typed):
        raise BadInput(
            what,
            N_("姓名里有逗号、顿号、斜线之类的分隔号，分不清是一个人还是几个人。"),
            N_("请只写一个人的全名。"),
            field=field,
        )


def find(session: Session, name_or_telephone: str) -> Account | None:
    """The account that somebody means by a user name or a telephone number."""
    typed = tried_name(name_or_telephone)
    return session.scalar(select(Account).where(or_(Account.user_name == typed, Account.telephone == typed)))


def meant(session: Session, name_or_telephone: str, shown_id: int) -> Account:
    """The account that was shown under this name or number and confirmed; nobody has proved that a number is theirs."""
    found = find(session, name_or_telephone)
    if found is None or found.disabled_at is not None:
        raise BadInput(
            N_("没有办理。"),
            N_("没有找到这个用户名或手机号的账号。"),
            N_("请核对；本人还没有账号的，请先新建。"),
            field="name_or_telephone",
        )
    if found.id != shown_id:
        raise Stale(
            N_("没有办理。"),
            N_("这个用户名或手机号现在是另一个账号的，不是您核对过的那一个。"),
            N_("请再查一次，重新核对。"),
            field="name_or_telephone",
        )
    return found


def tried_name(name_or_telephone: str) -> str:
    """What tries are counted by: the same for all spellings of one name or number."""
    typed = unicodedata.normalize("NFKC", name_or_telephone).strip().casefold()[:100]
    number = telephone_of(typed)
    return typed if number is None or isinstance(number, FaultKind) else number


def rename(session: Session, actor: Actor, display_name: str, telephone: str | None) -> Account:
    """Change one's own name as shown, and telephone."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = the_account(session, actor.account_id)
    shown, number = display_name_of(display_name), _telephone(telephone)
    with _naming(session, None, number if number != found.telephone else None):
        found.display_name, found.telephone = shown, number
    return found


def remember(session: Session, actor: Actor, *, language: str | None = None, view: str | None = None) -> None:
    """Keep the language or the view that a person chose, so that it meets them on every device."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = the_account(session, actor.account_id)
    found.language, found.view = language or found.language, view or found.view
    session.flush()


def end_sessions(session: Session, actor: Actor) -> Account:
    """Sign one's account out everywhere."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = the_account(session, actor.account_id)
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


def hand_out(
    session: Session, user_name: str, display_name: str, telephone: str | None, *, now: datetime
) -> NewAccount:
    """An account with a password that is told once and must be replaced; the deed has checked the right."""
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
    return NewAccount(made, password)


def the_account(session: Session, account_id: int | None) -> Account:
    """The account; NotFound when there is none."""
    found = session.get(Account, account_id) if account_id is not None else None
    if found is None:
        raise NotFound()
    return found


def _telephone(typed: str | None) -> str | None:
    number = telephone_of(typed)
    if isinstance(number, FaultKind):
        raise BadInput(
            N_("没有保存。"),
            N_("看不懂这个电话号码。"),
            N_("请只填一个号码；也可以不填。"),
            field="telephone",
        )
    return number


@contextmanager
def _naming(session: Session, user_name: str | None, telephone: str | None) -> Iterator[None]:
    """What is written within gives these names to somebody; taken ones are refused, taken a moment ago too.

    Of two who ask for one name at once both find it free; the store keeps one, and the other is told as ever.
    """
    _refuse_taken(session, user_name, telephone)
    try:
        with session.begin_nested():
            yield
    except IntegrityError:
        _refuse_taken(session, user_name, telephone)
        raise


def _refuse_taken(session: Session, user_name: str | None, telephone: str | None) -> None:
    if user_name and session.scalar(select(Account.id).where(Account.user_name == user_name)):
        raise BadInput(N_("账号没有保存。"), N_("这个用户名已经有人用了。"), field="user_name")
    if telephone and session.scalar(select(Account.id).where(Account.telephone == telephone)):
        raise BadInput(N_("账号没有保存。"), N_("这个手机号已经用在另一个账号上。"), field="telephone")
