"""Crews under suspicion, and the papers suspended with them: a queue without any answer, one case at a time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.permissions import Action, Actor, Subject, may
from deliberate.domain.round import RUNNING, EvidenceRole
from deliberate.domain.suspicion import Finding
from deliberate.models import (
    Building,
    Consent,
    ConsentPaper,
    ConsentRound,
    Crew,
    CrewSuspension,
    Duty,
    Evidence,
    Household,
    PlanVersion,
    RollEntry,
    Supersession,
    SuspendedConsent,
    SuspensionCheck,
    TabletDecision,
    TabletRecord,
)

from . import recorders, subjects
from .cases import Hold, Kind

CASES = Kind("suspended_consent", "suspended_paper_taken")
MOST = 200
"""Cases on one page."""


def standing(session: Session, crew_id: int) -> CrewSuspension | None:
    """By which the crew is stopped now, as the store has it at this moment."""
    return session.scalar(
        select(CrewSuspension)
        .where(CrewSuspension.crew_id == crew_id, CrewSuspension.lifted_at.is_(None))
        .execution_options(populate_existing=True)
    )


def counted_papers(session: Session, crew_id: int) -> Sequence[Consent]:
    """Papers of the crew that nothing has superseded, while their round is not closed."""
    gone = select(Supersession.superseded_id).where(Supersession.superseded_id == Consent.id).exists()
    return session.scalars(
        select(Consent)
        .join(Duty, Duty.id == Consent.duty_id)
        .join(ConsentRound, ConsentRound.id == Consent.consent_round_id)
        .where(
            Duty.crew_id == crew_id,
            Consent.channel == Channel.PAPER,
            Consent.deed.in_((Deed.ANSWER, Deed.CHANGE, Deed.CORRECTION)),
            Consent.late.is_(False),
            ~gone,
            ConsentRound.status.in_(RUNNING),
            Consent.id.not_in(_checked_records(crew_id)),
        )
        .order_by(Consent.id)
    ).all()


def _checked_records(crew_id: int) -> Select[int]:
    """Papers that somebody has asked the household about already: the correction that a genuine one counts by."""
    voidings = (
        select(SuspendedConsent.voiding_id)
        .join(SuspensionCheck, SuspensionCheck.suspended_consent_id == SuspendedConsent.id)
        .join(CrewSuspension, CrewSuspension.id == SuspendedConsent.crew_suspension_id)
        .where(CrewSuspension.crew_id == crew_id, SuspensionCheck.finding == Finding.GENUINE)
    )
    return select(Supersession.by_consent_id).where(Supersession.superseded_id.in_(voidings))


def concerned(session: Session, crew_id: int) -> list[tuple[int, int]]:
    """Round and entry of each of them."""
    return [(one.consent_round_id, one.roll_entry_id) for one in counted_papers(session, crew_id)]


def to_lock(session: Session, one: SuspendedConsent) -> list[tuple[int, int]]:
    """Round and entry of everything that its recheck may write to: its own, and with a second forgery the crew's."""
    consent = session.get_one(Consent, one.consent_id)
    crew_id = session.get_one(CrewSuspension, one.crew_suspension_id).crew_id
    return [(consent.consent_round_id, consent.roll_entry_id), *concerned(session, crew_id)]


def forgeries(session: Session, crew_id: int) -> int:
    """How many records of the crew were proven to be forged."""
    return forgeries_of(session, [crew_id])[crew_id]


def forgeries_of(session: Session, crews: Collection[int]) -> Mapping[int, int]:
    """The same of each crew: suspended papers, and deliveries left out as forged."""
    papers = (
        select(CrewSuspension.crew_id)
        .join(SuspendedConsent, SuspendedConsent.crew_suspension_id == CrewSuspension.id)
        .join(SuspensionCheck, SuspensionCheck.suspended_consent_id == SuspendedConsent.id)
        .where(CrewSuspension.crew_id.in_(crews), SuspensionCheck.finding == Finding.FORGED)
    )
    deliveries = (
        select(TabletRecord.crew_id)
        .join(TabletDecision, TabletDecision.tablet_record_id == TabletRecord.id)
        .where(TabletRecord.crew_id.in_(crews), TabletDecision.forged)
    )
    return Counter([*session.scalars(papers), *(one or 0 for one in session.scalars(deliveries))])


def check_of(session: Session, suspended_id: int) -> SuspensionCheck | None:
    """What was found, if somebody has asked."""
    return session.scalar(select(SuspensionCheck).where(SuspensionCheck.suspended_consent_id == suspended_id))


def subject(session: Session, one: SuspendedConsent) -> Subject:
    """The home, and whoever recorded the paper or is in the crew: not who stopped the crew.

    Who could have made it may take it, and leave it uncounted; see `judging`.
    """
    return _subjects(session, [one])[one.id]


def judging(session: Session, one: SuspendedConsent) -> Subject:
    """For who says whose signature it is: neither who could have made the paper in another's name."""
    return _judging(session, [one], _subjects(session, [one]))[one.id]


def _judging(
    session: Session, found: Sequence[SuspendedConsent], about: Mapping[int, Subject]
) -> dict[int, Subject]:
    rows = session.execute(
        select(Consent.id, Consent.roll_entry_id).where(Consent.id.in_([one.consent_id for one in found]))
    )
    entries: dict[int, int] = dict(iter(rows))
    enablers = recorders.enablers(session, entries.values())
    return {
        one.id: replace(
            about[one.id], recorder_ids=about[one.id].recorder_ids | enablers[entries[one.consent_id]]
        )
        for one in found
    }


def _subjects(session: Session, found: Collection[SuspendedConsent]) -> dict[int, Subject]:
    rows = session.execute(
        select(Consent, RollEntry)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .where(Consent.id.in_([one.consent_id for one in found]))
    )
    papers = {consent.id: (consent, entry) for consent, entry in rows}
    homes = subjects.of_entries(session, [entry for _, entry in papers.values()])
    crews = _people_beside(session, {consent.duty_id for consent, _ in papers.values() if consent.duty_id})
    about = {}
    for one in found:
        consent, entry = papers[one.consent_id]
        recorders = {who for who in (consent.recorded_by_id, consent.helped_by_id) if who is not None}
        people = recorders | crews[consent.duty_id or 0]
        about[one.id] = replace(homes[entry.id], recorder_ids=frozenset(people))
    return about


def _people_beside(session: Session, duties: Collection[int]) -> Mapping[int, set[int]]:
    """For each duty everybody of its crew."""
    other = aliased(Duty)
    found: dict[int, set[int]] = defaultdict(set)
    rows = select(Duty.id, other.account_id).join(other, other.crew_id == Duty.crew_id)
    for duty_id, account_id in session.execute(rows.where(Duty.id.in_(duties))):
        found[duty_id].add(account_id)
    return found


@dataclass(frozen=True, slots=True)
class Suspended:
    """One suspended paper as the queue shows it: never what it says."""

    one: SuspendedConsent
    home: Household
    crew: str
    title: str
    hold: Hold | None
    decidable: bool
    """Whether the reader may recheck it: recorded none of it, and does not live there."""
    judgeable: bool
    """Whether the reader may say whose signature it is; else only that nobody could be asked."""


def _open(community_id: int) -> tuple[ColumnElement[bool], ...]:
    checked = select(SuspensionCheck.id).where(SuspensionCheck.suspended_consent_id == SuspendedConsent.id)
    running = select(ConsentRound.id).where(
        ConsentRound.community_id == community_id, ConsentRound.status.in_(RUNNING)
    )
    return (
        SuspendedConsent.community_id == community_id,
        ~checked.exists(),
        SuspendedConsent.consent_round_id.in_(running),
    )


def waiting(session: Session, community_id: int) -> int:
    """How many suspended papers nobody has asked about."""
    return session.scalars(select(func.count(SuspendedConsent.id)).where(*_open(community_id))).one()


def unchecked(session: Session, round_id: int) -> int:
    """How many suspended papers of the round nobody has asked about, of homes that said nothing else instead."""
    checked = select(SuspensionCheck.id).where(SuspensionCheck.suspended_consent_id == SuspendedConsent.id)
    replaced = select(Supersession.superseded_id).where(
        Supersession.superseded_id == SuspendedConsent.voiding_id
    )
    return session.scalars(
        select(func.count(SuspendedConsent.id)).where(
            SuspendedConsent.consent_round_id == round_id, ~checked.exists(), ~replaced.exists()
        )
    ).one()


def queue(session: Session, actor: Actor, community_id: int) -> list[Suspended]:
    """Papers to be rechecked, the oldest first."""
    found = session.scalars(
        select(SuspendedConsent).where(*_open(community_id)).order_by(SuspendedConsent.id).limit(MOST)
    ).all()
    return _lines(session, actor, found)


def one_line(session: Session, actor: Actor, one: SuspendedConsent) -> Suspended:
    """One of them."""
    return _lines(session, actor, [one])[0]


def _lines(session: Session, actor: Actor, found: Sequence[SuspendedConsent]) -> list[Suspended]:
    if not found:
        return []
    rows = session.execute(
        select(SuspendedConsent.id, Household, Crew.name, PlanVersion.title)
        .join(Consent, Consent.id == SuspendedConsent.consent_id)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .join(Household, Household.id == RollEntry.household_id)
        .join(CrewSuspension, CrewSuspension.id == SuspendedConsent.crew_suspension_id)
        .join(Crew, Crew.id == CrewSuspension.crew_id)
        .join(ConsentRound, ConsentRound.id == SuspendedConsent.consent_round_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(SuspendedConsent.id.in_([one.id for one in found]))
    )
    places = {suspended_id: (home, crew, title) for suspended_id, home, crew, title in rows}
    holds = CASES.holds(session, [one.id for one in found])
    about = _subjects(session, found)
    judges = _judging(session, found, about)
    return [
        Suspended(
            one,
            *places[one.id],
            holds.get(one.id),
            may(actor, Action.DECIDE_DELIVERY, about[one.id]),
            may(actor, Action.DECIDE_DELIVERY, judges[one.id]),
        )
        for one in found
    ]


def held_paper(session: Session, actor: Actor, consent_id: int) -> bool:
    """Whether this person is rechecking that very paper now."""
    one = session.scalar(select(SuspendedConsent).where(SuspendedConsent.consent_id == consent_id))
    return (
        one is not None
        and check_of(session, one.id) is None
        and CASES.hold_of(session, actor, one.id) is not None
    )


@dataclass(frozen=True, slots=True)
class PaperShown:
    """A suspended paper laid open, for the person who took its case."""

    answer: Answer | None
    serial: str
    signed_at: datetime | None
    recorded_at: datetime
    paper: ConsentPaper | None
    """None when its time of keeping was over."""
    exhibits: Sequence[Evidence]
    said_since: bool
    """The household has said something else since, which holds whatever the recheck finds."""


def paper(session: Session, one: SuspendedConsent) -> PaperShown:
    """What it says, with its evidence."""
    consent = session.get_one(Consent, one.consent_id)
    exhibits = session.scalars(
        select(Evidence)
        .where(Evidence.consent_id == consent.id, Evidence.role != EvidenceRole.STROKES)
        .order_by(Evidence.id)
    ).all()
    gone = session.scalar(
        select(Supersession.by_consent_id).where(Supersession.superseded_id == one.voiding_id)
    )
    return PaperShown(
        consent.answer,
        consent.serial or "",
        consent.signed_at,
        consent.recorded_at,
        session.get(ConsentPaper, consent.id),
        exhibits,
        gone is not None,
    )
