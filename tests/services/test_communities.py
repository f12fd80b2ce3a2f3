"""Settings: every change a version with who and when; what is out of range or out of date is refused."""

from typing import Any

import pytest

from deliberate.db import Database
from deliberate.domain.errors import BadInput, NotAllowed, Stale
from deliberate.domain.permissions import Actor, Role
from deliberate.domain.settings import Settings
from deliberate.models import SettingsVersion
from deliberate.queries import communities as community_queries
from deliberate.services import communities
from tests import make


def change(database: Database, actor: Actor, community_id: int, seen: int = 0, **values: Any) -> None:
    with database.transaction() as tx:
        communities.change_settings(
            tx.session,
            actor,
            community_id,
            name="中华巷社区",
            telephone="0991-555 0000",
            values=Settings().to_data() | values,
            seen=seen,
            now=tx.now,
        )


def test_settings_are_versioned_with_who_and_when(database: Database) -> None:
    with database.transaction() as tx:
        community = communities.found(tx.session, "a", "甲社区", "", now=tx.now)
        moderator = make.actor(tx.session, make.staff(tx.session, community, Role.MODERATOR))
    change(database, moderator, community.id, objection_days=10)
    change(
        database, moderator, community.id, seen=1, objection_days=12, languages=["zh-Hans"], presets=["RC80"]
    )
    with database.reading() as session:
        in_force = community_queries.settings(session, community.id)
        assert (in_force.languages, in_force.presets) == (("zh-Hans",), ("RC80",))
        assert community_queries.settings(session, community.id).objection_days == 12
        versions = community_queries.versions(session, community.id)
        assert [(one.n, one.changed_by_id) for one, _who in versions] == [
            (2, moderator.account_id),
            (1, moderator.account_id),
        ]
        found = community_queries.by_slug(session, "a")
        assert found is not None
        assert (found.name, found.telephone) == ("中华巷社区", "0991-555 0000")
    with pytest.raises(Stale):
        change(database, moderator, community.id, seen=1)


def test_a_threshold_below_eighty_is_refused_and_only_the_moderator_changes_anything(
    database: Database,
) -> None:
    with database.transaction() as tx:
        community = make.community(tx.session)
        moderator = make.actor(tx.session, make.staff(tx.session, community, Role.MODERATOR))
        registrar = make.actor(tx.session, make.staff(tx.session, community, Role.REGISTRAR))
    with pytest.raises(BadInput):
        change(database, moderator, community.id, household_percent=79)
    for never in ({"languages": ["en"]}, {"presets": ["CC278_MAJ"]}):
        with pytest.raises(BadInput):
            change(database, moderator, community.id, **never)
    with pytest.raises(NotAllowed):
        change(database, registrar, community.id)
    with database.reading() as session:
        assert session.query(SettingsVersion).count() == 0


@pytest.mark.parametrize("slug", ["", "-a", "A", "a b", "../x", "社区", "a" * 65])
def test_a_word_in_an_address_is_plain(database: Database, slug: str) -> None:
    with pytest.raises(BadInput), database.transaction() as tx:
        communities.found(tx.session, slug, "甲社区", "", now=tx.now)


def test_an_address_belongs_to_one_community(database: Database) -> None:
    with database.transaction() as tx:
        communities.found(tx.session, "a", "甲社区", "", now=tx.now)
    with pytest.raises(BadInput), database.transaction() as tx:
        communities.found(tx.session, "a", "乙社区", "", now=tx.now)
