"""The texts of the client: literal sentences in `t("…")` and `tn("…")` of its modules, and their translations.

A template literal or a variable in these calls would escape the catalogue; a test refuses them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from ..languages import catalogue

MODULES = Path(__file__).resolve().parents[2] / "static" / "canvass"
LOCALES = {"zh-Hans": "zh_Hans"}
_CALL = re.compile(r'\b(tn?)\(\s*("(?:[^"\\\n]|\\.)*")')


def sentences(source: str) -> Iterator[tuple[int, str, bool]]:
    """Line, message id, and whether it is about a number, of each text in a module."""
    for call in _CALL.finditer(source):
        yield source.count("\n", 0, call.start()) + 1, json.loads(call[2]), call[1] == "tn"


def all_sentences() -> dict[str, bool]:
    """Every text of the client, and whether it is about a number."""
    found: dict[str, bool] = {}
    for path in sorted(MODULES.glob("*.js")):
        for _line, text, counted in sentences(path.read_text("utf-8")):
            found[text] = found.get(text, False) or counted
    return found


def catalogue_of(language: str) -> str:
    """The client's texts in one language as JSON: a sentence, or its forms for one and for many."""
    known = catalogue(LOCALES.get(language, language))
    texts = {
        text: [known.ngettext(text, text, 1), known.ngettext(text, text, 2)]
        if counted
        else known.gettext(text)
        for text, counted in all_sentences().items()
    }
    return json.dumps(texts, ensure_ascii=False, sort_keys=True)
