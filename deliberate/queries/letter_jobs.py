"""Jobs of letters: the one under way, its parts, how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from deliberate.models import Building, Household, LetterJob, LetterPart


@dataclass(frozen=True, slots=True)
class PartLine:
    """The letters of one building."""

    part: LetterPart
    building: Building


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with its parts."""

    job: LetterJob
    parts: Sequence[PartLine]

    @property
    def letters(self) -> int:
        """All letters that it prints."""
        return sum(line.part.letters for line in self.parts)

    @property
    def printed(self) -> int:
        """Those whose part is kept."""
        return sum(line.part.letters for line in self.parts if line.part.kept_at)


def current(session: Session, community_id: int) -> LetterJob | None:
    """The job whose parts are being made or wait to be fetched."""
    return session.scalars(
        select(LetterJob)
        .where(LetterJob.community_id == community_id, LetterJob.dropped_at.is_(None))
        .order_by(LetterJob.id.desc())
        .limit(1)
    ).first()


def one(session: Session, community_id: int, job_id: int) -> JobView | None:
    """The job of that number, if of this community."""
    job = session.get(LetterJob, job_id)
    if job is None or job.community_id != community_id:
        return None
    rows = session.execute(
        select(LetterPart, Building)
        .join(Building, Building.id == LetterPart.building_id)
        .options(joinedload(Building.estate))
        .where(LetterPart.job_id == job_id)
        .order_by(LetterPart.id)
    )
    return JobView(job, [PartLine(part, building) for part, building in rows])


def waiting(session: Session) -> list[LetterPart]:
    """Parts that are still to be made, of every community, the first ordered first."""
    return list(
        session.scalars(
            select(LetterPart)
            .join(LetterJob, LetterJob.id == LetterPart.job_id)
            .where(LetterPart.kept_at.is_(None), LetterJob.dropped_at.is_(None))
            .order_by(LetterPart.job_id, LetterPart.id)
        )
    )


def job_of(session: Session, part: LetterPart) -> LetterJob:
    """The job of a part."""
    return session.get_one(LetterJob, part.job_id)


def ordered_before(session: Session, moment: datetime) -> Sequence[LetterJob]:
    """Jobs whose parts nobody dropped since then."""
    return session.scalars(
        select(LetterJob).where(LetterJob.dropped_at.is_(None), LetterJob.ordered_at < moment)
    ).all()


def homes(session: Session, community_id: int, building_id: int) -> dict[int, Household]:
    """The homes of a building with their place."""
    rows = session.scalars(
        select(Household)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(Household.community_id == community_id, Household.building_id == building_id)
    )
    return {home.id: home for home in rows}
