"""Households whose answers differ: the queue, and the one case that its settler opened (rules 8 and 11).

A case is assigned by taking it, which the journal keeps; only then are its answers and evidence shown, and
only to the person who took it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.consent import Answer, Channel, Standing, heads
from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action, Actor, Subject, may
from deliberate.domain.round import RUNNING, EvidenceRole, Relation
from deliberate.models import (
    Building,
    Consent,
    ConsentPaper,
    ConsentRound,
    EntryStanding,
    Evidence,
    Household,
    Proposal,
    RollEntry,
)

from . import subjects
from .cases import Hold, Kind
from .tallies import records_of_entry

CASES = Kind("roll_entry", "contradiction_taken")


@dataclass(frozen=True, slots=True)
class Case:
    """A household in contradiction, without its answers."""

    entry: RollEntry
    home: Household
    round: ConsentRound
    matter: Proposal
    since: datetime
    hold: Hold | None
    """By the person who took it."""
    settleable: bool
    """Whether the reader may settle it: had no hand in it, and does not live there."""


@dataclass(frozen=True, slots=True)
class Side:
    """One answer that stands, with its evidence; only for the person who took the case."""

    consent_id: int
    answer: Answer | None
    channel: Channel
    recorded_at: datetime
    signed_at: datetime | None
    serial: str | None
    signer: str
    relation: Relation | None
    canvassers: str
    note: str
    exhibits: Sequence[Evidence]


def queue(session: Session, actor: Actor, community_id: int) -> list[Case]:
    """Every household in contradiction in a round that is not closed, oldest first."""
    rows = session.execute(
        select(RollEntry, Household, ConsentRound, Proposal, EntryStanding.since)
        .select_from(ConsentRound)
        .join(EntryStanding, EntryStanding.consent_round_id == ConsentRound.id)
        .join(RollEntry, RollEntry.id == EntryStanding.roll_entry_id)
        .join(Household, Household.id == RollEntry.household_id)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(
            ConsentRound.community_id == community_id,
            EntryStanding.standing == Standing.CONTRADICTION,
            ConsentRound.status.in_(RUNNING),
        )
        .order_by(EntryStanding.since, RollEntry.id)
    ).all()
    holds = CASES.holds(session, [row[0].id for row in rows])
    about = subjects.of_cases(session, [row[0] for row in rows])
    found = []
    for entry, home, consent_round, matter, since in rows:
        hold = holds.get(entry.id)
        if hold and hold.at < since:
            hold = None
        allowed = may(actor, Action.SETTLE, about[entry.id])
        found.append(Case(entry, home, consent_round, matter, since, hold, allowed))
    return found


def holds(session: Session, actor: Actor, entry_id: int) -> bool:
    """Whether this very person took the case of a household that is in contradiction now."""
    kept = session.get(EntryStanding, entry_id)
    if kept is None or kept.standing is not Standing.CONTRADICTION:
        return False
    hold = CASES.hold_of(session, actor, entry_id)
    return hold is not None and hold.at >= kept.since


def sides(session: Session, entry_id: int) -> list[Side]:
    """The answers that differ, each with its evidence."""
    tops = [r.id for r in heads(records_of_entry(session, entry_id)) if r.answer is not None]
    rows = session.execute(
        select(Consent, ConsentPaper)
        .outerjoin(ConsentPaper, ConsentPaper.consent_id == Consent.id)
        .where(Consent.id.in_(tops))
        .order_by(Consent.id)
    ).all()
    exhibits = session.scalars(
        select(Evidence)
        .where(Evidence.consent_id.in_(tops), Evidence.role != EvidenceRole.STROKES)
        .order_by(Evidence.id)
    ).all()
    return [
        Side(
            consent_id=consent.id,
            answer=consent.answer,
            channel=consent.channel,
            recorded_at=consent.recorded_at,
            signed_at=consent.signed_at,
            serial=consent.serial,
            signer=paper.signer_name if paper else "",
            relation=paper.relation if paper else None,
            canvassers=paper.canvassers if paper else "",
            note=(paper.note or "") if paper else "",
            exhibits=[e for e in exhibits if e.consent_id == consent.id],
        )
        for consent, paper in rows
    ]


def about_evidence(session: Session, evidence_id: int, community_id: int) -> Subject:
    """The roll entry that a piece of evidence is about; NotFound when it is not of this community."""
    exhibit = session.get(Evidence, evidence_id)
    if exhibit is None or exhibit.community_id != community_id:
        raise NotFound()
    consent = session.get_one(Consent, exhibit.consent_id)
    return subjects.of_entry(session, consent.roll_entry_id, community_id)
