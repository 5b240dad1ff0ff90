"""Which CTDL type a badge is published under, with the evidence and how sure it makes us.

A badge type only when no other type fits. Words and a platform's category are hints: even together they make no more
than a suggestion that a person decides. What the issuer states in a standard's own terms decides by itself, unless it
is too broad to be published. That an award runs out, and who owns it, only adds to other reasons.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from mappings.crosswalk.own_record import stated_type
from mappings.crosswalk.text import single_line
from mappings.ctdl import vocabulary
from mappings.open_badges.model import BadgeClass

OPEN_BADGE = "ceterms:OpenBadge"
DECIDED_FROM = 0.7
WITHOUT_EVIDENCE = 0.8
MOST_RANKED = 5
RULE = "rule"
NO_SOURCES = (RULE, "expires", "issuer")
"""Where evidence may come from that no type comes from: it adds to what others say."""
LEGAL_AUTHORITIES = frozenset({"orgType:Government"})
"""The types of organization (orgType) that have the legal power to grant a license."""
_TOO_BROAD = "ceterms:Degree"
_MOST_BY_HINTS = 0.69
_CERTIFICATES = ("ceterms:Certificate", "ceterms:CertificateOfCompletion")
_CERTIFICATION = "ceterms:Certification"
_LICENSE = "ceterms:License"


class Ranked(NamedTuple):
    """A type that the badge may have, and how sure the evidence makes us, from 0 to 1."""

    type: str
    confidence: float


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
    alternatives: tuple[str, ...] = ()
    """Types worth offering that nothing in the badge speaks for: what its achievement type may stand for."""

    @property
    def is_by_rule(self) -> bool:
        """Whether a rule of the organization has decided it."""
        return any(e.member == RULE for e in self.evidence)

    @property
    def is_certificate(self) -> bool:
        """Whether it is a certificate of any kind."""
        return _is_certificate(self.value)

    @property
    def ranked(self) -> tuple[Ranked, ...]:
        """The types to choose from, likeliest first, at most five; the last is Open Badge, for when none other fits."""
        usable = tuple(e for e in self.evidence if e.type not in (_TOO_BROAD, OPEN_BADGE))
        scored = {e.type: round(_combined(usable, e.type), 2) for e in usable}
        if self.value in scored:
            scored[self.value] = self.confidence
        best = max(scored.values(), default=0.0)
        for other in self.alternatives:
            scored.setdefault(other, 0.1)
        likeliest = sorted(scored.items(), key=lambda each: (each[0] != self.value, -each[1], each[0]))
        stated = max((e.weight for e in self.evidence if e.type == OPEN_BADGE), default=WITHOUT_EVIDENCE)
        last = Ranked(OPEN_BADGE, round(stated * (1 - best), 2))
        return (*(Ranked(*each) for each in likeliest[: MOST_RANKED - 1]), last)


def credential_type(badge: BadgeClass, organization_types: tuple[str, ...] = ()) -> CredentialType:
    """The type of a badge from its alignments, achievement type, category and name, its expiry and its owner."""
    evidence = _evidence(badge, organization_types)
    alternatives = _alternatives(badge.achievement_type)
    if not evidence:
        return CredentialType(OPEN_BADGE, WITHOUT_EVIDENCE, True, (), alternatives)
    usable = tuple(e for e in evidence if e.type != _TOO_BROAD)
    specific = [e for e in usable if e.type != OPEN_BADGE]
    if specific:
        value = specific[0].type
        confidence = round(_combined(usable, value), 2)
        if all(e.hint for e in specific):
            confidence = min(confidence, _MOST_BY_HINTS)
        return CredentialType(value, confidence, confidence >= DECIDED_FROM, evidence, alternatives)
    if len(usable) < len(evidence):
        return CredentialType(OPEN_BADGE, 0.0, False, evidence, alternatives)
    stated = max(e.weight for e in usable)
    return CredentialType(OPEN_BADGE, stated, True, evidence, alternatives)


def by_rule(found: CredentialType, chosen: str, rule: str) -> CredentialType:
    """The type that a rule of the organization has chosen, whatever the badge says; `found` where there is no such."""
    term = vocabulary.find_type(chosen)
    if term is None or not term.publishable:
        return found
    reason = Evidence(RULE, f"rule “{rule}”", term.uri, 1.0, hint=False)
    return CredentialType(term.uri, 1.0, True, (reason, *found.evidence), found.alternatives)


def _evidence(badge: BadgeClass, organization_types: tuple[str, ...]) -> tuple[Evidence, ...]:
    """The reasons for types, strongest first."""
    said = [*_alignments(badge), *_achievement_type(badge), *_category(badge), *_words(badge)]
    if not said:
        return ()
    types = {e.type for e in said}
    said += _expiry(badge, types)
    if _LICENSE in types and not LEGAL_AUTHORITIES.isdisjoint(organization_types):
        says = "its owner is a government agency"
        said.append(Evidence("issuer", says, _LICENSE, 0.3, hint=True))
    return tuple(sorted(said, key=lambda e: -e.weight))


def _expiry(badge: BadgeClass, types: set[str]) -> Iterator[Evidence]:
    """What runs out is rather a certification or a license than a certificate."""
    if badge.expires is None:
        return
    says = f"an award of it runs out after {badge.expires.amount} {badge.expires.unit}"
    for each in sorted(types & {_CERTIFICATION, _LICENSE}):
        yield Evidence("expires", says, each, 0.2, hint=True)
    if _CERTIFICATION not in types and any(map(_is_certificate, types)):
        yield Evidence("expires", says, _CERTIFICATION, 0.2, hint=True)


@cache
def _is_certificate(uri: str) -> bool:
    return any(uri == each or _is_under(uri, each) for each in _CERTIFICATES)


def _alternatives(stated: str | None) -> tuple[str, ...]:
    if not stated:
        return ()
    known = vocabulary.achievement_type(stated)
    if known.ctdl == _TOO_BROAD:
        return tuple(t.uri for t in vocabulary.credential_types().values() if t.parent == _TOO_BROAD and t.publishable)
    return known.alternatives


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
