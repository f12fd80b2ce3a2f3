"""Count sheets as data: whole to the last household, one hash for one count, no door singled out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.consent import Channel, Standing
from deliberate.domain.count import (
    SMALLEST_GROUP,
    Forms,
    NotWhole,
    canonical,
    check_whole,
    digest,
    figures,
    groups_to_show,
    same_count,
)
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.domain.tally import Tally, Weight, count

HOUSEHOLDS = Tally(
    agree=Weight(8, 800),
    disagree=Weight(1, 100),
    contradiction=Weight(1, 100),
    silent=Weight(2, 200),
)
OWNERS = Tally(agree=Weight(4, 700), silent=Weight(2, 500))
TALLIES = {Electorate.HOUSEHOLD: HOUSEHOLDS, Electorate.OWNER: OWNERS}
ENTRIES = {Electorate.HOUSEHOLD: 12, Electorate.OWNER: 6}
CHANNELS = {Channel.ONLINE: 6, Channel.PAPER: 4}
FORMS = Forms(issued=10, registered=4, blank=5, spoilt=1)


def test_a_sheet_says_every_place_every_test_and_the_outcome() -> None:
    sheet = figures(TALLIES, (RC80, CC278_ORD), ENTRIES, CHANNELS, FORMS, asked=11)
    places = sheet["electorates"]["household"]
    assert places["agree"]["one"] + places["disagree"]["one"] + places["abstain"]["one"] == 9
    assert places["no_response"] == {"one": 3}
    parts = ("contradiction", "withdrawn", "late", "invalid", "silent")
    assert sum(places[part]["one"] for part in parts) == 3
    assert (sheet["roll"], sheet["asked"], sheet["channels"]) == (12, 11, {"online": 6, "paper": 4})
    first = sheet["tests"][0]
    assert (first["rule"], first["of"], first["need"], first["have"], first["passed"]) == (
        "RC80",
        12,
        10,
        8,
        False,
    )
    assert first["basis"] == RC80.basis
    assert [test["rule"] for test in sheet["tests"]] == ["RC80"] + ["CC278_ORD"] * 4
    # area of those who take part: 700 of 1,200 is less than two thirds
    assert sheet["outcome"] == "no_valid_decision"


def test_areas_stand_only_where_a_test_weighs_by_them() -> None:
    """One household that disagrees, with its area beside it, would be a home that everybody can name."""
    sheet = figures(TALLIES, (RC80, CC278_ORD), ENTRIES, CHANNELS, FORMS)["electorates"]
    assert all(place.keys() == {"one"} for place in sheet["household"].values())
    weighed = {name for name, place in sheet["owner"].items() if "area" in place}
    assert weighed == {"roll", "participating", "agree"}
    assert sheet["owner"]["participating"] == {"one": 4, "area": 700}
    plain = figures(TALLIES, (RC80,), ENTRIES, CHANNELS, FORMS)["electorates"]
    assert not any("area" in place for places in plain.values() for place in places.values())


@given(st.lists(st.tuples(st.sampled_from(Standing), st.integers(0, 10**5)), max_size=60))
def test_a_tally_counted_from_a_roll_is_whole(entries: list[tuple[Standing, int]]) -> None:
    check_whole(count(entries), len(entries))
    with pytest.raises(NotWhole):
        check_whole(count(entries), len(entries) + 1)


def test_a_sheet_that_is_not_the_whole_roll_is_never_made() -> None:
    with pytest.raises(NotWhole):
        figures(TALLIES, (RC80,), ENTRIES | {Electorate.OWNER: 7}, CHANNELS, FORMS)


def test_the_same_figures_have_the_same_hash_in_any_order() -> None:
    sheet = figures(TALLIES, (RC80,), ENTRIES, CHANNELS, FORMS)
    assert digest(sheet) == digest(dict(reversed(sheet.items())))
    assert digest(sheet) != digest(sheet | {"asked": 1})
    assert canonical({"b": 1, "a": "同意"}) == '{"a":"同意","b":1}'.encode()


def test_a_recount_compares_what_the_consents_say() -> None:
    sheet = figures(TALLIES, (RC80,), ENTRIES, CHANNELS, FORMS, asked=11)
    assert same_count(sheet, figures(TALLIES, (RC80,), ENTRIES, CHANNELS, Forms(), asked=0))
    one_less = replace(HOUSEHOLDS, agree=Weight(7, 700), invalid=Weight(1, 100))
    other = figures({**TALLIES, Electorate.HOUSEHOLD: one_less}, (RC80,), ENTRIES, CHANNELS, FORMS, asked=11)
    assert not same_count(sheet, other)


def test_forms_balance_or_are_missing() -> None:
    assert FORMS.missing == 0
    assert Forms(issued=10, registered=4).missing == 6


def place(agree: int, disagree: int = 0, silent: int = 0) -> Tally:
    return Tally(*(Weight(number, number) for number in (agree, disagree)), silent=Weight(silent))


def shown(*places: Tally) -> list[tuple[int | None, int]]:
    return [(group.place, group.size) for group in groups_to_show(dict(enumerate(places, 1)))]


def test_buildings_with_few_answers_go_together_however_many_live_there() -> None:
    assert shown(place(30, 10), place(0, 1, 11), place(8, 1)) == [(1, 40), (None, 21)]


def test_one_building_with_few_answers_takes_another_with_it() -> None:
    assert shown(place(30, 10), place(20, 10), place(3, 0, 60)) == [(1, 40), (None, 93)]


def test_a_building_that_answers_with_one_voice_is_not_shown_on_its_own() -> None:
    assert shown(place(30, 10), place(20, 1), place(40), place(0, 50, 9)) == [(1, 40), (2, 21), (None, 99)]
    assert shown(place(30, 10), place(20, 1), place(40)) == [(1, 40), (None, 61)]
    assert shown(place(30), place(40, 0, 2)) == []


def test_a_roll_with_few_answers_shows_no_building() -> None:
    assert shown(place(4, 1, 90), place(3, 1)) == []
    assert shown() == []


PLACES = st.builds(
    lambda numbers, silent: Tally(*map(Weight, numbers), silent=Weight(silent)),
    st.tuples(st.integers(0, 14), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
    st.integers(0, 30),
)
"""A building with so many for, against, abstaining and at odds."""


@given(st.dictionaries(st.integers(1, 50), PLACES, max_size=12))
def test_no_group_tells_how_a_home_answered_nor_can_be_worked_out(by_place: dict[int, Tally]) -> None:
    groups = groups_to_show(by_place)
    hidden = [one for place, one in by_place.items() if place not in {group.place for group in groups}]
    for answers in [answers_of(group.tally) for group in groups]:
        assert sum(answers) >= SMALLEST_GROUP
        assert sum(number > 0 for number in answers) > 1
    together = [group.tally for group in groups if group.place is None]
    assert len(together) <= 1
    if groups:
        assert [sum(all_of) for all_of in zip(*map(answers_of, hidden), strict=True)] == [
            number for one in together for number in answers_of(one)
        ]
        assert len(hidden) != 1


def answers_of(tally: Tally) -> tuple[int, ...]:
    return tuple(weight.one for weight in (tally.agree, tally.disagree, tally.abstain))
