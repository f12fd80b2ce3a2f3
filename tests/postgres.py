"""A PostgreSQL of our own: started by the tests, stopped with them, thrown away.

Each test process has one server (about a second) and each test a database of its own (about 0.05 s).
The server refuses to run as root, so root starts it as an unprivileged user, in a directory which that user
can reach. It stops as soon as the pipe from its starter closes, so it cannot outlive a killed test run.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests import memory

# Becomes postgres itself. A grandchild waits for the end of the pipe on its input, then asks for a fast stop
# and removes the directory ($0), which nobody else does when the starter was killed.
UNTIL_THE_PIPE_CLOSES = """
exec 3<&0 </dev/null
( {
    read -r _ <&3
    kill -INT $$
    tries=0
    while kill -0 $$ && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    rm -rf "$0"
} >/dev/null 2>&1 & )
exec 3<&-
exec "$@"
"""
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {"max_connections": "250", "timezone": "UTC", "log_min_messages": "warning"}


class PostgresUnavailable(Exception):
    """Why no server can be started on this machine."""


@dataclass
class PostgresServer:
    """A running server. URLs are for SQLAlchemy; `dsn` is for psycopg."""

    port: int
    log: Path
    _start: Callable[[], "subprocess.Popen[Any]"]
    _process: "subprocess.Popen[Any] | None" = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _templates: set[str] = field(default_factory=set)

    def start(self) -> None:
        """Start it, again after `kill`; back when it answers."""
        self._process = self._start()
        _await_answer(self, self._process)

    def kill(self) -> None:
        """SIGKILL to every process of the server at once."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def stop(self) -> None:
        """As its operator would; whatever is left is killed."""
        if self._process and self._process.poll() is None:
            _stop(self._process)

    def dsn(self, database: str = "postgres") -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    def create(self, template: str | None = None, name: str | None = None) -> str:
        """Create a database, empty or a copy of `template`; its name."""
        name = name or f"test_{next(self._numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(command.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        return name

    def drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def template(self, name: str, build: Callable[[str], None], of: str | None = None) -> str:
        """A database that `build(url)` filled once, from nothing or a copy of another; `create(template=…)` copies it.

        `build` must close its connections (dispose of its engine): a template in use cannot be copied.
        """
        if name not in self._templates:
            self.drop(name)
            build(self.url(self.create(of, name)))
            self._templates.add(name)
        return name

    def _run(self, command: sql.Composed) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(command)


def _programs() -> Path:
    """The directory of `initdb` and `postgres`, which Debian keeps off the PATH."""
    candidates = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if config := shutil.which("pg_config"):
        listed = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(listed.stdout.strip() or "/nonexistent"))
    for directory in candidates:
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return directory
    raise PostgresUnavailable("no PostgreSQL server (initdb, postgres) is installed")


def _version(directory: Path) -> float:
    try:
        return float(directory.parent.name)
    except ValueError:
        return 0.0


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom root becomes; nobody else has to."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresUnavailable("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _reachable_by_all(directory: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (directory, *directory.parents))


@contextlib.contextmanager
def _home(owner: pwd.struct_passwd | None, durable: bool) -> Iterator[Path]:
    """A short-named directory of the server's own; pytest's are closed to other users."""
    fast = None if durable else memory.place()
    named = [*filter(None, [fast]), *map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp"))]
    places = [place for place in named if place.is_dir()]
    place = next((p for p in places if owner is None or _reachable_by_all(p.resolve())), None)
    if place is None:
        raise PostgresUnavailable("no temporary directory that an unprivileged user can reach")
    home = Path(tempfile.mkdtemp(prefix="deliberate-pg-", dir=place))
    try:
        if owner:
            os.chown(home, owner.pw_uid, owner.pw_gid)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_answer(server: PostgresServer, process: "subprocess.Popen[Any]") -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(server.dsn(), connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{server.log.read_text()}") from None
            time.sleep(0.03)


@contextlib.contextmanager
def running_postgres(*, durable: bool = False, **settings: str) -> Iterator[PostgresServer]:
    """A fresh server; `durable` keeps every promise to the disk, for tests that kill it."""
    programs, owner = _programs(), _unprivileged()
    become: dict[str, Any] = (
        {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    )
    with _home(owner, durable) as home:
        data, log = home / "data", home / "log"
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        made = subprocess.run(
            [*initdb, "--locale=C", "--no-sync", "--no-instructions"],
            **become, cwd=home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
        chosen = {**SETTINGS, **({} if durable else FORGETFUL), **settings}
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        port = _free_port()
        address: list[str | Path] = ["-k", home, "-h", "127.0.0.1", "-p", str(port)]
        postgres = [programs / "postgres", "-D", data, *address]

        def start() -> "subprocess.Popen[Any]":
            with log.open("ab") as output:
                return subprocess.Popen(
                    ["/bin/sh", "-c", UNTIL_THE_PIPE_CLOSES, home, *postgres, *options],
                    **become, cwd=home, stdin=subprocess.PIPE, stdout=output, stderr=output,
                    start_new_session=True,
                )  # fmt: skip

        server = PostgresServer(port, log, start)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _stop(process: "subprocess.Popen[Any]") -> None:
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of this test process."""
    try:
        server = running_postgres()
        running = server.__enter__()
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))
    try:
        yield running
    finally:
        server.__exit__(None, None, None)


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[Callable[..., str]]:
    """`postgres_database(template=None)`: the URL of a new database, gone after the test."""
    made: list[str] = []

    def database(template: str | None = None) -> str:
        made.append(postgres_server.create(template))
        return postgres_server.url(made[-1])

    yield database
    for name in made:
        postgres_server.drop(name)


@pytest.fixture
def postgres_url(postgres_database: Callable[..., str]) -> str:
    """The URL of an empty database of this test's own."""
    return postgres_database()
