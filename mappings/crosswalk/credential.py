"""A badge class as a credential record (facts: OB 2.0 BadgeClass and OB 3.0 Achievement to CTDL Credential).

One small function per group of target properties. Each yields the properties it can fill, and with each where the
value comes from; what finds no home is a note. Nothing is invented, nothing dropped in silence.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from mappings.crosswalk.alignment import Aligned, aligned, is_self_reference, stated_type
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType, credential_type
from mappings.crosswalk.text import plain, plain_markdown, single_line
from mappings.ctdl.ctid import badge_ctid, verification_service_ctid
from mappings.ctdl.model import ConditionProfile, Credential, EntityReference, IdentifierValue
from mappings.ctdl.reading import is_language, is_url
from mappings.ctdl.vocabulary import achievement_type, credential_types, is_badge_type
from mappings.minimum_data import Finding
from mappings.open_badges.model import (
    Activity,
    Alignment,
    BadgeClass,
    Endorsement,
    Related,
    ResultDescription,
    RubricCriterionLevel,
)

VERSION = 1
CRITERIA = "Open Badges Criteria"
CRITERIA_IN_OUR_WORDS = "What the issuer asks of earners of this badge."
AUDIENCE_LEVELS: Mapping[str, str] = {
    "foundational": "audLevel:BeginnerLevel",
    "intermediate": "audLevel:IntermediateLevel",
    "advanced": "audLevel:AdvancedLevel",
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)


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
    stated = badge.achievement_type
    if stated and (known := achievement_type(stated)).needs_review:
        message = f"Its achievement type is {stated}. {known.reason}"
        yield Note("achievement_type", "type_to_review", message)
        yield Finding("credentialType", "note", "type_to_review", message)
    if not kind.decided:
        reasons = "; ".join(e.says for e in kind.evidence)
        suggested = any(e.type == kind.value for e in kind.evidence)
        label = f"This may be of the type {credential_types()[kind.value].label}: " if suggested else ""
        message = f"{label}{reasons}. Choose the credential type."
        yield Finding("credentialType", "required", "type_undecided", message[0].upper() + message[1:])
        return
    members = tuple(dict.fromkeys(e.member for e in kind.evidence if e.type == kind.value))
    if members:
        rule = "; ".join(e.says for e in kind.evidence if e.type == kind.value)
    else:
        rule = "no evidence for another type than Open Badge"
        yield Note("type", "type_by_default", "Nothing in the badge speaks for another type than Open Badge.")
    yield _fill("credential_type", "credentialType", kind.value, members, rule)


def _texts(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    language = _spoken(badge, context)
    if name := single_line(badge.name):
        yield _fill("name", "name", {language: name}, ("name",), "the badge's name")
    if description := plain(badge.description or ""):
        yield _fill("description", "description", {language: description}, ("description",), "as plain text")


def _language(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    declared = _declared(badge)
    rule = "declared by the badge" if declared else "assumed: the badge declares no language"
    yield _fill(
        "in_language",
        "inLanguage",
        (_spoken(badge, context),),
        ("language",) if declared else (),
        rule,
    )
    if not declared:
        said = f"“{badge.language}”, which is no language code" if badge.language else "no language"
        message = f"The badge declares {said}; {context.language} is assumed."
        yield Note("language", "language_assumed", message)
        yield Finding("inLanguage", "note", "language_assumed", message)


def _declared(badge: BadgeClass) -> str | None:
    tag = (badge.language or "").replace("_", "-")
    return tag if is_language(tag) else None


def _spoken(badge: BadgeClass, context: Context) -> str:
    return _declared(badge) or context.language


def _owner(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    issuers = [each.name or each.url or each.id for each in badge.also_issued_by]
    if issuers:
        yield Note("issuer", "several_issuers", f"It is also issued by {', '.join(issuers)}.")
    owner = context.organization_ctid
    if owner is None:
        if badge.issuer and (name := badge.issuer.name or badge.issuer.url or badge.issuer.id):
            yield Note("issuer", "issuer_without_owner", f"Its issuer is {name}: say which organization that is.")
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
    for member, address in (*((m, a) for m, a, _ in candidates[:3]), ("enrolment_page", badge.enrolment_page)):
        if address and not is_url(address):
            yield Note(member, "not_an_address", f"“{address}” is no absolute web address and was not taken over.")
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
    if badge.public is False:
        yield Note("public", "not_public", "The platform does not show it to the public.")


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
    if is_url(badge.id) and badge.id_made_from in (None, badge.id):
        yield _fill("same_as", "sameAs", (badge.id,), ("id",), "the badge's own address")
    if badge.version:
        version = IdentifierValue(identifier_value_code=badge.version)
        yield _fill("version_identifier", "versionIdentifier", (version,), ("version",), "the badge's version")
    if badge.created and (day := _day(badge.created)):
        rule = "assumed: the day it was made on the platform"
        yield _fill("date_effective", "dateEffective", day, ("created",), rule)
        message = "The day the badge was made on the platform is taken as the day it came into effect."
        yield Finding("dateEffective", "note", "date_assumed", message)
    elif badge.created:
        yield Note("created", "not_a_date", f"“{badge.created}” is no date and was not taken over.")


def _day(stamp: str) -> str | None:
    found = _DATE.match(stamp)
    try:
        return date.fromisoformat(found[0]).isoformat() if found else None
    except ValueError:
        return None


def _keywords(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    words: dict[str, str] = {}
    for tag in filter(None, map(single_line, badge.tags)):
        words.setdefault(tag.casefold(), tag)
    if words:
        keywords = {_spoken(badge, context): tuple(words.values())}
        yield _fill("keyword", "keyword", keywords, ("tags",), "its tags or skills")


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
    language = _spoken(badge, context)
    placed = [aligned(alignment, language) for alignment in badge.alignment]
    yield from _frameworks(badge, placed)
    yield from _requirements(badge, language, placed)


def _frameworks(badge: BadgeClass, placed: list[Aligned]) -> Results:
    slots: dict[str, list[Any]] = {"occupationType": [], "industryType": [], "instructionalProgramType": []}
    for alignment, found in zip(badge.alignment, placed, strict=True):
        if found.slot in slots:
            slots[found.slot].append(found.node)
        if found.slot and alignment.target_url and not found.node.target_node:
            message = (
                f"The alignment “{_called(alignment)}” is kept by its name: {alignment.target_url} is no web address."
            )
            yield Note("alignment", "not_an_address", message)
        elif found.slot is None and is_self_reference(alignment):
            target = alignment.target_url or alignment.target_code or _called(alignment)
            message = f"The badge already points to a record in the Registry: {target}."
            yield Note("alignment", "points_to_the_registry", message)
        elif found.slot is None:
            yield _kept_out(alignment)
    for name, attribute in (
        ("occupationType", "occupation_type"),
        ("industryType", "industry_type"),
        ("instructionalProgramType", "instructional_program_type"),
    ):
        if slots[name]:
            yield _fill(attribute, name, tuple(slots[name]), ("alignment",), "by the framework it is aligned to")


def _kept_out(alignment: Alignment) -> Note:
    if term := stated_type(alignment):
        return Note("alignment", "alignment_states_type", f"It is aligned to the CTDL term {term.label}.")
    said = ", ".join(filter(None, (getattr(alignment, name) for name in alignment.__slots__)))
    message = f"An alignment has neither a name nor a web address and was not taken over: {said or 'it says nothing'}."
    return Note("alignment", "alignment_without_target", message)


def _called(alignment: Alignment) -> str:
    return single_line(alignment.target_name or "") or alignment.target_url or alignment.target_code or "unnamed"


def _requirements(badge: BadgeClass, language: str, placed: list[Aligned]) -> Results:
    profile = ConditionProfile(
        name={"en-US": CRITERIA},
        description=_narrative(badge, language),
        subject_webpage=badge.criteria.id if badge.criteria.id and is_url(badge.criteria.id) else None,
        target_competency=tuple(each.node for each in placed if each.slot == "targetCompetency"),
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
            profile = replace(profile, description={"en-US": CRITERIA_IN_OUR_WORDS})
            message = f"The badge does not say how it is earned. The Registry needs a sentence: {CRITERIA_IN_OUR_WORDS}"
            yield Note("criteria", "criteria_in_our_words", message)
        yield _fill("requires", "requires", (profile,), members, "what it takes to earn the badge")


def _narrative(badge: BadgeClass, language: str) -> dict[str, str] | None:
    stated = plain_markdown(badge.criteria.narrative or "")
    steps = "\n".join(filter(None, map(_step, badge.activities)))
    text = "\n\n".join(filter(None, [stated, steps]))
    return {language: text} if text else None


def _step(activity: Activity) -> str:
    said = ": ".join(filter(None, [activity.activity_type, plain(activity.name)]))
    if not activity.url or activity.url in said:
        return said
    return f"{said} ({activity.url})" if said else activity.url


def _activities(badge: BadgeClass, language: str, kind: str, ctdl_class: str) -> tuple[EntityReference, ...]:
    return tuple(
        EntityReference(type=ctdl_class, name={language: single_line(activity.name)}, subject_webpage=activity.url)
        for activity in badge.activities
        if (activity.activity_type or "").casefold() == kind and _can_be_mentioned(activity.name, activity.url)
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
    return other.relation == "required" and _can_be_mentioned(other.name, other.url)


def _can_be_mentioned(name: str | None, address: str | None) -> bool:
    return bool(single_line(name or "") and is_url(address or ""))


def _unmapped(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    """Members that the standards have and the record does not have yet."""
    said = {
        "credits_available": f"An award of it is worth {badge.credits_available} credits.",
        "field_of_study": f"Its field of study is {single_line(badge.field_of_study or '')}.",
        "specialization": f"Its specialization is {single_line(badge.specialization or '')}.",
        "human_code": f"The issuer's code for it is {single_line(badge.human_code or '')}.",
        "image_caption": f"Its image shows: {single_line(badge.image_caption or '')}.",
        "expires": f"An award of it is valid for {_validity(badge)}.",
        "id_made_from": f"The badge has no id of its own: one was made from the address {badge.id_made_from}.",
        "signature": badge.signature or "",
    }
    yield from (Note(member, member, message) for member, message in said.items() if getattr(badge, member))
    for other in badge.other_identifier:
        named = f" ({other.identifier_type})" if other.identifier_type else ""
        message = f"Elsewhere it is known as {single_line(other.identifier)}{named}."
        yield Note("other_identifier", "other_identifier", message)
    for result in badge.result_description:
        yield Note("result_description", "result_description", f"An award of it can state a result: {_result(result)}.")
    for endorsement in badge.endorsement:
        yield Note("endorsement", "endorsement", _endorsed(endorsement))


def _validity(badge: BadgeClass) -> str:
    return f"{badge.expires.amount} {badge.expires.unit}" if badge.expires else ""


def _result(result: ResultDescription) -> str:
    bounds = (("from", result.value_min), ("up to", result.value_max), ("at least", result.required_value))
    levels = [_level(level) for level in result.rubric_criterion_level]
    allowed = [single_line(value) for value in result.allowed_value]
    parts = [
        single_line(result.name or "") or result.id or "one without a name",
        f"of the type {result.result_type}" if result.result_type else "",
        *(f"{word} {single_line(value)}" for word, value in bounds if value),
        f"one of {', '.join(allowed)}" if allowed else "",
        f"with the levels {', '.join(levels)}" if levels else "",
        f"of which {_required_level(result)} is required" if result.required_level else "",
        *_aims(result.alignment),
    ]
    return ", ".join(filter(None, parts))


def _level(level: RubricCriterionLevel) -> str:
    said = [single_line(level.level or ""), f"{level.points} points" if level.points else ""]
    said += [single_line(level.description or ""), *_aims(level.alignment)]
    told = "; ".join(filter(None, said))
    name = single_line(level.name or "") or level.id or "one without a name"
    return f"{name} ({told})" if told else name


def _required_level(result: ResultDescription) -> str:
    named = (each.name for each in result.rubric_criterion_level if each.id == result.required_level)
    return single_line(next(named, None) or result.required_level or "")


def _aims(alignment: tuple[Alignment, ...]) -> list[str]:
    return [f"aligned to {_aim(each)}" for each in alignment]


def _aim(alignment: Alignment) -> str:
    said = [single_line(getattr(alignment, name) or "") for name in alignment.__slots__]
    return " / ".join(filter(None, said)) or "something without a name"


def _endorsed(endorsement: Endorsement) -> str:
    by = endorsement.issuer and (endorsement.issuer.name or endorsement.issuer.url or endorsement.issuer.id)
    who = f"{single_line(by)} endorses it" if by else "It is endorsed"
    where = f" ({endorsement.id})" if endorsement.id else ""
    comment = single_line(endorsement.comment or "")
    return f"{who}{where}: “{comment}”." if comment else f"{who}{where}."


def _left_out(badge: BadgeClass, context: Context, kind: CredentialType) -> Results:
    others = [other for other in badge.related if not _is_requirement(other)]
    for relation in dict.fromkeys(other.relation for other in others):
        names = ", ".join(_named(other) for other in others if other.relation == relation)
        yield Note("related", f"related_{relation}", f"It is related to other badges ({relation}): {names}.")
    before = dict.fromkeys(activity.required_badge for activity in badge.activities if activity.required_badge)
    if before:
        message = f"A step of it is another badge on the platform: {', '.join(before)}."
        yield Note("activities", "step_is_a_badge", message)
    if badge.left_out:
        names = ", ".join(badge.left_out)
        yield Note("left_out", "left_out", f"These members were not taken over: {names}.")


def _named(other: Related) -> str:
    name, address = single_line(other.name or ""), other.url or other.id
    called = f"{name} ({address})" if name and address else name or address or "one without a name"
    version = f"version {single_line(other.version)}" if other.version else ""
    language = f"language {single_line(other.language)}" if other.language else ""
    return ", ".join(filter(None, [called, version, language]))


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
    _unmapped,
    _left_out,
)
