"""What must hold at the end of every fault: server distinct + waiting on the tablet = made; no id twice; at most one
effective answer per household; no gap in the sequence."""

from collections import Counter

from deliberate.domain.consent import Standing, standing
from deliberate.domain.sync import Verdict
from deliberate.models import EntryStanding
from deliberate.queries import tallies
from tests.canvass.conftest import Evening
from tests.canvass.tablet import Tablet

HERE = frozenset({"waiting", "sent", "delivered", "mismatch"})


def balanced(evening: Evening, tablet: Tablet, made: int) -> None:
    """The oracle, for one tablet."""
    here = tablet.kept("records")
    assert sorted(record["seq"] for record in here) == list(range(1, made + 1)), "a gap on the tablet"  # type: ignore[type-var]
    assert {record["state"] for record in here} <= HERE
    came = [record for record in evening.records() if record.verdict is not Verdict.MISMATCH]
    twice = [one for one, number in Counter(record.record_id for record in came).items() if number > 1]
    assert not twice, "an id twice"
    there = {record.record_id for record in came}
    waiting = {record["record_id"] for record in here if record["state"] == "waiting"} - there
    assert len(there) + len(waiting) == made
    numbers = sorted(record.seq for record in came if record.seq is not None)
    if not waiting:
        assert numbers == list(range(1, made + 1)), "a gap at the server"
    for record in here:
        assert record["state"] != "delivered" or record["record_id"] in there, "delivered, and not there"
    one_answer_each(evening)


def one_answer_each(evening: Evening) -> None:
    """Each household's standing is what its own records say, and there is one."""
    with evening.database.reading() as session:
        for entry in evening.at.entries:
            kept = session.get(EntryStanding, entry.id)
            said = standing(tallies.records_of_entry(session, entry.id))
            assert (kept.standing if kept else Standing.SILENT) is said


def stands(evening: Evening, place: int) -> Standing:
    """How one door counts now."""
    with evening.database.reading() as session:
        kept = session.get(EntryStanding, evening.entry(place))
        return kept.standing if kept else Standing.SILENT
