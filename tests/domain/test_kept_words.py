"""Words that the store, published files and locked rules hold: they never change, only more may come."""

from enum import StrEnum

import pytest

from deliberate.domain.consent import Answer, Channel, Deed, Standing, Window
from deliberate.domain.rules import Base, Electorate, Measure, Outcome, TestKind, WeightBy

KEPT: list[tuple[type[StrEnum], str]] = [
    (Answer, "agree disagree abstain"),
    (Channel, "online paper"),
    (Deed, "answer change withdrawal correction voiding settlement"),
    (Standing, "agree disagree abstain contradiction withdrawn invalid late silent"),
    (Window, "not_open answering registering settling over"),
    (Electorate, "household owner"),
    (TestKind, "gate approval"),
    (Measure, "agree participate"),
    (WeightBy, "one area"),
    (Base, "all participating"),
    (Outcome, "adopted rejected no_valid_decision"),
]


@pytest.mark.parametrize(("kind", "words"), KEPT, ids=lambda value: getattr(value, "__name__", ""))
def test_words_are_kept(kind: type[StrEnum], words: str) -> None:
    assert [member.value for member in kind] == words.split()
    assert [member.name.lower() for member in kind] == words.split()
