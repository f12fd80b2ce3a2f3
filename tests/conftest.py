"""What every test gets. Each fixture lives in a module named by what it gives."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from tests import memory

pytest_plugins = [
    "tests.sockets",
    "tests.postgres",
    "tests.store",
    "tests.compiled",
    "tests.roles",
    "tests.app",
    "tests.server",
    "tests.s3",
    "tests.browser",
    "tests.walk",
    "tests.tablets",
]

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


# marker → the fixture that brings it, and the variable that turns its skip into a failure
MACHINES = {
    "postgres": ("postgres_server", "DELIBERATE_REQUIRE_POSTGRES"),
    "browser": ("chromium", "DELIBERATE_REQUIRE_BROWSER"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a machine carries its marker, so that `make fast` can leave it out."""
    for item in items:
        for marker, (fixture, _) in MACHINES.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """Where a machine is required, no test of it may be skipped, for whatever reason."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        for marker, (_, variable) in MACHINES.items():
            if item.get_closest_marker(marker) and os.environ.get(variable) == "1":
                report.outcome = "failed"
                report.longrepr = f"{item.nodeid} was skipped although {variable}=1: {report.longrepr}"
    return report
