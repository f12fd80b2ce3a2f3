"""What heads say, how they are read off a notice, and when one waits too long to be held by others."""

from datetime import UTC, datetime, timedelta

import pytest

from deliberate.domain.ledger.anchoring import (
    RoundFacts,
    characters,
    extensions,
    is_late,
    read_characters,
    root_prefix,
)
from deliberate.domain.ledger.head import HeadReason

AT = datetime(2026, 3, 2, 2, 0, 30, 999, tzinfo=UTC)
ROOT = bytes(range(32))
CODE = "AAAQ EAYE AUDA OCAJ BIFQ"


def test_a_head_tells_its_time_and_the_receipts_key() -> None:
    assert extensions(HeadReason.BATCH, AT, None, None) == ("time 2026-03-02T02:00:30Z",)
    assert extensions(HeadReason.DAILY, AT, b"\1" * 32, None)[1:] == (
        "receipts AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    )


@pytest.mark.parametrize(
    "why, facts, lines",
    [
        (
            HeadReason.OPENING,
            RoundFacts("3.1", "ab" * 32, 4813, "12" * 32, "34" * 32),
            ("opening 3.1", f"roll {'ab' * 32} 4813", f"rules {'12' * 32}", f"plan {'34' * 32}"),
        ),
        (HeadReason.CLOSING, RoundFacts("3.1", sheet="cd" * 32), ("closing 3.1", f"sheet {'cd' * 32}")),
        (
            HeadReason.FINAL,
            RoundFacts("3.1", sheet="cd" * 32, outcome="adopted"),
            ("final 3.1", f"sheet {'cd' * 32}", "outcome adopted"),
        ),
    ],
)
def test_a_step_of_a_round_is_in_its_head(why: HeadReason, facts: RoundFacts, lines: tuple[str, ...]) -> None:
    assert extensions(why, AT, None, facts)[1:] == lines


def test_characters_are_the_beginning_of_the_root() -> None:
    assert characters(ROOT) == CODE
    assert ROOT.hex().startswith(root_prefix(CODE))
    assert len(root_prefix(CODE)) == 24
    assert root_prefix("") == ""


def test_one_character_less_or_another_is_another_code() -> None:
    assert characters(b"\x00" * 12 + b"\x10" + ROOT[13:]) != characters(b"\x00" * 13 + ROOT[13:])


@pytest.mark.parametrize(
    "typed, read",
    [
        (CODE, CODE),
        ("aaaqeayeaudaocajbifq", CODE),
        (" aaaq-eaye auda.OCAJ BIFQ ", CODE),
        ("AAAQ EAYE AUDA 0CAJ 81FQ", CODE),
        ("AAAQ EAYE AUDA OCAJ BIF", ""),
        ("AAAQ EAYE AUDA OCAJ BIFQQ", ""),
        ("AAAQ EAYE AUDA OCAJ BIF9", ""),
        ("核对码核对码核对码核对码核对码核对码核对", ""),
        ("", ""),
    ],
)
def test_what_is_typed_is_read_in_one_spelling(typed: str, read: str) -> None:
    assert read_characters(typed) == read


def test_a_day_is_not_yet_late() -> None:
    assert not is_late(None, AT)
    assert not is_late(AT, AT + timedelta(days=1))
    assert is_late(AT, AT + timedelta(days=1, seconds=1))
