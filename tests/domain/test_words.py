"""Every word that a page may show has a text."""

from enum import StrEnum

import pytest

from deliberate.domain.words import WORDS, word


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: kind.__name__)
def test_every_member_has_its_word(kind: type[StrEnum]) -> None:
    assert set(WORDS[kind]) == set(kind)
    assert all(word(member) for member in kind)
