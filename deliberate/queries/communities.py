"""Communities and their settings in force; what every request asks is put together once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Text, bindparam, cast, select
from sqlalchemy.orm import Session

from deliberate.domain.settings import Settings
from deliberate.models import Account, Community, SettingsVersion

from .prepared import Prepared


@dataclass(frozen=True, slots=True)
class Here:
    """The community of an address, as every page of it is told."""

    id: int
    slug: str
    name: str
    telephone: str
    created_at: datetime


_HERE = select(Community.id, Community.slug, Community.name, Community.telephone, Community.created_at)
_BY_SLUG = Prepared(_HERE.where(Community.slug == bindparam("slug")))
_FIRST_TWO = Prepared(_HERE.order_by(Community.id).limit(2))
_NEWEST_SETTINGS = Prepared(
    select(cast(SettingsVersion.values, Text))
    .where(SettingsVersion.community_id == bindparam("community_id"))
    .order_by(SettingsVersion.n.desc())
    .limit(1)
)


def by_slug(session: Session, slug: str) -> Here | None:
    """The community with that word in its address."""
    found = _BY_SLUG.first(session, slug=slug)
    return Here(*found) if found else None


def every(session: Session) -> Sequence[Community]:
    """All communities, by name."""
    return session.scalars(select(Community).order_by(Community.name)).all()


def only(session: Session) -> Here | None:
    """The community of an installation that serves a single one."""
    first_two = _FIRST_TWO.rows(session)
    return Here(*first_two[0]) if len(first_two) == 1 else None


def settings(session: Session, community_id: int) -> Settings:
    """The settings in force: the newest version, or the defaults."""
    found = _NEWEST_SETTINGS.first(session, community_id=community_id)
    return _understood(found[0] if found else "{}")


@lru_cache(maxsize=256)
def _understood(written: str) -> Settings:
    """The same text is the same settings; nobody can change them."""
    return Settings.from_data(json.loads(written))


def by_id(session: Session, community_id: int) -> Community | None:
    """The community."""
    return session.get(Community, community_id)


def versions(session: Session, community_id: int) -> list[tuple[SettingsVersion, str | None]]:
    """Every version of the settings with who made it, newest first."""
    rows = session.execute(
        select(SettingsVersion, Account.display_name)
        .outerjoin(Account, Account.id == SettingsVersion.changed_by_id)
        .where(SettingsVersion.community_id == community_id)
        .order_by(SettingsVersion.n.desc())
    )
    return [(version, name) for version, name in rows]
