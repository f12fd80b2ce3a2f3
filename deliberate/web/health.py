"""Whether the service is well: the store answers, its tables and guards are today's, there is room, the worker works.

Answered 503 when requests cannot be served; what only a person can mend in time is a warning with 200.
"""

import base64
import shutil
import time
from datetime import timedelta

from flask import current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from deliberate.queries import health
from deliberate.revisions import newest_revision
from deliberate.services.receipts import receipt_key

from .store import config, now, reader

LOW = 0.1
"""Of the disk, below which it should be looked at."""
LATE = timedelta(minutes=5)
"""After which a worker that looks once a minute has been missed."""
LOOKED_AT_FOR = 60.0
"""Seconds for which guards that were all there are taken to be there."""
OK = "ok"


def report() -> ResponseReturnValue:
    """What monitors read. It names no version, no path, no person."""
    checks = {"database": OK, "migrations": OK, "guards": OK, "disk": _disk(), "worker": OK, "keys": OK}
    try:
        if health.revision(reader()) != newest_revision():
            checks["migrations"] = "old"
        checks["guards"] = _guards()
        checks["worker"] = _worker()
        checks["keys"] = _keys()
    except SQLAlchemyError:
        unknown = dict.fromkeys(("migrations", "guards", "worker", "keys"), "unknown")
        checks.update(unknown, database="away")
    fit = all(checks[one] == OK for one in ("database", "migrations", "guards"))
    well = all(one == OK for one in checks.values())
    status = OK if well else "warning" if fit else "down"
    return {"status": status, "checks": checks}, 200 if fit else 503


def _guards() -> str:
    """Whether the store itself refuses what it should; looked at once a minute, for there are hundreds."""
    until, found = current_app.extensions.get("deliberate.guards", (0.0, OK))
    if time.monotonic() >= until:
        found = "lacking" if health.astray(reader()) else OK
        kept = time.monotonic() + (LOOKED_AT_FOR if found == OK else 0)
        current_app.extensions["deliberate.guards"] = (kept, found)
    return str(found)


def _disk() -> str:
    """Room for evidence, and for the store where it is a file."""
    try:
        room = shutil.disk_usage(config().instance_dir)
    except OSError:
        return "away"
    return OK if room.free >= LOW * room.total else "low"


def _worker() -> str:
    last = health.last_turn(reader())
    if last is None:
        return "never"
    if now() - last > LATE:
        return "late"
    return "troubled" if health.troubles(reader()) else OK


def _keys() -> str:
    """Whether this machine promises with the key that heads name: every machine must have the same."""
    named = health.newest_receipts_key(reader())
    if named is None:
        return OK
    ours = receipt_key(config().instance_dir, config().receipt_key).public_key().public_bytes_raw()
    return OK if base64.b64encode(ours).decode() == named else "another"
