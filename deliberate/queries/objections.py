"""Objections: the queue of those who recheck, one case with its evidence, what a household filed.

While the round is not closed a case is held by who took it, which the journal keeps; nobody else sees what the
household answered (rule 11).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.consent import heads, standing
from deliberate.domain.objection import Finding, voidable
from deliberate.domain.permissions import Actor, Subject
from deliberate.domain.round import DutyKind, EvidenceRole, RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Building,
    Consent,
    ConsentPaper,
    ConsentRound,
    Duty,
    Evidence,
    Household,
    Objection,
    Proposal,
    RollEntry,
)

from . import objectors, subjects
from .cases import Hold, Kind
from .tallies import records_of_entry

CASES = Kind("objection", "objection_taken")


@dataclass(frozen=True, slots=True)
class Filed:
    """An objection with the matter and the home that it is about."""

    objection: Objection
    round: ConsentRound
    proposal: Proposal
    home: Household
    voice: Electorate | None = None
    """Whose answer it is about; None where the home was not on the roll."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One record of the household with its paper and its evidence, as it stands now."""

    consent: Consent
    stands: bool
    paper: ConsentPaper | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a recheck looks at."""

    filed: Filed
    exhibits: tuple[Exhibit, ...]
    standing: str
    laid_open: bool
    """Whether the reader sees the records: while the round is not closed, only by holding the case."""
    hold: Hold | None
    """By who took it last."""
    voidable: tuple[Exhibit, ...] = ()
    """Records of which an upheld objection voids one."""

    @property
    def replaced(self) -> bool:
        """Whether it is about a record that something else has taken the place of: nothing is left to void."""
        about = self.filed.objection.consent_id
        return about is not None and any(not one.stands for one in self.exhibits if one.consent.id == about)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many objections a round had, for everybody to read; no names, no rooms."""

    filed: int
    open: int
    upheld: int
    not_upheld: int


_PLACE = joinedload(Household.building).joinedload(Building.estate)


_Row = Select[Objection, ConsentRound, Proposal, Household, Electorate | None]


def _filed() -> _Row:
    return (
        select(Objection, ConsentRound, Proposal, Household, RollEntry.electorate)
        .join(ConsentRound, ConsentRound.id == Objection.consent_round_id)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .join(Household, Household.id == Objection.household_id)
        .outerjoin(RollEntry, RollEntry.id == Objection.roll_entry_id)
        .options(_PLACE)
    )


def _rows(session: Session, statement: _Row) -> list[Filed]:
    return [Filed(*row) for row in session.execute(statement)]


def open_in(session: Session, community_id: int, round_id: int | None = None) -> Sequence[Filed]:
    """Objections that wait for an answer, the most urgent first."""
    statement = _filed().where(Objection.community_id == community_id, Objection.decided_at.is_(None))
    if round_id is not None:
        statement = statement.where(Objection.consent_round_id == round_id)
    return _rows(session, statement.order_by(Objection.due_at, Objection.id))


def answered_in(session: Session, round_id: int) -> Sequence[Filed]:
    """Objections of the round that were answered, the newest answer first."""
    statement = _filed().where(Objection.consent_round_id == round_id, Objection.decided_at.is_not(None))
    return _rows(session, statement.order_by(Objection.decided_at.desc(), Objection.id))


def of_voice(session: Session, actor: Actor, round_id: int, household_id: int) -> Sequence[Objection]:
    """What was objected to in each voice that the actor has, and the answers: a tenant reads none of an owner's, nor an
    owner a tenant's."""
    mine = objectors.own(session, actor, round_id, household_id)
    in_voice: ColumnElement[bool] = Objection.roll_entry_id.in_([one.entry.id for one in mine])
    if household_id not in {one.home.id for one in mine}:
        in_voice = or_(in_voice, objectors.of_entry(household_id, None))
    return session.scalars(
        select(Objection).where(Objection.consent_round_id == round_id, in_voice).order_by(Objection.id)
    ).all()


def of_entries(session: Session, entry_ids: Collection[int]) -> Mapping[int, Sequence[Objection]]:
    """What was objected to in these voices, the newest last."""
    found: dict[int, list[Objection]] = {}
    statement = select(Objection).where(Objection.roll_entry_id.in_(entry_ids)).order_by(Objection.id)
    for one in session.scalars(statement):
        found.setdefault(one.roll_entry_id or 0, []).append(one)
    return found


def of_home(session: Session, actor: Actor, household_id: int) -> Mapping[int, Sequence[Objection]]:
    """What was objected to in each voice that the actor has at this home, by round, the newest last."""
    lives, owns = household_id in actor.homes, household_id in actor.owned
    units = [Electorate.HOUSEHOLD] * lives + [Electorate.OWNER] * owns
    found: dict[int, list[Objection]] = {}
    for one in session.scalars(
        select(Objection)
        .outerjoin(RollEntry, RollEntry.id == Objection.roll_entry_id)
        .where(
            Objection.household_id == household_id,
            or_(Objection.roll_entry_id.is_(None), RollEntry.electorate.in_(units)),
        )
        .order_by(Objection.id)
    ):
        found.setdefault(one.consent_round_id, []).append(one)
    return found


def numbers(session: Session, round_id: int) -> Numbers:
    """Counted by finding."""
    rows = session.execute(
        select(Objection.finding, func.count())
        .where(Objection.consent_round_id == round_id)
        .group_by(Objection.finding)
    )
    by_finding: dict[Finding | None, int] = dict(iter(rows))
    return Numbers(
        sum(by_finding.values()),
        by_finding.get(None, 0),
        by_finding.get(Finding.UPHELD, 0),
        by_finding.get(Finding.NOT_UPHELD, 0),
    )


def one(session: Session, community_id: int, objection_id: int) -> Filed | None:
    """The objection, if of this community."""
    found = _rows(
        session,
        _filed().where(Objection.id == objection_id, Objection.community_id == community_id),
    )
    return found[0] if found else None


def subject(session: Session, objection: Objection) -> Subject:
    """For whom a recheck is: never who recorded any of it, could have made it in another's name, helped, or canvasses.

    A scrutineer gives out neither codes nor passwords, so that there is always somebody left.
    """
    about = (
        subjects.of_case(session, objection.roll_entry_id)
        if objection.roll_entry_id is not None
        else subjects.of_household(session, objection.household_id)
    )
    helped = session.scalars(
        select(Consent.helped_by_id).where(
            Consent.roll_entry_id == objection.roll_entry_id, Consent.helped_by_id.is_not(None)
        )
    )
    canvassing = session.scalars(
        select(Duty.account_id).where(
            Duty.consent_round_id == objection.consent_round_id, Duty.kind == DutyKind.CANVASSER
        )
    )
    others = {*canvassing, *(account for account in helped if account is not None)}
    return replace(about, recorder_ids=about.recorder_ids | others)


def laid_open(session: Session, actor: Actor, objection: Objection) -> bool:
    """Whether this person sees what the household answered: after closing, or holding the case until it is answered."""
    if session.get_one(ConsentRound, objection.consent_round_id).status is RoundStatus.CLOSED:
        return True
    return objection.decided_at is None and CASES.hold_of(session, actor, objection.id) is not None


def held_entry(session: Session, actor: Actor, entry_id: int) -> bool:
    """Whether this person holds a case about that voice now."""
    waiting = session.scalars(
        select(Objection.id).where(Objection.roll_entry_id == entry_id, Objection.decided_at.is_(None))
    ).all()
    holds = CASES.holds(session, waiting)
    return any(hold.account_id == actor.account_id for hold in holds.values())


def case(session: Session, actor: Actor, filed: Filed) -> Case:
    """The objection, and to whom it is laid open every record of the household in that round."""
    seen = laid_open(session, actor, filed.objection)
    hold = CASES.holds(session, [filed.objection.id]).get(filed.objection.id)
    entry_id = filed.objection.roll_entry_id
    if entry_id is None or not seen:
        return Case(filed, (), "", seen, hold)
    records = records_of_entry(session, entry_id)
    standing_ids = {record.id for record in heads(records)}
    consents = session.scalars(
        select(Consent).where(Consent.roll_entry_id == entry_id).order_by(Consent.id)
    ).all()
    exhibits = tuple(
        Exhibit(
            consent,
            consent.id in standing_ids,
            session.get(ConsentPaper, consent.id),
            tuple(
                session.scalars(
                    select(Evidence)
                    .where(Evidence.consent_id == consent.id, Evidence.role != EvidenceRole.STROKES)
                    .order_by(Evidence.id)
                )
            ),
        )
        for consent in consents
    )
    able = {record.id for record in voidable(records, filed.objection.consent_id)}
    to_void = tuple(one for one in exhibits if one.consent.id in able)
    return Case(filed, exhibits, standing(records), seen, hold, to_void)


def home_at(
    session: Session, community_id: int, estate: str, building: str, unit: str, room: str
) -> Sequence[Household]:
    """Homes at an address as people write it; several when the estate is not named."""
    statement = (
        select(Household)
        .join(Building, Building.id == Household.building_id)
        .where(
            Household.community_id == community_id,
            Household.gone_at.is_(None),
            Building.name == building,
            Household.room == room,
            Household.unit == unit,
        )
        .options(_PLACE)
        .order_by(Household.id)
    )
    homes = session.scalars(statement).all()
    return [home for home in homes if not estate or estate in home.building.estate.name]
