"""What is promised of people and the roll holds on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deliberate.db import Database
from deliberate.domain.errors import TooMany
from deliberate.domain.permissions import Role
from deliberate.models import Building, Household
from deliberate.queries import households
from deliberate.services import letter_issuing, letters, rolls, throttle
from tests import make
from tests.make import CODE_KEY, Clock

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture
def store(migrated_url: str, clock: Clock) -> Iterator[Database]:
    made = Database(migrated_url, clock)
    yield made
    made.dispose()


def test_the_roll_is_imported_listed_found_and_lettered(store: Database) -> None:
    data = (DATA / "roll-2034-gb18030.csv").read_bytes()
    with store.transaction() as tx:
        community = make.community(tx.session)
        registrar = make.actor(tx.session, make.staff(tx.session, community, Role.REGISTRAR))
        rolls.import_roll(tx.session, registrar, community.id, data, file_name="户册.csv", now=tx.now)
    with store.reading() as session:
        again = rolls.preview(session, registrar, community.id, data)
        assert (again.difference.unchanged, again.changes_anything) == (2034, False)
        walked = session.query(Household).order_by(Household.walk, Household.id).all()
        assert [home.walk.encode() for home in walked] == sorted(home.walk.encode() for home in walked)
        first, number = households.window(session, community.id)
        second, _ = households.window(session, community.id, offset=len(first))
        assert number == 2034
        assert [home.id for home in [*first, *second]] == [h.id for h in walked[:100]]
        for order in households.ORDERS:
            every, _ = households.window(session, community.id, order=order, descending=True, most=3000)
            assert len({home.id for home in every}) == 2034
        found = households.search(session, community.id, walked[7].head_name or "")
        assert walked[7].id in [home.id for home in found]
        assert sum(row.households for row in households.buildings(session, community.id)) == 2034
    with store.transaction() as tx:
        building = tx.session.query(Building).first()
        assert building is not None
        issued = letter_issuing.issue_for_building(
            tx.session, registrar, community.id, building.id, CODE_KEY, seen=0, now=tx.now
        )
        letters.record_delivery(tx.session, registrar, issued[0].letter_id, "测试签收人", now=tx.now)
    with store.reading() as session:
        assert letters.open_with_code(session, issued[0].code, CODE_KEY).id == issued[0].letter_id


def test_tries_are_counted(store: Database) -> None:
    tries = throttle.password_tries(CODE_KEY, "wang", "192.0.2.1")
    for _ in range(5):
        with store.transaction() as tx:
            throttle.count(tx.session, tries, now=tx.now)
    with store.transaction() as tx, pytest.raises(TooMany):
        throttle.count(tx.session, tries, now=tx.now)
    with store.transaction() as tx:
        throttle.give_back(tx.session, tries)
    with store.transaction() as tx:
        throttle.count(tx.session, tries, now=tx.now)
