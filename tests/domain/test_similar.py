"""Similar matters are found by pairs of characters, so that two-character words match."""

from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.similar import LEAST, LONGEST, Known, pairs, rank

PARKING = Known(1, "院内停车位重新划线并实行一户一位登记", "院内可划车位 212 个，外来车辆限时停放。")
LIGHTS = Known(2, "优先修缮楼道照明和单元门", "更换感应灯，维修单元门。")
GARDEN = Known(3, "楼前荒地改造成小花园", "清运垃圾，种果树，旁边不停车。")
KNOWN = [PARKING, LIGHTS, GARDEN]
texts = st.text(max_size=60)


def test_a_two_character_word_finds_its_matter_first_by_title() -> None:
    assert [like.id for like in rank("停车", "", KNOWN)] == [1, 3]


def test_other_words_for_the_same_thing() -> None:
    assert rank("单元门坏了，楼道没有灯", "", KNOWN)[0].id == 2


def test_what_is_unlike_is_not_shown() -> None:
    assert rank("物业费调整", "", KNOWN) == ()


def test_nothing_asked_finds_nothing() -> None:
    assert rank("", "", KNOWN) == rank("!?。", " ", KNOWN) == ()


def test_width_and_case_do_not_matter() -> None:
    assert pairs("PVC管") == pairs("pvc管") == {"pv", "vc", "c管"}
    assert pairs("门 a") == {"门", "a"}


def test_a_common_pair_weighs_less() -> None:
    known = [Known(n, "小区停车", "") for n in range(9)] + [Known(99, "小区花园", "")]
    assert rank("小区花园", "", known)[0].id == 99


def test_of_equals_the_newest_and_no_more_than_asked() -> None:
    same = [Known(n, "修电梯", "") for n in range(10)]
    assert [like.id for like in rank("修电梯", "", same, most=3)] == [9, 8, 7]


@given(texts, texts, st.lists(st.tuples(texts, texts), max_size=8))
def test_shares_lie_between_and_are_in_order(title: str, body: str, others: list[tuple[str, str]]) -> None:
    found = rank(title, body, [Known(n, *other) for n, other in enumerate(others)])
    shares = [like.share for like in found]
    assert all(LEAST <= share <= 1 for share in shares)
    assert shares == sorted(shares, reverse=True)


@given(texts.filter(lambda text: bool(pairs(text))))
def test_the_same_title_is_wholly_alike(title: str) -> None:
    assert rank(title, "", [Known(1, title, "")])[0].share == 1


def test_a_long_text_is_compared_only_so_far() -> None:
    assert pairs("a" * LONGEST + "停车") == {"aa"}
