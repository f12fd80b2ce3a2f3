"""Corrections of single households: with a reason, kept, and never over another's."""

import pytest

from deliberate.db import Database
from deliberate.domain.errors import NotAllowed, Refusal, Stale
from deliberate.domain.permissions import Actor, Role
from deliberate.models import (
    Household,
    HouseholdChange,
    JournalEntry,
    Letter,
)
from deliberate.queries import households as household_queries
from deliberate.services import households, rolls
from tests import make
from tests.services.roll_office import THREE, Office, correct


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_a_correction_keeps_its_reason_and_what_was_there_before(office: Office) -> None:
    office.load(THREE)
    correct(office, "102", head_name="热依罕.吐尔地", telephone="0991-5550101", room="103")
    home = office.home("103")
    assert (home.head_name, home.head_key, home.telephone) == ("热依罕·吐尔地", "热依罕吐尔地", "09915550101")
    with office.database.reading() as session:
        change = session.query(HouseholdChange).one()
        assert change.reason == "本人来更正"
        assert change.before == {"head_name": "热依罕·吐尔逊", "telephone": None, "room": "102"}
        names = repr([entry.data for entry in session.query(JournalEntry)])
        assert "热依罕" not in names
        assert "5550101" not in names


@pytest.mark.parametrize(
    "facts",
    [
        {"room": ""},
        {"room": "5/01!"},
        {"room": "101"},
        {"area": "五十八平"},
        {"area": "-3"},
        {"telephone": "1992000"},
        {"floor": "顶"},
        {"head_name": "名" * 10_000},
        {"note": "字" * 1001},
        {"reason": " "},
        {"reason": "字" * 501},
        {},
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(
    office: Office, facts: dict[str, str]
) -> None:
    office.load(THREE)
    with pytest.raises(Refusal):
        correct(office, "102", **facts)
    assert office.count(HouseholdChange) == 0


def test_two_registrars_do_not_overwrite_each_other(office: Office) -> None:
    office.load(THREE)
    correct(office, "102", telephone="19900000077")
    home = office.home("102")
    facts = households.Facts(home.grid_id, "1", "102", "", "另一个人", "", "", home.occupancy, "")
    with pytest.raises(Stale), office.database.transaction() as tx:
        households.correct(tx.session, office.registrar, home.id, facts, "更正", seen=0, now=tx.now)
    assert office.home("102").head_name == "热依罕·吐尔逊"


def test_nothing_is_ever_deleted(office: Office) -> None:
    office.load(THREE)
    home = office.home("102").id
    with office.database.transaction() as tx:
        make.letter(tx.session, tx.session.get_one(Household, home), "K7QM2XR9WT4P")
        households.mark_gone(tx.session, office.registrar, home, "已拆除", now=tx.now)
    assert (office.count(Household), office.count(Letter)) == (3, 1)
    with office.database.reading() as session:
        assert household_queries.count(session, office.community.id) == 2
    with office.database.transaction() as tx:
        households.bring_back(tx.session, office.registrar, home, "误登", now=tx.now)
    with office.database.reading() as session:
        assert [change.after for change in session.query(HouseholdChange)] == [
            {"gone": True},
            {"gone": False},
        ]


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.REGISTRAR, Role.RESIDENT)])
def test_only_the_registrar_of_this_community_changes_the_roll(office: Office, role: Role) -> None:
    office.load(THREE)
    for actor in (
        Actor(account_id=9, roles=frozenset({(office.community.id, role)})),
        Actor(account_id=9, roles=frozenset({(office.community.id + 1, Role.REGISTRAR)})),
    ):
        with pytest.raises(NotAllowed), office.database.transaction() as tx:
            rolls.import_roll(
                tx.session, actor, office.community.id, THREE.encode(), file_name="x", now=tx.now
            )
        with pytest.raises(NotAllowed), office.database.transaction() as tx:
            households.mark_gone(tx.session, actor, office.home("102").id, "原因", now=tx.now)
