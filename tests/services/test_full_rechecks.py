"""What follows a spot check that fails or does not suffice: the full recheck, and sheets that are amended."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from deliberate.db import Transaction
from deliberate.domain.consent import Standing
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
from deliberate.models import (
    Proposal,
)
from deliberate.queries import form_checks
from deliberate.queries import spot_checks as checks
from deliberate.services import (
    counting,
    execution,
    full_rechecks,
    outcomes,
    revisits,
    spot_checks,
    spot_draws,
)
from deliberate.services.full_rechecks import NotRechecked
from deliberate.services.spot_checks import NotChecked
from tests import make_check
from tests.make import Clock
from tests.make_check import SEED
from tests.make_round import KEY
from tests.services.checked_rounds import consent_of, object_and_amend, signed

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
        moderator, scrutineer = one.actor("moderator"), one.actor("scrutineer")
        sheet = counting.amend_sheet(tx.session, moderator, one.at.round.id, "全面复核", now=clock.at)
        counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
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
        moderator, scrutineer = one.actor("moderator"), one.actor("scrutineer")
        sheet = counting.amend_sheet(tx.session, moderator, one.at.round.id, "表上都是同意", now=clock.at)
        counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
        assert one.finish() is CheckResult.RECHECKED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, moderator, one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.ADOPTED
        execution.start(tx.session, moderator, one.at.proposal.id, now=clock.at)


def test_no_form_is_checked_outside_a_recheck(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40, on_paper=2)
        form = one.forms()[0]
        with pytest.raises(NotRechecked):
            one.check_form(form, FormShows.AGREE)
        with pytest.raises(NotFound):
            full_rechecks.check_form(
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
