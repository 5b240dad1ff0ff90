"""The CTDL vocabulary: credential types, concept schemes and the properties of the classes we write.

Everything is read once from the files in ``data/``, which a registrar can read and correct. Terms, labels and
classes are Credential Engine's (CC BY 4.0); definitions are in our own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

SCHEMES: Final = (
    "audience_levels",
    "audience_types",
    "claim_types",
    "cost_types",
    "credential_status",
    "credit_units",
    "delivery_types",
    "learning_methods",
    "residency_types",
)
"""The concept schemes at hand, by the name of their file."""

_PREFIX: Final = re.compile(r"(?:ceterms:|https?://(?:purl\.org|credreg\.net)/ctdl/terms/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the vocabulary: a credential type or a concept of a scheme."""

    uri: str
    """Prefixed as in published records: ``ceterms:Certification``, ``credentialStat:Active``."""
    label: str
    parent: str | None = None
    """URI of the next broader term."""
    definition: str | None = None
    publishable: bool = True
    """False for the types the Registry refuses as too broad."""
    group: str | None = None
    """Heading under which the manual-entry form lists a credential type."""
    aliases: tuple[str, ...] = ()
    """Other spellings that people and forms use."""

    @property
    def local_name(self) -> str:
        """The URI without its prefix: ``Certification``."""
        return self.uri.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A concept scheme: the closed list of values that a property such as credentialStatusType takes."""

    name: str
    framework: str
    """The scheme's own address, written as ``ceterms:framework``."""
    framework_name: str
    used_by: tuple[str, ...]
    """Local names of the properties whose values it holds."""
    terms: Mapping[str, Term]
    """By URI."""


@dataclass(frozen=True, slots=True)
class AchievementType:
    """What the achievementType of an Open Badge says about the CTDL credential type."""

    value: str | None
    """As the badge gave it; None when it gave none."""
    ctdl: str
    """URI of the credential type it stands for."""
    needs_review: bool
    """True when a person should look: the value does not decide the type, or the type is too broad."""
    reason: str
    alternatives: tuple[str, ...] = ()
    """URIs of types worth offering to the reviewer."""


@cache
def credential_types() -> Mapping[str, Term]:
    """Every CTDL credential type by URI, Credential and Degree included (both not publishable)."""
    return _by_uri(_data("credential_types")["terms"])


@cache
def credential_type_groups() -> Mapping[str, tuple[Term, ...]]:
    """The publishable types under the headings of the manual-entry form, broad before narrow."""
    types = sorted(credential_types().values(), key=lambda term: (len(_ancestry(term)), term.label))
    headings: list[str] = _data("credential_types")["groups"]
    return MappingProxyType({group: tuple(t for t in types if t.group == group) for group in headings})


@lru_cache(maxsize=1024)
def find_type(text: str) -> Term | None:
    """The credential type that ``text`` names, by URI, IRI, local name, label or alias, in any letter case.

    None when it names no type or more of a word than we know. Credential and Degree are found too: ask
    ``publishable`` before using the answer.
    """
    return _type_index().get(_key(_PREFIX.sub("", text.strip(), count=1)))


def is_badge_type(uri: str) -> bool:
    """Whether the type is Badge or one of the kinds below it."""
    term = credential_types().get(uri)
    return term is not None and "ceterms:Badge" in _ancestry(term)


@lru_cache(maxsize=1024)
def achievement_type(value: str | None) -> AchievementType:
    """The credential type for an achievementType, by the crosswalk's table.

    A value outside the Open Badges 3.0 list is treated as an issuer's own (``ext:…``), None as not stated.
    Spaces, hyphens and letter case are forgiven.
    """
    row = _achievement_rows().get(_key(value or "")) or _achievement_rows()["ext"]
    return AchievementType(
        value=value,
        ctdl=row["ctdl"],
        needs_review=row["needs_review"],
        reason=row["reason"],
        alternatives=tuple(row.get("alternatives", ())),
    )


@cache
def scheme(name: str) -> Scheme:
    """The concept scheme of that name, one of ``SCHEMES``. Raises KeyError for any other."""
    if name not in SCHEMES:
        raise KeyError(f"no concept scheme {name!r}; there are {', '.join(SCHEMES)}")
    data = _data(name)
    return Scheme(name, data["framework"], data["framework_name"], tuple(data["used_by"]), _by_uri(data["terms"]))


@cache
def scheme_of(property_name: str) -> Scheme:
    """The concept scheme that a property takes its values from. Raises KeyError for a property that takes none."""
    return {used: scheme(name) for name in SCHEMES for used in scheme(name).used_by}[property_name]


def concept(uri: str) -> tuple[Scheme, Term]:
    """The concept with that URI and the scheme it belongs to. Raises KeyError when no scheme has it."""
    return _concepts()[uri]


def find_concept(scheme_name: str, text: str) -> Term | None:
    """The concept that ``text`` names: ``credentialStat:TeachOut``, ``TeachOut`` or ``Teach Out``."""
    return _concept_index(scheme_name).get(_key(text))


def label(text: str) -> str:
    """The label of a concept or credential type given by its URI; any other text as it is."""
    if text in _concepts():
        return _concepts()[text][1].label
    term = credential_types().get(text)
    return term.label if term else text


@cache
def properties_of(ctdl_class: str) -> frozenset[str]:
    """Local names of the properties a class may carry, ``ceterms:`` optional in its name.

    Every credential type carries those of Credential, degree types those of Degree as well. Names from other
    vocabularies keep their prefix. Raises KeyError for a class we do not write.
    """
    name = ctdl_class.removeprefix("ceterms:")
    classes: dict[str, dict[str, Any]] = _data("classes")["classes"]
    term = credential_types().get(f"ceterms:{name}")
    if term is not None:
        name = "Degree" if "ceterms:Degree" in _ancestry(term) else "Credential"
    if name not in classes:
        raise KeyError(f"no CTDL class {ctdl_class!r} among those we write")
    entry = classes[name]
    own = frozenset(entry["properties"]) | frozenset(entry.get("added_since", ()))
    return own | properties_of(entry["extends"]) if "extends" in entry else own


@cache
def _data(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath("data", f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _by_uri(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Term]:
    return MappingProxyType({row["uri"]: _term(row) for row in rows})


def _term(row: Mapping[str, Any]) -> Term:
    return Term(
        uri=row["uri"],
        label=row["label"],
        parent=row.get("parent"),
        definition=row.get("definition"),
        publishable=row.get("publishable", True),
        group=row.get("group"),
        aliases=tuple(row.get("aliases", ())),
    )


def _ancestry(term: Term) -> tuple[str, ...]:
    """The type's own URI and those above it, narrowest first."""
    above = () if term.parent is None else _ancestry(credential_types()[term.parent])
    return (term.uri, *above)


def _key(text: str) -> str:
    """What two spellings of one term have in common; a prefix stays apart from the name behind it."""
    return "".join(char for char in text.casefold() if char.isalnum() or char == ":")


def _spellings(term: Term) -> tuple[str, ...]:
    return (term.local_name, term.label, *term.aliases)


@cache
def _type_index() -> Mapping[str, Term]:
    return {_key(name): term for term in credential_types().values() for name in _spellings(term)}


@cache
def _achievement_rows() -> Mapping[str, Mapping[str, Any]]:
    """By key; the rows for an issuer's own value and for none stand under ``ext`` and the empty key."""
    return {_key((row["value"] or "").removesuffix(":*")): row for row in _data("achievement_types")["terms"]}


@cache
def _concepts() -> Mapping[str, tuple[Scheme, Term]]:
    return {uri: (scheme(name), term) for name in SCHEMES for uri, term in scheme(name).terms.items()}


@cache
def _concept_index(scheme_name: str) -> Mapping[str, Term]:
    terms = scheme(scheme_name).terms.values()
    return {_key(name): term for term in terms for name in (term.uri, *_spellings(term))}
