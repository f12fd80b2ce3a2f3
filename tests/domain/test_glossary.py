"""Words explained: each once, in few and short sentences, without needing another dictionary."""

import re

import pytest

from deliberate.domain.glossary import TERMS, Term, terms


def test_named_words_come_in_their_order_and_all_without_names() -> None:
    assert [key for key, _term in terms("abstain", "roll")] == ["abstain", "roll"]
    assert dict(terms()) == TERMS
    with pytest.raises(KeyError):
        terms("no such word")


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_each_is_explained_in_short_sentences(term: Term) -> None:
    sentences = [part for part in re.split(r"[。?!;]", term.meaning) if part]
    assert 1 <= len(sentences) <= 3
    assert all(len(part) <= 40 for part in sentences)
    assert term.meaning.endswith("。")
