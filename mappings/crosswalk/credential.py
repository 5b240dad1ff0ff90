"""A badge class as a credential record (facts: OB 2.0 BadgeClass and OB 3.0 Achievement to CTDL Credential).

One small function per group of target properties. Each yields the properties it can fill, and with each where the
value comes from; what finds no home is a note. Nothing is invented, nothing dropped in silence.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from mappings.crosswalk.alignment import aligned, is_self_reference
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType, credential_type
from mappings.crosswalk.text import plain, plain_markdown, single_line
from mappings.ctdl.ctid import badge_ctid, verification_service_ctid
from mappings.ctdl.model import ConditionProfile, Credential, EntityReference, IdentifierValue
from mappings.ctdl.reading import is_url
from mappings.ctdl.vocabulary import is_badge_type
from mappings.minimum_data import Finding
from mappings.open_badges.model import Activity, BadgeClass, Related

VERSION = 1
CRITERIA = "Open Badges Criteria"
AUDIENCE_LEVELS: Mapping[str, str] = {
    "foundational": "audLevel:BeginnerLevel",
    "intermediate": "audLevel:IntermediateLevel",
    "advanced": "audLevel:AdvancedLevel",
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Provenance(NamedTuple):
    """Where a property's value comes from: members of the badge class (none for a default), and the rule in words."""

    property: str
    members: tuple[str, ...]
    rule: str


class Note(NamedTuple):
    """Something the badge carries that has no place in the record, or an assumption that was made."""

    member: str
    code: str
    message: str


class Filled(NamedTuple):
    """A property's value and where it comes from."""

    attribute: str
    value: Any
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Mapped:
    """The record of a badge; `findings` are those that the mapping itself raises, before the minimum data's."""

    credential: Credential
    credential_type: CredentialType
    provenance: tuple[Provenance, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]


def credential(badge: BadgeClass, context: Context, *, ctid: str | None = None) -> Mapped:
    """Map a badge class. `ctid` is the record's own where it has one already; else it is derived from the owner."""
    owner = context.organization_ctid
    ctid = ctid or (badge_ctid(owner, context.authority, badge.source_id) if owner else None)
    kind = credential_type(badge)
    filled: dict[str, Any] = {}
    provenance: list[Provenance] = []
    notes: list[Note] = []
    findings: list[Finding] = []
    for rule in _RULES:
        for result in rule(badge, context, kind):
            match result:
                case Filled(attribute, value, source):
                    filled[attribute] = value
                    provenance.append(source)
                case Note():
                    notes.append(result)
                case Finding():
                    findings.append(result)
    return Mapped(Credential(ctid=ctid, **filled), kind, tuple(provenance), tuple(findings), tuple(notes))


Result = Filled | Note | Finding
Results = Iterator[Result]


def _type(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    if not kind.decided:
        label = kind.value.removeprefix("ceterms:")
        reasons = "; ".join(e.says for e in kind.evidence)
        yield Finding(
            "credentialType",
            "required",
            "type_undecided",
            f"This may be a {label}: {reasons}. Choose the credential type.",
        )
        return
    members = tuple(dict.fromkeys(e.member for e in kind.evidence if e.type == kind.value))
    if members:
        rule = "; ".join(e.says for e in kind.evidence if e.type == kind.value)
    else:
        rule = "no evidence for another type than Open Badge"
        yield Note("type", "type_by_default", "Nothing in the badge speaks for another type than Open Badge.")
    yield _fill("credential_type", "credentialType", kind.value, members, rule)


def _texts(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    language = badge.language or context.language
    if name := single_line(badge.name):
        yield _fill("name", "name", {language: name}, ("name",), "the badge's name")
    if description := plain(badge.description or ""):
        yield _fill("description", "description", {language: description}, ("description",), "as plain text")


def _language(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    declared = badge.language
    rule = "declared by the badge" if declared else "assumed: the badge declares no language"
    yield _fill(
        "in_language",
        "inLanguage",
        (declared or context.language,),
        ("language",) if declared else (),
        rule,
    )
    if not declared:
        message = f"The badge declares no language; {context.language} is assumed."
        yield Note("language", "language_assumed", message)
        yield Finding("inLanguage", "note", "language_assumed", message)


def _owner(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    owner = context.organization_ctid
    if owner is None:
        return
    yield _fill("owned_by", "ownedBy", (owner,), ("issuer",), "the organization that its issuer is mapped to")
    yield _fill("offered_by", "offeredBy", (owner,), ("issuer",), "the organization that its issuer is mapped to")
    yield _fill(
        "uses_verification_service",
        "usesVerificationService",
        (verification_service_ctid(owner, context.authority),),
        ("issuer",),
        f"issued as an Open Badge through {context.platform_name}",
    )


def _pages(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    candidates = (
        ("activity_page", badge.activity_page, "the issuer's own page about it"),
        ("criteria", badge.criteria.id, "the page of its criteria"),
        ("page", badge.page, "its page on the platform"),
        ("id", badge.id, "the badge's own address"),
    )
    chosen = next(((m, url, rule) for m, url, rule in candidates if url and is_url(url)), None)
    if chosen:
        member, url, rule = chosen
        yield _fill("subject_webpage", "subjectWebpage", url, (member,), rule)
    for member, address, _ in candidates[:3]:
        if address and not is_url(address):
            yield Note(member, "not_an_address", "It is not an absolute web address and was not taken over.")
    if badge.page and is_url(badge.page) and chosen and chosen[0] != "page":
        yield Note("page", "page_kept_out", f"Its page on the platform is {badge.page}.")
    if badge.enrolment_page and is_url(badge.enrolment_page):
        yield _fill(
            "available_online_at",
            "availableOnlineAt",
            (badge.enrolment_page,),
            ("enrolment_page",),
            "where one can enrol",
        )


def _status(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    state = (badge.state or "").casefold()
    if state in ("", "active"):
        source: tuple[str, ...] = ("state",) if state else ()
        rule = "active on the platform" if state else "assumed: it is published and nothing says otherwise"
        yield _fill("credential_status_type", "credentialStatusType", "credentialStat:Active", source, rule)
    elif state == "archived" and kind.decided and is_badge_type(kind.value):
        yield _fill(
            "credential_status_type",
            "credentialStatusType",
            "credentialStat:Deprecated",
            ("state",),
            "archived on the platform",
        )
    else:
        yield Note("state", "state_asked", f"On the platform its state is {badge.state}: a person gives its status.")


def _image(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    if badge.image is None:
        return
    if is_url(badge.image):
        yield _fill("image", "image", badge.image, ("image",), "the badge's image")
    else:
        yield Note(
            "image",
            "image_not_an_address",
            "The image is not at a web address, so the Registry cannot take it.",
        )


def _identifiers(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    yield _fill("credential_id", "credentialId", badge.id, ("id",), "the badge's id")
    name = IdentifierValue(identifier_type_name={"en-US": "Open Badges ID"}, identifier_value_code=badge.id)
    yield _fill("identifier", "identifier", (name,), ("id",), "the badge's id")
    if is_url(badge.id):
        yield _fill("same_as", "sameAs", (badge.id,), ("id",), "the badge's own address")
    if badge.version:
        version = IdentifierValue(identifier_value_code=badge.version)
        yield _fill("version_identifier", "versionIdentifier", (version,), ("version",), "the badge's version")
    if badge.created and (day := _DATE.match(badge.created)):
        rule = "assumed: the day it was made on the platform"
        yield _fill("date_effective", "dateEffective", day[0], ("created",), rule)
        message = "The day the badge was made on the platform is taken as the day it came into effect."
        yield Finding("dateEffective", "note", "date_assumed", message)


def _keywords(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    tags = {tag.casefold(): tag for tag in reversed([single_line(tag) for tag in badge.tags]) if tag}
    if tags:
        words = tuple(reversed(tags.values()))
        yield _fill("keyword", "keyword", {badge.language or context.language: words}, ("tags",), "its tags or skills")


def _levels(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    if badge.level:
        level = AUDIENCE_LEVELS.get(badge.level.casefold())
        if level:
            yield _fill("audience_level_type", "audienceLevelType", (level,), ("level",), f"its level {badge.level}")
        else:
            yield Note("level", "level_unknown", f"Its level {badge.level} has no counterpart in the Registry.")
    if badge.time_to_earn:
        message = f"The time to earn is given as “{badge.time_to_earn}” without a number."
        yield Note("time_to_earn", "duration_without_number", message)
    if badge.cost:
        yield Note("cost", "cost_without_amount", f"The cost is given as “{badge.cost}” without an amount.")
    if badge.category:
        yield Note("category", "category_as_evidence", f"The platform files it under {badge.category}.")


def _alignments(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    language = badge.language or context.language
    slots: dict[str, list[Any]] = {"occupationType": [], "industryType": [], "instructionalProgramType": []}
    for alignment in badge.alignment:
        found = aligned(alignment, language)
        if found.slot in slots:
            slots[found.slot].append(found.node)
    for name, attribute in (
        ("occupationType", "occupation_type"),
        ("industryType", "industry_type"),
        ("instructionalProgramType", "instructional_program_type"),
    ):
        if slots[name]:
            yield _fill(attribute, name, tuple(slots[name]), ("alignment",), "by the framework it is aligned to")
    if any(is_self_reference(alignment) for alignment in badge.alignment):
        message = "The badge already points to a record in the Registry."
        yield Note("alignment", "points_to_the_registry", message)


def _requirements(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    language = badge.language or context.language
    competencies = [aligned(a, language) for a in badge.alignment]
    profile = ConditionProfile(
        name={"en-US": CRITERIA},
        description=_narrative(badge, language),
        subject_webpage=badge.criteria.id if badge.criteria.id and is_url(badge.criteria.id) else None,
        target_competency=tuple(c.node for c in competencies if c.slot == "targetCompetency"),
        target_assessment=_activities(badge, language, "assessment", "ceterms:AssessmentProfile"),
        target_learning_opportunity=_activities(badge, language, "course", "ceterms:Course"),
        target_credential=_required_badges(badge, language),
    )
    sources = {
        "criteria": bool(badge.criteria.narrative or profile.subject_webpage),
        "activities": bool(badge.activities),
        "alignment": bool(profile.target_competency),
        "related": bool(profile.target_credential),
    }
    members = tuple(member for member, used in sources.items() if used)
    if members:
        if profile.description is None:
            profile = replace(profile, description={"en-US": "What the issuer asks of earners of this badge."})
        yield _fill("requires", "requires", (profile,), members, "what it takes to earn the badge")


def _narrative(badge: BadgeClass, language: str) -> dict[str, str] | None:
    stated = plain_markdown(badge.criteria.narrative or "")
    steps = "\n".join(_step(activity) for activity in badge.activities)
    text = "\n\n".join(filter(None, [stated, steps]))
    return {language: text} if text else None


def _step(activity: Activity) -> str:
    name = plain(activity.name)
    named = f"{activity.activity_type}: {name}" if activity.activity_type else name
    return f"{named} ({activity.url})" if activity.url else named


def _activities(badge: BadgeClass, language: str, kind: str, ctdl_class: str) -> tuple[EntityReference, ...]:
    return tuple(
        EntityReference(type=ctdl_class, name={language: single_line(activity.name)}, subject_webpage=activity.url)
        for activity in badge.activities
        if (activity.activity_type or "").casefold() == kind and activity.url and is_url(activity.url)
    )


def _required_badges(badge: BadgeClass, language: str) -> tuple[EntityReference, ...]:
    return tuple(
        EntityReference(
            type="ceterms:OpenBadge",
            name={language: single_line(other.name or "")},
            subject_webpage=other.url,
        )
        for other in badge.related
        if _is_requirement(other)
    )


def _is_requirement(other: Related) -> bool:
    return other.relation == "required" and bool(other.name and other.url and is_url(other.url))


def _left_out(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    others = [other for other in badge.related if not _is_requirement(other)]
    for relation in dict.fromkeys(other.relation for other in others):
        names = ", ".join(other.name or other.id or "?" for other in others if other.relation == relation)
        yield Note("related", f"related_{relation}", f"It is related to other badges ({relation}): {names}.")
    if badge.left_out:
        names = ", ".join(badge.left_out)
        yield Note(
            "left_out",
            "left_out",
            f"The platform also sends members that say nothing about the credential: {names}.",
        )


def _fill(attribute: str, name: str, value: Any, members: tuple[str, ...], rule: str) -> Filled:
    return Filled(attribute, value, Provenance(name, members, rule))


_RULES = (
    _type,
    _texts,
    _pages,
    _status,
    _language,
    _owner,
    _image,
    _identifiers,
    _keywords,
    _levels,
    _alignments,
    _requirements,
    _left_out,
)
