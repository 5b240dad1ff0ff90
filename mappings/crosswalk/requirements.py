"""What it takes to earn a badge: the one condition profile of its criteria, put together from its parts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mappings.crosswalk.alignment import CRITERIA, CRITERIA_IN_OUR_WORDS
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Filled, Note, Required, Result, fill
from mappings.crosswalk.text import plain, plain_markdown, single_line
from mappings.crosswalk.words import in_each_language, spoken
from mappings.ctdl.model import ConditionProfile, EntityReference, ValueProfile
from mappings.ctdl.reading import is_url
from mappings.open_badges.model import (
    Activity,
    Alignment,
    BadgeClass,
    Related,
    ResultDescription,
    RubricCriterionLevel,
)

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_TARGETS: Mapping[str, tuple[str, str]] = {
    "assessment": ("target_assessment", "ceterms:AssessmentProfile"),
    "course": ("target_learning_opportunity", "ceterms:Course"),
}
"""The kinds of activity that CTDL has a class for; all others are told in the text alone."""


def criteria_page(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The page of the criteria."""
    if badge.criteria.id and is_url(badge.criteria.id):
        yield Required("subject_webpage", badge.criteria.id, "criteria")


def criteria_narrative(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The narrative of the criteria as plain text, in each of its languages."""
    if not (badge.criteria.narrative or badge.translations):
        return
    own = plain_markdown(badge.criteria.narrative or "")
    if texts := in_each_language(badge, context, own, lambda each: plain_markdown(each.narrative or "")):
        yield Required("description", texts, "criteria")


def activities(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The steps as lines of text; those that are a course or an assessment with a page are named as such too."""
    if not badge.activities:
        return
    language = spoken(badge, context)
    if steps := "\n".join(filter(None, map(_step, badge.activities))):
        yield Required("description", {language: steps}, "activities")
    for each in badge.activities:
        target = _TARGETS.get((each.activity_type or "").casefold())
        if target and (name := single_line(each.name)) and is_url(each.url or ""):
            attribute, ctdl_class = target
            mentioned = EntityReference(type=ctdl_class, name={language: name}, subject_webpage=each.url)
            yield Required(attribute, (mentioned,), "activities")


def steps_that_are_badges(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """Which of the steps are badges of their own: to be linked once all badges of the platform are known."""
    if before := dict.fromkeys([each.required_badge for each in badge.activities if each.required_badge]):
        message = f"A step of it is another badge on the platform: {', '.join(before)}."
        yield Note("activities", "step_is_a_badge", message)


def required_badges(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The badges that must be had first, each by its name and page; what has none is named in a note."""
    for other in badge.related:
        if other.relation != "required":
            continue
        if (name := single_line(other.name or "")) and is_url(other.url or ""):
            called = {spoken(badge, context): name}
            mentioned = EntityReference(type="ceterms:OpenBadge", name=called, subject_webpage=other.url)
            yield Required("target_credential", (mentioned,), "related")
        else:
            yield Note("related", "related_required", f"It requires another badge: {_named(other)}.")


def _named(other: Related) -> str:
    said = [single_line(other.name or ""), other.url or "", other.id or ""]
    return ", ".join(dict.fromkeys(filter(None, said))) or "one without a name"


def credits(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The number of credits; of which kind they are, no badge says."""
    if not badge.credits_available:
        return
    if not _NUMBER.fullmatch(badge.credits_available):
        message = f"The credits are given as “{badge.credits_available}”, which is no number."
        yield Note("credits_available", "credits_without_number", message)
        return
    value = float(badge.credits_available)
    profile = ValueProfile(value=int(value) if value.is_integer() else value)
    yield Required("credit_value", (profile,), "credits_available")
    message = f"It is worth {badge.credits_available} credits, and the badge does not say of which kind."
    yield Note("credits_available", "credit_unit_unknown", message)


def results(badge: BadgeClass, context: Context, kind: CredentialType) -> Iterator[Result]:
    """The results that an award can state, each as a condition in words."""
    if badge.result_description:
        said = tuple(dict.fromkeys(_result(each) for each in badge.result_description))
        yield Required("condition", {spoken(badge, context): said}, "result_description")


def profile(parts: Iterable[Required]) -> Iterator[Filled]:
    """The profile of what it takes to earn the badge, put together from its parts; none where there are none."""
    held: dict[str, Any] = {"name": {"en-US": CRITERIA}}
    members: dict[str, None] = {}
    for attribute, value, member in parts:
        held[attribute] = _joined(held[attribute], value) if attribute in held else value
        members[member] = None
    if members:
        held.setdefault("description", {"en-US": CRITERIA_IN_OUR_WORDS})
        yield fill(
            "requires", "requires", (ConditionProfile(**held),), tuple(members), "what it takes to earn the badge"
        )


def _joined(before: Any, after: Any) -> Any:
    if isinstance(before, tuple):
        return (*before, *after)
    if isinstance(before, dict):
        return {
            language: "\n\n".join(filter(None, [before.get(language), after.get(language)]))
            for language in {**before, **after}
        }
    return after


def _step(activity: Activity) -> str:
    said = ": ".join(filter(None, [activity.activity_type, plain(activity.name)]))
    if not activity.url or activity.url in said:
        return said
    return f"{said} ({activity.url})" if said else activity.url


def _result(result: ResultDescription) -> str:
    bounds = (("from", result.value_min), ("up to", result.value_max), ("at least", result.required_value))
    levels = [_level(level) for level in result.rubric_criterion_level]
    allowed = [single_line(value) for value in result.allowed_value]
    parts = [
        single_line(result.name or "") or result.id or "A result without a name",
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
