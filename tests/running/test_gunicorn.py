"""gunicorn by the settings of the documents, and the worker: each ends in time, and nothing under way is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.running.served import (
    CODE,
    EXAMPLES,
    PATIENCE,
    ROOT,
    SECRET,
    Answered,
    Browser,
    Gunicorn,
    Place,
    a_place,
    numbers,
)
from tests.web.answering_home import fields
from tests.web.test_answering import receipt_of

HTTP = {"DELIBERATE_SECURE_COOKIES": "0"}


@pytest.fixture
def place(empty_store: Path, tmp_path: Path) -> Place:
    return a_place(empty_store, tmp_path)


def counted(place: Place) -> int:
    with sqlite3.connect(place.home / "deliberate.db") as store:
        return int(store.execute("SELECT count(*) FROM consent").fetchone()[0])


def opened(pid: int) -> list[str]:
    """The files that a process holds open."""
    return [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()]


@pytest.mark.slow
def test_it_does_not_start_over_a_store_that_has_lost_its_guards(place: Place) -> None:
    with sqlite3.connect(place.home / "deliberate.db") as store:
        store.execute("DROP TRIGGER guard_consent_before_update")
    store.close()
    environment = os.environ | {
        "DELIBERATE_DATABASE_URL": place.url,
        "DELIBERATE_SECRET_KEY": SECRET,
        "DELIBERATE_INSTANCE_DIR": str(place.home),
        "DELIBERATE_BIND": "127.0.0.1:0",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", str(EXAMPLES / "gunicorn.conf.py"), "wsgi:app"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode not in (0, None)
    assert "guards are lacking or not today's" in done.stderr
    assert "deliberate migrate" in done.stderr


@pytest.mark.slow
@pytest.mark.whole
def test_an_answer_under_way_is_committed_and_answered_before_the_end(place: Place) -> None:
    with Gunicorn(place.url, place.home, settings=HTTP) as server:
        browser, entry = Browser(server.port), place.at.entries[0].id
        assert browser.form("/account/letter", {"code": CODE}).status == 302
        form = fields(browser.get(place.page).text, entry)
        writer = sqlite3.connect(place.home / "deliberate.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        got: list[Answered] = []
        sent = {**form, "answer": "agree"}
        target = f"{place.page}/answer/{entry}"
        resident = threading.Thread(target=lambda: got.append(browser.send(target, sent)))
        resident.start()
        for _ in range(3):  # those that came after it were answered: it is being worked on
            assert Browser(server.port).get("/healthz").status == 200
            time.sleep(0.2)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert (server.process.poll(), got, counted(place)) == (None, [], 0), "it waits for the answer"
        writer.execute("ROLLBACK")
        resident.join(PATIENCE)
        assert (server.process.wait(PATIENCE), time.monotonic() - began < 30) == (0, True)
        assert (got[0].status, counted(place)) == (302, 1)
    with Gunicorn(place.url, place.home, settings=HTTP) as again:
        browser.port = again.port
        assert len(receipt_of(browser.get(got[0].headers["Location"]).text)) == 12


@pytest.mark.whole
def test_numbers_of_all_processes_are_added_up(place: Place) -> None:
    shared = place.home / "numbers"
    shared.mkdir()
    more = {**HTTP, "WEB_CONCURRENCY": "2", "PROMETHEUS_MULTIPROC_DIR": str(shared)}
    with Gunicorn(place.url, place.home, settings=more) as server:
        for _ in range(20):
            assert Browser(server.port).get("/healthz").status == 200
        told = [dict(numbers(server.port)) for _ in range(4)]
        name = 'deliberate_requests_total{endpoint="public.healthz",method="GET",status="200"}'
        assert [one[name] for one in told] == [20] * 4
        assert not any("deliberate.db" in one for one in opened(server.process.pid)), "each opens its own"
        workers = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert len(workers) == 2
        assert any("deliberate.db" in one for pid in workers for one in opened(int(pid)))


@pytest.mark.slow
@pytest.mark.whole
def test_the_worker_ends_between_two_turns(place: Place) -> None:
    environment = os.environ | {
        "DELIBERATE_DATABASE_URL": place.url,
        "DELIBERATE_SECRET_KEY": SECRET,
        "DELIBERATE_INSTANCE_DIR": str(place.home),
        "DELIBERATE_LOG": "json",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", "from deliberate.cli import main; main()", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        while "looked at" not in worker.stderr.readline():
            assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
        assert '"stopped"' in worker.stderr.read().splitlines()[-1]
    with sqlite3.connect(place.home / "deliberate.db") as store:
        assert store.execute("SELECT count(*) FROM worker_turn").fetchone() == (1,), "the turn was finished"
