"""Contradictions settled: by whom, over what, counted as what (rule 8); on both stores."""

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer, Channel, Deed, Standing, heads
from deliberate.domain.errors import BadInput, NotAllowed, Stale
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind
from deliberate.models import Account, EntryStanding, RollEntry
from deliberate.queries import contradictions as disputes
from deliberate.queries import tallies
from deliberate.services import cases, consents, contradictions, duties, memberships
from deliberate.services.contradictions import Settlement
from deliberate.services.recording import Draft, Recorder, record
from tests import make
from tests.make import Clock
from tests.make_round import KEY, OpenRound, online, open_round, paper, say, settle
from tests.make_tablet import Tablet


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


def mate(session: Session, at: OpenRound) -> Account:
    """A moderator who walks with the crew that registered the paper."""
    who = make.staff(session, at.community, Role.CANVASSER, Role.MODERATOR, name="测试同组")
    moderator = make.actor(session, at.staff.moderator)
    duties.assign(session, moderator, at.round.id, who.id, DutyKind.CANVASSER, at.crew.id, now=make.START)
    return who


def test_somebody_of_the_crew_that_recorded_it_does_not_settle_it(store: Database) -> None:
    with store.transaction() as tx:
        at = disputed(tx.session)
        entry, who = at.entries[0], mate(tx.session, at)
        with pytest.raises(NotAllowed):
            settle(tx.session, who, entry, Answer.AGREE, now=tx.now)
        [case] = disputes.queue(tx.session, make.actor(tx.session, who), at.community.id)
        assert not case.settleable
        actor = make.actor(tx.session, who)
        every = frozenset(one.id for one in heads(tallies.records_of_entry(tx.session, entry.id)))
        by = Recorder(who.id)
        draft = Draft(Deed.SETTLEMENT, Answer.AGREE, Channel.ONLINE, "s", by, every, reason="电话")
        with pytest.raises(DBAPIError, match="consent_settled_by_another"), tx.session.begin_nested():
            record(tx.session, actor, entry, draft, key=KEY, now=tx.now)


def test_who_made_the_account_that_answered_a_member_at_the_desk_does_not_settle_it(store: Database) -> None:
    """They were told its password, and could have answered themselves."""
    with store.transaction() as tx:
        at = open_round(tx.session, 10)
        entry, moderator = at.entries[0], make.actor(tx.session, at.staff.moderator)
        made = memberships.register_at_desk(
            tx.session,
            moderator,
            at.homes[0].id,
            user_name="newcomer",
            display_name="测试新来",
            telephone=None,
            now=tx.now,
        )
        said = online(Answer.AGREE, at.plan, "a" * 32)
        consents.answer_online(
            tx.session, make.actor(tx.session, made.account), entry.id, said, key=KEY, now=tx.now
        )
        paper(tx.session, at, entry, Answer.DISAGREE, 1, now=tx.now)
        with pytest.raises(NotAllowed):
            settle(tx.session, at.staff.moderator, entry, Answer.AGREE, now=tx.now)
        settle(tx.session, at.staff.other_moderator, entry, Answer.AGREE, now=tx.now)


@pytest.mark.both
def test_who_gave_out_the_code_of_the_tablet_that_delivered_it_does_not_settle_it(
    tablet_store: Database, tablet: Tablet
) -> None:
    """They could have enrolled a tablet with it themselves."""
    at = tablet.at
    assert tablet.deliver(tablet.answered(at.entries[0], Answer.AGREE, 1)) == ["accepted"]
    with tablet_store.transaction() as tx:
        entry = tx.session.get_one(RollEntry, at.entries[0].id)
        say(tx.session, at, entry, Answer.DISAGREE, now=tx.now)
        with pytest.raises(NotAllowed):
            settle(tx.session, at.staff.moderator, entry, Answer.DISAGREE, now=tx.now)
        settle(tx.session, at.staff.other_moderator, entry, Answer.DISAGREE, now=tx.now)
        assert stands(tx.session, entry) is Standing.DISAGREE
