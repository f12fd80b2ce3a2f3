"""A hundred thousand households verify in ten seconds of processor time and a gigabyte."""

import subprocess
import sys
from pathlib import Path

import pytest

from deliberate.domain import bulletin
from deliberate.verifier import verify
from tests.proof.world import make_world

SECONDS, KILOBYTES = 10, 1 << 20


MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss, flush=True)
"""
"""A small process between: what a large one starts is said to have been as large as it was."""


@pytest.mark.long
@pytest.mark.whole
def test_a_city_of_households_verifies_in_time(tmp_path: Path) -> None:
    world = make_world(1, 100_000)
    for name, parts in bulletin.files(world.bulletin()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"".join(parts))
    command = [sys.executable, "-I", verify.__file__, str(tmp_path), "--lang", "en"]
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=False
    )
    code, used, kilobytes = ran.stdout.splitlines()[-1].split()
    print(f"{used} s of processor, {int(kilobytes) >> 10} MB")
    assert code == "0", ran.stdout
    assert float(used) < SECONDS
    assert int(kilobytes) < KILOBYTES
