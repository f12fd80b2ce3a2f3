"""Statements that go straight to the driver belong to the transaction, and to the savepoint, of their session."""

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.models import Community
from deliberate.queries.prepared import LOT, Prepared, adding
from tests.make import Clock
from tests.store import POSTGRES

MADE = adding(Community, "slug", "name", "telephone", "created_at")
NAMED = Prepared(select(Community.slug).where(Community.slug == bindparam("slug")))
ALL = Prepared(select(func.count()).select_from(Community))


def make(session: Session, slug: str) -> None:
    MADE.do(session, {"slug": slug, "name": slug, "telephone": "", "created_at": Clock()()})


def there(session: Session, *slugs: str) -> list[bool]:
    return [NAMED.first(session, slug=slug) is not None for slug in slugs]


def test_a_savepoint_undoes_what_was_written_past_the_session(migrated_url: str) -> None:
    store = Database(migrated_url, Clock())
    try:
        with store.transaction() as tx:
            make(tx.session, "before")
            undone = tx.session.begin_nested()
            make(tx.session, "within")
            assert there(tx.session, "before", "within") == [True, True]
            undone.rollback()
            assert there(tx.session, "before", "within") == [True, False]
            with tx.session.begin_nested():
                make(tx.session, "kept")
            make(tx.session, "after")
        with store.reading() as session:
            assert there(session, "before", "within", "kept", "after") == [True, False, True, True]
    finally:
        store.dispose()


def test_a_session_used_again_asks_in_a_transaction_of_its_own(migrated_url: str) -> None:
    store = Database(migrated_url, Clock())
    try:
        reader = store.reading()
        assert ALL.rows(reader) == [(0,)]
        reader.close()
        with store.transaction() as tx:
            make(tx.session, "later")
        assert ALL.rows(reader) == [(1,)]
        reader.close()
    finally:
        store.dispose()


def test_many_rows_are_written_in_their_order_however_many_go_at_once(migrated_url: str) -> None:
    store, slugs = Database(migrated_url, Clock()), [f"c{n}" for n in range(2 * LOT + 3)]
    try:
        for many in (slugs[:LOT], slugs[LOT:]):
            with store.transaction() as tx:
                MADE.each(
                    tx.session,
                    [{"slug": one, "name": one, "telephone": "", "created_at": tx.now} for one in many],
                )
        with store.reading() as session:
            assert session.scalars(select(Community.name).order_by(Community.id)).all() == slugs
    finally:
        store.dispose()


@pytest.mark.parametrize("migrated_url", [POSTGRES], indirect=True)
def test_what_postgresql_has_prepared_outlives_a_page_that_only_read(migrated_url: str) -> None:
    store = Database(migrated_url, Clock())
    try:
        for _ in range(8):  # psycopg prepares what it was asked five times
            with store.reading() as reader:
                ALL.rows(reader)
            store.version()
        with store.reading() as reader:
            prepared = reader.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
        assert any("count(*)" in one for one in prepared)
    finally:
        store.dispose()
