"""PostgreSQL's own programs: `pg_dump`, `pg_restore`. A password goes through the environment, never a command line."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from .stores import NotKept

_SETTINGS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "host": "PGHOST", "port": "PGPORT"}


def environment(url: str) -> dict[str, str]:
    """The store's address as libpq reads it."""
    said = make_url(url)
    named = {
        "PGHOST": said.host,
        "PGPORT": str(said.port) if said.port else None,
        "PGUSER": said.username,
        "PGPASSWORD": str(said.password) if said.password else None,
        "PGDATABASE": said.database,
        **{_SETTINGS[name]: str(value) for name, value in said.query.items() if name in _SETTINGS},
    }
    return {**os.environ, **{name: value for name, value in named.items() if value}}


def dump(url: str, to: Path, snapshot: str) -> None:
    """The store as that snapshot sees it; compressed, in PostgreSQL's own form."""
    ours = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={to}"]
    _run(["pg_dump", *ours], url)


def restore(url: str, dumped: Path) -> None:
    """Into an empty database, all of it or nothing."""
    ours = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    database = environment(url).get("PGDATABASE", "")
    _run(["pg_restore", *ours, f"--dbname={database}", str(dumped)], url)


def _run(command: list[str], url: str) -> None:
    try:
        done = subprocess.run(command, env=environment(url), capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise NotKept(f"{command[0]} is not installed (Debian: postgresql-client)") from error
    if done.returncode:
        raise NotKept(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
