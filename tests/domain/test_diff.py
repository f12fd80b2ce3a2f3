"""Side by side nothing is lost, and only what differs is marked."""

from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.diff import MOST_WORK, Piece, Row, compare, paragraphs

texts = st.text(alphabet="院灯门修0123,。\n ", max_size=120)


def side(rows: tuple[Row, ...], name: str) -> list[str]:
    sides = [getattr(row, name) for row in rows]
    return ["".join(piece.text for piece in pieces) for pieces in sides if pieces]


@given(texts, texts)
def test_each_side_reads_as_its_text(old: str, new: str) -> None:
    rows = compare(old, new)
    assert side(rows, "left") == paragraphs(old)
    assert side(rows, "right") == paragraphs(new)


@given(texts)
def test_the_same_text_has_no_marks(text: str) -> None:
    assert not any(row.changed for row in compare(text, text))


@given(texts, texts)
def test_unmarked_pieces_are_the_same_on_both_sides(old: str, new: str) -> None:
    for row in compare(old, new):
        same = [[p.text for p in pieces if not p.changed] for pieces in (row.left, row.right)]
        assert "".join(same[0]) == "".join(same[1])


def test_one_changed_number_is_what_is_marked() -> None:
    (row,) = compare("每盏 65 元", "每盏 75 元")
    assert row.left == (Piece("每盏 "), Piece("6", True), Piece("5 元"))
    assert row.right == (Piece("每盏 "), Piece("7", True), Piece("5 元"))


def test_a_new_paragraph_stands_alone() -> None:
    first, second = compare("修灯。", "修灯。\n\n修门。")
    assert not first.changed
    assert second == Row((), (Piece("修门。", True),))


def test_a_lost_paragraph_stands_alone() -> None:
    assert compare("修灯。\n修门。", "修门。")[0] == Row((Piece("修灯。", True),), ())


def test_texts_too_long_to_compare_are_shown_as_changed() -> None:
    long = round(MOST_WORK**0.5) + 10
    (row,) = compare("甲" + "灯门" * long + "乙", "丙" + "门灯" * long + "丁")
    assert [piece.changed for piece in row.left] == [True]
