"""What every test run shares: no skips where everything is required, and property tests that repeat."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

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
