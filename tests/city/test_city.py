"""Communities made after the first one are lawful: guards, references, ledgers, and pages say so."""

from pathlib import Path

import pytest
from sqlalchemy import text

from deliberate.db import Database
from deliberate.domain.ledger.leaf import opens
from deliberate.keeping import stores
from deliberate.migrate import upgrade
from deliberate.models import Consent, LedgerLeaf, LedgerOpening
from deliberate.services import ledger
from scripts import city
from tests.city import cloning, measuring, template
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.whole]


def quietly(_: str) -> None:
    """Nobody is told."""


def test_a_city_is_lawful_and_its_pages_ask_the_same_of_each(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    upgrade(postgres_url)
    store = Database(postgres_url)
    first = template.build(store, 80)
    store.dispose()
    cloning.clone(postgres_url, 2, 3, quietly)
    answered = measuring.Measuring(postgres_url, tmp_path, first)
    answered._answer()  # what happens in the first one meanwhile is not copied
    answered.database.dispose()
    cloning.clone(postgres_url, 4, 4, quietly)
    city.turn(postgres_url, tmp_path)
    assert city.verified(postgres_url) == []
    with stores.opened(postgres_url) as connection:
        assert cloning.faults(connection, first.community_id) == []
        slugs = connection.execute(text("SELECT slug FROM community ORDER BY id")).scalars().all()
        assert slugs == ["city1", "city2", "city3", "city4"]
    store = Database(postgres_url)
    with store.reading() as session:
        step = cloning.stride(session.connection())
        leaf = (
            session.query(LedgerLeaf).filter(LedgerLeaf.id > 3 * step, LedgerLeaf.kind == "consent").first()
        )
        assert leaf is not None
        kept = session.get_one(LedgerOpening, leaf.id).openings
        assert all(opens(leaf.leaf, one) for one in ledger.openings_of(kept))
        assert session.query(Consent).filter(Consent.community_id == 1 + 2 * step).count() == 56
    measured = measuring.Measuring(postgres_url, tmp_path, first)
    page = f"/c/city4/rounds/{first.round_id + 3 * step}"
    assert measured.app.test_client().get(page).status_code == 200
    measured.database.dispose()
    store.dispose()


def test_what_does_not_fit_is_found(postgres_url: str) -> None:
    upgrade(postgres_url)
    store = Database(postgres_url)
    template.build(store, 70)
    store.dispose()
    cloning.clone(postgres_url, 2, 2, quietly)
    with stores.opened(postgres_url) as connection:
        other = connection.execute(text("SELECT max(id) FROM community")).scalar_one()
        cloning.remove(connection)
        connection.exec_driver_sql(
            f"UPDATE consent SET roll_entry_id = roll_entry_id - {cloning.stride(connection)} "
            f"WHERE id = (SELECT max(id) FROM consent)"
        )
        connection.exec_driver_sql(
            "UPDATE ledger_leaf SET leaf = leaf || 'x' WHERE id = (SELECT max(id) FROM ledger_leaf)"
        )
        cloning.install(connection)
        found = cloning.faults(connection, other)
        assert "consent.roll_entry_id names nothing in the same community" in found
        assert "leaves are not what their hashes say" in found
