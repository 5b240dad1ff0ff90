"""The Registry's minimum data policy as findings, in the words of the Registry's form.

Required terms must be there to publish; recommended ones are good practice; notes say what was assumed or left.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from mappings.ctdl.model import Credential, VerificationServiceProfile

Severity = Literal["required", "recommended", "note"]
SHORTEST_DESCRIPTION = 15
SHORT_DESCRIPTION = 25

LABELS: Mapping[str, str] = {
    "credentialType": "Credential Type",
    "name": "Credential Name",
    "description": "Credential Description",
    "ownedBy": "Primary (owning) Organization",
    "subjectWebpage": "Subject Webpage",
    "credentialStatusType": "Credential Status",
    "inLanguage": "Language",
    "image": "Image",
    "keyword": "Keywords",
    "requires": "Conditions and Requirements",
    "usesVerificationService": "Uses Verification Services",
    "dateEffective": "Date Effective",
    "subject": "Subjects",
    "audienceLevelType": "Audience Level",
    "credentialId": "Credential ID",
    "identifier": "Identifiers",
    "isicV4": "ISIC V4",
    "naics": "NAICS",
    "occupationType": "Occupations",
    "industryType": "Industries",
    "hasPart": "Included Credentials",
    "hasSupportService": "Has Support Services",
    "providesTransferValueFor": "Provides Transfer Values For",
    "receivesTransferValueFrom": "Receives Transfer Values From",
    "recommends": "Recommendations",
    "coPrerequisite": "Co-Prerequisite",
    "verifiedClaimType": "Verified Claim Type",
    "offeredBy": "Offered By",
    "renewal": "Renewal",
    "renewalFrequency": "Renewal Frequency",
    "renewedBy": "Renewed By",
    "revocation": "Revocation",
    "revokedBy": "Revoked By",
    "estimatedCost": "Estimated Costs",
}


class Finding(NamedTuple):
    """What a record lacks or should be looked at for: the property, how grave it is, a stable code, a sentence."""

    property: str
    severity: Severity
    code: str
    message: str


def label(name: str) -> str:
    """The form's word for a property; the CTDL name, spaced, where the form has none of its own."""
    return LABELS.get(name) or "".join(f" {c}" if c.isupper() else c for c in name).strip().title()


def blocking(findings: tuple[Finding, ...]) -> int:
    """How many findings keep a record from being complete."""
    return sum(finding.severity == "required" for finding in findings)


def findings(credential: Credential, *, organization_website: str | None = None) -> tuple[Finding, ...]:
    """What the minimum data policy has to say of a credential (Registry minimum data, by property)."""
    return (
        *_missing(credential),
        *_description(credential),
        *_subject_webpage(credential, organization_website),
        *_recommended(credential),
    )


def is_answered(finding: Finding, credential: Credential) -> bool:
    """Whether a question about the type is answered by what the record says by now."""
    if finding.code != "is_it_a_certificate":
        return False
    return bool(
        credential.renewal
        or credential.renewal_frequency
        or credential.renewed_by
        or credential.revocation
        or credential.revocation_process
        or credential.revoked_by
    )


def shared_subject_webpage(others: int) -> Finding:
    """The finding of a record whose subject page is that of `others` more records of its organization."""
    records = "another record" if others == 1 else f"{others} other records"
    return Finding(
        "subjectWebpage",
        "recommended",
        "subject_webpage_shared",
        f"The same Subject Webpage is used by {records}. Give the page that is about this credential alone.",
    )


def profile_findings(profile: VerificationServiceProfile) -> tuple[Finding, ...]:
    """What a verification service profile lacks."""
    required = {
        "description": (profile.description, "Say how somebody who is shown a badge can check it."),
        "offeredBy": (profile.offered_by, "Say which organization offers it."),
    }
    lacking = [_required(name, message) for name, (value, message) in required.items() if not value]
    lacking += filter(None, map(_too_short, (profile.description or {}).values()))
    if not profile.verified_claim_type:
        lacking.append(Finding("verifiedClaimType", "recommended", "missing", "Say which claims can be verified."))
    return tuple(lacking)


def _missing(credential: Credential) -> Iterator[Finding]:
    required = {
        "credentialType": (credential.credential_type, "Choose the credential type."),
        "name": (credential.name, "The credential has no name."),
        "description": (credential.description, "The credential has no description."),
        "ownedBy": (
            credential.owned_by or credential.offered_by,
            "The organization that owns the credential is not known yet.",
        ),
        "subjectWebpage": (
            credential.subject_webpage,
            "There is no web page about this credential. Give the page that describes it.",
        ),
        "credentialStatusType": (
            credential.credential_status_type,
            "Say whether the credential is offered: Active, Ceasing, Deprecated, Probationary, Suspended or Teach Out.",
        ),
        "inLanguage": (credential.in_language, "Say in which language the credential is offered."),
    }
    return (_required(name, message) for name, (value, message) in required.items() if not value)


def _required(name: str, message: str) -> Finding:
    return Finding(name, "required", "missing", message)


def _description(credential: Credential) -> Iterator[Finding]:
    names = set((credential.name or {}).values())
    for text in (credential.description or {}).values():
        if too_short := _too_short(text):
            yield too_short
        elif len(text) < SHORT_DESCRIPTION:
            yield Finding(
                "description",
                "recommended",
                "description_short",
                f"The description has only {len(text)} characters; {SHORT_DESCRIPTION} or more are better.",
            )
        if text in names:
            yield Finding(
                "description",
                "recommended",
                "description_is_name",
                "The description only repeats the name. Say what the holder knows or can do.",
            )
        if "\ufffd" in text:
            yield _damaged("description")
    if any("\ufffd" in name for name in names):
        yield _damaged("name")


def _too_short(description: str) -> Finding | None:
    if len(description) >= SHORTEST_DESCRIPTION:
        return None
    message = f"The description has {_characters(description)}; the Registry takes {SHORTEST_DESCRIPTION} or more."
    return Finding("description", "required", "description_too_short", message)


def _characters(text: str) -> str:
    return "1 character" if len(text) == 1 else f"{len(text)} characters"


def _damaged(name: str) -> Finding:
    message = "The text holds characters that were damaged before they reached us (\ufffd). Correct them at the source."
    return Finding(name, "recommended", "text_damaged", message)


def _subject_webpage(credential: Credential, organization_website: str | None) -> Iterator[Finding]:
    page = credential.subject_webpage
    if page and organization_website and _page(page) == _page(organization_website):
        yield Finding(
            "subjectWebpage",
            "recommended",
            "subject_webpage_is_home",
            "The Subject Webpage is the organization's home page. Give the page that is about this credential.",
        )


def _page(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return (parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query)


def _recommended(credential: Credential) -> Iterator[Finding]:
    lacking: dict[str, tuple[object, str]] = {
        "image": (credential.image, "An image helps people recognise the credential."),
        "keyword": (credential.keyword, "Keywords help people find the credential."),
        "requires": (credential.requires, "Say what it takes to earn the credential."),
    }
    if credential.credential_type in ("ceterms:Certification", "ceterms:License"):
        lacking |= {
            "renewal": (credential.renewal, "Say how the credential is renewed."),
            "renewalFrequency": (credential.renewal_frequency, "Say how often it must be renewed."),
            "renewedBy": (credential.renewed_by, "Say which organization renews it."),
            "revocation": (credential.revocation, "Say when the credential can be withdrawn."),
            "revocationProcess": (credential.revocation_process, "Say how the credential is withdrawn."),
            "revokedBy": (credential.revoked_by, "Say which organization can withdraw it."),
            "estimatedCost": (credential.estimated_cost, "Say what it costs."),
        }
    for name, (value, message) in lacking.items():
        if not value:
            yield Finding(name, "recommended", "missing", message)
