"""The document and the Registry Assistant's request say the same of a record, whatever it holds."""

from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.canonical import canonical
from mappings.ctdl import assistant, graph, model, vocabulary
from mappings.ctdl.assistant import credential_request, verification_service_request
from mappings.ctdl.graph import credential_graph, verification_service_graph
from mappings.ctdl.loading import credential_of, verification_service_of
from mappings.ctdl.model import (
    Credential,
    CredentialAlignmentObject,
    EntityReference,
    Kind,
    OrganizationReference,
    VerificationServiceProfile,
)
from mappings.ctdl.shape import Attribute, attributes, filled, properties

Json = dict[str, Any]
Record = Credential | VerificationServiceProfile

CTID = "ce-1e0b7a4c-52d3-5f86-9c1a-0b2d4f6a8c0e"
OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
PAGE = "https://guild.example/page"
HEAD = {"ctid", "type", "credential_type"}
CLASSES = [of for of in vars(model).values() if isinstance(of, type) and is_dataclass(of)]
TYPES = {EntityReference: "ceterms:Course", OrganizationReference: "ceterms:QACredentialOrganization"}

# The Registry Assistant's input classes, typed from its documentation: form of the value, names of that form.
INPUT: dict[str, dict[str, str]] = {
    "Credential": {
        "class": "CredentialType",
        "text": "Name Description LearningMethodDescription ProcessStandardsDescription",
        "texts": "AlternateName Keyword Subject DegreeConcentration DegreeMajor DegreeMinor",
        "value": "CTID SubjectWebpage CredentialStatusType Image CredentialId VersionCode DateEffective ExpirationDate "
        "InCatalog IsNonCredit ISICV4 ProcessStandards LatestVersion PreviousVersion NextVersion Supersedes "
        "SupersededBy",
        "values": "InLanguage SameAs GovernmentCredentialType AudienceLevelType AudienceType AvailableOnlineAt "
        "AvailabilityListing AssessmentDeliveryType LearningDeliveryType LearningMethodType Naics CommonConditions "
        "CommonCosts HasRubric HasSupportService ProvidesTransferValueFor ReceivesTransferValueFrom RelatedAction "
        "Classification UsesVerificationService",
        "duration": "RenewalFrequency",
        "Reference": "CopyrightHolder",
        "Reference*": "OwnedBy OfferedBy AccreditedBy ApprovedBy RecognizedBy RegisteredBy RegulatedBy RenewedBy "
        "RevokedBy IsPartOf HasPart",
        "IdentifierValue*": "Identifier VersionIdentifier",
        "CredentialAlignmentObject*": "AtLevel",
        "FrameworkItem*": "OccupationType IndustryType InstructionalProgramType",
        "Place*": "AvailableAt",
        "ConditionProfile*": "Requires Recommends Corequisite CoPrerequisite EntryCondition Renewal "
        "AdvancedStandingFrom IsAdvancedStandingFor PreparationFrom IsPreparationFor IsRecommendedFor IsRequiredFor",
        "RevocationProfile*": "Revocation",
        "costs": "EstimatedCost",
        "FinancialAssistanceProfile*": "FinancialAssistance",
        "DurationProfile*": "EstimatedDuration",
        "JurisdictionProfile*": "Jurisdiction AccreditedIn ApprovedIn OfferedIn RecognizedIn RegulatedIn RenewedIn "
        "RevokedIn",
        "ProcessProfile*": "AdministrationProcess AppealProcess ComplaintProcess DevelopmentProcess MaintenanceProcess "
        "ReviewProcess RevocationProcess",
    },
    "VerificationServiceProfile": {
        "text": "Description VerificationMethodDescription",
        "value": "CTID SubjectWebpage DateEffective HolderMustAuthorize",
        "values": "VerifiedClaimType VerificationService VerificationDirectory",
        "Reference*": "OfferedBy TargetCredential",
        "JurisdictionProfile*": "Jurisdiction OfferedIn",
        "ProcessProfile*": "AdministrationProcess",
        "costs": "EstimatedCost",
    },
    "ConditionProfile": {
        "text": "Name Description SubmissionOfDescription CreditUnitTypeDescription Experience",
        "texts": "AlternateName Condition",
        "value": "SubjectWebpage DateEffective MinimumAge YearsOfExperience Weight",
        "values": "SubmissionOf AudienceType AudienceLevelType CommonCosts",
        "Reference*": "AssertedBy Affiliation TargetAssessment TargetCredential TargetLearningOpportunity TargetJob "
        "TargetOccupation TargetTask",
        "ValueProfile*": "CreditValue",
        "CredentialAlignmentObject*": "TargetCompetency",
        "ConditionProfile*": "AlternativeCondition",
        "JurisdictionProfile*": "Jurisdiction ResidentOf",
        "costs": "EstimatedCost",
    },
    "CredentialAlignmentObject": {
        "text": "FrameworkName TargetNodeName TargetNodeDescription",
        "value": "AlignmentDate AlignmentType CodedNotation Framework TargetNode Weight",
    },
    "FrameworkItem": {
        "text": "FrameworkName Name Description",
        "value": "CodedNotation Framework TargetNode Weight",
    },
    "IdentifierValue": {"text": "IdentifierTypeName", "value": "IdentifierType IdentifierValueCode"},
    "CostProfile": {
        "text": "Name Description",
        "texts": "AlternateName Condition",
        "value": "CostDetails Currency StartDate EndDate",
        "JurisdictionProfile*": "Jurisdiction",
    },
    "CostItem": {"text": "PaymentPattern", "value": "DirectCostType Price", "values": "ResidencyType AudienceType"},
    "DurationProfile": {
        "text": "Description",
        "duration": "ExactDuration MinimumDuration MaximumDuration TimeRequired",
    },
    "RevocationProfile": {
        "text": "Description RevocationCriteriaDescription",
        "value": "DateEffective RevocationCriteria",
        "JurisdictionProfile*": "Jurisdiction",
    },
    "Reference": {
        "class": "Type",
        "text": "Name Description",
        "value": "SubjectWebpage CodedNotation",
        "values": "SameAs SocialMedia AvailabilityListing Email",
        "IdentifierValue*": "Identifier",
        "Place*": "Address",
    },
    "Place": {
        "text": "Name Address1 City AddressRegion SubRegion Country",
        "value": "PostOfficeBoxNumber PostalCode Latitude Longitude GeoURI",
    },
    "JurisdictionProfile": {
        "text": "Description",
        "value": "GlobalJurisdiction",
        "Place": "MainJurisdiction",
        "Place*": "JurisdictionException",
        "Reference*": "AssertedBy",
    },
    "FinancialAssistanceProfile": {"text": "Name Description", "texts": "AlternateName", "value": "SubjectWebpage"},
    "ProcessProfile": {
        "text": "Description ProcessFrequency ProcessMethodDescription ProcessStandardsDescription "
        "ScoringMethodDescription ScoringMethodExampleDescription VerificationMethodDescription",
        "value": "SubjectWebpage DateEffective ProcessMethod ProcessStandards ScoringMethodExample",
        "values": "TargetCompetencyFramework",
        "Reference*": "ProcessingAgent TargetAssessment TargetCredential TargetLearningOpportunity",
        "JurisdictionProfile*": "Jurisdiction",
    },
    "ValueProfile": {
        "text": "Description",
        "texts": "Subject",
        "value": "Value MinValue MaxValue Percentage",
        "values": "CreditUnitType CreditLevelType",
    },
}
IN_CTDL = {
    "CTID": "ctid",
    "ISICV4": "isicV4",
    "GeoURI": "geoURI",
    "Address1": "streetAddress",
    "City": "addressLocality",
    "Country": "addressCountry",
}


def understood(request: Json, of: str) -> Json:
    """What the Registry Assistant understands of a request, as the properties of the record."""
    language = request["DefaultLanguage"]
    mentioned = {each["Id"]: each for each in request.get("ReferenceObjects", [])}

    def node(of: str, given: Json) -> Json:
        forms = {name: form for form, names in INPUT[of].items() for name in names.split()}
        twins = {f"ceterms:{local(of, name)}": name for name in forms}
        read: Json = {}
        for key, value in given.items():
            name = twins.get(key, key)
            assert name == key or forms[name] in ("text", "texts")
            read[in_ctdl(of, name)] = value if name != key else member(forms[name], value)
        return read

    def member(form: str, value: Any) -> Any:
        if form.endswith("*"):
            return [member(form[:-1], each) for each in value]
        match form:
            case "text" | "texts":
                return {language: value}
            case "class":
                return f"ceterms:{value}"
            case "duration":
                return value["Duration_ISO8601"]
            case "values":
                return [of_a_thing(each) for each in value]
            case "value":
                return of_a_thing(value)
            case "costs":
                return [node("CostProfile", shared(each)) | item for each in value for item in items(each)]
            case "Reference" if "CTID" in value or "Id" in value:
                (name,) = value.values()
                return name
        return node(form, value)

    def of_a_thing(value: Any) -> Any:
        named = mentioned.get(value) if isinstance(value, str) else None
        return node("Reference", {name: held for name, held in named.items() if name != "Id"}) if named else value

    def shared(cost: Json) -> Json:
        return {name: value for name, value in cost.items() if name != "CostItems"}

    def items(cost: Json) -> list[Json]:
        return [node("CostItem", each) for each in cost.get("CostItems", [{}])]

    return node(of, request[of])


def local(of: str, name: str) -> str:
    return IN_CTDL.get(name, name[0].lower() + name[1:])


def in_ctdl(of: str, name: str) -> str:
    if of == "FrameworkItem" and name in ("Name", "Description"):
        return f"targetNode{name}"
    return local(of, name)


def said(record: Record) -> Json:
    return properties(record) | {"ctid": record.ctid}


def of_the_document(record: Record) -> Json:
    if isinstance(record, Credential):
        return said(credential_of(credential_graph(record, "https://practice.example/registry")))
    return said(verification_service_of(verification_service_graph(record)))


def of_the_request(record: Record) -> Json:
    if isinstance(record, Credential):
        request = credential_request(record, published_for=OWNER, default_language="en-US")
    else:
        request = verification_service_request(record, published_for=OWNER, default_language="en-US")
    return understood(request, type(record).__name__)


WORD = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6)
LANGUAGE = st.sampled_from(["en-US", "de", "es"])
ADDRESS = st.sampled_from([f"https://guild.example/{n}" for n in range(4)])


@cache
def nodes(of: type, size: int) -> st.SearchStrategy[Any]:
    """Nodes of a model class with some of its properties, and fewer of them the deeper they stand."""
    held = [a for a in attributes(of) if a.attribute not in HEAD]

    def some(chosen: set[Attribute]) -> st.SearchStrategy[Any]:
        return st.builds(of, **{a.attribute: values(a, size) for a in chosen}, **head(of))

    return st.sets(st.sampled_from(held), min_size=1, max_size=size).flatmap(some)


def head(of: type) -> Json:
    if of is Credential:
        return {"ctid": st.just(CTID), "credential_type": st.sampled_from(sorted(vocabulary.credential_types()))}
    if of is VerificationServiceProfile:
        return {"ctid": st.just(CTID)}
    return {"type": st.just(TYPES[of])} if of in TYPES else {}


def values(a: Attribute, size: int) -> st.SearchStrategy[Any]:
    inner = max(size // 2, 1)
    match a.kind:
        case Kind.TEXT:
            return st.dictionaries(LANGUAGE, WORD, min_size=1)
        case Kind.TEXTS | Kind.SUBJECTS:
            return st.dictionaries(LANGUAGE, some(WORD), min_size=1)
        case Kind.CONCEPT:
            return st.sampled_from(sorted(vocabulary.scheme_of(a.name).terms))
        case Kind.CONCEPTS:
            return some(st.sampled_from(sorted(vocabulary.scheme_of(a.name).terms)))
        case Kind.DATE:
            return st.dates().map(str)
        case Kind.DURATION:
            return st.sampled_from(["P3Y", "PT40H"])
        case Kind.URL:
            return ADDRESS
        case Kind.URLS:
            return some(ADDRESS)
        case Kind.WORD:
            return WORD
        case Kind.WORDS | Kind.LANGUAGES:
            return some(WORD)
        case Kind.NUMBER:
            return st.integers(0, 9) | st.sampled_from([0.5, 120.25])
        case Kind.WHOLE_NUMBER:
            return st.integers(0, 99)
        case Kind.YES_NO:
            return st.booleans()
        case Kind.REFERENCE:
            return references(inner)
        case Kind.REFERENCES:
            return some(references(inner))
        case Kind.PROFILE | Kind.PROFILES if a.name in ("occupationType", "industryType", "instructionalProgramType"):
            return some(st.builds(CredentialAlignmentObject, coded_notation=WORD, target_node_name=values_of_text()))
        case Kind.PROFILE:
            return nodes(profile(a), inner)
    return some(nodes(profile(a), inner))


def values_of_text() -> st.SearchStrategy[Any]:
    return st.dictionaries(LANGUAGE, WORD, min_size=1)


def references(size: int) -> st.SearchStrategy[Any]:
    return st.sampled_from([OWNER, CTID]) | ADDRESS | st.sampled_from(list(TYPES)).flatmap(lambda of: nodes(of, size))


def profile(a: Attribute) -> type:
    assert a.of is not None
    return a.of


def some(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=1, max_size=2).map(tuple)


@settings(max_examples=60, deadline=None)
@given(nodes(Credential, 8) | nodes(VerificationServiceProfile, 6))
def test_the_document_and_the_request_say_what_the_record_says(record: Record) -> None:
    assert canonical(of_the_document(record)) == canonical(of_the_request(record)) == canonical(said(record))


def complete(of: type, seen: set[type]) -> Any:
    """A node with a value for every property; a class met before is filled with one text or address alone."""
    first = of not in seen
    seen.add(of)
    held: Json = {"type": TYPES[of]} if of in TYPES else {}
    for a in attributes(of):
        if a.attribute not in HEAD and (first or not held.keys() - {"type"}):
            held[a.attribute] = example(of, a, seen)
    if of in (Credential, VerificationServiceProfile):
        held["ctid"] = CTID
    return of(**held | {"credential_type": "ceterms:License"} if of is Credential else held)


def example(of: type, a: Attribute, seen: set[type]) -> Any:
    scheme = a.kind in (Kind.CONCEPT, Kind.CONCEPTS) and next(iter(vocabulary.scheme_of(a.name).terms))
    match a.kind:
        case Kind.REFERENCE | Kind.REFERENCES:
            thing = complete(OrganizationReference if a.name.endswith("By") else EntityReference, seen)
            return thing if a.kind is Kind.REFERENCE else (OWNER, PAGE, thing)
        case Kind.PROFILE:
            return complete(profile(a), seen)
        case Kind.PROFILES if of is Credential and a.name in ("occupationType", "industryType"):
            return (CredentialAlignmentObject(target_node_name={"en-US": "Bees"}, weight=0.5),)
        case Kind.PROFILES:
            return (complete(profile(a), seen),)
    plain: dict[Kind, Any] = {
        Kind.TEXT: {"en-US": a.name},
        Kind.TEXTS: {"en-US": (a.name,), "de": (a.name,)},
        Kind.SUBJECTS: {"en-US": (a.name,)},
        Kind.CONCEPT: scheme,
        Kind.CONCEPTS: (scheme,),
        Kind.DATE: "2025-02-03",
        Kind.DURATION: "PT40H",
        Kind.URL: PAGE,
        Kind.URLS: (PAGE,),
        Kind.WORD: a.name,
        Kind.WORDS: (a.name,),
        Kind.NUMBER: 0,
        Kind.WHOLE_NUMBER: 18,
        Kind.YES_NO: False,
        Kind.LANGUAGES: ("en-US",),
    }
    return plain[a.kind]


RECORDS: list[Any] = [complete(Credential, set()), complete(VerificationServiceProfile, set())]


def held_in(node: Any) -> Iterator[tuple[type, str]]:
    for a, value in filled(node):
        yield type(node), a.attribute
        for each in value if isinstance(value, tuple) else (value,):
            if is_dataclass(each):
                yield from held_in(each)


def test_the_complete_records_hold_every_attribute_of_the_model() -> None:
    everything = {(of, a.attribute) for of in CLASSES for a in attributes(of)}
    assert {each for record in RECORDS for each in held_in(record)} == everything


def test_the_complete_records_are_said_whole_by_both() -> None:
    for record in RECORDS:
        assert canonical(of_the_document(record)) == canonical(of_the_request(record)) == canonical(said(record))


def leaving_out(of: type, attribute: str) -> Callable[[object], list[tuple[Attribute, Any]]]:
    def rest(node: object) -> list[tuple[Attribute, Any]]:
        return [(a, value) for a, value in filled(node) if type(node) is not of or a.attribute != attribute]

    return rest


@pytest.mark.parametrize("of", CLASSES, ids=lambda of: of.__name__)
def test_an_attribute_that_a_writer_left_out_would_be_seen(of: type, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [canonical(said(record)) for record in RECORDS]
    for a in attributes(of):
        if a.attribute in HEAD:
            continue
        for writer, read in ((graph, of_the_document), (assistant, of_the_request)):
            monkeypatch.setattr(writer, "filled", leaving_out(of, a.attribute))
            assert [canonical(read(record)) for record in RECORDS] != whole, (writer.__name__, a.attribute)
            monkeypatch.undo()
