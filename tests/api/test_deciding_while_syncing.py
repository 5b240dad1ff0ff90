"""Programs that decide while a worker syncs: what changed meanwhile is refused, and nothing unseen is approved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from tests.api.conftest import CTID, PATIENCE, Api, done, served

Json = dict[str, Any]
BADGES = 120


@pytest.fixture
def three_pages(bare_folder: Path, tmp_path: Path) -> Iterator[Api]:
    """An API beside a practice Credly that lists three pages, nothing connected yet."""
    college, templates = cedar_harbor_college()
    chosen = [each for each in templates if each["state"] == "active" and each["public"]][:BADGES]
    with PracticeCredly(college, chosen) as platform, served(bare_folder, platform, tmp_path) as api:
        yield api


def test_approving_what_a_running_sync_changes_is_refused_and_the_rest_is_approved_as_seen(
    three_pages: Api, working: Callable[[Api], None]
) -> None:
    api = three_pages
    working(api)
    runs = f"/connections/{done(api.post('/connections', api.connecting()), 201)['id']}/runs"
    assert synced(api, done(api.post(runs, {}), 202))["new"] == BADGES
    seen = {each["id"]: each["content_hash"] for each in api.every("/records", status="awaiting_approval")}
    with api.platform.lock:
        for template in api.platform.templates:
            template["description"] += " Revised."
    api.platform.hold(2)
    run = done(api.post(runs, {}), 202)
    page_is_in(api, run)

    held = {each["id"]: each["content_hash"] for each in api.every("/records")}
    changed = {each for each in seen if held[each] != seen[each]}
    assert changed
    assert changed != seen.keys()
    first = sorted(seen.keys() - changed)[0]
    told = done(
        api.post("/approvals", {"organization": CTID, "records": {each: seen[each] for each in (first, *changed)}})
    )
    assert told["approved"] == 1
    assert {each["id"] for each in told["refused"]} == changed
    assert {each["code"] for each in told["refused"]} == {"changed_while_you_looked"}
    assert done(api.get(f"/runs/{run['run']}"))["finished_at"] is None

    with ThreadPoolExecutor(4) as threads:
        left = sorted(seen.keys() - changed - {first})
        answers = [
            threads.submit(api.post, "/approvals", {"organization": CTID, "records": {x: seen[x]}}) for x in left
        ]
        api.platform.release()
        decided = dict(zip(left, (done(each.result()) for each in answers), strict=True))
    assert synced(api, run)["changed"] == BADGES

    approved = {first, *(each for each, told in decided.items() if told["approved"])}
    refusals = [refusal["code"] for told in decided.values() for refusal in told["refused"]]
    assert set(refusals) <= {"changed_while_you_looked"}
    assert len(approved) + len(refusals) == len(left) + 1
    assert {each["id"] for each in api.every("/records", status="approved")} == approved
    for record in approved:
        (decision,) = [each for each in api.every(f"/records/{record}/history") if each["event"] == "Approved"]
        assert decision["content_hash"] == seen[record]
        assert "needs_reapproval" in done(api.get(f"/records/{record}"))["statuses"]


def synced(api: Api, run: Json) -> Json:
    """A run that has ended as it should."""
    ended = api.ended(f"/runs/{run['run']}")
    assert ended["state"] == "complete", ended["problem"]
    return ended


def page_is_in(api: Api, run: Json) -> None:
    """Return once a running sync has taken in its first page, and waits for the second."""
    deadline = time.monotonic() + PATIENCE
    while done(api.get(f"/runs/{run['run']}"))["seen"] < 50:
        assert time.monotonic() < deadline, "the sync does not come to its second page"
        time.sleep(0.05)
    api.platform.wait_asked(2, times=2)
