"""Whether a store is today's: its tables by their revision, its guards one by one. Looks, and changes nothing."""

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy import inspect as look_into
from sqlalchemy.exc import SQLAlchemyError

from . import own_store
from .models.guards import astray
from .revisions import newest_revision


class NotGuarded(RuntimeError):
    """The store lacks guards of today, and would take what the rules refuse."""

    def __init__(self, names: list[str]) -> None:
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        super().__init__(
            f"{len(names)} of the store's guards are lacking or not today's ({shown}); run `deliberate migrate`"
        )


def revision(connection: Connection) -> str | None:
    """Of its tables; None where there are none."""
    if not look_into(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def is_fit(connection: Connection) -> bool:
    """Nothing needs to be done before it is served."""
    return revision(connection) == newest_revision() and not astray(connection)


def refuse_unguarded(url: str) -> None:
    """NotGuarded where the tables are today's and the guards are not; silent where the store does not answer."""
    engine = own_store.kept(create_engine(url, hide_parameters=True, poolclass=NullPool))
    try:
        with engine.connect() as connection:
            lacking = astray(connection) if revision(connection) == newest_revision() else []
    except SQLAlchemyError:
        return
    finally:
        engine.dispose()
    if lacking:
        raise NotGuarded(lacking)
