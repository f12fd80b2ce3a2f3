"""A hundred thousand households verify in ten seconds of processor time and a gigabyte."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deliberate.domain import bulletin
from deliberate.verifier import verify
from tests.proof.world import make_world

SECONDS, KILOBYTES = 10, 1 << 20


@pytest.mark.long
@pytest.mark.whole
def test_a_city_of_households_verifies_in_time(tmp_path: Path) -> None:
    world = make_world(1, 100_000)
    for name, parts in bulletin.files(world.bulletin()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"".join(parts))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    command = [sys.executable, "-I", verify.__file__, str(tmp_path), "--lang", "en"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.returncode == 0, ran.stdout
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{used:.1f} s of processor, {time.monotonic() - started:.1f} s, {after.ru_maxrss >> 10} MB")
    assert used < SECONDS
    assert after.ru_maxrss < KILOBYTES
