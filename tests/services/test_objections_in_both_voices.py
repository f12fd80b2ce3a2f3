"""A round may ask the household and the owner of one home: an objection says whose answer it means; on both stores."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput, NotAllowed, NotFound
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import Actor, Role
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.models import Account, Consent, EntryStanding, Membership, Objection, RollEntry
from deliberate.queries import objections as filed
from deliberate.queries import objectors, people
from deliberate.services import counting, objections
from tests import make, make_count
from tests.make import Clock
from tests.make_round import KEY, OpenRound, open_round, paper
from tests.services.counted_rounds import Begin

FORGED = "业主那一票不是我签的。"


@dataclass
class World:
    """A result shown of a round that asks both; of the first home both have a paper, and the owner lives there."""

    at: OpenRound
    household: RollEntry
    owner: RollEntry
    member: Account


@pytest.fixture
def transaction(migrated_url: str, clock: Clock) -> Iterator[Begin]:
    made = Database(migrated_url, clock)
    yield made.transaction
    made.dispose()


def shown(tx: Transaction, clock: Clock) -> World:
    at = open_round(tx.session, 10, RC80, CC278_ORD, now=clock.at)
    household, owner = objectors.on_roll(tx.session, at.round.id, at.homes[0].id)
    for number, entry in enumerate((household, owner), 1):
        paper(tx.session, at, entry, Answer.AGREE, number, now=clock.at)
    member = make.resident(tx.session, at.homes[0], as_owner=True)
    make_count.signed(at, tx, clock)
    counting.show_result(tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, now=clock.at)
    return World(at, household, owner, member)


def file(
    tx: Transaction,
    world: World,
    actor: Actor,
    entry: RollEntry | None,
    kind: ObjectionKind = ObjectionKind.NOT_US,
) -> Objection:
    at = world.at
    return objections.file_objection(
        tx.session,
        actor,
        at.round.id,
        at.homes[0].id,
        kind,
        FORGED,
        entry_id=entry.id if entry else None,
        now=tx.now,
    )


def standings(tx: Transaction, world: World) -> list[Standing]:
    entries = (world.household, world.owner)
    return [tx.session.get_one(EntryStanding, one.id, populate_existing=True).standing for one in entries]


def tenant(tx: Transaction, world: World) -> Actor:
    return make.actor(tx.session, make.resident(tx.session, world.at.homes[0]))


def absent_owner(tx: Transaction, world: World) -> Actor:
    elsewhere = make.resident(tx.session, world.at.homes[0], as_owner=True)
    tx.session.query(Membership).filter_by(account_id=elsewhere.id).one().lives_there = False
    tx.session.flush()
    return make.actor(tx.session, elsewhere)


def test_an_owner_who_lives_there_has_the_forged_owners_vote_voided_and_not_the_households(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        made = file(tx, world, make.actor(tx.session, world.member), world.owner)
        assert made.roll_entry_id == world.owner.id
        other = make.actor(tx.session, world.at.staff.other_moderator)
        case = filed.one(tx.session, world.at.community.id, made.id)
        assert case is not None
        assert case.voice is Electorate.OWNER
        (exhibit,) = filed.case(tx.session, other, case).voidable
        said = objections.Answer(Finding.UPHELD, "上门", "确实不是您签的。", exhibit.consent.id)
        objections.answer_objection(tx.session, other, made.id, said, key=KEY, now=clock.at)
        assert tx.session.get_one(Consent, exhibit.consent.id).roll_entry_id == world.owner.id
        assert standings(tx, world) == [Standing.AGREE, Standing.INVALID]


def test_of_two_voices_none_is_guessed_neither_for_who_has_both_nor_at_the_desk(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        moderator = make.actor(tx.session, world.at.staff.moderator)
        for actor in (make.actor(tx.session, world.member), moderator):
            with pytest.raises(BadInput) as refused:
                file(tx, world, actor, None)
            assert refused.value.params["field"] == "voice"
        assert tx.session.query(Objection).count() == 0
        assert file(tx, world, moderator, world.owner).roll_entry_id == world.owner.id
        assert file(tx, world, moderator, world.household).roll_entry_id == world.household.id


def test_who_has_one_voice_is_not_asked_and_takes_no_other(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        for actor, own, others in (
            (tenant(tx, world), world.household, world.owner),
            (absent_owner(tx, world), world.owner, world.household),
        ):
            with pytest.raises(NotAllowed):
                file(tx, world, actor, others)
            assert file(tx, world, actor, None).roll_entry_id == own.id


def test_an_owners_letter_objects_to_the_owners_vote_alone(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        home = world.at.homes[0]
        owners = make.letter(tx.session, home, "owner-code", for_owner=True)
        holder = people.actor(tx.session, letter_id=owners.id)
        with pytest.raises(NotAllowed):
            file(tx, world, holder, world.household)
        assert file(tx, world, holder, None).roll_entry_id == world.owner.id


def test_a_moderator_who_rents_the_home_takes_down_nothing_for_its_owner(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        account = make.resident(tx.session, world.at.homes[0])
        make.grant(tx.session, world.at.community, account, Role.MODERATOR)
        actor = make.actor(tx.session, account)
        with pytest.raises(NotAllowed):
            file(tx, world, actor, world.owner)
        assert file(tx, world, actor, None).roll_entry_id == world.household.id


def test_an_entry_of_another_home_is_no_voice_of_this_one(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        moderator = make.actor(tx.session, world.at.staff.moderator)
        for entry in objectors.on_roll(tx.session, world.at.round.id, world.at.homes[1].id):
            with pytest.raises(NotFound):
                file(tx, world, moderator, entry)


def test_who_has_both_voices_reads_the_objections_of_both_and_a_tenant_none_of_the_owners(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        both = make.actor(tx.session, world.member)
        made = [file(tx, world, both, entry) for entry in (world.household, world.owner)]
        home, round_id = world.at.homes[0].id, world.at.round.id

        def read(actor: Actor) -> tuple[list[Objection], list[Objection]]:
            by_round = filed.of_home(tx.session, actor, home)
            return [*filed.of_voice(tx.session, actor, round_id, home)], [*by_round.get(round_id, ())]

        assert read(both) == (made, made)
        assert read(tenant(tx, world)) == (made[:1], made[:1])
        assert read(absent_owner(tx, world)) == (made[1:], made[1:])


def test_who_rents_one_home_and_owns_another_may_object_for_either(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        world = shown(tx, clock)
        here, let = world.at.homes[:2]
        account = make.resident(tx.session, here)
        tx.session.add(
            Membership(
                community_id=here.community_id,
                household_id=let.id,
                account_id=account.id,
                as_owner=True,
                lives_there=False,
                joined_at=make.START,
            )
        )
        tx.session.flush()
        actor = make.actor(tx.session, account)
        voices = objectors.own(tx.session, actor, world.at.round.id, here.id)
        of_let = objectors.owner_entry(tx.session, world.at.round.id, let.id)
        assert of_let is not None
        assert [(one.entry.id, one.home.id) for one in voices] == [
            (world.household.id, here.id),
            (of_let.id, let.id),
        ]
