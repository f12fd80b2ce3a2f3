"""Letters: each household's own key to its page, good for one answer per matter (DESIGN §4, rule 12).

A code opens its page from recorded delivery until the letter is frozen or replaced.
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Household, Letter, Membership

from . import journal, secrets
from .letter_deliveries import note_delivery


class CodeRefused(BadInput):
    """A code that opens nothing; the same words for a wrong one and for one not yet delivered."""

    default_what = N_("代码没有打开页面。")
    default_why = N_("这个代码不对，或者信函还没有登记送达。")
    default_next = N_("请照信函上的字母和数字再输一次，一小时内只能试五次；也可以打社区电话。")


def record_delivery(session: Session, actor: Actor, letter_id: int, to_whom: str, *, now: datetime) -> Letter:
    """The letter reached somebody of the household; its code works from now on."""
    letter = _letter(session, actor, letter_id)
    if letter.replaced_at is not None:
        raise Stale(N_("送达没有登记。"), N_("这封信函已经换发，旧代码不能再用。"), N_("请登记新的那一封。"))
    if letter.delivered_at is not None:
        raise Stale(N_("送达没有登记。"), N_("这封信函已经登记过送达。"), N_("不用再登记。"))
    note_delivery(session, actor, letter, to_whom, now=now)
    session.flush()
    return letter


def freeze(session: Session, actor: Actor, letter_id: int, reason: str, *, now: datetime) -> Letter:
    """Somebody called: the letter was lost or taken. Its code opens nothing from now on."""
    letter = _letter(session, actor, letter_id)
    why = reason.strip()
    if not 1 <= len(why) <= 200:
        raise BadInput(N_("信函没有冻结。"), N_("请写上原因，不超过200个字。"), field="reason")
    if letter.replaced_at is not None or letter.frozen_at is not None:
        raise Stale(N_("信函没有冻结。"), N_("这封信函已经冻结或换发过了。"), N_("它的代码已经不能使用。"))
    _freeze(session, actor, letter, why, now)
    return letter


def freeze_all_of(session: Session, actor: Actor, household: Household, reason: str, now: datetime) -> None:
    """When a home is no more, or everybody has moved: none of its codes opens anything."""
    for letter in session.scalars(
        select(Letter).where(
            Letter.household_id == household.id, Letter.replaced_at.is_(None), Letter.frozen_at.is_(None)
        )
    ):
        _freeze(session, actor, letter, reason, now)


def open_with_code(session: Session, code: str, key: bytes) -> Letter:
    """The letter whose code this is. Reads only; count the try before (see `throttle`).

    Only who holds the whole code learns that its letter was frozen or replaced.
    """
    letter = session.scalar(
        select(Letter)
        .join(Household)
        .where(Letter.code_hash == secrets.keyed_hash(code, key), Household.gone_at.is_(None))
    )
    if letter is not None and letter.replaced_at is not None:
        raise CodeRefused(
            why=N_("这封信函已经换发，旧代码不能再用。"),
            next_step=N_("请用新信函上的代码；没有收到新信函，请打社区电话。"),
        )
    if letter is not None and letter.frozen_at is not None:
        raise CodeRefused(why=N_("这封信函已经冻结。"), next_step=N_("请打社区电话，换一封新的信函。"))
    if letter is None or letter.delivered_at is None:
        raise CodeRefused()
    return letter


def _freeze(session: Session, actor: Actor, letter: Letter, reason: str, now: datetime) -> None:
    letter.frozen_at, letter.frozen_by_id, letter.frozen_reason = now, actor.account_id, reason
    joined = sorted(session.scalars(joined_by(letter.id)))
    journal.note(
        session, actor, letter.community_id, "letter_frozen", "letter", letter.id, now=now, joined=joined
    )
    home = session.get_one(Household, letter.household_id)
    tell_members(session, home, "letter_frozen", now)
    session.flush()


def joined_by(letter_id: int) -> Select[int]:
    """Memberships that somebody began with this letter, and that stand."""
    return select(Membership.id).where(Membership.via_letter_id == letter_id, Membership.ended_at.is_(None))


def _letter(session: Session, actor: Actor, letter_id: int) -> Letter:
    letter = session.get(Letter, letter_id, with_for_update=True)
    if letter is None:
        raise NotFound()
    require(actor, Action.MANAGE_LETTERS, Subject(letter.community_id))
    return letter


def tell_members(
    session: Session, home: Household, kind: str, now: datetime, *, but: int | None = None
) -> None:
    """What became of their letter or of their home; all of them but one."""
    members = select(Membership.account_id).where(
        Membership.household_id == home.id, Membership.ended_at.is_(None)
    )
    for account_id in sorted(set(session.scalars(members)) - {but}):
        journal.tell(session, account_id, home.community_id, kind, now=now, household_id=home.id)
