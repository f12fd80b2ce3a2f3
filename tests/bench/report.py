"""The results as text, kept in RESULTS.md; and a plot of each cost as households grow."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .lines import Line
from .machine import commit

HERE = Path(__file__).parent
RESULTS, PLOT = HERE / "RESULTS.md", HERE / "growth.svg"
PARTIAL = {"--only", "--most", "--store"}
"""Arguments of which each leaves something out, or measures another store."""
_HEAD = "| what | ours (low–high) | floor (low–high) | ratio | target | met |\n|---|---|---|---|---|---|\n"


def text(lines: Iterable[Line]) -> str:
    """As rows of a table."""
    return "\n".join(_row(line) for line in lines)


def _row(line: Line) -> str:
    ratio = f"{line.ratio:.2f}" if line.ratio is not None else "–"
    met = {None: "", True: "yes", False: "**no**"}[line.met]
    what = f"{line.what} [{line.unit}]"
    return f"| {what} | {_spread(line.ours)} | {_spread(line.floor)} | {ratio} | {line.target} | {met} |"


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "–"
    middle = sorted(values)[len(values) // 2]
    return (
        f"{_short(middle)} ({_short(min(values))}–{_short(max(values))})"
        if len(values) > 1
        else _short(middle)
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def keep(found: Mapping[str, Sequence[Line]], about: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Append this run; a whole one draws the plot anew, with the lines of all costs that grow."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    command = " ".join(["python -m tests.bench", *arguments])
    words = ", ".join(f"{name} {value}" for name, value in about.items())
    table = _HEAD + "\n".join(text(lines) for lines in found.values())
    with RESULTS.open("a") as file:
        file.write(f"\n## {now}, {commit()}\n\n`{command}`\n\n{words}\n\n{table}\n")
    if not PARTIAL & {word.split("=")[0] for word in arguments}:
        PLOT.write_text(plot([line for lines in found.values() for line in lines]))


def plot(lines: Sequence[Line]) -> str:
    """Costs by number of households, both on a scale of powers of ten."""
    grow: dict[str, list[tuple[int, float]]] = {}
    for line in lines:
        if line.notes.isdigit():
            unit = 1000 if line.unit == "s" else 1
            grow.setdefault(line.what.split(",")[0].split(" of ")[0], []).append(
                (int(line.notes), line.median * unit)
            )
    wide, high, edge = 640, 360, 56
    tops = [math.log10(max(ms, 0.1)) for points in grow.values() for _, ms in points]
    top, least = math.ceil(max(tops)), math.floor(min(tops))

    def x(homes: int) -> float:
        return edge + (math.log10(homes) - 2) / 4.2 * (wide - 3 * edge)

    def y(ms: float) -> float:
        return high - edge - (math.log10(max(ms, 0.1)) - least) / (top - least) * (high - 2 * edge)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="11">',
        f'<rect width="{wide}" height="{high}" fill="white"/>',
    ]
    for power in range(least, top + 1):
        parts.append(
            f'<path d="M{edge} {y(10**power):.1f}H{wide - 2 * edge}" stroke="#ddd"/>'
            f'<text x="{edge - 6}" y="{y(10**power) + 4:.1f}" text-anchor="end">{_spoken(power)}</text>'
        )
    for power in range(2, 7):
        parts.append(
            f'<text x="{x(10**power):.1f}" y="{high - edge + 18}" text-anchor="middle">{10**power:,}</text>'
        )
    at = _apart([y(max(points)[1]) for points in grow.values()])
    colours = ("#07403f", "#b3541e", "#5a3d8a", "#666", "#1f5fa8")
    for colour, (name, points), beside in zip(colours, grow.items(), at, strict=False):
        path = " ".join(f"{x(homes):.1f},{y(ms):.1f}" for homes, ms in sorted(points))
        homes, _ = max(points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(h):.1f}" cy="{y(m):.1f}" r="3" fill="{colour}"/>' for h, m in points]
        parts.append(f'<text x="{x(homes) + 8:.1f}" y="{beside + 4:.1f}" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{wide / 2}" y="{high - 10}" text-anchor="middle">households</text></svg>\n')
    return "\n".join(parts)


def _spoken(power: int) -> str:
    """So many milliseconds."""
    return f"{10.0**power:g} ms" if power < 3 else f"{10 ** (power - 3):,} s"


def _apart(places: Sequence[float], least: float = 14) -> list[float]:
    """The same heights, as far apart as lines of text must be."""
    found, last = list(places), -math.inf
    for n in sorted(range(len(found)), key=lambda n: found[n]):
        found[n] = last = max(found[n], last + least)
    return found
