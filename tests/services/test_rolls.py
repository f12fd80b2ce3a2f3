"""The roll in the store: imported whole or not at all, never deleted from, the same answer every way."""

import gc
import time
import tracemalloc
from pathlib import Path

import pytest

from deliberate.db import Database
from deliberate.domain.errors import BadInput, Stale
from deliberate.domain.roll_rows import RollRow
from deliberate.models import (
    Building,
    Estate,
    Grid,
    Household,
    HouseholdChange,
    RollImport,
)
from deliberate.queries import households as household_queries
from deliberate.services import households, roll_answers, rolls
from deliberate.services.roll_export import write_roll_xlsx
from deliberate.services.rolls import RollRefused
from tests.services.roll_office import HEAD, THREE, Office, correct

DATA = Path(__file__).parent.parent / "data"


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


def test_a_larger_roll_takes_little_more_memory(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells, its rows and what is written are never in memory all at once."""
    monkeypatch.setattr(rolls, "LOT", 100)
    office.load(_workbook("0", 20))  # statements are compiled once
    few, many = (_memory(office, _workbook(grid, homes)) for grid, homes in (("1", 300), ("2", 900)))
    assert (many - few) / 600 < 1_600, "bytes for each further home"


def _workbook(grid: str, homes: int) -> bytes:
    rows = (
        RollRow(
            n + 2, grid, "一号院", f"{grid}{n // 50}", "1", 1, str(n % 50 + 101), f"住户{n}", f"139{n:08}"
        )
        for n in range(homes)
    )
    return write_roll_xlsx(rows)


def _memory(office: Office, data: bytes) -> int:
    """Bytes that an import holds at most."""
    gc.collect()
    tracemalloc.start()
    try:
        assert office.load(data).importable
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


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


def test_an_estate_in_another_spelling_is_the_one_on_the_roll(office: Office) -> None:
    office.load(THREE)
    look = office.load(THREE.replace("铁路花园", "铁路 花园"))
    assert (look.difference.unchanged, office.count(Estate), office.count(Household)) == (3, 1, 3)


def test_rooms_whose_noughts_a_spreadsheet_stripped_are_told(office: Office) -> None:
    office.load(THREE.replace(",101,", ",0101,"))
    answer = roll_answers.answer(office.look(THREE))
    assert (answer["added"], answer["renumbered"], len(answer["missing"])) == (2, 2, 2)


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
        walked: list[int] = []
        while True:
            found, number = household_queries.window(session, office.community.id, offset=len(walked))
            walked += [home.id for home in found]
            if not found:
                break
        assert len(walked) == len(set(walked)) == number == 2034
        last, _ = household_queries.window(session, office.community.id, descending=True)
        assert [home.walk for home in last] == sorted((home.walk for home in last), reverse=True)
        floors = [
            (h.building_id, h.unit, h.floor)
            for h in household_queries.window(session, office.community.id)[0]
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
