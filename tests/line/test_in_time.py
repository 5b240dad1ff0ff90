"""What changes around the records as time goes by: owners, keys, crosswalks, connections, runs left behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.line.conftest import Line

OTHER_ISSUER = "99999999-9999-4999-8999-999999999999"


def test_badges_of_another_issuer_are_held_until_a_person_confirms_them(small: Line) -> None:
    templates = [each for each in small.server.templates if each["type_category"] != "Certification"][:3]
    theirs = [each["id"] for each in templates]
    with small.server.lock:
        for each in templates:
            each["owner"] = {**each["owner"], "id": OTHER_ISSUER}
    small.done("sync", "main")
    held = small.listed()[theirs[0]]
    assert (held["ctid"], held["statuses"]) == (None, ["incomplete"])
    assert "owner_not_confirmed" in [finding["code"] for finding in held["findings"]]

    small.done("credentials", "edit", held["id"], "--set-json", 'ownedBy=["ce-00000000-0000-4000-8000-000000000001"]')
    code, answer = small.run("credentials", "approve", held["id"])
    assert (code, answer["refused"][0]["code"]) == (1, "incomplete")
    small.done("credentials", "edit", held["id"], "--unset", "ownedBy")

    assert len(small.done("connections", "confirm", "main", OTHER_ISSUER)["records"]) == 3
    confirmed = small.listed()
    assert all(confirmed[badge]["ctid"] and "incomplete" not in confirmed[badge]["statuses"] for badge in theirs)
    assert small.done("credentials", "approve", held["id"])["approved"] == 1


def test_a_record_of_another_crosswalk_waits_for_a_remap(synced: Line, ready: Callable[[int], list[str]]) -> None:
    (badge,) = ready(1)
    record = synced.record_of(badge)
    synced.write("UPDATE record SET mapped_with = 'crosswalk 0' WHERE id = ?", record)
    code, answer = synced.run("credentials", "approve", record)
    assert (code, answer["refused"][0]["code"]) == (1, "mapped_by_another_version")
    assert synced.done("remap", "Cedar Harbor", "--dry-run")["changed"] == 1
    assert synced.done("remap", "Cedar Harbor")["lose_approval"] == 0
    assert synced.done("credentials", "approve", record)["approved"] == 1


def test_after_a_rotation_the_old_key_is_not_needed_any_more(synced: Line) -> None:
    old = (synced.folder / "connector.key").read_text().strip()
    publish_all(synced)
    synced.environment["CONNECTOR_SECRET_KEY"] = f"{'a new key ' * 5},{old}"
    assert synced.done("keys", "rotate")["resealed"] == 2
    synced.environment["CONNECTOR_SECRET_KEY"] = "a new key " * 5
    assert all(each["ok"] for each in synced.done("doctor"))
    assert synced.done("sync", "main")["state"] == "complete"
    record = synced.record_of(synced.server.templates[0]["id"])
    synced.done("credentials", "edit", record, "--set", "name=Another name", "--set", "credentialType=Certification")
    synced.done("credentials", "approve", record)
    assert "published" in [outcome["state"] for outcome in synced.done("publish", "Cedar Harbor")]


def test_what_was_taken_out_stays_out_until_it_is_approved_again(synced: Line) -> None:
    published = publish_all(synced)
    record = next(outcome["id"] for outcome in published if outcome["kind"] == "credential")
    assert synced.done("unpublish", record)[0]["state"] == "unpublished"
    assert record not in [outcome["id"] for outcome in synced.done("publish", "Cedar Harbor")]
    synced.done("credentials", "approve", record)
    again = {outcome["id"]: outcome["state"] for outcome in synced.done("publish", "Cedar Harbor")}
    assert again[record] == "published"


def test_a_run_that_was_left_behind_long_ago_starts_over(connected: Line) -> None:
    connected.environment["CONNECTOR_SYNC_BATCH"] = "50"
    connected.server.hold(4)
    command = connected.start("sync", "main", "--json")
    connected.server.wait_asked(4, 30)
    while connected.rows("SELECT count(*) FROM sync_batch") != [(3,)]:
        time.sleep(0.01)
    command.kill()
    command.communicate()
    connected.server.release()
    connected.write("UPDATE sync_run SET moved_at = moved_at - 86400")
    answer = connected.done("sync", "main")
    assert (answer["resumed_from"], answer["seen"], answer["state"]) == (None, 653, "complete")
    assert answer["unchanged"] + answer["skipped"] + answer["new"] == 653


def test_badges_of_a_removed_connection_are_watched_by_the_one_that_follows(synced: Line) -> None:
    synced.connect("second")
    synced.done("connections", "remove", "main")
    assert synced.done("sync", "second")["unchanged"] == 40
    with synced.server.lock:
        lost = synced.server.templates.pop(5)
    assert [synced.done("sync", "second")["gone"] for _ in range(2)] == [0, 1]
    assert "gone_at_source" in synced.listed()[lost["id"]]["statuses"]


def publish_all(line: Line) -> list[dict[str, str]]:
    """Approve and publish everything that is ready; the outcomes."""
    line.done("organizations", "approve", "Cedar Harbor")
    line.done("credentials", "approve", "--all-ready", "--organization", "Cedar Harbor")
    outcomes: list[dict[str, str]] = line.done("publish", "Cedar Harbor")
    return outcomes
