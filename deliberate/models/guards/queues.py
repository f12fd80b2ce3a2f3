"""What waits, kept by the store itself: leaves without a place, heads without the log's own signature.

Looking for them among all that do not wait would take longer every year. A row comes and goes by triggers, whoever
writes; the application itself may write neither table (`roles.py`, `authorizer.py`), so that nothing can be made to
wait for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows of `of` by their id, until a row of `until` names one in its `key`, and `when` holds of it."""

    table: str
    of: str
    until: str
    key: str
    when: str = "TRUE"

    @property
    def comes(self) -> str:
        """What is done for each new row of `of`."""
        return f"INSERT INTO {self.table} (community_id, {self.key}) VALUES (NEW.community_id, NEW.id);"

    @property
    def goes(self) -> str:
        """And for each of `until`."""
        return (
            f"DELETE FROM {self.table} WHERE community_id = NEW.community_id AND {self.key} = NEW.{self.key};"
        )

    @property
    def triggers(self) -> Iterator[tuple[str, str, str, str]]:
        """Name, table, when, and what is done."""
        yield f"guard_{self.table}_comes", self.of, "TRUE", self.comes
        yield f"guard_{self.table}_goes", self.until, self.when, self.goes


QUEUES = (
    Queue("waiting_leaf", "ledger_leaf", "ledger_place", "leaf_id"),
    Queue("waiting_head", "ledger_head", "head_signature", "head_id", "NOT NEW.cosigner"),
)
KEPT_BY_THE_STORE = frozenset(queue.table for queue in QUEUES)


def of_sqlite() -> Iterator[str]:
    """As triggers there."""
    for queue in QUEUES:
        for name, table, when, done in queue.triggers:
            yield f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW WHEN {when} BEGIN {done} END"


def of_postgres(schema: str) -> Iterator[str]:
    """As triggers there, with the rights of their owner: who writes the leaf has none to the queue."""
    for queue in QUEUES:
        for name, table, when, done in queue.triggers:
            yield (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
                f"SET search_path = {schema}, pg_temp AS $guard$ BEGIN {done} RETURN NULL; END $guard$"
            )
            yield (
                f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW WHEN ({when}) "
                f"EXECUTE FUNCTION {name}()"
            )
            yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
