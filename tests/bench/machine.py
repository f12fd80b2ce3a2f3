"""What ran where, and whether the machine was free to be measured."""

import os
import platform
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

MOST_BUSY, MOST_STOLEN = 0.15, 0.03
"""Of all processors, before the run."""


class Busy(Exception):
    """Something else works here."""


def _times() -> list[int]:
    return [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]


def refuse_busy(seconds: float = 3.0) -> None:
    """Busy when others take more than a seventh of the processors, or the host steals."""
    before = _times()
    time.sleep(seconds)
    spent = [now - then for then, now in zip(before, _times(), strict=True)]
    whole = max(1, sum(spent))
    busy, stolen = 1 - (spent[3] + spent[4]) / whole, spent[7] / whole
    if busy > MOST_BUSY or stolen > MOST_STOLEN:
        raise Busy(
            f"the machine is busy: {busy:.0%} of its processors used, {stolen:.1%} stolen, "
            f"load {os.getloadavg()[0]:.1f}. Wait, or --anyway for figures that mean nothing"
        )


def described() -> dict[str, str]:
    """Processor, memory, disk's system, versions."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = Path("/proc/meminfo").read_text().splitlines()[0].split()[1]
    names = ("flask", "sqlalchemy", "gunicorn", "psycopg")
    return {
        "processor": f"{os.cpu_count()} × {cpu}",
        "memory": f"{int(memory) / 1048576:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in names},
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def commit() -> str:
    """Of the code that was measured."""
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "?"
