"""A place where no commit waits for a disk, where the machine offers one: stores of tests need not outlive it."""

import os
import shutil
from pathlib import Path

PLACE, ENOUGH = Path("/dev/shm"), 2 * 1024**3
"""Where it is, and how many bytes must be free there."""


def place() -> Path | None:
    """The place, if there is room in it."""
    roomy = PLACE.is_dir() and os.access(PLACE, os.W_OK) and shutil.disk_usage(PLACE).free > ENOUGH
    return PLACE if roomy else None
