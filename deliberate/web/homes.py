"""Which household the person is speaking for in this browser."""

from flask import g, session

from deliberate.domain.permissions import Subject

from .access import current_actor


def my_household_ids() -> list[int]:
    """The actor's homes in the community of the address."""
    return sorted(home for home, community in current_actor().homes.items() if community == g.community.id)


def my_household_id() -> int | None:
    """The household chosen in this session, else the actor's first home in this community."""
    mine = my_household_ids()
    chosen = session.get("household_id")
    return chosen if chosen in mine else (mine[0] if mine else None)


def my_owned_ids() -> list[int]:
    """The homes that the actor owns in the community of the address."""
    return sorted(home for home, community in current_actor().owned.items() if community == g.community.id)


def my_home_or_owned_id() -> int | None:
    """The household for which a matter is raised: one's own, else one that one owns."""
    return my_household_id() or next(iter(my_owned_ids()), None)


def my_household(**_: object) -> Subject:
    """The subject of pages about one's own household, or about the homes one owns and does not live in."""
    home, owned = my_household_id(), my_owned_ids()
    if home is None and owned:
        return Subject(community_id=g.community.id, owned_ids=frozenset(owned))
    return Subject(community_id=g.community.id, household_id=home)
