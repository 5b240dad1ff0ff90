"""Badges and the records they become, typed by hand from the facts: `golden/*.json`, one line each on what it teaches.

A file has a base badge and everything its record holds; a pair changes the badge and says what changes in the record.
Values stand with the members they come from. `says` are findings, "property: severity, code", and notes,
"[member] code". What a pair does not name must stay as in the base: nothing more, nothing less.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connector.credentials.map_documents import map_documents

Json = dict[str, Any]

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
GOLDEN = Path(__file__).parent / "golden"


class Pair(NamedTuple):
    """A badge, whether its owner is known, and what is expected of its record."""

    badge: Json
    owner: str | None
    type: tuple[str, str, list[str]]
    becomes: dict[str, tuple[Any, list[str]]]
    says: list[str]


def pairs() -> list[Any]:
    """Every pair, named by what it teaches."""
    found: list[Any] = []
    for file in sorted(GOLDEN.glob("*.json")):
        golden = json.loads(file.read_text("utf-8"))
        found += [
            pytest.param(_pair(golden["base"], pair), id=f"{file.stem}: {pair['teaches']}") for pair in golden["pairs"]
        ]
    return found


def _pair(base: Json, pair: Json) -> Pair:
    badge = {name: value for name, value in base["badge"].items() if name not in pair.get("without", ())}
    becomes = {name: v for name, v in base["becomes"].items() if name not in pair.get("not", ())}
    says = [line for line in base["says"] if line not in pair.get("unsaid", ())]
    value, decided, *evidence = (base | pair)["type"]
    return Pair(
        badge=badge | pair.get("with", {}),
        owner=OWNER if pair.get("owner", True) else None,
        type=(value, decided, sorted(evidence)),
        becomes={name: (v, sorted(members)) for name, (v, *members) in (becomes | pair.get("becomes", {})).items()},
        says=sorted(says + pair.get("says", [])),
    )


def mapped(badge: Json, owner: str | None) -> Json:
    """The entry that `map` gives for one badge."""
    (entry,) = map_documents(json.dumps(badge).encode(), source=None, organization_ctid=owner, language="en-US")
    return entry


def said(entry: Json) -> list[str]:
    """Findings and notes of an entry as the golden files write them."""
    findings = [f"{f['property']}: {f['severity']}, {f['code']}" for f in entry["findings"]]
    return sorted(findings + [f"[{note['from']}] {note['code']}" for note in entry["notes"]])


@pytest.mark.parametrize("pair", pairs())
def test_a_badge_becomes(pair: Pair) -> None:
    entry = mapped(pair.badge, pair.owner)

    sources = {name: sorted(source["from"]) for name, source in entry["provenance"].items()}
    assert {name: (value, sources[name]) for name, value in entry["properties"].items()} == pair.becomes
    assert sources.keys() == entry["properties"].keys()
    assert said(entry) == pair.says
    found = entry["credential_type"]
    evidence = sorted({each["member"] for each in found["evidence"]})
    assert (found["value"], "decided" if found["decided"] else "asked", evidence) == pair.type


def test_there_are_enough_pairs_and_no_two_teach_the_same() -> None:
    names = [pair.id for pair in pairs()]
    assert len(names) >= 30
    assert len(set(names)) == len(names)


def test_nothing_speaking_for_another_type_gives_an_open_badge_at_80_percent() -> None:
    badge = {"type": "BadgeClass", "id": "https://badges.example/1", "name": "Bees"}
    found = mapped(badge, OWNER)["credential_type"]
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
