"""Leaves: the format's law in one golden example, and what opens and what does not."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.ledger.leaf import (
    FIELDS,
    PUBLIC,
    ROLL_FIELDS,
    Leaf,
    Opening,
    canonical,
    commitment,
    make_leaf,
    moment,
    opens,
    parse,
    parse_roll,
    roll_leaf,
    roll_opens,
    roll_salt,
    round_name,
)

SALTS = [bytes([n]) * 32 for n in range(20)]


def leaf(kind: str, **values: str) -> Leaf:
    names = FIELDS[kind]
    return make_leaf(kind, dict.fromkeys(names, "") | values, SALTS[: len(names)])


CLOSING = leaf("closing", round="7.1", account="5", time="2026-03-20T02:00:00Z")
ROLL = roll_leaf(
    "00ff", "household", {"household": "3-2-501", "owner": "", "area": "8000", "homes": "1"}, b"s" * 32
)


def test_the_law_of_a_leaf() -> None:
    """These bytes never change: whoever keeps a receipt of version 1 can check it for ever."""
    assert CLOSING.text == (
        "deliberate/leaf/1\n"
        "closing\n"
        "round d490449154c14d7f7c02d8603e0830ef9f9fada866b8ddc9892d870fbbb2a549\n"
        "account a7abe071f5d043c76c1353bfba52e7dd2e2685e02c9586d08142faaf197e288f\n"
        "time 4a61787642a12e1d8f0dac27767937e49c683cc1ddb7c7b4d068dd0dc467ad1f\n"
    )
    assert CLOSING.hash == hashlib.sha256(b"\x00" + CLOSING.text.encode()).digest()
    by_hand = hashlib.sha256(b"deliberate/field/1\x00round\x00" + SALTS[0] + b"7.1").hexdigest()
    assert parse(CLOSING.text).commitments["round"] == by_hand


def test_the_law_of_a_leaf_of_the_roll() -> None:
    assert ROLL == (
        "deliberate/roll/1\n"
        "slot 00ff\n"
        "electorate household\n"
        "household 73e9152a74025be1c04c65ed28bdb3ffe245418472c39dc109372d48e7f3795b\n"
        "owner 17fdfb9eada75c50a8174f4c7431a3ed804b24a1f9cacadd83b2ed1ea3e7ece4\n"
        "area c09235783e4fcf127bef20ccbc2f778af6ea6a908a1f4b1471a1d5d0e3018481\n"
        "homes 1803a60445d2483e39fb4ce4ff5fdfe6361559df90113ad29a2ece84b1f4023a\n"
    )
    salt = hmac.digest(b"s" * 32, b"household", "sha256")
    by_hand = hashlib.sha256(b"deliberate/field/1\x00household\x00" + salt + b"3-2-501").hexdigest()
    assert parse_roll(ROLL)[2]["household"] == by_hand


def test_kinds_and_fields_are_as_they_were() -> None:
    assert {kind: " ".join(fields) for kind, fields in FIELDS.items()} == {
        "consent": "round plan slot deed answer late supersedes channel time serial signed_at signer canvassers "
        "evidence recorder reason",
        "roll": "round roll_root size role account time",
        "opening": "round plan rules scope roll_root size answer_until register_until settle_until visibility time",
        "extension": "round old_until new_until reason time",
        "closing": "round account time",
        "sheet": "round n figures time",
        "sheet_signature": "round n role account time",
        "objection": "round number slot ground time",
        "recheck": "round number decision account time",
        "check": "round step data time",
        "outcome": "round outcome tests time",
        "quarantine": "round record decision account reason time",
    }
    assert ROLL_FIELDS == ("household", "owner", "area", "homes")


def test_what_the_public_may_see_names_nobody() -> None:
    assert PUBLIC.keys() == FIELDS.keys()
    assert PUBLIC["consent"] == ("round", "plan", "slot", "deed", "answer", "late", "supersedes")
    assert PUBLIC["objection"] == ("round", "number", "ground", "time")
    assert PUBLIC["recheck"] == ("round", "number", "decision", "time")
    assert PUBLIC["quarantine"] == ("round", "record", "decision", "time")
    whole = ("opening", "sheet", "check", "outcome")
    assert [PUBLIC[kind] for kind in whole] == [FIELDS[kind] for kind in whole]
    shown = {(kind, name) for kind, names in PUBLIC.items() for name in names}
    assert shown <= {(kind, name) for kind, names in FIELDS.items() for name in names}
    assert not {name for _, name in shown} & {"account", "reason", "signer", "canvassers", "recorder"}
    assert ("objection", "slot") not in shown


@given(st.sampled_from(sorted(FIELDS)), st.data())
def test_each_field_opens_and_nothing_else_does(kind: str, data: st.DataObject) -> None:
    names = FIELDS[kind]
    values = {
        name: data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=30)) for name in names
    }
    made = make_leaf(kind, values, SALTS[: len(names)])
    assert parse(made.text).kind == kind
    assert tuple(parse(made.text).commitments) == names
    assert all(opens(made.text, opening) for opening in made.openings)
    one = data.draw(st.sampled_from(made.openings))
    assert not opens(made.text, one._replace(value=one.value + "!"))
    assert not opens(made.text, one._replace(salt=b"x" * 32))
    other = data.draw(st.sampled_from([name for name in names if name != one.name]))
    assert not opens(made.text, one._replace(name=other))


def test_equal_values_are_not_seen_to_be_equal() -> None:
    made = leaf("consent")
    assert len(set(parse(made.text).commitments.values())) == len(FIELDS["consent"])


@pytest.mark.parametrize(
    "opening",
    [
        Opening("colour", SALTS[0], "7.1"),
        Opening("round", b"short", "7.1"),
        Opening("round", SALTS[0], "\ud800"),
    ],
)
def test_a_malformed_opening_opens_nothing(opening: Opening) -> None:
    assert opens(CLOSING.text, opening) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "deliberate/leaf/1\n",
        CLOSING.text[:-1],
        CLOSING.text + "\n",
        CLOSING.text + "more",
        CLOSING.text.replace("leaf/1", "leaf/2"),
        CLOSING.text.replace("closing", "ending"),
        CLOSING.text.replace("closing", "sheet"),
        CLOSING.text.replace("round ", "round  "),
        CLOSING.text.replace("\n", "\r\n"),
        CLOSING.text.upper(),
        "".join(sorted(CLOSING.text.splitlines(keepends=True))),
        CLOSING.text.replace("account", "time"),
    ],
)
def test_what_differs_in_a_character_is_no_leaf(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)
    assert not opens(text, CLOSING.openings[0])


@pytest.mark.parametrize(
    ("values", "salts"),
    [
        ({"round": "7.1", "account": "5"}, SALTS[:3]),
        ({"round": "7.1", "account": "5", "time": "", "more": ""}, SALTS[:3]),
        ({"round": "7.1", "account": "5", "time": ""}, SALTS[:2]),
        ({"round": "7.1", "account": "5", "time": ""}, [SALTS[0], SALTS[0], SALTS[1]]),
        ({"round": "7.1", "account": "5", "time": ""}, [*SALTS[:3], SALTS[0]]),
        ({"round": "7.1", "account": "5", "time": ""}, [b"short", *SALTS[:2]]),
    ],
)
def test_a_leaf_has_exactly_its_fields_and_a_salt_for_each(
    values: dict[str, str], salts: list[bytes]
) -> None:
    with pytest.raises(ValueError):
        make_leaf("closing", values, salts)


def test_an_entry_on_the_roll_opens_with_its_secret_alone() -> None:
    slot, electorate, held = parse_roll(ROLL)
    assert (slot, electorate, tuple(held)) == ("00ff", "household", ROLL_FIELDS)
    home = Opening("household", roll_salt(b"s" * 32, "household"), "3-2-501")
    assert roll_opens(ROLL, home)
    assert not roll_opens(ROLL, home._replace(value="3-2-502"))
    assert not roll_opens(ROLL, home._replace(salt=roll_salt(b"t" * 32, "household")))
    assert not roll_opens(ROLL, home._replace(name="area"))
    assert not roll_opens(ROLL, home._replace(salt=b""))
    assert roll_opens(CLOSING.text, home) is False


@pytest.mark.parametrize(
    "text",
    [
        CLOSING.text,
        ROLL.replace("roll/1", "roll/2"),
        ROLL.replace("slot 00ff", "slot 00 ff"),
        ROLL.replace("area", "size"),
        ROLL + "more " + "0" * 64 + "\n",
        ROLL + "more",
        ROLL[: ROLL.index("\n") + 1],
        "",
    ],
)
def test_what_differs_is_no_leaf_of_a_roll(text: str) -> None:
    with pytest.raises(ValueError):
        parse_roll(text)


def test_an_entry_has_all_its_fields_and_a_whole_secret() -> None:
    with pytest.raises(ValueError, match="on the roll"):
        roll_leaf("00ff", "household", {"household": "3-2-501"}, b"s" * 32)
    with pytest.raises(ValueError, match="on the roll"):
        roll_leaf("00ff", "household", dict.fromkeys(ROLL_FIELDS, ""), b"s")


def test_a_commitment_keeps_name_salt_and_value_apart() -> None:
    assert commitment("a", SALTS[0], "b") != commitment("ab", SALTS[0], "")
    assert len({commitment("a", salt, "yes") for salt in SALTS}) == len(SALTS)


def test_words_of_the_law() -> None:
    assert (
        canonical({"b": [1, {"d": "同意", "c": None}], "a": True})
        == '{"a":true,"b":[1,{"c":null,"d":"同意"}]}'
    )
    beijing = timezone(timedelta(hours=8))
    assert moment(datetime(2026, 3, 20, 10, 0, 0, 999999, tzinfo=beijing)) == "2026-03-20T02:00:00Z"
    assert moment(datetime(2026, 3, 20, tzinfo=UTC)) == "2026-03-20T00:00:00Z"
    assert moment(None) == ""
    assert round_name(12, 2) == "12.2"
