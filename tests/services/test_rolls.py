"""The roll in the store: imported whole or not at all, never deleted from, the same answer every way."""

import time
from pathlib import Path

import pytest

from deliberate.db import Database
from deliberate.domain.errors import BadInput, NotAllowed, Refusal, Stale
from deliberate.domain.permissions import Actor, Role
from deliberate.models import (
    Building,
    Estate,
    Grid,
    Household,
    HouseholdChange,
    JournalEntry,
    Letter,
    RollImport,
)
from deliberate.queries import households as household_queries
from deliberate.services import households, roll_answers, rolls
from deliberate.services.rolls import RollPreview, RollRefused
from tests import make

DATA = Path(__file__).parent.parent / "data"
HEAD = "网格,小区,楼栋,单元,房号,户主姓名,联系电话,建筑面积,居住状况,备注\n"
THREE = HEAD + (
    "1,铁路花园,1号楼,1单元,101,测试张,19900000001,80.5,自住,\n"
    "1,铁路花园,1号楼,1单元,102,热依罕•吐尔逊,,,出租,\n"
    "2,铁路花园,2号楼,1单元,101,测试李,,60,空置,\n"
)


class Office:
    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.registrar = make.actor(tx.session, make.staff(tx.session, self.community, Role.REGISTRAR))

    def load(self, data: bytes | str, seen: str | None = None) -> RollPreview:
        data = data.encode() if isinstance(data, str) else data
        with self.database.transaction() as tx:
            _made, look = rolls.import_roll(
                tx.session,
                self.registrar,
                self.community.id,
                data,
                file_name="户册.csv",
                seen=seen,
                now=tx.now,
            )
        return look

    def look(self, data: bytes | str) -> RollPreview:
        data = data.encode() if isinstance(data, str) else data
        with self.database.reading() as session:
            return rolls.preview(session, self.registrar, self.community.id, data)

    def count(self, table: type) -> int:
        with self.database.reading() as session:
            return session.query(table).count()

    def home(self, room: str, building: str = "1") -> Household:
        with self.database.reading() as session:
            return (
                session.query(Household)
                .join(Building)
                .filter(Household.room == room, Building.name == building)
                .one()
            )


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


@pytest.mark.parametrize(
    ("file", "households", "grids"), [("roll-4813.xlsx", 4813, 7), ("roll-2034-gb18030.csv", 2034, None)]
)
def test_the_offices_own_files_import_with_every_household(
    office: Office, file: str, households: int, grids: int | None
) -> None:
    data = (DATA / file).read_bytes()
    begun = time.process_time()
    look = office.load(data)
    assert time.process_time() - begun < 5
    assert (len(look.difference.added), office.count(Household)) == (households, households)
    assert grids is None or office.count(Grid) == grids
    again = office.look(data)
    assert (again.difference.unchanged, again.changes_anything) == (households, False)
    with office.database.reading() as session:
        exported = rolls.export(session, office.registrar, office.community.id)
    back = office.look(exported)
    assert (back.difference.unchanged, back.importable, back.changes_anything) == (households, True, False)


def test_a_file_with_faults_changes_nothing(office: Office) -> None:
    office.load(THREE)
    before = {table: office.count(table) for table in (Household, Estate, Grid, Building, RollImport)}
    with pytest.raises(RollRefused) as refused:
        office.load((DATA / "roll-316-messy.xlsx").read_bytes())
    assert refused.value.params["faults"] == 6
    assert {table: office.count(table) for table in before} == before


def test_the_answer_names_every_fault_with_its_row_cell_and_remedy(office: Office) -> None:
    answer = roll_answers.answer(office.look((DATA / "roll-316-messy.xlsx").read_bytes()))
    lines = (DATA / "roll-316-messy.faults.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [fault["row"] for fault in answer["faults"]] == [int(line.split(",")[0]) for line in lines]
    assert all(fault["what"] and fault["next_step"] and fault["column"] for fault in answer["faults"])
    assert not any("%(" in fault["what"] + fault["next_step"] for fault in answer["faults"])
    assert [f["row"] for f in answer["faults"] if f["severity"] == "note"] == [206, 305]


def test_importing_again_adds_changes_and_keeps_what_is_missing(office: Office) -> None:
    office.load(THREE)
    again = HEAD + (
        "1,铁路花园,1号楼,1单元,101,测试张,19900000009,80.5,自住,\n"
        "1,铁路花园,1号楼,1单元,102,热依罕·吐尔逊,,,出租,\n"
        "2,铁路花园,2号楼,1单元,102,测试王,,,,\n"
    )
    look = office.load(again)
    assert (len(look.difference.added), len(look.difference.changed), look.difference.unchanged) == (1, 1, 1)
    assert [home.room for home in look.difference.missing] == ["101"]
    assert office.count(Household) == 4
    assert office.home("101").telephone == "19900000009"
    with office.database.reading() as session:
        change = session.query(HouseholdChange).one()
        record = session.query(RollImport).order_by(RollImport.id.desc()).first()
        assert record is not None
        assert (change.before, change.after) == ({"telephone": "19900000001"}, {"telephone": "19900000009"})
        assert change.roll_import_id == record.id
        assert (record.rows, record.added, record.changed, record.missing) == (3, 1, 1, 1)


def test_a_home_that_was_gone_and_stands_in_the_file_comes_back(office: Office) -> None:
    office.load(THREE)
    with office.database.transaction() as tx:
        households.mark_gone(tx.session, office.registrar, office.home("102").id, "误登", now=tx.now)
    assert [home.room for home in office.look(HEAD + THREE.splitlines()[1] + "\n").difference.missing] == [
        "101"
    ]
    look = office.look(THREE)
    assert ([one.row.room for one in look.returned], look.difference.unchanged) == (["102"], 2)
    office.load(THREE)
    assert office.home("102").gone_at is None


def test_a_preview_of_another_state_is_refused(office: Office) -> None:
    office.load(THREE)
    seen = office.look(THREE.replace("测试张", "测试赵")).state
    correct(office, "101", telephone="19900000077")
    with pytest.raises(Stale):
        office.load(THREE.replace("测试张", "测试赵"), seen=seen)
    assert office.home("101").head_name == "测试张"


def test_a_formula_stays_text_from_the_file_to_the_export(office: Office) -> None:
    office.load(THREE.replace("测试张", "=1+1"))
    assert office.home("101").head_name == "=1+1"
    with office.database.reading() as session:
        exported = rolls.export(session, office.registrar, office.community.id)
    assert not office.look(exported).changes_anything


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 500, b"PK\x03\x04 no zip", b"<html>"])
def test_what_is_no_table_is_refused_in_words(office: Office, data: bytes) -> None:
    with pytest.raises(BadInput):
        office.look(data)


def test_the_list_is_in_walking_order_and_turns_without_losing_a_home(office: Office) -> None:
    office.load((DATA / "roll-2034-gb18030.csv").read_bytes())
    with office.database.reading() as session:
        walked, after, leaves = [], None, []
        while True:
            page = household_queries.page(session, office.community.id, after=after)
            walked += [home.id for home in page.households]
            leaves.append([home.id for home in page.households])
            if page.after is None:
                break
            after = page.after
        assert len(walked) == len(set(walked)) == page.number == 2034
        back = household_queries.page(session, office.community.id, before=page.before)
        assert [home.id for home in back.households] == leaves[-2]
        floors = [
            (h.building_id, h.unit, h.floor)
            for h in household_queries.page(session, office.community.id).households
        ]
        assert floors == sorted(floors)


@pytest.mark.parametrize(
    "typed",
    [
        "热依罕·吐尔逊",
        "热依罕•吐尔逊",
        "热依罕.吐尔逊",
        "热依罕 吐尔逊",
        "吐尔逊",
        "1-1-102",
        "102",
        "1号楼1单元102室",
    ],
)
def test_a_home_is_found_by_its_address_and_by_any_spelling_of_a_name(office: Office, typed: str) -> None:
    office.load(THREE)
    with office.database.reading() as session:
        found = household_queries.search(session, office.community.id, typed)
        assert [home.room for home in found] == ["102"]
        assert household_queries.search(session, office.community.id + 1, typed) == []


@pytest.mark.parametrize("typed", ["", " · ", "%", "_", "名" * 10_000])
def test_a_search_for_nothing_finds_nothing(office: Office, typed: str) -> None:
    office.load(THREE)
    with office.database.reading() as session:
        assert list(household_queries.search(session, office.community.id, typed)) == []


def correct(office: Office, at: str, /, reason: str = "本人来更正", **facts: str) -> None:
    home = office.home(at)
    known = {
        "unit": home.unit,
        "room": home.room,
        "floor": "",
        "head_name": home.head_name or "",
        "telephone": home.telephone or "",
        "area": "",
        "note": home.note,
    } | facts
    with office.database.transaction() as tx:
        households.correct(
            tx.session,
            office.registrar,
            home.id,
            households.Facts(grid_id=home.grid_id, occupancy=home.occupancy, **known),
            reason,
            seen=households.newest_change(tx.session, home.id),
            now=tx.now,
        )


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
