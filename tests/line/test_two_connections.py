"""The same badge through two connections: one says what it is, the other only sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connector.connections import accounts
from connector.credentials import queries
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened
from connector.sync.carry_out import sync

SIGNED_IN, IN_PUBLIC = "signed in", "in public"


@pytest.fixture
def platform() -> Iterator[PracticeCredly]:
    college, templates = cedar_harbor_college()
    with PracticeCredly(college, [each for each in templates if each["public"]][:30]) as running:
        yield running


def connected(this: Opened, platform: PracticeCredly, name: str, way: str) -> int:
    secrets = {"authorization_token": str(platform.token)} if way == SIGNED_IN else {}
    own = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
    public = {"public_page": str(platform.organization["vanity_slug"]), "public_url": f"{platform.url}/"}
    fields: dict[str, Any] = {**(own if secrets else public), "requests_per_minute": 6000}
    adapter = accounts.configured("credly", fields, secrets, this.settings)
    with this.database.transaction() as connection:
        made = accounts.connect(
            connection, this.keys, organization_id=1, name=name, adapter=adapter, given=secrets, by="test"
        )
    return made.id


def synced(this: Opened, account: int) -> dict[str, int]:
    run = sync(this.database, this.settings, account, by="test", accept_gone=False, report=lambda values: None)
    assert run.state == "complete", run.problem
    return {name: getattr(run, name) for name in ("new", "changed", "unchanged", "gone")}


def records(this: Opened) -> dict[str, tuple[str, str | None, str]]:
    """What each record says, its CTID, and the connection it came through."""
    with this.database.reading() as connection:
        found = list(queries.listed(connection, queries.where()))
    return {e.sourced.row.badge_id: (e.sourced.content.hash, e.sourced.row.ctid, e.connection) for e in found}


@pytest.mark.parametrize("second", [SIGNED_IN, IN_PUBLIC])
def test_another_connection_to_the_same_badges_changes_nothing(
    this: Opened, platform: PracticeCredly, second: str
) -> None:
    first = connected(this, platform, "First", SIGNED_IN)
    synced(this, first)
    before = records(this)
    other = connected(this, platform, "Second", second)

    counts = synced(this, other)

    assert counts == {"new": 0, "changed": 0, "unchanged": counts["unchanged"], "gone": 0}
    assert counts["unchanged"] >= 25
    assert records(this) == before
    assert synced(this, first)["changed"] == 0


def test_a_signed_in_connection_takes_over_what_was_read_in_public(this: Opened, platform: PracticeCredly) -> None:
    synced(this, public := connected(this, platform, "Public", IN_PUBLIC))
    held = records(this)
    assert {ctid for _, ctid, _ in held.values()} == {None}

    synced(this, connected(this, platform, "Own", SIGNED_IN))
    after = records(this)

    assert after.keys() >= held.keys()
    assert {name for _, _, name in after.values()} == {"Own"}
    assert None not in {ctid for _, ctid, _ in after.values()}
    assert synced(this, public)["changed"] == 0
    assert records(this) == after


@pytest.mark.parametrize("state", ["removed", "needs_reconnect"])
def test_a_connection_takes_over_from_one_that_lists_nothing_any_more(
    this: Opened, platform: PracticeCredly, state: str
) -> None:
    first = connected(this, platform, "First", SIGNED_IN)
    synced(this, first)
    with this.database.transaction() as connection:
        accounts.set_state(connection, first, state)
    second = connected(this, platform, "Second", SIGNED_IN)
    with platform.lock:
        platform.templates[2]["name"] = "Changed Since"

    counts = synced(this, second)

    assert counts["changed"] == 1
    assert {name for _, _, name in records(this).values()} == {"Second"}


def test_a_badge_that_only_the_other_connection_stops_listing_is_not_gone(
    this: Opened, platform: PracticeCredly
) -> None:
    synced(this, connected(this, platform, "Own", SIGNED_IN))
    public = connected(this, platform, "Public", IN_PUBLIC)
    synced(this, public)
    with platform.lock:
        platform.templates[3]["public"] = False
        platform.templates[3]["visibility"] = "private"

    for _ in range(3):
        assert synced(this, public)["gone"] == 0
    with this.database.reading() as connection:
        assert queries.counts(connection)["gone_at_source"] == 0
