"""What was counted: sheets with their signatures, the recount behind them, numbers by building."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import distinct, func, select, union
from sqlalchemy.orm import Session

from deliberate.domain import rules as decision
from deliberate.domain.consent import ANSWERED, Standing, standing
from deliberate.domain.count import Forms, Group, figures, groups_to_show
from deliberate.domain.errors import NotFound
from deliberate.domain.notice import NoticeKind
from deliberate.domain.round import DutyKind, RoundStatus, SheetRole
from deliberate.domain.rules import Electorate
from deliberate.domain.tally import Tally, count
from deliberate.models import (
    Account,
    Building,
    Consent,
    ConsentRound,
    CountSheet,
    CountSignature,
    Duty,
    EntryStanding,
    Estate,
    Notice,
    OutcomeRecord,
    Proposal,
    RollEntry,
    Visit,
)

from . import tallies


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature under a sheet."""

    name: str
    role: SheetRole
    at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """A count sheet with its signatures."""

    sheet: CountSheet
    signatures: tuple[Signed, ...]

    @property
    def signed(self) -> bool:
        """Whether the scrutineer's signature stands under it."""
        return any(signature.role is SheetRole.SCRUTINEER for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class InBuilding:
    """Households of one building, or of several small ones together (no name)."""

    name: str | None
    tally: Tally


def latest(session: Session, round_id: int) -> CountSheet | None:
    """The sheet in force."""
    return session.scalars(
        select(CountSheet)
        .where(CountSheet.consent_round_id == round_id)
        .order_by(CountSheet.n.desc())
        .limit(1)
    ).first()


def sheets(session: Session, round_id: int) -> Sequence[Sheet]:
    """Every sheet of the round, the first count first."""
    found = session.scalars(
        select(CountSheet).where(CountSheet.consent_round_id == round_id).order_by(CountSheet.n)
    ).all()
    signed: dict[int, list[Signed]] = defaultdict(list)
    rows = session.execute(
        select(CountSignature.count_sheet_id, Account.display_name, CountSignature.role, CountSignature.at)
        .join(Account, Account.id == CountSignature.account_id)
        .where(CountSignature.count_sheet_id.in_([sheet.id for sheet in found]))
        .order_by(CountSignature.id)
    )
    for sheet_id, name, role, at in rows:
        signed[sheet_id].append(Signed(name, role, at))
    return [Sheet(sheet, tuple(signed[sheet.id])) for sheet in found]


def is_signed(session: Session, sheet: CountSheet) -> bool:
    """Whether the scrutineer signed these very figures."""
    return (
        session.scalar(
            select(CountSignature.id).where(
                CountSignature.count_sheet_id == sheet.id,
                CountSignature.role == SheetRole.SCRUTINEER,
                CountSignature.sha256 == sheet.sha256,
            )
        )
        is not None
    )


def duty_of(session: Session, round_id: int, account_id: int | None, kind: DutyKind) -> Duty | None:
    """That person's duty of that kind in the round."""
    return session.scalar(
        select(Duty).where(
            Duty.consent_round_id == round_id, Duty.account_id == account_id, Duty.kind == kind
        )
    )


def recounted(session: Session, consent_round: ConsentRound, forms: Forms, asked: int) -> dict[str, Any]:
    """The figures as the consents give them now; NotWhole when the roll is not whole."""
    records = tallies.records_of_round(session, consent_round.id)
    places: dict[Electorate, list[tuple[Standing, int]]] = defaultdict(list)
    of_households = []
    for entry_id, electorate, area in _roll(session, consent_round.id):
        places[electorate].append((standing(records.get(entry_id, ())), area))
        if electorate is Electorate.HOUSEHOLD:
            of_households.append(records.get(entry_id, ()))
    entries = {electorate: len(some) for electorate, some in places.items()}
    entries[Electorate.HOUSEHOLD] = consent_round.roll_size
    return figures(
        {electorate: count(some) for electorate, some in places.items()},
        decision.from_data(consent_round.rules),
        entries,
        tallies.channels(of_households),
        forms,
        asked=asked,
    )


def _roll(session: Session, round_id: int) -> Sequence[tuple[int, Electorate, int]]:
    rows = session.execute(
        select(RollEntry.id, RollEntry.electorate, RollEntry.area)
        .where(RollEntry.consent_round_id == round_id)
        .order_by(RollEntry.id)
    )
    return [(entry_id, electorate, area) for entry_id, electorate, area in rows]


def differing(session: Session, round_id: int) -> int:
    """Entries whose kept standing is not what their records say; nought, or something is broken."""
    records = tallies.records_of_round(session, round_id)
    of_round = select(EntryStanding.roll_entry_id, EntryStanding.standing).where(
        EntryStanding.consent_round_id == round_id
    )
    kept: dict[int, Standing] = dict(iter(session.execute(of_round)))
    return sum(
        kept.get(entry_id, Standing.SILENT) is not standing(records.get(entry_id, ()))
        for entry_id, _electorate, _area in _roll(session, round_id)
    )


def unanswered(session: Session, consent_round: ConsentRound) -> int:
    """Households that have not answered, or contradict themselves: for them closing waits."""
    settled = ANSWERED - {Standing.CONTRADICTION}
    answered = session.scalars(
        select(func.count())
        .select_from(EntryStanding)
        .where(EntryStanding.consent_round_id == consent_round.id, EntryStanding.standing.in_(settled))
    ).one()
    entries = session.scalars(
        select(func.count()).select_from(RollEntry).where(RollEntry.consent_round_id == consent_round.id)
    ).one()
    return entries - answered


def contradictions(session: Session, round_id: int) -> int:
    """Households whose answers differ and wait to be settled."""
    return session.scalars(
        select(func.count())
        .select_from(EntryStanding)
        .where(EntryStanding.consent_round_id == round_id, EntryStanding.standing == Standing.CONTRADICTION)
    ).one()


def asked(session: Session, consent_round: ConsentRound) -> int:
    """Households of the roll that were visited since opening, or of which anything was recorded (入户率)."""
    homes = select(RollEntry.household_id).where(
        RollEntry.consent_round_id == consent_round.id, RollEntry.electorate == Electorate.HOUSEHOLD
    )
    visited = select(Visit.household_id).where(
        Visit.household_id.in_(homes), Visit.at_door >= consent_round.opened_at
    )
    recorded = (
        select(RollEntry.household_id)
        .join(Consent, Consent.roll_entry_id == RollEntry.id)
        .where(RollEntry.consent_round_id == consent_round.id, RollEntry.electorate == Electorate.HOUSEHOLD)
    )
    reached = union(visited, recorded).subquery()
    return session.scalars(select(func.count(distinct(reached.c.household_id)))).one()


def objection_until(session: Session, round_id: int) -> datetime | None:
    """Till when households may object; none before the result is shown, longer when everything is rechecked."""
    rows = session.execute(
        select(Notice.kind, Notice.until)
        .where(
            Notice.consent_round_id == round_id,
            Notice.kind.in_((NoticeKind.PRELIMINARY, NoticeKind.RECHECK)),
        )
        .order_by(Notice.id)
    ).all()
    ends = {kind: until for kind, until in reversed(rows) if until is not None}
    return max(ends.values()) if NoticeKind.PRELIMINARY in ends else None


def outcome_of(session: Session, round_id: int) -> OutcomeRecord | None:
    """The outcome on record."""
    return session.scalar(select(OutcomeRecord).where(OutcomeRecord.consent_round_id == round_id))


def by_building(session: Session, round_id: int) -> Sequence[InBuilding]:
    """Households by building, for groups of ten or more (rule 11). For closed rounds only."""
    records = tallies.records_of_round(session, round_id)
    places: dict[int, list[tuple[Standing, int]]] = defaultdict(list)
    rows = session.execute(
        select(RollEntry.id, RollEntry.building_id, RollEntry.area).where(
            RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD
        )
    )
    for entry_id, building_id, area in rows:
        places[building_id].append((standing(records.get(entry_id, ())), area))
    groups = groups_to_show({place: count(some) for place, some in places.items()})
    return _named(session, groups)


def _named(session: Session, groups: Sequence[Group]) -> Sequence[InBuilding]:
    names = {
        building_id: f"{estate} {name}".strip()
        for building_id, estate, name in session.execute(
            select(Building.id, Estate.name, Building.name)
            .join(Estate, Estate.id == Building.estate_id)
            .where(Building.id.in_([group.place for group in groups if group.place is not None]))
        )
    }
    return [InBuilding(names.get(group.place) if group.place else None, group.tally) for group in groups]


@dataclass(frozen=True, slots=True)
class Counting:
    """A round with its matter, on the way from the end of answering to the outcome."""

    round: ConsentRound
    proposal: Proposal
    sheets: tuple[Sheet, ...]
    objection_until: datetime | None
    outcome: OutcomeRecord | None

    @property
    def last(self) -> Sheet | None:
        """The sheet in force."""
        return self.sheets[-1] if self.sheets else None


def counting(session: Session, community_id: int, round_id: int) -> Counting | None:
    """One round, if of this community."""
    row = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(ConsentRound.id == round_id, ConsentRound.community_id == community_id)
    ).one_or_none()
    return _counting(session, row[0], row[1]) if row else None


def _counting(session: Session, consent_round: ConsentRound, proposal: Proposal) -> Counting:
    return Counting(
        consent_round,
        proposal,
        tuple(sheets(session, consent_round.id)),
        objection_until(session, consent_round.id),
        outcome_of(session, consent_round.id),
    )


def shown(session: Session, proposal_id: int) -> Sequence[Counting]:
    """The rounds of a matter whose result was shown, the newest first."""
    rows = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(ConsentRound.proposal_id == proposal_id, ConsentRound.status == RoundStatus.CLOSED)
        .order_by(ConsentRound.n.desc())
    ).all()
    every = [_counting(session, consent_round, proposal) for consent_round, proposal in rows]
    return [one for one in every if one.objection_until is not None]


def under_way(session: Session, community_id: int) -> Sequence[Counting]:
    """Rounds whose answering is over and whose outcome is not yet on record, the oldest first."""
    rows = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .outerjoin(OutcomeRecord, OutcomeRecord.consent_round_id == ConsentRound.id)
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.status.in_((RoundStatus.COUNTING, RoundStatus.CLOSED)),
            OutcomeRecord.id.is_(None),
        )
        .order_by(ConsentRound.id)
    ).all()
    return [_counting(session, consent_round, proposal) for consent_round, proposal in rows]


def to_sign(session: Session, community_id: int, account_id: int | None) -> Sequence[Counting]:
    """Rounds whose latest sheet waits for the signature of this person, who is on duty as scrutineer."""
    return [
        one
        for one in under_way(session, community_id)
        if one.last is not None
        and not one.last.signed
        and duty_of(session, one.round.id, account_id, DutyKind.SCRUTINEER) is not None
    ]


def one_of(one: Counting, n: int) -> Sheet:
    """The n-th sheet of the round; NotFound when there is none."""
    found = next((sheet for sheet in one.sheets if sheet.sheet.n == n), None)
    if found is None:
        raise NotFound()
    return found
