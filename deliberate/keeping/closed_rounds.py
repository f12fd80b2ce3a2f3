"""Closed rounds, and how long the names and the evidence of each are kept (DESIGN §3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from deliberate.domain.ledger.leaf import round_name
from deliberate.domain.retention import kept_until, years_kept
from deliberate.domain.round import RoundStatus
from deliberate.domain.settings import Settings
from deliberate.models import Community, ConsentRound, Objection, OutcomeRecord, PlanVersion, Proposal
from deliberate.models.guards import roles
from deliberate.revisions import newest_revision

from . import stores
from .stores import NotKept

MARGIN = timedelta(days=2)
"""Longer than the time itself; the store's guards ask for a day more, counted by its own clock."""


@dataclass(frozen=True, slots=True)
class Round:
    """A closed round, and how long its names are kept."""

    id: int
    community_id: int
    community: str
    """The word in its address."""
    name: str
    until: datetime
    unfinished: str
    """Why its names are needed whatever the time; empty when they are not."""

    def is_over(self, now: datetime) -> bool:
        """Whether nothing keeps its names any more."""
        return not self.unfinished and self.until + MARGIN < now


def closed_rounds(url: str) -> list[Round]:
    """Every closed round, in order; NotKept when this store is not one from which anything can be erased."""
    with stores.opened(url) as connection:
        if stores.revision(connection) != newest_revision():
            raise NotKept("the store has not today's tables; run: deliberate migrate")
        if not stores.is_sqlite(url) and not roles.owned_by_role(connection):
            raise NotKept(
                "PostgreSQL lets only the role deliberate_retention erase: deliberate database roles"
            )
        with Session(connection) as session:
            return [_round(*row) for row in session.execute(_ROUNDS)]


_ROUNDS = (
    select(
        ConsentRound.id,
        ConsentRound.community_id,
        Community.slug,
        Proposal.number,
        ConsentRound.n,
        ConsentRound.closed_at,
        ConsentRound.periods,
        PlanVersion.budget,
        exists(
            select(OutcomeRecord.consent_round_id).where(OutcomeRecord.consent_round_id == ConsentRound.id)
        ),
        exists(
            select(Objection.consent_round_id).where(
                Objection.consent_round_id == ConsentRound.id, Objection.decided_at.is_(None)
            )
        ),
    )
    .join(Community, Community.id == ConsentRound.community_id)
    .join(Proposal, Proposal.id == ConsentRound.proposal_id)
    .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
    .where(ConsentRound.status == RoundStatus.CLOSED)
    .order_by(ConsentRound.community_id, Proposal.number, ConsentRound.n)
)


def _round(
    round_id: int,
    community_id: int,
    slug: str,
    number: int,
    n: int,
    closed_at: datetime,
    periods: dict[str, Any],
    budget: int,
    decided: bool,
    contested: bool,
) -> Round:
    until = kept_until(closed_at, years_kept(Settings.from_data(periods), budget))
    unfinished = "" if decided else "it has no outcome yet"
    if contested:
        unfinished = "an objection is not answered"
    return Round(round_id, community_id, slug, round_name(number, n), until, unfinished)
