"""What every run of tests keeps to: the same examples, stores in memory, little looked through for garbage.

The tests of the rules are run with this and the guard of sockets alone (Makefile): all else would be imported, under
the tracer, by every worker, and they use none of it.
"""

import gc
import os

from hypothesis import HealthCheck, settings

from tests import memory

# A slow machine is not a wrong answer; the same tests try the same examples every time, except when thorough.
settings.register_profile(
    "fast", deadline=None, max_examples=100, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("fast"), max_examples=200, print_blob=True)
settings.register_profile("thorough", settings.get_profile("ci"), max_examples=3000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "fast"))


def pytest_configure() -> None:
    """Stores of tests need not survive a power cut: keep them in memory where the machine offers that."""
    if place := memory.place():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))


def pytest_collection_finish() -> None:
    """What was imported and collected stays: to look it through for garbage over and over takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
