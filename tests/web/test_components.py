"""The parts of the pages, rendered by themselves: what they may never show and what they may never hold."""

import re
from pathlib import Path
from typing import Any

import jinja2
import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "deliberate" / "static" / "css").glob("*.css"))
OUTCOME = {"disagree": 131, "abstain": 67, "no_response": 52, "percent": "76.5%"}


def _same(text: str) -> str:
    return text


def _same_plural(one: str, many: str, n: int) -> str:
    return one if n == 1 else many


@pytest.fixture(scope="module")
def pages() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(_same, _same_plural, newstyle=True)  # type: ignore[attr-defined]
    env.filters["numberformat"] = lambda value: f"{value:,}"
    env.filters["tongue"] = lambda value: value
    return env


def part(pages: jinja2.Environment, name: str, macro: str) -> Any:
    return getattr(pages.get_template(f"components/{name}.html").module, macro)


def words(html: str) -> str:
    """What a reader sees: the text without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


def test_while_answering_goes_on_the_tally_says_how_many_more_and_nothing_of_disagreement(
    pages: jinja2.Environment,
) -> None:
    html = part(pages, "tally", "tally")(1064, 852, 887, agree=814, as_of="8:00")
    assert "还差 38 户同意，就达到 80%" in words(html)
    assert "不同意 " not in words(html)
    assert 'fill="url(#tally-stripes)"' not in html


def test_a_sealed_tally_never_shows_consents_even_when_it_is_given_them(pages: jinja2.Environment) -> None:
    html = part(pages, "tally", "tally")(24, 20, 12, agree=11, sealed=True)
    assert "已收到 12 户的意见，共 24 户" in words(html)
    assert "11" not in words(html)
    assert 'class="agree"' not in html


def test_after_closing_the_tally_shows_every_share_and_the_distance_to_the_mark(
    pages: jinja2.Environment,
) -> None:
    html = part(pages, "tally", "tally")(1064, 852, 1012, agree=814, closed=OUTCOME)
    text = words(html)
    assert "814 户同意，占全部住户的 76.5%；差 38 户，没有达到 80%" in text
    for share in ("尚未反馈 52 户", "弃权 67 户", "不同意 131 户"):
        assert share in text
    assert 'fill="url(#tally-stripes)" x="87.688%"' in html


def test_no_answer_is_chosen_beforehand(pages: jinja2.Environment) -> None:
    html = part(pages, "answer_buttons", "answer_buttons")("您家的意见是")
    assert re.findall(r'value="(\w+)"', html) == ["agree", "disagree", "abstain"]
    assert " checked" not in html


def test_a_choice_comes_back_after_an_error(pages: jinja2.Environment) -> None:
    html = part(pages, "answer_buttons", "answer_buttons")("您家的意见是", chosen="abstain")
    assert re.findall(r'value="(\w+)" required checked', html) == ["abstain"]


def test_a_hidden_comment_leaves_its_mark_but_not_its_text(pages: jinja2.Environment) -> None:
    html = part(pages, "comment", "comment")("某人", "against", "今天", "骂人的话", hidden="辱骂他人")
    assert "辱骂他人" in html
    assert "骂人的话" not in html
    assert "某人" not in html


@pytest.mark.parametrize(
    ("days", "said"), [(3, "还有 3 天"), (0, "今天截止"), (-1, "已经截止"), (None, "已经截止")]
)
def test_a_deadline_says_how_long_there_is(pages: jinja2.Environment, days: int | None, said: str) -> None:
    html = part(pages, "deadline", "deadline")("11月25日 24:00", days)
    assert words(html) == f"{said} 北京时间 11月25日 24:00 截止"


def test_the_path_marks_exactly_one_step_as_the_present_one(pages: jinja2.Environment) -> None:
    html = part(pages, "stage_path", "stage_path_at")(4)
    assert re.findall(r'<li class="(\w+)"', html) == ["done"] * 3 + ["now"] + ["todo"] * 3
    assert html.count('aria-current="step"') == 1


def test_what_people_typed_is_escaped(pages: jinja2.Environment) -> None:
    html = part(pages, "timeline", "timeline")([{"when": "今天", "title": "<script>x</script>"}])
    assert "<script>" not in html


INLINE = r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\ssrc=)|javascript:"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_inline_style_script_or_handler(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(INLINE, text)


PHYSICAL = "|".join(
    (
        r"(?:margin|padding|border)-(?:left|right|top|bottom)",
        r"(?<![-\w])(?:left|right|top|bottom)\s*:",
        r"text-align:\s*(?:left|right)",
        r"(?<![-\w])(?:min-|max-)?(?:width|height)\s*:\s*[^;)]+;",
    )
)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_names_start_and_end_never_left_and_right(path: Path) -> None:
    assert re.findall(PHYSICAL, path.read_text("utf-8")) == []
