"""The contract suite notices a broken adapter: it is run as it is, with such a one in the real one's place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
SUITE = sorted(str(path) for path in HERE.glob("test_adapter_*.py"))

# What only the way out decides: no adapter can break it.
NOT_OF_THE_ADAPTER = 0.3

MUST_FAIL = {
    "test_a_listing_resumes_at_each_of_its_cursors_and_brings_the_rest",
    "test_a_page_that_is_repeated_ends_the_reading_but_not_the_listing",
    "test_a_token_that_expires_while_a_listing_is_read_keeps_what_arrived",
    "test_a_wrong_token_asks_for_a_new_connection",
    "test_a_missing_scope_asks_for_the_permission",
    "test_an_organization_that_is_not_known_is_said_to_be_unknown",
    "test_a_platform_that_keeps_failing_is_told_apart_and_what_arrived_before_is_kept",
    "test_an_answer_that_drips_without_end_is_given_up",
    "test_a_definition_is_the_same_every_time_and_of_itself",
    "test_a_definition_drops_unknown_members_at_every_depth",
    "test_a_badge_class_is_the_same_every_time",
    "test_an_item_whose_rest_cannot_be_read_still_has_its_id",
    "test_what_stays_out_of_a_sync_says_why_and_can_be_let_in",
    "test_reading_an_item_needs_no_network",
    "test_no_setting_is_a_secret",
    "test_every_setting_and_every_secret_is_described",
    "test_settings_and_secrets_select_the_way_they_belong_to",
    "test_all_that_a_way_still_needs_is_said_at_once",
    "test_when_the_sign_in_ends_is_told_as_a_day_where_the_platform_tells",
    "test_signing_in_without_secrets_reads_in_public_or_says_what_is_missing",
    "test_checks_come_in_the_fixed_order",
    "test_every_item_comes_with_its_issuer",
}


def on_the_broken_adapter(folder: Path) -> dict[str, list[bool]]:
    """For each test of the suite, whether its cases passed with the broken adapter."""
    report = folder / "report.xml"
    options = ["-p", "broken_adapter", "-p", "no:cacheprovider", "-p", "no:xdist", "--junitxml", str(report), "--tb=no"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *SUITE],
        cwd=HERE.parent.parent,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        | {"PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 1, run.stdout[-3000:] + run.stderr[-3000:]
    found: dict[str, list[bool]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        passed = case.find("failure") is None and case.find("error") is None
        found.setdefault(case.get("name", "").partition("[")[0], []).append(passed)
    return found


def test_a_broken_adapter_fails_most_of_the_suite_and_each_mistake_its_own_test(tmp_path: Path) -> None:
    outcomes = on_the_broken_adapter(tmp_path)

    passed = sorted(name for name, cases in outcomes.items() if all(cases))
    assert len(outcomes) >= 45
    assert len(passed) <= NOT_OF_THE_ADAPTER * len(outcomes), "\n".join(passed)
    assert outcomes.keys() >= MUST_FAIL
    assert MUST_FAIL.isdisjoint(passed)
