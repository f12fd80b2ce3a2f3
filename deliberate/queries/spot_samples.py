"""Homes that a spot check asks again: who asks where, what was said, and what became of each.

Whoever walks never reads from here how a household is recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.consent import Standing
from deliberate.domain.permissions import Subject
from deliberate.domain.spot_check import ATTEMPTS, CheckKind, Found, Said
from deliberate.models import (
    Account,
    Building,
    ConsentRound,
    EntryStanding,
    Household,
    Proposal,
    RollEntry,
    SpotAssignment,
    SpotCheck,
    SpotDraw,
    SpotSample,
    SpotVerdict,
    SpotVisit,
)

from . import recorders, subjects

_PLACE = joinedload(Household.building).joinedload(Building.estate)


@dataclass(frozen=True, slots=True)
class Asked:
    """One home to ask again, as it stands now; nothing of how it is recorded."""

    sample: SpotSample
    entry: RollEntry
    home: Household
    visits: tuple[SpotVisit, ...]
    assigned_id: int | None
    assigned: str

    @property
    def said(self) -> Said | None:
        """What the household said when it was reached."""
        return next((visit.said for visit in self.visits if visit.said is not None), None)

    @property
    def attempts(self) -> int:
        return len(self.visits)

    @property
    def settled(self) -> bool:
        """Reached, or given up."""
        return self.said is not None or self.attempts >= ATTEMPTS

    @property
    def left(self) -> int:
        """Attempts that are still to be made."""
        return 0 if self.settled else ATTEMPTS - self.attempts


def asked(session: Session, round_id: int, *, account_id: int | None = None) -> list[Asked]:
    """Homes to ask, in the order in which one walks; of one person, when one is named."""
    found = _asked(session, SpotSample.consent_round_id == round_id)
    return [one for one in found if account_id is None or one.assigned_id == account_id]


def drawn(session: Session, round_id: int) -> list[Asked]:
    """Those that were drawn; the others are probes of crews and count for nothing else."""
    return [one for one in asked(session, round_id) if one.sample.place is not None]


def one_asked(session: Session, community_id: int, sample_id: int) -> Asked | None:
    """One home to ask, if of this community."""
    found = _asked(session, SpotSample.id == sample_id, SpotSample.community_id == community_id)
    return found[0] if found else None


def _asked(session: Session, *which: ColumnElement[bool]) -> list[Asked]:
    rows = session.execute(
        select(SpotSample, RollEntry, Household)
        .join(RollEntry, RollEntry.id == SpotSample.roll_entry_id)
        .join(Household, Household.id == RollEntry.household_id)
        .options(_PLACE)
        .where(*which)
        .order_by(Household.walk, SpotSample.id)
    ).all()
    ids = [sample.id for sample, _entry, _home in rows]
    visits: dict[int, list[SpotVisit]] = defaultdict(list)
    for visit in session.scalars(
        select(SpotVisit).where(SpotVisit.spot_sample_id.in_(ids)).order_by(SpotVisit.id)
    ):
        visits[visit.spot_sample_id].append(visit)
    people = _assigned(session, ids)
    return [
        Asked(sample, entry, home, tuple(visits[sample.id]), *people.get(sample.id, (None, "")))
        for sample, entry, home in rows
    ]


def _assigned(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Who asks there: the newest assignment holds."""
    rows = session.execute(
        select(SpotAssignment.spot_sample_id, Account.id, Account.display_name)
        .join(Account, Account.id == SpotAssignment.account_id)
        .where(SpotAssignment.spot_sample_id.in_(ids))
        .order_by(SpotAssignment.id)
    )
    return {sample_id: (account_id, name) for sample_id, account_id, name in rows}


def found(session: Session, check: SpotCheck, homes: Iterable[Asked]) -> list[tuple[Asked, Found]]:
    """Each home with what became of it, `still` from where it stands now."""
    homes = list(homes)
    agreeing = set(
        session.scalars(
            select(EntryStanding.roll_entry_id).where(
                EntryStanding.consent_round_id == check.consent_round_id,
                EntryStanding.standing == Standing.AGREE,
            )
        )
    )
    consents = check.kind is CheckKind.CONSENTS
    return [
        (one, Found(one.said, one.attempts, still=not consents or one.entry.id in agreeing)) for one in homes
    ]


def subject(session: Session, one: Asked) -> Subject:
    """Who may ask there: the assigned, if of no crew that recorded anything of it, and not at home there."""
    about, mates = subjects.of_entry(session, one.entry.id), recorders.crew_mates(session, [one.entry.id])
    assigned = frozenset() if one.assigned_id is None else frozenset({one.assigned_id})
    return replace(about, recorder_ids=about.recorder_ids | mates[one.entry.id], duty_ids=assigned)


@dataclass(frozen=True, slots=True)
class Walk:
    """The homes of one round that a person asks again."""

    round: ConsentRound
    proposal: Proposal
    homes: tuple[Asked, ...]


def walks_of(session: Session, community_id: int, account_id: int | None) -> list[Walk]:
    """What this person has to ask, round by round, as long as there is no verdict."""
    judged = select(SpotVerdict.consent_round_id).where(SpotVerdict.community_id == community_id)
    rows = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .join(SpotDraw, SpotDraw.consent_round_id == ConsentRound.id)
        .where(ConsentRound.community_id == community_id, ConsentRound.id.not_in(judged))
        .order_by(ConsentRound.id)
    ).all()
    walks = [Walk(of, matter, tuple(asked(session, of.id, account_id=account_id))) for of, matter in rows]
    return [walk for walk in walks if account_id is not None and walk.homes]


def pending_of_entry(session: Session, entry_id: int) -> SpotSample | None:
    """The household's place in a sample that still waits for it, if it was drawn."""
    visits = select(func.count(SpotVisit.id)).where(SpotVisit.spot_sample_id == SpotSample.id)
    judged = exists().where(SpotVerdict.consent_round_id == SpotSample.consent_round_id)
    return session.scalars(
        select(SpotSample).where(
            SpotSample.roll_entry_id == entry_id,
            visits.where(SpotVisit.said.is_not(None)).scalar_subquery() == 0,
            visits.scalar_subquery() < ATTEMPTS,
            ~judged,
        )
    ).first()
