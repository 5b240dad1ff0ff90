"""Which CTDL type a badge is published under, with the evidence and how sure it makes us.

A badge type only when no other type fits. Words and a platform's category are hints: one alone makes a suggestion
that a person decides. What the issuer states in a standard's own terms decides by itself, unless it is too broad to
be published.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from mappings.crosswalk.alignment import stated_type
from mappings.crosswalk.text import single_line
from mappings.ctdl import vocabulary
from mappings.open_badges.model import BadgeClass

OPEN_BADGE = "ceterms:OpenBadge"
DECIDED_FROM = 0.7
WITHOUT_EVIDENCE = 0.8
_TOO_BROAD = "ceterms:Degree"


class Evidence(NamedTuple):
    """One reason for a type: the badge's member, what it says, the type it speaks for, its weight from 0 to 1."""

    member: str
    says: str
    type: str
    weight: float
    hint: bool


class CredentialType(NamedTuple):
    """The type found, always one that can be published: a suggestion while `decided` is False.

    `evidence` is strongest first, that for a type too broad to be published among it.
    """

    value: str
    confidence: float
    decided: bool
    evidence: tuple[Evidence, ...]


def credential_type(badge: BadgeClass) -> CredentialType:
    """The type of a badge from its alignments, achievement type, category and name."""
    evidence = tuple(
        sorted(
            (*_alignments(badge), *_achievement_type(badge), *_category(badge), *_words(badge)),
            key=lambda e: -e.weight,
        )
    )
    usable = tuple(e for e in evidence if e.type != _TOO_BROAD)
    specific = [e for e in usable if e.type != OPEN_BADGE]
    if specific:
        value = specific[0].type
        confidence = round(_combined(usable, value), 2)
        return CredentialType(value, confidence, confidence >= DECIDED_FROM, evidence)
    if len(usable) < len(evidence):
        return CredentialType(OPEN_BADGE, 0.0, False, evidence)
    stated = max((e.weight for e in usable), default=WITHOUT_EVIDENCE)
    return CredentialType(OPEN_BADGE, stated, True, evidence)


def _combined(evidence: tuple[Evidence, ...], value: str) -> float:
    """Independent reasons add up; a reason for something else takes its weight away."""
    doubt = 1.0
    for reason in evidence:
        if reason.type == value or _is_under(reason.type, value) or _is_under(value, reason.type):
            doubt *= 1 - reason.weight
    against = max(
        (e.weight for e in evidence if e.type not in (value, OPEN_BADGE) and not _is_under(value, e.type)),
        default=0.0,
    )
    return (1 - doubt) * (1 - against / 2)


def _is_under(uri: str, ancestor: str) -> bool:
    term = vocabulary.credential_types().get(uri)
    while term is not None and term.parent is not None:
        if term.parent == ancestor:
            return True
        term = vocabulary.credential_types().get(term.parent)
    return False


def _alignments(badge: BadgeClass) -> Iterator[Evidence]:
    for alignment in badge.alignment:
        term = stated_type(alignment)
        if term and (term.publishable or term.uri == _TOO_BROAD):
            says = f"it is aligned to the CTDL term {term.label}"
            yield Evidence("alignment", says, term.uri, 0.95, hint=False)


def _achievement_type(badge: BadgeClass) -> Iterator[Evidence]:
    stated = badge.achievement_type
    known = vocabulary.achievement_type(stated) if stated else None
    if known is None:
        return
    weight = WITHOUT_EVIDENCE if known.ctdl == OPEN_BADGE else 0.9
    yield Evidence("achievement_type", f"its achievement type is {stated}", known.ctdl, weight, hint=False)


def _category(badge: BadgeClass) -> Iterator[Evidence]:
    if (badge.category or "").casefold() == "certification":
        yield Evidence(
            "category",
            f"the platform files it under {badge.category}",
            "ceterms:Certification",
            0.45,
            hint=True,
        )


def _words(badge: BadgeClass) -> Iterator[Evidence]:
    name = single_line(badge.name).casefold()
    found = _hints().search(name)
    if found and not _only_leads_to_it(name, found):
        uri = _type_words()[found[0]]
        yield Evidence("name", f"its name says “{found[0]}”", uri, 0.5, hint=True)


def _only_leads_to_it(name: str, hint: re.Match[str]) -> bool:
    """Whether the words around a hint say that the badge is on the way to such a credential: certification prep."""
    before, after = _unless()
    names_a_holder = hint[0].endswith("ed")
    return bool(before.search(name, 0, hint.start()) or (after.match(name, hint.end()) and not names_a_holder))


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath("data/type_words.json").read_text("utf-8"))
    return found


@cache
def _type_words() -> dict[str, str]:
    words = {
        term.label.casefold(): term.uri
        for term in vocabulary.credential_types().values()
        if term.publishable and not vocabulary.is_badge_type(term.uri)
    }
    return words | {word: uri for uri, many in _data()["words"].items() for word in many}


@cache
def _hints() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_any_of(sorted(_type_words(), key=len, reverse=True))})(?!\w)")


@cache
def _unless() -> tuple[re.Pattern[str], re.Pattern[str]]:
    before = rf"(?<!\w)(?:{_any_of(_data()['unless_before'])})(?:\s+\w+){{0,3}}\s*$"
    after = rf"[\s-]+(?:{_any_of(_data()['unless_after'])})(?!\w)"
    return re.compile(before), re.compile(after)


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in words)
