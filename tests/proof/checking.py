"""The spot check of a synthetic round, from its rules."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from deliberate.domain import spot_check
from deliberate.domain.consent import Standing
from deliberate.domain.rules import Outcome, from_data, threshold

if TYPE_CHECKING:
    from tests.proof.world import World


def steps_of(world: "World") -> list[tuple[str, dict[str, Any]]]:
    """Plan, draw and verdict; a full recheck where the sample would be more than half."""
    figures, stands = world.figures[-1], world.standings()
    sheet = len(world.figures)
    agree = sum(s is Standing.AGREE for s in stands.values())
    share = threshold(from_data(world.rules)) or Fraction(4, 5)
    plan = spot_check.plan(
        len(world.entries), agree, share, Outcome(figures["outcome"]), allowed=0, limit=Fraction(5, 100)
    )
    steps = [("plan", plan_data(plan))]
    if plan.kind is spot_check.CheckKind.FULL:
        done = {"sheet": sheet, "forms": 0, "differing": 0}
        return [*steps, ("recheck", {"failed": False}), ("rechecked", done)]
    wanted = plan.kind is spot_check.CheckKind.CONSENTS
    frame = [slot for slot, stand in stands.items() if (stand is Standing.AGREE) == wanted]
    sample = spot_check.in_order(world.seed, frame)[: plan.sample]
    verdict = {"sheet": sheet, "result": "confirmed", "differences": 0, "reached": len(sample)}
    return [*steps, ("draw", {"seed": world.seed, "slots": sample}), ("verdict", verdict)]


def plan_data(plan: spot_check.Plan) -> dict[str, Any]:
    """As the leaf of the step has it."""
    risk = plan.risk * 10000
    return {
        "kind": plan.kind.value,
        "frame": plan.frame,
        "wrong": plan.wrong,
        "allowed": plan.allowed,
        "sample": plan.sample,
        "enough": plan.enough,
        "risk_limit": 5,
        "risk": -(-risk.numerator // risk.denominator),
    }
