"""Evaluation (评议): what households think of the result, one voice each; then the archive."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, Refusal
from deliberate.domain.execution import Rating
from deliberate.domain.lifecycle import Condition, Stage, Step
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Evaluation
from deliberate.queries import executions, objectors, subjects

from . import journal, notices
from .steps import proposal_of, take_step

LONGEST = 1000


class NotRated(Refusal):
    """A rating that cannot be taken."""

    default_what = N_("没有保存评议。")


def rate(
    session: Session,
    actor: Actor,
    proposal_id: int,
    household_id: int,
    rating: Rating,
    remark: str,
    *,
    now: datetime,
) -> Evaluation:
    """One rating for each household that was asked; it may be changed until the period ends."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EVALUATE, subjects.of_household(session, household_id, proposal.community_id))
    carried_out = executions.of_proposal(session, proposal_id)
    completion = carried_out.completion if carried_out else None
    if proposal.stage is not Stage.COMPLETED or completion is None or now >= completion.evaluate_until:
        raise NotRated(
            why=N_("现在不在评议的时间内。"), next_step=N_("如果对结果不满意，可以重新提出一个议题。")
        )
    round_id = carried_out.execution.consent_round_id if carried_out else 0
    if objectors.household_entry(session, round_id, household_id) is None:
        raise NotRated(why=N_("这个议题没有征求过您家的意见。"))
    if len(remark.strip()) > LONGEST:
        raise BadInput(
            what=N_("没有保存评议。"),
            why=N_("文字太长，最多%(most)s个字。"),
            next_step=N_("请缩短后再提交；您填写的文字还在。"),
            most=LONGEST,
            field="remark",
        )
    said = executions.rating_of(session, proposal_id, household_id) or Evaluation(
        community_id=proposal.community_id, proposal_id=proposal_id, household_id=household_id
    )
    said.rating, said.remark, said.at = rating, remark.strip(), now
    said.account_id, said.letter_id = actor.account_id, None if actor.account_id else actor.letter_id
    session.add(said)
    session.flush()
    journal.note(session, actor, proposal.community_id, "rated", "proposal", proposal_id, now=now)
    return said


def close_evaluation(session: Session, actor: Actor, proposal_id: int, *, now: datetime) -> Stage:
    """End the evaluation when its period is over, or everybody has spoken; the result is posted."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    if proposal.stage in (Stage.EVALUATED, Stage.ARCHIVED):
        return proposal.stage
    carried_out = executions.of_proposal(session, proposal_id)
    completion = carried_out.completion if carried_out else None
    facts: set[Condition] = set()
    if carried_out is not None and completion is not None:
        everybody = carried_out.ratings.total >= carried_out.ratings.asked
        if now >= completion.evaluate_until or everybody:
            facts.add(Condition.EVALUATION_OVER)
    stage = take_step(session, actor, proposal, Step.EVALUATE, facts, now=now)
    said = carried_out.ratings if carried_out else None
    notices.publish(
        session,
        actor,
        proposal.community_id,
        NoticeKind.EVALUATION,
        now=now,
        proposal_id=proposal_id,
        title=proposal.title,
        number=proposal.number,
        asked=said.asked if said else 0,
        ratings={rating.value: number for rating, number in said.by_rating.items()} if said else {},
    )
    return stage


def archive(session: Session, actor: Actor, proposal_id: int, *, now: datetime) -> Stage:
    """Put the dossier away; archived twice is archived once."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    if proposal.stage is Stage.ARCHIVED:
        return proposal.stage
    return take_step(session, actor, proposal, Step.ARCHIVE, now=now)
