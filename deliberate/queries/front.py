"""What is going on now in a community: the rounds in which households are being asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import rules as decision
from deliberate.domain.round import RoundStatus, TallyVisibility
from deliberate.domain.tally import need
from deliberate.models import ConsentRound, PlanVersion, Proposal, TallySnapshot

from . import progress
from .rounds import days_left, latest_snapshot, mark_of


@dataclass(frozen=True, slots=True)
class OpenNow:
    """An open round, as far as its tally and deadline go: nothing by building."""

    round: ConsentRound
    number: int
    plan: PlanVersion
    need: int
    mark: str
    answered: int
    snapshot: TallySnapshot | None
    days_left: int

    @property
    def sealed(self) -> bool:
        """Whether no number of consents is shown before closing."""
        return self.round.tally_visibility is TallyVisibility.SEALED


def open_now(session: Session, community_id: int, *, now: datetime, most: int = 3) -> list[OpenNow]:
    """Rounds in which answers come in, the next deadline first."""
    rows = session.execute(
        select(ConsentRound, Proposal.number, PlanVersion)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.status == RoundStatus.OPEN,
            ConsentRound.answer_until > now,
        )
        .order_by(ConsentRound.answer_until, ConsentRound.id)
        .limit(most)
    )
    return [_shown(session, one, number, plan, now) for one, number, plan in rows]


def _shown(session: Session, one: ConsentRound, number: int, plan: PlanVersion, now: datetime) -> OpenNow:
    rules = decision.from_data(one.rules)
    share = decision.threshold(rules) or decision.LOWEST
    return OpenNow(
        round=one,
        number=number,
        plan=plan,
        need=need(one.roll_size, share.numerator, share.denominator),
        mark=mark_of(rules),
        answered=progress.of_round(session, one.id).answered,
        snapshot=latest_snapshot(session, one.id),
        days_left=days_left(one.answer_until, now) or 0,
    )
