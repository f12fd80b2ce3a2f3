"""The spot check of one round as its desk shows it: what is due now, and all that it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from deliberate.domain.errors import Refusal
from deliberate.domain.round import DutyKind
from deliberate.domain.spot_check import Plan, sure
from deliberate.queries import counts, form_checks, revisitors, spot_checks, spot_samples
from deliberate.queries.closing_heads import closing_head_anchored
from deliberate.services import rounds
from deliberate.services import spot_checks as deeds

from .access import current_actor
from .results import mark_of
from .store import reader

State = Literal["wait", "plan", "draw", "ask", "recheck", "done"]
OFFERED = range(4)
"""Differences allowed that a plan offers; more make the sample too large to be useful."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A round before its scrutineer. Nothing here says how a home is recorded."""

    counting: counts.Counting
    state: State
    published: spot_checks.Published | None
    plans: Sequence[Plan]
    anchored: bool
    homes: Sequence[spot_samples.Asked]
    able: Mapping[int, Sequence[tuple[int, str]]]
    forms: form_checks.Progress | None
    probes: Sequence[spot_checks.Probe]
    on_duty: bool
    risk_limit: int
    mark: str
    """The share of households that must agree, in percent."""

    @property
    def sure(self) -> str:
        """How likely a wrong outcome is noticed, at least, in percent."""
        return sure(Fraction(self.risk_limit, 100))


def desk_of(one: counts.Counting) -> Desk:
    """All that the page needs."""
    session, round_id = reader(), one.round.id
    published = spot_checks.published(session, round_id)
    state = _state(one, published)
    homes = spot_samples.asked(session, round_id) if state == "ask" else []
    able = revisitors.able(session, round_id, [home for home in homes if not home.settled])
    settings = rounds.settings_of(one.round)
    mine = counts.duty_of(session, round_id, current_actor().account_id, DutyKind.SCRUTINEER)
    return Desk(
        counting=one,
        state=state,
        published=published,
        plans=_plans(one) if state == "plan" else (),
        anchored=closing_head_anchored(session, round_id),
        homes=homes,
        able={sample_id: revisitors.names(session, people) for sample_id, people in able.items()},
        forms=form_checks.progress(session, round_id) if published and published.recheck else None,
        probes=spot_checks.probes(session, published.check) if published and published.verdict else (),
        on_duty=mine is not None,
        risk_limit=settings.spot_check_risk,
        mark=mark_of(one),
    )


def _state(one: counts.Counting, published: spot_checks.Published | None) -> State:
    if one.outcome is not None or (one.last and spot_checks.proven(reader(), one.last.sheet.id)):
        return "done" if published else "wait"
    if published is not None and published.recheck is not None:
        return "recheck"
    if published is not None and published.draw is not None:
        return "ask"
    if one.last is None or not _checkable(one):
        return "wait"
    if published is None or published.check.count_sheet_id != one.last.sheet.id:
        return "plan"
    return "draw"


def _checkable(one: counts.Counting) -> bool:
    try:
        deeds.signed_sheet(reader(), one.round)
    except Refusal:
        return False
    return True


def _plans(one: counts.Counting) -> list[Plan]:
    """Those that ask no more than half; when none does, the one that rechecks everything."""
    if one.last is None:
        return []
    every = [deeds.plan_of(reader(), one.round, one.last.sheet, allowed) for allowed in OFFERED]
    return [plan for plan in every if plan.sample] or every[:1]
