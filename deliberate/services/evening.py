"""The evening's reconciliation: forms issued = collected + blank + spoilt + what is still in the crew's hands.

Counted by hand by somebody who is not of the crew, and signed; a difference is kept with its explanation.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.errors import N_, BadInput, NotAllowed
from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.models import Crew, Duty, EveningCount
from deliberate.queries import evenings

from . import journal
from .forms import balance_of


def count_evening(
    session: Session, actor: Actor, crew_id: int, in_hand: int, note: str = "", *, now: datetime
) -> EveningCount:
    """Sign how many unused forms the crew really has; the same count again is the one already signed."""
    crew = session.get_one(Crew, crew_id)
    require(actor, Action.ASSIGN_DUTIES, Subject(crew.community_id))
    _refuse_own_crew(session, actor, crew)
    balance, waiting = balance_of(session, crew), len(evenings.waiting(session, crew_id))
    collected = balance.registered + waiting
    difference = balance.issued - collected - balance.blank - balance.spoilt - in_hand
    if in_hand < 0 or (difference and not note.strip()):
        raise BadInput(
            what=N_("没有签下清点。"),
            why=N_("差%(n)s张：发出的要等于收齐、空白交回、作废和手里的。"),
            next_step=N_("请再点一遍；还是对不上的，写明原因再签。"),
            n=difference,
        )
    day, last = day_in_beijing(now), evenings.last(session, crew_id)
    made = EveningCount(
        community_id=crew.community_id,
        consent_round_id=crew.consent_round_id,
        crew_id=crew_id,
        day=day,
        issued=balance.issued,
        collected=collected,
        blank=balance.blank,
        spoilt=balance.spoilt,
        in_hand=in_hand,
        difference=difference,
        note=note.strip()[:200],
        at=now,
        by_id=account_of(actor),
    )
    if last is not None and _same(last, made):
        return last
    session.add(made)
    session.flush()
    what = "evening_counted"
    journal.note(session, actor, crew.community_id, what, "crew", crew_id, now=now, difference=difference)
    return made


def _refuse_own_crew(session: Session, actor: Actor, crew: Crew) -> None:
    own = select(Duty.id).where(Duty.crew_id == crew.id, Duty.account_id == account_of(actor))
    if session.scalar(own) is not None:
        raise NotAllowed(
            what=N_("没有签下清点。"),
            why=N_("您在这个小组里，不能清点自己的意见表。"),
            next_step=N_("请另一位工作人员来清点。"),
        )


_FIGURES = ("day", "issued", "collected", "blank", "spoilt", "in_hand", "note", "by_id")


def _same(one: EveningCount, other: EveningCount) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _FIGURES)
