"""The folder of a bulletin: which files, what is shown of a record, and sums that fit."""

import hashlib
import json

from deliberate.domain.bulletin import (
    SUMS,
    Bulletin,
    BulletinKind,
    Event,
    Filed,
    Head,
    Sheet,
    Step,
    files,
    shown,
)
from deliberate.domain.ledger.leaf import FIELDS

OPENINGS = {name: ["salt", f"value of {name}"] for name in FIELDS["consent"]}


def test_of_a_consent_only_seven_fields_are_shown() -> None:
    assert set(shown("consent", OPENINGS, own=True)) == {
        "round",
        "plan",
        "slot",
        "deed",
        "answer",
        "late",
        "supersedes",
    }


def test_of_another_round_only_which_one_it_is() -> None:
    assert shown("consent", OPENINGS, own=False) == {"round": ["salt", "value of round"]}


def a_bulletin() -> Bulletin:
    return Bulletin(
        kind=BulletinKind.FINAL,
        origin="deliberate.test/spring",
        round="7.1",
        plan="0" * 64,
        rules=[],
        scope={},
        keys=[("deliberate.test/spring", "key")],
        roll_size=1,
        roll_root="1" * 64,
        electorates={"household": 1, "owner": 0},
        roll=["leaf\n"],
        tree=["2" * 64, "3" * 64],
        events=[Event(1, "leaf\n", {"round": ["salt", "7.1"]})],
        heads=[Head(2, 5, "note\n")],
        sheets=[Sheet(0, {"roll": 1}, ["scrutineer", "moderator"])],
        objections=[Filed(1, "not_us", None)],
        audit=[Step("draw", {"seed": "0"})],
        papers={"README.txt": b"read me"},
    )


def test_every_part_has_its_file_and_its_sum() -> None:
    made = {name: b"".join(parts) for name, parts in files(a_bulletin())}
    assert list(made) == [
        "bulletin.json",
        "roll.jsonl",
        "tree.txt",
        "events.jsonl",
        "heads/2-5.note",
        "sheet.json",
        "objections.json",
        "audit.json",
        "README.txt",
        SUMS,
    ]
    assert json.loads(made["bulletin.json"])["roll"]["electorates"] == {"household": 1, "owner": 0}
    assert json.loads(made["roll.jsonl"]) == "leaf\n"
    assert made["tree.txt"] == b"2" * 64 + b"\n" + b"3" * 64 + b"\n"
    assert json.loads(made["sheet.json"])["sheets"][0]["signed"] == ["moderator", "scrutineer"]
    assert json.loads(made["audit.json"])["steps"] == [{"step": "draw", "data": {"seed": "0"}}]
    sums = dict(line.split("  ")[::-1] for line in made[SUMS].decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in made.items() if name != SUMS}
