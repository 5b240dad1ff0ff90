"""No member of a badge class is silent: each is in the record, in a note, in a finding or in the evidence."""

from dataclasses import fields, replace
from typing import Any

import pytest

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import STEPS, credential
from mappings.ctdl.shape import properties
from mappings.open_badges.model import (
    Activity,
    Alignment,
    BadgeClass,
    Criteria,
    Endorsement,
    Issuer,
    OtherIdentifier,
    Related,
    ResultDescription,
    Translation,
    Validity,
)

SAMPLES: dict[str, Any] = {
    "id": "https://badges.example/2",
    "source_id": "another key of the platform",
    "name": "Wintering Bees",
    "description": "Holders keep two hives through a winter.",
    "issuer": Issuer(id="https://badges.example/issuer", name="Orchard School"),
    "also_issued_by": (Issuer(id="https://guild.example/"),),
    "image": "https://badges.example/bees.png",
    "image_caption": "A hive in snow",
    "criteria": Criteria(narrative="Keep two hives."),
    "activities": (Activity(name="Field days", activity_type="Volunteer"),),
    "alignment": (Alignment(target_name="Keep bees"),),
    "tags": ("bees",),
    "achievement_type": "Certificate",
    "language": "es",
    "translations": (Translation(language="de", name="Bienen"),),
    "version": "2",
    "related": (Related(id="https://badges.example/3"),),
    "result_description": (ResultDescription(name="Grade"),),
    "credits_available": "1.5",
    "field_of_study": "Apiculture",
    "specialization": "Wintering",
    "human_code": "BEE-1",
    "other_identifier": (OtherIdentifier(identifier="B-7"),),
    "endorsement": (Endorsement(id="https://guild.example/e"),),
    "expires": Validity(amount="2", unit="years"),
    "id_made_from": "https://badges.example/issuer",
    "signature": "It is signed with a key on the host of its issuer.",
    "page": "https://badges.example/pages/1",
    "activity_page": "https://school.example/bees",
    "enrolment_page": "https://school.example/enrol",
    "state": "archived",
    "public": False,
    "level": "Advanced",
    "category": "Learning",
    "time_to_earn": "Weeks",
    "cost": "Paid",
    "created": "2025-02-03T10:11:12Z",
    "left_out": ("beekeeperYears",),
}
BARE = BadgeClass(id="https://badges.example/1", source_id="1", name="Bees")


def told(badge: BadgeClass, owner: str | None) -> Any:
    found = credential(badge, Context(authority="a.example", platform_name="Practice", organization_ctid=owner))
    return properties(found.credential), found.credential.ctid, found.notes, found.findings, found.credential_type


@pytest.mark.parametrize("member", [each.name for each in fields(BadgeClass)])
def test_a_member_that_says_something_is_heard(member: str) -> None:
    owner = None if member == "issuer" else "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
    assert told(replace(BARE, **{member: SAMPLES[member]}), owner) != told(BARE, owner)


def test_every_step_of_the_crosswalk_is_said_in_words_and_stands_once() -> None:
    assert all(step.__doc__ for step in STEPS)
    assert len({step.__name__ for step in STEPS}) == len(STEPS)
