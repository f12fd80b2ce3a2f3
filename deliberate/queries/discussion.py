"""What was said about a matter: comments with replies, suggestions and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deliberate.domain.discussion import Stance, Verdict
from deliberate.models import Comment as Comment
from deliberate.models import DiscussionRound, Proposal

from . import voices
from .prepared import Prepared
from .voices import Voice


@dataclass(frozen=True, slots=True)
class Said:
    """One remark as a page shows it; of a hidden one only the mark and the reason go out."""

    id: int
    round_id: int
    stance: Stance | None
    body: str
    at: datetime
    voice: Voice
    author_id: int
    spoken_by: str | None
    hidden_reason: str | None
    verdict: Verdict | None
    verdict_reason: str | None
    replies: list["Said"] = field(default_factory=list)


class _Row(NamedTuple):
    """Of a comment what its page shows, without the cost of an entity."""

    id: int
    parent_id: int | None
    discussion_round_id: int
    stance: Stance | None
    body: str
    at: datetime
    author_id: int
    spoken_by: str | None
    hidden_at: datetime | None
    hidden_reason: str | None
    verdict: Verdict | None
    verdict_reason: str | None


_OF_MATTER = Prepared(
    select(*(getattr(Comment, name) for name in _Row._fields))
    .where(Comment.proposal_id == bindparam("proposal_id"))
    .order_by(Comment.at, Comment.id)
)


def comments(session: Session, proposal: Proposal) -> Mapping[int, Sequence[Said]]:
    """By round, oldest first, replies under what they answer: three queries."""
    found = [_Row(*row) for row in _OF_MATTER.rows(session, proposal_id=proposal.id)]
    known = voices.of_accounts(session, proposal.community_id, {row.author_id for row in found})
    said = {row.id: _said(row, known[row.author_id]) for row in found}
    by_round: dict[int, list[Said]] = {}
    for row in found:
        if row.parent_id is not None and row.parent_id in said:
            said[row.parent_id].replies.append(said[row.id])
        else:
            by_round.setdefault(row.discussion_round_id, []).append(said[row.id])
    return by_round


def _said(row: _Row, voice: Voice) -> Said:
    hidden = row.hidden_at is not None
    return Said(
        id=row.id,
        round_id=row.discussion_round_id,
        stance=row.stance,
        body="" if hidden else row.body,
        at=row.at,
        voice=Voice(taken_down=True) if row.spoken_by is not None else voice,
        author_id=row.author_id,
        spoken_by=None if hidden else row.spoken_by,
        hidden_reason=row.hidden_reason if hidden else None,
        verdict=row.verdict,
        verdict_reason=row.verdict_reason,
    )


def suggestions(by_round: Mapping[int, Sequence[Said]]) -> list[Said]:
    """The suggestions that stand, of all rounds, in the order in which they were made."""
    return [
        said
        for round_id in sorted(by_round)
        for said in by_round[round_id]
        if said.stance is Stance.SUGGESTION and said.hidden_reason is None
    ]


def comment(session: Session, community_id: int, comment_id: int) -> Comment | None:
    """The comment, if it was made in this community."""
    return session.scalar(
        select(Comment).where(Comment.id == comment_id, Comment.community_id == community_id)
    )


def matter_of(session: Session, comment: Comment) -> Proposal:
    """The matter about which the comment was made."""
    return session.scalars(select(Proposal).where(Proposal.id == comment.proposal_id)).one()


def running(session: Session, proposal_id: int) -> DiscussionRound | None:
    """The round that is not closed."""
    return session.scalar(
        select(DiscussionRound).where(
            DiscussionRound.proposal_id == proposal_id, DiscussionRound.closed_at.is_(None)
        )
    )
