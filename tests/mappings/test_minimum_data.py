"""The minimum data policy: what must be there, what is good practice, in the words of the Registry's form."""

from typing import Any

import pytest

from mappings.ctdl.model import Credential, VerificationServiceProfile
from mappings.minimum_data import blocking, findings, label, profile_findings, shared_subject_webpage

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
HOME = "https://school.example"
COMPLETE: dict[str, Any] = {
    "ctid": "ce-1e0b7a4c-52d3-5f86-9c1a-0b2d4f6a8c0e",
    "credential_type": "ceterms:OpenBadge",
    "name": {"en": "Bee Keeping"},
    "description": {"en": "Holders keep two hives through a winter."},
    "subject_webpage": "https://school.example/bees",
    "credential_status_type": "credentialStat:Active",
    "in_language": ("en",),
    "owned_by": (OWNER,),
}


def codes(record: Credential, website: str | None = None) -> set[str]:
    found = findings(record, organization_website=website)
    return {f"{each.property}: {each.severity}, {each.code}" for each in found if each.severity == "required"} | {
        f"{each.property}: {each.severity}, {each.code}" for each in found if each.code != "missing"
    }


def test_the_eight_red_fields_of_the_form_make_a_record_complete() -> None:
    assert codes(Credential(**COMPLETE)) == set()


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("credential_type", "credentialType"),
        ("name", "name"),
        ("description", "description"),
        ("subject_webpage", "subjectWebpage"),
        ("credential_status_type", "credentialStatusType"),
        ("in_language", "inLanguage"),
        ("owned_by", "ownedBy"),
    ],
)
def test_without_one_of_them_it_is_incomplete(attribute: str, name: str) -> None:
    record = Credential(**{key: value for key, value in COMPLETE.items() if key != attribute})
    assert codes(record) == {f"{name}: required, missing"}
    assert blocking(findings(record)) == 1


def test_who_offers_it_stands_for_who_owns_it() -> None:
    offered = {key: value for key, value in COMPLETE.items() if key != "owned_by"} | {"offered_by": (OWNER,)}
    assert codes(Credential(**offered)) == set()


@pytest.mark.parametrize("page", [HOME, f"{HOME}/", "http://school.example", "https://WWW.school.example/#top"])
def test_a_subject_page_that_is_the_home_page_is_not_about_the_credential(page: str) -> None:
    record = Credential(**COMPLETE | {"subject_webpage": page})
    assert codes(record, HOME) == {"subjectWebpage: recommended, subject_webpage_is_home"}
    assert codes(record, None) == set()


@pytest.mark.parametrize("page", [f"{HOME}/bees", f"{HOME}/?id=7", "https://shop.school.example"])
def test_a_page_of_its_own_on_the_same_site_is_fine(page: str) -> None:
    assert codes(Credential(**COMPLETE | {"subject_webpage": page}), HOME) == set()


def test_every_language_of_a_description_is_looked_at() -> None:
    texts = {"en": "Holders keep two hives.", "es": "Abejas.", "fr": "Une description assez longue ici."}
    assert codes(Credential(**COMPLETE | {"description": texts})) == {
        "description: recommended, description_short",
        "description: required, description_too_short",
    }


def test_a_page_that_several_records_share_is_counted_in_words() -> None:
    assert "another record" in shared_subject_webpage(1).message
    assert "3 other records" in shared_subject_webpage(3).message


def test_a_profile_needs_a_description_and_an_organization_and_should_say_its_claims() -> None:
    found = [(each.property, each.severity) for each in profile_findings(VerificationServiceProfile())]
    assert found == [("description", "required"), ("offeredBy", "required"), ("verifiedClaimType", "recommended")]
    whole = VerificationServiceProfile(
        description={"en": "x" * 15}, offered_by=(OWNER,), verified_claim_type=("claimType:BadgeClaim",)
    )
    assert profile_findings(whole) == ()


def test_a_profile_too_is_described_in_fifteen_characters_or_more() -> None:
    short = VerificationServiceProfile(
        description={"en": "Ask us."}, offered_by=("ce-1",), verified_claim_type=("claimType:BadgeClaim",)
    )
    (found,) = profile_findings(short)
    assert (found.property, found.severity, found.code) == ("description", "required", "description_too_short")
    assert found.message == "The description has 7 characters; the Registry takes 15 or more."


def test_a_property_has_the_word_of_the_form_or_its_own_name_spaced() -> None:
    assert label("ownedBy") == "Primary (owning) Organization"
    assert label("availableOnlineAt") == "Available Online At"
