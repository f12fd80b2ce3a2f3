"""Letters for the whole community in one job: ordered by the registrar, printed by the worker, a building a part.

Codes keep the lifetime that they have on a single letter's page: made in a transaction, kept as keyed hashes,
shown on paper once. Between the worker and the registrar they stand in parts sealed to a code that only the
registrar holds. A part that was never kept is issued anew, so that no home waits for a letter nobody printed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, NotFound, Refusal
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import LetterJob, LetterPart
from deliberate.queries import households, letter_jobs

from . import journal, letter_issuing
from .letter_issuing import IssuedLetter

KEPT_FOR = timedelta(days=3)
"""Parts that nobody fetched are deleted then; their letters can be issued anew."""


class JobRefused(Refusal):
    """No job was ordered."""

    default_what = N_("没有开始打印信函。")


@dataclass(frozen=True, slots=True)
class Order:
    """What the registrar wants."""

    public_key: str
    languages: str
    address: str
    undelivered_too: bool = False


def order(session: Session, actor: Actor, community_id: int, wish: Order, *, now: datetime) -> LetterJob:
    """Order letters for every home without one (on wish also for those not yet delivered)."""
    require(actor, Action.MANAGE_LETTERS, Subject(community_id))
    if letter_jobs.current(session, community_id) is not None:
        raise JobRefused(
            why=N_("上一批信函还没有打印完或者没有取走。"), next_step=N_("请先取走或者删除上一批。")
        )
    due: dict[int, int] = defaultdict(int)
    for row in households.buildings(session, community_id):
        due[row.building_id] += row.without_letter + (row.undelivered if wish.undelivered_too else 0)
    wanted = {building_id: number for building_id, number in due.items() if number}
    if not wanted:
        raise JobRefused(why=N_("每一户都已经有信函。"), next_step=N_("要给某一户换发，请打开那一户的页面。"))
    job = LetterJob(
        community_id=community_id,
        by_id=actor.account_id,
        ordered_at=now,
        public_key=wish.public_key,
        languages=wish.languages,
        address=wish.address,
        undelivered_too=wish.undelivered_too,
    )
    session.add(job)
    session.flush()
    session.add_all(
        LetterPart(community_id=community_id, job_id=job.id, building_id=building_id, letters=number)
        for building_id, number in wanted.items()
    )
    session.flush()
    journal.note(
        session,
        actor,
        community_id,
        "letters_ordered",
        "letter_job",
        job.id,
        now=now,
        number=sum(wanted.values()),
    )
    return job


def issue_part(
    session: Session,
    actor: Actor,
    part_id: int,
    key: bytes,
    *,
    before: Sequence[IssuedLetter] = (),
    now: datetime,
) -> Sequence[IssuedLetter]:
    """The letters of one part, with their codes, this once.

    Those of an unkept try are replaced, but for whoever still has its codes (`before`): as long as all of them stand
    they are issued to no home again.
    """
    part = session.get_one(LetterPart, part_id, with_for_update=True)
    job = session.get_one(LetterJob, part.job_id)
    require(actor, Action.MANAGE_LETTERS, Subject(part.community_id))
    if part.kept_at is not None or job.dropped_at is not None:
        return []
    if before and letter_issuing.stand(session, [one.letter_id for one in before]):
        return before
    try:
        made = letter_issuing.issue_for_building(
            session,
            actor,
            part.community_id,
            part.building_id,
            key,
            seen=letter_issuing.newest_in(session, part.building_id),
            undelivered_too=job.undelivered_too,
            never_printed=part.issued_at,
            now=now,
        )
    except letter_issuing.NothingDue:
        made = []
    part.issued_at, part.letters = now, len(made)
    session.flush()
    return made


def keep_part(session: Session, actor: Actor, part_id: int, *, now: datetime) -> None:
    """The sealed file of the part is on the disk; with the last one the job is finished."""
    part = session.get_one(LetterPart, part_id, with_for_update=True)
    require(actor, Action.MANAGE_LETTERS, Subject(part.community_id))
    part.kept_at = now
    session.flush()
    waiting = select(LetterPart.id).where(LetterPart.job_id == part.job_id, LetterPart.kept_at.is_(None))
    if session.scalars(waiting).first() is None:
        session.get_one(LetterJob, part.job_id).finished_at = now
        session.flush()


def drop(session: Session, actor: Actor, job_id: int, *, now: datetime) -> LetterJob:
    """All is printed, or nobody wants it any more: the parts may be deleted."""
    job = session.get(LetterJob, job_id, with_for_update=True)
    if job is None:
        raise NotFound()
    require(actor, Action.MANAGE_LETTERS, Subject(job.community_id))
    if job.dropped_at is None:
        job.dropped_at = now
        journal.note(session, actor, job.community_id, "letter_parts_dropped", "letter_job", job.id, now=now)
        session.flush()
    return job


def expire(session: Session, job_id: int, *, now: datetime) -> None:
    """Nobody fetched the parts in `KEPT_FOR`."""
    session.get_one(LetterJob, job_id, with_for_update=True).dropped_at = now
    session.flush()
