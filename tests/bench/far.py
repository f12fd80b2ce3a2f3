"""A store on another machine, as far as one machine can tell: every step of it is waited for a little longer.

What is measured is not speed but whether a process should work on one page at a time, as with a store that is near, or
on several (`deliberate/web/turns.py`).
"""

from . import town
from .apart import AWAY, TOGETHER
from .lines import Line, Plan
from .load import Request
from .rows import again, once
from .server import served
from .worlds import Stores, answers

WAYS = (0.0, 0.3, 1.0)
"""Milliseconds there and back: none, within a house, to the next."""
HOMES = 20_000


def far(stores: Stores, plan: Plan) -> list[Line]:
    """Answers and pages of the round a second, one page at a time (the floor's column) and four; PostgreSQL alone."""
    if not stores.server:
        return []
    lines = []
    for way in WAYS:
        answered = Line(f"answers, four pages at a time, a store {way:g} ms away", "answers/s")
        looked = Line(f"… pages of the open round, {way:g} ms away", "pages/s")
        for _ in range(plan.times):
            for together, told in ((4, "ours"), (1, "floor")):
                one, other = _measured(stores, plan, way, together)
                getattr(answered, told).append(one)
                getattr(looked, told).append(other)
        answered.notes = looked.notes = "the floor: one page at a time"
        lines += [answered, looked]
    return lines


def _measured(stores: Stores, plan: Plan, way: float, together: int) -> tuple[float, float]:
    apart = {AWAY: f"{way}", TOGETHER: f"{together}"}
    with stores.world(HOMES) as world:
        sent = answers(world, town.residents(world.database, world.town, plan.voices // 2))
        with served("wsgi:app", {**world.env, **apart}, world.round_page) as at:
            answered = once(at.base, sent, plan)
            looked = again(at.base, Request("GET", world.round_page), plan)
    return answered.rate, looked.rate
