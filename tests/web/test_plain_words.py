"""What residents read is plain: short sentences, and none of the words by which an office is known.

Judged on every text of the pages that residents meet on the main journeys, as the catalogue extracts them.
"""

import importlib.util
import re
from pathlib import Path
from statistics import mean
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
AREAS = {
    "front": ("templates/public/matters", "templates/components/matter_list", "templates/components/tally"),
    "a matter": (
        "templates/public/matter",
        "templates/components/plan_facts",
        "templates/components/stage_path",
    ),
    "answering": (
        "templates/resident/round",
        "templates/resident/read",
        "templates/resident/ask.",
        "templates/resident/say_back",
        "templates/resident/voice",
        "templates/resident/answer_form",
        "templates/resident/take_back_answer",
        "templates/components/answer_buttons",
    ),
    "checking": ("templates/resident/check", "templates/resident/receipt", "templates/components/receipt"),
    "the letter and the account": ("templates/account/", "deliberate/web/forms/account"),
    "proposing": (
        "templates/resident/propose",
        "templates/components/proposal_fields",
        "deliberate/web/forms/proposals",
    ),
    "words explained": ("deliberate/domain/glossary",),
}
OFFICE = (
    "表态",
    "贯彻",
    "落实",
    "履行",
    "特此",
    "兹",
    "该项",
    "之日起",
    "逾期",
    "须",
    "上述",
    "有关部门",
    "相关",
    "予以办理",
    "组织实施",
    "提请",
    "审议",
    "事宜",
    "呈报",
    "批示",
    "下列",
    "妥善",
    "切实",
    "严格按照",
    "本着",
    "鉴于",
    "敬请",
    "知悉",
    "如下",
    "凡",
    "据此",
    "行政相对人",
    "权利义务",
    "缴纳",
    "阅悉",
    "办结",
)
AVERAGE, LONGEST = 35, 60


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    """Every text with the places where it stands."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, list[str]] = module.extracted()
    return found


def sentences(text: str) -> list[str]:
    """The sentences of a text, without placeholders and marks."""
    bare = re.sub(r"%\(\w+\)[sd]|<[^>]+>", "某", text)
    return [part for part in re.split(r"[。!?;\n]", bare) if part.strip()]


def of(area: str, texts: dict[str, list[str]]) -> list[str]:
    return [text for text, places in texts.items() if any(place.startswith(AREAS[area]) for place in places)]


@pytest.mark.parametrize("area", AREAS)
def test_sentences_are_short_and_words_are_everybodys(area: str, texts: dict[str, list[str]]) -> None:
    mine = of(area, texts)
    assert len(mine) > 5
    lengths = {part: len(part) for text in mine for part in sentences(text)}
    whole = [length for part, length in lengths.items() if length > 6] or [0]
    assert mean(whole) <= AVERAGE
    assert {part for part, length in lengths.items() if length > LONGEST} == set()
    assert {(word, text) for word in OFFICE for text in mine if word in text} == set()
