"""A refusal says what, why and what next, in sentences that can be translated and filled."""

import pytest

from deliberate.domain import errors
from deliberate.domain.errors import N_, Refusal

KINDS = [Refusal, *(kind for kind in Refusal.__subclasses__() if kind.__module__ == errors.__name__)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_three_sentences_and_the_status_of_a_refusal(kind: type[Refusal]) -> None:
    refusal = kind()
    assert all(sentence.endswith("。") for sentence in (refusal.what, refusal.why, refusal.next_step))
    assert 400 <= refusal.status < 500


def test_parameters_fill_the_sentences() -> None:
    refusal = Refusal(N_("没有公布。"), N_("还差 %(n)s 户。"), n=3)
    assert str(refusal) == "没有公布。 还差 3 户。"
    assert refusal.next_step == Refusal.default_next


def test_a_percent_sign_is_written_twice() -> None:
    assert str(Refusal("没有通过。", "不到80%%的住户同意。")) == "没有通过。 不到80%的住户同意。"


def test_marking_changes_nothing() -> None:
    assert errors.N_("同意") == "同意"
