"""An objection to one record: upheld it voids that one, never what the home has said instead; on both stores."""

from collections.abc import Iterator

import pytest

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import ANYBODY
from deliberate.domain.serial import printed
from deliberate.domain.spot_check import FormShows
from deliberate.models import Consent, EntryStanding, Objection
from deliberate.queries import objections as filed
from deliberate.services import cases, consents, contesting, form_checks, objections, spot_checks
from deliberate.services.recording import stub_code
from tests import make, make_count
from tests.make import Clock
from tests.make_round import KEY, OpenRound, online, open_round, paper, say
from tests.services.counted_rounds import Begin


@pytest.fixture
def transaction(migrated_url: str, clock: Clock) -> Iterator[Begin]:
    made = Database(migrated_url, clock)
    yield made.transaction
    made.dispose()


def contested(tx: Transaction) -> tuple[OpenRound, Objection]:
    """A paper of the first home that its holder of the stub says is not theirs."""
    at = open_round(tx.session)
    paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
    held = contesting.Held(
        at.community.id, stub_code(KEY, at.community.id, printed(1)), tx.session.query(Consent.id).scalar()
    )
    made = contesting.contest(tx.session, ANYBODY, held, ObjectionKind.NOT_US, key=KEY, now=tx.now)
    return at, made


def uphold(tx: Transaction, at: OpenRound, made: Objection, voids: int | None) -> None:
    actor = make.actor(tx.session, at.staff.other_moderator)
    cases.take_objection(tx.session, actor, made.id, now=tx.now)
    said = objections.Answer(Finding.UPHELD, "上门问过", "确实不是您家签的。", voids)
    objections.answer_objection(tx.session, actor, made.id, said, key=KEY, now=tx.now)


def replaced(tx: Transaction, at: OpenRound) -> int:
    """The home answers online instead, naming the paper's number; gives its record."""
    member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
    said = online(Answer.DISAGREE, at.plan, "own", printed(1))
    return consents.answer_online(tx.session, member, at.entries[0].id, said, key=KEY, now=tx.now).consent_id


def offered(tx: Transaction, at: OpenRound, made: Objection) -> list[int]:
    """What the page of who rechecks offers to void."""
    actor = make.actor(tx.session, at.staff.other_moderator)
    cases.take_objection(tx.session, actor, made.id, now=tx.now)
    case = filed.case(tx.session, actor, filed.Filed(made, at.round, at.proposal, at.homes[0]))
    return [one.consent.id for one in case.voidable]


def stands(tx: Transaction, at: OpenRound) -> Standing:
    return tx.session.get_one(EntryStanding, at.entries[0].id, populate_existing=True).standing


def test_upheld_after_the_home_replaced_the_paper_its_own_answer_is_left_alone(transaction: Begin) -> None:
    with transaction() as tx:
        at, made = contested(tx)
        own = replaced(tx, at)
        assert offered(tx, at, made) == []
        uphold(tx, at, made, own)
        assert made.finding is Finding.UPHELD
        assert made.voided_consent_id is None
        assert stands(tx, at) is Standing.DISAGREE


def test_upheld_it_voids_the_very_record_that_it_is_about_and_no_other(transaction: Begin) -> None:
    with transaction() as tx:
        at, made = contested(tx)
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        forged, own = tx.session.scalars(tx.session.query(Consent.id).order_by(Consent.id).statement)
        assert offered(tx, at, made) == [forged]
        for other in (None, own):
            with pytest.raises(BadInput) as refused:
                uphold(tx, at, made, other)
            assert refused.value.params["field"] == "voided"
        uphold(tx, at, made, forged)
        assert made.voided_consent_id == forged
        assert stands(tx, at) is Standing.AGREE


def test_a_forged_paper_that_was_corrected_by_its_form_is_voided_all_the_same(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at, made = contested(tx)
        for entry in at.entries[1:9]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        make_count.signed(at, tx, clock)
        scrutineer = make.actor(tx.session, at.staff.scrutineer)
        spot_checks.plan(tx.session, scrutineer, at.round.id, now=clock.at)
        assert made.consent_id is not None
        form_checks.check_form(
            tx.session, scrutineer, made.consent_id, FormShows.DISAGREE, key=KEY, now=clock.at
        )
        assert stands(tx, at) is Standing.DISAGREE
        (correction,) = offered(tx, at, made)
        uphold(tx, at, made, correction)
        assert stands(tx, at) is Standing.INVALID
