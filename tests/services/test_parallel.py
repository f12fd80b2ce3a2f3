"""Two hundred answers of one household leave one that counts, two joins at once one membership, two who ask for
one name one account; on both stores."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deliberate.db import Database, Lock
from deliberate.domain.consent import Answer, Standing, heads, standing
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Actor
from deliberate.models import Account, Consent, EntryStanding, FormIssue, Membership
from deliberate.queries import tallies
from deliberate.services import accounts, consents, forms, memberships
from tests import make, make_round
from tests.make import Clock
from tests.make_round import KEY, open_round

NUMBER = 200
AT_ONCE = 12
A_WHILE = 0.3
"""Seconds in which another thread certainly comes to its first lock; less proves less, but fails nothing."""


def test_200_parallel_answers_of_one_household_leave_one_effective_answer(migrated_url: str) -> None:
    store = Database(migrated_url, Clock())
    try:
        with store.transaction() as tx:
            at = open_round(tx.session, 31)
            member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
            entry, number = at.entries[0].id, at.round.id
        gate = threading.Barrier(AT_ONCE)

        def answer(n: int) -> Answer:
            if n < AT_ONCE:
                gate.wait()
            said = make_round.online((Answer.AGREE, Answer.DISAGREE)[n % 2], at.plan, f"parallel-{n}")
            with store.transaction(Lock.answer(number, entry)) as tx:
                consents.answer_online(tx.session, member, entry, said, key=KEY, now=tx.now)
            return said.answer

        with ThreadPoolExecutor(AT_ONCE) as pool:
            given = Counter(pool.map(answer, range(NUMBER)))
        assert given == {Answer.AGREE: NUMBER // 2, Answer.DISAGREE: NUMBER // 2}
        with store.reading() as session:
            records = tallies.records_of_entry(session, entry)
            assert len(records) == NUMBER
            assert len(heads(records)) == 1
            assert standing(records) in (Standing.AGREE, Standing.DISAGREE)
            kept = session.get_one(EntryStanding, entry)
            assert kept.standing is standing(records)
            assert tallies.answered(session, number) == 1
            assert session.query(Consent).count() == NUMBER
    finally:
        store.dispose()


def test_two_rounds_that_hand_out_forms_at_once_never_hand_out_the_same(migrated_url: str) -> None:
    store = Database(migrated_url, Clock())
    try:
        with store.transaction() as tx:
            one = open_round(tx.session, 12)
            moderator = make.actor(tx.session, one.staff.moderator)
            matter, _plan = make_round.fixed_plan(
                tx.session, one.community, one.staff.moderator, now=tx.now, number=2
            )
            other, crew = make_round.prepared(tx.session, one.staff, matter, now=tx.now)
            last = forms.newest_serial(tx.session, one.community.id)
        gate = threading.Barrier(2)

        def issue(round_id: int, crew_id: int) -> tuple[int, int]:
            gate.wait()
            with store.transaction(Lock(round_id=round_id, community_id=one.community.id)) as tx:
                made = forms.issue_forms(tx.session, moderator, crew_id, 50, now=tx.now)
                time.sleep(A_WHILE)
                return made.first_serial, made.last_serial

        with ThreadPoolExecutor(2) as pool:
            given = sorted(pool.map(issue, (one.round.id, other.id), (one.crew.id, crew.id)))
        assert given == [(last + 1, last + 50), (last + 51, last + 100)]
    finally:
        store.dispose()


def test_the_store_knows_a_serial_that_was_handed_out(migrated_url: str) -> None:
    store = Database(migrated_url, Clock())
    try:
        with store.transaction() as tx:
            at = open_round(tx.session, 12)
            known = tx.session.query(FormIssue).first()
            assert known is not None
            names = (
                "community_id",
                "consent_round_id",
                "crew_id",
                "first_serial",
                "last_serial",
                "at",
                "by_id",
            )
            twin = FormIssue(**{name: getattr(known, name) for name in names})
            nested = tx.session.begin_nested()
            tx.session.add(twin)
            with pytest.raises(IntegrityError):
                tx.session.flush()
            nested.rollback()
            assert forms.balance_of(tx.session, at.crew).issued == 100
    finally:
        store.dispose()


def test_who_joins_twice_at_once_belongs_to_the_home_once(migrated_url: str) -> None:
    """A second tap while the first is under way: it waits, and finds what the first has made."""
    store = Database(migrated_url, Clock())
    try:
        with store.transaction() as tx:
            (home,) = make.households(tx.session, make.community(tx.session), 1)
            letter = make.letter(tx.session, home, "K7QM2XR9WT4P")
            actor = Actor(account_id=make.account(tx.session).id, letter_id=letter.id)
        begun = threading.Event()

        def join_again() -> int:
            begun.set()
            with store.transaction() as tx:
                return memberships.join_by_letter(tx.session, actor, now=tx.now).id

        with ThreadPoolExecutor(1) as other:
            with store.transaction() as tx:
                first = memberships.join_by_letter(tx.session, actor, now=tx.now).id
                second = other.submit(join_again)
                assert begun.wait(10)
                time.sleep(A_WHILE)
            assert second.result(30) == first
        with store.reading() as session:
            assert session.query(Membership).count() == 1
    finally:
        store.dispose()


def _named(session: Session, user_name: str, telephone: str) -> None:
    accounts.create(
        session,
        user_name=user_name,
        display_name="测试",
        password="changlang-2026",
        telephone=telephone,
        now=make.START,
    )


def _called(session: Session, telephone: str) -> None:
    one = session.query(Account).filter_by(user_name="someone").one()
    accounts.rename(session, Actor(account_id=one.id), "测试", telephone)


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (lambda session: _named(session, "WANG", "13800000009"), "user_name"),
        (lambda session: _named(session, "li", "13800000001"), "telephone"),
        (lambda session: _called(session, "13800000001"), "telephone"),
    ],
    ids=["user name", "telephone", "telephone of an old account"],
)
def test_of_two_who_ask_for_one_name_at_once_the_slower_is_refused_in_words(
    migrated_url: str, second: Callable[[Session], None], field: str
) -> None:
    """Both find it free; what the store then refuses is the same sentence, and nothing else is written."""
    store = Database(migrated_url, Clock())
    try:
        with store.transaction() as tx:
            tx.session.add(
                Account(user_name="someone", display_name="某人", password_hash="!", created_at=make.START)
            )
        begun = threading.Event()

        def ask_too() -> BadInput:
            begun.set()
            with pytest.raises(BadInput) as refused, store.transaction() as tx:
                second(tx.session)
            return refused.value

        with ThreadPoolExecutor(1) as other:
            with store.transaction() as tx:
                _named(tx.session, "wang", "13800000001")
                asked = other.submit(ask_too)
                assert begun.wait(10)
                time.sleep(A_WHILE)
            assert asked.result(30).params["field"] == field
        with store.reading() as session:
            assert session.query(Account).count() == 2
    finally:
        store.dispose()
