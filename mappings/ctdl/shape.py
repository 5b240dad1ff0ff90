"""The one place that knows how the model's attributes are written: read by hashing, documents and edits alike."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

from mappings.ctdl import model
from mappings.ctdl.model import EntityReference, Kind, OrganizationReference

Node = TypeVar("Node")
PREFIX = "ceterms:"
IN_THE_HEAD = frozenset({"ctid", "type", "credential_type"})
"""What a document says in the head of a node, as its id and class."""
REFERENCES = (Kind.REFERENCE, Kind.REFERENCES)
ORGANIZATIONS = frozenset(
    {"ceterms:CredentialOrganization", "ceterms:QACredentialOrganization", "ceterms:Organization"}
)
BY_IDENTIFIER = frozenset(
    {
        "classification",
        "commonConditions",
        "commonCosts",
        "hasRubric",
        "hasSupportService",
        "latestVersion",
        "nextVersion",
        "previousVersion",
        "providesTransferValueFor",
        "receivesTransferValueFrom",
        "relatedAction",
        "supersededBy",
        "supersedes",
        "targetCompetencyFramework",
        "usesVerificationService",
    }
)
"""What names things by a CTID or an address and never describes them in place."""
_ACRONYMS: Mapping[str, str] = {"uri": "URI"}
_EMPTY: tuple[Any, ...] = (None, (), {})


class Attribute(NamedTuple):
    """An attribute of a model class: its Python name, its CTDL local name, its kind, the class of its profiles.

    `term` is what is written in documents: the local name with the prefix of its vocabulary.
    """

    attribute: str
    name: str
    kind: Kind
    of: type[Any] | None
    term: str


class Shape(NamedTuple):
    """What is known of a model class, worked out once."""

    attributes: tuple[Attribute, ...]
    by_name: Mapping[str, Attribute]
    by_term: Mapping[str, Attribute]
    plan: tuple[tuple[str, str, Callable[[Any], Any] | None], ...]
    """Of each attribute but `ctid` its Python name, its CTDL local name, and what makes plain JSON of its value."""


def attributes(of: type) -> tuple[Attribute, ...]:
    """The attributes of a model class that are terms, in the order they are declared: all of them but `beyond`."""
    return _shape(of).attributes


def by_name(of: type) -> Mapping[str, Attribute]:
    """The attributes of a model class by their CTDL local names, without `ctid`."""
    return _shape(of).by_name


def by_term(of: type) -> Mapping[str, Attribute]:
    """The attributes of a model class by the terms of documents, without those in the head of a node."""
    return _shape(of).by_term


def filled(node: object) -> list[tuple[Attribute, Any]]:
    """The attributes of a node that hold a value, each with it; no and zero are values."""
    of: type = type(node)
    held = vars(node)
    known = [a for a in _shape(of).attributes if a.attribute in held]
    return [(a, value) for a in known if (value := held[a.attribute]) or value not in _EMPTY]


def properties(node: object) -> dict[str, Any]:
    """The filled properties of a node as plain JSON under CTDL local names; `ctid` stands apart and is left out.

    Terms beyond the model stand under their prefixed names.
    """
    of: type = type(node)
    held, plain = vars(node), dict[str, Any]()
    for attribute, name, written in _shape(of).plan:
        if attribute in held and ((value := held[attribute]) or value not in _EMPTY):
            plain[name] = written(value) if written else value
    if beyond := held.get("beyond"):
        plain |= beyond
    return plain


def from_properties(of: type[Node], values: Mapping[str, Any], **more: Any) -> Node:
    """The inverse of `properties`, for values that were read before: nothing is checked, unknown names are left out."""
    model: type = of
    known = by_name(model)
    read: dict[str, Any] = {a.attribute: _node(a, value) for name, value in values.items() if (a := known.get(name))}
    if len(read) < len(values) and (beyond := {name: values[name] for name in values if ":" in name}):
        read["beyond"] = beyond
    return of(**read, **more)


def reference_class(ctdl_class: str | None) -> type[EntityReference | OrganizationReference]:
    """The model's class for a thing of this CTDL class that is only mentioned."""
    return OrganizationReference if ctdl_class in ORGANIZATIONS else EntityReference


def _node(a: Attribute, value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return tuple([each if isinstance(each, str) else _node(a, each) for each in value])
    if not isinstance(value, dict):
        return value
    if a.of is None:
        return {language: tuple(texts) if isinstance(texts, list) else texts for language, texts in value.items()}
    return from_properties(reference_class(value.get("type")) if a.kind in REFERENCES else a.of, value)


def _by_language(values: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {language: list(texts) for language, texts in values.items()}


def _profiles(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [properties(each) for each in values]


def _reference(value: Any) -> Any:
    return value if isinstance(value, str) else properties(value)


def _references(values: Iterable[Any]) -> list[Any]:
    return [each if isinstance(each, str) else properties(each) for each in values]


_PLAIN: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: dict,
    **dict.fromkeys((Kind.TEXTS, Kind.SUBJECTS), _by_language),
    **dict.fromkeys((Kind.CONCEPTS, Kind.URLS, Kind.WORDS, Kind.LANGUAGES), list),
    Kind.REFERENCE: _reference,
    Kind.REFERENCES: _references,
    Kind.PROFILE: properties,
    Kind.PROFILES: _profiles,
}
"""What makes plain JSON of the values of a kind; those of all others are that already."""


@cache
def _shape(of: type) -> Shape:
    hints = get_type_hints(of, vars(model), include_extras=True)
    names = [field.name for field in dataclasses.fields(of) if field.name != "beyond"]
    found = tuple(_attribute(name, hints[name]) for name in names)
    named = MappingProxyType({a.name: a for a in found if a.attribute != "ctid"})
    written = MappingProxyType({a.term: a for a in found if a.attribute not in IN_THE_HEAD})
    plan = tuple((a.attribute, name, _PLAIN.get(a.kind)) for name, a in named.items())
    return Shape(found, named, written, plan)


def _attribute(attribute: str, hint: Any) -> Attribute:
    annotation, kind, *term = get_args(hint)
    of = get_args(annotation)[0] if kind in (Kind.PROFILE, Kind.PROFILES) else None
    head, *rest = attribute.split("_")
    name = head + "".join(_ACRONYMS.get(word) or word.capitalize() for word in rest)
    return Attribute(attribute, name, kind, EntityReference if kind in REFERENCES else of, *term or [PREFIX + name])
