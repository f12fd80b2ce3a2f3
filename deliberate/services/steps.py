"""Steps on the path of a proposal: judged by the one table, written down, journalled."""

from collections.abc import Set
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.errors import NotFound
from deliberate.domain.lifecycle import Condition, Stage, Step, take
from deliberate.domain.permissions import Actor
from deliberate.models import Proposal, StageChange

from . import journal


def proposal_of(session: Session, proposal_id: int) -> Proposal:
    """The matter as it stands now; NotFound when there is none."""
    found = session.get(Proposal, proposal_id, populate_existing=True)
    if found is None:
        raise NotFound()
    return found


def take_step(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    step: Step,
    facts: Set[Condition] = frozenset(),
    *,
    now: datetime,
    reason: str | None = None,
) -> Stage:
    """Take the step or be refused; a reason given is itself a fact."""
    reason = (reason or "").strip() or None
    known = set(facts) | ({Condition.REASON} if reason else set())
    before = proposal.stage
    proposal.stage = take(before, step, known)
    proposal.changed_at = now
    session.add(
        StageChange(
            community_id=proposal.community_id,
            proposal_id=proposal.id,
            step=step,
            from_stage=before,
            to_stage=proposal.stage,
            reason=reason,
            at=now,
            by_id=actor.account_id,
        )
    )
    journal.note(session, actor, proposal.community_id, step.value, "proposal", proposal.id, now=now)
    session.flush()
    return proposal.stage
