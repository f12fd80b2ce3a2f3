"""Visits at doors, and households' wishes for a call or a visit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.canvass import Unwelcome, unwelcome
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import VisitOutcome, VisitWish
from deliberate.models import Crew, Household, Visit, VisitRequest
from deliberate.queries import subjects

from . import changes, journal
from .book import Book, NewVisit
from .duties import together
from .straight_book import Straight


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
    visit_id = visit_door(Straight(session), actor, household_id, crew_id, seen, now=now)
    return session.get_one(Visit, visit_id)


def visit_door(
    book: Book, actor: Actor, household_id: int, crew_id: int, seen: VisitNote, *, now: datetime
) -> int:
    """The same in a book that is open already; the number of the visit."""
    home = book.home(household_id)
    if home is None:
        raise NotFound()
    require(actor, Action.CANVASS, Subject(home.community_id, household_id=household_id))
    again = book.visit(seen.request_id)
    if again is not None:
        if again.household_id != household_id:
            raise Stale()
        return again.id
    if seen.at_door > now or (seen.outcome is VisitOutcome.COME_BACK and seen.come_back_at is None):
        raise BadInput(
            what=N_("这次入户没有登记。"),
            why=N_("到门口的时间晚于现在，或者约了再来却没有写时间。"),
            next_step=N_("请改正时间。"),
        )
    crew = book.crew(crew_id)
    if crew is None:
        raise NotFound()
    why = _unwelcome(book, home, crew)
    if why is not None and not seen.already_made:
        raise why
    row = _row(home, crew, seen, together(book.members_of_crew(crew)), actor, now)
    return book.add_visit(actor, NewVisit(row, why is not None), now=now)


def _row(
    home: Household, crew: Crew, seen: VisitNote, canvassers: str, actor: Actor, now: datetime
) -> dict[str, Any]:
    return {
        "community_id": home.community_id,
        "household_id": home.id,
        "crew_id": crew.id,
        "outcome": seen.outcome,
        "at_door": seen.at_door,
        "come_back_at": seen.come_back_at,
        "note": seen.note.strip()[:2000],
        "canvassers": canvassers,
        "recorded_at": now,
        "recorded_by_id": actor.account_id,
        "request_id": seen.request_id,
    }


def _unwelcome(book: Book, home: Household, crew: Crew) -> NotThisDoor | None:
    """The refusal of a visit that nobody should make."""
    most, opened_at = book.most_visits(home.community_id), book.opened_at(crew)
    if opened_at is None:
        raise NotThisDoor(
            why=N_("这一轮征求意见还没有开始。"), next_step=N_("请等开始的公告，或拨打社区电话询问。")
        )
    knocks, invited_at = book.knocks(home.id), book.invited_at(home.id)
    why = unwelcome(knocks, since=opened_at, most=most, invited_at=invited_at)
    if why is Unwelcome.ASKED_NOT_TO:
        return NotThisDoor(
            why=N_("这一户说过请勿再访。"), next_step=N_("如果他们自己要求上门，请主持人先登记。")
        )
    if why is Unwelcome.OFTEN_ENOUGH:
        return NotThisDoor(
            why=N_("这一户已经去过%(most)s次，不能再打扰。"),
            next_step=N_("可以留下材料和社区电话，等住户自己联系。"),
            most=most,
        )
    return None


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
