"""What time itself does: counting begins when answering ends; the running number is published once a day."""

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import BEIJING, day_in_beijing
from deliberate.domain.errors import N_
from deliberate.domain.lifecycle import Condition, Step
from deliberate.domain.permissions import ANYBODY, Action, Actor, Subject, require
from deliberate.domain.round import RoundStatus, TallyVisibility
from deliberate.models import ConsentRound, TallySnapshot
from deliberate.queries import counts, progress, rounds, tallies

from .rounds import RoundNotReady, round_of
from .steps import proposal_of, take_step

PUBLISHED_AT = time(8, 0)
"""Beijing time from which the day's number may be taken."""
ENOUGH = 10
"""Answers since the last number without which none is published, so that no one can subtract a door."""


def start_counting(session: Session, round_id: int, *, actor: Actor = ANYBODY, now: datetime) -> None:
    """End answering: at the deadline, or when every household has answered and none is in contradiction."""
    consent_round = round_of(session, round_id)
    if actor is not ANYBODY:
        require(actor, Action.RUN_ROUND, Subject(consent_round.community_id))
    if consent_round.status is not RoundStatus.OPEN:
        raise RoundNotReady(why=N_("这一轮没有在征求意见。"), next_step=N_("请刷新页面查看进行到哪一步。"))
    facts = {Condition.ANSWERING_OVER} if answering_over(session, consent_round, now) else set()
    proposal = proposal_of(session, consent_round.proposal_id)
    take_step(session, actor, proposal, Step.START_COUNTING, facts, now=now)
    consent_round.status = RoundStatus.COUNTING
    session.flush()


def answering_over(session: Session, consent_round: ConsentRound, now: datetime) -> bool:
    """Whether the deadline has passed or everybody on the roll, owners too, has answered without contradiction."""
    if consent_round.answer_until is not None and now >= consent_round.answer_until:
        return True
    return counts.unanswered(session, consent_round) == 0


def answering_seems_over(session: Session, consent_round: ConsentRound, now: datetime) -> bool:
    """The same for a page: nothing is recounted as long as the running counts say that somebody is missing."""
    known = progress.of_round(session, consent_round.id)
    answered, owners = known.owners
    if known.answered < consent_round.roll_size or answered < owners:
        return consent_round.answer_until is not None and now >= consent_round.answer_until
    return answering_over(session, consent_round, now)


def take_snapshot(session: Session, round_id: int, *, now: datetime) -> TallySnapshot | None:
    """The day's number, if the round shows one, none was taken today, and enough answers came since."""
    consent_round = round_of(session, round_id)
    local = now.astimezone(BEIJING)
    if (
        consent_round.status is not RoundStatus.OPEN
        or consent_round.tally_visibility is not TallyVisibility.DAILY
        or local.time() < PUBLISHED_AT
    ):
        return None
    last = rounds.latest_snapshot(session, round_id)
    answered = tallies.answered(session, round_id)
    if last is not None and last.day >= day_in_beijing(now):
        return None
    if answered - (last.answered if last else 0) < ENOUGH:
        return None
    taken = TallySnapshot(
        community_id=consent_round.community_id,
        consent_round_id=round_id,
        day=day_in_beijing(now),
        taken_at=now,
        agree=tallies.agreeing(session, round_id),
        answered=answered,
    )
    session.add(taken)
    session.flush()
    return taken


def due_rounds(session: Session) -> list[int]:
    """Open rounds, which the clock should look at."""
    return list(
        session.scalars(
            select(ConsentRound.id).where(ConsentRound.status == RoundStatus.OPEN).order_by(ConsentRound.id)
        )
    )


def tick(session: Session, round_id: int, *, now: datetime) -> None:
    """What is due in one round now."""
    consent_round = round_of(session, round_id)
    if consent_round.status is not RoundStatus.OPEN:
        return
    take_snapshot(session, round_id, now=now)
    if consent_round.answer_until is not None and now >= consent_round.answer_until:
        start_counting(session, round_id, now=now)
