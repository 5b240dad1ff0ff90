"""The way from an award to its badge to its issuer, for whoever fetches: which address next, and what comes of it."""

from collections.abc import Mapping
from typing import Any

from mappings.open_badges import kinds
from mappings.open_badges.definition import definition, profiles
from mappings.open_badges.kinds import Kind
from mappings.open_badges.members import Json, is_web, named


def badge_address(item: Mapping[str, Any], *, at: str | None = None) -> str | None:
    """Where the badge of an assertion or credential lies; None where it holds the badge itself, and of all others."""
    return kinds.badge_address(item, at)


def own_address(item: Mapping[str, Any], *, at: str | None = None) -> str | None:
    """Where a document says that it lies itself: of a part of a document the rest may be had there."""
    return kinds.own_address(item, at)


def issuer_address(definition: Mapping[str, Any]) -> str | None:
    """Where the profile of a badge's issuer lies; None where its name is known already, or it has no web address."""
    owner = next(iter(_owners(definition)), {})
    stated = owner.get("id")
    return stated if isinstance(stated, str) and is_web(stated) and not owner.get("name") else None


def with_issuer(definition: Mapping[str, Any], issuer_document: Mapping[str, Any]) -> Json:
    """The definition with name and url from the profile of its issuer; the id stays the one that the badge states.

    ValueError with a sentence where the document is no issuer's profile.
    """
    if kinds.kind(issuer_document) not in (Kind.ISSUER, Kind.UNKNOWN):
        raise ValueError("What lies at the address of the badge's issuer is not the profile of an issuer.")
    found = next(iter(profiles(issuer_document, "issuer", None)), {})
    told = {name: found[name] for name in ("name", "url") if name in found}
    for member in ("creator", "issuer"):
        if owners := definition.get(member):
            first, *others = owners
            return {**definition, member: [first | told, *others]}
    return dict(definition) | ({"issuer": [found]} if found else {})


def with_badge(
    wrapper: Mapping[str, Any], badge_document: Mapping[str, Any], *, at: str | None, wrapper_at: str | None = None
) -> Json:
    """The definition of the badge that an award leads to; `at` is where it lies. Of the award only the issuer is read.

    ValueError with a sentence where the document is no badge.
    """
    if kinds.kind(badge_document) in kinds.WRAPPERS:
        raise ValueError("What lies at the address of the award's badge is another award, not a badge.")
    found = definition(badge_document, at=at)
    issuers = profiles(named(wrapper).get("issuer"), "issuer", wrapper_at)
    if issuers and not _owners(found):
        return found | {"issuer": issuers}
    return found


def _owners(definition: Mapping[str, Any]) -> list[Json]:
    return [*definition.get("creator", ()), *definition.get("issuer", ())]
