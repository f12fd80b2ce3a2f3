"""What an upheld objection may void: the record that it is about, never what the household said instead."""

import pytest

from deliberate.domain.consent import Answer, Channel, Deed, Record
from deliberate.domain.objection import voidable

AGREE, DISAGREE = Answer.AGREE, Answer.DISAGREE


def record(number: int, deed: Deed, answer: Answer | None, *older: int) -> Record:
    return Record(number, deed, answer, Channel.PAPER, frozenset(older))


FORGED = record(1, Deed.ANSWER, AGREE)
AGAINST = record(2, Deed.ANSWER, DISAGREE)


def able(*records: Record, contested: int | None = 1) -> list[int]:
    return [one.id for one in voidable(records, contested)]


def test_of_two_equal_answers_only_the_contested_one_may_be_voided() -> None:
    same = record(2, Deed.ANSWER, AGREE)
    assert able(FORGED, same) == [1]
    assert able(FORGED, same, contested=None) == [1, 2]


def test_in_a_contradiction_nothing_is_voided() -> None:
    assert able(FORGED, AGAINST) == able(FORGED, AGAINST, contested=None) == []


@pytest.mark.parametrize("deed", [Deed.CHANGE, Deed.WITHDRAWAL, Deed.VOIDING])
def test_nothing_is_voided_once_the_contested_record_stands_no_more(deed: Deed) -> None:
    after = record(2, deed, DISAGREE if deed is Deed.CHANGE else None, 1)
    assert able(FORGED, after) == []
    assert able(FORGED, after, record(3, Deed.ANSWER, DISAGREE)) == []


def test_a_correction_of_the_contested_paper_is_voided_in_its_place() -> None:
    assert able(FORGED, record(2, Deed.CORRECTION, DISAGREE, 1)) == [2]
    suspended = record(2, Deed.VOIDING, None, 1)
    assert able(FORGED, suspended, record(3, Deed.CORRECTION, AGREE, 2)) == [3]
    assert able(FORGED, record(2, Deed.CHANGE, AGREE, 1), record(3, Deed.CORRECTION, DISAGREE, 2)) == []


def test_a_settlement_that_rests_on_the_contested_paper_alone_is_voided_in_its_place() -> None:
    assert able(FORGED, AGAINST, record(3, Deed.SETTLEMENT, AGREE, 1, 2)) == [3]
    assert able(FORGED, AGAINST, record(3, Deed.SETTLEMENT, DISAGREE, 1, 2)) == []
    other = record(3, Deed.ANSWER, AGREE)
    assert able(FORGED, AGAINST, other, record(4, Deed.SETTLEMENT, AGREE, 1, 2, 3)) == []
