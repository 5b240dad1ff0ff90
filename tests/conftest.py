"""What every test run shares: no skips where everything is required, and property tests that repeat."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from connector import opened
from connector.storage import Database
from connector.storage.migrate import migrate
from tests.preloaded import Preloaded

pytest_plugins = "pytester"

REQUIRE_ALL = "CONNECTOR_TEST_REQUIRE_ALL"

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("ci")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure; an expected failure stays one."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _fail_where_all_is_required(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into a failure."""
    report = yield
    if report.skipped:
        _fail_where_all_is_required(report)
    return report


def _fail_where_all_is_required(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get(REQUIRE_ALL) == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_ALL}=1 allows no skip. {reason}"


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preloaded]:
    """The command line, loaded once for all tests of this worker."""
    process = Preloaded(tmp_path_factory.mktemp("preloaded"))
    yield process
    process.close()


@pytest.fixture(scope="session", autouse=True)
def _new_databases_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Migrate one database for all tests of this worker: a new one in this process is a copy of it.

    What migrating does is tested where it is tested on purpose, and by every command that runs as its own process.
    """
    migrated = tmp_path_factory.mktemp("migrated") / "connector.db"

    def copied(database: Database) -> None:
        file = Path(database.engine.url.database or "")
        if database.engine.dialect.name != "sqlite" or file.exists() or not file.parent.is_dir():
            migrate(database)
            return
        if not migrated.exists():
            first = Database(f"sqlite:///{migrated}")
            migrate(first)
            first.close()
        shutil.copyfile(migrated, file)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opened, "migrate", copied)
        yield
