"""What a sync counts and writes, and what it says when the platform changes, shrinks, fails or turns it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.line.conftest import Line

Json = dict[str, Any]
LOGS = ("sync_run", "sync_batch", "connection_event")
COUNTS = ("seen", "new", "changed", "unchanged", "unreadable", "skipped", "gone", "pages")


def test_the_first_sync_counts_every_badge_of_the_catalogue_once(connected: Line) -> None:
    answer = connected.done("sync", "main")

    assert answer["state"] == "complete"
    assert answer["seen"] == 653
    assert answer["new"] + answer["skipped"] == 653
    assert answer["skipped"] > 0, "there are drafts among them"
    assert adds_up(answer)
    assert (answer["pages"], answer["requests"], answer["gone"]) == (14, 15, 0)
    assert len(connected.listed()) == answer["new"]


def test_a_second_sync_writes_no_row_though_the_platform_shuffles_what_it_says(connected: Line) -> None:
    first = connected.done("sync", "main")
    before = connected.dump(*LOGS)
    connected.server.fault("shuffle", seed=7)

    second = connected.done("sync", "main")

    assert (second["new"], second["changed"], second["gone"]) == (0, 0, 0)
    assert (second["unchanged"], second["skipped"]) == (first["new"], first["skipped"])
    assert connected.dump(*LOGS) == before
    assert len(before["record"]) == first["new"]


def test_a_dry_run_writes_nothing_and_counts_the_same(connected: Line) -> None:
    before = connected.dump()

    dry = connected.done("sync", "main", "--dry-run")

    assert connected.dump() == before
    wet = connected.done("sync", "main")
    assert dry["run"] is None
    assert (dry["state"], counts(dry)) == (wet["state"], counts(wet))
    assert dry["requests"] == wet["requests"]


def test_a_dry_run_also_foretells_what_a_later_sync_does(synced: Line, few: list[Json]) -> None:
    synced.template(few[0]["id"])["name"] = "Another Name Altogether"
    del synced.server.templates[1]
    before = synced.dump()

    dry = synced.done("sync", "main", "--dry-run")

    assert synced.dump() == before
    assert counts(dry) == counts(synced.done("sync", "main"))
    assert (dry["changed"], dry["gone"]) == (1, 0)


def test_a_changed_template_changes_one_record(synced: Line, few: list[Json]) -> None:
    badge = few[3]["id"]
    synced.template(badge)["name"] = "Harbour Pilotage, Second Edition"
    before = synced.dump(*LOGS)

    answer = synced.done("sync", "main")

    assert (answer["new"], answer["changed"], answer["unchanged"]) == (0, 1, len(few) - 1)
    assert synced.listed()[badge]["name"] == "Harbour Pilotage, Second Edition"
    after = synced.dump(*LOGS)
    assert {name for name in after if after[name] != before[name]} == {"record", "source_identity"}
    assert len(set(after["record"]) - set(before["record"])) == 1


def test_a_counter_that_moves_on_the_platform_is_no_change(synced: Line, few: list[Json]) -> None:
    for template in synced.server.templates:
        template["badges_count"] = 99_999
        template["updated_at"] = "2031-01-01T00:00:00.000Z"
    before = synced.dump(*LOGS)

    answer = synced.done("sync", "main")

    assert (answer["changed"], answer["unchanged"]) == (0, len(few))
    assert synced.dump(*LOGS) == before


def test_a_removed_badge_is_suspected_first_then_gone_and_comes_back(synced: Line, few: list[Json]) -> None:
    removed = synced.server.templates.pop(5)
    badge = removed["id"]

    assert synced.done("sync", "main")["gone"] == 0
    assert synced.listed()[badge]["statuses"] == synced_statuses(few, synced, badge)

    assert synced.done("sync", "main")["gone"] == 1
    gone = synced.listed()
    assert len(gone) == len(few), "nothing is deleted"
    assert "gone_at_source" in gone[badge]["statuses"]
    assert synced.done("sync", "main")["gone"] == 0, "it is gone already"

    synced.server.templates.append(removed)
    back = synced.done("sync", "main")
    assert (back["new"], back["gone"]) == (0, 0)
    assert "gone_at_source" not in synced.listed()[badge]["statuses"]
    assert synced.listed()[badge]["id"] == gone[badge]["id"]


def test_a_badge_that_was_only_missed_once_is_no_longer_suspected(synced: Line) -> None:
    removed = synced.server.templates.pop(5)
    synced.done("sync", "main")
    synced.server.templates.append(removed)
    synced.done("sync", "main")
    synced.server.templates.remove(removed)

    assert synced.done("sync", "main")["gone"] == 0


def test_an_emptied_listing_stops_for_an_answer_and_leaves_the_records_alone(synced: Line, few: list[Json]) -> None:
    before = synced.dump(*LOGS)
    synced.server.fault("emptied")

    code, answer = synced.run("sync", "main")

    assert (code, answer["state"], answer["gone"], answer["seen"]) == (5, "needs_confirmation", 0, 0)
    assert answer["error"]["code"] == "needs_confirmation"
    assert "--accept-gone" in answer["error"]["action"]
    assert synced.dump(*LOGS) == before
    assert synced.run("sync", "main", "--dry-run")[0] == 5

    accepted = synced.done("sync", "main", "--accept-gone")
    assert (accepted["state"], accepted["gone"]) == ("complete", len(few))
    assert all("gone_at_source" in record["statuses"] for record in synced.listed().values())
    assert synced.done("sync", "main")["gone"] == 0, "the answer is remembered"


@pytest.mark.parametrize(("missing", "code"), [(8, 0), (9, 5)])
def test_more_than_a_fifth_missing_needs_an_answer_and_a_fifth_does_not(
    synced: Line, few: list[Json], missing: int, code: int
) -> None:
    assert len(few) == 40
    del synced.server.templates[:missing]

    assert (synced.run("sync", "main")[0], synced.listed("--status", "gone_at_source")) == (code, {})
    if code == 0:
        return
    assert synced.done("sync", "main", "--accept-gone")["gone"] == missing
    assert synced.done("sync", "main")["state"] == "complete"


def test_up_to_five_may_be_missing_of_a_small_account(small: Line) -> None:
    del small.server.templates[7:]
    small.done("sync", "main")
    del small.server.templates[2:]

    assert small.done("sync", "main")["gone"] == 0
    assert small.done("sync", "main")["gone"] == 5


def test_a_page_that_repeats_for_ever_is_taken_in_once_and_nothing_is_gone(connected: Line) -> None:
    connected.server.fault("repeat_page")

    code, answer = connected.run("sync", "main")

    assert (code, answer["state"]) == (1, "incomplete_listing")
    assert (answer["seen"], answer["gone"]) == (50, 0)
    assert adds_up(answer)
    assert len(connected.listed()) == answer["new"]


def test_a_repeated_page_flags_nothing_of_what_was_there_before(connected: Line) -> None:
    connected.done("sync", "main")
    before = connected.dump(*LOGS)
    connected.server.fault("repeat_page")

    code, answer = connected.run("sync", "main")

    assert (code, answer["state"], answer["gone"]) == (1, "incomplete_listing", 0)
    assert connected.dump(*LOGS) == before


def test_a_list_that_grows_while_it_is_read_is_read_to_its_new_end(connected: Line) -> None:
    connected.server.fault("grow", page=13, times=1, by=60)

    answer = connected.done("sync", "main")

    assert (answer["state"], answer["seen"], answer["pages"]) == ("complete", 713, 15)


def test_a_list_that_grows_behind_the_reader_is_not_taken_for_a_whole_one(connected: Line) -> None:
    connected.server.fault("grow", page=14, times=1, by=60)

    code, answer = connected.run("sync", "main")

    assert (code, answer["state"], answer["seen"]) == (1, "incomplete_listing", 666)
    assert connected.done("sync", "main")["seen"] == 713


def test_a_next_link_to_another_host_is_not_followed(connected: Line) -> None:
    connected.server.fault("other_host_next")

    assert connected.done("sync", "main")["seen"] == 653


def test_a_wrong_token_needs_a_person_and_a_new_one_keeps_the_records(synced: Line) -> None:
    before = synced.dump("connection", "secret", *LOGS)
    synced.server.token = "another-token"

    code, answer = synced.run("sync", "main")

    assert (code, answer["state"], answer["error"]["code"]) == (4, "failed", "reconnect_needed")
    assert (answer["error"]["side"], answer["gone"]) == ("platform", 0)
    [connection] = synced.done("connections", "list")
    assert connection["state"] == "needs_reconnect"

    synced.environment["PRACTICE_TOKEN"] = "another-token"
    assert synced.connect()["id"] == connection["id"]
    assert synced.done("connections", "list")[0]["state"] == "active"
    assert synced.done("sync", "main")["new"] == 0
    assert synced.dump("connection", "secret", *LOGS) == before


def test_a_sign_in_that_works_again_by_itself_needs_nobody(synced: Line) -> None:
    synced.server.token = "another-token"
    assert synced.run("sync", "main")[0] == 4
    synced.server.token = synced.environment["PRACTICE_TOKEN"]

    synced.done("sync", "main")

    assert synced.done("connections", "list")[0]["state"] == "active"


def test_a_server_that_is_down_is_the_platforms_side_and_nothing_is_lost(synced: Line) -> None:
    before = synced.dump(*LOGS)
    synced.server.stop()

    code, answer = synced.run("sync", "main")

    assert (code, answer["state"], answer["error"]["side"]) == (3, "failed", "platform")
    assert answer["error"]["action"]
    assert synced.dump(*LOGS) == before
    synced.server.start()
    assert synced.done("sync", "main")["state"] == "complete"


def test_two_failures_in_a_row_are_tried_again(small: Line, few: list[Json]) -> None:
    small.server.fault("server_error", times=2)

    answer = small.done("sync", "main")

    assert (answer["state"], answer["new"]) == ("complete", len(few))
    assert answer["requests"] == 4, "two failures, the page, and the look beyond it"


def test_what_came_before_a_failing_page_is_kept(connected: Line) -> None:
    connected.server.fault("forbidden", page=4)

    code, answer = connected.run("sync", "main")

    assert (code, answer["state"], answer["error"]["code"]) == (2, "failed", "permission_missing")
    assert (answer["seen"], answer["pages"]) == (150, 3)
    assert len(connected.listed()) == answer["new"]
    connected.server.clear_faults()
    again = connected.done("sync", "main")
    assert (again["seen"], again["resumed_from"]) == (653, None)
    assert again["new"] + answer["new"] == len(connected.listed())


def test_a_paused_connection_is_not_synced_until_it_is_resumed(synced: Line) -> None:
    synced.done("connections", "pause", "main")
    asked = len(synced.server.requests)

    code, answer = synced.run("sync", "main")

    assert (code, answer["error"]["code"]) == (2, "connection_paused")
    assert len(synced.server.requests) == asked
    synced.done("connections", "resume", "main")
    assert synced.done("sync", "main")["state"] == "complete"


def counts(answer: Json) -> Json:
    return {name: answer[name] for name in COUNTS}


def adds_up(answer: Json) -> bool:
    parts = ("new", "changed", "unchanged", "unreadable", "skipped")
    return bool(answer["seen"] == sum(answer[part] for part in parts))


def synced_statuses(few: list[Json], line: Line, badge: str) -> list[str]:
    """A suspected badge looks like any other: incomplete if it was, otherwise without a status."""
    findings = line.listed()[badge]["findings"]
    return ["incomplete"] if any(finding["severity"] == "required" for finding in findings) else []
