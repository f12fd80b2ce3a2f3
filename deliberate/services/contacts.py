"""Second channels of a household: left by its own people, or for them at the desk; told of every change.

Who takes a contact away, or adds one, tells the others and the members of the home: a forger who holds the letter
cannot silence a household unnoticed. Nobody has proved that an address is the household's, so what is sent there does
not say how it answered while the round is not closed (rule 11).
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.contact import ContactWay, OutgoingKind, read_address, veiled
from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Action, Actor, Subject, may, require
from deliberate.domain.rules import Electorate
from deliberate.models import Contact, Household

from . import journal, letters, outgoing

MOST = 6
"""Standing contacts of one home."""


def leave(
    session: Session,
    actor: Actor,
    household_id: int,
    way: ContactWay,
    typed: str,
    language: str,
    *,
    now: datetime,
) -> list[Contact]:
    """Leave an address: one contact for each voice the person has in the home. Left twice, it is there once."""
    home = _home(session, actor, household_id)
    address = read_address(way, typed)
    if address is None:
        raise BadInput(
            what=N_("没有登记联系方式。"),
            why=N_("邮箱或手机号写得不对。"),
            next_step=N_("邮箱例如 name@example.com，手机号只写数字。"),
            field="address",
        )
    standing = list(of_household(session, home.id))
    if len(standing) >= MOST:
        raise BadInput(
            what=N_("没有登记联系方式。"),
            why=N_("一户最多登记%(most)s个。"),
            next_step=N_("请先取消不用的。"),
            most=MOST,
            field="address",
        )
    known = {(one.voice, one.way, one.address) for one in standing}
    made = [
        Contact(
            community_id=home.community_id,
            household_id=home.id,
            voice=voice,
            way=way,
            address=address,
            language=language,
            left_at=now,
            left_by_id=actor.account_id,
            letter_id=None if actor.account_id else actor.letter_id,
        )
        for voice in _voices(actor, home.id)
        if (voice, way, address) not in known
    ]
    session.add_all(made)
    session.flush()
    if made:
        _tell(session, actor, home, standing, OutgoingKind.CONTACT_ADDED, veiled(way, address), now)
    return made


def end(session: Session, actor: Actor, contact_id: int, *, now: datetime) -> None:
    """Take a contact away, in every voice it had. It is told itself, and its address erased; so are the others told."""
    contact = session.get(Contact, contact_id, with_for_update=True)
    if contact is None:
        raise NotFound()
    home = _home(session, actor, contact.household_id)
    if contact.ended_at is not None or contact.address is None:
        return
    address, way = contact.address, contact.way
    for one in of_household(session, home.id):
        if one.address == address and one.way is way:
            one.address, one.ended_at, one.ended_by_id = None, now, actor.account_id
    session.flush()
    shown, others = veiled(way, address), list(of_household(session, home.id))
    outgoing.owe(session, contact, OutgoingKind.CONTACT_ENDED, now=now, address=address, shown=shown)
    _tell(session, actor, home, others, OutgoingKind.CONTACT_ENDED, shown, now)


def of_household(session: Session, household_id: int) -> Iterator[Contact]:
    """The standing contacts of a home, the oldest first."""
    return iter(
        session.scalars(
            select(Contact)
            .where(Contact.household_id == household_id, Contact.ended_at.is_(None))
            .order_by(Contact.id)
        ).all()
    )


def number(session: Session, household_id: int) -> int:
    """How many addresses stand for the home."""
    return session.scalars(
        select(func.count(func.distinct(Contact.address))).where(
            Contact.household_id == household_id, Contact.ended_at.is_(None)
        )
    ).one()


def _home(session: Session, actor: Actor, household_id: int) -> Household:
    home = session.get(Household, household_id)
    if home is None:
        raise NotFound()
    about = Subject(
        home.community_id,
        household_id=home.id if home.id in actor.homes else None,
        owned_ids=frozenset({home.id}) if home.id in actor.owned else frozenset(),
    )
    if not may(actor, Action.HELP_AT_DESK, Subject(home.community_id)):
        require(actor, Action.SEE_OWN_HOUSEHOLD, about)
    return home


def _voices(actor: Actor, household_id: int) -> list[Electorate]:
    """Whose answers the person may learn of; the desk leaves an address for the household."""
    mine = [Electorate.HOUSEHOLD] if household_id in actor.homes else []
    owned = [Electorate.OWNER] if household_id in actor.owned else []
    return mine + owned or [Electorate.HOUSEHOLD]


def _tell(
    session: Session,
    actor: Actor,
    home: Household,
    others: list[Contact],
    kind: OutgoingKind,
    shown: str,
    now: datetime,
) -> None:
    for other in others:
        outgoing.owe(session, other, kind, now=now, shown=shown)
    letters.tell_members(session, home, kind.value, now, but=actor.account_id)
    journal.note(session, actor, home.community_id, kind.value, "household", home.id, now=now)
    session.flush()
