"""From the office's code to a delivered door, without a signal in between, against the whole application."""

from collections.abc import Callable

from sqlalchemy import select

from deliberate.domain.consent import Answer, Standing
from deliberate.models import Consent, EntryStanding, Visit
from tests.canvass.conftest import Evening
from tests.canvass.tablet import MakeTablet


def test_a_door_without_a_signal_is_sealed_and_delivered_later(
    evening: Evening, live_server: Callable[..., str], tablet_at: MakeTablet
) -> None:
    tablet = tablet_at(live_server(evening.app))
    tablet.enrol(evening.code())
    tablet.signal(False)
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.counts(made=1, waiting=1, delivered=0)
    tablet.not_home(evening.home(1))
    tablet.counts(made=2, waiting=2, delivered=0)
    assert evening.records() == []
    tablet.signal(True)
    tablet.counts(made=2, waiting=0, delivered=2, needs=0)
    with evening.database.reading() as session:
        consent = session.scalars(select(Consent)).one()
        assert consent.answer is Answer.AGREE
        assert session.get_one(EntryStanding, evening.entry(0)).standing is Standing.AGREE
        assert len(session.scalars(select(Visit)).all()) == 2
    assert [record.seq for record in evening.records()] == [1, 2]
