"""Who lays a form beside its record in a full recheck, and who does not (rules 8 and 9); on both stores."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from deliberate.db import Database, Transaction
from deliberate.domain.errors import NotAllowed
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind
from deliberate.domain.spot_check import FormShows
from deliberate.domain.suspicion import Finding, Reach
from deliberate.models import FormCheck, SuspendedConsent
from deliberate.queries import form_checks
from deliberate.services import duties, suspensions
from deliberate.services.form_checks import check_form
from tests import make, make_check, make_count
from tests.make import Clock
from tests.make_round import KEY, OpenRound
from tests.services.checked_rounds import Signed, shown


@pytest.fixture
def store(migrated_url: str, clock: Clock) -> Iterator[Database]:
    made = Database(migrated_url, clock)
    yield made
    made.dispose()


def under_recheck(tx: Transaction, clock: Clock, at: OpenRound) -> Signed:
    one = shown(tx, at, clock)
    make_check.planned(tx.session, at, now=clock.at)
    return one


def test_somebody_of_the_crew_that_recorded_a_form_does_not_check_it(store: Database, clock: Clock) -> None:
    with store.transaction() as tx:
        at = make_count.answered(tx, 10, 10, on_paper=1)
        mate = make.staff(tx.session, at.community, Role.CANVASSER, Role.MODERATOR, name="测试同组")
        actor, by = make.actor(tx.session, mate), make.actor(tx.session, at.staff.moderator)
        duties.assign(tx.session, by, at.round.id, mate.id, DutyKind.CANVASSER, at.crew.id, now=tx.now)
        [form] = under_recheck(tx, clock, at).forms()
        assert form_checks.next_form(tx.session, actor, at.round.id) is None
        with pytest.raises(NotAllowed):
            check_form(tx.session, actor, form.id, FormShows.AGREE, key=KEY, now=clock.at)
        check = FormCheck(
            community_id=at.community.id,
            consent_round_id=at.round.id,
            consent_id=form.id,
            shows=FormShows.AGREE,
            at=clock.at,
            by_id=mate.id,
        )
        with pytest.raises(DBAPIError, match="form_check_by_another"), tx.session.begin_nested():
            tx.session.add(check)


def test_who_stopped_a_crew_checks_its_forms(store: Database, clock: Clock) -> None:
    """They voided the paper unseen, which is no answer recorded."""
    with store.transaction() as tx:
        at = make_count.answered(tx, 10, 10, on_paper=1)
        stopper, other = (
            make.actor(tx.session, who) for who in (at.staff.moderator, at.staff.other_moderator)
        )
        suspensions.suspend_crew(
            tx.session, stopper, at.crew.id, "两户说没有见过人", Reach.ALL, key=KEY, now=tx.now
        )
        [held] = tx.session.scalars(select(SuspendedConsent.id))
        suspensions.take_case(tx.session, other, held, now=tx.now)
        suspensions.recheck(tx.session, other, held, Finding.GENUINE, "上门问过", key=KEY, now=tx.now)
        one = under_recheck(tx, clock, at)
        form = form_checks.next_form(tx.session, stopper, at.round.id)
        assert form is not None
        one.check_form(form.consent, FormShows.AGREE, by="moderator")
        assert form_checks.progress(tx.session, at.round.id).waiting == 0
