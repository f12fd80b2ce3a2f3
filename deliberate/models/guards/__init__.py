"""Guards: what the database itself refuses, whoever asks (DESIGN §4, rules 1, 2, 5, 6).

One list per store; `install` sets them anew after every migration.
"""

from sqlalchemy import Connection


def remove(connection: Connection) -> None:
    """Take all guards away, so that a migration can rebuild tables."""


def install(connection: Connection) -> None:
    """Set all guards."""
