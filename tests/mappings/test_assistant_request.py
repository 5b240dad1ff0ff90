"""What is sent to the Registry Assistant, typed out: its own names, one way to say a thing, nothing in silence."""

from typing import Any

import pytest

from mappings.ctdl.assistant import NotSendable, credential_request, verification_service_request
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
    ValueProfile,
    VerificationServiceProfile,
)

Json = dict[str, Any]

CTID = "ce-1e0b7a4c-52d3-5f86-9c1a-0b2d4f6a8c0e"
OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
SERVICE = "ce-36863294-6774-51bd-ac1b-2e6f881e3156"
COUNCIL = OrganizationReference(
    type="ceterms:QACredentialOrganization",
    name={"en-US": "Council of Guilds"},
    subject_webpage="https://council.example",
    email=("office@council.example",),
)
EXAM = EntityReference(
    type="ceterms:AssessmentProfile",
    name={"en-US": "Examination"},
    subject_webpage="https://guild.example/examination",
)
RICH = Credential(
    ctid=CTID,
    credential_type="ceterms:Certification",
    name={"en-US": "Certified Bee Keeper", "de": "Geprüfte Imkerin"},
    description={"en-US": "Holders keep hives through every season."},
    alternate_name={"de": ("Imkerin",)},
    subject_webpage="https://guild.example/cbk",
    credential_status_type="credentialStat:Active",
    in_language=("en-US", "de"),
    owned_by=(OWNER, "https://partner.example/about"),
    accredited_by=(COUNCIL,),
    copyright_holder=OWNER,
    identifier=(IdentifierValue(identifier_type_name={"en-US": "Code"}, identifier_value_code="CBK"),),
    keyword={"en-US": ("bees", "honey")},
    subject={"en-US": ("Apiculture",)},
    audience_level_type=("audLevel:AdvancedLevel",),
    available_at=(
        Place(
            street_address={"en-US": "1 Hive Road"},
            address_locality={"en-US": "Apia", "de": "Apien"},
            address_country={"en-US": "Samoa"},
            latitude=-13.8,
        ),
    ),
    is_non_credit=False,
    isic_v4="0149",
    occupation_type=(
        CredentialAlignmentObject(
            framework="https://www.onetcenter.org",
            framework_name={"en-US": "O*NET"},
            coded_notation="45-2093.00",
            target_node="https://www.onetonline.org/link/summary/45-2093.00",
            target_node_name={"en-US": "Farmworkers"},
            target_node_description={"de": "Tiere"},
        ),
    ),
    requires=(
        ConditionProfile(
            description={"en-US": "Pass the examination."},
            credit_value=(ValueProfile(value=3, credit_unit_type=("creditUnit:SemesterHour",)),),
            minimum_age=18,
            target_assessment=(EXAM,),
            target_competency=(CredentialAlignmentObject(target_node_name={"en-US": "Hives"}),),
        ),
    ),
    renewal_frequency="P3Y",
    estimated_duration=(DurationProfile(exact_duration="P1Y6M"),),
    jurisdiction=(JurisdictionProfile(main_jurisdiction=Place(name={"en-US": "Upolu"})),),
    common_costs=(OWNER,),
    uses_verification_service=(SERVICE,),
)


def body(credential: Credential) -> Json:
    sent: Json = credential_request(credential, published_for=OWNER, default_language="en-US")["Credential"]
    return sent


def test_a_rich_record_is_this_request() -> None:
    assert credential_request(RICH, published_for=OWNER, default_language="en-US") == {
        "DefaultLanguage": "en-US",
        "PublishForOrganizationIdentifier": OWNER,
        "Credential": {
            "CTID": CTID,
            "CredentialType": "Certification",
            "ceterms:name": {"en-US": "Certified Bee Keeper", "de": "Geprüfte Imkerin"},
            "Description": "Holders keep hives through every season.",
            "ceterms:alternateName": {"de": ["Imkerin"]},
            "SubjectWebpage": "https://guild.example/cbk",
            "CredentialStatusType": "credentialStat:Active",
            "InLanguage": ["en-US", "de"],
            "OwnedBy": [{"CTID": OWNER}, {"Id": "https://partner.example/about"}],
            "AccreditedBy": [
                {
                    "Type": "QACredentialOrganization",
                    "Name": "Council of Guilds",
                    "SubjectWebpage": "https://council.example",
                    "Email": ["office@council.example"],
                }
            ],
            "CopyrightHolder": {"CTID": OWNER},
            "Identifier": [{"IdentifierTypeName": "Code", "IdentifierValueCode": "CBK"}],
            "Keyword": ["bees", "honey"],
            "Subject": ["Apiculture"],
            "AudienceLevelType": ["audLevel:AdvancedLevel"],
            "AvailableAt": [
                {
                    "Address1": "1 Hive Road",
                    "ceterms:addressLocality": {"en-US": "Apia", "de": "Apien"},
                    "Country": "Samoa",
                    "Latitude": -13.8,
                }
            ],
            "IsNonCredit": False,
            "ISICV4": "0149",
            "OccupationType": [
                {
                    "Framework": "https://www.onetcenter.org",
                    "FrameworkName": "O*NET",
                    "CodedNotation": "45-2093.00",
                    "TargetNode": "https://www.onetonline.org/link/summary/45-2093.00",
                    "Name": "Farmworkers",
                    "ceterms:description": {"de": "Tiere"},
                }
            ],
            "Requires": [
                {
                    "Description": "Pass the examination.",
                    "CreditValue": [{"Value": 3, "CreditUnitType": ["creditUnit:SemesterHour"]}],
                    "MinimumAge": 18,
                    "TargetAssessment": [
                        {
                            "Type": "AssessmentProfile",
                            "Name": "Examination",
                            "SubjectWebpage": "https://guild.example/examination",
                        }
                    ],
                    "TargetCompetency": [{"TargetNodeName": "Hives"}],
                }
            ],
            "RenewalFrequency": {"Duration_ISO8601": "P3Y"},
            "EstimatedDuration": [{"ExactDuration": {"Duration_ISO8601": "P1Y6M"}}],
            "Jurisdiction": [{"MainJurisdiction": {"Name": "Upolu"}}],
            "CommonCosts": [OWNER],
            "UsesVerificationService": [SERVICE],
        },
    }


def test_cost_items_that_share_all_else_stand_in_one_profile() -> None:
    def cost(kind: str, price: int, currency: str) -> CostProfile:
        return CostProfile(direct_cost_type=f"costType:{kind}", price=price, currency=currency)

    costs = (
        cost("Application", 20, "USD"),
        cost("Tuition", 90, "EUR"),
        cost("Tuition", 100, "USD"),
        CostProfile(currency="USD"),
    )
    assert body(Credential(estimated_cost=costs))["EstimatedCost"] == [
        {
            "Currency": "USD",
            "CostItems": [
                {"DirectCostType": "costType:Application", "Price": 20},
                {"DirectCostType": "costType:Tuition", "Price": 100},
            ],
        },
        {"Currency": "EUR", "CostItems": [{"DirectCostType": "costType:Tuition", "Price": 90}]},
        {"Currency": "USD"},
    ]


def test_what_can_only_be_named_by_an_identifier_is_described_beside_the_record() -> None:
    earlier = EntityReference(type="ceterms:OpenBadge", name={"en-US": "Bees"}, subject_webpage="https://a.example")
    record = Credential(ctid=CTID, previous_version=earlier, supersedes=earlier, latest_version=OWNER)
    request = credential_request(record, published_for=OWNER, default_language="en-US")
    (described,) = request["ReferenceObjects"]
    name = described.pop("Id")
    assert name.startswith("_:")
    assert described == {"Type": "OpenBadge", "Name": "Bees", "SubjectWebpage": "https://a.example"}
    assert request["Credential"] == {
        "CTID": CTID,
        "LatestVersion": OWNER,
        "PreviousVersion": name,
        "Supersedes": name,
    }


def test_another_default_language_changes_which_texts_are_plain() -> None:
    request = credential_request(Credential(name={"de": "Imkerin"}), published_for=OWNER, default_language="de")
    assert request["Credential"] == {"Name": "Imkerin"}
    assert request["DefaultLanguage"] == "de"
    assert body(Credential(name={"de": "Imkerin"})) == {"ceterms:name": {"de": "Imkerin"}}


def test_a_verification_service_profile_is_this_request() -> None:
    profile = VerificationServiceProfile(
        ctid=SERVICE,
        description={"en-US": "Anybody can check a badge on its page."},
        offered_by=(OWNER,),
        verified_claim_type=("claimType:BadgeClaim",),
        holder_must_authorize=False,
        verification_directory=("https://badges.example/earners",),
    )
    assert verification_service_request(profile, published_for=OWNER, default_language="en-US") == {
        "DefaultLanguage": "en-US",
        "PublishForOrganizationIdentifier": OWNER,
        "VerificationServiceProfile": {
            "CTID": SERVICE,
            "Description": "Anybody can check a badge on its page.",
            "OfferedBy": [{"CTID": OWNER}],
            "VerifiedClaimType": ["claimType:BadgeClaim"],
            "HolderMustAuthorize": False,
            "VerificationDirectory": ["https://badges.example/earners"],
        },
    }


def test_what_the_assistant_has_no_place_for_is_named_and_nothing_is_sent() -> None:
    record = Credential(
        beyond={"ceterms:hasProxy": "https://a.example"},
        occupation_type=(CredentialAlignmentObject(alignment_date="2025-02-03", coded_notation="45-2093"),),
        requires=(ConditionProfile(target_assessment=(OWNER, EntityReference(beyond={"ceterms:x": 1}))),),
        jurisdiction=(JurisdictionProfile(main_jurisdiction=Place(beyond={"ceterms:y": 1})),),
    )
    with pytest.raises(NotSendable, match="Publish the record as a graph") as refused:
        body(record)
    assert refused.value.terms == (
        "ceterms:hasProxy",
        "occupationType[0].alignmentDate",
        "requires[0].targetAssessment[1].ceterms:x",
        "jurisdiction[0].mainJurisdiction.ceterms:y",
    )
