"""The server that the application is deployed with, for ours and for the floor alike."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "tests" / "bench" / "gunicorn.conf.py"
PATIENCE = 180
PROCESSES = 2
"""That serve, ours and the floor alike: one for each core of the machine that the targets are for."""


@dataclass
class Served:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"
    seconds_to_first_page: float
    stopped_in: float = 0.0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Megabytes of all its processes, shared pages by their share (PSS)."""
        kib = 0
        for pid in [self.process.pid, *children(self.process.pid)]:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kib += int(line.split()[1])
        return kib / 1024


def children(pid: int) -> list[int]:
    """Processes started by that one."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found]


@cache
def compiled() -> None:
    """As it is installed: compiled before it is served, whatever this process may write itself."""
    subprocess.run([sys.executable, "-m", "scripts.compile"], cwd=ROOT, check=True)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def served(app: str, env: Mapping[str, str], path: str = "/", processes: int = PROCESSES) -> Iterator[Served]:
    """gunicorn as `docs/running.md` says, installed as it says; ends it by SIGTERM and insists that it obeys."""
    compiled()
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        str(SETTINGS),
        app,
        "--bind",
        f"127.0.0.1:{port}",
    ]
    command += [
        "--workers",
        str(processes),
        "--keep-alive",
        "30",
        "--log-level",
        "error",
    ]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env, "PYTHONPATH": str(ROOT)})
    one = Served(port, process, 0.0)
    try:
        _await(one, path)
        one.seconds_to_first_page = time.perf_counter() - began
        yield one
    finally:
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        one.stopped_in = time.perf_counter() - began


def _await(one: Served, path: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if one.process.poll() is not None:
            raise RuntimeError("the server ended before its first page")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(one.base + path, timeout=PATIENCE).read()
            return
        time.sleep(0.01)
    raise RuntimeError("the server never answered")
