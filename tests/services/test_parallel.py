"""Two hundred answers for one household at once leave exactly one that counts, on both stores."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from deliberate.db import Database, Lock
from deliberate.domain.consent import Answer, Standing, heads, standing
from deliberate.models import Consent, EntryStanding
from deliberate.queries import tallies
from deliberate.services import consents
from tests import make, make_round
from tests.make import Clock
from tests.make_round import KEY, open_round

NUMBER = 200
AT_ONCE = 12


def test_200_parallel_answers_of_one_household_leave_one_effective_answer(migrated_url: str) -> None:
    store = Database(migrated_url, Clock())
    try:
        with store.transaction() as tx:
            at = open_round(tx.session, 31)
            member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
            entry, number = at.entries[0].id, at.round.id
        gate = threading.Barrier(AT_ONCE)

        def answer(n: int) -> Answer:
            if n < AT_ONCE:
                gate.wait()
            said = make_round.online((Answer.AGREE, Answer.DISAGREE)[n % 2], at.plan, f"parallel-{n}")
            with store.transaction(Lock.answer(number, entry)) as tx:
                consents.answer_online(tx.session, member, entry, said, key=KEY, now=tx.now)
            return said.answer

        with ThreadPoolExecutor(AT_ONCE) as pool:
            given = Counter(pool.map(answer, range(NUMBER)))
        assert given == {Answer.AGREE: NUMBER // 2, Answer.DISAGREE: NUMBER // 2}
        with store.reading() as session:
            records = tallies.records_of_entry(session, entry)
            assert len(records) == NUMBER
            assert len(heads(records)) == 1
            assert standing(records) in (Standing.AGREE, Standing.DISAGREE)
            kept = session.get_one(EntryStanding, entry)
            assert kept.standing is standing(records)
            assert tallies.answered(session, number) == 1
            assert session.query(Consent).count() == NUMBER
    finally:
        store.dispose()
