"""What `gunicorn.conf.py` forks its processes from: small, and with nothing open that they would share."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deliberate.migrate import upgrade
from tests.running.served import ROOT, SECRET, a_place

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
    "xml.parsers",
    "xlsxwriter",
    "zxingcpp",
}
"""Libraries of rare jobs, which are loaded by the first of these (`deliberate/later.py`)."""
LOOK = """
import json, os, sys, threading
from pathlib import Path
from deliberate.app import create_app
from deliberate.config import Config
from deliberate.web.warming import warm
before = set(os.listdir("/proc/self/fd"))
import wsgi
warm(wsgi.app)
beside = create_app(Config(f"sqlite:///{sys.argv[1]}/deliberate.db", "s" * 40, Path(sys.argv[1])))
opened = sorted(os.readlink(f"/proc/self/fd/{one}") for one in set(os.listdir("/proc/self/fd")) - before
    if os.path.exists(f"/proc/self/fd/{one}"))
print(json.dumps({"modules": list(sys.modules), "open": opened, "threads": threading.active_count()}))
"""
WARMED = """
import json, os, sys, threading
import wsgi
from deliberate.web.warming import warm
def opened():
    found = {os.path.realpath(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")}
    return sorted(one for one in found if one.startswith(sys.argv[1]))
warm(wsgi.app)
made = sorted(name for _, name in wsgi.app.jinja_env.cache.keys())
before, modules = opened(), list(sys.modules)
def child(write):
    told = wsgi.app.test_client().get(sys.argv[2])
    os.write(write, f"{told.status_code} {os.path.basename(opened()[0])}".encode())
    os._exit(0)
answers = []
for _ in range(2):
    read, write = os.pipe()
    if not os.fork():
        child(write)
    os.wait()
    answers.append(os.read(read, 100).decode())
told = {"made": made, "modules": modules, "open": before, "threads": threading.active_count(), "answers": answers}
print(json.dumps(told))
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


def test_first_pages_are_made_before_the_fork_and_leave_nothing_open(
    tmp_path: Path, empty_store: Path
) -> None:
    """Front page, matter and round; each process then opens the store for itself."""
    place = a_place(empty_store, tmp_path)
    shown = f"/c/{place.at.community.slug}/rounds/{place.at.round.id}"
    environment = {
        "DELIBERATE_DATABASE_URL": place.url,
        "DELIBERATE_SECRET_KEY": SECRET,
        "DELIBERATE_INSTANCE_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    asked = [sys.executable, "-c", WARMED, str(tmp_path), shown]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert {"public/matters.html", "public/matter.html", "public/round.html"} <= set(told["made"])
    assert RARE & set(told["modules"]) == set()
    assert (told["open"], told["threads"]) == ([], 1)
    assert told["answers"] == ["200 deliberate.db"] * 2


def test_a_connection_to_sqlite_that_only_watches_holds_no_tables_and_guards(tmp_path: Path) -> None:
    """Each other holds them as it has parsed them."""
    url = f"sqlite:///{tmp_path}/deliberate.db"
    upgrade(url)
    asked = [sys.executable, "-c", HELD, url]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    held = json.loads(done.stdout)
    assert 0 < held["reading"] < 4.5, "megabytes"
    assert held["watching"] < 0.5, "megabytes"
