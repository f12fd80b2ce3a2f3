"""The fixtures keep their promises; a broken one would let every other test pass for nothing."""

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import psycopg
import pytest
import sqlalchemy
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser import Watch
from tests.postgres import PostgresServer, running_postgres
from tests.sockets import SocketRefused, _Guard

ROOT = Path(__file__).parent.parent
PAGE = "<!doctype html><html lang=zh><title>议事</title><h1>居民议事会</h1>{}</html>"
POLICY = ("Content-Security-Policy", "default-src 'self'")


def small_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """A page, a page that breaks its policy, one whose file is missing, a refusal."""
    bodies = {
        "/": ("200 OK", ""),
        "/breach": ("200 OK", "<p style='color: red'>红</p><script>1</script>"),
        "/missing": ("200 OK", "<img src='/nothing.png' alt=''>"),
        "/refused": ("409 Conflict", "没有保存"),
    }
    status, body = bodies.get(environ["PATH_INFO"], ("404 Not Found", ""))
    start_response(status, [("Content-Type", "text/html; charset=utf-8"), POLICY])
    return [PAGE.format(body).encode()]


def test_warnings_are_errors() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("look here", stacklevel=1)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_sockets_outwards_are_refused(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as opened, pytest.raises(SocketRefused):
        opened.connect((host, 80))
    with socket.socket(family, socket.SOCK_DGRAM) as opened, pytest.raises(SocketRefused):
        opened.sendto(b"x", (host, 53))


def test_names_are_not_looked_up() -> None:
    with pytest.raises(SocketRefused):
        urllib.request.urlopen("http://example.org/")


def test_the_rules_get_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Guard, "in_domain", True)
    with pytest.raises(SocketRefused):
        socket.socket()


def test_each_store_answers(store_url: str) -> None:
    engine = sqlalchemy.create_engine(store_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE door (room TEXT)")
        connection.exec_driver_sql("INSERT INTO door VALUES ('3-2-501')")
        assert connection.exec_driver_sql("SELECT room FROM door").scalar_one() == "3-2-501"
    engine.dispose()


def test_databases_are_separate(postgres_database: Callable[..., str]) -> None:
    first, second = (sqlalchemy.create_engine(postgres_database()) for _ in range(2))
    with first.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE door (room TEXT)")
    with second.connect() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
    first.dispose()
    second.dispose()


def test_a_template_is_built_once_and_copied(
    postgres_server: PostgresServer, postgres_database: Callable[..., str]
) -> None:
    built: list[str] = []

    def build(url: str) -> None:
        built.append(url)
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE TABLE door (room TEXT)")

    for _ in range(2):
        copy = postgres_database(postgres_server.template("machinery_template", build))
        with psycopg.connect(copy.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT count(*) FROM door").fetchone() == (0,)
    assert len(built) == 1


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.whole
def test_a_durable_server_keeps_its_promises_to_the_disk(postgres_server: PostgresServer) -> None:
    with running_postgres(durable=True) as durable, psycopg.connect(durable.dsn()) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.whole
def test_a_server_does_not_outlive_its_starter(postgres_server: PostgresServer) -> None:
    program = (
        "import time\nfrom tests.postgres import running_postgres\n"
        "with running_postgres() as server:\n"
        "    print(server.port, server.log.parent, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout
        port, home = starter.stdout.readline().split()
        assert Path(home).is_dir()
        starter.kill()
    for _ in range(100):
        with socket.socket() as probe:
            answers = probe.connect_ex(("127.0.0.1", int(port))) == 0
        if not answers and not Path(home).exists():
            return
        time.sleep(0.1)
    pytest.fail(f"ten seconds after its starter was killed: answers={answers}, files={Path(home).exists()}")


def test_a_page_is_served_and_seen(page: Callable[..., Page], live_server: Callable[[Any], str]) -> None:
    opened = page(width=390, height=844, locale="zh-CN")
    opened.goto(live_server(small_app))
    assert opened.get_by_role("heading").inner_text() == "居民议事会"
    assert opened.evaluate("navigator.language") == "zh-CN"
    picture = Image.open(io.BytesIO(opened.screenshot()))
    assert picture.size == (390, 844)
    assert len(set(picture.convert("L").tobytes())) > 10


def test_a_refusal_that_is_shown_is_no_complaint(
    page: Callable[..., Page], live_server: Callable[[Any], str]
) -> None:
    opened = page()
    answer = opened.goto(live_server(small_app) + "/refused")
    assert answer
    assert answer.status == 409


@pytest.mark.parametrize(("path", "complaint"), [("/breach", "Content Security Policy"), ("/missing", "404")])
def test_what_the_browser_complains_of_is_kept(
    chromium: Browser, live_server: Callable[[Any], str], path: str, complaint: str
) -> None:
    opened = chromium.new_page()
    watch = Watch(opened)
    opened.goto(live_server(small_app) + path, wait_until="networkidle")
    opened.close()
    assert any(complaint in said for said in watch.complaints), watch.complaints


@pytest.mark.slow
@pytest.mark.parametrize(
    ("required", "code", "outcome"),
    [("0", 0, "1 skipped"), ("1", 1, "1 error")],
)
@pytest.mark.whole
def test_a_skip_is_a_failure_where_the_machine_is_required(required: str, code: int, outcome: str) -> None:
    test = "tests/test_machinery.py::test_a_page_is_served_and_seen"
    environment = {**os.environ, "PATH": "/nonexistent", "DELIBERATE_REQUIRE_BROWSER": required}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == code
    assert outcome in run.stdout


def test_the_browser_reaches_nothing_outside(chromium: Browser) -> None:
    opened = chromium.new_page()
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        opened.goto("http://example.org/")
    opened.close()
