"""From the office's code to a delivered door, without a signal in between, against the whole application."""

from playwright.sync_api import expect
from sqlalchemy import select

from deliberate.domain.consent import Answer, Standing
from deliberate.models import Consent, Visit
from tests.canvass.conftest import Evening
from tests.canvass.oracle import balanced, stands
from tests.canvass.tablet import Tablet


def test_a_door_without_a_signal_is_sealed_and_delivered_later(evening: Evening, tablet: Tablet) -> None:
    """The enrolment itself is every test's: without it there is no tablet."""
    tablet.ready()
    tablet.signal(False)
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")
    expect(tablet.page.locator(".crew")).to_contain_text("测试志愿者")
    tablet.at_door(evening.home(0))
    tablet.outcome("answered")
    answer = tablet.page.locator(f"#answer-{evening.entry(0)}-agree")
    expect(answer).to_be_disabled()
    expect(tablet.page.locator("#app")).to_contain_text("同意的住户不少于全部住户的80%")
    tablet.explain()
    tablet.fill_paper({evening.entry(0): "agree"}, 1)
    tablet.photograph()
    tablet.seal()
    tablet.counts(made=1, waiting=1, delivered=0)
    tablet.not_home(evening.home(1))
    tablet.counts(made=2, waiting=2, delivered=0)
    assert evening.records() == []
    tablet.signal(True)
    tablet.counts(made=2, waiting=0, delivered=2, needs=0)
    with evening.database.reading() as session:
        assert session.scalars(select(Consent)).one().answer is Answer.AGREE
        assert len(session.scalars(select(Visit)).all()) == 2
    assert stands(evening, 0) is Standing.AGREE
    balanced(evening, tablet, 2)
