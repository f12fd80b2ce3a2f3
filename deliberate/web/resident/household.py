"""Which household the resident is speaking for on this page."""

from typing import Any

from flask import g, session

from deliberate.domain.permissions import Subject

from ..access import current_actor


def my_household_id() -> int | None:
    """The household chosen in this session, else the actor's first home in this community."""
    mine = [home for home, community in current_actor().homes.items() if community == g.community.id]
    chosen = session.get("household_id")
    return chosen if chosen in mine else (min(mine) if mine else None)


def my_household(**_: Any) -> Subject:
    """The subject of pages about one's own household."""
    return Subject(community_id=g.community.id, household_id=my_household_id())
