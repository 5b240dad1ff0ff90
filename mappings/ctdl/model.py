"""Credential records in CTDL's own terms, property for property (https://credreg.net/ctdl/terms).

Attribute `subject_webpage` is the term `ceterms:subjectWebpage`, and so on. The type of an attribute says how the
term is written: see `mappings.ctdl.shape`. Texts are language maps: {"en-US": "…"}.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, TypeAlias


class Kind(Enum):
    """How the values of a term are written."""

    TEXT = "a language map"
    TEXTS = "a language map of lists"
    SUBJECTS = "a language map of lists, written as alignment objects"
    CONCEPT = "one concept of a CTDL scheme"
    CONCEPTS = "concepts of a CTDL scheme"
    TYPE = "a CTDL class"
    DATE = "a date, YYYY-MM-DD"
    DURATION = "an ISO 8601 duration"
    URL = "an absolute http(s) address"
    URLS = "absolute http(s) addresses"
    WORD = "a plain string"
    WORDS = "plain strings"
    NUMBER = "a number"
    LANGUAGES = "BCP 47 language tags"
    REFERENCES = "CTIDs, absolute addresses, or things described in place"
    PROFILES = "profiles in place"


Text: TypeAlias = Annotated[Mapping[str, str] | None, Kind.TEXT]
Texts: TypeAlias = Annotated[Mapping[str, tuple[str, ...]] | None, Kind.TEXTS]
Subjects: TypeAlias = Annotated[Mapping[str, tuple[str, ...]] | None, Kind.SUBJECTS]
Concept: TypeAlias = Annotated[str | None, Kind.CONCEPT]
Concepts: TypeAlias = Annotated[tuple[str, ...], Kind.CONCEPTS]
Type: TypeAlias = Annotated[str | None, Kind.TYPE]
Date: TypeAlias = Annotated[str | None, Kind.DATE]
Duration: TypeAlias = Annotated[str | None, Kind.DURATION]
Url: TypeAlias = Annotated[str | None, Kind.URL]
Urls: TypeAlias = Annotated[tuple[str, ...], Kind.URLS]
Word: TypeAlias = Annotated[str | None, Kind.WORD]
Number: TypeAlias = Annotated[float | int | None, Kind.NUMBER]
Languages: TypeAlias = Annotated[tuple[str, ...], Kind.LANGUAGES]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityReference:
    """Something that is only mentioned: it becomes a blank node and needs type, name and page."""

    type: Type = None
    name: Text = None
    description: Text = None
    subject_webpage: Url = None


References: TypeAlias = Annotated[tuple[str | EntityReference, ...], Kind.REFERENCES]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialAlignmentObject:
    """A competency, occupation, industry or programme the credential is aligned to."""

    framework: Url = None
    framework_name: Text = None
    coded_notation: Word = None
    target_node: Url = None
    target_node_name: Text = None
    target_node_description: Text = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionProfile:
    """What it takes, to get the credential or to keep it."""

    name: Text = None
    description: Text = None
    subject_webpage: Url = None
    condition: Texts = None
    target_assessment: References = ()
    target_competency: Annotated[tuple[CredentialAlignmentObject, ...], Kind.PROFILES] = ()
    target_credential: References = ()
    target_learning_opportunity: References = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CostProfile:
    """One cost item."""

    name: Text = None
    description: Text = None
    cost_details: Url = None
    direct_cost_type: Concept = None
    currency: Word = None
    price: Number = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationProfile:
    """How long it takes."""

    description: Text = None
    exact_duration: Duration = None
    minimum_duration: Duration = None
    maximum_duration: Duration = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationProfile:
    """When and how the credential can be withdrawn."""

    description: Text = None
    revocation_criteria: Url = None
    revocation_criteria_description: Text = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierValue:
    """An identifier and the system it comes from."""

    identifier_type: Url = None
    identifier_type_name: Text = None
    identifier_value_code: Word = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential record. `credential_type` is its CTDL class, None while nobody has decided."""

    ctid: Word = None
    credential_type: Type = None
    name: Text = None
    alternate_name: Texts = None
    description: Text = None
    subject_webpage: Url = None
    credential_status_type: Concept = None
    in_language: Languages = ()
    owned_by: References = ()
    offered_by: References = ()
    accredited_by: References = ()
    approved_by: References = ()
    recognized_by: References = ()
    regulated_by: References = ()
    renewed_by: References = ()
    revoked_by: References = ()
    image: Url = None
    credential_id: Word = None
    identifier: Annotated[tuple[IdentifierValue, ...], Kind.PROFILES] = ()
    version_identifier: Annotated[tuple[IdentifierValue, ...], Kind.PROFILES] = ()
    same_as: Urls = ()
    date_effective: Date = None
    expiration_date: Date = None
    keyword: Texts = None
    subject: Subjects = None
    audience_level_type: Concepts = ()
    audience_type: Concepts = ()
    available_online_at: Urls = ()
    availability_listing: Urls = ()
    occupation_type: Annotated[tuple[CredentialAlignmentObject, ...], Kind.PROFILES] = ()
    industry_type: Annotated[tuple[CredentialAlignmentObject, ...], Kind.PROFILES] = ()
    instructional_program_type: Annotated[tuple[CredentialAlignmentObject, ...], Kind.PROFILES] = ()
    requires: Annotated[tuple[ConditionProfile, ...], Kind.PROFILES] = ()
    recommends: Annotated[tuple[ConditionProfile, ...], Kind.PROFILES] = ()
    renewal: Annotated[tuple[ConditionProfile, ...], Kind.PROFILES] = ()
    renewal_frequency: Duration = None
    revocation: Annotated[tuple[RevocationProfile, ...], Kind.PROFILES] = ()
    estimated_cost: Annotated[tuple[CostProfile, ...], Kind.PROFILES] = ()
    estimated_duration: Annotated[tuple[DurationProfile, ...], Kind.PROFILES] = ()
    is_part_of: References = ()
    uses_verification_service: References = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationServiceProfile:
    """How issued credentials can be verified (ceterms:VerificationServiceProfile)."""

    ctid: Word = None
    description: Text = None
    subject_webpage: Url = None
    offered_by: References = ()
    verified_claim_type: Concepts = ()
    verification_method_description: Text = None
    verification_service: Urls = ()
    verification_directory: Urls = ()
