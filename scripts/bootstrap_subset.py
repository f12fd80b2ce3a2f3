"""Of Bootstrap keep what our pages use: a phone on a slow line should not carry 230 KB for buttons and a reset.

Reads the pinned, vendored style sheets and writes `static/built/bootstrap.css` and `bootstrap.rtl.css`: rules on
plain elements stay, rules on classes stay where every class of the selector stands in a template. Run it after a
class of Bootstrap is used for the first time; a test compares what is committed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "deliberate" / "static"
SHEETS = {
    "vendor/bootstrap/bootstrap.min.css": "built/bootstrap.css",
    "vendor/bootstrap/bootstrap.rtl.min.css": "built/bootstrap.rtl.css",
}
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_CLASSES = re.compile(r'class(?:Name)?=["\']([^"]*?)["\'][ >/]|classList\.\w+\(([^)]*)\)')
_UNUSED = re.compile(r"--bs-(?:breakpoint|gradient|[a-z]+-(?:text-emphasis|bg-subtle|border-subtle)|form)")
_NOT_OURS = re.compile(r"\[data-bs-theme=dark\]|::-webkit-datetime|color-scheme:dark")


def words_in_templates() -> set[str]:
    """Every word that could be the name of a class, in what makes pages."""
    places = [*(ROOT / "templates").rglob("*.html"), *(STATIC / "js").glob("*.js")]
    named = {"".join(found) for place in places for found in _CLASSES.findall(place.read_text("utf-8"))}
    return {word for names in named for word in _WORD.findall(names)}


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Selector (or at-rule) and body of each rule of one level, in order."""
    at = 0
    while (start := css.find("{", at)) >= 0:
        depth, end = 1, start + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[at:start].strip(), css[start + 1 : end - 1]
        at = end


def kept(css: str, words: set[str]) -> str:
    """The rules whose classes are all used, at-rules with what remains in them."""
    out = []
    for selector, body in rules(css):
        if selector.startswith(("@media", "@supports")):
            inner = kept(body, words)
            out.append(f"{selector}{{{inner}}}" if inner else "")
        elif not selector.startswith("@"):
            wanted = [one for one in selectors(selector) if _is_used(one, words)]
            out.append(f"{','.join(wanted)}{{{_plain(body)}}}\n" if wanted else "")
    return "".join(out)


def selectors(text: str) -> list[str]:
    """The selectors of a list; commas within brackets part nothing."""
    found, depth = [""], 0
    for letter in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return found


def _is_used(selector: str, words: set[str]) -> bool:
    return not _NOT_OURS.search(selector) and all(name in words for name in _CLASS.findall(selector))


def _plain(body: str) -> str:
    """Without the variables that no page of ours reads."""
    parts = re.split(r";(?![^(]*\))", body)
    return ";".join(part for part in parts if not _UNUSED.match(part))


def subset(source: str) -> str:
    """What of one vendored style sheet our pages use."""
    css = re.sub(r"/\*.*?\*/", "", (STATIC / source).read_text("utf-8"), flags=re.DOTALL)
    css = css.replace('@charset "UTF-8";', "")
    note = "/* Bootstrap 5.3 (MIT, vendor/bootstrap/LICENSE), what we use of it: scripts/bootstrap_subset.py */\n"
    return note + kept(css, words_in_templates())


def main() -> int:
    """Write both sheets."""
    for source, target in SHEETS.items():
        text = subset(source)
        (STATIC / target).write_text(text, "utf-8")
        print(f"{target}: {len(text.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
