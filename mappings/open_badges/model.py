"""The badge class every adapter reads into, under the names of the Open Badges standards.

An OB 2.0 `BadgeClass` (§ BadgeClass) and an OB 3.0 `Achievement` (§ Achievement) become the same record here.
What the standards have no member for but platforms carry stands at the end, as words the platform used.
Nothing about a recipient has a place in it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who defines and awards the badge (OB 2.0 `Profile`, OB 3.0 `Profile`): the organization, never a person."""

    id: str
    name: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """How the badge is earned (OB 2.0 and 3.0 `Criteria`): a page, a narrative, or both."""

    id: str | None = None
    narrative: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One step that earns the badge, where the platform lists steps one by one instead of a narrative."""

    name: str
    activity_type: str | None = None
    url: str | None = None
    required_badge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What the badge is aligned to (OB 2.0 `AlignmentObject`, OB 3.0 `Alignment`)."""

    target_name: str | None = None
    target_url: str | None = None
    target_description: str | None = None
    target_framework: str | None = None
    target_code: str | None = None
    target_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another badge related to this one; `relation` is required, recommended, or the standard's bare related.

    The standard's own relation is between versions and translations: of those it says version and language.
    """

    id: str | None = None
    name: str | None = None
    url: str | None = None
    relation: str = "related"
    version: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricCriterionLevel:
    """One level of a rubric's criterion (OB 3.0 `RubricCriterionLevel`)."""

    id: str | None = None
    name: str | None = None
    level: str | None = None
    points: str | None = None
    description: str | None = None
    alignment: tuple[Alignment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultDescription:
    """A result that an award may state (OB 3.0 `ResultDescription`): a grade, a score, a level, a status.

    `result_type` is a term of the standard or the issuer's own (`ext:…`); values are texts as the issuer wrote them.
    `required_level` is the id of one of the levels.
    """

    id: str | None = None
    name: str | None = None
    result_type: str | None = None
    value_min: str | None = None
    value_max: str | None = None
    required_value: str | None = None
    required_level: str | None = None
    allowed_value: tuple[str, ...] = ()
    rubric_criterion_level: tuple[RubricCriterionLevel, ...] = ()
    alignment: tuple[Alignment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherIdentifier:
    """What the badge is called in another system (OB 3.0 `IdentifierEntry`)."""

    identifier: str
    identifier_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """What an organization says for the badge (OB 2.0 `Endorsement`, OB 3.0 `EndorsementCredential`).

    `id` alone where the badge only says where its endorsement lies.
    """

    id: str | None = None
    issuer: Issuer | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """How long an award of the badge is valid: an amount of days, weeks, months or years."""

    amount: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The texts of a badge in one more language (OB 3.0 and JSON-LD language maps); `language` is a BCP 47 tag."""

    language: str
    name: str | None = None
    description: str | None = None
    narrative: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeClass:
    """A badge definition, as its issuer wrote it: texts raw, absent members None or empty.

    `id` is the URI that identifies the badge (OB 2.0 `id`); `source_id` is the platform's own key for it.
    `issuer` owns the badge, those in `also_issued_by` issue it as well. `state` is the platform's word (active,
    archived, draft); `left_out` names the members that found no place here. `credits_available` is a number as it was
    written. `id_made_from` is the address that the id was made from where the badge has none of its own, `signature`
    a sentence on how the signature of its document was checked.
    """

    id: str
    source_id: str
    name: str
    description: str | None = None
    issuer: Issuer | None = None
    also_issued_by: tuple[Issuer, ...] = ()
    image: str | None = None
    image_caption: str | None = None
    criteria: Criteria = Criteria()
    activities: tuple[Activity, ...] = ()
    alignment: tuple[Alignment, ...] = ()
    tags: tuple[str, ...] = ()
    achievement_type: str | None = None
    language: str | None = None
    translations: tuple[Translation, ...] = ()
    version: str | None = None
    related: tuple[Related, ...] = ()
    result_description: tuple[ResultDescription, ...] = ()
    credits_available: str | None = None
    field_of_study: str | None = None
    specialization: str | None = None
    human_code: str | None = None
    other_identifier: tuple[OtherIdentifier, ...] = ()
    endorsement: tuple[Endorsement, ...] = ()
    expires: Validity | None = None
    id_made_from: str | None = None
    signature: str | None = None
    page: str | None = None
    activity_page: str | None = None
    enrolment_page: str | None = None
    state: str | None = None
    public: bool | None = None
    level: str | None = None
    category: str | None = None
    time_to_earn: str | None = None
    cost: str | None = None
    created: str | None = None
    left_out: tuple[str, ...] = ()
