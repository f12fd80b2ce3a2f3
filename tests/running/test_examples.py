"""Examples of the documents have the form that their programs want."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running.served import EXAMPLES

UNITS = ("web", "worker", "signer")


def unit(name: str) -> dict[str, list[str]]:
    lines = [
        line.partition("=") for line in (EXAMPLES / f"deliberate-{name}.service").read_text().splitlines()
    ]
    found: dict[str, list[str]] = {}
    for key, equals, value in lines:
        if equals and not key.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def test_units_are_such_as_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze is installed")
    for name in UNITS:
        path = tmp_path / f"deliberate-{name}.service"
        text = (EXAMPLES / path.name).read_text()
        path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    files = [str(tmp_path / f"deliberate-{name}.service") for name in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_key_is_where_neither_pages_nor_worker_can_read() -> None:
    web, worker, signer = (unit(name) for name in UNITS)
    assert web["User"] == worker["User"] == ["deliberate"] != signer["User"]
    assert signer["StateDirectoryMode"] == ["0700"]
    assert "--key /var/lib/deliberate-signer/" in signer["ExecStart"][0]
    assert worker["SupplementaryGroups"] == signer["Group"], "the socket is for the group"
    assert "SupplementaryGroups" not in web
    assert "EnvironmentFile" not in signer, "nor does it know the secrets of the pages"


def test_systemd_waits_longer_than_gunicorn() -> None:
    said = (EXAMPLES / "gunicorn.conf.py").read_text()
    patience = re.search(r"^graceful_timeout = (\d+)", said, re.MULTILINE)
    assert patience
    assert int(patience[1]) < int(unit("web")["TimeoutStopSec"][0])


def test_the_caddyfile_has_the_form_of_one() -> None:
    """Blocks that close, and the same upstream and limit as nginx; Caddy itself is run by test_proxies.py."""
    path = EXAMPLES / "Caddyfile"
    depth = 0
    for line in path.read_text().splitlines():
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        depth -= bare == "}"
        assert line == "\t" * depth + bare
        depth += bare.endswith("{")
    assert depth == 0
    nginx = (EXAMPLES / "nginx.conf").read_text()
    assert "client_max_body_size 64m" in nginx
    assert "max_size 64MiB" in path.read_text()
    assert "127.0.0.1:8000" in nginx
    assert "127.0.0.1:8000" in path.read_text()
