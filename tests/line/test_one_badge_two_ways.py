"""A badge of a Badgr server, read in public and by sign-in: one record with one CTID, whichever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connector.connections import accounts
from connector.connections.accounts import Account
from connector.credentials import decisions, queries, remap
from connector.credentials.queries import Listed
from connector.demo.canvas_catalogue import practice_account
from connector.demo.practice_canvas import PracticeCanvas
from connector.http import Granted
from connector.opened import Opened
from connector.organizations import accounts as organizations
from connector.sync.carry_out import sync

IN_PUBLIC, SIGNED_IN = "In public", "Signed in"
TOLD_BY_THE_API_ONLY = {"dateEffective", "credentialType"}
"""The API says when a badge was made and of which type it is; the public documents say neither."""
Fields = dict[str, Any]


@pytest.fixture
def badgr() -> Iterator[PracticeCanvas]:
    with PracticeCanvas(*practice_account(24, 8), throttle_scale=0) as running:
        yield running


@pytest.fixture
def college(this: Opened) -> Opened:
    """A connector whose organization may publish."""
    with this.database.transaction() as connection:
        organizations.approve(connection, organizations.find(connection, "1"), by="test")
    return this


def connected(this: Opened, name: str, platform: str, fields: Fields, granted: Granted | None = None) -> Account:
    adapter = accounts.configured(platform, {**fields, "requests_per_minute": 6000}, {}, this.settings)
    with this.database.transaction() as connection:
        return accounts.connect(
            connection,
            this.keys,
            organization_id=1,
            name=name,
            adapter=adapter,
            given={},
            granted=granted,
            by="test",
        )


def in_public(this: Opened, badgr: PracticeCanvas, *addresses: str, name: str = IN_PUBLIC) -> Account:
    """The issuers' public lists, or these addresses, by platform open_badges."""
    lists = [f"{badgr.url}/public/issuers/{each['entityId']}/badges" for each in badgr.issuers]
    return connected(this, name, "open_badges", {"addresses": addresses or lists})


def signed_in(this: Opened, badgr: PracticeCanvas) -> Account:
    """The same issuers, by a person who has signed in."""
    client = {"client_id": "practice-client"}
    minted = badgr.mint()
    granted = Granted(minted["access_token"], minted["refresh_token"])
    issuers = [each["entityId"] for each in badgr.issuers]
    fields = {"api_url": badgr.url, "ui_url": badgr.url, "issuer_ids": issuers, **client}
    return connected(this, SIGNED_IN, "canvas", fields, granted)


def synced(this: Opened, account: Account) -> dict[str, int]:
    run = sync(this.database, this.settings, account.id, by="test", accept_gone=False, report=lambda values: None)
    assert run.state == "complete", run.problem
    return {name: getattr(run, name) for name in ("new", "changed", "unchanged", "gone")}


def records(this: Opened) -> dict[str, Listed]:
    """The records, by the platform's key of their badge."""
    with this.database.reading() as connection:
        return {each.sourced.row.badge_id: each for each in queries.listed(connection, queries.where())}


def ctids(found: dict[str, Listed]) -> dict[str, str | None]:
    return {badge: each.sourced.row.ctid for badge, each in found.items()}


def confirm(this: Opened, account: Account) -> None:
    with this.database.reading() as connection:
        waiting = [each["id"] for each in queries.issuers_unconfirmed(connection, account.id)]
    with this.database.transaction() as connection:
        for issuer in waiting:
            remap.confirm_issuer(connection, account, issuer, by="test")


def approve(this: Opened) -> set[str]:
    """Approve all that is ready; those records."""
    with this.database.transaction() as connection:
        decisions.approve_all_ready(connection, 1, by="test")
    return having(this, "approved")


def having(this: Opened, status: str) -> set[str]:
    with this.database.reading() as connection:
        return {each.sourced.row.badge_id for each in queries.listed(connection, queries.where(status=status))}


def properties(each: Listed) -> dict[str, Any]:
    return dict(each.sourced.content.properties)


def test_a_badge_read_in_public_and_then_by_sign_in_stays_one_record_with_one_ctid(
    college: Opened, badgr: PracticeCanvas
) -> None:
    public = in_public(college, badgr)
    first = synced(college, public)
    confirm(college, public)
    before = records(college)

    second = synced(college, signed_in(college, badgr))

    after = records(college)
    assert first["new"] == len(badgr.listed())
    assert (second["new"], second["gone"]) == (0, 0)
    assert set(after) == {each["entityId"] for each in badgr.listed()}
    assert None not in ctids(before).values()
    assert ctids(after) == ctids(before)
    assert {each.connection for each in before.values()} == {IN_PUBLIC}
    assert {each.connection for each in after.values()} == {SIGNED_IN}


def test_what_was_approved_needs_a_new_approval_where_its_content_differs_and_nowhere_else(
    college: Opened, badgr: PracticeCanvas
) -> None:
    public = in_public(college, badgr)
    synced(college, public)
    confirm(college, public)
    approved = approve(college)
    before = records(college)

    synced(college, signed_in(college, badgr))

    after = records(college)
    differing = {badge for badge in approved if properties(after[badge]) != properties(before[badge])}
    assert len(approved) > 10
    assert having(college, "needs_reapproval") == differing
    assert having(college, "approved") == approved, "an approval is never taken back by itself"
    assert ctids(after) == ctids(before)
    changed = {
        name
        for badge in differing
        for name in {**properties(before[badge]), **properties(after[badge])}
        if properties(before[badge]).get(name) != properties(after[badge]).get(name)
    }
    assert changed <= {*TOLD_BY_THE_API_ONLY, "image"}


def test_a_badge_read_by_sign_in_is_not_touched_by_its_public_list(college: Opened, badgr: PracticeCanvas) -> None:
    synced(college, signed_in(college, badgr))
    approved = approve(college)
    before = records(college)

    public = synced(college, in_public(college, badgr))

    after = records(college)
    assert (public["new"], public["changed"]) == (0, 0)
    assert ctids(after) == ctids(before)
    assert {badge: properties(each) for badge, each in after.items()} == {
        badge: properties(each) for badge, each in before.items()
    }
    assert {each.connection for each in after.values()} == {SIGNED_IN}
    assert (having(college, "approved"), having(college, "needs_reapproval")) == (approved, set())


def test_both_ways_may_go_on_side_by_side_without_a_word(college: Opened, badgr: PracticeCanvas) -> None:
    public, own = in_public(college, badgr), signed_in(college, badgr)
    synced(college, public)
    synced(college, own)

    again = [synced(college, public), synced(college, own)]

    assert [(each["new"], each["changed"], each["gone"]) for each in again] == [(0, 0, 0)] * 2
    assert {each.connection for each in records(college).values()} == {SIGNED_IN}


def test_whose_badges_they_are_is_said_once_for_both_ways(college: Opened, badgr: PracticeCanvas) -> None:
    public, own = in_public(college, badgr), signed_in(college, badgr)
    synced(college, own)

    synced(college, public)

    with college.database.reading() as connection:
        assert queries.issuers_unconfirmed(connection, public.id) == []
    assert None not in ctids(records(college)).values()


def test_every_spelling_of_an_address_is_the_same_badge(college: Opened, badgr: PracticeCanvas) -> None:
    badge = badgr.listed()[0]["entityId"]
    address = f"{badgr.url}/public/badges/{badge}"
    first = in_public(college, badgr, address)
    synced(college, first)
    confirm(college, first)
    before = records(college)

    for number, spelling in enumerate((f"{address}.json", f"{address}?v=2_0", f"{address}?v=1_1")):
        synced(college, in_public(college, badgr, spelling, name=f"Spelling {number}"))
    synced(college, signed_in(college, badgr))

    after = records(college)
    assert list(before) == [badge]
    assert ctids(after)[badge] == ctids(before)[badge] is not None
    assert len(after) == len(badgr.listed())
