"""A consent round as anyone may see it: how many have answered, what is needed, what is still outstanding.

Nothing here tells how a household answered. While the round is not closed the only number of consents is that
of the latest snapshot, and none at all where the round is sealed (rule 11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from deliberate.domain import rules as decision
from deliberate.domain.calendar import day_in_beijing, last_day_before
from deliberate.domain.consent import Clocks, Standing, Window
from deliberate.domain.errors import NotFound
from deliberate.domain.lifecycle import Stage
from deliberate.domain.round import RoundStatus, TallyVisibility
from deliberate.domain.rules import Electorate
from deliberate.domain.tally import Tally, Weight, need, percent_down
from deliberate.models import (
    ConsentRound,
    DayCount,
    EntryStanding,
    HouseholdChange,
    Notice,
    PlanVersion,
    Proposal,
    RollEntry,
    RollLeftOut,
    RoundExtension,
    TallySnapshot,
)

from . import progress
from .on_roll import Round
from .prepared import Prepared
from .progress import BuildingProgress


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round with what its pages show."""

    round: ConsentRound
    matter: Proposal
    plan: PlanVersion
    rules: tuple[decision.Rule, ...]
    window: Window
    days_left: int | None
    """Whole days until the deadline: 0 is today; None when it is over or not yet set."""
    need: int
    mark: str
    """The households' threshold for people: `80%`."""
    answered: int
    owners: tuple[int, int] | None
    """Owners that have answered, of how many; None when no rule asks owners."""
    snapshot: TallySnapshot | None
    closed: Tally | None
    """The households' tally, only after closing."""
    buildings: tuple[BuildingProgress, ...]
    """Of one page; the next begins after `next_place`."""
    building_number: int
    left_out: int
    extensions: Sequence[RoundExtension]
    notices: Sequence[Notice]

    @property
    def next_place(self) -> int | None:
        """After which building the next page begins; None on the last."""
        last = self.buildings[-1].place if self.buildings else self.building_number
        return last if last < self.building_number else None

    @property
    def is_open(self) -> bool:
        """Whether answers still come in."""
        return self.round.status is RoundStatus.OPEN and self.window is Window.ANSWERING

    @property
    def sealed(self) -> bool:
        """Whether no number of consents is shown before closing."""
        return self.round.tally_visibility is TallyVisibility.SEALED

    @property
    def agree(self) -> int | None:
        """The number of consents that is public now."""
        if self.closed is not None:
            return self.closed.agree.one
        return self.snapshot.agree if self.snapshot and not self.sealed else None

    @property
    def outcome(self) -> dict[str, object] | None:
        """What the tally shows after closing."""
        if self.closed is None:
            return None
        return {
            "disagree": self.closed.disagree.one,
            "abstain": self.closed.abstain.one,
            "no_response": self.closed.no_response.one,
            "percent": percent_down(self.closed.agree.one, self.closed.roll.one) + "%",
        }


def clocks_of(consent_round: Round) -> Clocks | None:
    """The round's clocks; None before it has opened."""
    times = (
        consent_round.opened_at,
        consent_round.answer_until,
        consent_round.register_until,
        consent_round.settle_until,
    )
    opened, answer, register, settle = times
    if opened is None or answer is None or register is None or settle is None:
        return None
    return Clocks(opened, answer, register, settle)


def window_of(consent_round: ConsentRound, now: datetime) -> Window:
    """Which of the round's clocks is running; a closed round is over, whatever they say."""
    clocks = clocks_of(consent_round)
    if consent_round.status in (RoundStatus.CLOSED, RoundStatus.DROPPED):
        return Window.OVER
    return clocks.window(now) if clocks else Window.NOT_OPEN


def days_left(until: datetime | None, now: datetime) -> int | None:
    """Whole days until the last day of a deadline: 0 is today; None when it is over."""
    if until is None or now >= until:
        return None
    return (last_day_before(until) - day_in_beijing(now)).days


def mark_of(rules: Sequence[decision.Rule]) -> str:
    """The households' threshold for people."""
    share = decision.threshold(rules) or decision.LOWEST
    return percent_down(share.numerator, share.denominator) + "%"


def view(session: Session, community_id: int, round_id: int, *, now: datetime, after: int = 0) -> RoundView:
    """The round, its buildings after that place; NotFound when it is not of this community."""
    row = session.execute(_rounds().where(ConsentRound.id == round_id)).first()
    if row is None or row[0].community_id != community_id:
        raise NotFound()
    return _view(session, row, now, after)


def _of_round(column: Any, table: Any) -> Any:
    return select(column).where(table.consent_round_id == bindparam("round_id")).scalar_subquery()


_VERSION = Prepared(
    select(
        ConsentRound.status,
        ConsentRound.tally_visibility,
        ConsentRound.answer_until,
        ConsentRound.register_until,
        ConsentRound.settle_until,
        ConsentRound.roll_sha256,
        Proposal.stage,
        Proposal.title,
        _of_round(func.sum(DayCount.changes), DayCount),
        _of_round(func.max(Notice.id), Notice),
        _of_round(func.max(TallySnapshot.id), TallySnapshot),
        _of_round(func.max(RoundExtension.id), RoundExtension),
        _of_round(func.count(RollLeftOut.id), RollLeftOut),
        _of_round(func.max(RollLeftOut.id), RollLeftOut),
        select(
            func.count(HouseholdChange.id)
        )  # the rooms that were left out are named as they are called now
        .join(RollLeftOut, RollLeftOut.household_id == HouseholdChange.household_id)
        .where(RollLeftOut.consent_round_id == bindparam("round_id"))
        .scalar_subquery(),
    )
    .join(Proposal, Proposal.id == ConsentRound.proposal_id)
    .where(ConsentRound.id == bindparam("round_id"), ConsentRound.community_id == bindparam("community_id"))
)


def version(session: Session, community_id: int, round_id: int, *, now: datetime) -> tuple[Any, ...] | None:
    """What the public page of a round is made of, in one small question; None where it has no such number.

    A closed round has none: corrections after closing change its figures and none of these.
    """
    found = _VERSION.first(session, round_id=round_id, community_id=community_id)
    if found is None or found[0] is RoundStatus.CLOSED:
        return None
    answer, register, settle = found[2:5]
    past = tuple(until is not None and now >= until for until in (answer, register, settle))
    return (*found, past, days_left(answer, now))


def of_matter(session: Session, community_id: int, proposal_id: int, *, now: datetime) -> RoundView | None:
    """The newest round of a matter that was not dropped."""
    row = session.execute(
        _rounds()
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.proposal_id == proposal_id,
            ConsentRound.status != RoundStatus.DROPPED,
        )
        .order_by(ConsentRound.n.desc())
        .limit(1)
    ).first()
    return _view(session, row, now) if row else None


def _rounds() -> Select[ConsentRound, Proposal, PlanVersion]:
    return (
        select(ConsentRound, Proposal, PlanVersion)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
    )


def _view(
    session: Session, row: Row[ConsentRound, Proposal, PlanVersion], now: datetime, after: int = 0
) -> RoundView:
    consent_round, matter, plan = row
    rules = decision.from_data(consent_round.rules)
    share = decision.threshold(rules) or decision.LOWEST
    so_far = progress.of_round(session, consent_round.id)
    shown = consent_round.status is RoundStatus.CLOSED and matter.stage is not Stage.COUNTING
    asks_owners = any(rule.unit is Electorate.OWNER for rule in rules)
    return RoundView(
        round=consent_round,
        matter=matter,
        plan=plan,
        rules=rules,
        window=window_of(consent_round, now),
        days_left=days_left(consent_round.answer_until, now),
        need=need(consent_round.roll_size, share.numerator, share.denominator),
        mark=mark_of(rules),
        answered=so_far.answered,
        owners=so_far.owners if asks_owners else None,
        snapshot=latest_snapshot(session, consent_round.id),
        closed=standings(session, consent_round.id) if shown else None,
        buildings=progress.by_building(session, consent_round.id, after=after),
        building_number=so_far.buildings,
        left_out=left_out(session, consent_round.id),
        extensions=extensions(session, consent_round.id),
        notices=session.scalars(
            select(Notice).where(Notice.consent_round_id == consent_round.id).order_by(Notice.id)
        ).all(),
    )


_STANDS = func.coalesce(EntryStanding.standing, Standing.SILENT).label("stands")


def latest_snapshot(session: Session, round_id: int) -> TallySnapshot | None:
    """The number that is public now."""
    return session.scalars(
        select(TallySnapshot)
        .where(TallySnapshot.consent_round_id == round_id)
        .order_by(TallySnapshot.day.desc())
        .limit(1)
    ).first()


def standings(session: Session, round_id: int) -> Tally:
    """The households' tally from the standings kept. For closed rounds only; no page of an open one."""
    rows = session.execute(
        select(
            _STANDS,
            func.count(RollEntry.id),
            func.coalesce(func.sum(RollEntry.area), 0),
        )
        .select_from(RollEntry)
        .outerjoin(EntryStanding, EntryStanding.roll_entry_id == RollEntry.id)
        .where(RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD)
        .group_by(_STANDS)
    )
    return Tally(**{Standing(stands).value: Weight(one, int(area)) for stands, one, area in rows})


def left_out(session: Session, round_id: int) -> int:
    """How many vacant homes were left off the roll."""
    return session.scalars(
        select(func.count(RollLeftOut.id)).where(RollLeftOut.consent_round_id == round_id)
    ).one()


def extensions(session: Session, round_id: int) -> Sequence[RoundExtension]:
    """How often the deadline was moved, in order."""
    return session.scalars(
        select(RoundExtension).where(RoundExtension.consent_round_id == round_id).order_by(RoundExtension.id)
    ).all()
