"""Discussion: rounds with a deadline, opened and closed by a moderator who sums them up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Condition, Stage, Step
from deliberate.domain.permissions import Action, Actor, account_of, require
from deliberate.domain.proposal import LONGEST_BODY, text_of
from deliberate.models import DiscussionRound, Proposal

from . import audience, journal
from .proposals import subject_of
from .steps import proposal_of, take_step


@dataclass(frozen=True, slots=True)
class Summary:
    """What a round came to, in three parts; each is written, if only as 'nothing'."""

    agreed: str
    disputed: str
    goes_on: str

    def checked(self) -> "Summary":
        """Trimmed, none of them empty."""
        return Summary(
            text_of(self.agreed, LONGEST_BODY, "agreed"),
            text_of(self.disputed, LONGEST_BODY, "disputed"),
            text_of(self.goes_on, LONGEST_BODY, "goes_on"),
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """What a round is to settle, and until when."""

    question: str
    deadline: datetime


def moderated(session: Session, actor: Actor, proposal_id: int) -> Proposal:
    """The matter, for a moderator of its community."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.MODERATE, subject_of(proposal))
    return proposal


def running_round(session: Session, proposal_id: int) -> DiscussionRound | None:
    """The round that is not closed, whether or not its deadline has passed."""
    return session.scalar(
        select(DiscussionRound).where(
            DiscussionRound.proposal_id == proposal_id, DiscussionRound.closed_at.is_(None)
        )
    )


def last_round(session: Session, proposal_id: int) -> DiscussionRound | None:
    """The newest round."""
    return session.scalar(
        select(DiscussionRound)
        .where(DiscussionRound.proposal_id == proposal_id)
        .order_by(DiscussionRound.n.desc())
        .limit(1)
    )


def open_discussion(
    session: Session, actor: Actor, proposal_id: int, opening: Opening, *, now: datetime, reason: str = ""
) -> DiscussionRound:
    """The first round of an accepted matter, or, with a reason, of one that was not carried."""
    proposal = moderated(session, actor, proposal_id)
    take_step(session, actor, proposal, Step.OPEN_DISCUSSION, now=now, reason=reason)
    return add_round(session, actor, proposal, opening, now)


def next_round(
    session: Session, actor: Actor, proposal_id: int, opening: Opening, *, now: datetime
) -> DiscussionRound:
    """Another round, after the last was closed with its summary."""
    proposal = moderated(session, actor, proposal_id)
    take_step(session, actor, proposal, Step.NEXT_ROUND, summary_facts(session, proposal_id), now=now)
    return add_round(session, actor, proposal, opening, now)


def summary_facts(session: Session, proposal_id: int) -> set[Condition]:
    """SUMMARY, when there was a round and the last is closed."""
    last = last_round(session, proposal_id)
    return {Condition.SUMMARY} if last is not None and last.closed_at is not None else set()


def add_round(
    session: Session, actor: Actor, proposal: Proposal, opening: Opening, now: datetime
) -> DiscussionRound:
    """Write the round down and tell those concerned; the step has been taken."""
    if opening.deadline <= now:
        raise BadInput(
            what=N_("没有开始新一轮议事。"),
            why=N_("截止时间要晚于现在。"),
            next_step=N_("请改一下截止时间。"),
            field="deadline",
        )
    last = session.scalar(
        select(func.max(DiscussionRound.n)).where(DiscussionRound.proposal_id == proposal.id)
    )
    made = DiscussionRound(
        community_id=proposal.community_id,
        proposal_id=proposal.id,
        n=(last or 0) + 1,
        question=text_of(opening.question, LONGEST_BODY, "question"),
        opened_at=now,
        opened_by_id=account_of(actor),
        deadline=opening.deadline,
    )
    session.add(made)
    session.flush()
    audience.tell_both(session, proposal, "discussion_opened", now=now, round=made.n)
    journal.note(
        session, actor, proposal.community_id, "open_discussion_round", "discussion_round", made.id, now=now
    )
    session.flush()
    return made


def close_round(
    session: Session,
    actor: Actor,
    proposal_id: int,
    summary: Summary,
    *,
    now: datetime,
    early: bool = False,
    opening: Opening | None = None,
    seen: int | None = None,
) -> DiscussionRound:
    """Close the running round with its summary; with `opening` the next begins at once.

    Without it the moderator goes on to fix the plan, or opens another round later. Before the deadline a
    round closes only when the moderator says so on purpose (`early`): households counted on it. `seen` is the
    number of the round on the page: it alone is closed, and a second click closes no further one.
    """
    proposal = moderated(session, actor, proposal_id)
    if again := _closed_so(session, actor, proposal_id, seen, summary):
        return again
    if proposal.stage is not Stage.DISCUSSING:
        raise WrongStage()
    running = running_round(session, proposal_id)
    if running is None:
        raise Refusal(
            what=N_("这一轮没有结束。"),
            why=N_("本轮议事已经结束，小结已经写好。"),
            next_step=N_("请刷新页面，查看小结。"),
        )
    if seen not in (None, running.n):
        raise Stale(
            what=N_("这一轮没有结束。"),
            why=N_("您打开页面时的那一轮已经结束，现在进行的是第%(n)s次协商。"),
            next_step=N_("请看过现在这一轮的发言；您填写的小结还在下面。"),
            n=running.n,
        )
    if now < running.deadline and not early:
        raise BadInput(
            what=N_("这一轮没有结束。"),
            why=N_("还没有到截止时间，住户还可以发言。"),
            next_step=N_("请等到截止以后；确实要提前结束的，请勾选“提前结束”。"),
            field="early",
        )
    _close(session, actor, running, summary.checked(), now)
    if opening is not None:
        take_step(session, actor, proposal, Step.NEXT_ROUND, {Condition.SUMMARY}, now=now)
        return add_round(session, actor, proposal, opening, now)
    return running


def _closed_so(
    session: Session, actor: Actor, proposal_id: int, seen: int | None, summary: Summary
) -> DiscussionRound | None:
    """The round of the page, if this person has closed it with this very summary."""
    found = session.scalar(
        select(DiscussionRound).where(
            DiscussionRound.proposal_id == proposal_id,
            DiscussionRound.n == seen,
            DiscussionRound.closed_by_id == actor.account_id,
        )
    )
    if (
        found is None
        or Summary(found.agreed or "", found.disputed or "", found.goes_on or "") != summary.checked()
    ):
        return None
    return found


def _close(session: Session, actor: Actor, running: DiscussionRound, summary: Summary, now: datetime) -> None:
    running.agreed, running.disputed, running.goes_on = summary.agreed, summary.disputed, summary.goes_on
    running.closed_at, running.closed_by_id = now, account_of(actor)
    journal.note(
        session,
        actor,
        running.community_id,
        "close_discussion_round",
        "discussion_round",
        running.id,
        now=now,
    )
    session.flush()
