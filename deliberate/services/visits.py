"""Visits at doors, and households' wishes for a call or a visit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.canvass import Knock, Unwelcome, unwelcome
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import VisitOutcome, VisitWish
from deliberate.models import ConsentRound, Crew, Household, Visit, VisitRequest
from deliberate.queries import communities, subjects

from . import changes, journal
from .duties import names_of_crew


class NotThisDoor(Refusal):
    """The household does not wish to be visited, or was visited often enough."""

    default_what = N_("这次入户没有登记。")


@dataclass(frozen=True, slots=True)
class VisitNote:
    """What happened at the door."""

    outcome: VisitOutcome
    at_door: datetime
    request_id: str
    come_back_at: datetime | None = None
    note: str = ""
    already_made: bool = False
    """Learnt of afterwards, from a tablet: what has happened is kept, and journalled if it should not have."""


def record_visit(
    session: Session, actor: Actor, household_id: int, crew_id: int, seen: VisitNote, *, now: datetime
) -> Visit:
    """One attempt at one door; at most so many without the household's leave, none after "please don't"."""
    home = session.get(Household, household_id)
    if home is None:
        raise NotFound()
    require(actor, Action.CANVASS, Subject(home.community_id, household_id=household_id))
    again = session.scalar(select(Visit).where(Visit.request_id == seen.request_id))
    if again is not None:
        if again.household_id != household_id:
            raise Stale()
        return again
    if seen.at_door > now or (seen.outcome is VisitOutcome.COME_BACK and seen.come_back_at is None):
        raise BadInput(
            what=N_("这次入户没有登记。"),
            why=N_("到门口的时间晚于现在,或者约了再来却没有写时间。"),
            next_step=N_("请改正时间。"),
        )
    crew = session.get_one(Crew, crew_id)
    why = _unwelcome(session, home, crew)
    if why is not None and not seen.already_made:
        raise why
    visit = Visit(
        community_id=home.community_id,
        household_id=household_id,
        crew_id=crew_id,
        outcome=seen.outcome,
        at_door=seen.at_door,
        come_back_at=seen.come_back_at,
        note=seen.note.strip()[:2000],
        canvassers=names_of_crew(session, crew)[:250],
        recorded_at=now,
        recorded_by_id=actor.account_id,
        request_id=seen.request_id,
    )
    session.add(visit)
    session.flush()
    changes.touch(session, [household_id])
    if why is not None:
        journal.note(session, actor, home.community_id, "visited_unwelcome", "visit", visit.id, now=now)
    return visit


def _unwelcome(session: Session, home: Household, crew: Crew) -> NotThisDoor | None:
    """The refusal of a visit that nobody should make."""
    most = communities.settings(session, home.community_id).visits
    opened_at = session.get_one(ConsentRound, crew.consent_round_id).opened_at
    if opened_at is None:
        raise NotThisDoor(
            why=N_("这一轮征求意见还没有开始。"), next_step=N_("请等开始的公告,或拨打社区电话询问。")
        )
    knocks = session.execute(select(Visit.outcome, Visit.at_door).where(Visit.household_id == home.id))
    why = unwelcome(
        [Knock(outcome, at) for outcome, at in knocks],
        since=opened_at,
        most=most,
        invited_at=_invited_at(session, home.id),
    )
    if why is Unwelcome.ASKED_NOT_TO:
        return NotThisDoor(
            why=N_("这一户说过请勿再访。"), next_step=N_("如果他们自己要求上门,请主持人先登记。")
        )
    if why is Unwelcome.OFTEN_ENOUGH:
        return NotThisDoor(
            why=N_("这一户已经去过%(most)s次,不能再打扰。"),
            next_step=N_("可以留下材料和社区电话,等住户自己联系。"),
            most=most,
        )
    return None


def _invited_at(session: Session, household_id: int) -> datetime | None:
    """When the household last asked for a visit that has not been made."""
    return session.scalar(
        select(func.max(VisitRequest.asked_at)).where(
            VisitRequest.household_id == household_id,
            VisitRequest.wish == VisitWish.VISIT,
            VisitRequest.done_at.is_(None),
        )
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What a household asks for."""

    wish: VisitWish
    language: str = ""
    by_woman: bool = False
    evening: bool = False
    question: str = ""


def ask_visit(
    session: Session, actor: Actor, household_id: int, asked: Wish, *, now: datetime
) -> VisitRequest:
    """A household, or staff at the desk for it, asks for a call or a visit."""
    subject = subjects.of_household(session, household_id)
    require(actor, Action.ASK_VISIT, subject)
    if len(asked.question) > 2000:
        raise BadInput(why=N_("问题太长了。"), next_step=N_("请写在2000字以内。"))
    waiting = session.scalar(
        select(VisitRequest).where(
            VisitRequest.household_id == household_id,
            VisitRequest.wish == asked.wish,
            VisitRequest.done_at.is_(None),
        )
    )
    if waiting is not None:
        return waiting
    home = session.get_one(Household, household_id)
    made = VisitRequest(
        community_id=home.community_id,
        household_id=household_id,
        wish=asked.wish,
        language=asked.language,
        by_woman=asked.by_woman,
        evening=asked.evening,
        question=asked.question.strip(),
        asked_at=now,
        asked_by_id=actor.account_id,
        letter_id=actor.letter_id,
    )
    session.add(made)
    session.flush()
    changes.touch(session, [household_id])
    journal.note(session, actor, home.community_id, "visit_asked", "visit_request", made.id, now=now)
    return made


def _request(session: Session, actor: Actor, request_id: int) -> VisitRequest:
    found = session.get(VisitRequest, request_id)
    if found is None:
        raise NotFound()
    require(actor, Action.HANDLE_VISIT_REQUESTS, Subject(found.community_id))
    return found


def take_request(
    session: Session, actor: Actor, request_id: int, appointed_at: datetime, *, now: datetime
) -> None:
    """A member of staff takes a wish and names a time."""
    request = _request(session, actor, request_id)
    if appointed_at < now:
        raise BadInput(why=N_("约定的时间已经过去了。"), next_step=N_("请选一个以后的时间。"))
    request.taken_by_id, request.appointed_at = actor.account_id, appointed_at
    changes.touch(session, [request.household_id])
    journal.note(
        session, actor, request.community_id, "visit_appointed", "visit_request", request_id, now=now
    )
    session.flush()


def finish_request(session: Session, actor: Actor, request_id: int, result: str, *, now: datetime) -> None:
    """The wish was met, or could not be; written down."""
    request = _request(session, actor, request_id)
    if not result.strip():
        raise BadInput(why=N_("要写明结果。"), next_step=N_("请写一句怎样处理的。"))
    request.done_at, request.done_by_id, request.result = now, actor.account_id, result.strip()[:2000]
    changes.touch(session, [request.household_id])
    journal.note(session, actor, request.community_id, "visit_done", "visit_request", request_id, now=now)
    session.flush()
