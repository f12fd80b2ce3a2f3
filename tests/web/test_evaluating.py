"""What a household says of what was carried out, read by its own people."""

from flask import Flask

from deliberate.domain.execution import Rating
from deliberate.models import Membership
from deliberate.services import evaluation
from tests import make, make_count
from tests.make import Clock
from tests.make_letter import browser
from tests.web.answering_home import Begin


def test_an_owner_who_lives_elsewhere_does_not_read_what_the_tenant_said(
    app: Flask, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        make_count.completed(at, tx, clock)
        tenant, owner = make.resident(tx.session, at.homes[0]), make.resident(tx.session, at.homes[0])
        absent = tx.session.query(Membership).filter_by(account_id=owner.id).one()
        absent.as_owner, absent.lives_there = True, False
        said = "灯还是不亮"
        home, speaking = at.homes[0].id, make.actor(tx.session, tenant)
        evaluation.rate(tx.session, speaking, at.proposal.id, home, Rating.UNSATISFIED, said, now=clock.at)
    url = f"/c/{at.community.slug}/home/evaluations/{at.proposal.number}"
    assert said in browser(app, tenant).get(url).text
    page = browser(app, owner).get(url)
    assert page.status_code == 200
    assert said not in page.text
