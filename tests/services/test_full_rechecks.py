"""What follows a spot check that fails or does not suffice: the full recheck, and sheets that are amended."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select

from deliberate.db import Transaction
from deliberate.domain.consent import Answer, Deed, Standing
from deliberate.domain.errors import NotAllowed, NotFound, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.rules import Outcome
from deliberate.domain.spot_check import (
    CheckKind,
    CheckResult,
    FormShows,
    Said,
    Way,
)
from deliberate.models import Consent, Proposal
from deliberate.queries import form_checks
from deliberate.queries import spot_checks as checks
from deliberate.services import (
    counting,
    execution,
    outcomes,
    revisits,
    spot_checks,
    spot_draws,
)
from deliberate.services import form_checks as check_deeds
from deliberate.services.full_rechecks import NotRechecked
from deliberate.services.spot_checks import NotChecked
from tests import make_check, make_count
from tests.make import Clock
from tests.make_check import SEED
from tests.make_round import KEY, open_round, paper, say
from tests.services.checked_rounds import Signed, consent_of, object_and_amend, signed

Begin = Callable[[], AbstractContextManager[Transaction]]


@pytest.mark.parametrize("within", [True, False], ids=["a home of the sample", "another home"])
def test_an_amendment_is_judged_anew_and_a_voided_home_of_the_sample_was_wrong(
    transaction: Begin, clock: Clock, within: bool
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        homes = one.draw()
        for home in homes:
            one.ask(home, Said.AGREE)
        assert one.conclude() is CheckResult.CONFIRMED
        drawn = {home.entry.id for home in homes}
        place = next(n for n, entry in enumerate(one.at.entries) if (entry.id in drawn) is within)
        object_and_amend(one, consent_of(one, one.at.entries[place].id), place)
        last = checks.verdicts(tx.session, one.at.round.id)[-1]
        assert last.result is (CheckResult.RECHECK_NEEDED if within else CheckResult.CONFIRMED)
        assert (checks.recheck_of(tx.session, one.at.round.id) is not None) is within


def test_a_plan_is_made_anew_for_an_amended_sheet_until_the_dice_are_thrown(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        first = make_check.planned(tx.session, one.at, now=clock.at)
        object_and_amend(one, consent_of(one, one.at.entries[0].id), 0)
        make_check.anchored(tx.session, one.at, now=clock.at)
        with pytest.raises(NotChecked):
            spot_draws.draw(tx.session, one.actor("scrutineer"), one.at.round.id, SEED, now=clock.at)
        second = make_check.planned(tx.session, one.at, now=clock.at)
        assert (first.frame, second.frame) == (40, 39)
        spot_draws.draw(tx.session, one.actor("scrutineer"), one.at.round.id, SEED, now=clock.at)
        assert make_check.planned(tx.session, one.at, now=clock.at).id == second.id


def test_a_small_round_is_rechecked_in_full_and_what_its_forms_show_is_put_right(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 9, 1, on_paper=3)
        assert make_check.planned(tx.session, one.at, now=clock.at).kind is CheckKind.FULL
        with pytest.raises(NotChecked):
            spot_draws.draw(tx.session, one.actor("scrutineer"), one.at.round.id, SEED, now=clock.at)
        turned, missing, right = one.forms()
        with pytest.raises(NotAllowed):
            one.check_form(turned, FormShows.AGREE, by="canvasser")
        one.check_form(turned, FormShows.DISAGREE)
        one.check_form(turned, FormShows.DISAGREE)
        with pytest.raises(Stale):
            one.check_form(turned, FormShows.AGREE, by="other_moderator")
        one.check_form(missing, FormShows.MISSING, by="other_moderator")
        assert (one.standing(0), one.standing(1)) == (Standing.DISAGREE, Standing.INVALID)
        with pytest.raises(NotRechecked) as waiting:
            one.finish()
        assert waiting.value.params["waiting"] == 1
        one.check_form(right, FormShows.AGREE)
        with pytest.raises(NotRechecked):
            one.finish()
        moderator = one.actor("moderator")
        one.amend()
        assert one.finish() is CheckResult.RECHECKED
        done = form_checks.progress(tx.session, one.at.round.id)
        assert (done.all, done.checked, done.differing) == (3, 3, 2)
        object_and_amend(one, consent_of(one, one.at.entries[5].id), 5)
        assert checks.verdicts(tx.session, one.at.round.id)[-1].result is CheckResult.RECHECKED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, moderator, one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.REJECTED
        assert tx.session.get_one(Proposal, one.at.proposal.id).stage is Stage.REJECTED


def test_a_recheck_can_turn_a_rejection_round(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 7, 3, on_paper=10)
        make_check.planned(tx.session, one.at, now=clock.at)
        forms = one.forms()
        for form in forms:
            one.check_form(form, FormShows.AGREE)
        moderator = one.actor("moderator")
        one.amend()
        assert one.finish() is CheckResult.RECHECKED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, moderator, one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.ADOPTED
        execution.start(tx.session, moderator, one.at.proposal.id, now=clock.at)


def _contradicting(tx: Transaction, clock: Clock) -> Signed:
    """Nine homes agree; the tenth has a form that says so and one that says the contrary."""
    at = open_round(tx.session, 10, now=tx.now)
    for entry in at.entries[1:]:
        say(tx.session, at, entry, Answer.AGREE, now=tx.now)
    paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
    paper(tx.session, at, at.entries[0], Answer.DISAGREE, 2, now=tx.now)
    make_count.signed(at, tx, clock)
    one = Signed(tx, at, clock)
    counting.show_result(tx.session, one.actor("moderator"), at.round.id, now=clock.at)
    make_check.planned(tx.session, at, now=clock.at)
    return one


def _records(one: Signed) -> list[tuple[Deed, Answer | None, int | None]]:
    rows = select(Consent).where(Consent.roll_entry_id == one.at.entries[0].id).order_by(Consent.id)
    return [(it.deed, it.answer, it.recorded_by_id) for it in one.tx.session.scalars(rows)]


@pytest.mark.parametrize("first", ["missing", "misread"])
def test_a_contradiction_ends_the_same_whichever_form_is_checked_first(
    transaction: Begin, clock: Clock, first: str
) -> None:
    with transaction() as tx:
        one = _contradicting(tx, clock)
        missing, misread = one.forms()
        if first == "missing":
            one.check_form(missing, FormShows.MISSING, by="other_moderator")
            assert one.standing(0) is Standing.CONTRADICTION
        one.check_form(misread, FormShows.AGREE)
        if first == "misread":
            one.check_form(missing, FormShows.MISSING, by="other_moderator")
        reader, other = one.at.staff.scrutineer.id, one.at.staff.other_moderator.id
        assert _records(one)[2:] == [
            (Deed.CORRECTION, Answer.AGREE, reader),
            (Deed.VOIDING, None, other),
        ]
        assert one.standing(0) is Standing.AGREE
        one.amend()
        assert one.finish() is CheckResult.RECHECKED


def test_a_contradiction_without_a_form_on_one_side_stays_uncounted(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = _contradicting(tx, clock)
        missing, right = one.forms()
        one.check_form(missing, FormShows.MISSING)
        one.check_form(right, FormShows.DISAGREE)
        assert one.standing(0) is Standing.CONTRADICTION
        assert one.finish() is CheckResult.RECHECKED


def test_a_recheck_is_not_ended_over_a_record_that_its_form_denies(
    transaction: Begin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 9, 1, on_paper=1)
        make_check.planned(tx.session, one.at, now=clock.at)
        with monkeypatch.context() as patched:
            patched.setattr(check_deeds, "put_right", lambda *_args, **_named: None)
            one.check_form(one.forms()[0], FormShows.DISAGREE)
        with pytest.raises(NotRechecked) as refused:
            one.finish()
        assert refused.value.params["unlike"] == 1


def test_what_a_recheck_put_right_is_not_checked_again(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 8, 2, on_paper=2)
        make_check.planned(tx.session, one.at, now=clock.at)
        turned, right = one.forms()
        one.check_form(turned, FormShows.DISAGREE)
        corrected = one.forms()[-1]
        with pytest.raises(NotRechecked):
            one.check_form(corrected, FormShows.AGREE, by="other_moderator")
        one.check_form(right, FormShows.AGREE)
        one.amend()
        assert one.finish() is CheckResult.RECHECKED


def test_no_form_is_checked_once_the_recheck_has_ended(
    transaction: Begin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 8, 2, on_paper=2)
        make_check.planned(tx.session, one.at, now=clock.at)
        turned, right = one.forms()
        one.check_form(turned, FormShows.DISAGREE)
        one.check_form(right, FormShows.AGREE)
        one.amend()
        one.finish()
        clock.forward(days=20)
        corrected = one.forms()[-1]
        monkeypatch.setattr(form_checks, "was_corrected", lambda *_: False)
        with pytest.raises(NotRechecked):
            one.check_form(corrected, FormShows.AGREE, by="other_moderator")
        assert one.standing(0) is Standing.DISAGREE


def test_no_form_is_checked_outside_a_recheck(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40, on_paper=2)
        form = one.forms()[0]
        with pytest.raises(NotRechecked):
            one.check_form(form, FormShows.AGREE)
        with pytest.raises(NotFound):
            check_deeds.check_form(
                tx.session, one.actor("scrutineer"), 10**6, FormShows.AGREE, key=KEY, now=clock.at
            )
        for deed in (
            lambda: revisits.reassign(tx.session, one.actor("scrutineer"), 10**6, 1, now=clock.at),
            lambda: revisits.keep_attempt(
                tx.session, one.actor("scrutineer"), 10**6, Way.CALL, None, request_id="x", now=clock.at
            ),
        ):
            with pytest.raises(NotFound):
                deed()


def test_a_late_failure_gives_households_time_to_object(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        homes = one.draw()
        for home in homes:
            one.ask(home, Said.UNSAID)
        clock.forward(days=9)
        assert one.conclude() is CheckResult.RECHECK_NEEDED
        assert one.finish() is CheckResult.RECHECKED
        with pytest.raises(WrongStage):
            outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        clock.forward(days=2)
        object_and_amend(one, consent_of(one, one.at.entries[0].id), 0)
        clock.forward(days=3)
        made = outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.ADOPTED
        with pytest.raises(NotChecked):
            spot_checks.signed_sheet(tx.session, one.at.round)
