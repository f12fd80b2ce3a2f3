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
    """The subject of pages about one's own household, or about the homes one owns and does not live in."""
    home = my_household_id()
    owned = {one for one, community in current_actor().owned.items() if community == g.community.id}
    if home is None and owned:
        return Subject(community_id=g.community.id, owned_ids=frozenset(owned))
    return Subject(community_id=g.community.id, household_id=home)
