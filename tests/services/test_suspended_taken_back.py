"""A paper that is suspended with its crew is taken back by its household like any other (rule 12); on both stores."""

import pytest

from deliberate.db import Database
from deliberate.domain.consent import Answer, Deed
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Actor
from deliberate.domain.serial import printed
from deliberate.domain.suspicion import Finding, Reach
from deliberate.models import Consent, Membership, RollEntry
from deliberate.queries import answers, people
from deliberate.queries import suspensions as queries
from deliberate.services import consents, naming, suspensions
from deliberate.services.recording import stub_code
from tests import make, make_count
from tests.make import CODE_KEY, Clock
from tests.make_letter import letter
from tests.make_tablet import Tablet
from tests.services.test_suspensions import close, recheck, signed, standings, stop, suspended


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def stub_of(tablet: Tablet) -> str:
    return stub_code(CODE_KEY, tablet.at.community.id, printed(1))


def withdraw(store: Database, tablet: Tablet, actor: Actor, *codes: str, tag: str = "w") -> None:
    with store.transaction() as tx:
        entry = tablet.at.entries[0].id
        consents.withdraw(tx.session, actor, entry, request_id=tag, replaces=codes, key=CODE_KEY, now=tx.now)


def member(store: Database, tablet: Tablet) -> Actor:
    with store.transaction() as tx:
        return make.actor(tx.session, make.resident(tx.session, tablet.at.homes[0]))


def holder(store: Database, tablet: Tablet) -> Actor:
    with store.transaction() as tx:
        made = letter(tx.session, tablet.at.homes[0], now=tx.now)
        return people.actor(tx.session, letter_id=made.id)


@pytest.mark.parametrize("by", ["account", "stub"])
def test_a_suspended_paper_that_its_household_took_back_never_counts_again(
    store: Database, tablet: Tablet, clock: Clock, by: str
) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    if by == "account":
        withdraw(store, tablet, member(store, tablet))
    else:
        withdraw(store, tablet, holder(store, tablet), stub_of(tablet))
    assert standings(store, tablet, 1) == ["withdrawn"]
    (one,) = suspended(store)
    with store.reading() as session:
        assert queries.paper(session, suspensions.suspended_of(session, one)).said_since
        assert queries.unchecked(session, tablet.at.round.id) == 0
    recheck(store, tablet.at.staff.other_moderator, one, Finding.GENUINE)
    assert standings(store, tablet, 1) == ["withdrawn"]
    with store.reading() as session:
        deeds = [deed for (deed,) in session.query(Consent.deed).order_by(Consent.id)]
        assert deeds == [Deed.ANSWER, Deed.VOIDING, Deed.WITHDRAWAL]
    with store.transaction() as tx:
        make_count.over(tablet.at, tx, clock)
    close(store, tablet)
    assert standings(store, tablet, 1) == ["withdrawn"]


def test_a_suspended_paper_is_not_taken_back_by_a_letter_alone_nor_by_its_forms_number(
    store: Database, tablet: Tablet
) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    by_letter = holder(store, tablet)
    for codes in ((), (printed(1),), ("ABCD-EFGH-JKLM",)):
        with pytest.raises(BadInput):
            withdraw(store, tablet, by_letter, *codes)
    assert standings(store, tablet, 1) == ["invalid"]


def test_who_joined_after_the_paper_takes_it_back_by_its_code_only(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    signed(tablet, 0)
    clock.forward(hours=1)
    with store.transaction() as tx:
        account = make.resident(tx.session, tablet.at.homes[0])
        tx.session.query(Membership).filter_by(account_id=account.id).one().joined_at = tx.now
        tx.session.flush()
        newcomer = make.actor(tx.session, account)
    clock.forward(hours=1)
    stop(store, tablet, Reach.ALL)
    with pytest.raises(BadInput):
        withdraw(store, tablet, newcomer)
    withdraw(store, tablet, newcomer, stub_of(tablet))
    assert standings(store, tablet, 1) == ["withdrawn"]


def test_once_somebody_asked_and_found_it_forged_there_is_nothing_to_take_back(
    store: Database, tablet: Tablet
) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    (one,) = suspended(store)
    recheck(store, tablet.at.staff.other_moderator, one, Finding.FORGED)
    with pytest.raises(BadInput):
        withdraw(store, tablet, member(store, tablet), stub_of(tablet))
    assert standings(store, tablet, 1) == ["invalid"]


def test_with_a_new_answer_the_suspended_paper_is_taken_back_too(store: Database, tablet: Tablet) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    actor = member(store, tablet)
    with store.transaction() as tx:
        said = consents.OnlineAnswer(Answer.DISAGREE, tablet.at.plan.sha256, "since")
        consents.answer_online(tx.session, actor, tablet.at.entries[0].id, said, key=CODE_KEY, now=tx.now)
    withdraw(store, tablet, actor)
    (one,) = suspended(store)
    recheck(store, tablet.at.staff.other_moderator, one, Finding.GENUINE)
    assert standings(store, tablet, 1) == ["withdrawn"]


def test_the_pages_know_that_a_paper_waits_for_its_recheck_until_somebody_asked(
    store: Database, tablet: Tablet
) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    actor = member(store, tablet)

    def seen() -> tuple[bool, bool]:
        with store.transaction() as tx:
            entry = tx.session.get_one(RollEntry, tablet.at.entries[0].id)
            own = answers.own(tx.session, actor, entry, now=tx.now)
            community = tablet.at.community.id
            (paper,) = naming.find_by_code(tx.session, community, stub_of(tablet), key=CODE_KEY)
            return own.may_withdraw, answers.found(tx.session, actor, paper).checking

    assert seen() == (True, True)
    recheck(store, tablet.at.staff.other_moderator, suspended(store)[0], Finding.UNREACHED, "去过三次")
    assert seen() == (False, False)
