"""Level, time, cost, expiry and pages: a number where there is one, a note or a question where there is none."""

from typing import Any

import pytest

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import Mapped, credential
from mappings.crosswalk.webpages import is_for_machines
from mappings.ctdl.shape import properties
from mappings.open_badges.model import BadgeClass, Criteria, Related, Validity

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
CHOSEN = "ce-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


def mapped(*, profile: str | None = None, **members: Any) -> Mapped:
    told = {"id": "https://badges.example/1", "source_id": "1", "name": "Bread"} | members
    context = Context(authority="badges.example", platform_name="Practice", organization_ctid=OWNER, profile=profile)
    return credential(BadgeClass(**told), context)


def held(name: str, **members: Any) -> Any:
    return properties(mapped(**members).credential).get(name)


def codes(found: Mapped) -> set[str]:
    return {each.code for each in (*found.notes, *found.findings)}


@pytest.mark.parametrize(
    ("said", "duration"),
    [
        ("6 weeks", {"exactDuration": "P6W"}),
        ("1 Month", {"exactDuration": "P1M"}),
        ("10 hours", {"exactDuration": "PT10H"}),
        ("1.5 hours", {"exactDuration": "PT1.5H"}),
        ("30 minutes", {"exactDuration": "PT30M"}),
        ("2-3 days", {"minimumDuration": "P2D", "maximumDuration": "P3D"}),
        ("2 to 3 years", {"minimumDuration": "P2Y", "maximumDuration": "P3Y"}),
    ],
)
def test_a_time_with_a_number_and_a_unit_is_a_duration(said: str, duration: dict[str, str]) -> None:
    assert held("estimatedDuration", time_to_earn=said) == [duration]


@pytest.mark.parametrize("said", ["Weeks", "a few days", "6", "six weeks", "6 moons"])
def test_a_unit_without_a_number_is_a_note_and_no_duration(said: str) -> None:
    assert held("estimatedDuration", time_to_earn=said) is None
    assert "duration_without_number" in codes(mapped(time_to_earn=said))


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ("USD 150", {"currency": "USD", "price": 150}),
        ("1,250.50 EUR", {"currency": "EUR", "price": 1250.5}),
        ("€99", {"currency": "EUR", "price": 99}),
        ("US$0", {"currency": "USD", "price": 0}),
    ],
)
def test_an_amount_with_a_currency_is_a_cost(said: str, cost: dict[str, Any]) -> None:
    assert held("estimatedCost", cost=said) == [cost]


@pytest.mark.parametrize("said", ["Paid", "Free", "$150", "150", "ABC 150", "from EUR 10"])
def test_what_is_no_amount_in_a_currency_is_a_note_and_no_price(said: str) -> None:
    assert held("estimatedCost", cost=said) is None
    assert "cost_without_amount" in codes(mapped(cost=said))


@pytest.mark.parametrize(
    ("kind", "suggested"), [("Certification", True), ("License", True), ("Certificate", False), ("Badge", False)]
)
def test_an_expiry_is_never_a_renewal_frequency_by_itself(kind: str, suggested: bool) -> None:
    found = mapped(achievement_type=kind, expires=Validity(amount="24", unit="months"))
    assert found.credential.renewal_frequency is None
    said = [each.message for each in found.findings if each.code == "renewal_frequency_suggested"]
    assert bool(said) is suggested
    assert all("P24M" in message for message in said)
    assert "expires" in codes(found)


@pytest.mark.parametrize(
    ("address", "for_machines"),
    [
        ("https://api.badges.example/v1/obi/badge_classes/1", True),
        ("https://badges.example/api/v1/badges/1", True),
        ("https://badges.example/badges/1.json", True),
        ("https://badges.example/badges/1.json?v=2_0", True),
        ("https://api.badges.example/public/badges/1", False),
        ("https://badges.example/badges/1", False),
        ("https://badges.example/apiculture/1", False),
    ],
)
def test_an_address_for_programs_is_told_from_a_page_for_people(address: str, for_machines: bool) -> None:
    assert is_for_machines(address) is for_machines
    other = "https://badges.example/pages/1"
    assert held("subjectWebpage", criteria=Criteria(id=address), page=other) == (other if for_machines else address)
    assert ("subject_webpage_for_machines" in codes(mapped(id=address))) is for_machines


def test_an_urn_is_no_subject_page() -> None:
    assert held("subjectWebpage", id="urn:uuid:0d0c0b0a-0908-4706-8504-030201000f0e") is None


def test_the_profile_that_was_chosen_for_a_platform_is_named_instead_of_our_own() -> None:
    assert mapped(profile=CHOSEN).credential.uses_verification_service == (CHOSEN,)
    assert mapped().credential.uses_verification_service != (CHOSEN,)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (Related(id="https://badges.example/2", language="es"), "related_translation"),
        (Related(id="https://badges.example/2", version="2"), "related_version"),
        (Related(id="https://badges.example/2"), "related_related"),
        (Related(id="https://badges.example/2", relation="recommended"), "related_recommended"),
        (Related(id="https://badges.example/2", relation="required"), "related_required"),
    ],
)
def test_another_badge_is_named_by_a_note_that_tells_how_it_is_related(other: Related, code: str) -> None:
    found = mapped(language="en", version="1", related=(other,))
    (note,) = [each for each in found.notes if each.member == "related"]
    assert note.code == code
    assert "https://badges.example/2" in note.message


@pytest.mark.parametrize(
    ("own", "other", "code"),
    [
        ("en", "en-GB", "related_version"),
        ("en_GB", "en", "related_version"),
        ("en-GB", "en-US", "related_translation"),
        ("en", "fr", "related_translation"),
    ],
)
def test_a_language_with_and_without_its_region_is_no_translation(own: str, other: str, code: str) -> None:
    before = Related(id="https://badges.example/0", relation="related", language=other, version="1")
    assert code in codes(mapped(language=own, version="2", related=(before,)))


def test_what_is_recommended_next_is_not_called_a_badge() -> None:
    calendar = Related(name="Join the calendar", url="https://badges.example/next", relation="recommended")
    (note,) = [note for note in mapped(related=(calendar,)).notes if note.member == "related"]
    assert note.message == "It recommends as a next step: Join the calendar (https://badges.example/next)."
