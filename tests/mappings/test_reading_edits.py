"""Values as people type them, read into the record: every kind of property, well said and badly said."""

from typing import Any

import pytest

from mappings.ctdl import vocabulary
from mappings.ctdl.model import ConditionProfile, CostProfile, Credential, JurisdictionProfile, Kind
from mappings.ctdl.reading import Unreadable, credential, is_language, is_url, property_value
from mappings.ctdl.shape import attributes

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
EXAM = {"type": "AssessmentProfile", "name": "Examination", "subjectWebpage": "https://guild.example/exam"}
COUNCIL = {"type": "QACredentialOrganization", "name": "Council", "subjectWebpage": "https://council.example"}

COUNCIL_HELD = COUNCIL | {"type": "ceterms:QACredentialOrganization", "name": {"es": "Council"}}

# The kind, the property, what a person gives, what the record holds (None: what they gave).
GOOD = [
    (Kind.TEXT, "name", " Bees ", {"es": "Bees"}),
    (Kind.TEXT, "name", {"en-US": "Bees", "es": "Abejas"}, {"en-US": "Bees", "es": "Abejas"}),
    (Kind.TEXTS, "keyword", "bees", {"es": ["bees"]}),
    (Kind.TEXTS, "keyword", ["bees", "honey "], {"es": ["bees", "honey"]}),
    (Kind.TEXTS, "keyword", {"en-US": ["bees"], "fr": "abeilles"}, {"en-US": ["bees"], "fr": ["abeilles"]}),
    (Kind.SUBJECTS, "subject", ["Apiculture"], {"es": ["Apiculture"]}),
    (Kind.CONCEPT, "credentialStatusType", "credentialStat:Deprecated", "credentialStat:Deprecated"),
    (Kind.CONCEPT, "credentialStatusType", "Deprecated", "credentialStat:Deprecated"),
    (Kind.CONCEPT, "credentialStatusType", "Teach Out", "credentialStat:TeachOut"),
    (Kind.CONCEPTS, "audienceLevelType", "BeginnerLevel", ["audLevel:BeginnerLevel"]),
    (Kind.CONCEPTS, "audienceLevelType", ["Advanced Level"], ["audLevel:AdvancedLevel"]),
    (Kind.CONCEPTS, "audienceType", ["audience:FullTime", "Job Seeker"], ["audience:FullTime", "audience:JobSeeker"]),
    (Kind.TYPE, "credentialType", "Certification", "ceterms:Certification"),
    (Kind.TYPE, "credentialType", "certificate of completion", "ceterms:CertificateOfCompletion"),
    (Kind.DATE, "dateEffective", "2025-02-03", "2025-02-03"),
    (Kind.DURATION, "renewalFrequency", "P3Y", "P3Y"),
    (Kind.DURATION, "renewalFrequency", "P1Y6M", "P1Y6M"),
    (Kind.URL, "subjectWebpage", " https://guild.example/cbk ", "https://guild.example/cbk"),
    (Kind.URLS, "sameAs", "https://guild.example/cbk", ["https://guild.example/cbk"]),
    (Kind.WORD, "credentialId", "CBK-1", "CBK-1"),
    (Kind.NUMBER, "estimatedCost", [{"price": 120.5}], [{"price": 120.5}]),
    (Kind.WHOLE_NUMBER, "requires", [{"minimumAge": 18}], [{"minimumAge": 18}]),
    (Kind.YES_NO, "isNonCredit", True, True),
    (Kind.YES_NO, "isNonCredit", "No", False),
    (Kind.WORDS, "naics", ["112910 "], ["112910"]),
    (Kind.LANGUAGES, "inLanguage", ["en-US", "es"], ["en-US", "es"]),
    (Kind.REFERENCE, "nextVersion", OWNER.upper(), OWNER),
    (Kind.REFERENCE, "copyrightHolder", COUNCIL_HELD | {"email": ["office@council.example"]}, None),
    (
        Kind.PROFILE,
        "jurisdiction",
        [{"mainJurisdiction": {"addressCountry": "España", "latitude": 40.4}}],
        [{"mainJurisdiction": {"addressCountry": {"es": "España"}, "latitude": 40.4}}],
    ),
    (Kind.REFERENCES, "ownedBy", OWNER.upper(), [OWNER]),
    (Kind.REFERENCES, "offeredBy", ["https://partner.example"], ["https://partner.example"]),
    (
        Kind.REFERENCES,
        "accreditedBy",
        COUNCIL,
        [COUNCIL | {"type": "ceterms:QACredentialOrganization", "name": {"es": "Council"}}],
    ),
    (
        Kind.PROFILES,
        "requires",
        {"description": "Pass.", "targetAssessment": EXAM},
        [
            {
                "description": {"es": "Pass."},
                "targetAssessment": [EXAM | {"type": "ceterms:AssessmentProfile", "name": {"es": "Examination"}}],
            }
        ],
    ),
]

# The kind, the property, what a person gives, the one sentence they get.
BAD = [
    (Kind.TEXT, "name", "  ", "name must be text, or an object from language to text."),
    (Kind.TEXT, "name", 7, "name must be text, or an object from language to text."),
    (Kind.TEXT, "name", {}, "name must be text, or an object from language to text."),
    (Kind.TEXT, "name", [["en", "Bees"]], "name must be text, or an object from language to text."),
    (Kind.TEXT, "name", {"not a language!!": "Bees"}, "name must be text, or an object from language to text."),
    (Kind.TEXTS, "keyword", [""], "keyword must be a list of texts, or an object from language to such a list."),
    (Kind.SUBJECTS, "subject", [3], "subject must be a list of texts, or an object from language to such a list."),
    (
        Kind.CONCEPT,
        "credentialStatusType",
        "Retired",
        "credentialStatusType must be a term of Credential Status, such as credentialStat:Active.",
    ),
    (
        Kind.CONCEPTS,
        "audienceLevelType",
        ["Beginner Level", "Expert"],
        "audienceLevelType must be terms of Audience Level, such as audLevel:AdvancedLevel.",
    ),
    (Kind.TYPE, "credentialType", "Degree", "credentialType must be a credential type that can be published, such as "),
    (Kind.TYPE, "credentialType", "Credential", "credentialType must be a credential type that can be published, "),
    (Kind.TYPE, "credentialType", "Course", "credentialType must be a credential type that can be published, such as "),
    (Kind.DATE, "dateEffective", "2025-02-30", "dateEffective must be a date as YYYY-MM-DD."),
    (Kind.DATE, "dateEffective", "3.2.2025", "dateEffective must be a date as YYYY-MM-DD."),
    (Kind.DATE, "dateEffective", 2025, "dateEffective must be a date as YYYY-MM-DD."),
    (Kind.DURATION, "renewalFrequency", "3 years", "renewalFrequency must be an ISO 8601 duration, such as P3Y."),
    (Kind.DURATION, "renewalFrequency", "P", "renewalFrequency must be an ISO 8601 duration, such as P3Y."),
    (Kind.DURATION, "renewalFrequency", "P6M1Y", "renewalFrequency must be an ISO 8601 duration, such as P3Y."),
    (Kind.DURATION, "renewalFrequency", "P1Y1Y", "renewalFrequency must be an ISO 8601 duration, such as P3Y."),
    (Kind.DURATION, "renewalFrequency", "P1YT", "renewalFrequency must be an ISO 8601 duration, such as P3Y."),
    (Kind.URL, "subjectWebpage", "guild.example", "subjectWebpage must be an absolute address beginning with http"),
    (Kind.URL, "image", "data:image/png;base64,AA==", "image must be an absolute address beginning with http"),
    (Kind.URL, "image", "https://[", "image must be an absolute address beginning with http"),
    (Kind.URLS, "sameAs", ["https://a.example", "/b"], "sameAs must be absolute addresses beginning with http"),
    (Kind.WORD, "credentialId", {"code": 1}, "credentialId must be text."),
    (Kind.NUMBER, "estimatedCost", [{"price": "120"}], "estimatedCost[0].price must be a number."),
    (Kind.NUMBER, "estimatedCost", [{"price": True}], "estimatedCost[0].price must be a number."),
    (Kind.NUMBER, "estimatedCost", [{"price": float("inf")}], "estimatedCost[0].price must be a number."),
    (Kind.NUMBER, "estimatedCost", [{"price": float("nan")}], "estimatedCost[0].price must be a number."),
    (Kind.WHOLE_NUMBER, "requires", {"minimumAge": 17.5}, "requires[0].minimumAge must be a whole number."),
    (Kind.WHOLE_NUMBER, "requires", {"minimumAge": True}, "requires[0].minimumAge must be a whole number."),
    (Kind.YES_NO, "isNonCredit", "perhaps", "isNonCredit must be true or false."),
    (Kind.YES_NO, "isNonCredit", 1, "isNonCredit must be true or false."),
    (Kind.WORDS, "naics", [112910], "naics must be a list of texts."),
    (
        Kind.DURATION,
        "estimatedDuration",
        {"timeRequired": "P3D"},
        "estimatedDuration[0].timeRequired must be an ISO 8601 duration in hours or minutes, such as PT40H.",
    ),
    (Kind.REFERENCE, "copyrightHolder", "Guild", "copyrightHolder must be a CTID, an absolute address, or an object "),
    (Kind.REFERENCE, "copyrightHolder", EXAM, "copyrightHolder.type is ceterms:AssessmentProfile, which is nothing "),
    (Kind.REFERENCE, "nextVersion", COUNCIL, "nextVersion must be a CTID or an absolute address."),
    (Kind.REFERENCES, "commonCosts", EXAM, "commonCosts[0] must be CTIDs or absolute addresses."),
    (
        Kind.REFERENCES,
        "requires",
        {"targetAssessment": EXAM | {"codedNotation": "BEE"}},
        "requires[0].targetAssessment[0].codedNotation is not a property of ceterms:AssessmentProfile.",
    ),
    (
        Kind.REFERENCES,
        "ownedBy",
        COUNCIL | {"codedNotation": "BEE"},
        "ownedBy[0].codedNotation is not a property of OrganizationReference.",
    ),
    (
        Kind.PROFILE,
        "jurisdiction",
        {"mainJurisdiction": "Spain"},
        "jurisdiction[0].mainJurisdiction must be an object with properties.",
    ),
    (Kind.LANGUAGES, "inLanguage", ["English please"], "inLanguage must be language codes, such as en-US."),
    (Kind.REFERENCES, "ownedBy", ["ce-1"], "ownedBy[0] must be CTIDs, absolute addresses, or objects with type, name"),
    (Kind.REFERENCES, "ownedBy", [None], "ownedBy[0] must be CTIDs, absolute addresses, or objects with type, name"),
    (Kind.REFERENCES, "ownedBy", {"name": "Guild"}, "ownedBy[0] needs type and subjectWebpage."),
    (
        Kind.REFERENCES,
        "accreditedBy",
        EXAM,
        "accreditedBy[0].type is ceterms:AssessmentProfile, which is nothing that accreditedBy can name.",
    ),
    (Kind.PROFILES, "requires", "Pass.", "requires[0] must be an object with properties."),
    (Kind.PROFILES, "requires", [{"descripton": "Pass."}], "requires[0].descripton is not a property of Condition"),
    (
        Kind.PROFILES,
        "requires",
        [{"targetCompetency": {"targetNode": "/hive"}}],
        "requires[0].targetCompetency[0].targetNode must be an absolute address beginning with http",
    ),
]
CONCEPT_PROPERTIES = [
    a.name for of in (Credential, CostProfile) for a in attributes(of) if a.kind in (Kind.CONCEPT, Kind.CONCEPTS)
]


def problems_of(values: dict[str, Any]) -> list[str]:
    with pytest.raises(Unreadable) as refused:
        credential(values, ctid=None, language="es")
    return refused.value.problems


@pytest.mark.parametrize(("kind", "name", "given", "held"), GOOD)
def test_a_value_is_tidied_into_the_form_of_the_record(kind: Kind, name: str, given: Any, held: Any) -> None:
    held = given if held is None else held
    assert property_value(name, given, "es") == held
    assert property_value(name, held, "en") == held


@pytest.mark.parametrize(("kind", "name", "given", "sentence"), BAD)
def test_a_value_of_another_form_is_refused_with_one_sentence(kind: Kind, name: str, given: Any, sentence: str) -> None:
    (problem,) = problems_of({name: given})
    assert problem.startswith(sentence)
    assert problem.endswith(".")


def test_every_kind_has_a_good_and_a_bad_example() -> None:
    used = {a.kind for of in (Credential, ConditionProfile, CostProfile, JurisdictionProfile) for a in attributes(of)}
    assert used == set(Kind)
    assert {kind for kind, *_ in GOOD} == {kind for kind, *_ in BAD} == used


def test_all_that_is_wrong_is_said_at_once_each_with_its_place() -> None:
    problems = problems_of(
        {
            "name": "",
            "ownedBy": ["guild", OWNER, {"type": "Course", "name": "x", "subjectWebpage": "y"}],
            "requires": [{"description": "Pass."}, {"description": 1, "targetAssessment": [{"name": "x"}]}],
            "colour": "blue",
        }
    )
    assert [problem.split(" ")[0] for problem in problems] == [
        "colour",
        "name",
        "ownedBy[0]",
        "ownedBy[2].subjectWebpage",
        "ownedBy[2].type",
        "requires[1].description",
        "requires[1].targetAssessment[0]",
    ]


def test_nothing_given_is_nothing_held() -> None:
    assert property_value("name", None, "es") is None
    for name in ("keyword", "sameAs", "ownedBy", "requires", "audienceType"):
        assert property_value(name, [], "es") is None


def test_what_a_published_record_says_beyond_the_model_is_taken_as_it_stands() -> None:
    beyond = {"ceterms:hasProxy": "https://guild.example/proxy"}
    given = [{"description": {"en": "Pass."}, **beyond}]
    assert property_value("requires", given, "en") == given
    assert problems_of({"ceterms:name": "Bees"}) == ["ceterms:name is not a property of Credential."]


def test_the_ctid_is_no_property_that_anybody_edits() -> None:
    assert problems_of({"ctid": OWNER}) == ["ctid is not a property of Credential."]


@pytest.mark.parametrize("name", CONCEPT_PROPERTIES)
def test_a_concept_is_taken_in_its_own_property_alone(name: str) -> None:
    in_costs = name in ("directCostType", "residencyType")
    own = vocabulary.scheme_of(name)
    for scheme_name in vocabulary.SCHEMES:
        for uri, term in vocabulary.scheme(scheme_name).terms.items():
            for said in {uri, term.local_name, term.label}:
                values = {"estimatedCost": [{name: said}]} if in_costs else {name: said}
                if vocabulary.find_concept(own.name, said):
                    credential(values, ctid=None, language="en")
                else:
                    assert own.framework_name in problems_of(values)[0]


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("credentialStatusType", "audLevel:BeginnerLevel"),
        ("credentialStatusType", "BeginnerLevel"),
        ("credentialStatusType", "BadgeClaim"),
        ("audienceLevelType", "credentialStat:Active"),
        ("audienceLevelType", "Teach Out"),
        ("audienceType", "claimType:BadgeClaim"),
    ],
)
def test_a_concept_of_another_scheme_is_refused_by_uri_and_by_label(name: str, foreign: str) -> None:
    assert len(problems_of({name: foreign})) == 1


def test_what_an_organization_did_is_done_by_organizations_alone() -> None:
    for name in ("ownedBy", "offeredBy", "accreditedBy", "approvedBy", "recognizedBy", "renewedBy", "revokedBy"):
        assert property_value(name, COUNCIL | {"type": "CredentialOrganization"}, "en")
        assert problems_of({name: COUNCIL | {"type": "Certification"}})


def test_each_target_names_things_of_its_own_class() -> None:
    course = EXAM | {"type": "ceterms:Course"}
    badge = EXAM | {"type": "Open Badge"}
    fits = {"targetAssessment": EXAM, "targetLearningOpportunity": course, "targetCredential": badge}
    for target in fits:
        for thing in fits.values():
            values = {"requires": [{target: thing}]}
            if thing is fits[target]:
                credential(values, ctid=None, language="en")
            else:
                assert problems_of(values)


def test_a_badge_can_be_a_part_of_a_programme_or_of_a_credential() -> None:
    for kind in ("LearningProgram", "Certificate"):
        assert property_value("isPartOf", EXAM | {"type": kind}, "en")
    assert problems_of({"isPartOf": EXAM})
    assert property_value("hasPart", EXAM, "en")
    assert problems_of({"hasPart": EXAM | {"type": "Degree"}})


@pytest.mark.parametrize(
    "address",
    ["https://a.example", "HTTP://A.EXAMPLE:8080/x?y#z", "https://münchen.example/ä", "https://a.example/x[1]"],
)
def test_an_absolute_web_address_is_one(address: str) -> None:
    assert is_url(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a.example",
        "//a.example",
        "ftp://a.example",
        "https://",
        "https:///x",
        "https://a b",
        "http://[::1",
        "http://u[@h",
    ],
)
def test_what_is_no_absolute_web_address_is_none(address: str) -> None:
    assert not is_url(address)


def test_a_language_code_has_a_form() -> None:
    assert all(map(is_language, ("en", "en-US", "zh-Hant-TW", "gsw")))
    assert not any(map(is_language, ("", "e", "English", "en_US", "not a language!!", "en-")))
