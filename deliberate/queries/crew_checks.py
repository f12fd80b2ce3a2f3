"""Crews under the office's eye: who stopped them, and what is odd about their records. Never an answer."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.contact import ContactWay
from deliberate.domain.errors import NotFound
from deliberate.domain.round import RUNNING, VisitOutcome
from deliberate.domain.signs import Sign, signs
from deliberate.domain.sync import Verdict
from deliberate.models import (
    Account,
    Consent,
    ConsentRound,
    Contact,
    Crew,
    CrewSuspension,
    DeclaredEvidence,
    Duty,
    Evidence,
    EvidenceUpload,
    Household,
    PlanVersion,
    RollEntry,
    TabletRecord,
    Visit,
)

from . import suspensions


@dataclass(frozen=True, slots=True)
class CrewLine:
    """One crew of a running round."""

    crew: Crew
    title: str
    people: Sequence[str]
    signs: Sequence[Sign]
    suspension: CrewSuspension | None
    suspended_by: str
    forgeries: int = 0
    """Proven ones."""


def in_community(session: Session, crew_id: int, community_id: int) -> Crew:
    """The crew; NotFound when it is another community's."""
    found = session.get(Crew, crew_id)
    if found is None or found.community_id != community_id:
        raise NotFound()
    return found


def of_community(session: Session, community_id: int) -> list[CrewLine]:
    """Every crew of a running round, by round and name."""
    rows = session.execute(
        select(Crew, PlanVersion.title)
        .join(ConsentRound, ConsentRound.id == Crew.consent_round_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .where(Crew.community_id == community_id, ConsentRound.status.in_(RUNNING))
        .order_by(ConsentRound.id.desc(), Crew.name, Crew.id)
    ).all()
    ids = [crew.id for crew, _ in rows]
    people, odd, stopped = _people(session, ids), signs_of(session, ids), _stopped(session, ids)
    forged = suspensions.forgeries_of(session, ids)
    found = []
    for crew, title in rows:
        suspension, by = stopped.get(crew.id, (None, ""))
        names = [*people[crew.id], *([crew.volunteer] if crew.volunteer else [])]
        found.append(CrewLine(crew, title, names, odd[crew.id], suspension, by, forged[crew.id]))
    return found


def _people(session: Session, crews: Collection[int]) -> defaultdict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for crew_id, name in session.execute(
        select(Duty.crew_id, Account.display_name)
        .join(Account, Account.id == Duty.account_id)
        .where(Duty.crew_id.in_(crews))
        .order_by(Duty.id)
    ):
        found[crew_id or 0].append(name)
    return found


def _stopped(session: Session, crews: Collection[int]) -> dict[int, tuple[CrewSuspension, str]]:
    rows = session.execute(
        select(CrewSuspension, Account.display_name)
        .join(Account, Account.id == CrewSuspension.by_id)
        .where(CrewSuspension.crew_id.in_(crews), CrewSuspension.lifted_at.is_(None))
    )
    return {one.crew_id: (one, name) for one, name in rows}


def signs_of(session: Session, crews: Collection[int]) -> Mapping[int, Sequence[Sign]]:
    """What is odd about each crew's records: a few statements, however many crews there are."""
    answered, visited = _visits(session, crews)
    papers, evidence = _papers(session, crews), _evidence(session, crews)
    waiting, telephones = _evidence_waiting(session, crews), _telephones(session, crews)
    return {
        crew_id: signs(
            answered[crew_id],
            visited[crew_id],
            papers[crew_id],
            evidence[crew_id] + waiting[crew_id],
            telephones[crew_id],
        )
        for crew_id in crews
    }


def _visits(
    session: Session, crews: Collection[int]
) -> tuple[defaultdict[int, list[datetime]], defaultdict[int, list[datetime]]]:
    """When each crew was at doors that answered, and at doors at all. Work at the desk has no visit."""
    answered: defaultdict[int, list[datetime]] = defaultdict(list)
    visited: defaultdict[int, list[datetime]] = defaultdict(list)
    for crew_id, outcome, at in session.execute(
        select(Visit.crew_id, Visit.outcome, Visit.at_door).where(Visit.crew_id.in_(crews))
    ):
        visited[crew_id or 0].append(at)
        if outcome is VisitOutcome.ANSWERED:
            answered[crew_id or 0].append(at)
    return answered, visited


def _papers(
    session: Session, crews: Collection[int]
) -> defaultdict[int, list[tuple[datetime, Answer | None]]]:
    """When papers were signed and what they said, as they came; it goes no further than to be compared."""
    found: defaultdict[int, list[tuple[datetime, Answer | None]]] = defaultdict(list)
    for crew_id, signed_at, answer in session.execute(
        select(Duty.crew_id, func.coalesce(Consent.signed_at, Consent.recorded_at), Consent.answer)
        .join(Duty, Duty.id == Consent.duty_id)
        .where(
            Duty.crew_id.in_(crews),
            Consent.channel == Channel.PAPER,
            Consent.deed.in_((Deed.ANSWER, Deed.CHANGE)),
        )
        .order_by(Consent.id)
    ):
        found[crew_id or 0].append((signed_at, answer))
    return found


def _evidence(session: Session, crews: Collection[int]) -> defaultdict[int, list[tuple[str, int]]]:
    """Pieces of evidence with the home at which they were made: that of the visit, or of the entry."""
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for crew_id, sha256, household_id in session.execute(
        select(Duty.crew_id, Evidence.sha256, func.coalesce(Visit.household_id, RollEntry.household_id))
        .join(Consent, Consent.id == Evidence.consent_id)
        .join(Duty, Duty.id == Consent.duty_id)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .outerjoin(Visit, Visit.id == Consent.visit_id)
        .where(Duty.crew_id.in_(crews))
    ):
        found[crew_id or 0].append((sha256, household_id))
    return found


def _evidence_waiting(session: Session, crews: Collection[int]) -> defaultdict[int, list[tuple[str, int]]]:
    """The same of records that are not in force: a photograph may be used twice where none of them counts yet."""
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for crew_id, sha256, household_id in session.execute(
        select(TabletRecord.crew_id, EvidenceUpload.kept_sha256, TabletRecord.household_id)
        .join(DeclaredEvidence, DeclaredEvidence.tablet_record_id == TabletRecord.id)
        .join(
            EvidenceUpload,
            (EvidenceUpload.device_uuid == TabletRecord.device_uuid)
            & (EvidenceUpload.sha256 == DeclaredEvidence.sha256),
        )
        .where(
            TabletRecord.crew_id.in_(crews),
            TabletRecord.verdict.in_((Verdict.QUARANTINED, Verdict.PENDING_EVIDENCE)),
            TabletRecord.household_id.is_not(None),
            EvidenceUpload.kept_sha256.is_not(None),
        )
    ):
        found[crew_id or 0].append((sha256 or "", household_id or 0))
    return found


def _telephones(session: Session, crews: Collection[int]) -> defaultdict[int, list[tuple[str, int]]]:
    """Telephones of the homes whose papers each crew registered: those that were left, and those on the roll."""
    homes = (
        select(Duty.crew_id, RollEntry.household_id)
        .join(Consent, Consent.duty_id == Duty.id)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .where(Duty.crew_id.in_(crews), Consent.channel == Channel.PAPER)
        .distinct()
        .subquery()
    )
    left = (
        select(homes.c.crew_id, Contact.address, homes.c.household_id)
        .join(Contact, Contact.household_id == homes.c.household_id)
        .where(Contact.way == ContactWay.SMS, Contact.address.is_not(None))
    )
    listed = (
        select(homes.c.crew_id, Household.telephone, homes.c.household_id)
        .join(Household, Household.id == homes.c.household_id)
        .where(Household.telephone.is_not(None))
    )
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for crew_id, telephone, household_id in [*session.execute(left), *session.execute(listed)]:
        found[crew_id].append((telephone, household_id))
    return found
