"""Texts in several languages, as JSON-LD lets issuers write them: language maps and values with a language.

One language is the badge's own: the one that it declares, else English, else the first by its tag. The texts in all
others are its translations.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mappings.open_badges.members import Json, flat, listed, objects, plain, text, texts

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NONE = ("@none", "")
_TEXTS = ("name", "description")
_TAGS = ("tag", "tags")


class Parted(NamedTuple):
    """A badge in its own language alone, the language where its texts tell it, and its translations."""

    badge: Json
    language: str | None
    translations: list[Json]


def parted(badge: Json, declared: str | None) -> Parted:
    """The badge with plain texts in the place of those in several languages. ValueError where one of them is none."""
    kept = [each for each in objects(badge.get("translations")) if is_tag(text(each, "language"))]
    said = {member: found for member in (*_TEXTS, *_TAGS) if (found := _by_language(badge.get(member), member))}
    criteria = [each for each in listed(badge.get("criteria")) if isinstance(each, Mapping)]
    narratives = [_by_language(each.get("narrative"), "narrative") for each in criteria]
    languages = {language for found in (*said.values(), *narratives) for language in found if language}
    if not languages:
        return Parted(badge, None, [_translation(text(each, "language") or "", each) for each in kept])
    own = _own(languages, declared)
    plainly = {member: _of(found, own, member in _TAGS) for member, found in said.items()}
    if any(narratives):
        plainly["criteria"] = [_with_narrative(each, own) for each in listed(badge.get("criteria"))]
    others = [_in(language, said, narratives) for language in sorted(languages - {own})]
    return Parted({**badge, **plainly}, own, others)


def is_tag(language: str | None) -> bool:
    """Whether a text has the form of a language tag (BCP 47)."""
    return bool(language and _TAG.fullmatch(language))


def _by_language(value: Any, member: str) -> dict[str, list[str]]:
    """The texts of a member by language, those without one under none; empty where no language is named."""
    found: dict[str, list[str]] = {}
    for language, stated in _stated(value, member):
        if told := plain(stated, member):
            found.setdefault(language, []).append(told)
    return found if any(found) else {}


def _stated(value: Any, member: str) -> Iterator[tuple[str, Any]]:
    for each in listed(value):
        if isinstance(each, Mapping) and "@value" in each:
            language = each.get("@language")
            yield language if isinstance(language, str) and is_tag(language) else "", each
        elif isinstance(each, Mapping) and each and all(key in _NONE or is_tag(key) for key in each):
            for key, told in each.items():
                yield from (("" if key in _NONE else key, one) for one in flat(told, member))
        else:
            yield "", each


def _own(languages: Iterable[str], declared: str | None) -> str:
    wanted = (declared or "").replace("_", "-").casefold()
    return min(
        languages,
        key=lambda each: (
            each.casefold() != wanted,
            each.partition("-")[0].casefold() != wanted.partition("-")[0],
            each.partition("-")[0].casefold() != "en",
            each,
        ),
    )


def _of(found: Mapping[str, list[str]], language: str, many: bool) -> list[str] | str | None:
    """What is said in a language, else what is said in none; never what is said in another."""
    told = found.get(language) or found.get("") or []
    return told if many else "\n\n".join(told) or None


def _with_narrative(criteria: Any, own: str) -> Any:
    if not isinstance(criteria, Mapping) or not (found := _by_language(criteria.get("narrative"), "narrative")):
        return criteria
    return {**criteria, "narrative": _of(found, own, many=False)}


def _in(language: str, said: Mapping[str, dict[str, list[str]]], narratives: list[dict[str, list[str]]]) -> Json:
    told = {member: "\n\n".join(said[member].get(language, [])) for member in _TEXTS if member in said}
    told["narrative"] = "\n\n".join(each for found in narratives for each in found.get(language, []))
    tags = [each for member in _TAGS for each in said.get(member, {}).get(language, [])]
    return _translation(language, {**told, "tags": tags})


def _translation(language: str, told: Mapping[str, Any]) -> Json:
    found = {
        "language": language,
        **{member: text(told, member) for member in ("name", "description", "narrative")},
        "tags": texts(told.get("tags"), "tags"),
    }
    return {member: value for member, value in found.items() if value}
