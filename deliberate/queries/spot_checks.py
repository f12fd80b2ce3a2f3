"""Spot checks: what was planned and drawn, what came of it, and what is shown to everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.rules import Electorate
from deliberate.domain.spot_check import PROVEN, CheckKind, CheckResult, Found, differs
from deliberate.models import (
    Crew,
    FullRecheck,
    RollEntry,
    SpotCheck,
    SpotDraw,
    SpotVerdict,
)

from . import recorders
from .spot_samples import asked, drawn, found


@dataclass(frozen=True, slots=True)
class Probe:
    """What the probe of one crew found."""

    crew: str
    asked: int
    settled: int
    differences: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """A check for everybody to read: how many, never who."""

    sample: int
    settled: int
    reached: int
    differences: int
    """Only to be shown once all are settled."""

    @property
    def waiting(self) -> int:
        return self.sample - self.settled


def latest(session: Session, round_id: int) -> SpotCheck | None:
    """The plan in force: of the newest sheet that was planned for."""
    return session.scalars(
        select(SpotCheck).where(SpotCheck.consent_round_id == round_id).order_by(SpotCheck.id.desc()).limit(1)
    ).first()


def draw_of(session: Session, round_id: int) -> SpotDraw | None:
    """The dice, if they were thrown."""
    return session.scalar(select(SpotDraw).where(SpotDraw.consent_round_id == round_id))


def recheck_of(session: Session, round_id: int) -> FullRecheck | None:
    """The full recheck, if there is one."""
    return session.scalar(select(FullRecheck).where(FullRecheck.consent_round_id == round_id))


def verdicts(session: Session, round_id: int) -> Sequence[SpotVerdict]:
    """All verdicts of the round, the first first."""
    return session.scalars(
        select(SpotVerdict).where(SpotVerdict.consent_round_id == round_id).order_by(SpotVerdict.id)
    ).all()


def rechecked(session: Session, round_id: int) -> bool:
    """Whether the full recheck has come to its end."""
    ended = select(SpotVerdict.id).where(
        SpotVerdict.consent_round_id == round_id, SpotVerdict.result == CheckResult.RECHECKED
    )
    return session.scalar(ended.limit(1)) is not None


def proven(session: Session, sheet_id: int) -> SpotVerdict | None:
    """The verdict with which this sheet may become final."""
    return session.scalars(
        select(SpotVerdict)
        .where(SpotVerdict.count_sheet_id == sheet_id, SpotVerdict.result.in_(PROVEN))
        .order_by(SpotVerdict.id)
    ).first()


def numbers(session: Session, check: SpotCheck) -> Numbers:
    """How far the sample is, without the probes."""
    sample = drawn(session, check.consent_round_id)
    judged = found(session, check, sample)
    return Numbers(
        sample=len(sample),
        settled=sum(one.settled for one in sample),
        reached=sum(one.said is not None for one in sample),
        differences=sum(differs(check.kind, it.said, still=it.still) for _one, it in judged),
    )


def probes(session: Session, check: SpotCheck) -> list[Probe]:
    """What each crew's probe found, homes of the sample that it recorded among them. After the verdict only."""
    homes = asked(session, check.consent_round_id)
    by_crew = recorders.crews(session, [one.entry.id for one in homes])
    names = dict(
        iter(
            session.execute(
                select(Crew.id, Crew.name)
                .where(Crew.consent_round_id == check.consent_round_id)
                .order_by(Crew.id)
            )
        )
    )
    judged = found(session, check, homes)
    made = []
    for crew_id, name in names.items():
        own = [it for one, it in judged if crew_id in by_crew[one.entry.id]]
        wrong = sum(it.settled and differs(check.kind, it.said, still=it.still) for it in own)
        made.append(Probe(name, len(own), sum(it.settled for it in own), wrong))
    return [probe for probe in made if probe.asked]


@dataclass(frozen=True, slots=True)
class Published:
    """A spot check as everybody reads it; `slots` are those drawn, in their order, with what was found."""

    check: SpotCheck
    draw: SpotDraw | None
    numbers: Numbers
    verdict: SpotVerdict | None
    """The last one."""
    verdicts: Sequence[SpotVerdict]
    recheck: FullRecheck | None
    slots: tuple[tuple[str, str], ...]


def published(session: Session, round_id: int) -> Published | None:
    """Plan, dice and progress; what was found only once there is a verdict."""
    check = latest(session, round_id)
    if check is None:
        return None
    every = verdicts(session, round_id)
    return Published(
        check=check,
        draw=draw_of(session, round_id),
        numbers=numbers(session, check),
        verdict=every[-1] if every else None,
        verdicts=every,
        recheck=recheck_of(session, round_id),
        slots=_slots(session, check) if every else (),
    )


def _slots(session: Session, check: SpotCheck) -> tuple[tuple[str, str], ...]:
    sample = drawn(session, check.consent_round_id)
    judged = sorted(found(session, check, sample), key=lambda pair: pair[0].sample.place or 0)
    return tuple((one.entry.slot, _word(check.kind, it)) for one, it in judged)


def _word(kind: CheckKind, it: Found) -> str:
    if it.said is None:
        return "unreached"
    return "differs" if differs(kind, it.said, still=it.still) else "same"


def household_frame(session: Session, round_id: int) -> Sequence[RollEntry]:
    """Every household on the roll of the round."""
    return session.scalars(
        select(RollEntry)
        .where(RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD)
        .order_by(RollEntry.slot)
    ).all()
