"""What `gunicorn.conf.py` forks its processes from: small, and with nothing open that they would share."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deliberate.migrate import upgrade
from tests.running.served import ROOT, SECRET

RARE = {
    "PIL",
    "alembic",
    "babel.messages",
    "botocore",
    "polib",
    "prometheus_client",
    "segno",
    "waitress",
    "weasyprint",
    "xlsxwriter",
    "zxingcpp",
}
"""Libraries of rare jobs, which are loaded by the first of these (`deliberate/later.py`)."""
LOOK = """
import json, os, sys, threading
from pathlib import Path
from deliberate.app import create_app
from deliberate.config import Config
before = set(os.listdir("/proc/self/fd"))
import wsgi
beside = create_app(Config(f"sqlite:///{sys.argv[1]}/deliberate.db", "s" * 40, Path(sys.argv[1])))
opened = sorted(os.readlink(f"/proc/self/fd/{one}") for one in set(os.listdir("/proc/self/fd")) - before
    if os.path.exists(f"/proc/self/fd/{one}"))
print(json.dumps({"modules": list(sys.modules), "open": opened, "threads": threading.active_count()}))
"""
HELD = """
import json, sys
from pathlib import Path
from sqlalchemy import text
from deliberate.db import Database
def megabytes():
    found = Path("/proc/self/smaps_rollup").read_text().split("Private_Dirty:")[1]
    return int(found.split()[0]) / 1024
store = Database(sys.argv[1])
for one in (store.engine.connect(), store.engine.connect()):  # the first loads what the driver needs
    one.execute(text("SELECT count(*) FROM community"))
before = megabytes()
readers = [store.engine.connect() for _ in range(6)]
for one in readers:
    one.execute(text("SELECT count(*) FROM community"))
readers.pop().close()
between = megabytes()
store.version()
print(json.dumps({"reading": (between - before) / 6, "watching": megabytes() - between}))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a process holds that loaded the program, once for either store; on PostgreSQL where nobody listens."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        "DELIBERATE_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "DELIBERATE_SECRET_KEY": SECRET,
        "DELIBERATE_INSTANCE_DIR": str(home),
        "PYTHONPATH": str(ROOT),
    }
    asked = [sys.executable, "-W", "error", "-c", LOOK, str(home)]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    assert not (Path(home) / "deliberate.db").exists(), "SQLite makes its file with the first connection"
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_libraries_of_rare_jobs_are_not_loaded(loaded: dict[str, list[str]]) -> None:
    assert RARE & set(loaded["modules"]) == set()


def test_nothing_is_open_that_two_processes_would_share(loaded: dict[str, object]) -> None:
    assert (loaded["open"], loaded["threads"]) == ([], 1)


def test_a_connection_to_sqlite_that_only_watches_holds_no_tables_and_guards(tmp_path: Path) -> None:
    """Each other holds them as it has parsed them."""
    url = f"sqlite:///{tmp_path}/deliberate.db"
    upgrade(url)
    asked = [sys.executable, "-c", HELD, url]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    held = json.loads(done.stdout)
    assert 0 < held["reading"] < 4.5, "megabytes"
    assert held["watching"] < 0.5, "megabytes"
