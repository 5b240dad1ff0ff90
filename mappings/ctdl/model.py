"""Credential records in CTDL's own terms, property for property (https://credreg.net/ctdl/terms).

Attribute `subject_webpage` is the term `ceterms:subjectWebpage`, and so on; where that does not hold, the term stands
behind the kind. The kind of an attribute says how the term is written: see `mappings.ctdl.shape`. Texts are language
maps: {"en-US": "…"}.

Left out on purpose: `aggregateData` (outcomes of those who hold a credential are nothing that a badge definition
says), the contact persons of places, and the kinds of financial assistance and of external input, whose concept
schemes are not at hand. What a published document says beyond the model is kept verbatim under `beyond`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypeAlias, TypeVar

Node = TypeVar("Node")


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
    WHOLE_NUMBER = "a whole number"
    YES_NO = "true or false"
    LANGUAGES = "BCP 47 language tags"
    REFERENCE = "a CTID, an absolute address, or a thing described in place"
    REFERENCES = "CTIDs, absolute addresses, or things described in place"
    PROFILE = "a profile in place"
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
Words: TypeAlias = Annotated[tuple[str, ...], Kind.WORDS]
Number: TypeAlias = Annotated[float | int | None, Kind.NUMBER]
WholeNumber: TypeAlias = Annotated[int | None, Kind.WHOLE_NUMBER]
YesNo: TypeAlias = Annotated[bool | None, Kind.YES_NO]
Languages: TypeAlias = Annotated[tuple[str, ...], Kind.LANGUAGES]
Beyond: TypeAlias = Mapping[str, Any] | None
"""Terms that the model does not know, by their prefixed names, each with its JSON-LD as it stood."""


def _lean(of: type[Node]) -> type[Node]:
    """Lets a node hold only what it is given; what it is not given is read from the defaults of its class.

    The constructor that `dataclass` writes sets every attribute each time, and a credential has a hundred of them.
    """
    known = vars(of)["__dataclass_fields__"].keys()

    def hold(self: object, **given: Any) -> None:
        if not given.keys() <= known:
            raise TypeError(f"{of.__name__} has no {', '.join(sorted(given.keys() - known))}.")
        vars(self).update(given)

    of.__init__ = hold  # type: ignore[method-assign]
    return of


def altered(node: Node, **values: Any) -> Node:
    """The node with other values; unlike `dataclasses.replace`, what it does not hold it goes on not holding."""
    return type(node)(**{**vars(node), **values})


@_lean
@dataclass(frozen=True, kw_only=True)
class IdentifierValue:
    """An identifier and the system it comes from."""

    identifier_type: Url = None
    identifier_type_name: Text = None
    identifier_value_code: Word = None
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
class Place:
    """A place by its address or its coordinates (degrees); contact persons are left out."""

    name: Text = None
    street_address: Text = None
    post_office_box_number: Word = None
    address_locality: Text = None
    address_region: Text = None
    sub_region: Text = None
    postal_code: Word = None
    address_country: Text = None
    latitude: Number = None
    longitude: Number = None
    geo_uri: Url = None
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
class EntityReference:
    """Something that is only mentioned: it becomes a blank node and needs type, name and page."""

    type: Type = None
    name: Text = None
    description: Text = None
    subject_webpage: Url = None
    same_as: Urls = ()
    coded_notation: Word = None
    identifier: Annotated[tuple[IdentifierValue, ...], Kind.PROFILES] = ()
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
class OrganizationReference:
    """An organization that is only mentioned: it becomes a blank node and needs type, name and page."""

    type: Type = None
    name: Text = None
    description: Text = None
    subject_webpage: Url = None
    social_media: Urls = ()
    identifier: Annotated[tuple[IdentifierValue, ...], Kind.PROFILES] = ()
    address: Annotated[tuple[Place, ...], Kind.PROFILES] = ()
    availability_listing: Urls = ()
    email: Words = ()
    """The organization's own, no person's."""
    beyond: Beyond = None


Reference: TypeAlias = Annotated[str | EntityReference | OrganizationReference | None, Kind.REFERENCE]
References: TypeAlias = Annotated[tuple[str | EntityReference | OrganizationReference, ...], Kind.REFERENCES]


@_lean
@dataclass(frozen=True, kw_only=True)
class CredentialAlignmentObject:
    """A competency, occupation, industry or programme the credential is aligned to."""

    framework: Url = None
    framework_name: Text = None
    coded_notation: Word = None
    target_node: Url = None
    target_node_name: Text = None
    target_node_description: Text = None
    alignment_date: Date = None
    alignment_type: Word = None
    weight: Number = None
    beyond: Beyond = None


Alignments: TypeAlias = Annotated[tuple[CredentialAlignmentObject, ...], Kind.PROFILES]


@_lean
@dataclass(frozen=True, kw_only=True)
class JurisdictionProfile:
    """Where something holds: everywhere, or in one place with exceptions."""

    global_jurisdiction: YesNo = None
    description: Text = None
    main_jurisdiction: Annotated[Place | None, Kind.PROFILE] = None
    jurisdiction_exception: Annotated[tuple[Place, ...], Kind.PROFILES] = ()
    asserted_by: References = ()
    beyond: Beyond = None


Jurisdictions: TypeAlias = Annotated[tuple[JurisdictionProfile, ...], Kind.PROFILES]


@_lean
@dataclass(frozen=True, kw_only=True)
class ValueProfile:
    """An amount of credit: a value or a range of them, and its unit (terms of schema.org and QData among them)."""

    value: Annotated[float | int | None, Kind.NUMBER, "schema:value"] = None
    min_value: Annotated[float | int | None, Kind.NUMBER, "schema:minValue"] = None
    max_value: Annotated[float | int | None, Kind.NUMBER, "schema:maxValue"] = None
    percentage: Annotated[float | int | None, Kind.NUMBER, "qdata:percentage"] = None
    credit_unit_type: Concepts = ()
    credit_level_type: Concepts = ()
    subject: Subjects = None
    description: Annotated[Mapping[str, str] | None, Kind.TEXT, "schema:description"] = None
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
class CostProfile:
    """One cost item, with what it shares with others."""

    name: Text = None
    description: Text = None
    cost_details: Url = None
    direct_cost_type: Concept = None
    currency: Word = None
    price: Number = None
    payment_pattern: Text = None
    residency_type: Concepts = ()
    audience_type: Concepts = ()
    alternate_name: Texts = None
    condition: Texts = None
    start_date: Date = None
    end_date: Date = None
    jurisdiction: Jurisdictions = ()
    beyond: Beyond = None


Costs: TypeAlias = Annotated[tuple[CostProfile, ...], Kind.PROFILES]


@_lean
@dataclass(frozen=True, kw_only=True)
class ConditionProfile:
    """What it takes, to get the credential or to keep it; or what the credential is good for."""

    name: Text = None
    alternate_name: Texts = None
    description: Text = None
    subject_webpage: Url = None
    asserted_by: References = ()
    affiliation: References = ()
    condition: Texts = None
    submission_of: Urls = ()
    submission_of_description: Text = None
    audience_type: Concepts = ()
    audience_level_type: Concepts = ()
    credit_value: Annotated[tuple[ValueProfile, ...], Kind.PROFILES] = ()
    credit_unit_type_description: Text = None
    date_effective: Date = None
    experience: Text = None
    minimum_age: WholeNumber = None
    years_of_experience: Number = None
    weight: Number = None
    common_costs: References = ()
    estimated_cost: Costs = ()
    jurisdiction: Jurisdictions = ()
    resident_of: Jurisdictions = ()
    target_assessment: References = ()
    target_competency: Alignments = ()
    target_credential: References = ()
    target_learning_opportunity: References = ()
    target_job: References = ()
    target_occupation: References = ()
    target_task: References = ()
    alternative_condition: Annotated[tuple["ConditionProfile", ...], Kind.PROFILES] = ()
    beyond: Beyond = None


Conditions: TypeAlias = Annotated[tuple[ConditionProfile, ...], Kind.PROFILES]


@_lean
@dataclass(frozen=True, kw_only=True)
class DurationProfile:
    """How long it takes."""

    description: Text = None
    exact_duration: Duration = None
    minimum_duration: Duration = None
    maximum_duration: Duration = None
    time_required: Duration = None
    """In hours or minutes alone."""
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
class RevocationProfile:
    """When and how the credential can be withdrawn."""

    description: Text = None
    date_effective: Date = None
    jurisdiction: Jurisdictions = ()
    revocation_criteria: Url = None
    revocation_criteria_description: Text = None
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
class ProcessProfile:
    """How something is done: administered, appealed, developed, kept up, reviewed, revoked."""

    description: Text = None
    subject_webpage: Url = None
    date_effective: Date = None
    process_frequency: Text = None
    processing_agent: References = ()
    process_method: Url = None
    process_method_description: Text = None
    process_standards: Url = None
    process_standards_description: Text = None
    scoring_method_description: Text = None
    scoring_method_example: Url = None
    scoring_method_example_description: Text = None
    verification_method_description: Text = None
    jurisdiction: Jurisdictions = ()
    target_assessment: References = ()
    target_competency_framework: References = ()
    target_credential: References = ()
    target_learning_opportunity: References = ()
    beyond: Beyond = None


Processes: TypeAlias = Annotated[tuple[ProcessProfile, ...], Kind.PROFILES]


@_lean
@dataclass(frozen=True, kw_only=True)
class FinancialAssistanceProfile:
    """Help with the costs: its name, and what it is or where that is told."""

    name: Text = None
    alternate_name: Texts = None
    description: Text = None
    subject_webpage: Url = None
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
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
    registered_by: References = ()
    regulated_by: References = ()
    renewed_by: References = ()
    revoked_by: References = ()
    copyright_holder: Reference = None
    image: Url = None
    credential_id: Word = None
    identifier: Annotated[tuple[IdentifierValue, ...], Kind.PROFILES] = ()
    version_identifier: Annotated[tuple[IdentifierValue, ...], Kind.PROFILES] = ()
    version_code: Word = None
    same_as: Urls = ()
    date_effective: Date = None
    expiration_date: Date = None
    keyword: Texts = None
    subject: Subjects = None
    classification: References = ()
    government_credential_type: Annotated[tuple[str, ...], Kind.WORDS, "ceterms:credentialType"] = ()
    audience_level_type: Concepts = ()
    audience_type: Concepts = ()
    at_level: Alignments = ()
    available_online_at: Urls = ()
    availability_listing: Urls = ()
    available_at: Annotated[tuple[Place, ...], Kind.PROFILES] = ()
    in_catalog: Url = None
    assessment_delivery_type: Concepts = ()
    learning_delivery_type: Concepts = ()
    learning_method_type: Concepts = ()
    learning_method_description: Text = None
    is_non_credit: YesNo = None
    occupation_type: Alignments = ()
    industry_type: Alignments = ()
    naics: Words = ()
    isic_v4: Word = None
    instructional_program_type: Alignments = ()
    degree_concentration: Subjects = None
    degree_major: Subjects = None
    degree_minor: Subjects = None
    requires: Conditions = ()
    recommends: Conditions = ()
    corequisite: Conditions = ()
    co_prerequisite: Conditions = ()
    entry_condition: Conditions = ()
    advanced_standing_from: Conditions = ()
    is_advanced_standing_for: Conditions = ()
    preparation_from: Conditions = ()
    is_preparation_for: Conditions = ()
    is_recommended_for: Conditions = ()
    is_required_for: Conditions = ()
    common_conditions: References = ()
    renewal: Conditions = ()
    renewal_frequency: Duration = None
    revocation: Annotated[tuple[RevocationProfile, ...], Kind.PROFILES] = ()
    estimated_cost: Costs = ()
    common_costs: References = ()
    financial_assistance: Annotated[tuple[FinancialAssistanceProfile, ...], Kind.PROFILES] = ()
    estimated_duration: Annotated[tuple[DurationProfile, ...], Kind.PROFILES] = ()
    is_part_of: References = ()
    has_part: References = ()
    latest_version: Reference = None
    previous_version: Reference = None
    next_version: Reference = None
    supersedes: Reference = None
    superseded_by: Reference = None
    jurisdiction: Jurisdictions = ()
    accredited_in: Jurisdictions = ()
    approved_in: Jurisdictions = ()
    offered_in: Jurisdictions = ()
    recognized_in: Jurisdictions = ()
    regulated_in: Jurisdictions = ()
    renewed_in: Jurisdictions = ()
    revoked_in: Jurisdictions = ()
    administration_process: Processes = ()
    appeal_process: Processes = ()
    complaint_process: Processes = ()
    development_process: Processes = ()
    maintenance_process: Processes = ()
    review_process: Processes = ()
    revocation_process: Processes = ()
    process_standards: Url = None
    process_standards_description: Text = None
    has_rubric: References = ()
    has_support_service: References = ()
    provides_transfer_value_for: References = ()
    receives_transfer_value_from: References = ()
    related_action: References = ()
    uses_verification_service: References = ()
    beyond: Beyond = None


@_lean
@dataclass(frozen=True, kw_only=True)
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
    holder_must_authorize: YesNo = None
    date_effective: Date = None
    estimated_cost: Costs = ()
    target_credential: References = ()
    jurisdiction: Jurisdictions = ()
    offered_in: Jurisdictions = ()
    administration_process: Processes = ()
    beyond: Beyond = None
