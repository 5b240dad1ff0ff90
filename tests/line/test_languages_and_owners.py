"""What a person says once for a connection: the language of badges that say none, and whose an issuer's badges are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.connections import accounts
from connector.connections.accounts import Account
from connector.credentials import deciding_for_all, decisions, issuers, queries, remap, verification_services
from connector.credentials.queries import Listed
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.publishing import foreseen
from connector.publishing.publish import publish
from connector.sync.carry_out import sync

NORTH = "ce-11111111-1111-4111-8111-111111111111"


@pytest.fixture
def platform() -> Iterator[PracticeCredly]:
    college, templates = cedar_harbor_college()
    usable = [each for each in templates if each["public"] and each["state"] == "active"]
    with PracticeCredly(college, usable[:6]) as running:
        yield running


@pytest.fixture
def account(this: Opened, platform: PracticeCredly) -> Account:
    """A connection with six badges, and another organization beside its own that is not approved."""
    secrets = {"authorization_token": str(platform.token)}
    fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
    adapter = accounts.configured("credly", fields, secrets, this.settings)
    with this.database.transaction() as connection:
        made = accounts.connect(
            connection, this.keys, organization_id=1, name="Main", adapter=adapter, given=secrets, by="t"
        )
        organizations.approve(connection, organizations.find(connection, "1"), by="t")
        about = {"website": "https://north.example", "description": "A board of examiners."}
        organizations.add(connection, name="North", ctid=NORTH, **about)
    assert sync(this.database, this.settings, made.id, by="t", accept_gone=False, report=print).state == "complete"
    return made


def every(this: Opened) -> list[Listed]:
    with this.database.reading() as connection:
        return list(queries.listed(connection, queries.where()))


def approve_all(this: Opened) -> int:
    with this.database.transaction() as connection:
        return int(decisions.approve_all_ready(connection, 1, by="dana")["approved"])


def codes(this: Opened) -> set[str]:
    return {finding.code for each in every(this) for finding in each.findings}


def counted(this: Opened) -> dict[str, int]:
    with this.database.reading() as connection:
        return dict(queries.counts(connection))


def spoken(this: Opened) -> set[str]:
    return {language for each in every(this) for language in each.sourced.content.credential.name or {}}


def confirm_language(this: Opened, account: Account, given: str, *, dry_run: bool = False) -> list[remap.Affected]:
    with this.database.transaction() as connection:
        tag = deciding_for_all.language_tag(given)
        return deciding_for_all.confirm_language(connection, account, tag, by="dana", dry_run=dry_run)


def test_confirming_the_assumed_language_settles_the_question_and_changes_no_value(
    this: Opened, account: Account
) -> None:
    with this.database.reading() as connection:
        without = issuers.without_language(connection, account, 2000)
    approved = approve_all(this)
    assert "language_assumed" in codes(this)

    changed = confirm_language(this, account, "en-US")

    assert without == 6
    assert changed == []
    assert "language_assumed" not in codes(this)
    assert counted(this)["approved"] == approved
    with this.database.reading() as connection:
        said = accounts.language_of(connection, account.id)
    assert said
    assert (said.language, said.by) == ("en-US", "dana")


def test_another_language_is_looked_at_first_and_then_all_records_are_mapped_again(
    this: Opened, account: Account
) -> None:
    approved = approve_all(this)

    seen = confirm_language(this, account, "French (Canada)", dry_run=True)
    assert spoken(this) == {"en-US"}
    done = confirm_language(this, account, "fr_ca")

    assert [each.id for each in done] == [each.id for each in seen]
    assert len(done) == 6
    assert sum(each.loses_approval for each in done) == approved > 0
    assert spoken(this) == {"fr-CA"}
    assert counted(this)["needs_reapproval"] == approved
    assert len({each.sourced.row.mapped_with for each in every(this)}) == 1
    assert confirm_language(this, account, "fr-CA") == []


@pytest.mark.parametrize("given", ["", "english please", "en-US; drop", "e", "x" * 90])
def test_what_is_no_language_is_refused_beside_its_field(given: str) -> None:
    with pytest.raises(Problem) as refused:
        deciding_for_all.language_tag(given)

    assert refused.value.code == "invalid_language"
    assert refused.value.fields.keys() == {"language"}


def test_a_language_that_is_well_formed_and_unknown_is_taken_with_a_question() -> None:
    assert deciding_for_all.language_tag("QAA") == "qaa"
    assert "Is it really meant?" in deciding_for_all.language_note("qaa")
    assert deciding_for_all.language_note("fr-CA") == ""
    assert deciding_for_all.language_tag("zh-hant") == "zh-Hant"


def issuer_of(this: Opened, account: Account) -> issuers.Delivered:
    with this.database.reading() as connection:
        (only,) = issuers.delivered(connection, account)
    return only


def give(this: Opened, account: Account, owner: int | None, *, dry_run: bool = False) -> list[remap.Affected]:
    """Say whose the issuer's badges are; None takes it back."""
    issuer = issuer_of(this, account).issuer.id
    with this.database.transaction() as connection:
        if owner is None:
            return remap.withdraw_issuer(connection, account, issuer, by="dana", dry_run=dry_run)
        return remap.confirm_issuer(connection, account, issuer, by="dana", owner=owner, dry_run=dry_run)


def test_the_map_shows_every_issuer_with_its_records_its_owner_and_who_said_so(this: Opened, account: Account) -> None:
    shown = issuer_of(this, account).as_json()

    assert (shown["records"], shown["state"], shown["confirmed_by"]) == (6, "confirmed", "t")
    assert shown["owner"]["name"] == "Cedar Harbor"
    assert shown["name"]


def test_another_owner_takes_the_owners_place_in_every_record_and_the_ctids_stay(
    this: Opened, account: Account
) -> None:
    approved = approve_all(this)
    before = {each.sourced.row.id: each.sourced.row.ctid for each in every(this)}
    services = {name for each in every(this) for name in each.sourced.content.credential.uses_verification_service}

    seen = give(this, account, 2, dry_run=True)
    done = give(this, account, 2)

    assert [each.id for each in seen] == [each.id for each in done]
    assert sum(each.loses_approval for each in done) == approved > 0
    assert {each.sourced.row.id: each.sourced.row.ctid for each in every(this)} == before
    found = [each.sourced.content.credential for each in every(this)]
    assert {each.owned_by for each in found} == {each.offered_by for each in found} == {(NORTH,)}
    assert {name for each in found for name in each.uses_verification_service} == services
    owner = issuer_of(this, account).owner
    assert owner
    assert owner.name == "North"


def test_a_record_that_says_by_hand_that_it_is_anothers_is_not_sent_without_the_right_to_publish_for_them(
    this: Opened, account: Account
) -> None:
    with this.database.transaction() as connection:
        north = organizations.approve(connection, organizations.find(connection, "2"), by="t")
        ours = next(queries.listed(connection, queries.where(status="awaiting_approval"))).sourced.row.id
        decisions.edit(connection, ours, set_json=[("ownedBy", [north.ctid])], by="t")
        decisions.approve(connection, [ours], by="t")
        counts = foreseen.counts(connection, organizations.find(connection, "1"))

    (outcome,) = [each for each in sent(this) if each[0] == "credential"]

    why = "Held back: it belongs to North, for which nobody has confirmed your right to publish."
    assert outcome[1:] == ("skipped", why)
    assert (counts["held"], counts["new"]) == (1, 1)


def test_new_settings_do_not_give_badges_back_that_a_person_has_given_to_another(
    this: Opened, account: Account, platform: PracticeCredly
) -> None:
    give(this, account, 2)
    with this.database.transaction() as connection:
        accounts.confirm_configured(connection, accounts.by_id(connection, account.id), by="t")

    owner = issuer_of(this, account).owner
    assert owner
    assert owner.id == 2


def test_credentials_of_another_organization_are_sent_only_once_that_one_is_approved(
    this: Opened, account: Account
) -> None:
    give(this, account, 2)
    approved = approve_all(this)
    held = sent(this)
    with this.database.transaction() as connection:
        counts = foreseen.counts(connection, organizations.find(connection, "1"))
        organizations.approve(connection, organizations.find(connection, "2"), by="t")
    then = sent(this)

    assert {(state, message) for kind, state, message in held if kind == "credential"} == {
        ("skipped", "Held back: it belongs to North, which is not approved here.")
    }
    assert counts["held"] == approved > 0
    assert {state for kind, state, _ in then if kind == "credential"} == {"published"}


def sent(this: Opened) -> list[tuple[str, str, str]]:
    with this.database.reading() as connection:
        owner = organizations.find(connection, "1")
    done = publish(
        this.database, this.settings, owner, destination_name=None, by="t", dry_run=False, report=lambda _: None
    )
    return [(each.kind, each.state, " ".join(each.messages)) for each in done]


def test_a_withdrawn_confirmation_holds_the_records_again_with_the_ctids_they_have(
    this: Opened, account: Account
) -> None:
    approve_all(this)
    before = {each.sourced.row.id: each.sourced.row.ctid for each in every(this)}
    give(this, account, None, dry_run=True)
    assert counted(this)["incomplete"] < 6

    give(this, account, None)
    refused = approve_all(this)
    with this.database.transaction() as connection:
        edited = decisions.edit(connection, next(iter(before)), set_json=[("ownedBy", [NORTH])], by="dana")
        told = decisions.approve(connection, before, by="dana")
        waiting = queries.issuers_unconfirmed(connection, account.id)

    assert {each.sourced.row.id: each.sourced.row.ctid for each in every(this)} == before
    assert (refused, told["approved"], counted(this)["approved"]) == (0, 0, 0)
    assert "owner_not_confirmed" in {finding.code for finding in edited.content.findings}
    assert [each["records"] for each in waiting] == [6]
    assert issuer_of(this, account).as_json()["state"] == "held"
    assert not [kind for kind, *_ in sent(this) if kind == "credential"]


def test_confirming_again_gives_back_what_the_withdrawal_took_but_not_the_approval(
    this: Opened, account: Account
) -> None:
    before = {each.sourced.row.id: each.sourced.content.hash for each in every(this)}
    give(this, account, None)

    give(this, account, 1)

    assert {each.sourced.row.id: each.sourced.content.hash for each in every(this)} == before
    assert counted(this)["approved"] == 0
    assert approve_all(this) > 0


def test_the_profile_of_another_owners_badges_is_that_of_the_organization_with_the_account(
    this: Opened, account: Account
) -> None:
    give(this, account, 2)

    with this.database.reading() as connection:
        used = verification_services.used(connection, 1)
        assert used.keys() == verification_services.present(connection, 1).keys()
        assert verification_services.present(connection, 2) == {}
