"""The catalogues against the texts: nothing missing, nothing stale, no Chinese outside the catalogue.

    python scripts/messages.py            say what is missing, as entries ready to be translated
    python scripts/messages.py --check    the same, and exit 1 when anything is wrong

Texts are Chinese in the source; every other language has one folder of `.po` files, one file an area.
"""

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract_from_dir
from jinja2 import Environment
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from deliberate.web.offline.texts import sentences  # noqa: E402

KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "N_": None, "ngettext": (1, 2)}
CJK = re.compile(r"[\u3400-\u9fff]")
REGEX = re.compile(r"[=(]\s*/[^/]+/[a-z]*[.,;)]")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
CALLED = re.compile(r'\btn?\(\s*"(?:[^"\\]|\\.)*"')
AWAITS = frozenset({"ug"})
REVIEW = re.compile(r"^(review: native reader|reviewed: \S.*)$", re.MULTILINE)
"""What every entry of a language is marked with until a native reader has read it, and "reviewed: <name>" after."""
LETTERS = {"ug": frozenset("ئابپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىيە،؛؟ـ«»")}
"""A script that several languages share: letters of the others (ه ی ک) look alike and join wrongly."""
NARROW = re.compile(r"[\u3400-\u9fff”’》」）][,;:?!(]|[,;:?!)][\u3400-\u9fff“‘《「（]")
"""Chinese is written with full-width marks; a narrow one leaves no room and breaks lines in the wrong place."""
ARABIC = re.compile(r"[\u0600-\u06ff]")
VOCABULARY = ("domain/roll", "services/roll", "demo", "web/markdown.py", "web/languages.py", "verifier")
"""Places where Chinese is what the program reads or what synthetic people say, not what it says."""


def extracted() -> dict[str, list[str]]:
    """Every message id with the places where it stands."""
    found: dict[str, list[str]] = defaultdict(list)
    options = {"**.html": {"silent": "false", "newstyle_gettext": "true"}}
    for folder, methods in (
        ("deliberate", [("static/**", "ignore"), ("**.py", "python")]),
        ("templates", [("**.html", babel_extract), ("**.txt", babel_extract)]),
    ):
        rows = extract_from_dir(
            ROOT / folder, methods, options if folder == "templates" else {}, keywords=KEYWORDS
        )
        for file, line, message, _comments, _context in rows:
            for text in message if isinstance(message, tuple) else (message,):
                if text:
                    found[text].append(f"{folder}/{file}:{line}")
    for path in modules():
        for line, text, _counted in sentences(path.read_text("utf-8")):
            found[text].append(f"{path.relative_to(ROOT)}:{line}")
    return found


def modules() -> list[Path]:
    """The modules of the tablet's page, whose texts are those in t("…") and tn("…")."""
    return sorted((ROOT / "deliberate" / "static" / "canvass").glob("*.js"))


def catalogue(folder: Path) -> Iterator[tuple[str, polib.POEntry]]:
    """Every entry of a language, with its file."""
    for path in sorted(folder.glob("*.po")):
        for entry in polib.pofile(str(path)):
            yield f"{folder.name}/{path.name}", entry


def faults_of(folder: Path, wanted: dict[str, list[str]]) -> Iterator[str]:
    """What is wrong with one language."""
    known: dict[str, str] = {}
    for file, entry in catalogue(folder):
        texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
        if entry.obsolete:
            continue
        if "fuzzy" in entry.flags or not all(texts):
            yield f"{file}: not translated: {entry.msgid}"
        if folder.name in AWAITS and not REVIEW.search(entry.tcomment):
            yield f"{file}: not marked as awaiting a native reader, nor as read by one: {entry.msgid}"
        if entry.msgid not in wanted:
            yield f"{file}: stands nowhere any more: {entry.msgid}"
        if known.setdefault(entry.msgid, texts[0]) != texts[0]:
            yield f"{file}: translated in two ways: {entry.msgid}"
        for text in texts:
            if set(PLACEHOLDER.findall(text)) - {""} != set(PLACEHOLDER.findall(entry.msgid)) - {""}:
                yield f"{file}: other placeholders: {entry.msgid}"
            if stray := set(ARABIC.findall(text)) - LETTERS.get(folder.name, frozenset()):
                yield f"{file}: letters of another language {sorted(stray)}: {entry.msgid}"
            if CJK.search(text) and "quotes Chinese" not in entry.tcomment:
                yield f"{file}: Chinese in the translation: {entry.msgid}"
    for text in sorted(wanted.keys() - known.keys()):
        places = " ".join(wanted[text][:2])
        yield f'{folder.name}: missing\n#: {places}\nmsgid "{polib.escape(text)}"\nmsgstr ""'


def outside(wanted: dict[str, list[str]]) -> Iterator[str]:
    """Chinese that no catalogue could reach."""
    env = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from _outside_template(env, path, wanted)
    for path in sorted((ROOT / "deliberate").rglob("*.py")):
        name = str(path.relative_to(ROOT / "deliberate"))
        if not name.startswith(VOCABULARY):
            yield from _outside_python(path, wanted)
    for path in modules():
        if path.name != "words.js":
            yield from _outside_module(path)


def _outside_module(path: Path) -> Iterator[str]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        rest = CALLED.sub("", re.sub(r"(^|\s)//.*$", "", line))
        for text in STRING.findall(rest):
            if CJK.search(text) and not REGEX.search(rest):
                yield f"{path.relative_to(ROOT)}:{number}: outside the catalogue: {text[:60]}"


def _outside_template(env: Environment, path: Path, wanted: dict[str, list[str]]) -> Iterator[str]:
    translating = False
    for line, kind, value in env.lex(path.read_text("utf-8")):
        if kind == "name" and value in ("trans", "endtrans"):
            translating = value == "trans"
        bad = kind == "data" and not translating
        bad = bad or (kind == "string" and ast.literal_eval(value) not in wanted)
        if bad and CJK.search(value):
            yield f"{path.relative_to(ROOT)}:{line}: outside the catalogue: {value.strip()[:60]}"


def _outside_python(path: Path, wanted: dict[str, list[str]]) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in prose:
            continue
        if CJK.search(node.value) and node.value not in wanted:
            yield f"{path.relative_to(ROOT)}:{node.lineno}: outside the catalogue: {node.value[:60]}"


def main() -> int:
    """Report; 1 when checking finds anything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="exit 1 when anything is wrong")
    check = parser.parse_args().check
    wanted = extracted()
    folders = sorted(p for p in (ROOT / "deliberate" / "translations").iterdir() if p.is_dir())
    faults = [fault for folder in folders for fault in faults_of(folder, wanted)]
    faults += [f"{wanted[text][0]}: narrow punctuation: {text}" for text in wanted if NARROW.search(text)]
    faults += outside(wanted)
    for fault in faults:
        print(fault)
    print(f"{len(wanted)} texts, {len(folders)} translations, {len(faults)} faults", file=sys.stderr)
    return 1 if check and faults else 0


if __name__ == "__main__":
    sys.exit(main())
