"""Documents of Open Badges 3.0: achievements of every type, and credentials that award them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.demo.hosted_badges import Spot, data_uri, identifier, issuer, issuer_of, text_of
from connector.demo.open_badges_canaries import (
    ISSUER_EMAIL,
    ISSUER_PHONE,
    RECIPIENT_EMAIL,
    RECIPIENT_HASH,
    RECIPIENT_ID,
    RECIPIENT_NAME,
    RECIPIENT_SALT,
    RECIPIENT_STORY,
)

Json = dict[str, Any]

CREDENTIALS_2_0 = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_1_1 = "https://www.w3.org/2018/credentials/v1"
ACHIEVEMENT_TYPES = (
    "Achievement",
    "ApprenticeshipCertificate",
    "Assessment",
    "Assignment",
    "AssociateDegree",
    "Award",
    "Badge",
    "BachelorDegree",
    "Certificate",
    "CertificateOfCompletion",
    "Certification",
    "CommunityService",
    "Competency",
    "Course",
    "CoCurricular",
    "Degree",
    "Diploma",
    "DoctoralDegree",
    "Fieldwork",
    "GeneralEducationDevelopment",
    "JourneymanCertificate",
    "LearningProgram",
    "License",
    "Membership",
    "ProfessionalDoctorate",
    "QualityAssuranceCredential",
    "MasterCertificate",
    "MasterDegree",
    "MicroCredential",
    "ResearchDoctorate",
    "SecondarySchoolDiploma",
    "ext:TideWalkLeader",
)
"""The 31 of the enumeration `AchievementType`, and one of an issuer's own."""


def context(number: int) -> list[str]:
    """The contexts of the document of this number: those of 3.0.0 to 3.0.3 in turn."""
    patch = (number - 1) % 4
    return [CREDENTIALS_2_0, f"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.{patch}.json"]


def _plain(spot: Spot) -> Json:
    text = text_of(spot.number)
    return {
        "@context": context(spot.number),
        "id": _address(spot),
        "type": ["Achievement"],
        "achievementType": _type(spot.number),
        "name": text["name"],
        "description": text["description"],
        "criteria": {"id": spot.criteria, "narrative": text["narrative"]},
        "image": {"id": spot.image, "type": "Image", "caption": "A round emblem."},
        "creator": profile(spot.url, issuer_of(spot.number)),
        "tag": text["tags"],
    }


def _type(number: int) -> str:
    # The smallest, second of the varieties, have no type: they take none of the list away from the others.
    untyped = (number + len(VARIETIES) - 2) // len(VARIETIES)
    return ACHIEVEMENT_TYPES[(number - 1 - untyped) % len(ACHIEVEMENT_TYPES)]


def _address(spot: Spot) -> str:
    return f"{spot.url}/achievements/{spot.number}.json"


def profile(url: str, number: int) -> Json:
    """An issuer's profile as OB 3.0 has it, with everything that must not be kept of it."""
    known = issuer(url, 1) if number == 1 else issuer(url, 2)
    return {
        "id": f"{url}/issuers/{number}.json",
        "type": ["Profile"],
        "name": known["name"],
        "url": known["url"],
        "email": ISSUER_EMAIL,
        "phone": ISSUER_PHONE,
    }


def _full(achievement: Json, spot: Spot) -> Json:
    return {
        **_studies(achievement, spot),
        "alignment": _alignments(spot),
        "resultDescription": _results(spot),
        "otherIdentifier": [_other_identifier(spot)],
        "related": [_related(spot)],
        "version": "1.2",
        "inLanguage": "en-US",
        "endorsement": [endorsement(spot.url, spot.number)],
        "extensions:courseRoom": {"type": ["Extension"], "room": "Boat house"},
    }


def _studies(achievement: Json, spot: Spot) -> Json:
    return {
        "creditsAvailable": 1.5,
        "fieldOfStudy": text_of(spot.number)["field"],
        "specialization": "Coasts",
        "humanCode": f"FIELD-{100 + spot.number}",
    }


def _alignments(spot: Spot) -> list[Json]:
    ctid = f"ce-{identifier('competency', spot.number).removeprefix('urn:uuid:')}"
    guid = identifier("item", spot.number).removeprefix("urn:uuid:")
    return [
        {
            "type": ["Alignment"],
            "targetType": "ceasn:Competency",
            "targetName": "Identify plants",
            "targetUrl": f"https://credentialfinder.org/competency/{ctid}",
            "targetCode": ctid,
        },
        {
            "type": ["Alignment"],
            "targetType": "CFItem",
            "targetName": "Plan a survey",
            "targetUrl": f"https://case.example/uri/{guid}",
            "targetCode": guid,
            "targetFramework": "Survey Methods",
            "targetDescription": "Chooses a method and says why.",
        },
        {
            "type": "Alignment",
            "targetType": "ext:EQFAlignment",
            "targetName": "EQF level 4",
            "targetUrl": "https://frameworks.example/eqf/4",
        },
    ]


def _results(spot: Spot) -> list[Json]:
    own = _address(spot)
    return [
        {
            "id": f"{own}#grade",
            "type": ["ResultDescription"],
            "name": "Final grade",
            "resultType": "LetterGrade",
            "allowedValue": ["A", "B", "C", "F"],
            "requiredValue": "C",
        },
        {
            "id": f"{own}#score",
            "type": "ResultDescription",
            "name": "Share of plants named",
            "resultType": "Percent",
            "valueMin": "0",
            "valueMax": "100",
            "requiredValue": "80",
        },
        {
            "id": f"{own}#care",
            "type": ["ResultDescription"],
            "name": "Care",
            "resultType": "RubricCriterionLevel",
            "requiredLevel": f"{own}#careful",
            "rubricCriterionLevel": [
                {"id": f"{own}#hasty", "type": ["RubricCriterionLevel"], "name": "Hasty", "level": "1", "points": "1"},
                {
                    "id": f"{own}#careful",
                    "type": ["RubricCriterionLevel"],
                    "name": "Careful",
                    "level": "2",
                    "points": "3",
                    "description": "Leaves the place as it was.",
                },
            ],
        },
    ]


def _other_identifier(spot: Spot) -> Json:
    return {"type": "IdentifierEntry", "identifier": f"HB-{spot.number:04d}", "identifierType": "sourcedId"}


def _related(spot: Spot) -> Json:
    other = Spot(spot.url, spot.number + 1)
    return {"type": ["Related"], "id": _address(other), "inLanguage": "es", "version": "1.1"}


def endorsement(url: str, number: int) -> Json:
    """An endorsement of the achievement of this number by the second issuer (`EndorsementCredential`)."""
    return {
        "@context": context(number),
        "id": f"{url}/endorsements/{number}.json",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": profile(url, 2),
        "validFrom": "2024-03-01T09:00:00Z",
        "name": "An endorsement",
        "credentialSubject": {
            "id": f"{url}/achievements/{number}.json",
            "type": ["EndorsementSubject"],
            "endorsementComment": "We hire people who hold this.",
        },
    }


Variation = Callable[[Json, Spot], Mapping[str, Any]]

_VARIATIONS: Mapping[str, Variation] = {
    "full": _full,
    "smallest": lambda achievement, spot: {
        "achievementType": None,
        "criteria": {"narrative": achievement["criteria"]["narrative"]},
        "image": None,
        "creator": None,
        "tag": None,
    },
    "single_values": lambda achievement, spot: {
        "type": "Achievement",
        "tag": achievement["tag"][0],
        "alignment": _alignments(spot)[0],
        "resultDescription": _results(spot)[0],
        "otherIdentifier": _other_identifier(spot),
        "related": _related(spot),
        "endorsement": endorsement(spot.url, spot.number),
        "image": spot.image,
        "creator": f"{spot.url}/issuers/{issuer_of(spot.number)}.json",
    },
    "studies": _studies,
    "results": lambda achievement, spot: {"resultDescription": _results(spot)},
    "translated": lambda achievement, spot: {"related": [_related(spot)], "inLanguage": "en", "version": "2"},
    "aligned": lambda achievement, spot: {"alignment": _alignments(spot)},
    "image_data": lambda achievement, spot: {"image": {"id": data_uri(spot.number), "type": "Image"}},
    "extended": lambda achievement, spot: {
        "ECTS": 2.5,
        "educationProgramIdentifier": [56789],
        "participationType": "blended",
        "inLanguage": "nl-NL",
    },
    "uuid": lambda achievement, spot: {"id": identifier("achievement", spot.number)},
}
VARIETIES = tuple(_VARIATIONS)


def achievement(url: str, number: int) -> Json:
    """The achievement of this number: of the first variety for 1, of the second for 2, and again from the first."""
    spot = Spot(url, number)
    plain = _plain(spot)
    changes = _VARIATIONS[VARIETIES[(number - 1) % len(VARIETIES)]](plain, spot)
    return {key: value for key, value in {**plain, **changes}.items() if value is not None}


def _awarded(url: str, number: int) -> Json:
    return {key: value for key, value in achievement(url, number).items() if key != "@context"}


def _subject(url: str, number: int) -> Json:
    return {
        "id": RECIPIENT_ID,
        "type": ["AchievementSubject"],
        "name": RECIPIENT_NAME,
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": RECIPIENT_HASH,
                "identityType": "emailAddress",
                "salt": RECIPIENT_SALT,
            },
            {"type": "IdentityObject", "hashed": False, "identityHash": RECIPIENT_EMAIL, "identityType": "email"},
        ],
        "narrative": RECIPIENT_STORY,
        "achievement": _awarded(url, number),
    }


def credential(url: str, number: int) -> Json:
    """A credential in the form of VC 2.0, awarding the achievement of this number."""
    return {
        "@context": context(number),
        "id": f"{url}/credentials/{number}.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential" if number % 2 else "AchievementCredential"],
        "name": text_of(number)["name"],
        "issuer": profile(url, issuer_of(number)),
        "validFrom": "2024-05-06T07:08:09Z",
        "validUntil": "2034-05-06T07:08:09Z",
        "credentialSubject": _subject(url, number),
        "credentialSchema": [
            {
                "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
                "type": "1EdTechJsonSchemaValidator2019",
            }
        ],
    }


def credential_of_1_1(url: str, number: int) -> Json:
    """The same in the form of VC 1.1, with its older names for the dates."""
    newer = credential(url, number)
    kept = {key: value for key, value in newer.items() if key not in ("validFrom", "validUntil")}
    return {
        **kept,
        "@context": [CREDENTIALS_1_1, context(number)[1]],
        "issuanceDate": newer["validFrom"],
        "expirationDate": newer["validUntil"],
    }


def credentials(url: str) -> list[Json]:
    """Credentials as documents: VC 2.0, VC 1.1, one with lists and a proof, one whose creator is not its issuer."""
    third = credential(url, 3)
    fourth = credential(url, 4)
    return [
        credential(url, 1),
        credential_of_1_1(url, 2),
        {
            **third,
            "credentialSubject": [third["credentialSubject"]],
            "evidence": [{"type": ["Evidence"], "narrative": RECIPIENT_STORY}],
            "credentialStatus": {"id": f"{url}/revocations.json", "type": "1EdTechRevocationList"},
            "proof": [
                {
                    "type": "DataIntegrityProof",
                    "cryptosuite": "eddsa-rdfc-2022",
                    "created": "2024-05-06T07:08:09Z",
                    "verificationMethod": f"{url}/keys/1.jwk",
                    "proofPurpose": "assertionMethod",
                    "proofValue": "zPracticeProofThatNobodyChecks",
                }
            ],
        },
        {**fourth, "issuer": profile(url, 2)},
    ]


def claims(document: Json) -> Json:
    """A credential of VC 2.0 with the claims of a VC-JWT beside its own members (OB 3.0 §8.2.4)."""
    return {**document, "iss": document["issuer"]["id"], "jti": document["id"], "sub": RECIPIENT_ID, "nbf": 1714979289}


def claims_of_1_1(document: Json) -> Json:
    """A credential of VC 1.1 under the claim `vc`."""
    return {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": RECIPIENT_ID,
        "nbf": 1714979289,
        "exp": 2030598489,
        "vc": document,
    }
