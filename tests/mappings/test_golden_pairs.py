"""Badges and the records they become, typed by hand from the facts: `golden/*.json`, one line each on what it teaches.

A file has a base badge and everything its record holds; a pair changes the badge and says what changes in the record.
Values stand with the members they come from. `says` are findings, "property: severity, code", and notes,
"[member] code". What a pair does not name must stay as in the base: nothing more, nothing less. A pair also names what
it stands for: `row` of the crosswalk, `type_rule`, `group` of achievement types, `defect` of today's tool.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mappings.ctdl import vocabulary
from tests.mappings.golden_pairs import OWNER, Pair, entry_of, failure, mapped, pairs

ROWS = (
    "id",
    "name",
    "description",
    "image",
    "criteria URL",
    "criteria.narrative",
    "issuer / creator",
    "tags",
    "alignment",
    "alignment to O*NET/SOC, NAICS, CIP hosts",
    "achievementType",
    "inLanguage / @language",
    "version",
    "fieldOfStudy, specialization",
    "humanCode",
    "otherIdentifier",
    "creditsAvailable",
    "related",
    "resultDescription",
    "endorsement",
    "createdAt",
    "archived/inactive state",
    "platform time estimates/cost/level",
    "default expiry on template",
    "recipient, evidence, assertion data",
)
TYPE_RULES = ("1", "2", "3", "4", "evidence order", "one profile an organization and platform")
GROUPS = ("same-named", "Badge", "Degree", "to OpenBadge with review")
DEFECTS = ("B1", "B2", "B4", "B5", "B12", "B13", "B16", "B17", "B18", "B20", "B22", "B23", "B25", "B26", "B28", "B29")
"""Those that are about what one badge becomes; the others are about updating, matching and sending."""
STANDS_FOR = {"row": ROWS, "type_rule": TYPE_RULES, "group": GROUPS, "defect": DEFECTS}


def of_what_they_teach() -> list[Any]:
    """Every pair, named by what it teaches."""
    return [pytest.param(pair, id=pair.name) for pair in pairs()]


@pytest.mark.parametrize("pair", of_what_they_teach())
def test_a_badge_becomes(pair: Pair) -> None:
    assert failure(pair) is None


def test_there_are_enough_pairs_and_no_two_teach_the_same() -> None:
    names = [pair.name for pair in pairs()]
    assert len(names) >= 80
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("what", STANDS_FOR)
def test_every_line_of_the_crosswalk_is_named_by_a_pair(what: str) -> None:
    named = {each for pair in pairs() for each in pair.stands_for.get(what, ())}
    assert named == set(STANDS_FOR[what])


def test_a_pair_fails_on_any_difference() -> None:
    (pair, *_) = pairs()
    name, (value, members) = next(iter(pair.becomes.items()))
    wrong: list[Mapping[str, Any]] = [
        {"becomes": {n: v for n, v in pair.becomes.items() if n != name}},
        {"becomes": pair.becomes | {name: ("other", members)}},
        {"becomes": pair.becomes | {name: (value, [*members, "other"])}},
        {"says": pair.says[1:]},
        {"type": ("ceterms:Badge", *pair.type[1:])},
    ]
    assert failure(pair) is None
    assert all(failure(pair._replace(**each)) for each in wrong)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document."""
    if isinstance(value, dict):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(member)


def test_every_term_of_every_pair_is_in_the_vocabulary_of_its_class() -> None:
    for pair in pairs():
        for node in nodes(entry_of(pair)["ctdl"]["@graph"]):
            if "@type" in node:
                terms = {name.removeprefix("ceterms:") for name in node if name[0] != "@"}
                assert terms <= vocabulary.properties_of(node["@type"]), pair.name


def test_nothing_speaking_for_another_type_gives_an_open_badge_at_80_percent() -> None:
    badge = {"type": "BadgeClass", "id": "https://badges.example/1", "name": "Bees"}
    found = mapped(badge, OWNER)["credential_type"]
    assert found.pop("ranked") == [{"type": "ceterms:OpenBadge", "confidence": 0.8}]
    assert found == {"value": "ceterms:OpenBadge", "confidence": 0.8, "decided": True, "evidence": []}


def test_a_suggestion_is_below_70_percent_and_says_why() -> None:
    badge = {"type": "BadgeClass", "id": "https://badges.example/1", "name": "Certified Bee Keeper"}
    entry = mapped(badge, OWNER)
    assert entry["credential_type"]["confidence"] < 0.7
    (asked,) = [f for f in entry["findings"] if f["code"] == "type_undecided"]
    assert asked["label"] == "Credential Type"
    assert asked["message"] == (
        "This may be of the type Certification: its name says “certified”. Choose the credential type."
    )


def test_the_same_badge_of_the_same_owner_has_the_same_ctid_everywhere() -> None:
    document = {"type": "BadgeClass", "id": "https://badges.example/classes/orchard-care", "name": "Orchard Care"}
    template = {"id": "3f1c8a52-6d0e-4b7e-9a11-5c2d7e8f9012", "name": "Weld Inspection", "vanity_slug": "weld"}
    assert mapped(document, OWNER)["ctid"] == "ce-ff7bc3f1-17b3-5ef6-9e06-3bd28eea57d5"
    assert mapped(template, OWNER)["ctid"] == "ce-c70ebb85-6d9f-582a-8935-2e02b7463b4e"


def test_without_an_owner_there_is_no_ctid_and_the_document_is_named_after_the_badge() -> None:
    document = {"type": "BadgeClass", "id": "https://badges.example/classes/orchard-care", "name": "Orchard Care"}
    entry = mapped(document, None)
    assert entry["ctid"] is None
    assert entry["verification_service"] is None
    assert entry["ctdl"]["@id"] == "urn:uuid:ab27ae5e-727e-569b-88dc-ab400c0004bd"
    assert entry["ctdl"]["@graph"][0]["@id"] == entry["ctdl"]["@id"]
    assert "ceterms:ctid" not in entry["ctdl"]["@graph"][0]


def test_of_a_credential_around_a_badge_only_the_definition_is_read() -> None:
    wrapped = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:11111111-2222-4333-8444-555555555555",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Awarded to Canary",
        "issuer": {"id": "https://badges.example/issuer", "name": "Orchard School", "email": "canary@people.example"},
        "credentialSubject": {
            "id": "did:example:canary",
            "identifier": [{"identityHash": "canary@people.example"}],
            "achievement": {"id": "https://badges.example/1", "type": ["Achievement"], "name": "Bees"},
        },
    }
    entry = mapped(wrapped, None)
    assert entry["badge_id"] == "https://badges.example/1"
    assert "Orchard School" in next(n["message"] for n in entry["notes"] if n["code"] == "issuer_without_owner")
    assert "canary" not in json.dumps(entry).lower()


def test_a_credential_that_only_points_to_its_badge_is_not_taken_for_one() -> None:
    assertion = {"type": "Assertion", "id": "https://badges.example/a/1", "badge": "https://badges.example/1"}
    credential = {"type": ["OpenBadgeCredential"], "id": "urn:x", "name": "Award", "credentialSubject": {"id": "x"}}
    for wrapper in (assertion, credential):
        assert mapped(wrapper, None)["error"] == "The document does not hold the badge itself, at most its address."
