"""Answers in the store: what stands, what is refused, what a second click does (rules 1, 7, 8, 10, 12)."""

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from deliberate.db import Transaction
from deliberate.domain import serial
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput, NotAllowed, Stale
from deliberate.domain.rules import Electorate
from deliberate.models import EntryStanding, Membership, RollEntry
from deliberate.queries import answers, people, tallies
from deliberate.services import consents, credentials, memberships
from deliberate.services.answerable import NotNow
from deliberate.services.recording import stub_code
from tests import make, make_count, make_round
from tests.make import Clock
from tests.make_letter import letter
from tests.make_round import KEY, online, open_round, paper, say

Begin = Callable[[], AbstractContextManager[Transaction]]


def stands(tx: Transaction, entry: RollEntry) -> Standing:
    """Where the entry stands, as kept; the recount must say the same."""
    kept = tx.session.get(EntryStanding, entry.id, populate_existing=True)
    return kept.standing if kept else Standing.SILENT


def test_one_answer_counts_once_and_the_roll_is_the_denominator(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        tally = tallies.recount(tx.session, at.round.id)[Electorate.HOUSEHOLD]
        assert (tally.roll.one, tally.agree.one, tally.silent.one) == (10, 1, 9)
        assert tallies.answered(tx.session, at.round.id) == 1


@pytest.mark.parametrize("paper_first", [True, False])
@pytest.mark.parametrize(
    ("online", "on_paper", "expected"),
    [
        (Answer.AGREE, Answer.AGREE, Standing.AGREE),
        (Answer.AGREE, Answer.DISAGREE, Standing.CONTRADICTION),
        (Answer.ABSTAIN, Answer.AGREE, Standing.CONTRADICTION),
    ],
)
def test_two_channels_are_one_answer_or_a_contradiction_in_any_order(
    transaction: Begin, paper_first: bool, online: Answer, on_paper: Answer, expected: Standing
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        entry = at.entries[3]
        if paper_first:
            paper(tx.session, at, entry, on_paper, 1, now=tx.now)
        say(tx.session, at, entry, online, now=tx.now)
        if not paper_first:
            paper(tx.session, at, entry, on_paper, 1, now=tx.now)
        assert stands(tx, entry) is expected


def test_the_same_account_changes_its_answer(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        for n, answer in enumerate((Answer.AGREE, Answer.DISAGREE)):
            said = make_round.online(answer, at.plan, f"r{n}")
            consents.answer_online(tx.session, member, at.entries[0].id, said, key=KEY, now=tx.now)
        assert stands(tx, at.entries[0]) is Standing.DISAGREE


def test_another_person_naming_the_receipt_changes_the_answer(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        code = say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        other = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        said = make_round.online(Answer.DISAGREE, at.plan, "other", code.lower())
        consents.answer_online(tx.session, other, at.entries[0].id, said, key=KEY, now=tx.now)
        assert stands(tx, at.entries[0]) is Standing.DISAGREE


def test_a_second_click_gives_the_same_receipt_and_one_record(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        said = make_round.online(Answer.AGREE, at.plan, "click")
        first = consents.answer_online(tx.session, member, at.entries[0].id, said, key=KEY, now=tx.now)
        second = consents.answer_online(tx.session, member, at.entries[0].id, said, key=KEY, now=tx.now)
        assert (second.code, second.repeated) == (first.code, True)
        other = make_round.online(Answer.DISAGREE, at.plan, "click")
        with pytest.raises(Stale):
            consents.answer_online(tx.session, member, at.entries[0].id, other, key=KEY, now=tx.now)
        assert len(tallies.records_of_entry(tx.session, at.entries[0].id)) == 1


def test_an_account_never_answers_for_a_household_it_does_not_belong_to(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        stranger = make.actor(tx.session, make.resident(tx.session, at.homes[1]))
        said = make_round.online(Answer.AGREE, at.plan, "x")
        with pytest.raises(NotAllowed):
            consents.answer_online(tx.session, stranger, at.entries[0].id, said, key=KEY, now=tx.now)


def test_another_text_is_refused(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        said = consents.OnlineAnswer(Answer.AGREE, "0" * 64, "x")
        with pytest.raises(Stale):
            consents.answer_online(tx.session, member, at.entries[0].id, said, key=KEY, now=tx.now)


def test_paper_signed_in_time_is_registered_in_the_grace_and_late_paper_never_counts(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        signed = at.round.answer_until - timedelta(hours=1)
        paper(
            tx.session,
            at,
            at.entries[0],
            Answer.AGREE,
            1,
            now=at.round.register_until - timedelta(seconds=1),
            signed_at=signed,
        )
        paper(tx.session, at, at.entries[1], Answer.AGREE, 2, now=at.round.register_until, signed_at=signed)
        assert stands(tx, at.entries[0]) is Standing.AGREE
        assert stands(tx, at.entries[1]) is Standing.LATE


def test_a_late_paper_replaces_nothing(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        code = say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        signed = at.round.answer_until - timedelta(hours=1)
        paper(
            tx.session,
            at,
            at.entries[0],
            Answer.DISAGREE,
            1,
            now=at.round.register_until,
            signed_at=signed,
            replaces=(code,),
        )
        assert stands(tx, at.entries[0]) is Standing.AGREE


def test_after_the_deadline_only_a_contradiction_is_answered_again(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        code = say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)
        after = at.round.answer_until
        with pytest.raises(NotNow):
            say(tx.session, at, at.entries[1], Answer.AGREE, now=after)
        with pytest.raises(NotNow):
            say(tx.session, at, at.entries[0], Answer.DISAGREE, now=after)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        said = make_round.online(Answer.DISAGREE, at.plan, "again", code)
        consents.answer_online(tx.session, member, at.entries[0].id, said, key=KEY, now=after)
        assert stands(tx, at.entries[0]) is Standing.DISAGREE


def test_a_withdrawal_takes_the_answer_back(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        consents.withdraw(tx.session, member, at.entries[0].id, request_id="w", key=KEY, now=tx.now)
        assert stands(tx, at.entries[0]) is Standing.WITHDRAWN


def test_a_member_takes_back_unnamed_only_what_they_are_shown(transaction: Begin, clock: Clock) -> None:
    """What was recorded before somebody joined is named by its receipt's or its stub's code; its number is no code."""
    with transaction() as tx:
        at = open_round(tx.session, 10)
        entry = at.entries[0]
        paper(tx.session, at, entry, Answer.AGREE, 1, now=tx.now)
        holder = people.actor(tx.session, letter_id=letter(tx.session, at.homes[0], now=tx.now).id)
    clock.forward(hours=1)
    with transaction() as tx:
        joined = memberships.register(
            tx.session,
            holder,
            user_name="somebody",
            display_name="测试",
            password="six blue windows",
            telephone=None,
            now=tx.now,
        )
        new = make.actor(tx.session, joined)
        for who, named in itertools.product((new, holder), ((), (serial.printed(1),))):
            with pytest.raises(BadInput):
                consents.withdraw(
                    tx.session, who, entry.id, request_id="w", replaces=named, key=KEY, now=tx.now
                )
        stub = stub_code(KEY, at.community.id, serial.printed(1))
        consents.withdraw(tx.session, holder, entry.id, request_id="w", replaces=(stub,), key=KEY, now=tx.now)
        assert stands(tx, entry) is Standing.WITHDRAWN
    clock.forward(hours=1)
    with transaction() as tx:
        paper(tx.session, at, entry, Answer.AGREE, 2, now=tx.now)
        consents.withdraw(tx.session, new, entry.id, request_id="w2", key=KEY, now=tx.now)
        assert stands(tx, entry) is Standing.WITHDRAWN


def test_a_password_of_the_desk_opens_nothing_that_was_answered_before(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        entry, resident = at.entries[0], make.resident(tx.session, at.homes[0])
        member = make.actor(tx.session, resident)
        said = online(Answer.DISAGREE, at.plan, "a" * 32)
        consents.answer_online(tx.session, member, entry.id, said, key=KEY, now=tx.now)
    clock.forward(hours=1)
    with transaction() as tx:
        shown = answers.own(tx.session, member, entry, now=tx.now).records[0]
        assert (shown.seen, shown.mine_to_change) == (True, True)
        registrar = make.actor(tx.session, at.staff.registrar)
        credentials.give_password(tx.session, registrar, at.community.id, resident.id, now=tx.now)
    with transaction() as tx:
        shown = answers.own(tx.session, member, entry, now=tx.now).records[0]
        assert (shown.seen, shown.mine_to_change) == (False, False)
        with pytest.raises(BadInput):
            consents.withdraw(tx.session, member, entry.id, request_id="w", key=KEY, now=tx.now)
        said = online(Answer.AGREE, at.plan, "b" * 32)
        consents.answer_online(tx.session, member, entry.id, said, key=KEY, now=tx.now)
        assert stands(tx, entry) is Standing.CONTRADICTION


def test_after_closing_a_member_is_shown_all_of_it(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        entry = at.entries[0]
        paper(tx.session, at, entry, Answer.AGREE, 1, now=tx.now)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        tx.session.query(Membership).one().joined_at = tx.now
        tx.session.flush()
        assert not answers.own(tx.session, member, entry, now=tx.now).all_seen
        make_count.closed(at, tx, clock)
        assert answers.own(tx.session, member, entry, now=tx.now).all_seen


def test_a_serial_is_used_once(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        with pytest.raises(BadInput):
            paper(tx.session, at, at.entries[1], Answer.AGREE, 1, now=tx.now, tag="again")


def test_a_canvasser_never_records_their_own_household(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        tx.session.add(
            make.Membership(
                community_id=at.community.id,
                household_id=at.homes[0].id,
                account_id=at.staff.canvasser.id,
                joined_at=tx.now,
            )
        )
        tx.session.flush()
        with pytest.raises(NotAllowed):
            paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
