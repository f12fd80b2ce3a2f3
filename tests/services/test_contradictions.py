"""Contradictions settled: by whom, over what, counted as what (rule 8); on both stores."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer, Channel, Standing, heads
from deliberate.domain.errors import BadInput, NotAllowed, Stale
from deliberate.models import EntryStanding, RollEntry
from deliberate.queries import contradictions as disputes
from deliberate.queries import tallies
from deliberate.services import cases, contradictions
from deliberate.services.contradictions import Settlement
from tests import make
from tests.make import Clock
from tests.make_round import KEY, OpenRound, open_round, paper, say, settle


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    made = Database(migrated_url, Clock())
    yield made
    made.dispose()


def disputed(session: Session) -> OpenRound:
    """The first home said yes online and no on paper."""
    at = open_round(session, 10)
    say(session, at, at.entries[0], Answer.AGREE, now=make.START)
    paper(session, at, at.entries[0], Answer.DISAGREE, 1, now=make.START)
    return at


def stands(session: Session, entry: RollEntry) -> Standing:
    return session.get_one(EntryStanding, entry.id, populate_existing=True).standing


def test_a_contradiction_is_settled_by_a_person_who_recorded_none_of_it(store: Database) -> None:
    with store.transaction() as tx:
        at = disputed(tx.session)
        entry, moderator = at.entries[0], make.actor(tx.session, at.staff.moderator)
        seen = frozenset(side.consent_id for side in disputes.sides(tx.session, entry.id))

        def said(answer: Answer | None, tag: str, reason: str = "电话核实") -> None:
            one = Settlement(answer, reason, seen)
            contradictions.settle(tx.session, moderator, entry.id, one, request_id=tag, key=KEY, now=tx.now)

        with pytest.raises(NotAllowed):
            said(None, "s")
        cases.take_case(tx.session, moderator, entry.id, now=tx.now)
        for answer, reason in ((Answer.ABSTAIN, "电话核实"), (Answer.AGREE, " ")):
            with pytest.raises(BadInput):
                said(answer, "s0", reason)
        said(Answer.AGREE, "s")
        assert stands(tx.session, entry) is Standing.AGREE


def test_an_answer_that_came_after_the_page_was_opened_is_not_settled_unseen(store: Database) -> None:
    with store.transaction() as tx:
        at = disputed(tx.session)
        seen = frozenset(side.consent_id for side in disputes.sides(tx.session, at.entries[0].id))
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 2, now=tx.now)
        with pytest.raises(Stale):
            settle(tx.session, at.staff.moderator, at.entries[0], Answer.AGREE, seen=seen, now=tx.now)
        assert stands(tx.session, at.entries[0]) is Standing.CONTRADICTION
        settle(tx.session, at.staff.moderator, at.entries[0], Answer.AGREE, now=tx.now)
        assert stands(tx.session, at.entries[0]) is Standing.AGREE


@pytest.mark.parametrize(
    ("upheld", "channel"),
    [(Answer.AGREE, Channel.ONLINE), (Answer.DISAGREE, Channel.PAPER), (None, Channel.PAPER)],
)
def test_a_settlement_is_counted_under_the_channel_of_the_answer_that_it_upholds(
    store: Database, upheld: Answer | None, channel: Channel
) -> None:
    with store.transaction() as tx:
        at = disputed(tx.session)
        settle(tx.session, at.staff.moderator, at.entries[0], upheld, now=tx.now)
        [top] = heads(tallies.records_of_entry(tx.session, at.entries[0].id))
        assert (top.answer, top.channel) == (upheld, channel)
        expected = {**dict.fromkeys(Channel, 0), **({channel: 1} if upheld else {})}
        assert tallies.channels(tallies.records_of_round(tx.session, at.round.id).values()) == expected
