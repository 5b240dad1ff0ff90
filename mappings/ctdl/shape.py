"""The one place that knows how the model's attributes are written: read by hashing, documents and edits alike."""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

from mappings.ctdl import model
from mappings.ctdl.model import EntityReference, Kind

Node = TypeVar("Node")
PREFIX = "ceterms:"
NOT_PROPERTIES = frozenset({"ctid", "type"})


class Attribute(NamedTuple):
    """An attribute of a model class: its Python name, its CTDL local name, its kind, and the class of its profiles."""

    attribute: str
    name: str
    kind: Kind
    of: type[Any] | None


_ATTRIBUTES: dict[type, tuple[Attribute, ...]] = {}


def attributes(of: type) -> tuple[Attribute, ...]:
    """The attributes of a model class, in the order they are declared."""
    if of not in _ATTRIBUTES:
        hints = get_type_hints(of, vars(model), include_extras=True)
        _ATTRIBUTES[of] = tuple(_attribute(field.name, hints[field.name]) for field in dataclasses.fields(of))
    return _ATTRIBUTES[of]


def by_name(of: type) -> Mapping[str, Attribute]:
    """The attributes of a model class by their CTDL local names, without `ctid`."""
    return {a.name: a for a in attributes(of) if a.attribute != "ctid"}


def properties(node: object) -> dict[str, Any]:
    """The filled properties of a node as plain JSON under CTDL local names; `ctid` stands apart and is left out."""
    return {
        a.name: _plain(value)
        for a in attributes(type(node))
        if a.attribute != "ctid" and (value := getattr(node, a.attribute)) not in (None, (), {})
    }


def from_properties(of: type[Node], values: Mapping[str, Any], **more: Any) -> Node:
    """The inverse of `properties`, for values that were read before: nothing is checked, unknown names are left out."""
    model: type = of
    known = by_name(model)
    read = {known[name].attribute: _node(known[name], value) for name, value in values.items() if name in known}
    return of(**read, **more)


def _node(a: Attribute, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_node(a, member) for member in value)
    if not isinstance(value, Mapping):
        return value
    if a.of is not None:
        return from_properties(a.of, value)
    return {language: tuple(texts) if isinstance(texts, list) else texts for language, texts in value.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    if isinstance(value, Mapping):
        return {language: _plain(text) for language, text in value.items()}
    return properties(value)


def _attribute(name: str, hint: Any) -> Attribute:
    annotation, kind = get_args(hint)[:2]
    of = EntityReference if kind is Kind.REFERENCES else None
    if kind is Kind.PROFILES:
        of = get_args(annotation)[0]
    head, *rest = name.split("_")
    return Attribute(name, head + "".join(word.capitalize() for word in rest), kind, of)
