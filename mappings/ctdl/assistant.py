"""The request that the Registry Assistant takes for a record, written from the same model as its document.

Names are those of the Assistant's input classes. A text is a plain string where it is in the request's default
language alone, else a language map under its JSON twin (`ceterms:name`). Classes stand without a prefix, concepts
with theirs; what is empty is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mappings.canonical import canonical
from mappings.ctdl.ctid import badge_urn, blank_node, is_ctid
from mappings.ctdl.model import (
    CostProfile,
    Credential,
    CredentialAlignmentObject,
    EntityReference,
    Kind,
    OrganizationReference,
    Place,
    VerificationServiceProfile,
)
from mappings.ctdl.shape import BY_IDENTIFIER, PREFIX, REFERENCES, Attribute, filled, properties

Json = dict[str, Any]
_FRAMEWORK_ITEMS = frozenset({"occupationType", "industryType", "instructionalProgramType"})
_COST_ITEM = frozenset({"directCostType", "price", "paymentPattern", "residencyType", "audienceType"})
_NAMES: Mapping[str, str] = {"ctid": "CTID", "isicV4": "ISICV4"}
_NAMES_OF_PLACE: Mapping[str, str] = {
    "streetAddress": "Address1",
    "addressLocality": "City",
    "addressCountry": "Country",
}
_NAMES_OF_FRAMEWORK_ITEM: Mapping[str, str] = {"targetNodeName": "name", "targetNodeDescription": "description"}
_NOT_IN_FRAMEWORK_ITEM = frozenset({"alignmentDate", "alignmentType"})


class NotSendable(ValueError):
    """The Registry Assistant has no place for some of what the record holds; `terms` says which, by their paths."""

    def __init__(self, terms: tuple[str, ...]) -> None:
        super().__init__(
            f"The Registry Assistant takes no {', '.join(terms)}. "
            "Publish the record as a graph, or take this out of it first."
        )
        self.terms = terms


def credential_request(credential: Credential, *, published_for: str, default_language: str) -> Json:
    """The body that publishes or formats a credential for the organization with the CTID `published_for`.

    Raises NotSendable rather than leave something out.
    """
    return _request("Credential", credential, published_for, default_language)


def verification_service_request(
    profile: VerificationServiceProfile, *, published_for: str, default_language: str
) -> Json:
    """The same for a verification service profile."""
    return _request("VerificationServiceProfile", profile, published_for, default_language)


def _request(
    name: str, node: Credential | VerificationServiceProfile, published_for: str, default_language: str
) -> Json:
    if lost := tuple(_not_sendable(node, "")):
        raise NotSendable(lost)
    owner = node.ctid or badge_urn((node.credential_id if isinstance(node, Credential) else None) or "")
    writing = _Request(default_language, owner)
    body: Json = {
        name: writing.members(node),
        "DefaultLanguage": default_language,
        "PublishForOrganizationIdentifier": published_for,
    }
    if writing.mentioned:
        body["ReferenceObjects"] = list(writing.mentioned.values())
    return body


class _Request:
    """Writes one record; collects the things that can only be named by an identifier of theirs."""

    def __init__(self, default_language: str, owner: str) -> None:
        self.default_language = default_language
        self.owner = owner
        self.mentioned: dict[str, Json] = {}

    def members(self, node: object) -> Json:
        return dict(self.written(node, filled(node)))

    def written(self, node: object, of: Iterable[tuple[Attribute, Any]]) -> Iterator[tuple[str, Any]]:
        for a, value in of:
            yield self.member(a.name, _name(node, a.name), a.kind, value)

    def member(self, local: str, name: str, kind: Kind, value: Any) -> tuple[str, Any]:
        """What is written for a property, and under which name."""
        match kind:
            case Kind.TEXT | Kind.TEXTS | Kind.SUBJECTS:
                plain = {language: t if isinstance(t, str) else list(t) for language, t in value.items()}
                alone = plain.keys() == {self.default_language}
                return (name, plain[self.default_language]) if alone else (PREFIX + local, plain)
            case Kind.TYPE:
                return name, value.removeprefix(PREFIX)
            case Kind.DURATION:
                return name, {"Duration_ISO8601": value}
            case Kind.REFERENCE:
                return name, self.reference(local, value)
            case Kind.REFERENCES:
                return name, [self.reference(local, each) for each in value]
            case Kind.PROFILE:
                return name, self.members(value)
            case Kind.PROFILES if local in _FRAMEWORK_ITEMS:
                return name, [self.framework_item(each) for each in value]
            case Kind.PROFILES if local == "estimatedCost":
                return name, self.costs(value)
            case Kind.PROFILES:
                return name, [self.members(each) for each in value]
        return name, list(value) if isinstance(value, tuple) else value

    def reference(self, local: str, item: str | EntityReference | OrganizationReference) -> Any:
        if local in BY_IDENTIFIER:
            return item if isinstance(item, str) else self.mention(item)
        if isinstance(item, str):
            return {"CTID": item} if is_ctid(item) else {"Id": item}
        return self.members(item)

    def mention(self, item: EntityReference | OrganizationReference) -> str:
        name = blank_node(self.owner, canonical(properties(item) | {"type": item.type}))
        self.mentioned.setdefault(name, {"Id": name, **self.members(item)})
        return name

    def framework_item(self, item: CredentialAlignmentObject) -> Json:
        named = ((_NAMES_OF_FRAMEWORK_ITEM.get(a.name, a.name), a.kind, value) for a, value in filled(item))
        return dict(self.member(local, _pascal(local), kind, value) for local, kind, value in named)

    def costs(self, profiles: tuple[CostProfile, ...]) -> list[Json]:
        """Cost items that share all else stand in one profile."""
        written: list[Json] = []
        shared: dict[bytes, Json] = {}
        for profile in profiles:
            held = filled(profile)
            whole = dict(self.written(profile, [(a, value) for a, value in held if a.name not in _COST_ITEM]))
            item = dict(self.written(profile, [(a, value) for a, value in held if a.name in _COST_ITEM]))
            if not item:
                written.append(whole)
                continue
            key = canonical(whole)
            if key not in shared:
                shared[key] = whole | {"CostItems": []}
                written.append(shared[key])
            shared[key]["CostItems"].append(item)
        return written


def _name(node: object, local: str) -> str:
    own = _NAMES_OF_PLACE.get(local) if isinstance(node, Place) else None
    return own or _NAMES.get(local) or _pascal(local)


def _pascal(local: str) -> str:
    return local[0].upper() + local[1:]


def _not_sendable(node: Any, path: str) -> Iterator[str]:
    """The paths of all terms, at any depth, that no input class has."""
    yield from (path + term for term in node.beyond or {})
    for a, value in filled(node):
        items = value if isinstance(value, tuple) else (value,)
        if a.kind not in (Kind.PROFILE, Kind.PROFILES, *REFERENCES):
            continue
        for i, item in enumerate(items):
            if isinstance(item, str):
                continue
            under = f"{path}{a.name}." if a.kind in (Kind.PROFILE, Kind.REFERENCE) else f"{path}{a.name}[{i}]."
            if a.name in _FRAMEWORK_ITEMS:
                yield from (under + each.name for each, _ in filled(item) if each.name in _NOT_IN_FRAMEWORK_ITEM)
            yield from _not_sendable(item, under)
