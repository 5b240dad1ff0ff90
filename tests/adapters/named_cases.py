"""The 25 cases that every adapter stands, in every way in: what each is called, and the test that is it.

A test may be more than the case; where only some of its parameters are the case, they stand in brackets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

CASES: Mapping[str, str] = {
    "bad credentials": "test_a_wrong_token_asks_for_a_new_connection",
    "expired credentials": "test_a_token_that_expires_while_a_listing_is_read_keeps_what_arrived",
    "missing scope": "test_a_missing_scope_asks_for_the_permission",
    "unknown organization": "test_an_organization_that_is_not_known_is_said_to_be_unknown",
    "empty organization": "test_a_listing_of_few_badges_is_whole[0]",
    "1 item": "test_a_listing_of_few_badges_is_whole[1]",
    "50 items": "test_a_listing_of_few_badges_is_whole[50]",
    "51 items": "test_a_listing_of_few_badges_is_whole[51]",
    "10,000 items": "test_ten_thousand_badges_arrive_once_each",
    "page repeats": "test_a_page_that_is_repeated_ends_the_reading_but_not_the_listing",
    "page grows while it is read": "test_a_listing_that_grows_while_it_is_read_loses_nothing_unnoticed",
    "item deleted between pages": ("test_a_badge_deleted_between_pages_is_not_a_reason_to_miss_another_one_unnoticed"),
    "next link leads back": "test_a_next_link_that_leads_back_is_not_followed_for_ever",
    "next link to another host": "test_a_next_link_to_another_host_is_never_dialled",
    "429 with Retry-After": "test_what_passes_by_itself_is_tried_again_and_nothing_is_lost[429 with Retry-After]",
    "429 without Retry-After": "test_what_passes_by_itself_is_tried_again_and_nothing_is_lost[429]",
    "500 twice, then fine": "test_what_passes_by_itself_is_tried_again_and_nothing_is_lost[500]",
    "truncated JSON": ("test_a_platform_that_keeps_failing_is_told_apart_and_what_arrived_before_is_kept[truncated]"),
    "wrong content type": "test_json_under_another_content_type_is_read",
    "gzip bomb": "test_a_platform_that_keeps_failing_is_told_apart_and_what_arrived_before_is_kept[gzip bomb]",
    "10 MB string": "test_a_very_long_text_arrives",
    "slow drip": "test_an_answer_that_drips_without_end_is_given_up",
    "TLS error": "test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_said",
    "nulls everywhere": "test_a_badge_of_nulls_costs_no_other_one",
    "duplicate ids": "test_two_badges_of_one_id_cost_no_other_one",
}


def those_of(case: str, names: Iterable[str]) -> list[str]:
    """Those of the names of tests, as pytest gives them, that are this case."""
    test, _, parameter = CASES[case].rstrip("]").partition("[")
    return [name for name in names if _is_of(name, test, parameter)]


def _is_of(name: str, test: str, parameter: str) -> bool:
    function, _, given = name.rstrip("]").partition("[")
    return function == test and f"-{parameter}-" in f"-{given}-" if parameter else function == test
