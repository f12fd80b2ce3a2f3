"""Who belongs to which household: joined by the letter's code or at the desk, ended when people move.

Several adults may belong to one home; it still has one voice. Whoever belongs to it already is told of each who
joins. A letter to the household makes somebody a member of it; a letter to the owner makes them its owner, who need not
live there and then does not speak for those who do.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.contact import OutgoingKind
from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Account, Household, Letter, Membership
from deliberate.queries import people

from . import accounts, contacts, journal, letters, outgoing
from .accounts import NewAccount


def register(
    session: Session,
    actor: Actor,
    *,
    user_name: str,
    display_name: str,
    password: str,
    telephone: str | None,
    now: datetime,
) -> Account:
    """An account for the holder of a letter, joined to its home in the same step."""
    letter = _letter_in_hand(session, actor)
    made = accounts.create(
        session,
        user_name=user_name,
        display_name=display_name,
        password=password,
        telephone=telephone,
        now=now,
    )
    _join_by(session, Actor(account_id=made.id, letter_id=letter.id), letter, now)
    return made


def join_by_letter(session: Session, actor: Actor, *, now: datetime) -> Membership:
    """Join one's account to the home whose letter was opened."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    return _join_by(session, actor, _letter_in_hand(session, actor), now)


def join_at_desk(
    session: Session,
    actor: Actor,
    household_id: int,
    name_or_telephone: str,
    *,
    shown_id: int,
    as_owner: bool = False,
    lives_there: bool = True,
    now: datetime,
) -> Membership:
    """Staff join somebody who came to the desk and showed who they are; recorded as helped.

    `shown_id` is the account that staff looked at before: a number that anybody may have typed proves nothing.
    """
    home = _home(session, actor, household_id)
    found = accounts.meant(session, name_or_telephone, shown_id)
    if found.id == actor.account_id:
        raise NotAllowed(
            N_("没有加入这一户。"), N_("不能在工作台上把自己加入住户。"), N_("请用自己家信函上的代码加入。")
        )
    return _join(session, actor, home, found.id, as_owner, lives_there, None, now)


def register_at_desk(
    session: Session,
    actor: Actor,
    household_id: int,
    *,
    user_name: str,
    display_name: str,
    telephone: str | None,
    as_owner: bool = False,
    lives_there: bool = True,
    now: datetime,
) -> NewAccount:
    """An account for somebody at the desk, its password told once, joined to their home."""
    home = _home(session, actor, household_id)
    made = accounts.hand_out(session, user_name, display_name, telephone, now=now)
    _join(session, actor, home, made.account.id, as_owner, lives_there, None, now)
    return made


def end(session: Session, actor: Actor, membership_id: int, reason: str, *, now: datetime) -> Membership:
    """Somebody moved, or was joined by mistake: from now on they don't speak for this home."""
    found = session.get(Membership, membership_id, with_for_update=True)
    if found is None:
        raise NotFound()
    require(actor, Action.HELP_AT_DESK, Subject(found.community_id))
    why = reason.strip()
    if not 1 <= len(why) <= 200:
        raise BadInput(N_("没有登记。"), N_("请写上原因，不超过200个字。"), field="reason")
    _end(session, actor, found, why, now)
    return found


def leave(session: Session, actor: Actor, membership_id: int, *, now: datetime) -> Membership:
    """One's own membership, ended by oneself."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    found = session.get(Membership, membership_id, with_for_update=True)
    if found is None or found.account_id != actor.account_id:
        raise NotFound()
    _end(session, actor, found, "", now)
    return found


def _end(session: Session, actor: Actor, membership: Membership, reason: str, now: datetime) -> None:
    if membership.ended_at is not None:
        raise Stale(N_("没有登记。"), N_("这位成员已经不在这一户。"), N_("不用再登记。"))
    membership.ended_at, membership.ended_by_id = now, actor.account_id
    membership.end_reason = reason or None
    journal.note(
        session, actor, membership.community_id, "membership_ended", "membership", membership.id, now=now
    )
    if membership.account_id != actor.account_id:
        journal.tell(
            session,
            membership.account_id,
            membership.community_id,
            "membership_ended",
            now=now,
            household_id=membership.household_id,
        )
    session.flush()


def _join_by(session: Session, actor: Actor, letter: Letter, now: datetime) -> Membership:
    home = session.get_one(Household, letter.household_id)
    assert actor.account_id is not None  # noqa: S101 - both callers made sure
    return _join(
        session, actor, home, actor.account_id, letter.for_owner, not letter.for_owner, letter.id, now
    )


def _join(
    session: Session,
    actor: Actor,
    home: Household,
    account_id: int,
    as_owner: bool,
    lives_there: bool,
    letter_id: int | None,
    now: datetime,
) -> Membership:
    """Who belongs already keeps what they have; what is new begins now, and the others of the home are told."""
    if not (as_owner or lives_there):
        raise BadInput(N_("没有加入这一户。"), N_("请选本人是住在这里，还是这套房的业主，或两者都是。"))
    before = _standing(session, home, account_id)
    if before is not None:
        as_owner, lives_there = before.as_owner or as_owner, before.lives_there or lives_there
        if (as_owner, lives_there) == (before.as_owner, before.lives_there):
            return before
        before.ended_at, before.ended_by_id = now, actor.account_id
        session.flush()
    made = Membership(
        community_id=home.community_id,
        household_id=home.id,
        account_id=account_id,
        as_owner=as_owner,
        lives_there=lives_there,
        via_letter_id=letter_id,
        helped_by_id=actor.account_id if letter_id is None else None,
        joined_at=now,
    )
    session.add(made)
    session.flush()
    what = "membership_joined" if letter_id else "membership_joined_with_help"
    journal.note(session, actor, home.community_id, what, "membership", made.id, now=now)
    _tell_the_home(session, home, account_id, now)
    session.flush()
    return made


def _tell_the_home(session: Session, home: Household, account_id: int, now: datetime) -> None:
    """Somebody new speaks for the home: its other members and every contact of it learn of that at once."""
    letters.tell_members(session, home, "member_joined", now, but=account_id)
    for contact in contacts.of_household(session, home.id):
        outgoing.owe(session, contact, OutgoingKind.MEMBER_JOINED, now=now)


def _standing(session: Session, home: Household, account_id: int) -> Membership | None:
    """What the account is to this home already; the home is held, so that of two joins at once one waits."""
    # NO KEY: records that only refer to the home go on being made
    session.execute(select(Household.id).where(Household.id == home.id).with_for_update(key_share=True))
    return session.scalar(
        select(Membership)
        .where(
            Membership.household_id == home.id,
            Membership.account_id == account_id,
            Membership.ended_at.is_(None),
        )
        .with_for_update()
    )


def _letter_in_hand(session: Session, actor: Actor) -> Letter:
    letter = people.letter_in_force(session, actor.letter_id) if actor.letter_id is not None else None
    if letter is None:
        raise NotAllowed(
            N_("没有加入住户。"), N_("要先输入信函上的代码。"), N_("请打开信函，输入代码后再试。")
        )
    return letter


def _home(session: Session, actor: Actor, household_id: int) -> Household:
    home = session.get(Household, household_id)
    if home is None or home.gone_at is not None:
        raise NotFound()
    require(actor, Action.HELP_AT_DESK, Subject(home.community_id))
    return home
