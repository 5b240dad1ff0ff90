"""The vocabulary files agree with themselves, and every way of naming a term finds it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from mappings.ctdl import model, vocabulary
from mappings.ctdl.shape import attributes
from mappings.ctdl.vocabulary import (
    SCHEMES,
    Term,
    achievement_type,
    concept,
    credential_type_groups,
    credential_types,
    find_concept,
    find_type,
    is_badge_type,
    properties_of,
    scheme,
    scheme_of,
)

DATA = files("mappings.ctdl") / "data"
DATA_FILES = sorted(entry.name for entry in DATA.iterdir() if entry.name.endswith(".json"))


def read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", DATA_FILES)
def test_a_file_names_its_source_its_date_and_the_licence(name: str) -> None:
    data = read(name)
    assert data["source"]
    assert len(data["date"].split("-")) == 3
    assert "Credential Engine, CC BY 4.0" in data["credit"]


@pytest.mark.parametrize("name", DATA_FILES)
def test_a_file_is_tidy(name: str) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", [name for name in DATA_FILES if name != "classes.json"])
def test_terms_are_sorted_and_unique(name: str) -> None:
    keys = [term.get("uri", term.get("value")) for term in read(name)["terms"]]
    assert len(keys) == len(set(keys))
    if name != "achievement_types.json":
        assert keys == sorted(keys)


def test_every_scheme_has_a_file_and_every_file_is_read() -> None:
    own = {"achievement_types", "classes", "credential_types"}
    assert {name.removesuffix(".json") for name in DATA_FILES} == {*SCHEMES, *own}


def test_each_parent_exists_and_leads_to_credential() -> None:
    types = credential_types()
    for term in types.values():
        seen = []
        step: Term | None = term
        while step is not None:
            assert step.uri not in seen
            seen.append(step.uri)
            step = types[step.parent] if step.parent is not None else None
        assert seen[-1] == "ceterms:Credential"


def test_only_credential_and_degree_are_too_broad_to_publish() -> None:
    assert {uri for uri, term in credential_types().items() if not term.publishable} == {
        "ceterms:Credential",
        "ceterms:Degree",
    }


def test_no_spelling_names_two_types() -> None:
    spellings = Counter(
        spelling
        for term in credential_types().values()
        for spelling in {vocabulary._key(name) for name in (term.local_name, term.label, *term.aliases)}
    )
    assert [spelling for spelling, count in spellings.items() if count > 1] == []


def test_each_publishable_type_stands_in_one_group_of_the_form() -> None:
    grouped = [term.uri for terms in credential_type_groups().values() for term in terms]
    assert sorted(grouped) == sorted(uri for uri, term in credential_types().items() if term.publishable)
    assert all(credential_type_groups().values())


def test_groups_keep_the_order_of_the_form_and_start_with_the_broadest_type() -> None:
    groups = credential_type_groups()
    assert list(groups)[:2] == ["Badge Types", "Certificate Types"]
    assert [term.label for term in groups["Badge Types"]] == ["Badge", "Digital Badge", "Open Badge"]
    assert groups["Associate Degrees"][0].uri == "ceterms:AssociateDegree"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("ceterms:Certification", "ceterms:Certification"),
        ("Certification", "ceterms:Certification"),
        (" certification ", "ceterms:Certification"),
        ("https://purl.org/ctdl/terms/Certification", "ceterms:Certification"),
        ("http://credreg.net/ctdl/terms/License", "ceterms:License"),
        ("Certificate of Completion", "ceterms:CertificateOfCompletion"),
        ("certificate-of-completion", "ceterms:CertificateOfCompletion"),
        ("Micro-Credential", "ceterms:MicroCredential"),
        ("Bachelor's Degree", "ceterms:BachelorDegree"),
        ("Bachelor’s Degree", "ceterms:BachelorDegree"),
        ("ceterms:MastersDegree", "ceterms:MasterDegree"),
        ("GED", "ceterms:GeneralEducationDevelopment"),
        ("Post Baccalaureate Certificate", "ceterms:PostBaccalaureateCertificate"),
        ("Degree", "ceterms:Degree"),
    ],
)
def test_a_type_is_found_by_any_usual_spelling(text: str, uri: str) -> None:
    found = find_type(text)
    assert found is not None
    assert found.uri == uri


@pytest.mark.parametrize("text", ["", ":", "schema:Certification", "Certified", "Certification exam", "ceterms:"])
def test_what_names_no_type_is_not_guessed(text: str) -> None:
    assert find_type(text) is None


def test_every_type_is_found_by_its_own_uri_name_and_label() -> None:
    for term in credential_types().values():
        assert find_type(term.uri) == find_type(term.local_name) == find_type(term.label) == term


def test_badge_types_are_badge_and_the_two_below_it() -> None:
    assert {uri for uri in credential_types() if is_badge_type(uri)} == {
        "ceterms:Badge",
        "ceterms:DigitalBadge",
        "ceterms:OpenBadge",
    }
    assert not is_badge_type("ceterms:Unheard")


def test_the_table_holds_the_31_values_of_open_badges_3_the_extensions_and_none() -> None:
    values = [row["value"] for row in read("achievement_types.json")["terms"]]
    assert values[-2:] == ["ext:*", None]
    assert len(values[:-2]) == 31


def test_every_row_leads_to_known_types_and_gives_a_reason() -> None:
    for row in read("achievement_types.json")["terms"]:
        assert row["reason"]
        assert {row["ctdl"], *row.get("alternatives", ())} <= credential_types().keys()


def test_a_type_that_may_not_be_published_always_needs_a_person() -> None:
    for row in read("achievement_types.json")["terms"]:
        if not credential_types()[row["ctdl"]].publishable:
            assert row["needs_review"]


def test_a_value_with_a_ctdl_type_of_its_name_becomes_that_type() -> None:
    for row in read("achievement_types.json")["terms"]:
        same = credential_types().get(f"ceterms:{row['value']}")
        if same is not None and row["value"] != "Badge":
            assert achievement_type(row["value"]).ctdl == same.uri


@pytest.mark.parametrize(
    ("value", "uri", "needs_review"),
    [
        ("Certification", "ceterms:Certification", False),
        ("micro-credential", "ceterms:MicroCredential", False),
        ("Badge", "ceterms:OpenBadge", False),
        ("Degree", "ceterms:Degree", True),
        ("Course", "ceterms:OpenBadge", True),
        ("ext:Nanodegree", "ceterms:OpenBadge", True),
        ("ext", "ceterms:OpenBadge", True),
        ("Nanodegree", "ceterms:OpenBadge", True),
        ("", "ceterms:OpenBadge", True),
        (None, "ceterms:OpenBadge", True),
    ],
)
def test_an_achievement_type_decides_or_asks(value: str | None, uri: str, needs_review: bool) -> None:
    found = achievement_type(value)
    assert (found.value, found.ctdl, found.needs_review) == (value, uri, needs_review)


def test_not_stating_a_type_is_told_apart_from_an_unknown_one() -> None:
    assert achievement_type(None).reason != achievement_type("ext:Nanodegree").reason
    assert achievement_type("").reason == achievement_type(None).reason


def test_a_course_offers_certificate_of_completion_to_the_reviewer() -> None:
    assert achievement_type("Course").alternatives == ("ceterms:CertificateOfCompletion",)


def test_every_concept_uri_belongs_to_one_scheme() -> None:
    uris = [uri for name in SCHEMES for uri in scheme(name).terms]
    assert len(uris) == len(set(uris))
    for uri in uris:
        home, term = concept(uri)
        assert home.terms[uri] is term


@pytest.mark.parametrize("name", SCHEMES)
def test_a_scheme_has_its_address_one_prefix_and_parents_of_its_own(name: str) -> None:
    found = scheme(name)
    assert found.name == name
    assert found.framework.startswith("https://credreg.net/ctdl/terms/")
    assert found.framework_name
    assert len({uri.partition(":")[0] for uri in found.terms}) == 1
    assert {term.parent for term in found.terms.values()} - {None} <= found.terms.keys()


@pytest.mark.parametrize("name", SCHEMES)
def test_the_property_a_scheme_serves_exists(name: str) -> None:
    known = {prop for ctdl_class in read("classes.json")["classes"] for prop in properties_of(ctdl_class)}
    assert set(read(f"{name}.json")["used_by"]) <= known


def test_a_concept_carries_what_a_published_record_needs() -> None:
    home, term = concept("credentialStat:Active")
    assert (home.framework, home.framework_name, term.uri, term.label) == (
        "https://credreg.net/ctdl/terms/CredentialStatus",
        "Credential Status",
        "credentialStat:Active",
        "Active",
    )


def test_the_six_credential_statuses_are_those_of_the_form() -> None:
    labels = [term.label for term in scheme("credential_status").terms.values()]
    assert labels == ["Active", "Ceasing", "Deprecated", "Probationary", "Suspended", "Teach Out"]


@pytest.mark.parametrize("text", ["credentialStat:TeachOut", "TeachOut", "Teach Out", "teach out"])
def test_a_concept_is_found_by_uri_name_or_label(text: str) -> None:
    found = find_concept("credential_status", text)
    assert found is not None
    assert found.uri == "credentialStat:TeachOut"


def test_a_concept_of_another_scheme_or_none_is_not_found() -> None:
    assert find_concept("credential_status", "Beginner Level") is None
    assert find_concept("credential_status", "") is None
    with pytest.raises(KeyError):
        concept("credentialStat:Retired")
    with pytest.raises(KeyError, match="no concept scheme"):
        scheme("colours")


def test_property_names_are_sorted_unique_and_listed_once() -> None:
    for entry in read("classes.json")["classes"].values():
        for part in ("properties", "added_since"):
            names = entry.get(part, [])
            assert names == sorted(set(names), key=str.lower)
        assert not set(entry["properties"]) & set(entry.get("added_since", ()))


def test_every_credential_type_shares_the_properties_of_credential() -> None:
    shared = properties_of("Credential")
    assert {"ctid", "name", "usesVerificationService", "requires", "isNonCredit", "inCatalog"} <= shared
    for uri in credential_types():
        assert properties_of(uri) >= shared


def test_only_degrees_have_a_major() -> None:
    with_major = {uri for uri in credential_types() if "degreeMajor" in properties_of(uri)}
    assert {"ceterms:Degree", "ceterms:BachelorOfArtsDegree", "ceterms:ResearchDoctorate"} <= with_major
    assert all("Degree" in uri or "Doctorate" in uri for uri in with_major)


@pytest.mark.parametrize(
    ("ctdl_class", "some"),
    [
        (
            "VerificationServiceProfile",
            {"ctid", "description", "offeredBy", "verifiedClaimType", "verificationService"},
        ),
        ("ceterms:ConditionProfile", {"name", "description", "targetCompetency", "submissionOf"}),
        ("CredentialAlignmentObject", {"framework", "frameworkName", "targetNode", "targetNodeName"}),
        ("IdentifierValue", {"identifierTypeName", "identifierValueCode"}),
        ("DurationProfile", {"exactDuration", "timeRequired"}),
        ("CredentialOrganization", {"agentType", "agentSectorType", "email", "address"}),
    ],
)
def test_a_class_allows_what_we_write_in_it(ctdl_class: str, some: set[str]) -> None:
    assert some <= properties_of(ctdl_class)


MODEL = [of for of in vars(model).values() if isinstance(of, type) and is_dataclass(of)]
MENTIONED = {
    model.Credential: ("Credential", "Degree"),
    model.EntityReference: ("Credential", "AssessmentProfile", "LearningOpportunityProfile", "Course", "Job"),
    model.OrganizationReference: ("Organization", "CredentialOrganization", "QACredentialOrganization"),
}


@pytest.mark.parametrize("of", MODEL, ids=lambda of: of.__name__)
def test_every_property_that_a_record_can_hold_is_one_of_its_class(of: type) -> None:
    """What some classes of things mentioned have and others have not is asked when an edit is read."""
    allowed = {name for ctdl_class in MENTIONED.get(of, (of.__name__,)) for name in properties_of(ctdl_class)}
    written = {a.term.removeprefix("ceterms:") for a in attributes(of)} - {"type"}
    assert written <= allowed


@pytest.mark.parametrize("of", MODEL, ids=lambda of: of.__name__)
def test_every_property_that_takes_concepts_has_a_scheme_to_take_them_from(of: type) -> None:
    for a in attributes(of):
        if a.kind in (model.Kind.CONCEPT, model.Kind.CONCEPTS):
            assert scheme_of(a.name).terms


@pytest.mark.parametrize("of", MODEL, ids=lambda of: of.__name__)
def test_a_name_stands_for_one_property(of: type) -> None:
    names = [a.name for a in attributes(of)]
    assert len(names) == len(set(names))


RANGES: dict[model.Kind, set[str]] = {
    model.Kind.TEXT: {"rdf:langString"},
    model.Kind.TEXTS: {"rdf:langString"},
    model.Kind.SUBJECTS: {"ceterms:CredentialAlignmentObject"},
    model.Kind.CONCEPT: {"ceterms:CredentialAlignmentObject"},
    model.Kind.CONCEPTS: {"ceterms:CredentialAlignmentObject", "skos:Concept"},
    model.Kind.DATE: {"xsd:date"},
    model.Kind.DURATION: {"schema:Duration"},
    model.Kind.URL: {"xsd:anyURI"},
    model.Kind.URLS: {"xsd:anyURI"},
    model.Kind.WORD: {"xsd:string"},
    model.Kind.WORDS: {"xsd:string"},
    model.Kind.NUMBER: {"xsd:float", "xsd:decimal"},
    model.Kind.WHOLE_NUMBER: {"xsd:integer"},
    model.Kind.YES_NO: {"xsd:boolean"},
    model.Kind.LANGUAGES: {"xsd:language"},
}
SCHEMA = json.loads(Path(__file__).with_name("ctdl_2023_10_27.json").read_text(encoding="utf-8"))["properties"]


@pytest.mark.parametrize("of", MODEL, ids=lambda of: of.__name__)
def test_every_property_is_written_as_the_schema_has_it(of: type) -> None:
    for a in attributes(of):
        if a.kind is model.Kind.TYPE or a.term not in SCHEMA or a.attribute == "government_credential_type":
            continue
        has = SCHEMA[a.term]["range"]
        if a.kind in (model.Kind.PROFILE, model.Kind.PROFILES):
            assert f"ceterms:{a.of.__name__ if a.of else ''}" in has, a
        elif a.kind in (model.Kind.REFERENCE, model.Kind.REFERENCES):
            assert not any(each.startswith(("xsd:", "rdf:")) for each in has), a
        else:
            assert RANGES[a.kind].issuperset(has), a
        if "scheme" in SCHEMA[a.term] and a.kind in (model.Kind.CONCEPT, model.Kind.CONCEPTS):
            assert scheme_of(a.name).framework.endswith(SCHEMA[a.term]["scheme"].removeprefix("ceterms:")), a


def test_what_the_schema_does_not_have_is_marked_as_newer() -> None:
    newer = {name for entry in read("classes.json")["classes"].values() for name in entry.get("added_since", ())}
    held = {a.term for of in MODEL for a in attributes(of) if a.kind is not model.Kind.TYPE and a.attribute != "ctid"}
    assert {term.removeprefix("ceterms:") for term in held - SCHEMA.keys()} <= newer


def test_what_is_newer_than_the_schema_is_marked_as_such() -> None:
    newer = {
        name: entry["added_since"] for name, entry in read("classes.json")["classes"].items() if "added_since" in entry
    }
    assert newer == {
        "ConditionProfile": ["affiliation"],
        "Credential": [
            "atLevel",
            "classification",
            "credentialType",
            "entryCondition",
            "inCatalog",
            "isNonCredit",
            "learningMethodDescription",
            "learningMethodType",
            "providesTransferValueFor",
            "receivesTransferValueFrom",
            "registeredBy",
            "versionCode",
        ],
        "DurationProfile": ["timeRequired"],
        "Place": ["subRegion"],
        "VerificationServiceProfile": ["administrationProcess"],
    }


def test_a_class_we_do_not_write_is_refused() -> None:
    with pytest.raises(KeyError, match="PathwaySet"):
        properties_of("ceterms:PathwaySet")
