"""That letters reached their households: a whole returned list at once, each with who took it.

A code works from its recorded delivery, so a list that is out of date is refused as a whole: nobody learns from a
row which was changed meanwhile that their letter works.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.roll_text import person_name
from deliberate.models import Letter
from deliberate.queries.letters import LetterState, state_of

from . import journal

LONGEST = 80


def record_all(
    session: Session, actor: Actor, community_id: int, to_whom: Mapping[int, str], *, now: datetime
) -> int:
    """All of these letters were taken by those named, or none is recorded; how many."""
    require(actor, Action.MANAGE_LETTERS, Subject(community_id))
    if not to_whom:
        raise BadInput(N_("送达没有登记。"), N_("还没有选中信函。"), N_("请先在登记簿里打钩。"))
    found = session.scalars(
        select(Letter)
        .where(Letter.community_id == community_id, Letter.id.in_(to_whom))
        .order_by(Letter.id)
        .with_for_update()
    ).all()
    waiting = [one for one in found if state_of(one) is LetterState.UNDELIVERED]
    if len(waiting) < len(to_whom):
        raise Stale(
            N_("送达没有登记。"),
            N_("选中的信函里,有 %(n)s 封已经登记过送达,或者已经冻结、换发。"),
            N_("请回到登记簿,重新选一次;还没有登记的不受影响。"),
            n=len(to_whom) - len(waiting),
        )
    for letter in waiting:
        note_delivery(session, actor, letter, to_whom[letter.id], now=now)
    session.flush()
    return len(waiting)


def note_delivery(session: Session, actor: Actor, letter: Letter, to_whom: str, *, now: datetime) -> None:
    """One letter, by a deed that checked the right: its code works from now on."""
    name = person_name(to_whom)
    if not 1 <= len(name) <= LONGEST:
        raise BadInput(N_("送达没有登记。"), N_("请写上签收人,不超过80个字。"), field="to_whom")
    letter.delivered_at, letter.delivered_to, letter.delivered_by_id = now, name, actor.account_id
    journal.note(session, actor, letter.community_id, "letter_delivered", "letter", letter.id, now=now)
