"""The worker recounts every bulletin by our own verifier: what is wrong in the store is known here first.

Each is looked at once, in a process of its own. What came of it is kept beside the bulletins, and one that is refused
is told turn after turn, until there is a newer one in its place. One on which the verifier did not finish is no
verdict: it is a trouble, and waits an hour behind the others.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path

from deliberate.storage import Storage

from .troubles import Troubles

A_TURN = 60.0
"""Seconds after which no further one is begun in a turn."""
MOST = 120.0
"""Seconds that one may take; a hundred thousand homes take less than a minute."""
WAIT = 3600.0
"""Seconds after which one that was not finished is tried again."""
_CHECKED = "bulletins/checked/"
_OK, _REFUSED = ".ok", ".refused.txt"
_WRONG = 1
"""How the verifier leaves when something is wrong; otherwise than by this and 0 it has not judged."""
_later: dict[str, float] = {}
"""When those that were not finished may be tried again."""


class NotJudged(Exception):
    """The verifier was ended, or broke."""


def recount_new(storage: Storage, troubles: Troubles) -> None:
    """Look at those that nobody looked at; tell of those that were refused."""
    until = time.monotonic() + A_TURN
    names = set(storage.names("bulletins"))
    every = {_verdict(name): name for name in sorted(names) if name.endswith(".zip")}
    for verdict, name in every.items():
        if verdict + _REFUSED in names:
            _tell(name, verdict, troubles)
        elif verdict + _OK not in names and _later.get(name, 0) <= time.monotonic() < until:
            _later[name] = time.monotonic() + WAIT
            with troubles.net(f"recount of {name}"):
                _recount(storage, name, verdict, troubles)
    for old in names:
        if old.startswith(_CHECKED) and old.removesuffix(_OK).removesuffix(_REFUSED) not in every:
            storage.forget(old)


def _verdict(name: str) -> str:
    return _CHECKED + name.removeprefix("bulletins/").removesuffix(".zip").replace("/", "-")


def _tell(name: str, verdict: str, troubles: Troubles) -> None:
    troubles.number += 1
    troubles.say(f"{name} is REFUSED by its own verifier: {verdict + _REFUSED} says why")


def _recount(storage: Storage, name: str, verdict: str, troubles: Troubles) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "bulletin.zip")
        try:
            with storage.open(name) as kept, copy.open("wb") as whole:
                shutil.copyfileobj(kept, whole)
        except FileNotFoundError:  # a newer one has taken its place
            return
        with as_file(files("deliberate.verifier") / "verify.py") as verifier:
            done = subprocess.run(  # noqa: S603 - our own program, on a file of ours
                [sys.executable, "-I", str(verifier), str(copy)],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=MOST,
                check=False,
            )
    if done.returncode == 0:
        storage.keep(verdict + _OK, BytesIO(b"ok\n"))
        troubles.say(f"{name} recounts")
    elif done.returncode == _WRONG and done.stdout:
        _tell(name, verdict, troubles)
        storage.keep(verdict + _REFUSED, BytesIO(done.stdout))
    else:
        raise NotJudged(f"the verifier left with {done.returncode}")
    _later.pop(name, None)
