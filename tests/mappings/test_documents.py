"""Open Badges documents of every version and spelling, read into a badge class or refused with a sentence."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from importlib.resources import files
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import credential
from mappings.ctdl.shape import properties
from mappings.open_badges import walking
from mappings.open_badges.definition import definition
from mappings.open_badges.document import badge_class, is_document, unwrapped
from mappings.open_badges.kinds import Kind, Standard, kind, refused, standard
from mappings.open_badges.model import (
    Alignment,
    BadgeClass,
    Criteria,
    Endorsement,
    Issuer,
    OtherIdentifier,
    Related,
    ResultDescription,
    RubricCriterionLevel,
    Validity,
)

Json = dict[str, Any]
T = TypeVar("T")

AT = "https://orchard.example/badges/graft.json"
SCHOOL = {"id": "https://orchard.example/issuer", "type": "Profile", "name": "Orchard School"}
OB_2 = "https://w3id.org/openbadges/v2"
OB_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

ACHIEVEMENT_TYPES = json.loads(files("mappings.ctdl").joinpath("data/achievement_types.json").read_text("utf-8"))[
    "terms"
]

MINIMAL: Json = {"type": "BadgeClass", "id": AT, "name": "Grafting"}
FULL_3: Json = {
    "@context": ["https://www.w3.org/ns/credentials/v2", OB_3],
    "id": "https://orchard.example/achievements/7",
    "type": ["Achievement"],
    "achievementType": "ext:OrchardPass",
    "name": "Grafting",
    "description": "Join a scion to a stock.",
    "criteria": {"id": "https://orchard.example/achievements/7/criteria", "narrative": "Graft **three** trees."},
    "image": {"id": "https://orchard.example/7.png", "type": "Image", "caption": "A grafted twig"},
    "creator": SCHOOL,
    "creditsAvailable": 1.5,
    "fieldOfStudy": "Pomology",
    "specialization": "Apples",
    "humanCode": "GRAFT-1",
    "inLanguage": "en-GB",
    "version": "2",
    "tag": ["grafting"],
    "otherIdentifier": [
        {"type": ["IdentifierEntry"], "identifier": "C-17", "identifierType": "ext:course"},
        {"type": ["IdentifierEntry"], "identifier": "9", "identifierType": "emailAddress"},
    ],
    "related": [
        {"id": "https://orchard.example/achievements/6", "type": "Related", "inLanguage": "fr", "version": "1"}
    ],
    "endorsement": [
        {
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "id": "https://guild.example/e/1",
            "issuer": {"id": "https://guild.example/", "type": ["Profile"], "name": "Pomology Guild"},
            "credentialSubject": {
                "id": "https://orchard.example/achievements/7",
                "type": ["EndorsementSubject"],
                "endorsementComment": "Sound practice.",
            },
        }
    ],
    "resultDescription": [
        {
            "id": "urn:uuid:0d0c0b0a-0908-4706-8504-030201000f0e",
            "type": ["ResultDescription"],
            "name": "Takes",
            "resultType": "RubricCriterionLevel",
            "valueMin": 0,
            "valueMax": "10",
            "requiredValue": 7,
            "requiredLevel": "urn:uuid:1d0c0b0a-0908-4706-8504-030201000f0e",
            "allowedValue": ["some", "most"],
            "rubricCriterionLevel": [
                {
                    "id": "urn:uuid:1d0c0b0a-0908-4706-8504-030201000f0e",
                    "type": ["RubricCriterionLevel"],
                    "name": "Most take",
                    "level": "2",
                    "points": "5.0",
                    "description": "Seven of ten grow on.",
                    "alignment": [{"type": ["Alignment"], "targetName": "L2", "targetUrl": "https://case.example/2"}],
                }
            ],
            "alignment": [{"type": ["Alignment"], "targetName": "Score", "targetUrl": "https://case.example/1"}],
        }
    ],
}
ASSERTION: Json = {
    "@context": OB_2,
    "type": "Assertion",
    "id": "https://orchard.example/awards/1",
    "recipient": {"type": "email", "identity": "sha256$00"},
    "badge": AT,
    "verification": {"type": "hosted"},
}
OB_05: Json = {
    "recipient": "sha256$00",
    "issued_on": "2012-02-03",
    "badge": {
        "version": "0.5.0",
        "name": "Grafting",
        "image": "/img/graft.png",
        "description": "Join a scion to a stock.",
        "criteria": "/criteria/graft",
        "issuer": {"origin": "https://orchard.example", "name": "Orchard School", "contact": "canary@people.example"},
    },
}


def read(item: Json, **changed: Any) -> BadgeClass:
    """The badge class of a document with some members changed."""
    return badge_class(item | changed, at=AT)


def outcome(reading: Callable[[], T]) -> tuple[str, T | None]:
    """What a reading gives, or the sentence it is refused with."""
    try:
        return "", reading()
    except ValueError as why:
        return str(why), None


def test_a_full_achievement_of_3_0_keeps_every_member() -> None:
    badge = badge_class(FULL_3, signature="Its signature holds.")

    assert badge == BadgeClass(
        id="https://orchard.example/achievements/7",
        source_id="https://orchard.example/achievements/7",
        name="Grafting",
        description="Join a scion to a stock.",
        issuer=Issuer(id="https://orchard.example/issuer", name="Orchard School"),
        image="https://orchard.example/7.png",
        image_caption="A grafted twig",
        criteria=Criteria(id="https://orchard.example/achievements/7/criteria", narrative="Graft **three** trees."),
        tags=("grafting",),
        achievement_type="ext:OrchardPass",
        language="en-GB",
        version="2",
        related=(
            Related(
                id="https://orchard.example/achievements/6",
                url="https://orchard.example/achievements/6",
                version="1",
                language="fr",
            ),
        ),
        result_description=(
            ResultDescription(
                id="urn:uuid:0d0c0b0a-0908-4706-8504-030201000f0e",
                name="Takes",
                result_type="RubricCriterionLevel",
                value_min="0",
                value_max="10",
                required_value="7",
                required_level="urn:uuid:1d0c0b0a-0908-4706-8504-030201000f0e",
                allowed_value=("some", "most"),
                rubric_criterion_level=(
                    RubricCriterionLevel(
                        id="urn:uuid:1d0c0b0a-0908-4706-8504-030201000f0e",
                        name="Most take",
                        level="2",
                        points="5.0",
                        description="Seven of ten grow on.",
                        alignment=(Alignment(target_name="L2", target_url="https://case.example/2"),),
                    ),
                ),
                alignment=(Alignment(target_name="Score", target_url="https://case.example/1"),),
            ),
        ),
        credits_available="1.5",
        field_of_study="Pomology",
        specialization="Apples",
        human_code="GRAFT-1",
        other_identifier=(OtherIdentifier(identifier="C-17", identifier_type="ext:course"),),
        endorsement=(
            Endorsement(
                id="https://guild.example/e/1",
                issuer=Issuer(id="https://guild.example/", name="Pomology Guild"),
                comment="Sound practice.",
            ),
        ),
        signature="Its signature holds.",
    )


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("https://a.example/c", Criteria(id="https://a.example/c")),
        ("/criteria/7", Criteria(id="https://orchard.example/criteria/7")),
        ("Graft three trees", Criteria(narrative="Graft three trees")),
        ("Attendance", Criteria(narrative="Attendance")),
        (
            {"id": "c.html", "narrative": "* one\n* two"},
            Criteria(id="https://orchard.example/badges/c.html", narrative="* one\n* two"),
        ),
        (["https://a.example/c", {"narrative": "Graft."}], Criteria(id="https://a.example/c", narrative="Graft.")),
        ({}, Criteria()),
        (None, Criteria()),
    ],
    ids=repr,
)
def test_criteria_may_be(stated: Any, expected: Criteria) -> None:
    assert read(MINIMAL, criteria=stated).criteria == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("https://a.example/i.png", "https://a.example/i.png"),
        ("i.png", "https://orchard.example/badges/i.png"),
        ("//media.example/i.png", "https://media.example/i.png"),
        ("data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="),
        ({"id": "/i.png", "type": "Image"}, "https://orchard.example/i.png"),
        ({"@id": "https://a.example/i.png"}, "https://a.example/i.png"),
        ([{"caption": "none"}, "https://a.example/i.png"], "https://a.example/i.png"),
        ("www.a.example/i.png", "www.a.example/i.png"),
        ("http://[", "http://["),
    ],
    ids=repr,
)
def test_an_image_may_be(stated: Any, expected: str) -> None:
    assert read(MINIMAL, image=stated).image == expected


def test_one_value_stands_for_a_list_and_a_list_of_one_for_a_value() -> None:
    badge = read(
        MINIMAL,
        name=["Grafting"],
        tags="apples",
        tag=["pears"],
        alignment={"name": "Graft", "url": "/skills/1", "description": "Cuts heal."},
        alignments=["https://case.example/2"],
        related={"@id": "graft-es.json", "@language": "es"},
        version=2,
    )
    assert (badge.name, badge.tags, badge.version) == ("Grafting", ("apples", "pears"), "2")
    assert badge.alignment == (
        Alignment(target_name="Graft", target_url="https://orchard.example/skills/1", target_description="Cuts heal."),
        Alignment(target_url="https://case.example/2"),
    )
    (other,) = badge.related
    assert (other.id, other.language) == ("https://orchard.example/badges/graft-es.json", "es")


def test_an_alignment_that_is_no_address_is_not_made_one() -> None:
    (alignment,) = read(MINIMAL, alignment={"targetName": "Graft", "targetUrl": "see handbook"}).alignment
    assert alignment.target_url == "see handbook"


def test_the_creator_owns_and_the_issuer_issues_as_well() -> None:
    badge = read(MINIMAL, creator=SCHOOL, issuer={"id": "https://guild.example/", "name": "Guild"})
    assert badge.issuer == Issuer(id="https://orchard.example/issuer", name="Orchard School")
    assert badge.also_issued_by == (Issuer(id="https://guild.example/", name="Guild"),)


def test_the_issuer_of_the_credential_is_taken_where_the_achievement_names_none() -> None:
    credential = {"type": ["OpenBadgeCredential"], "issuer": SCHOOL, "credentialSubject": {"achievement": MINIMAL}}
    assert badge_class(credential).issuer == Issuer(id="https://orchard.example/issuer", name="Orchard School")
    named = {**credential, "credentialSubject": [{"achievement": [MINIMAL | {"issuer": "https://guild.example/"}]}]}
    assert badge_class(named).issuer == Issuer(id="https://guild.example/")


def test_an_embedded_issuer_may_have_no_id() -> None:
    assert read(MINIMAL, issuer={"name": "Orchard School"}).issuer == Issuer(id="", name="Orchard School")


@pytest.mark.parametrize(
    "spelled",
    [
        {"@id": AT, "@type": "BadgeClass", "schema:name": "Grafting", "obi:criteria": {"obi:narrative": "Graft."}},
        {
            "@id": AT,
            "@type": ["https://w3id.org/openbadges#BadgeClass"],
            "http://schema.org/name": [{"@value": "Grafting"}],
            "https://w3id.org/openbadges#criteria": [
                {"https://w3id.org/openbadges#narrative": [{"@value": "Graft.", "@language": "en"}]}
            ],
        },
    ],
    ids=["compact", "expanded"],
)
def test_names_as_json_ld_spells_them_are_understood(spelled: Json) -> None:
    badge = badge_class(spelled)
    assert (badge.id, badge.name, badge.criteria) == (AT, "Grafting", Criteria(narrative="Graft."))


def test_a_plain_name_goes_before_its_spelling_with_a_prefix_which_is_named() -> None:
    badge = read(MINIMAL, **{"schema:name": "Other", "schema:keywords": "apples"})
    assert (badge.name, badge.tags, badge.left_out) == ("Grafting", ("apples",), ("schema:name",))


@pytest.mark.parametrize(
    "item",
    [
        {"type": "BadgeClass", "id": AT, "foaf:name": "Grafting"},
        MINIMAL | {"@context": [OB_2, {"schema": "https://other.example/"}]},
    ],
    ids=["an unknown prefix", "a prefix with another meaning"],
)
def test_what_only_a_context_could_explain_is_refused(item: Json) -> None:
    with pytest.raises(ValueError, match=r"^Its .*prefix.*\.$"):
        badge_class(item)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"inLanguage": "fr"}, "fr"),
        ({"@language": "es"}, "es"),
        ({"@context": [OB_2, {"@language": "cy"}]}, "cy"),
        ({"@language": "es", "inLanguage": "fr"}, "fr"),
        ({}, None),
    ],
    ids=repr,
)
def test_a_language_is_taken_from(stated: Json, expected: str | None) -> None:
    assert read(MINIMAL, **stated).language == expected


@pytest.mark.parametrize("stated", [None, {"amount": None, "duration": None}, {}])
def test_no_validity_is_none_and_nothing_is_left_out(stated: Any) -> None:
    badge = read(MINIMAL, expires=stated)
    assert (badge.expires, badge.left_out) == (None, ())


def test_a_validity_is_an_amount_of_a_unit_and_anything_else_is_named() -> None:
    assert read(MINIMAL, expires={"amount": 24, "duration": "months"}).expires == Validity(amount="24", unit="months")
    assert read(MINIMAL, expires="P2Y").left_out == ("expires",)


def test_an_archived_badge_says_so() -> None:
    assert read(MINIMAL, archived=True).state == "archived"
    assert read(MINIMAL, archived=False).state is None


@pytest.mark.parametrize(("stated", "expected"), [(3, "3"), (0.1, "0.1"), ("1.50", "1.50"), (2.0, "2.0"), (0, "0")])
def test_credits_are_kept_to_the_digit(stated: Any, expected: str) -> None:
    assert read(MINIMAL, creditsAvailable=stated).credits_available == expected


def test_texts_stay_as_the_issuer_wrote_them() -> None:
    raw = "<p>Bees &amp; <b>trees</b></p>\n\n- [guide](https://a.example/g)"
    badge = read(MINIMAL, description=raw, criteria={"narrative": raw})
    assert (badge.description, badge.criteria.narrative) == (raw, raw)


def test_endorsements_may_be_addresses_or_of_2_0() -> None:
    of_2 = {"type": "Endorsement", "issuer": "https://guild.example/", "claim": {"endorsementComment": "Sound."}}
    badge = read(MINIMAL, endorsement=["/endorsements/1", of_2])
    assert badge.endorsement == (
        Endorsement(id="https://orchard.example/endorsements/1"),
        Endorsement(issuer=Issuer(id="https://guild.example/"), comment="Sound."),
    )


def test_an_endorsement_that_is_signed_is_read_from_its_text() -> None:
    jws = ".".join(
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "RS256"}, FULL_3["endorsement"][0], "signature")
    )
    assert read(MINIMAL, endorsementJwt=[jws]).endorsement == badge_class(FULL_3).endorsement


@pytest.mark.parametrize("stated", [*(term["value"] for term in ACHIEVEMENT_TYPES), "ext:OrchardPass", "Graft!"])
def test_every_achievement_type_is_kept_as_it_is_stated(stated: str) -> None:
    assert read(FULL_3, achievementType=stated).achievement_type == stated


def words(value: Any) -> Iterator[str]:
    """The texts in a badge, numbers as texts."""
    if isinstance(value, dict):
        for member in value.values():
            yield from words(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from words(member)
    elif value is not None:
        yield str(value)


def test_every_word_of_an_achievement_is_in_the_record_or_in_a_note() -> None:
    badge = replace(badge_class(FULL_3), expires=Validity(amount="24", unit="months"), signature="It was not checked.")
    made = replace(badge, id_made_from="https://orchard.example/found/here")
    mapped = credential(made, Context(authority="orchard.example", platform_name="orchard.example"))
    heard = " ".join([*words(properties(mapped.credential)), *(note.message for note in mapped.notes)])
    silent = {result.id for result in made.result_description}
    silent |= {level.id for result in made.result_description for level in result.rubric_criterion_level}
    spoken = asdict(made) | {"criteria": {"id": made.criteria.id}}
    for word in words({name: value for name, value in spoken.items() if name != "issuer"}):
        assert word in heard or word in silent or word == "related"
    assert all(note.message.endswith(".") for note in mapped.notes)


def test_open_badges_1_0_is_known_by_its_shape() -> None:
    item = {
        "name": "Grafting",
        "description": "Join.",
        "image": "/i.png",
        "criteria": "/c.html",
        "issuer": "https://orchard.example/issuer.json",
        "tags": [],
        "alignment": [{"name": "Graft", "url": "https://case.example/1", "description": "Cuts heal."}],
    }
    assert kind(item) is Kind.BADGE_CLASS
    badge = badge_class(item, at=AT)
    assert (badge.id, badge.id_made_from) == (AT, AT)
    assert badge.criteria.id == "https://orchard.example/c.html"
    assert badge.alignment[0].target_name == "Graft"


def test_open_badges_0_5_is_read_against_its_origin_and_every_copy_has_one_id() -> None:
    first, second = badge_class(OB_05, at="https://a.example/1"), badge_class({**OB_05, "recipient": "sha256$11"})
    assert first == second
    assert re.fullmatch(r"https://orchard\.example#badge-[0-9a-f]{16}", first.id)
    assert first.id_made_from == "https://orchard.example"
    assert first.image == "https://orchard.example/img/graft.png"
    assert first.criteria.id == "https://orchard.example/criteria/graft"
    assert first.issuer == Issuer(id="https://orchard.example", name="Orchard School", url="https://orchard.example")
    record = credential(first, Context(authority="orchard.example", platform_name="orchard.example"))
    assert record.credential.same_as == ()
    assert "[id_made_from]" in [f"[{note.code}]" for note in record.notes]
    other = badge_class({**OB_05, "badge": OB_05["badge"] | {"criteria": "/criteria/prune"}})
    assert other.id != first.id


def test_badges_without_an_id_that_lie_at_one_address_are_told_apart() -> None:
    one, two = ({"type": "BadgeClass", "name": name} for name in ("Grafting", "Pruning"))
    ids = {badge_class(each, at=AT, shared=True).id for each in (one, two)}
    assert len(ids) == 2
    assert all(each.startswith(f"{AT}#badge-") for each in ids)


@pytest.mark.parametrize("stated", [None, "", "_:b0"])
def test_without_an_id_and_an_address_it_is_refused(stated: Any) -> None:
    with pytest.raises(ValueError, match=r"^The badge has no id, and it was not found at a web address .*\.$"):
        badge_class({"type": "BadgeClass", "name": "Grafting", "id": stated})
    assert badge_class({"type": "BadgeClass", "name": "Grafting", "id": stated}, at=AT).id == AT


def test_a_made_id_is_said_also_of_the_definition() -> None:
    kept = definition({"type": "BadgeClass", "name": "Grafting"}, at=AT)
    assert badge_class(kept).id_made_from == AT
    assert badge_class(MINIMAL).id_made_from is None


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        *((f"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.{n}.json", Standard.OB_3_0) for n in range(4)),
        ("https://purl.imsglobal.org/spec/ob/v3p0/context.json", Standard.OB_3_0),
        (["https://www.w3.org/ns/credentials/v2", OB_3, {"x": "y"}], Standard.OB_3_0),
        ("https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld", Standard.OB_2_1),
        (OB_2, Standard.OB_2_0),
        (["https://example.org/own.json", OB_2], Standard.OB_2_0),
        ("https://w3id.org/openbadges/v1", Standard.OB_1_1),
        ("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.x.json", None),
        ("https://example.org/own.json", None),
        (None, None),
    ],
    ids=repr,
)
def test_the_standard_is_told_by_its_context(context: Any, expected: Standard | None) -> None:
    assert standard({"@context": context}) is expected


KINDS = {
    "a badge class": (MINIMAL, Kind.BADGE_CLASS),
    "an achievement": (FULL_3, Kind.BADGE_CLASS),
    "a version of a badge": ({"@context": OB_2, "id": AT, "name": "Grafting", "version": 2}, Kind.BADGE_CLASS),
    "an assertion": (ASSERTION, Kind.ASSERTION),
    "an assertion of 0.5": (OB_05, Kind.ASSERTION),
    "a revoked assertion": ({"@context": OB_2, "id": AT, "revoked": True}, Kind.ASSERTION),
    "evidence of an award": ({"@context": OB_2, "id": AT, "evidence": "https://a.example/e"}, Kind.ASSERTION),
    "a story of an award": ({"@context": OB_2, "id": AT, "narrative": "Grew on."}, Kind.ASSERTION),
    "a credential": ({"type": ["OpenBadgeCredential"], "credentialSubject": {"achievement": FULL_3}}, Kind.CREDENTIAL),
    "an issuer": ({"type": "Issuer", "id": "https://a.example/", "name": "School"}, Kind.ISSUER),
    "an issuer by shape": ({"name": "School", "url": "https://a.example/", "email": "office@a.example"}, Kind.ISSUER),
    "a key": ({"type": "CryptographicKey", "owner": "https://a.example/", "publicKeyPem": "-"}, Kind.KEY),
    "a key of a header": ({"kty": "OKP", "crv": "Ed25519", "x": "-"}, Kind.KEY),
    "a revocation list": ({"type": "RevocationList", "revokedAssertions": []}, Kind.REVOCATION_LIST),
    "an endorsement": ({"type": "Endorsement", "claim": {"id": AT}}, Kind.ENDORSEMENT),
    "an endorsement of 3.0": (FULL_3["endorsement"][0], Kind.ENDORSEMENT),
    "a signature's header": ({"alg": "RS256", "kid": "1"}, Kind.JWS_HEADER),
    "an envelope": ({"result": [MINIMAL], "status": {"success": True}}, Kind.LIST),
    "an array": ([MINIMAL], Kind.LIST),
    "an image alone": ({"@context": OB_2, "id": AT, "image": "https://a.example/i.png"}, Kind.UNKNOWN),
    "nothing": ({}, Kind.UNKNOWN),
    "a number": (7, Kind.UNKNOWN),
}
REFUSED = {
    "a revoked assertion": "revoked",
    "evidence of an award": "part of an award",
    "a story of an award": "part of an award",
    "an issuer": "profile of an issuer",
    "an issuer by shape": "profile of an issuer",
    "a key": "public key",
    "a key of a header": "public key",
    "a revocation list": "awards that were revoked",
    "an endorsement": "endorsement of a badge",
    "an endorsement of 3.0": "endorsement of a badge",
    "a signature's header": "header of a signature",
    "an image alone": "part of an Open Badges document",
    "nothing": "shape of no Open Badges document",
    "a number": "no object",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_document_is_told_for_what_it_is(name: str) -> None:
    item, expected = KINDS[name]
    assert kind(item) is expected


@pytest.mark.parametrize("name", KINDS)
def test_only_what_holds_no_badge_is_refused_with_its_own_reason(name: str) -> None:
    item, _ = KINDS[name]
    reason = refused(item)
    assert (reason is not None) is (name in REFUSED)
    if reason is not None:
        assert REFUSED[name] in reason
        with pytest.raises(ValueError, match=re.escape(reason)):
            badge_class(item, at=AT)


def test_a_part_with_a_name_is_a_badge_and_one_without_says_so() -> None:
    assert badge_class({"@context": OB_2, "id": AT, "name": "Grafting", "version": 2}).version == "2"
    with pytest.raises(ValueError, match=r"^The badge has no name\.$"):
        badge_class({"@context": OB_2, "id": AT, "criteria": "https://a.example/c"})


def test_an_award_that_only_points_to_its_badge_is_no_badge() -> None:
    with pytest.raises(ValueError, match="at most its address"):
        badge_class(ASSERTION)
    assert unwrapped(ASSERTION) == {}
    assert unwrapped(MINIMAL) is MINIMAL
    assert is_document(ASSERTION)
    assert not is_document({"id": "7", "name": "Of a platform", "issuer": {}, "state": "active"})


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (ASSERTION, AT),
        ({"badge": "/badges/1"}, "https://orchard.example/badges/1"),
        ({"badge": {"id": AT, "type": "BadgeClass"}}, AT),
        ({"credentialSubject": {"achievement": AT}}, AT),
        ({"credentialSubject": [{"achievement": {"id": AT, "type": ["Achievement"]}}]}, AT),
        ({"badge": MINIMAL}, None),
        ({"badge": "urn:uuid:1"}, None),
        ({"badge": 7}, None),
        (MINIMAL, None),
    ],
    ids=repr,
)
def test_the_way_from_an_award_leads_to(item: Json, expected: str | None) -> None:
    assert walking.badge_address(item, at=AT) == expected


def test_a_part_of_a_document_says_where_the_whole_lies() -> None:
    assert walking.own_address({"id": AT, "evidence": "https://a.example/e"}) == AT
    assert walking.own_address({"id": "urn:uuid:1"}) is None


def test_an_award_a_badge_and_an_issuer_make_one_definition() -> None:
    found = walking.with_badge(ASSERTION, {"name": "Grafting", "criteria": "c", "issuer": "/issuer"}, at=AT)
    assert walking.issuer_address(found) == "https://orchard.example/issuer"
    profile = {"type": "Issuer", "id": "https://moved.example/", "name": "Orchard School", "email": "a@b.example"}
    known = walking.with_issuer(found, profile)
    assert walking.issuer_address(known) is None
    assert badge_class(known).issuer == Issuer(id="https://orchard.example/issuer", name="Orchard School")
    assert definition(known) == known


def test_the_issuer_of_a_credential_goes_with_the_achievement_it_leads_to() -> None:
    credential = {"type": "OpenBadgeCredential", "issuer": SCHOOL, "credentialSubject": {"achievement": AT}}
    assert badge_class(walking.with_badge(credential, MINIMAL, at=AT)).issuer == Issuer(
        id="https://orchard.example/issuer", name="Orchard School"
    )


def test_the_way_ends_at_what_is_neither_badge_nor_issuer() -> None:
    with pytest.raises(ValueError, match="another award"):
        walking.with_badge(ASSERTION, ASSERTION, at=AT)
    with pytest.raises(ValueError, match="public key"):
        walking.with_badge(ASSERTION, {"publicKeyPem": "-"}, at=AT)
    with pytest.raises(ValueError, match="not the profile of an issuer"):
        walking.with_issuer(definition(MINIMAL | {"issuer": "https://a.example/"}), ASSERTION)


@pytest.mark.parametrize("member", ["name", "description", "version", "image", "criteria", "tags", "resultDescription"])
@pytest.mark.parametrize(
    "value", [[["x"]], True, 10**400, float("inf"), float("nan"), "half \ud800"], ids=lambda v: repr(v)[:12]
)
def test_a_member_of_an_impossible_form_is_refused_or_named(member: str, value: Any) -> None:
    reason, badge = outcome(lambda: badge_class(MINIMAL | {member: value}))
    if badge is None:
        assert re.fullmatch(rf"Its member {member} .*\.", reason)
    else:
        assert badge.left_out == (member,)


texts = st.sampled_from(["", " ", "Grafting", "/c", "https://a.example/1", "a b", "\ud800", "ey.a.b", "_:b"]) | st.text(
    max_size=8
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            texts | st.sampled_from(["id", "@id", "@value", "name", "narrative", "identifier", "obi:narrative"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
MEMBERS = sorted({*FULL_3, *ASSERTION, *OB_05, "credentialSubject", "endorsementJwt", "expires", "left_out", "claim"})
anything = st.dictionaries(st.sampled_from(MEMBERS) | texts, values, max_size=6)


@given(anything | anything.map(lambda item: MINIMAL | item) | anything.map(lambda item: {"badge": MINIMAL | item}))
def test_any_object_gives_a_badge_or_a_sentence(item: Json) -> None:
    kind(item)
    walking.badge_address(item, at=AT)
    walking.own_address(item, at=AT)
    reason, kept = outcome(lambda: definition(item, at=AT))
    if kept is None:
        assert re.fullmatch(r"(?s)[A-Z].* .*\.", reason)
        return
    assert badge_class(item, at=AT) == badge_class(kept)
    assert definition(kept) == kept
    walking.issuer_address(kept)
    walking.with_issuer(kept, {"name": "School", "email": "office@a.example"})


def test_a_badge_of_no_members_has_none() -> None:
    badge = badge_class(MINIMAL)
    filled = {field.name for field in fields(badge) if getattr(badge, field.name) not in (None, (), Criteria())}
    assert filled == {"id", "source_id", "name"}
