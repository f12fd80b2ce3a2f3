"""Which revision of the tables is today's: read from the migrations themselves.

Alembic would say the same (`tests/test_schema.py`), but it is large, and a server that only looks need not load it.
"""

import re
from functools import cache
from pathlib import Path

_SAYS = re.compile(r'^(revision|down_revision)\b[^=\n]*= "(\w+)"$', re.MULTILINE)


def migrations_folder() -> Path:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / "_migrations"
    return packaged if packaged.is_dir() else here.parent / "migrations"


@cache
def newest_revision() -> str:
    """The one that no other follows; the files are those that this process was started with."""
    made: set[str] = set()
    followed: set[str] = set()
    for path in (migrations_folder() / "versions").glob("*.py"):
        for what, name in _SAYS.findall(path.read_text(encoding="utf-8")):
            (made if what == "revision" else followed).add(name)
    (newest,) = made - followed
    return newest
