"""An adopted matter that is not carried out (any more): ended with the reason and the accounts, for everybody to see.

What households agreed to is then not done; another plan is another matter, which names this one.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, Stale
from deliberate.domain.lifecycle import Stage, Step
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import PlanVersion, Proposal
from deliberate.queries import executions

from . import audience, notices
from .execution import account, account_of, decisive_round
from .steps import proposal_of, take_step

LONGEST_REASON = 1000


def terminate(session: Session, actor: Actor, proposal_id: int, reason: str, *, now: datetime) -> Proposal:
    """End it between adoption and completion; ended twice for one reason it is ended once."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    why = reason.strip()
    if not 1 <= len(why) <= LONGEST_REASON:
        raise BadInput(
            what=N_("没有终止。"),
            why=N_("请写明终止的原因，最多%(most)s个字。"),
            next_step=N_("请补充后再提交；您填写的文字还在。"),
            most=LONGEST_REASON,
            field="reason",
        )
    if proposal.stage is Stage.TERMINATED:
        return _again(session, proposal, why)
    take_step(session, actor, proposal, Step.TERMINATE, now=now, reason=why)
    carried_out = executions.of_proposal(session, proposal_id)
    consent_round = decisive_round(session, proposal)
    plan = session.get_one(PlanVersion, consent_round.plan_version_id)
    told = account(carried_out) if carried_out else account_of(proposal, plan)
    notices.publish(
        session,
        actor,
        proposal.community_id,
        NoticeKind.TERMINATION,
        now=now,
        proposal_id=proposal_id,
        consent_round_id=consent_round.id,
        until=None,
        **told,
        reason=why,
    )
    audience.tell_both(session, proposal, "matter_terminated", now=now, reason=why)
    session.flush()
    return proposal


def _again(session: Session, proposal: Proposal, reason: str) -> Proposal:
    said = notices.latest(session, proposal.id, NoticeKind.TERMINATION)
    if said is None or said.data.get("reason") != reason:
        raise Stale(what=N_("没有保存。"), why=N_("这个议题已经终止了，原因已经公示。"))
    return proposal
