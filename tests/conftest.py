"""What every test gets. Each fixture lives in a module named by what it gives."""

import os

import pytest

pytest_plugins = ["tests.steady", "tests.sockets"]

# Where the tests themselves run: the application and all that it needs take seconds to import.
AT_WORK = [
    "tests.postgres",
    "tests.store",
    "tests.compiled",
    "tests.roles",
    "tests.app",
    "tests.server",
    "tests.s3",
    "tests.smtp",
    "tests.browser",
    "tests.walk",
    "tests.tablets",
    "tests.town_in_browser",
]

pytest.register_assert_rewrite(
    *AT_WORK
)  # conftests of folders may import some of these before they are plugins

# marker → the fixture that brings it, and the variable that turns its skip into a failure
MACHINES = {
    "postgres": ("postgres_server", "DELIBERATE_REQUIRE_POSTGRES"),
    "browser": ("chromium", "DELIBERATE_REQUIRE_BROWSER"),
}

# of these, what is not marked `both` is tried on PostgreSQL in the sweeps: each of its stores takes a second to make
LONG_ON_POSTGRES = (
    "test_erasing.py",
    "test_stacks.py",
    "test_suspensions.py",
    "test_tablet_faults.py",
    "test_tablet_restore.py",
    "test_work.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Whoever only shares tests out among workers imports nothing of them."""
    shares_out = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    for name in [] if shares_out else AT_WORK:
        config.pluginmanager.import_plugin(name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a machine carries its marker, so that `make fast` can leave it out."""
    for item in items:
        case = getattr(item, "callspec", None)
        on_postgres = case is not None and "postgres" in case.params.values()
        if on_postgres and item.path.name in LONG_ON_POSTGRES and not item.get_closest_marker("both"):
            item.add_marker("whole")
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
