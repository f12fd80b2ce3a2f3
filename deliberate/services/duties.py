"""Who serves in a round: one person, one duty; crews of two; substitutes at any time (rule 14)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput
from deliberate.domain.permissions import Action, Actor, Role, Subject, require
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.models import (
    Account,
    ConsentRound,
    Crew,
    Duty,
    Household,
    Membership,
    OutcomeRecord,
)
from deliberate.queries import crews
from deliberate.queries.scope import in_scope

from . import journal
from .accounts import refuse_several
from .rounds import RoundNotReady, round_of
from .staff import standing_grant

ROLE_FOR = {
    DutyKind.MODERATOR: Role.MODERATOR,
    DutyKind.CANVASSER: Role.CANVASSER,
    DutyKind.SCRUTINEER: Role.SCRUTINEER,
}


def assign(
    session: Session,
    actor: Actor,
    round_id: int,
    account_id: int,
    kind: DutyKind,
    crew_id: int | None = None,
    *,
    now: datetime,
) -> Duty:
    """Give somebody a duty in the round, for which they have the role; a second duty is refused."""
    consent_round = _serving(session, actor, round_id)
    _refuse_without_role(session, consent_round, account_id, kind)
    held = session.scalar(
        select(Duty).where(Duty.consent_round_id == round_id, Duty.account_id == account_id)
    )
    if held is not None:
        raise RoundNotReady(
            what=N_("没有安排。"),
            why=N_("这个人在这一轮里已经有一项职责；主持、监票和入户必须由不同的人担任。"),
            next_step=N_("请另选一个人。"),
        )
    crew = session.get(Crew, crew_id) if crew_id is not None else None
    if (kind is DutyKind.CANVASSER) != (crew is not None and crew.consent_round_id == round_id):
        raise BadInput(
            what=N_("没有安排。"),
            why=N_("入户人员要编入这一轮的一个小组，其他职责不编组。"),
            next_step=N_("请先建小组，再选小组。"),
        )
    duty = Duty(
        community_id=consent_round.community_id,
        consent_round_id=round_id,
        account_id=account_id,
        kind=kind,
        crew_id=crew.id if crew else None,
        assigned_at=now,
        assigned_by_id=actor.account_id,
    )
    session.add(duty)
    session.flush()
    journal.note(
        session, actor, consent_round.community_id, f"duty_{kind}", "consent_round", round_id, now=now
    )
    journal.tell(
        session,
        account_id,
        consent_round.community_id,
        "duty",
        now=now,
        proposal_id=consent_round.proposal_id,
        duty=kind.value,
    )
    return duty


def _refuse_without_role(
    session: Session, consent_round: ConsentRound, account_id: int, kind: DutyKind
) -> None:
    if standing_grant(session, consent_round.community_id, account_id, ROLE_FOR[kind]) is None:
        raise BadInput(
            what=N_("没有安排。"),
            why=N_("这个人没有相应的身份。"),
            next_step=N_("请先请户册管理员给这个人登记身份。"),
        )


def _serving(session: Session, actor: Actor, round_id: int) -> ConsentRound:
    consent_round = round_of(session, round_id)
    require(actor, Action.ASSIGN_DUTIES, Subject(consent_round.community_id))
    decided = session.scalar(select(OutcomeRecord.id).where(OutcomeRecord.consent_round_id == round_id))
    if consent_round.status is RoundStatus.DROPPED or decided is not None:
        raise RoundNotReady(
            what=N_("没有安排。"), why=N_("这一轮已经结束。"), next_step=N_("请在新的一轮里安排。")
        )
    return consent_round


def make_crew(
    session: Session,
    actor: Actor,
    round_id: int,
    name: str,
    scope: Mapping[str, Any],
    volunteer: str | None = None,
    *,
    now: datetime,
) -> Crew:
    """A crew and the doors it walks; its second may be a volunteer without an account."""
    consent_round = _serving(session, actor, round_id)
    name = name.strip()
    taken = session.scalar(select(Crew.id).where(Crew.consent_round_id == round_id, Crew.name == name))
    if not name or taken is not None:
        raise BadInput(
            what=N_("没有建立小组。"),
            why=N_("小组要有一个和其他小组不同的名称。"),
            next_step=N_("请换一个名称。"),
        )
    helper = (volunteer or "").strip()
    refuse_several(helper, N_("没有建立小组。"), "volunteer")
    crew = Crew(
        community_id=consent_round.community_id,
        consent_round_id=round_id,
        name=name,
        volunteer=helper or None,
        scope=dict(scope),
    )
    session.add(crew)
    session.flush()
    journal.note(session, actor, consent_round.community_id, "crew_made", "consent_round", round_id, now=now)
    return crew


def warnings(session: Session, round_id: int) -> Sequence[Account]:
    """Canvassers who live among the doors of their own crew: lawful elsewhere, never at their own door."""
    serving = session.execute(
        select(Duty.account_id, Crew.scope, Crew.community_id)
        .join(Crew, Crew.id == Duty.crew_id)
        .where(Duty.consent_round_id == round_id)
    ).all()
    neighbours = [
        account_id
        for account_id, scope, community_id in serving
        if session.scalars(
            select(Membership.id)
            .join(Household, Household.id == Membership.household_id)
            .where(
                Membership.account_id == account_id,
                Membership.ended_at.is_(None),
                in_scope(community_id, scope),
            )
            .limit(1)
        ).first()
    ]
    return session.scalars(select(Account).where(Account.id.in_(neighbours)).order_by(Account.id)).all()


def crew_of(session: Session, actor: Actor, round_id: int) -> tuple[Duty, Crew] | None:
    """The actor's duty as a canvasser in the round, with the crew."""
    row = session.execute(
        select(Duty, Crew)
        .join(Crew, Crew.id == Duty.crew_id)
        .where(Duty.consent_round_id == round_id, Duty.account_id == actor.account_id)
    ).first()
    return (row[0], row[1]) if row else None


def members_of_crew(session: Session, crew: Crew) -> list[str]:
    """The people of the crew as they stand on a record; whoever left it, or is no canvasser any more, is none."""
    return with_volunteer(crews.canvassers(session, [crew.id])[crew.id], crew)


def with_volunteer(names: Sequence[str], crew: Crew) -> list[str]:
    """Accounts by name, in the order in which they were assigned, and the volunteer."""
    return [*names, *([crew.volunteer] if crew.volunteer else [])]


def together(members: Sequence[str]) -> str:
    """Their names on a record."""
    return "、".join(members)[:250]
