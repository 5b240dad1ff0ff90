"""Verification service profiles: written by the crosswalk, edited, approved, found, made, chosen for a platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from connector.connections import accounts
from connector.connections.identity import voucher
from connector.credentials import deciding_for_all, decisions, queries, verification_services
from connector.credentials.tables import record
from connector.credentials.tables import verification_service as table
from connector.credentials.verification_services import Profile
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.publishing.publish import publish
from connector.sync.carry_out import sync
from mappings.canonical import digest
from mappings.ctdl.model import VerificationServiceProfile
from mappings.ctdl.shape import properties

FOUND = VerificationServiceProfile(
    ctid="ce-7c1f2b3a-4d5e-4f60-8a7b-9c0d1e2f3a4b",
    description={"en-US": "The registrar answers by telephone."},
    offered_by=("ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",),
    verified_claim_type=("claimType:BadgeClaim",),
)
MINE = {"en-US": "Ask the registrar, who looks it up."}


@pytest.fixture
def platform() -> Iterator[PracticeCredly]:
    college, templates = cedar_harbor_college()
    usable = [each for each in templates if each["public"] and each["state"] == "active"]
    with PracticeCredly(college, usable[:8]) as running:
        yield running


@pytest.fixture
def synced(this: Opened, platform: PracticeCredly) -> Opened:
    """Eight badges of the college, of which nobody has decided anything."""
    secrets = {"authorization_token": str(platform.token)}
    fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
    adapter = accounts.configured("credly", fields, secrets, this.settings)
    with this.database.transaction() as connection:
        made = accounts.connect(
            connection, this.keys, organization_id=1, name="Main", adapter=adapter, given=secrets, by="t"
        )
        organizations.approve(connection, organizations.find(connection, "1"), by="t")
    assert sync(this.database, this.settings, made.id, by="t", accept_gone=False, report=print).state == "complete"
    return this


def profile(this: Opened, ctid: str | None = None) -> Profile:
    """The profile with a CTID, or the platform's own."""
    with this.database.reading() as connection:
        every = verification_services.listed(connection, 1)
    return next(each for each in every if each.ctid == ctid or (ctid is None and each.authority))


def edited(this: Opened, ctid: str, **values: Any) -> Profile:
    with this.database.transaction() as connection:
        return verification_services.edit(connection, ctid, set_json=values.items(), by="dana")


def arrives(this: Opened, name: str) -> None:
    """The crosswalk writes the profile anew, as for a platform of this name."""
    with this.database.transaction() as connection:
        account = accounts.every(connection)[0]
        vouches = voucher(accounts.adapter_of(account), "any")
        owner = organizations.find(connection, "1")
        verification_services.ensure(connection, owner, replace(vouches, platform_name=name))


def ready(this: Opened) -> list[str]:
    with this.database.reading() as connection:
        which = queries.where(status="awaiting_approval")
        return [each.sourced.row.id for each in queries.listed(connection, which)]


def approved(this: Opened, *ids: str) -> dict[str, Any]:
    with this.database.transaction() as connection:
        return decisions.approve(connection, ids, by="dana")


def named(this: Opened) -> set[str]:
    """The profiles that credentials name, as they are mapped now."""
    with this.database.reading() as connection:
        every = list(queries.listed(connection, queries.where()))
        assert len({each.sourced.row.mapped_with for each in every}) == 1
    return {name for each in every for name in each.sourced.content.credential.uses_verification_service}


def sent(this: Opened) -> list[tuple[str, str]]:
    with this.database.reading() as connection:
        owner = organizations.find(connection, "1")
    done = publish(
        this.database, this.settings, owner, destination_name=None, by="t", dry_run=False, report=lambda _: None
    )
    return [(each.kind, each.state) for each in done]


def test_an_edit_wins_over_what_the_crosswalk_writes_until_it_is_taken_back(synced: Opened) -> None:
    own = profile(synced)
    edited(synced, own.ctid, description=MINE)

    arrives(synced, "Practice Platform")
    kept = profile(synced)
    with synced.database.transaction() as connection:
        verification_services.edit(connection, own.ctid, unset=["description"], by="dana")

    assert kept.properties["description"] == MINE
    assert "conflict" in kept.statuses
    assert kept.edits["description"].by == "dana"
    assert "Practice Platform" in profile(synced).properties["description"]["en-US"]
    assert "conflict" not in profile(synced).statuses


def test_saving_an_edit_again_settles_its_conflict(synced: Opened) -> None:
    own = profile(synced)
    edited(synced, own.ctid, description=MINE)
    arrives(synced, "Practice Platform")

    assert "conflict" not in edited(synced, own.ctid, description=MINE).statuses


def test_the_first_credential_approval_approves_the_profile_and_later_ones_leave_its_changes_to_a_person(
    synced: Opened,
) -> None:
    first, second, *_ = ready(synced)
    approved(synced, first)
    before = profile(synced)
    edited(synced, before.ctid, description=MINE)
    approved(synced, second)
    after = profile(synced)

    assert (before.statuses, before.approved_by) == (("approved",), "dana")
    assert after.statuses == ("needs_reapproval",)
    with synced.database.reading() as connection:
        (kept,) = verification_services.approved(connection, 1)
    assert kept.profile == before.node


def test_a_profile_is_approved_as_it_was_seen_or_not_at_all(synced: Opened) -> None:
    seen = profile(synced)
    edited(synced, seen.ctid, description=MINE)

    with synced.database.transaction() as connection:
        told = verification_services.approve_seen(connection, 1, {seen.ctid: seen.content_hash, "ce-x": "?"}, by="dana")

    assert [each["code"] for each in told["refused"]] == ["changed_while_you_looked", "profile_not_found"]
    assert profile(synced).approved_hash is None


def test_a_credential_is_not_approved_with_a_profile_that_lacks_something(synced: Opened) -> None:
    own = edited(synced, profile(synced).ctid, description=None)

    (refused,) = approved(synced, ready(synced)[0])["refused"]
    with synced.database.transaction() as connection:
        told = verification_services.approve_seen(connection, 1, {own.ctid: own.content_hash}, by="dana")

    assert refused["code"] == "profile_incomplete"
    assert own.ctid in refused["message"]
    assert own.name in refused["message"]
    assert [each["code"] for each in told["refused"]] == ["incomplete"]


def test_values_that_cannot_be_read_are_told_all_at_once_and_nothing_is_changed(synced: Opened) -> None:
    own = profile(synced)

    with pytest.raises(Problem) as wrong:
        edited(synced, own.ctid, subjectWebpage="not a page", name="No Such Property", description=MINE)

    assert wrong.value.fields.keys() == {"subjectWebpage", "name"}
    assert profile(synced) == own


def test_a_profile_made_by_hand_is_offered_by_its_organization_and_has_a_ctid_of_its_own(synced: Opened) -> None:
    with synced.database.transaction() as connection:
        owner = organizations.find(connection, "1")
        made = verification_services.make(connection, owner, {"description": "Ask the registrar."}, by="dana")
        other = verification_services.make(connection, owner, {"description": "Ask the registrar."}, by="dana")

    assert made.ctid != other.ctid
    assert made.authority is None
    assert made.properties == {"offeredBy": [owner.ctid], "description": {"en-US": "Ask the registrar."}}
    assert made.findings[0].property == "verifiedClaimType"


def brought_in(this: Opened, *profiles: VerificationServiceProfile) -> list[str]:
    with this.database.transaction() as connection:
        owner = organizations.find(connection, "1")
        return [each.ctid for each in verification_services.bring_in(connection, owner, profiles, by="dana")]


def test_what_a_registry_holds_comes_in_approved_and_published_and_is_followed_until_somebody_edits_it(
    synced: Opened,
) -> None:
    assert FOUND.ctid
    changed = replace(FOUND, description={"en-US": "By letter to us."})
    again = replace(
        FOUND, description={"en-US": "By letter only."}, subject_webpage="https://www.cedarharbor.example/v"
    )

    assert brought_in(synced, FOUND) == [FOUND.ctid]
    first = profile(synced, FOUND.ctid)
    assert brought_in(synced, changed) == [FOUND.ctid]
    second = profile(synced, FOUND.ctid)
    edited(synced, FOUND.ctid, description=MINE)
    assert brought_in(synced, again) == []
    third = profile(synced, FOUND.ctid)

    assert (first.node, first.authority, first.statuses) == (FOUND, None, ("approved", "published"))
    assert (second.node, second.statuses) == (changed, ("approved", "published"))
    assert third.properties["description"] == MINE
    assert third.properties["subjectWebpage"] == again.subject_webpage
    assert third.published_hash == digest(properties(again))
    assert set(third.statuses) >= {"conflict", "needs_reapproval"}


def test_choosing_a_profile_shows_what_changes_and_then_maps_all_records_again(synced: Opened) -> None:
    brought_in(synced, FOUND)
    assert FOUND.ctid
    own = profile(synced)
    approved(synced, *ready(synced))

    with synced.database.transaction() as connection:
        owner = organizations.find(connection, "1")
        authority = verification_services.platform(connection, 1, str(own.authority).upper())
        seen = deciding_for_all.choose_profile(connection, owner, authority, FOUND.ctid, by="dana", dry_run=True)
    assert named(synced) == {own.ctid}
    with synced.database.transaction() as connection:
        done = deciding_for_all.choose_profile(connection, owner, authority, FOUND.ctid, by="dana")
        used = verification_services.used(connection, 1)
        twice = deciding_for_all.choose_profile(connection, owner, authority, FOUND.ctid, by="dana")

    assert done == seen
    assert len(done) == 8
    assert any(each.loses_approval for each in done)
    assert named(synced) == {FOUND.ctid}
    assert {ctid: len(records) for ctid, records in used.items()} == {FOUND.ctid: 8}
    assert twice == []


def test_choosing_the_organizations_own_profile_takes_the_choice_back_and_with_it_what_it_changed(
    synced: Opened,
) -> None:
    brought_in(synced, FOUND)
    assert FOUND.ctid
    own = profile(synced)
    approved(synced, *ready(synced))
    for ctid in (FOUND.ctid, own.ctid):
        with synced.database.transaction() as connection:
            owner = organizations.find(connection, "1")
            deciding_for_all.choose_profile(connection, owner, str(own.authority), ctid, by="dana")

    with synced.database.reading() as connection:
        assert verification_services.choices(connection, 1) == {}
        assert queries.counts(connection)["needs_reapproval"] == 0
    assert named(synced) == {own.ctid}


def test_an_edit_of_one_credential_counts_where_profiles_are_counted(synced: Opened) -> None:
    brought_in(synced, FOUND)
    assert FOUND.ctid
    one = ready(synced)[0]
    with synced.database.transaction() as connection:
        decisions.edit(connection, one, set_json=[("usesVerificationService", [FOUND.ctid])], by="dana")

    with synced.database.reading() as connection:
        used = verification_services.used(connection, 1)

    assert [each.id for each in used[FOUND.ctid]] == [one]
    assert len(used[profile(synced).ctid]) == 7


def test_profiles_are_sent_before_the_credentials_that_name_them(synced: Opened) -> None:
    approved(synced, *ready(synced))

    kinds = [kind for kind, _ in sent(synced)]

    assert kinds[0] == "verification_service"
    assert set(kinds[1:]) == {"credential"}
    assert "published" in profile(synced).statuses


def test_another_organizations_profile_cannot_be_chosen(synced: Opened) -> None:
    own = profile(synced)
    with synced.database.transaction() as connection:
        about = {"website": "https://north.example", "description": "A board of examiners."}
        other = organizations.add(connection, name="North", ctid="ce-11111111-1111-4111-8111-111111111111", **about)
        theirs = verification_services.make(connection, other, {"description": "Ask the registrar."}, by="t")
        with pytest.raises(Problem) as refused:
            deciding_for_all.choose_profile(
                connection, organizations.find(connection, "1"), str(own.authority), theirs.ctid, by="t"
            )

    assert refused.value.code == "profile_not_found"


def test_nothing_is_written_where_the_crosswalk_says_what_it_said(synced: Opened) -> None:
    edited(synced, profile(synced).ctid, description=MINE)
    with synced.database.transaction() as connection:
        connection.execute(update(table).values(approved_by="marked"))
        names = list(connection.scalars(select(record.c.name)))
    arrives(synced, "Credly")

    assert profile(synced).approved_by == "marked"
    assert len(names) == 8
