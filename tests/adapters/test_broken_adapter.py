"""The contract suite notices a broken adapter: it is run as it is, with such a one in the real one's place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.adapters.named_cases import CASES, those_of

HERE = Path(__file__).resolve().parent
SUITE = sorted(str(path) for path in HERE.glob("test_adapter_*.py"))
# One way in is enough: the mistakes are the same in the others.
WAY = "authorization_token"
MUST_FAIL_OF_25 = 20

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
    "test_signing_in_without_secrets_asks_a_person_or_reads_in_public_or_says_what_is_missing",
    "test_checks_come_in_the_fixed_order",
    "test_every_item_comes_with_its_issuer",
}


def on_the_broken_adapter(folder: Path) -> dict[str, bool]:
    """Whether each test of the suite passed with the broken adapter, by its name with its parameters."""
    report = folder / "report.xml"
    plugins = ["-p", "broken_adapter", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options = ["-k", WAY, "--assert=plain", "--tb=no", "--junitxml", str(report)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *options, *SUITE],
        cwd=HERE.parent.parent,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        | {"PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 1, run.stdout[-3000:] + run.stderr[-3000:]
    cases = ElementTree.parse(report).iter("testcase")
    return {case.get("name", ""): case.find("failure") is None and case.find("error") is None for case in cases}


def test_a_broken_adapter_fails_most_of_the_suite_20_of_the_25_cases_and_each_mistake_its_own_test(
    tmp_path: Path,
) -> None:
    outcomes = on_the_broken_adapter(tmp_path)

    tests = {name.partition("[")[0] for name in outcomes}
    failed = {name.partition("[")[0] for name, passed in outcomes.items() if not passed}
    assert len(tests) >= 45
    assert len(tests - failed) <= NOT_OF_THE_ADAPTER * len(tests), "\n".join(sorted(tests - failed))
    assert tests >= MUST_FAIL
    assert failed >= MUST_FAIL
    of_case = {case: [outcomes[name] for name in those_of(case, outcomes)] for case in CASES}
    stood = [case for case, results in of_case.items() if all(results)]
    assert [case for case, results in of_case.items() if not results] == [], "these were not run at all"
    assert len(CASES) - len(stood) >= MUST_FAIL_OF_25, "\n".join(stood)
