"""Matters as pages ask for them: lists with filters and search, one matter by its number, similar ones."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from deliberate.domain.lifecycle import HIDDEN_FROM_PUBLIC, Stage
from deliberate.domain.path import GROUPS, Group
from deliberate.domain.proposal import Category
from deliberate.domain.similar import Known, rank
from deliberate.models import (
    Building,
    Comment,
    DiscussionRound,
    Estate,
    Household,
    Second,
    StageChange,
)
from deliberate.models import PlanVersion as PlanVersion
from deliberate.models import Proposal as Proposal
from deliberate.models import ProposalVersion as ProposalVersion

from .voices import Voice

T = TypeVar("T")
PAGE = 20
MOST_COMPARED = 500
"""The newest matters among which similar ones are sought."""

PUBLIC: tuple[ColumnElement[bool], ...] = (
    Proposal.stage.not_in(HIDDEN_FROM_PUBLIC),
    Proposal.submitted_at.is_not(None),
)
"""What anyone may see: neither drafts, nor what went back to its author, nor a draft thrown away."""


@dataclass(frozen=True, slots=True)
class Row:
    """A matter in a list."""

    id: int
    number: int
    title: str
    stage: Stage
    category: Category
    budget: int
    submitted_at: datetime | None
    changed_at: datetime
    seconds: int
    comments: int
    deadline: datetime | None
    """Of the running round of discussion."""
    voice: Voice


@dataclass(frozen=True, slots=True)
class Listing:
    """One leaf of the list; `older_than` begins the next, None on the last."""

    rows: Sequence[Row]
    older_than: int | None
    by_group: Mapping[Group, int]
    total: int


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter with all that its page shows, apart from what was said."""

    proposal: Proposal
    voice: Voice
    seconds: int
    versions: Sequence[ProposalVersion]
    """The texts that this reader may see, oldest first; the last is the one that stands."""
    steps: Sequence[StageChange]
    rounds: Sequence[DiscussionRound]
    plans: Sequence[PlanVersion]
    merged_into: Proposal | None
    follows: Proposal | None
    merged_here: Sequence[Proposal]
    raised_again: Sequence[Proposal]

    @property
    def running(self) -> DiscussionRound | None:
        """The round that is not closed."""
        return next((found for found in self.rounds if found.closed_at is None), None)

    @property
    def plan(self) -> PlanVersion | None:
        """The newest plan."""
        return self.plans[-1] if self.plans else None


def _seconds() -> ColumnElement[int]:
    return (
        select(func.count(Second.id))
        .where(Second.proposal_id == Proposal.id)
        .correlate(Proposal)
        .scalar_subquery()
    )


def _comments() -> ColumnElement[int]:
    return (
        select(func.count(Comment.id))
        .where(Comment.proposal_id == Proposal.id, Comment.hidden_at.is_(None))
        .correlate(Proposal)
        .scalar_subquery()
    )


def _deadline() -> ColumnElement[datetime]:
    return (
        select(DiscussionRound.deadline)
        .where(DiscussionRound.proposal_id == Proposal.id, DiscussionRound.closed_at.is_(None))
        .correlate(Proposal)
        .scalar_subquery()
    )


def rows(
    session: Session, *where: ColumnElement[bool], most: int = PAGE, order: Sequence[ColumnElement[Any]] = ()
) -> list[Row]:
    """Matters of a condition, newest number first where no order is asked, in one query."""
    statement = (
        select(Proposal, _seconds(), _comments(), _deadline(), Building.name, Estate.name)
        .outerjoin(Household, Household.id == Proposal.household_id)
        .outerjoin(Building, Building.id == Household.building_id)
        .outerjoin(Estate, Estate.id == Building.estate_id)
        .where(*where)
        .order_by(*(order or (Proposal.number.desc(),)))
        .limit(most)
    )
    return [
        Row(
            id=p.id,
            number=p.number,
            title=p.title,
            stage=p.stage,
            category=p.category,
            budget=p.budget,
            submitted_at=p.submitted_at,
            changed_at=p.changed_at,
            seconds=seconds,
            comments=comments,
            deadline=deadline,
            voice=Voice(building or "", estate or "", taken_down=p.taken_down_by_id is not None),
        )
        for p, seconds, comments, deadline, building, estate in session.execute(statement)
    ]


def in_stages(session: Session, community_id: int, stages: Collection[Stage], most: int = 200) -> list[Row]:
    """Matters at these stages."""
    return rows(session, Proposal.community_id == community_id, Proposal.stage.in_(stages), most=most)


def search_condition(text: str) -> list[ColumnElement[bool]]:
    """Every word in the title, the text or the number; LIKE finds two characters, which trigrams don't."""
    return [
        or_(
            Proposal.title.icontains(word, autoescape=True),
            Proposal.body.icontains(word, autoescape=True),
            *([Proposal.number == int(word)] if word.isascii() and word.isdigit() and len(word) < 9 else []),
        )
        for word in text.split()[:8]
    ]


def listing(
    session: Session,
    community_id: int,
    *,
    group: Group | None = None,
    category: Category | None = None,
    search: str = "",
    older_than: int | None = None,
    size: int = PAGE,
) -> Listing:
    """One leaf of the public list: two queries, however many matters there are."""
    where = [Proposal.community_id == community_id, *PUBLIC, *search_condition(search)]
    if category is not None:
        where.append(Proposal.category == category)
    counted = session.execute(select(Proposal.stage, func.count()).where(*where).group_by(Proposal.stage))
    by_stage: dict[Stage, int] = {stage: number for stage, number in counted}  # noqa: C416 - rows, not pairs
    if group is not None:
        where.append(Proposal.stage.in_(GROUPS[group]))
    if older_than is not None:
        where.append(Proposal.number < older_than)
    found = rows(session, *where, most=size + 1)
    return Listing(
        rows=found[:size],
        older_than=found[size - 1].number if len(found) > size else None,
        by_group={each: sum(by_stage.get(s, 0) for s in stages) for each, stages in GROUPS.items()},
        total=sum(by_stage.values()),
    )


_BY_NUMBER = select(Proposal).where(
    Proposal.community_id == bindparam("community_id"), Proposal.number == bindparam("number")
)


def by_number(session: Session, community_id: int, number: int) -> Proposal | None:
    """The matter of that number in the community, whoever may see it."""
    return session.scalar(_BY_NUMBER, {"community_id": community_id, "number": number})


def is_public(proposal: Proposal) -> bool:
    """Whether anyone may see the matter; the same condition as `PUBLIC`."""
    return proposal.stage not in HIDDEN_FROM_PUBLIC and proposal.submitted_at is not None


def matter(session: Session, proposal: Proposal, *, with_drafts: bool = False) -> Matter:
    """Everything that the page of one matter shows: ten queries, however much was said.

    Only a draft and what screening returned can be changed, so of the texts that were ever written one alone was
    submitted and not returned: the one that stands. The others are for the author and the moderators.
    """
    own, here = proposal.id, Proposal.community_id == proposal.community_id
    row = session.execute(
        select(_seconds(), Building.name, Estate.name)
        .select_from(Proposal)
        .outerjoin(Household, Household.id == Proposal.household_id)
        .outerjoin(Building, Building.id == Household.building_id)
        .outerjoin(Estate, Estate.id == Building.estate_id)
        .where(Proposal.id == own)
    ).one()
    seconds, building, estate = row
    return Matter(
        proposal=proposal,
        voice=Voice(building or "", estate or "", taken_down=proposal.taken_down_by_id is not None),
        seconds=seconds,
        versions=_all(session, _versions(proposal, with_drafts), "n"),
        steps=_all(session, select(StageChange).where(StageChange.proposal_id == own), "id"),
        rounds=_all(session, select(DiscussionRound).where(DiscussionRound.proposal_id == own), "n"),
        plans=_all(session, select(PlanVersion).where(PlanVersion.proposal_id == own), "n"),
        merged_into=_maybe(session, proposal.merged_into_id),
        follows=_maybe(session, proposal.follows_id),
        merged_here=_all(session, select(Proposal).where(here, Proposal.merged_into_id == own), "number"),
        raised_again=_all(
            session, select(Proposal).where(here, Proposal.follows_id == own, *PUBLIC), "number"
        ),
    )


def _versions(proposal: Proposal, with_drafts: bool) -> Select[ProposalVersion]:
    every = select(ProposalVersion).where(ProposalVersion.proposal_id == proposal.id)
    return every if with_drafts else every.where(ProposalVersion.n == proposal.version)


def _all(session: Session, statement: Select[T], order: str) -> Sequence[T]:
    return session.scalars(statement.order_by(statement.selected_columns[order])).all()


def _maybe(session: Session, proposal_id: int | None) -> Proposal | None:
    """The other matter, unless it went back to its author meanwhile."""
    found = session.get(Proposal, proposal_id) if proposal_id is not None else None
    return found if found is not None and is_public(found) else None


def seconding_homes(session: Session, proposal_id: int, household_ids: Collection[int]) -> set[int]:
    """Which of these homes second the matter."""
    return set(
        session.scalars(
            select(Second.household_id).where(
                Second.proposal_id == proposal_id, Second.household_id.in_(household_ids)
            )
        )
    )


def similar(
    session: Session, community_id: int, title: str, body: str, *, apart_from: int | None = None
) -> list[Row]:
    """Public matters like this text, best first."""
    others = session.execute(
        select(Proposal.id, Proposal.title, func.substr(Proposal.body, 1, 500))
        .where(
            Proposal.community_id == community_id,
            *PUBLIC,
            Proposal.id != (apart_from or 0),
        )
        .order_by(Proposal.number.desc())
        .limit(MOST_COMPARED)
    )
    best = rank(title, body, [Known(*other) for other in others])
    found = {row.id: row for row in rows(session, Proposal.id.in_([like.id for like in best]))}
    return [found[like.id] for like in best if like.id in found]
