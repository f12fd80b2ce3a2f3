"""Colours of the tokens, by the formula of WCAG 2.2: 4.5 to 1 for text, 7 to 1 in the elder view, 3 to 1 for signs."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "deliberate" / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text("utf-8")
HEX = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})\s*;")
WHITE = "#fff"
TEXT = (
    ("ink", "paper"),
    ("ink", "sheet"),
    ("ink", "civic-wash"),
    ("ink", "grain-wash"),
    ("ink", "bad-wash"),
    ("ink", "no-wash"),
    ("ink", "wait"),
    ("soft", "paper"),
    ("soft", "sheet"),
    ("soft", "civic-wash"),
    ("soft", "grain-wash"),
    ("civic-deep", "paper"),
    ("civic-deep", "sheet"),
    ("civic-deep", "civic-wash"),
    ("grain-deep", "paper"),
    ("grain-deep", "sheet"),
    ("grain-deep", "grain-wash"),
    ("no", "sheet"),
    ("no", "no-wash"),
    ("bad", "paper"),
    ("bad", "sheet"),
    ("bad-deep", "bad-wash"),
    (WHITE, "civic"),
    (WHITE, "civic-deep"),
    (WHITE, "grain"),
)
"""What is written on what."""
SIGNS = (
    ("line-strong", "paper"),
    ("line-strong", "sheet"),
    ("civic", "wait"),
    ("grain", "wait"),
    ("grain", "sheet"),
    ("no", "sheet"),
    ("line-strong", "wait"),
)
"""What tells a state, or where a field ends, on what."""


def block(selector: str) -> dict[str, str]:
    """The colours that a rule sets."""
    body = re.search(re.escape(selector) + r"\s*\{(.*?)\n\}", TOKENS, re.DOTALL)
    assert body, selector
    return dict(HEX.findall(body.group(1)))


NORMAL = block(":root")
ELDER = NORMAL | block(':root[data-view="elder"]')


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    full = digits if len(digits) == 6 else "".join(letter * 2 for letter in digits)
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, tokens: dict[str, str]) -> float:
    pair = sorted((luminance(tokens.get(name, name)) for name in (one, other)), reverse=True)
    return (pair[0] + 0.05) / (pair[1] + 0.05)


def test_the_formula_is_the_one_of_the_standard() -> None:
    assert contrast("#000", "#fff", {}) == pytest.approx(21)
    assert contrast("#777", "#fff", {}) == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_read_with_ease_and_in_the_elder_view_with_more(text: str, ground: str) -> None:
    assert contrast(text, ground, NORMAL) >= 4.5
    assert contrast(text, ground, ELDER) >= 7


@pytest.mark.parametrize(("sign", "ground"), SIGNS)
def test_signs_are_seen(sign: str, ground: str) -> None:
    assert contrast(sign, ground, NORMAL) >= 3
    assert contrast(sign, ground, ELDER) >= 3


def test_no_other_sheet_invents_a_colour_for_text() -> None:
    """Colours live on one page; what others name are white, black for paper, and tints of the masthead."""
    allowed = {"#fff", "#000", "#333", "#888", "#ffd9a8", "#2f9c94", "#e08a45", "#e8f1ef", "#4a2204"}
    found = {
        (path.name, colour)
        for path in CSS.glob("*.css")
        if path.name not in ("tokens.css", "paper.css")  # paper has inks of its own
        for colour in re.findall(r"#[0-9a-fA-F]{3,6}\b", path.read_text("utf-8"))
    }
    assert {(name, colour) for name, colour in found if colour not in allowed} == set()
