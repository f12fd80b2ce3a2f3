"""Rules 2 and 4: homes of one owner are one head with their areas added, and nothing changes while they vote."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from deliberate.db import Transaction
from deliberate.domain.errors import BadInput, NotAllowed, Stale
from deliberate.domain.permissions import Role
from deliberate.domain.rules import CC278_ORD, Electorate
from deliberate.models import Building, Community, Estate, Household, HouseholdChange, Owner, RollEntry
from deliberate.queries import households, subjects
from deliberate.services import owners, rolls_of_rounds, rounds
from tests import make, make_round

Begin = Callable[[], AbstractContextManager[Transaction]]


def four_homes(session: Session) -> tuple[Community, list[Household], make_round.Staff]:
    community = make.community(session)
    return community, make.households(session, community, 4), make_round.staff(session, community)


def make_a_twin(session: Session, home: Household) -> None:
    """A home with the same number in another estate."""
    estate = Estate(community_id=home.community_id, name="幸福小区")
    session.add(estate)
    session.flush()
    building = Building(community_id=home.community_id, estate_id=estate.id, name="1")
    session.add(building)
    session.flush()
    same = {"unit": home.unit, "room": home.room, "floor": home.floor, "occupancy": home.occupancy}
    here = {"community_id": home.community_id, "grid_id": home.grid_id, "building_id": building.id}
    session.add(Household(**here, **same, walk="0009", head_key=""))
    session.flush()


def owners_roll(tx: Transaction, community: Community, people: make_round.Staff) -> list[RollEntry]:
    """The owners on the roll of a round that the registrar certified."""
    proposal, _plan = make_round.fixed_plan(tx.session, community, people.moderator, CC278_ORD, now=tx.now)
    moderator, registrar = (make.actor(tx.session, one) for one in (people.moderator, people.registrar))
    made = rounds.prepare_round(tx.session, moderator, proposal.id, now=tx.now)
    rolls_of_rounds.certify(tx.session, registrar, made.id, Role.REGISTRAR, now=tx.now)
    return list(tx.session.query(RollEntry).filter_by(electorate=Electorate.OWNER))


def test_two_homes_of_one_owner_are_one_head_with_both_areas(transaction: Begin) -> None:
    with transaction() as tx:
        community, homes, people = four_homes(tx.session)
        registrar = make.actor(tx.session, people.registrar)
        owners.join(tx.session, registrar, homes[2].id, "1-1-101", "核对了产权证", now=tx.now)
        assert [home.id for home in households.of_same_owner(tx.session, homes[0])] == [homes[2].id]
        roll = owners_roll(tx, community, people)
        joined = next(entry for entry in roll if entry.homes == 2)
        speaking = subjects.homes_of_owner(tx.session, joined)
    assert sorted((entry.homes, entry.area) for entry in roll) == [(1, 8000), (1, 8000), (2, 16000)]
    assert speaking == {homes[0].id, homes[2].id}


def test_a_third_home_joins_the_same_owner_and_parts_again(transaction: Begin) -> None:
    with transaction() as tx:
        community, homes, people = four_homes(tx.session)
        registrar = make.actor(tx.session, people.registrar)
        for home in homes[1:3]:
            owners.join(tx.session, registrar, home.id, "1-1-101", "核对了产权证", now=tx.now)
        assert tx.session.query(Owner).count() == 1
        owners.part(tx.session, registrar, homes[0].id, "已经卖给别人", now=tx.now)
        assert households.of_same_owner(tx.session, homes[0]) == []
        roll = owners_roll(tx, community, people)
        kept = [(change.before, change.reason) for change in tx.session.query(HouseholdChange)]
    assert sorted(entry.area for entry in roll) == [8000, 8000, 16000]
    assert kept[-1] == ({"owner": homes[1].owner_id}, "已经卖给别人")


def test_nothing_is_joined_or_parted_while_owners_vote(transaction: Begin) -> None:
    with transaction() as tx:
        community, homes, people = four_homes(tx.session)
        registrar = make.actor(tx.session, people.registrar)
        owners.join(tx.session, registrar, homes[1].id, "1-1-101", "核对了产权证", now=tx.now)
        owners_roll(tx, community, people)
        with pytest.raises(Stale):
            owners.join(tx.session, registrar, homes[2].id, "1-1-101", "核对了产权证", now=tx.now)
        with pytest.raises(Stale):
            owners.part(tx.session, registrar, homes[1].id, "已经卖给别人", now=tx.now)
        assert (homes[1].owner_id, homes[2].owner_id) == (homes[0].owner_id, None)


@pytest.mark.parametrize("address", ["1-1-101", "1-1-999", "别处", "", "户", "1-1-102"])
def test_an_address_that_names_no_other_home_or_several_is_refused(transaction: Begin, address: str) -> None:
    """The home itself, none, another community's, and one that two estates have."""
    with transaction() as tx:
        _community, homes, people = four_homes(tx.session)
        elsewhere = make.community(tx.session, "other", "别处社区")
        make.households(tx.session, elsewhere, 1, "9")
        registrar = make.actor(tx.session, people.registrar)
        make_a_twin(tx.session, homes[1])
        with pytest.raises(BadInput):
            owners.join(tx.session, registrar, homes[0].id, address, "核对了产权证", now=tx.now)
        assert tx.session.query(HouseholdChange).count() == 0


def test_joining_twice_parting_twice_and_no_reason_are_refused(transaction: Begin) -> None:
    with transaction() as tx:
        _community, homes, people = four_homes(tx.session)
        registrar = make.actor(tx.session, people.registrar)
        with pytest.raises(Stale):
            owners.part(tx.session, registrar, homes[1].id, "已经卖给别人", now=tx.now)
        with pytest.raises(BadInput):
            owners.join(tx.session, registrar, homes[1].id, "1-1-101", " ", now=tx.now)
        owners.join(tx.session, registrar, homes[1].id, "1-1-101", "核对了产权证", now=tx.now)
        for home, address in ((homes[1], "1-1-101"), (homes[0], "1-1-102")):
            with pytest.raises(Stale):
                owners.join(tx.session, registrar, home.id, address, "核对了产权证", now=tx.now)


@pytest.mark.parametrize("who", ["moderator", "scrutineer", "canvasser"])
def test_only_the_registrar_says_whose_a_home_is(transaction: Begin, who: str) -> None:
    with transaction() as tx:
        _community, homes, people = four_homes(tx.session)
        other = make.actor(tx.session, getattr(people, who))
        with pytest.raises(NotAllowed):
            owners.join(tx.session, other, homes[1].id, "1-1-101", "核对了产权证", now=tx.now)
        with pytest.raises(NotAllowed):
            owners.part(tx.session, other, homes[1].id, "核对了产权证", now=tx.now)
