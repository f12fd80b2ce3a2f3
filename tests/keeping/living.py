"""A community in the middle of its life: a round with answers and evidence, a ledger with signed heads."""

from pathlib import Path

from deliberate.db import Database
from deliberate.domain.consent import Answer
from tests.make import Clock
from tests.make_heads import head
from tests.make_tablet import Tablet


def live(tablet: Tablet, store: Database, folder: Path, clock: Clock) -> None:
    """Three answers with photographs, two heads, and one more answer that waits for its batch."""
    community_id = tablet.at.community.id
    for n, entry in enumerate(tablet.at.entries[:3]):
        record = tablet.answered(entry, Answer.AGREE, n + 1)
        assert tablet.deliver(record) == ["accepted"]
        with store.transaction() as tx:
            clock.forward(days=1)
            head(tx, community_id, folder, clock)
    tablet.deliver(tablet.answered(tablet.at.entries[3], Answer.DISAGREE, 9))
    store.dispose()
