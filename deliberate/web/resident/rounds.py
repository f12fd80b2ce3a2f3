"""What awaits a household on its home page: the rounds in which it has a voice."""

from collections.abc import Mapping
from typing import Any

from flask import g

from deliberate.queries import afterwards, answers, objections, round_desk

from ..access import current_actor
from ..homes import my_home_or_owned_id
from ..store import now, reader
from .household import my_household_id


def rounds_at_home() -> dict[str, Any]:
    """What `resident/home_rounds.html` needs: open rounds (what awaits first), results, works, wishes."""
    home = my_household_id()
    return {
        "home_rounds": answers.awaiting(reader(), current_actor(), g.community.id, now=now()),
        "home_results": afterwards.to_object(reader(), home, now()) if home is not None else [],
        "home_works": afterwards.to_rate(reader(), home, now()) if home is not None else [],
        "home_objections": _objections(),
        "home_wishes": round_desk.wishes_of_home(reader(), home) if home is not None else [],
    }


def _objections() -> Mapping[int, Any]:
    home = my_home_or_owned_id()
    return {} if home is None else objections.of_home(reader(), current_actor(), home)
