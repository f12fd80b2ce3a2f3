"""What is said in a round: comments, replies, remarks taken down; hiding, and verdicts on suggestions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.discussion import Stance, Verdict
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.domain.proposal import LONGEST_REASON, LONGEST_REMARK, text_of
from deliberate.models import Comment, DiscussionRound, Proposal

from . import audience, journal
from .discussion import running_round
from .proposals import subject_of
from .steps import proposal_of

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say: with a stance, or in reply to a comment."""

    body: str
    stance: Stance | None = None
    parent_id: int | None = None
    request_id: str | None = None


def comment(session: Session, actor: Actor, proposal_id: int, remark: Remark, *, now: datetime) -> Comment:
    """A resident speaks, or a moderator answers, while the round runs."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.COMMENT, Subject(community_id=proposal.community_id))
    return _say(session, actor, proposal, remark, None, now)


def take_down(
    session: Session, actor: Actor, proposal_id: int, remark: Remark, spoken_by: str, *, now: datetime
) -> Comment:
    """Staff write down what somebody said (代录); public pages show the mark, never the name."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.TAKE_DOWN, subject_of(proposal))
    return _say(session, actor, proposal, remark, text_of(spoken_by, LONGEST_NAME, "spoken_by"), now)


def _say(
    session: Session, actor: Actor, proposal: Proposal, remark: Remark, spoken_by: str | None, now: datetime
) -> Comment:
    said = _same_form(session, actor, remark.request_id)
    if said is not None:
        if not _says(said, proposal, remark, spoken_by):
            raise Stale(
                what=N_("发言没有记下来。"),
                why=N_("用这一页已经发过一条，这次的文字和它不一样。"),
                next_step=N_("要再发一条，请再按一次；您填写的文字还在下面。"),
            )
        return said
    running = _open_round(session, proposal, now)
    parent = _parent(session, running, remark.parent_id)
    if parent is None and remark.stance is None:
        raise BadInput(why=N_("还没有选是支持、反对、疑问还是建议。"), field="stance")
    made = Comment(
        community_id=proposal.community_id,
        proposal_id=proposal.id,
        discussion_round_id=running.id,
        parent_id=parent.id if parent else None,
        stance=None if parent else remark.stance,
        body=text_of(remark.body, LONGEST_REMARK, "body"),
        author_id=account_of(actor),
        spoken_by=spoken_by,
        request_id=remark.request_id,
        at=now,
    )
    session.add(made)
    session.flush()
    if parent is not None and parent.author_id != made.author_id:
        audience.tell_account(session, parent.author_id, proposal, "comment_replied", now=now)
    journal.note(session, actor, proposal.community_id, "comment", "comment", made.id, now=now)
    session.flush()
    return made


def _same_form(session: Session, actor: Actor, request_id: str | None) -> Comment | None:
    if not request_id:
        return None
    return session.scalar(
        select(Comment).where(Comment.author_id == actor.account_id, Comment.request_id == request_id)
    )


def _says(said: Comment, proposal: Proposal, remark: Remark, spoken_by: str | None) -> bool:
    """Whether this is the remark that was sent; a reply has no stance of its own."""
    alike = (said.proposal_id, said.spoken_by) == (proposal.id, spoken_by)
    same_kind = said.stance is remark.stance if said.parent_id is None else remark.parent_id is not None
    return alike and same_kind and said.body == text_of(remark.body, LONGEST_REMARK, "body")


def _open_round(session: Session, proposal: Proposal, now: datetime) -> DiscussionRound:
    running = running_round(session, proposal.id)
    if proposal.stage is not Stage.DISCUSSING or running is None or now >= running.deadline:
        raise Refusal(
            what=N_("发言没有记下来。"),
            why=N_("这个议题现在不在议事，或者本轮发言已经截止。"),
            next_step=N_("请等下一轮议事，或者联系社区工作人员；您填写的文字还在下面。"),
        )
    return running


def _parent(session: Session, running: DiscussionRound, parent_id: int | None) -> Comment | None:
    """The comment that is answered; an answer to an answer stands beside it."""
    if parent_id is None:
        return None
    parent = session.get(Comment, parent_id)
    if parent is None or parent.discussion_round_id != running.id or parent.hidden_at is not None:
        raise BadInput(
            what=N_("回复没有记下来。"),
            why=N_("要回复的发言不在本轮议事里，或者已经隐藏。"),
            next_step=N_("请回到议题页面，另选一条发言，或者直接发言。"),
        )
    return session.get(Comment, parent.parent_id) if parent.parent_id else parent


def _moderated(session: Session, actor: Actor, comment_id: int) -> tuple[Comment, Proposal]:
    found = session.get(Comment, comment_id, populate_existing=True)
    if found is None:
        raise NotFound()
    require(actor, Action.MODERATE, Subject(community_id=found.community_id))
    return found, proposal_of(session, found.proposal_id)


def hide(session: Session, actor: Actor, comment_id: int, reason: str, *, now: datetime) -> Comment:
    """Take a remark out of sight; its place and the reason stay public. Hidden once, hidden for good."""
    found, proposal = _moderated(session, actor, comment_id)
    why = text_of(reason, LONGEST_REASON, "reason")
    if found.hidden_at is not None:
        return found
    found.hidden_at, found.hidden_by_id, found.hidden_reason = now, account_of(actor), why
    audience.tell_account(session, found.author_id, proposal, "comment_hidden", now=now, reason=why)
    journal.note(session, actor, found.community_id, "hide_comment", "comment", found.id, now=now)
    session.flush()
    return found


def judge(
    session: Session, actor: Actor, comment_id: int, verdict: Verdict, reason: str, *, now: datetime
) -> Comment:
    """Say whether a suggestion goes into the plan, and why; it may be judged anew until the plan is fixed."""
    found, proposal = _moderated(session, actor, comment_id)
    why = text_of(reason, LONGEST_REASON, "reason")
    if found.stance is not Stance.SUGGESTION or found.hidden_at is not None:
        raise BadInput(why=N_("只有没有隐藏的建议才能答复是否采纳。"))
    if proposal.stage is not Stage.DISCUSSING:
        raise WrongStage(why=N_("议题现在不在议事，建议的答复不能再改。"))
    found.verdict, found.verdict_reason = verdict, why
    found.verdict_by_id, found.verdict_at = account_of(actor), now
    kind = "suggestion_taken" if verdict is Verdict.TAKEN else "suggestion_not_taken"
    audience.tell_account(session, found.author_id, proposal, kind, now=now, reason=why)
    journal.note(session, actor, found.community_id, "judge_suggestion", "comment", found.id, now=now)
    session.flush()
    return found
