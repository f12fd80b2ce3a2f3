"""A community: founded by whoever runs the installation, its settings changed by its moderator."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Stale
from deliberate.domain.permissions import ANYBODY, Action, Actor, Subject, require
from deliberate.domain.roll_text import tidy
from deliberate.domain.settings import Settings
from deliberate.models import Community, SettingsVersion

from . import journal

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def found(session: Session, slug: str, name: str, telephone: str, *, now: datetime) -> Community:
    """A new community with the default settings."""
    if not _SLUG.fullmatch(slug):
        raise BadInput(N_("社区没有建立。"), N_("地址里的名字只能用小写字母、数字和横线。"), field="slug")
    if session.scalar(select(Community.id).where(Community.slug == slug)):
        raise BadInput(N_("社区没有建立。"), N_("这个地址已经有社区在用。"), field="slug")
    made = Community(slug=slug, name=_name(name), telephone=_telephone(telephone), created_at=now)
    session.add(made)
    session.flush()
    journal.note(session, ANYBODY, made.id, "community_founded", "community", made.id, now=now)
    return made


def change_settings(
    session: Session,
    actor: Actor,
    community_id: int,
    *,
    name: str,
    telephone: str,
    values: Mapping[str, Any],
    seen: int,
    now: datetime,
) -> SettingsVersion:
    """A new version of the settings; `seen` is the number of the one on the page. Open rounds keep theirs."""
    require(actor, Action.CHANGE_SETTINGS, Subject(community_id))
    community = session.get(Community, community_id, with_for_update=True)
    if community is None:
        raise NotFound()
    newest = newest_version(session, community_id)
    if newest != seen:
        raise Stale(N_("设置没有保存。"))
    settings = Settings.from_data(values)
    community.name, community.telephone = _name(name), _telephone(telephone)
    made = SettingsVersion(
        community_id=community_id,
        n=newest + 1,
        values=settings.to_data() | {"name": community.name, "telephone": community.telephone},
        changed_at=now,
        changed_by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, community_id, "settings_changed", "settings_version", made.id, now=now)
    return made


def newest_version(session: Session, community_id: int) -> int:
    """The number of the settings in force; 0 while they are the defaults."""
    newest = session.scalar(
        select(func.max(SettingsVersion.n)).where(SettingsVersion.community_id == community_id)
    )
    return newest or 0


def _name(typed: str) -> str:
    name = tidy(typed)
    if not 1 <= len(name) <= 80:
        raise BadInput(N_("设置没有保存。"), N_("社区名称要有1到80个字。"), field="name")
    return name


def _telephone(typed: str) -> str:
    number = tidy(typed)
    if len(number) > 40 or not re.fullmatch(r"[0-9 ()+,/\u8f6c-]*", number):
        raise BadInput(N_("设置没有保存。"), N_("看不懂这个电话号码。"), field="telephone")
    return number
