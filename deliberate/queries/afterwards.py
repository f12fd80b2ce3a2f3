"""What awaits a household after a round: a result it may object to, finished work it may rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Completion,
    ConsentRound,
    Evaluation,
    Execution,
    Notice,
    Proposal,
    RollEntry,
)


@dataclass(frozen=True, slots=True)
class Due:
    """A matter, its round, and until when the household may speak."""

    proposal: Proposal
    round: ConsentRound
    until: datetime | None


def to_object(session: Session, household_id: int, now: datetime) -> Sequence[Due]:
    """Results on display of rounds in which the household was asked, while it may still object."""
    rows = session.execute(
        select(Proposal, ConsentRound, Notice.until)
        .join(ConsentRound, ConsentRound.proposal_id == Proposal.id)
        .join(RollEntry, RollEntry.consent_round_id == ConsentRound.id)
        .join(Notice, Notice.consent_round_id == ConsentRound.id)
        .where(
            Proposal.stage == Stage.OBJECTION,
            ConsentRound.status == RoundStatus.CLOSED,
            Notice.kind == NoticeKind.PRELIMINARY,
            Notice.until > now,
            RollEntry.household_id == household_id,
            RollEntry.electorate == Electorate.HOUSEHOLD,
        )
        .order_by(Notice.until, Proposal.id)
    )
    return [Due(*row) for row in rows]


def to_rate(session: Session, household_id: int, now: datetime) -> Sequence[Due]:
    """Finished works for which the household was asked and which it has not rated yet."""
    rated = select(Evaluation.proposal_id).where(Evaluation.household_id == household_id)
    rows = session.execute(
        select(Proposal, ConsentRound, Completion.evaluate_until)
        .join(Execution, Execution.proposal_id == Proposal.id)
        .join(Completion, Completion.execution_id == Execution.id)
        .join(ConsentRound, ConsentRound.id == Execution.consent_round_id)
        .join(RollEntry, RollEntry.consent_round_id == ConsentRound.id)
        .where(
            Proposal.stage == Stage.COMPLETED,
            Completion.evaluate_until > now,
            Proposal.id.not_in(rated),
            RollEntry.household_id == household_id,
            RollEntry.electorate == Electorate.HOUSEHOLD,
        )
        .order_by(Completion.evaluate_until, Proposal.id)
    )
    return [Due(*row) for row in rows]
