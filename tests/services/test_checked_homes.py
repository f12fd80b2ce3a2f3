"""Homes with several forms in a full recheck: what is found decides, never the order of finding; on both stores."""

from collections.abc import Iterator, Sequence
from itertools import permutations, product

import pytest
from sqlalchemy import select

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer, Deed, Standing
from deliberate.domain.spot_check import CheckKind, CheckResult, FormShows
from deliberate.models import Consent
from deliberate.queries import form_checks
from deliberate.services import counting, forms
from tests import make, make_check, make_count
from tests.make import Clock
from tests.make_round import open_round, paper, say
from tests.services.checked_rounds import Signed, objected

YES, NO = Answer.AGREE, Answer.DISAGREE
FOUND = (FormShows.AGREE, FormShows.DISAGREE, FormShows.MISSING)
Found = tuple[FormShows, ...]


@pytest.fixture
def store(migrated_url: str, clock: Clock) -> Iterator[Database]:
    made = Database(migrated_url, clock)
    yield made
    made.dispose()


def rechecked(tx: Transaction, clock: Clock, *homes: Sequence[Answer]) -> Signed:
    """These homes have a form for every answer; four times as many agree, so that no sample is large enough."""
    at = open_round(tx.session, 5 * len(homes), now=tx.now)
    moderator = make.actor(tx.session, at.staff.moderator)
    forms.issue_forms(tx.session, moderator, at.crew.id, sum(map(len, homes)), now=tx.now)
    serial = 0
    for entry, answers in zip(at.entries, homes, strict=False):
        for answer in answers:
            serial += 1
            paper(tx.session, at, entry, answer, serial, now=tx.now)
    for entry in at.entries[len(homes) :]:
        say(tx.session, at, entry, YES, now=tx.now)
    make_count.signed(at, tx, clock)
    one = Signed(tx, at, clock)
    counting.show_result(tx.session, one.actor("moderator"), at.round.id, now=clock.at)
    assert make_check.planned(tx.session, at, now=clock.at).kind is CheckKind.FULL
    return one


def forms_of(one: Signed, place: int) -> list[Consent]:
    entry = one.at.entries[place].id
    return [form for form in one.forms() if form.roll_entry_id == entry]


def due(answers: Sequence[Answer], found: Found) -> Standing:
    """By the rule: the forms count; without one nothing does, but a contradiction is not decided by what is lost."""
    shown = {Answer(one.value) for one in found if one is not FormShows.MISSING}
    lost = {answer for answer, one in zip(answers, found, strict=True) if one is FormShows.MISSING}
    left = shown | lost if len(set(answers)) > 1 and len(shown | lost) > 1 else shown
    if len(left) > 1:
        return Standing.CONTRADICTION
    return Standing(left.pop().value) if left else Standing.INVALID


def sweep(store: Database, clock: Clock, answers: tuple[Answer, ...]) -> None:
    """Every finding in every order, each in a home of its own, all by one person; forms that say the same are alike."""
    findings = {
        tuple(sorted(zip(answers, found, strict=True))) for found in product(FOUND, repeat=len(answers))
    }
    orders = permutations(range(len(answers)))
    cases = [(tuple(shows for _, shows in one), order) for one, order in product(sorted(findings), orders)]
    with store.transaction() as tx:
        one = rechecked(tx, clock, *[answers] * len(cases))
        every = [forms_of(one, place) for place in range(len(cases))]
        for mine, (found, order) in zip(every, cases, strict=True):
            for nth in order:
                one.check_form(mine[nth], found[nth])
        wrong = [
            (found, order, one.standing(place))
            for place, (found, order) in enumerate(cases)
            if one.standing(place) is not due(answers, found)
        ]
        assert not wrong
        assert form_checks.progress(tx.session, one.at.round.id).waiting == 0
        assert form_checks.unlike(tx.session, one.at.round.id) == 0


@pytest.mark.parametrize("answers", [(NO, NO), (YES, NO)], ids=["alike", "in contradiction"])
def test_the_same_findings_of_a_home_with_two_forms_count_the_same_in_every_order(
    store: Database, clock: Clock, answers: tuple[Answer, ...]
) -> None:
    sweep(store, clock, answers)


@pytest.mark.whole
@pytest.mark.parametrize("answers", [(NO, NO, NO), (YES, NO, NO)], ids=["alike", "in contradiction"])
def test_the_same_findings_of_a_home_with_three_forms_count_the_same_in_every_order(
    store: Database, clock: Clock, answers: tuple[Answer, ...]
) -> None:
    sweep(store, clock, answers)


def test_a_home_is_put_right_once_the_last_of_its_forms_is_checked(store: Database, clock: Clock) -> None:
    """Each record by whoever found what it says; meanwhile nobody has become a recorder."""
    with store.transaction() as tx:
        one = rechecked(tx, clock, [NO, NO])
        lost, misread = one.forms()
        one.check_form(misread, FormShows.AGREE)
        assert one.standing(0) is Standing.DISAGREE
        following = form_checks.next_form(tx.session, one.actor("scrutineer"), one.at.round.id)
        assert following is not None
        assert following.consent.id == lost.id
        one.check_form(lost, FormShows.MISSING, by="other_moderator")
        assert one.standing(0) is Standing.AGREE
        made = tx.session.execute(
            select(Consent.deed, Consent.recorded_by_id)
            .where(Consent.roll_entry_id == misread.roll_entry_id, Consent.id > misread.id)
            .order_by(Consent.id)
        ).all()
        staff = one.at.staff
        assert [tuple(row) for row in made] == [
            (Deed.VOIDING, staff.other_moderator.id),
            (Deed.CORRECTION, staff.scrutineer.id),
        ]


def test_a_home_is_put_right_when_an_objection_voids_the_last_form_that_waited(
    store: Database, clock: Clock
) -> None:
    with store.transaction() as tx:
        one = rechecked(tx, clock, [NO, NO])
        checked, waiting = one.forms()
        one.check_form(checked, FormShows.AGREE)
        objected(one, waiting.id, 0)
        assert one.standing(0) is Standing.AGREE
        one.amend()
        assert one.finish() is CheckResult.RECHECKED
