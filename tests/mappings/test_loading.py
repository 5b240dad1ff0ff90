"""Documents that a registry serves, read back into records: nothing is lost on the way, and nobody's contact kept."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.ctdl.graph import credential_graph, verification_service_graph
from mappings.ctdl.loading import credential_of, verification_service_of
from mappings.ctdl.model import ConditionProfile, Credential, EntityReference, OrganizationReference
from mappings.ctdl.reading import Unreadable
from mappings.ctdl.shape import by_term, from_properties, properties

Json = dict[str, Any]

CTID = "ce-1e0b7a4c-52d3-5f86-9c1a-0b2d4f6a8c0e"
OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
SANDBOX = "https://sandbox.credentialengineregistry.org"
COUNCIL = "_:0c7b8a52-91a8-4c5e-8f3e-5d0a1f7f2b11"
EXAM = "_:6a5a3c1e-7a44-4d3f-b1a5-2f0f6f9d8e22"
HOLDERS = "_:9f1d2c3b-0a4e-4b7c-8d6e-1a2b3c4d5e33"


def published(**more: Any) -> Json:
    """A record as an older registry serves it: http context, a CTID in upper case, one thing of everything."""
    main = {
        "@type": "ceterms:Certification",
        "@id": f"{SANDBOX}/resources/{CTID.upper()}",
        "ceterms:ctid": CTID.upper(),
        "ceterms:name": {"en-US": "Certified Bee Keeper"},
        "ceterms:credentialStatusType": {
            "@type": "ceterms:CredentialAlignmentObject",
            "ceterms:framework": "http://credreg.net/ctdl/terms/CredentialStatus",
            "ceterms:targetNode": "credentialStat:Active",
            "ceterms:targetNodeDescription": {"en-US": "It is offered."},
        },
        "ceterms:ownedBy": [f"{SANDBOX}/resources/{OWNER.upper()}"],
        "ceterms:accreditedBy": [COUNCIL],
        "ceterms:requires": [{"@type": "ceterms:ConditionProfile", "ceterms:targetAssessment": [EXAM]}],
        **{f"ceterms:{name}": value for name, value in more.items()},
    }
    council = {
        "@id": COUNCIL,
        "@type": "ceterms:QACredentialOrganization",
        "ceterms:name": {"en-US": "Council of Guilds"},
        "ceterms:subjectWebpage": "https://council.example",
    }
    exam = {"@id": EXAM, "@type": "ceterms:AssessmentProfile", "ceterms:name": {"en-US": "Examination"}}
    return {
        "@context": "http://credreg.net/ctdl/schema/context/json",
        "@id": f"{SANDBOX}/graph/{CTID.upper()}",
        "@graph": [council, main, exam],
    }


def again(record: Credential) -> Credential:
    """A record stored and read from the store."""
    stored = json.loads(json.dumps(properties(record)))
    return from_properties(Credential, stored, ctid=record.ctid)


def test_an_older_document_is_read_from_any_registry() -> None:
    assert credential_of(published()) == Credential(
        ctid=CTID,
        credential_type="ceterms:Certification",
        name={"en-US": "Certified Bee Keeper"},
        credential_status_type="credentialStat:Active",
        owned_by=(OWNER,),
        accredited_by=(
            OrganizationReference(
                type="ceterms:QACredentialOrganization",
                name={"en-US": "Council of Guilds"},
                subject_webpage="https://council.example",
            ),
        ),
        requires=(
            ConditionProfile(
                target_assessment=(EntityReference(type="ceterms:AssessmentProfile", name={"en-US": "Examination"}),)
            ),
        ),
    )


def test_the_one_node_that_a_registry_serves_for_a_resource_is_read_too() -> None:
    _, main, _ = published(image="https://guild.example/cbk.png")["@graph"]
    del main["ceterms:accreditedBy"], main["ceterms:requires"], main["ceterms:ctid"]
    record = credential_of({"@context": "https://credreg.net/ctdl/schema/context/json", **main})
    assert (record.ctid, record.image) == (CTID, "https://guild.example/cbk.png")


OUTCOMES = [{"@type": "ceterms:AggregateDataProfile", "ceterms:numberAwarded": 12, "ceterms:source": HOLDERS}]
BEYOND: list[Json] = [
    {"aggregateData": OUTCOMES},
    {"hasProxy": "https://guild.example/proxy"},
    {"subjectWebpage": ["https://guild.example/a", "https://guild.example/b"]},
    {
        "credentialStatusType": {
            "@type": "ceterms:CredentialAlignmentObject",
            "ceterms:targetNode": "credentialStat:New",
        }
    },
    {"subject": [{"ceterms:targetNodeName": {"en-US": "Bees"}, "ceterms:codedNotation": "B"}]},
    {"ownedBy": ["_:nowhere"]},
    {"requires": [{"@type": "ceterms:AnotherProfile", "ceterms:name": {"en-US": "x"}}]},
    {"estimatedCost": ["https://guild.example/costs"]},
    {"isNonCredit": "true"},
    {"jurisdiction": [{"@type": "ceterms:JurisdictionProfile", "ceterms:globalJurisdiction": True, "ceterms:x": 1}]},
    {"estimatedCost": [{"@type": "ceterms:CostProfile", "ceterms:price": "120", "ceterms:currency": "USD"}]},
    {"occupationType": [{"@type": "ceterms:CredentialAlignmentObject", "ceterms:weight": 1, "asn:x": ["y"]}]},
]


@pytest.mark.parametrize("more", BEYOND, ids=lambda more: next(iter(more)))
def test_what_the_model_does_not_know_is_published_again_as_it_stood(more: Json) -> None:
    document = published(**more)
    document["@graph"].append({"@id": HOLDERS, "@type": "qdata:DataSetProfile", "qdata:relevantDataSet": []})
    (name, value), (main, *_) = next(iter(more.items())), credential_graph(again(credential_of(document)))["@graph"]
    assert main[f"ceterms:{name}"] == value


def test_a_term_beyond_the_model_keeps_its_prefixed_name() -> None:
    record = credential_of(published(hasProxy="https://guild.example/proxy"))
    assert record.beyond == {"ceterms:hasProxy": "https://guild.example/proxy"}
    assert properties(record)["ceterms:hasProxy"] == "https://guild.example/proxy"
    assert again(record) == record


def test_blank_nodes_that_only_such_a_term_names_come_back_with_it() -> None:
    document = published(aggregateData=OUTCOMES)
    holders = {"@id": HOLDERS, "@type": "qdata:DataSetProfile", "qdata:about": HOLDERS}
    document["@graph"].append(holders)
    written = credential_graph(again(credential_of(document)))["@graph"]
    assert written[0]["ceterms:aggregateData"] == OUTCOMES
    assert holders in written


def test_a_document_read_and_written_is_the_same_document() -> None:
    once = credential_graph(credential_of(published(aggregateData=OUTCOMES, subject="bees", keyword="bees")))
    assert credential_graph(credential_of(once)) == once
    assert once["@graph"][0]["@id"] == f"https://credentialengineregistry.org/resources/{CTID}"


def test_contact_persons_are_left_out_wherever_they_stand() -> None:
    place = {"@type": "ceterms:Place", "ceterms:name": {"en-US": "Hive"}, "ceterms:targetContactPoint": [{"x": "Ann"}]}
    record = credential_of(published(availableAt=[place], hasProxy={"ceterms:address": place}))
    assert "Hive" in str(record.available_at)
    assert "Hive" in str(record.beyond)
    assert "Ann" not in str(record)


def test_a_verification_service_profile_is_read_back() -> None:
    document = {
        "@graph": [
            {
                "@type": "ceterms:VerificationServiceProfile",
                "@id": f"{SANDBOX}/resources/{CTID}",
                "ceterms:ctid": CTID,
                "ceterms:offeredBy": f"{SANDBOX}/resources/{OWNER}",
                "ceterms:holderMustAuthorize": False,
            }
        ]
    }
    profile = verification_service_of(document)
    assert (profile.ctid, profile.offered_by, profile.holder_must_authorize) == (CTID, (OWNER,), False)
    assert verification_service_of(verification_service_graph(profile)) == profile


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("", "This is no document of a registry: it must be an object with an @graph of nodes."),
        ([], "This is no document of a registry: it must be an object with an @graph of nodes."),
        ({"@graph": ["x"]}, "This is no document of a registry: it must be an object with an @graph of nodes."),
        ({}, "The document holds no credential, only nodes without an @type."),
        ({"@graph": []}, "The document holds no credential, only nodes without an @type."),
        ({"@type": "ceterms:Course"}, "The document holds no credential, only ceterms:Course."),
        ({"@type": ["ceterms:Badge"]}, "The document holds no credential, only ['ceterms:Badge']."),
        ({"@type": "ceterms:Badge"}, "The document names no CTID: ceterms:ctid is missing."),
        ({"@type": "ceterms:Badge", "ceterms:ctid": "ce-1"}, "The document names no CTID: ceterms:ctid is ce-1."),
    ],
)
def test_what_is_no_credential_is_refused_with_a_sentence(document: Any, sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        credential_of(document)
    assert refused.value.problems == [sentence]


def test_a_condition_that_names_itself_is_read_once() -> None:
    document = published(recommends=["_:a"])
    document["@graph"].append(
        {"@id": "_:a", "@type": "ceterms:ConditionProfile", "ceterms:alternativeCondition": ["_:a"]}
    )
    (condition,) = credential_of(document).recommends
    assert condition == ConditionProfile(beyond={"ceterms:alternativeCondition": ["_:a"]})


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(by_term(Credential))),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", EXAM, "_:x", CTID]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["@id", "@type", "en", "ceterms:targetNode", "ceterms:name"]), inner)
        ),
        max_leaves=6,
    ),
)
def test_whatever_stands_in_a_term_is_read_or_kept(term: str, value: Any) -> None:
    record = credential_of(published(**{term.removeprefix("ceterms:"): value}))
    assert again(record) == record
    credential_graph(record)


def test_what_is_no_verification_service_profile_is_refused() -> None:
    with pytest.raises(Unreadable, match="no verification service profile, only ceterms:Certification"):
        verification_service_of(published())
