"""The documents of records as the Registry stores them, typed out whole: main node first, what it mentions after."""

from typing import Any

from mappings.crosswalk.context import Context
from mappings.crosswalk.verification_service import verification_service
from mappings.ctdl.graph import credential_graph, verification_service_graph
from mappings.ctdl.model import (
    ConditionProfile,
    CostProfile,
    Credential,
    CredentialAlignmentObject,
    DurationProfile,
    EntityReference,
    IdentifierValue,
    JurisdictionProfile,
    OrganizationReference,
    Place,
    RevocationProfile,
    ValueProfile,
)

Json = dict[str, Any]

CTID = "ce-1e0b7a4c-52d3-5f86-9c1a-0b2d4f6a8c0e"
OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
SERVICE = "ce-36863294-6774-51bd-ac1b-2e6f881e3156"
RESOURCES = "https://credentialengineregistry.org/resources"

EXAM = EntityReference(
    type="ceterms:AssessmentProfile",
    name={"en-US": "Bee Keepers' Examination"},
    subject_webpage="https://guild.example/examination",
)
RICH = Credential(
    ctid=CTID,
    credential_type="ceterms:Certification",
    name={"en-US": "Certified Bee Keeper", "de": "Geprüfte Imkerin"},
    alternate_name={"en-US": ("CBK",)},
    description={"en-US": "Holders keep hives through every season."},
    subject_webpage="https://guild.example/cbk",
    credential_status_type="credentialStat:Active",
    in_language=("en-US", "de"),
    owned_by=(OWNER,),
    offered_by=(OWNER, "https://partner.example/about"),
    accredited_by=(
        OrganizationReference(
            type="ceterms:QACredentialOrganization",
            name={"en-US": "Council of Guilds"},
            subject_webpage="https://council.example",
        ),
    ),
    image="https://guild.example/cbk.png",
    credential_id="https://badges.example/classes/cbk",
    identifier=(
        IdentifierValue(
            identifier_type_name={"en-US": "Open Badges ID"},
            identifier_value_code="https://badges.example/classes/cbk",
        ),
    ),
    same_as=("https://badges.example/classes/cbk",),
    date_effective="2025-02-03",
    keyword={"en-US": ("bees", "honey")},
    subject={"en-US": ("Apiculture",)},
    audience_level_type=("audLevel:AdvancedLevel", "audLevel:ProfessionalLevel"),
    occupation_type=(
        CredentialAlignmentObject(
            framework_name={"en-US": "SOC 2018"}, coded_notation="45-2093", target_node_name={"en-US": "Farmworkers"}
        ),
    ),
    requires=(
        ConditionProfile(
            name={"en-US": "Open Badges Criteria"},
            description={"en-US": "Pass the examination."},
            condition={"en-US": ("Two summers of practice",)},
            target_assessment=(EXAM,),
            target_competency=(CredentialAlignmentObject(target_node="https://skills.example/hive"),),
        ),
    ),
    renewal=(ConditionProfile(description={"en-US": "Pass it again."}, target_assessment=(EXAM,)),),
    renewal_frequency="P3Y",
    revocation=(RevocationProfile(description={"en-US": "On harm done to bees."}),),
    estimated_cost=(CostProfile(direct_cost_type="costType:Application", currency="USD", price=120),),
    estimated_duration=(DurationProfile(exact_duration="P1Y6M"),),
    uses_verification_service=(SERVICE,),
)


def concept(framework: str, framework_name: str, node: str, label: str) -> Json:
    return {
        "@type": "ceterms:CredentialAlignmentObject",
        "ceterms:framework": f"https://credreg.net/ctdl/terms/{framework}",
        "ceterms:frameworkName": {"en-US": framework_name},
        "ceterms:targetNode": node,
        "ceterms:targetNodeName": {"en-US": label},
    }


def test_a_rich_record_is_this_document() -> None:
    document = credential_graph(RICH)
    main, *mentioned = document.pop("@graph")

    assert document == {
        "@context": "https://credreg.net/ctdl/schema/context/json",
        "@id": f"https://credentialengineregistry.org/graph/{CTID}",
    }
    council, exam = (node["@id"] for node in mentioned)
    assert main == {
        "@type": "ceterms:Certification",
        "@id": f"{RESOURCES}/{CTID}",
        "ceterms:ctid": CTID,
        "ceterms:name": {"en-US": "Certified Bee Keeper", "de": "Geprüfte Imkerin"},
        "ceterms:alternateName": {"en-US": ["CBK"]},
        "ceterms:description": {"en-US": "Holders keep hives through every season."},
        "ceterms:subjectWebpage": "https://guild.example/cbk",
        "ceterms:credentialStatusType": concept(
            "CredentialStatus", "Credential Status", "credentialStat:Active", "Active"
        ),
        "ceterms:inLanguage": ["en-US", "de"],
        "ceterms:ownedBy": [f"{RESOURCES}/{OWNER}"],
        "ceterms:offeredBy": [f"{RESOURCES}/{OWNER}", "https://partner.example/about"],
        "ceterms:accreditedBy": [council],
        "ceterms:image": "https://guild.example/cbk.png",
        "ceterms:credentialId": "https://badges.example/classes/cbk",
        "ceterms:identifier": [
            {
                "@type": "ceterms:IdentifierValue",
                "ceterms:identifierTypeName": {"en-US": "Open Badges ID"},
                "ceterms:identifierValueCode": "https://badges.example/classes/cbk",
            }
        ],
        "ceterms:sameAs": ["https://badges.example/classes/cbk"],
        "ceterms:dateEffective": "2025-02-03",
        "ceterms:keyword": {"en-US": ["bees", "honey"]},
        "ceterms:subject": [
            {"@type": "ceterms:CredentialAlignmentObject", "ceterms:targetNodeName": {"en-US": "Apiculture"}}
        ],
        "ceterms:audienceLevelType": [
            concept("AudienceLevel", "Audience Level", "audLevel:AdvancedLevel", "Advanced Level"),
            concept("AudienceLevel", "Audience Level", "audLevel:ProfessionalLevel", "Professional Level"),
        ],
        "ceterms:occupationType": [
            {
                "@type": "ceterms:CredentialAlignmentObject",
                "ceterms:frameworkName": {"en-US": "SOC 2018"},
                "ceterms:codedNotation": "45-2093",
                "ceterms:targetNodeName": {"en-US": "Farmworkers"},
            }
        ],
        "ceterms:requires": [
            {
                "@type": "ceterms:ConditionProfile",
                "ceterms:name": {"en-US": "Open Badges Criteria"},
                "ceterms:description": {"en-US": "Pass the examination."},
                "ceterms:condition": {"en-US": ["Two summers of practice"]},
                "ceterms:targetAssessment": [exam],
                "ceterms:targetCompetency": [
                    {
                        "@type": "ceterms:CredentialAlignmentObject",
                        "ceterms:targetNode": "https://skills.example/hive",
                    }
                ],
            }
        ],
        "ceterms:renewal": [
            {
                "@type": "ceterms:ConditionProfile",
                "ceterms:description": {"en-US": "Pass it again."},
                "ceterms:targetAssessment": [exam],
            }
        ],
        "ceterms:renewalFrequency": "P3Y",
        "ceterms:revocation": [
            {"@type": "ceterms:RevocationProfile", "ceterms:description": {"en-US": "On harm done to bees."}}
        ],
        "ceterms:estimatedCost": [
            {
                "@type": "ceterms:CostProfile",
                "ceterms:directCostType": concept("CostType", "Cost Type", "costType:Application", "Application"),
                "ceterms:currency": "USD",
                "ceterms:price": 120,
            }
        ],
        "ceterms:estimatedDuration": [{"@type": "ceterms:DurationProfile", "ceterms:exactDuration": "P1Y6M"}],
        "ceterms:usesVerificationService": [f"{RESOURCES}/{SERVICE}"],
    }
    assert mentioned == [
        {
            "@id": council,
            "@type": "ceterms:QACredentialOrganization",
            "ceterms:name": {"en-US": "Council of Guilds"},
            "ceterms:subjectWebpage": "https://council.example",
        },
        {
            "@id": exam,
            "@type": "ceterms:AssessmentProfile",
            "ceterms:name": {"en-US": "Bee Keepers' Examination"},
            "ceterms:subjectWebpage": "https://guild.example/examination",
        },
    ]


def test_places_amounts_and_all_that_is_said_once_stand_in_the_form_of_their_kind() -> None:
    office = OrganizationReference(
        type="ceterms:Organization",
        name={"en-US": "Office"},
        subject_webpage="https://office.example",
        email=("office@office.example",),
        address=(Place(street_address={"en-US": "1 Hive Road"}, geo_uri="https://geo.example/1"),),
    )
    record = Credential(
        ctid=CTID,
        credential_type="ceterms:MasterDegree",
        government_credential_type=("https://state.example/types/1",),
        copyright_holder=office,
        next_version=OWNER,
        is_non_credit=False,
        naics=("112910",),
        isic_v4="0149",
        degree_major={"en-US": ("Apiculture",)},
        learning_delivery_type=("deliveryType:OnlineOnly",),
        corequisite=(
            ConditionProfile(
                minimum_age=18,
                credit_value=(
                    ValueProfile(
                        value=3,
                        percentage=0.5,
                        credit_unit_type=("creditUnit:SemesterHour",),
                        description={"en-US": "Of three."},
                    ),
                ),
                alternative_condition=(ConditionProfile(name={"en-US": "Or so"}),),
            ),
        ),
        estimated_cost=(
            CostProfile(currency="USD", price=0, residency_type=("residency:InState",)),
            CostProfile(currency="USD", price=90, payment_pattern={"en-US": "monthly"}, end_date="2026-07-31"),
        ),
        jurisdiction=(JurisdictionProfile(global_jurisdiction=False, main_jurisdiction=Place(latitude=-13.8)),),
    )
    main, mentioned = credential_graph(record)["@graph"]
    residency = concept("Residency", "Residency", "residency:InState", "In-State")
    unit = concept("CreditUnit", "Credit Unit", "creditUnit:SemesterHour", "Semester Hour")
    online = concept("Delivery", "Delivery Type", "deliveryType:OnlineOnly", "Online Only")
    assert main == {
        "@type": "ceterms:MasterDegree",
        "@id": f"{RESOURCES}/{CTID}",
        "ceterms:ctid": CTID,
        "ceterms:credentialType": ["https://state.example/types/1"],
        "ceterms:copyrightHolder": mentioned["@id"],
        "ceterms:nextVersion": f"{RESOURCES}/{OWNER}",
        "ceterms:isNonCredit": False,
        "ceterms:naics": ["112910"],
        "ceterms:isicV4": "0149",
        "ceterms:degreeMajor": [
            {"@type": "ceterms:CredentialAlignmentObject", "ceterms:targetNodeName": {"en-US": "Apiculture"}}
        ],
        "ceterms:learningDeliveryType": [online],
        "ceterms:corequisite": [
            {
                "@type": "ceterms:ConditionProfile",
                "ceterms:minimumAge": 18,
                "ceterms:creditValue": [
                    {
                        "@type": "ceterms:ValueProfile",
                        "schema:value": 3,
                        "qdata:percentage": 0.5,
                        "ceterms:creditUnitType": [unit],
                        "schema:description": {"en-US": "Of three."},
                    }
                ],
                "ceterms:alternativeCondition": [
                    {"@type": "ceterms:ConditionProfile", "ceterms:name": {"en-US": "Or so"}}
                ],
            }
        ],
        "ceterms:estimatedCost": [
            {
                "@type": "ceterms:CostProfile",
                "ceterms:currency": "USD",
                "ceterms:price": 0,
                "ceterms:residencyType": [residency],
            },
            {
                "@type": "ceterms:CostProfile",
                "ceterms:currency": "USD",
                "ceterms:price": 90,
                "ceterms:paymentPattern": {"en-US": "monthly"},
                "ceterms:endDate": "2026-07-31",
            },
        ],
        "ceterms:jurisdiction": [
            {
                "@type": "ceterms:JurisdictionProfile",
                "ceterms:globalJurisdiction": False,
                "ceterms:mainJurisdiction": {"@type": "ceterms:Place", "ceterms:latitude": -13.8},
            }
        ],
    }
    assert mentioned == {
        "@id": mentioned["@id"],
        "@type": "ceterms:Organization",
        "ceterms:name": {"en-US": "Office"},
        "ceterms:subjectWebpage": "https://office.example",
        "ceterms:email": ["office@office.example"],
        "ceterms:address": [
            {
                "@type": "ceterms:Place",
                "ceterms:streetAddress": {"en-US": "1 Hive Road"},
                "ceterms:geoURI": "https://geo.example/1",
            }
        ],
    }


def test_what_is_mentioned_has_one_blank_node_of_its_own_record_each_time_the_same() -> None:
    def blank_nodes(record: Credential) -> list[str]:
        return [node["@id"] for node in credential_graph(record)["@graph"][1:]]

    (first,) = blank_nodes(Credential(ctid=CTID, requires=(ConditionProfile(target_assessment=(EXAM, EXAM)),)))
    (again,) = blank_nodes(Credential(ctid=CTID, renewal=(ConditionProfile(target_assessment=(EXAM,)),)))
    (of_another,) = blank_nodes(Credential(ctid=OWNER, renewal=(ConditionProfile(target_assessment=(EXAM,)),)))
    assert first.startswith("_:")
    assert first == again != of_another


def test_another_registry_changes_every_id_and_nothing_else() -> None:
    here = str(credential_graph(RICH, "https://practice.example/registry/"))
    assert here.replace("https://practice.example/registry", "https://credentialengineregistry.org") == str(
        credential_graph(RICH)
    )


def test_while_nobody_has_decided_the_document_is_that_of_an_open_badge() -> None:
    (main,) = credential_graph(Credential(ctid=CTID, name={"en-US": "Bees"}))["@graph"]
    assert main == {
        "@type": "ceterms:OpenBadge",
        "@id": f"{RESOURCES}/{CTID}",
        "ceterms:ctid": CTID,
        "ceterms:name": {"en-US": "Bees"},
    }


def test_without_a_ctid_the_document_is_named_after_the_badge_by_a_urn() -> None:
    document = credential_graph(Credential(name={"en-US": "Bees"}, credential_id="https://badges.example/1"))
    (main,) = document["@graph"]
    assert document["@id"] == main["@id"]
    assert main["@id"].startswith("urn:uuid:")
    assert "ceterms:ctid" not in main
    other = credential_graph(Credential(credential_id="https://badges.example/2"))
    assert other["@id"] != document["@id"]


def test_an_empty_record_is_a_document_too() -> None:
    document = credential_graph(Credential())
    assert [sorted(node) for node in document["@graph"]] == [["@id", "@type"]]


def test_a_verification_service_profile_is_this_document() -> None:
    context = Context(
        authority="badges.example",
        platform_name="Badges Example",
        organization_ctid=OWNER,
        verification_service="https://api.badges.example/check",
        verification_directory="https://badges.example/earners",
    )
    profile = verification_service(context)
    assert profile is not None
    document = verification_service_graph(profile)
    (main,) = document["@graph"]
    assert document["@id"] == f"https://credentialengineregistry.org/graph/{SERVICE}"
    assert main.pop("ceterms:description")["en-US"].startswith("Credentials of this organization are issued")
    assert main.pop("ceterms:verificationMethodDescription")["en-US"].endswith(".")
    assert main == {
        "@type": "ceterms:VerificationServiceProfile",
        "@id": f"{RESOURCES}/{SERVICE}",
        "ceterms:ctid": SERVICE,
        "ceterms:offeredBy": [f"{RESOURCES}/{OWNER}"],
        "ceterms:verifiedClaimType": [concept("ClaimType", "Claim Type", "claimType:BadgeClaim", "Badge Claim")],
        "ceterms:verificationService": ["https://api.badges.example/check"],
        "ceterms:verificationDirectory": ["https://badges.example/earners"],
    }


def test_while_the_owner_is_not_known_there_is_no_profile() -> None:
    assert verification_service(Context(authority="badges.example", platform_name="Badges Example")) is None
