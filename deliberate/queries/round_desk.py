"""Rounds as those see them who run them: overview, what is missing before opening, crews, wishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.consent import Window
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Account,
    Building,
    BuildingCount,
    ConsentRound,
    Crew,
    Duty,
    FormIssue,
    FormReturn,
    Household,
    PlanVersion,
    Proposal,
    RoleGrant,
    RollCertificate,
    VisitRequest,
)

from .rounds import days_left, window_of


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round on the list."""

    round: ConsentRound
    matter: Proposal
    window: Window
    days_left: int | None
    answered: int


@dataclass(frozen=True, slots=True)
class ToPrepare:
    """A matter whose plan is fixed and which has no round yet."""

    matter: Proposal
    plan: PlanVersion


def lines(session: Session, community_id: int, *, now: datetime) -> list[RoundLine]:
    """Every round of the community, the running ones first."""
    rows = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(ConsentRound.community_id == community_id, ConsentRound.status != RoundStatus.DROPPED)
        .order_by(ConsentRound.id.desc())
    ).all()
    answered = _answered(session, community_id)
    found = [
        RoundLine(r, m, window_of(r, now), days_left(r.answer_until, now), answered.get(r.id, 0))
        for r, m in rows
    ]
    return sorted(found, key=lambda line: line.round.status is RoundStatus.CLOSED)


def _answered(session: Session, community_id: int) -> dict[int, int]:
    rows = session.execute(
        select(BuildingCount.consent_round_id, func.sum(BuildingCount.answered))
        .where(BuildingCount.community_id == community_id, BuildingCount.electorate == Electorate.HOUSEHOLD)
        .group_by(BuildingCount.consent_round_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def to_prepare(session: Session, community_id: int) -> list[ToPrepare]:
    """Matters whose newest plan waits for a round."""
    running = select(ConsentRound.proposal_id).where(
        ConsentRound.community_id == community_id,
        ConsentRound.status.not_in((RoundStatus.CLOSED, RoundStatus.DROPPED)),
    )
    newest = (
        select(func.max(PlanVersion.n))
        .where(PlanVersion.proposal_id == Proposal.id)
        .correlate(Proposal)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Proposal, PlanVersion)
        .join(PlanVersion, PlanVersion.proposal_id == Proposal.id)
        .where(
            Proposal.community_id == community_id,
            Proposal.stage == Stage.PLAN_FIXED,
            Proposal.id.not_in(running),
            PlanVersion.n == newest,
        )
        .order_by(Proposal.id)
    )
    return [ToPrepare(matter, plan) for matter, plan in rows]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on duty, or who may be given one."""

    account_id: int
    name: str
    kind: DutyKind
    crew_id: int | None = None


def duties(session: Session, round_id: int) -> list[Person]:
    """Who serves in the round, in the order of assignment."""
    rows = session.execute(
        select(Duty.account_id, Account.display_name, Duty.kind, Duty.crew_id)
        .join(Account, Account.id == Duty.account_id)
        .where(Duty.consent_round_id == round_id)
        .order_by(Duty.id)
    )
    return [Person(*row) for row in rows]


_DUTY_OF = {
    Role.MODERATOR: DutyKind.MODERATOR,
    Role.CANVASSER: DutyKind.CANVASSER,
    Role.SCRUTINEER: DutyKind.SCRUTINEER,
}


def free_people(session: Session, community_id: int, round_id: int) -> list[Person]:
    """Staff without a duty in the round, once for each duty that their roles allow."""
    taken = select(Duty.account_id).where(Duty.consent_round_id == round_id)
    rows = session.execute(
        select(Account.id, Account.display_name, RoleGrant.role)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.community_id == community_id,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.role.in_(_DUTY_OF),
            Account.disabled_at.is_(None),
            Account.id.not_in(taken),
        )
        .order_by(Account.display_name, Account.id)
    )
    return [Person(account_id, name, _DUTY_OF[role]) for account_id, name, role in rows]


def crews(session: Session, round_id: int) -> Sequence[Crew]:
    """The crews of the round, by name."""
    return session.scalars(select(Crew).where(Crew.consent_round_id == round_id).order_by(Crew.name)).all()


def crew(session: Session, round_id: int, crew_id: int) -> Crew | None:
    """One crew, if it is of the round."""
    found = session.get(Crew, crew_id)
    return found if found is not None and found.consent_round_id == round_id else None


def certificates(session: Session, round_id: int) -> list[tuple[RollCertificate, str]]:
    """Who certified the roll, with their names."""
    rows = session.execute(
        select(RollCertificate, Account.display_name)
        .join(Account, Account.id == RollCertificate.account_id)
        .where(RollCertificate.consent_round_id == round_id)
        .order_by(RollCertificate.id)
    )
    return [(certificate, name) for certificate, name in rows]


@dataclass(frozen=True, slots=True)
class FormEvent:
    """Forms that went out to a crew, or came back."""

    at: datetime
    crew: str
    first: int | None
    last: int | None
    blank: int
    spoilt: int
    note: str
    issue_id: int | None = None


def form_events(session: Session, round_id: int) -> list[FormEvent]:
    """Every issue and return of the round, newest first."""
    out = session.execute(
        select(FormIssue, Crew.name)
        .join(Crew, Crew.id == FormIssue.crew_id)
        .where(FormIssue.consent_round_id == round_id)
    )
    back = session.execute(
        select(FormReturn, Crew.name)
        .join(Crew, Crew.id == FormReturn.crew_id)
        .where(FormReturn.consent_round_id == round_id)
    )
    events = [FormEvent(i.at, name, i.first_serial, i.last_serial, 0, 0, "", i.id) for i, name in out]
    events += [FormEvent(r.at, name, None, None, r.blank, r.spoilt, r.note) for r, name in back]
    return sorted(events, key=lambda event: event.at, reverse=True)


@dataclass(frozen=True, slots=True)
class WishLine:
    """A household's wish for a call or a visit, with its owner among the staff."""

    request: VisitRequest
    home: Household
    taken_by: str


def wishes(session: Session, community_id: int, *, done: bool = False) -> list[WishLine]:
    """Wishes not yet met, oldest first; or the last fifty that were."""
    query = (
        select(VisitRequest, Household, Account.display_name)
        .join(Household, Household.id == VisitRequest.household_id)
        .outerjoin(Account, Account.id == VisitRequest.taken_by_id)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(VisitRequest.community_id == community_id)
    )
    if done:
        query = query.where(VisitRequest.done_at.is_not(None)).order_by(VisitRequest.done_at.desc()).limit(50)
    else:
        query = query.where(VisitRequest.done_at.is_(None)).order_by(VisitRequest.asked_at, VisitRequest.id)
    return [WishLine(request, home, name or "") for request, home, name in session.execute(query)]


def wish_community(session: Session, request_id: int) -> int | None:
    """The community of a wish."""
    return session.scalar(select(VisitRequest.community_id).where(VisitRequest.id == request_id))


def wishes_of_home(session: Session, household_id: int) -> Sequence[VisitRequest]:
    """What a household asked for, newest first."""
    return session.scalars(
        select(VisitRequest)
        .where(VisitRequest.household_id == household_id)
        .order_by(VisitRequest.id.desc())
        .limit(20)
    ).all()
