"""What a parsed document is, and why some hold no badge.

Types decide where they are stated; Open Badges 0.5 and 1.0, and parts of documents, are told by their members.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from mappings.open_badges import members
from mappings.open_badges.members import first_object, listed, named, types


class Kind(StrEnum):
    """What a document of the Open Badges standards may be."""

    BADGE_CLASS = "badge_class"
    ASSERTION = "assertion"
    CREDENTIAL = "credential"
    ISSUER = "issuer"
    KEY = "key"
    REVOCATION_LIST = "revocation_list"
    ENDORSEMENT = "endorsement"
    JWS_HEADER = "jws_header"
    LIST = "list"
    UNKNOWN = "unknown"


class Standard(StrEnum):
    """The versions of the standard that badges are published in."""

    OB_1_1 = "Open Badges 1.1"
    OB_2_0 = "Open Badges 2.0"
    OB_2_1 = "Open Badges 2.1"
    OB_3_0 = "Open Badges 3.0"


NO_BADGE = "The document does not hold the badge itself, at most its address."
WRAPPERS = frozenset({Kind.ASSERTION, Kind.CREDENTIAL})
LISTS = (
    "data",
    "result",
    "badges",
    "achievements",
    "credential",
    "compactJwsString",
    "compactJwsStrings",
    "verifiableCredential",
    "@graph",
)
"""Members under which platforms and the Open Badges APIs give many documents at once."""

_CONTEXTS = (
    (Standard.OB_3_0, re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json")),
    (Standard.OB_2_1, re.compile(r"https://purl\.imsglobal\.org/spec/ob/v2p1/\w+\.jsonld")),
    (Standard.OB_2_0, re.compile(r"https?://(w3id\.org/openbadges|openbadgespec\.org)/v2|.*/spec/ob/v2p0/.*")),
    (Standard.OB_1_1, re.compile(r"https?://(w3id\.org/openbadges|openbadgespec\.org|standard\.openbadges\.org/)/?v1")),
)
_BY_TYPE = (
    (Kind.ENDORSEMENT, frozenset({"Endorsement", "EndorsementCredential", "EndorsementSubject"})),
    (Kind.BADGE_CLASS, frozenset({"BadgeClass", "Achievement"})),
    (Kind.CREDENTIAL, frozenset({"AchievementCredential", "OpenBadgeCredential"})),
    (Kind.ASSERTION, frozenset({"Assertion"})),
    (Kind.KEY, frozenset({"CryptographicKey", "Key", "JsonWebKey", "Multikey"})),
    (Kind.REVOCATION_LIST, frozenset({"RevocationList", "1EdTechRevocationList"})),
    (Kind.ISSUER, frozenset({"Issuer", "IssuerOrg", "Profile", "Organization"})),
)
_OF_A_KEY = frozenset({"publicKeyPem", "kty", "keys", "publicKeyMultibase"})
_OF_A_REVOCATION_LIST = frozenset({"revokedAssertions", "revokedCredential", "revokedCredentials"})
_OF_AN_AWARD = frozenset(
    {"recipient", "issuedOn", "issued_on", "evidence", "narrative", "verification", "verify", "revoked", "uid"}
)
_OF_A_BADGE = frozenset({"criteria", "issuer"})
_OF_AN_ISSUER = frozenset({"email", "publicKey", "revocationList", "origin"})
_OF_A_HEADER = frozenset({"alg", "typ", "kid", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty", "crit", "enc"})


def kind(item: Any) -> Kind:
    """What a parsed document is. Never raises."""
    if isinstance(item, list | tuple):
        return Kind.LIST
    if not isinstance(item, Mapping):
        return Kind.UNKNOWN
    document = named(item)
    stated = types(document)
    subject = first_object(document.get("credentialSubject"))
    if "EndorsementSubject" in types(subject):
        return Kind.ENDORSEMENT
    if found := next((kind for kind, names in _BY_TYPE if names & stated), None):
        return found
    if "credentialSubject" in document:
        return Kind.CREDENTIAL
    return _by_shape(document)


def _by_shape(document: Mapping[str, Any]) -> Kind:
    has = document.keys()
    if "badge" in has:
        return Kind.ASSERTION
    if "endorsementComment" in first_object(document.get("claim")):
        return Kind.ENDORSEMENT
    if "alg" in has and has <= _OF_A_HEADER:
        return Kind.JWS_HEADER
    if _OF_A_KEY & has:
        return Kind.KEY
    if _OF_A_REVOCATION_LIST & has:
        return Kind.REVOCATION_LIST
    if inside(document) is not None:
        return Kind.LIST
    if "name" in has and _OF_A_BADGE & has:
        return Kind.BADGE_CLASS
    if "name" in has and _OF_AN_ISSUER & has:
        return Kind.ISSUER
    if _OF_AN_AWARD & has and "name" not in has:
        return Kind.ASSERTION
    if standard(document) and ("name" in has or "criteria" in has):
        return Kind.BADGE_CLASS
    return Kind.UNKNOWN


def inside(item: Mapping[str, Any]) -> list[Any] | None:
    """The documents in a list's envelope, None where the item is no such envelope."""
    stated = types(item)
    is_document = item.get("id") or item.get("@id") or any(names & stated for _, names in _BY_TYPE)
    if is_document and "VerifiablePresentation" not in stated:
        return None
    lists = [item[name] for name in LISTS if isinstance(item.get(name), list | Mapping)]
    lists += [item[name] for name in LISTS if name.startswith("compactJws") and isinstance(item.get(name), str)]
    return [each for found in lists for each in listed(found)] if lists else None


def standard(item: Mapping[str, Any]) -> Standard | None:
    """The version of the standard that a document names as its context; 0.5 and 1.0 name none."""
    stated = [each for each in listed(item.get("@context")) if isinstance(each, str)]
    return next((version for version, form in _CONTEXTS if any(form.fullmatch(each) for each in stated)), None)


def badge_address(item: Mapping[str, Any], at: str | None = None) -> str | None:
    """Where the badge of an assertion or credential lies, if it holds the address instead of the badge."""
    document = named(item)
    if kind(document) not in WRAPPERS or embedded(document):
        return None
    subject = first_object(document.get("credentialSubject"))
    held = subject.get("achievement") if "credentialSubject" in document else document.get("badge")
    return _web_address(held, "badge", at)


def own_address(item: Mapping[str, Any], at: str | None = None) -> str | None:
    """Where a document says that it lies itself: for parts of documents, the rest is there."""
    return _web_address(named(item).get("id"), "id", at)


def _web_address(value: Any, member: str, at: str | None) -> str | None:
    if isinstance(value, int | float):
        return None
    try:
        stated = members.address(value, member)
    except ValueError:
        return None
    found = members.absolute(stated, at) if stated else None
    return found if members.is_web(found) else None


def embedded(item: Mapping[str, Any]) -> dict[str, Any]:
    """The badge class inside an assertion or a credential; empty where there is none, or only its address."""
    document = named(item)
    if "credentialSubject" in document:
        held = [each for subject in members.objects(document["credentialSubject"]) for each in _achievements(subject)]
    else:
        held = members.objects(document.get("badge"))
    return next((each for each in held if each.keys() - {"id", "type", "@context"}), {})


def _achievements(subject: Mapping[str, Any]) -> list[dict[str, Any]]:
    return members.objects(subject.get("achievement"))


def refused(item: Any, at: str | None = None) -> str | None:
    """Why a document found at `at` holds no badge and leads to none, in a sentence; None where it does, and may."""
    found = kind(item)
    if found in _REFUSED:
        return _REFUSED[found]
    if found is Kind.UNKNOWN:
        return _unknown(item)
    if found in WRAPPERS and not embedded(item) and not badge_address(item, at):
        return _without_badge(named(item), found)
    return None


_REFUSED: Mapping[Kind, str] = {
    Kind.ISSUER: "This is the profile of an issuer, not a badge: give the address of one of its badges or of its list "
    "of badges.",
    Kind.KEY: "This is a public key for checking signatures, not a badge: give the address of the badge.",
    Kind.REVOCATION_LIST: "This is a list of awards that were revoked, not a badge: give the address of the badge.",
    Kind.ENDORSEMENT: "This is an endorsement of a badge, not a badge: give the address of the badge that it endorses.",
    Kind.JWS_HEADER: "This is the header of a signature, not a badge: give the whole signed text, three parts with "
    "dots between them.",
}


def _without_badge(document: Mapping[str, Any], found: Kind) -> str:
    if document.get("revoked") is True:
        return "This says that an award was revoked; it names no badge, nor the address of one."
    if found is Kind.CREDENTIAL:
        return NO_BADGE
    if "badge" in document:
        return "This award names its badge by something that is no web address, so the badge cannot be found."
    return "This is a part of an award (an assertion); it names no badge, nor the address of one."


def _unknown(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return "This is no object, so it is no badge."
    document = named(item)
    if "name" in document:
        return None
    if standard(document):
        return "This is a part of an Open Badges document: it has no name, no criteria and no badge in it."
    return "This has the shape of no Open Badges document: it has no name and states no type."
