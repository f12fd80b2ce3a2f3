"""What is killed: `deliberate serve`, and the PostgreSQL under it."""

import http.client
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of the crash test, long enough"


@dataclass
class App:
    """`deliberate serve` in a process group of its own."""

    url: str
    home: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it; back when it answers."""
        environment = os.environ | {
            "DELIBERATE_DATABASE_URL": self.url,
            "DELIBERATE_SECRET_KEY": SECRET,
            "DELIBERATE_INSTANCE_DIR": str(self.home),
            "DELIBERATE_SECURE_COOKIES": "0",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-c", "from deliberate.cli import main; main()", "serve"]
        with (self.home / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.await_answer()

    def await_answer(self, seconds: float = 90) -> None:
        """Until the store answers through it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process and self.process.poll() is not None:
                break
            if self._healthy():
                return
            time.sleep(0.05)
        raise RuntimeError(f"the application does not answer:\n{(self.home / 'app.log').read_text()[-4000:]}")

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class Postgres:
    """The server under a running application."""

    server: PostgresServer
    app: App

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        self.server.kill()

    def start(self) -> None:
        """Recover from its log, and let the application find it again."""
        self.server.start()
        self.app.await_answer()
