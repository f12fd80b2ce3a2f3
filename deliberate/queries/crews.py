"""The rounds a canvasser serves in, with their crew, their forms and what each round asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.count import Forms
from deliberate.domain.permissions import Role
from deliberate.domain.round import RUNNING, DutyKind, RoundStatus
from deliberate.domain.settings import Settings
from deliberate.models import (
    Account,
    Consent,
    ConsentRound,
    Crew,
    Duty,
    FormIssue,
    FormReturn,
    PlanVersion,
    Proposal,
    RoleGrant,
)


@dataclass(frozen=True, slots=True)
class Serving:
    """A person's place in the crew of one round, and the plan that round asks about."""

    round_id: int
    crew_id: int
    crew_name: str
    volunteer: str | None
    scope: dict[str, Any]
    status: RoundStatus
    n: int
    number: int
    plan: PlanVersion
    rules: list[dict[str, Any]]
    opened_at: datetime | None
    answer_until: datetime | None
    register_until: datetime | None
    canvassers: int

    @property
    def running(self) -> bool:
        """Whether its doors are walked now; a round that is only prepared waits."""
        return self.status in RUNNING

    def over(self, now: datetime) -> bool:
        """Whether paper that is registered now comes too late to count."""
        return self.register_until is not None and now >= self.register_until


def canvassed(*shown: Any) -> Select[*tuple[Any, ...]]:
    """What is `shown` of a person's crews, their rounds, plans or matters: of every round that is prepared or running.

    Asks for `account_id` and `community_id`; the first opened comes first.
    """
    return (
        select(*shown)
        .select_from(ConsentRound)
        .join(Duty, Duty.consent_round_id == ConsentRound.id)
        .join(Crew, Crew.id == Duty.crew_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .where(
            Duty.account_id == bindparam("account_id"),
            Duty.kind == DutyKind.CANVASSER,
            ConsentRound.community_id == bindparam("community_id"),
            or_(*(ConsentRound.status == status for status in (RoundStatus.PREPARED, *sorted(RUNNING)))),
        )
        .order_by(ConsentRound.opened_at.is_(None), ConsentRound.opened_at, ConsentRound.id)
    )


_OF_CANVASSER = canvassed(ConsentRound, Crew, PlanVersion, Proposal.number).join(
    Proposal, Proposal.id == ConsentRound.proposal_id
)


def of_canvasser(session: Session, account_id: int | None, community_id: int) -> list[Serving]:
    """The crews of a person in rounds that are prepared or running, the first opened first."""
    rows = session.execute(_OF_CANVASSER, {"account_id": account_id, "community_id": community_id})
    return [_serving(*row) for row in rows]


def of_crew(session: Session, crew_id: int) -> list[Serving]:
    """The round of one crew, whoever serves in it: for its lists on paper."""
    rows = session.execute(
        select(ConsentRound, Crew, PlanVersion, Proposal.number)
        .join(Crew, Crew.consent_round_id == ConsentRound.id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(Crew.id == crew_id)
    )
    return [_serving(*row) for row in rows]


def _serving(of: ConsentRound, crew: Crew, plan: PlanVersion, number: int) -> Serving:
    return Serving(
        of.id,
        crew.id,
        crew.name,
        crew.volunteer,
        crew.scope,
        of.status,
        of.n,
        number,
        plan,
        of.rules,
        of.opened_at,
        of.answer_until,
        of.register_until,
        Settings.from_data(of.periods).canvassers,
    )


def serves() -> ColumnElement[bool]:
    """Whether the `Account` of a `Duty` still walks: it is in force, and a canvasser of the community."""
    role = select(RoleGrant.id).where(
        RoleGrant.community_id == Duty.community_id,
        RoleGrant.account_id == Duty.account_id,
        RoleGrant.role == Role.CANVASSER,
        RoleGrant.revoked_at.is_(None),
    )
    return and_(Account.disabled_at.is_(None), role.exists())


def canvassers(session: Session, crew_ids: Collection[int]) -> dict[int, list[str]]:
    """Who still walks with each crew, by name, in the order in which they were assigned; volunteers are not here."""
    names: dict[int, list[str]] = {crew_id: [] for crew_id in crew_ids}
    rows = session.execute(
        select(Duty.crew_id, Account.display_name)
        .join(Account, Account.id == Duty.account_id)
        .where(Duty.crew_id.in_(list(names)), serves())
        .order_by(Duty.id)
    )
    for crew_id, name in rows:
        names[crew_id or 0].append(name)
    return names


def companions(session: Session, serving: Sequence[Serving]) -> dict[int, list[str]]:
    """Everybody in each crew by name, by crew; a volunteer without an account comes last."""
    names = canvassers(session, [one.crew_id for one in serving])
    for one in serving:
        if one.volunteer:
            names[one.crew_id].append(one.volunteer)
    return names


def forms(session: Session, serving: Sequence[Serving]) -> dict[int, Forms]:
    """The forms of each crew. A serial on several matters is one form."""
    crew_ids = [one.crew_id for one in serving]
    issues = session.execute(
        select(FormIssue.crew_id, FormIssue.first_serial, FormIssue.last_serial).where(
            FormIssue.crew_id.in_(crew_ids)
        )
    ).all()
    used = _used(session, [(first, last) for _, first, last in issues])
    back = {
        crew_id: (int(blank), int(spoilt))
        for crew_id, blank, spoilt in session.execute(
            select(FormReturn.crew_id, func.sum(FormReturn.blank), func.sum(FormReturn.spoilt))
            .where(FormReturn.crew_id.in_(crew_ids))
            .group_by(FormReturn.crew_id)
        )
    }
    found = {}
    for crew_id in crew_ids:
        ranges = [(first, last) for crew, first, last in issues if crew == crew_id]
        issued = sum(last - first + 1 for first, last in ranges)
        registered = sum(first <= number <= last for number in used for first, last in ranges)
        found[crew_id] = Forms(issued, registered, *back.get(crew_id, (0, 0)))
    return found


def _used(session: Session, ranges: Sequence[tuple[int, int]]) -> set[int]:
    """The running numbers within the ranges that stand on a record."""
    if not ranges:
        return set()
    within: list[ColumnElement[bool]] = [
        and_(Consent.serial >= serials.printed(first), Consent.serial <= serials.printed(last))
        for first, last in ranges
    ]
    rows = session.scalars(select(Consent.serial).where(or_(*within)).distinct())
    return {number for text in rows if text and (number := serials.read(text)) is not None}
