"""What the crawl saw, laid out to be looked at: one page of pictures per person and language, and a table."""

from collections import Counter
from html import escape
from itertools import groupby
from pathlib import Path

from tests.crawl.looking import SCALE, WIDTHS
from tests.crawl.lots import Seen

STYLE = """body{font:14px/1.4 system-ui;margin:16px;background:#888}section{margin:0 0 24px}
h2{font-size:15px;margin:0 0 4px;overflow-wrap:anywhere}div{display:flex;gap:8px;align-items:flex-start;flex-wrap:wrap}
img{background:#fff;max-width:100%}.bad{color:#800;background:#fee;white-space:pre-wrap}"""


def lay_out(seen: list[Seen], out: Path) -> list[Path]:
    """One HTML for each person and language; where the files are."""
    made = []
    key = lambda one: (one.person, one.language)  # noqa: E731
    for (person, language), mine in groupby(sorted(seen, key=key), key):
        path = out / f"{person}.{language}.html"
        parts = "".join(_section(one) for one in mine)
        path.write_text(
            f'<!doctype html><meta charset="utf-8"><title>{person} {language}</title>'
            f"<style>{STYLE}</style><h1>{person} · {language}</h1>{parts}\n"
        )
        made.append(path)
    return made


def _section(one: Seen) -> str:
    pictures = "".join(
        f'<img src="{one.shots}-{width}.png" width="{round(width * SCALE)}" loading="lazy" alt="{width}">'
        for width in WIDTHS
    )
    faults = f'<p class="bad">{escape(chr(10).join(one.faults))}</p>' if one.faults else ""
    return f"<section><h2>{escape(one.address)} · {one.view}</h2>{faults}<div>{pictures}</div></section>"


def table(seen: list[Seen]) -> str:
    """Pages and faults by person and language, then each fault once with how often and where first."""
    rows: Counter[tuple[str, str]] = Counter((one.person, one.language) for one in seen)
    bad = Counter((one.person, one.language) for one in seen for _fault in one.faults)
    lines = [f"{'person':18}{'language':10}{'pages':>6}{'faults':>8}"]
    lines += [
        f"{who:18}{language:10}{n:6}{bad[who, language]:8}" for (who, language), n in sorted(rows.items())
    ]
    lines.append(f"{'all':28}{rows.total():6}{bad.total():8}   (each page at {len(WIDTHS)} widths)")
    where: dict[str, list[Seen]] = {}
    for one in seen:
        for fault in one.faults:
            where.setdefault(fault, []).append(one)
    for fault, at in sorted(where.items(), key=lambda each: -len(each[1])):
        first = at[0]
        lines.append(
            f"{len(at):4}× {fault}\n      {first.person} {first.language} {first.view} {first.address}"
        )
    return "\n".join(lines)
