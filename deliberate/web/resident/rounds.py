"""What awaits a household on its home page: the rounds in which it has a voice."""

from typing import Any

from flask import g

from deliberate.queries import answers, round_desk

from ..access import current_actor
from ..store import now, reader
from .household import my_household_id


def rounds_at_home() -> dict[str, Any]:
    """What `resident/home_rounds.html` needs: `home_rounds` (what awaits first) and `home_wishes`."""
    home = my_household_id()
    return {
        "home_rounds": answers.awaiting(reader(), current_actor(), g.community.id, now=now()),
        "home_wishes": round_desk.wishes_of_home(reader(), home) if home is not None else [],
    }
