"""What is kept of an Open Badges document: the known members of the badge class, in one shape for all versions.

Only what is named here is kept, at every depth. Awards keep nothing of their recipient: no identity, evidence or
narrative. Issuers keep id, name and url, and persons nothing. Of other members of the badge their names are kept.
A definition is an Open Badges document itself, and its own definition.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urldefrag

from mappings.canonical import digest
from mappings.open_badges import compact, kinds, members
from mappings.open_badges.languages import parted
from mappings.open_badges.members import (
    Json,
    absolute,
    first_object,
    flat,
    is_web,
    listed,
    named,
    objects,
    text,
    texts,
    types,
)

_SOURCES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "idMadeFrom"),
    "name": ("name",),
    "description": ("description",),
    "image": ("image",),
    "criteria": ("criteria",),
    "creator": ("creator",),
    "issuer": ("issuer",),
    "alignment": ("alignment", "alignments"),
    "tags": ("tags", "tag"),
    "achievementType": ("achievementType",),
    "inLanguage": ("inLanguage", "@language"),
    "translations": ("translations",),
    "version": ("version",),
    "related": ("related",),
    "resultDescription": ("resultDescription",),
    "creditsAvailable": ("creditsAvailable",),
    "fieldOfStudy": ("fieldOfStudy",),
    "specialization": ("specialization",),
    "humanCode": ("humanCode",),
    "otherIdentifier": ("otherIdentifier",),
    "endorsement": ("endorsement", "endorsementJwt"),
    "expires": ("expires",),
    "state": ("state", "archived"),
}
"""The members of a definition, and the members of documents that each of them is read from."""

KNOWN = frozenset({"@context", "type", "@id", "@type", "left_out", *(s for each in _SOURCES.values() for s in each)})
_MEMBER = re.compile(r"@?[A-Za-z][A-Za-z0-9_]{0,63}(?::[A-Za-z][A-Za-z0-9_]{0,63})?")
_OF_A_PERSON = frozenset({"givenName", "familyName", "additionalName", "honorificPrefix", "dateOfBirth"})
_IDENTIFIERS_OF_PEOPLE = frozenset({"name", "emailAddress", "nationalIdentityNumber"})
_MAIL = re.compile(r"(?:mailto|acct|tel):|[^/:\s]*@", re.IGNORECASE)


def definition(item: Mapping[str, Any], *, at: str | None = None, shared: bool = False) -> Json:
    """The badge class of a document or wrapper, known members alone. ValueError with a sentence where there is none.

    `at` is where the document was found: relative addresses are resolved against it, and it is the id of a badge that
    has none. Where several badges lie there (`shared`), and inside awards, such an id ends in a fragment made from name
    and criteria, so that every copy has the same.
    """
    if reason := kinds.refused(item, at):
        raise ValueError(reason)
    found = kinds.kind(item)
    if found is kinds.Kind.LIST:
        raise ValueError("This is a list of documents: each of them is read by itself.")
    wrapped = found in kinds.WRAPPERS
    badge = kinds.embedded(item) if wrapped else named(item)
    if not badge:
        raise ValueError(kinds.NO_BADGE)
    for each in (item, badge):
        members.check_prefixes(each)
    origin = _origin(badge)
    declared = text(badge, "inLanguage", "@language") or _default_language(badge) or _default_language(item)
    badge, language, translations = parted(badge, declared)
    kept = _kept(badge, origin or at)
    if wrapped and not (kept["creator"] or kept["issuer"]):
        kept["issuer"] = profiles(named(item).get("issuer"), "issuer", at)
    kept["inLanguage"] = language or declared
    kept["translations"] = translations
    kept |= _identified(badge, kept, origin, at, of_its_own=not (wrapped or shared))
    if not kept["name"]:
        raise ValueError("The badge has no name.")
    kept["type"] = "Achievement" if "Achievement" in types(badge) else "BadgeClass"
    kept["left_out"] = sorted(_left_out(badge, kept))
    return {name: value for name, value in sorted(kept.items()) if value}


def _kept(badge: Json, at: str | None) -> Json:
    return {
        "name": text(badge, "name"),
        "description": text(badge, "description"),
        "image": _image(badge.get("image"), at),
        "criteria": _criteria(badge.get("criteria"), at),
        "creator": profiles(badge.get("creator"), "creator", at),
        "issuer": profiles(badge.get("issuer"), "issuer", at),
        "alignment": [*_alignments(badge.get("alignment"), at), *_alignments(badge.get("alignments"), at)],
        "tags": [*texts(badge.get("tags"), "tags"), *texts(badge.get("tag"), "tag")],
        "achievementType": text(badge, "achievementType"),
        "version": text(badge, "version"),
        "related": _each(badge.get("related"), "related", at, _related),
        "resultDescription": [_result(each, at) for each in objects(badge.get("resultDescription"))],
        "creditsAvailable": text(badge, "creditsAvailable"),
        "fieldOfStudy": text(badge, "fieldOfStudy"),
        "specialization": text(badge, "specialization"),
        "humanCode": text(badge, "humanCode"),
        "otherIdentifier": _other_identifiers(badge.get("otherIdentifier")),
        "endorsement": _endorsements(badge, at),
        "expires": _validity(badge.get("expires")),
        "state": text(badge, "state") or ("archived" if badge.get("archived") is True else None),
    }


def _identified(badge: Json, kept: Json, origin: str | None, at: str | None, *, of_its_own: bool) -> Json:
    """The badge's own id; else where the document lies, or an id made from the address nearest to the issuer."""
    stated = text(badge, "id")
    if stated and not stated.startswith("_:"):
        made_from = text(badge, "idMadeFrom")
        return {"id": absolute(stated, at), "idMadeFrom": made_from if is_web(made_from) else None}
    if of_its_own and is_web(at):
        return {"id": at, "idMadeFrom": at}
    near = [origin, *(each.get(name) for each in kept["creator"] + kept["issuer"] for name in ("id", "url")), at]
    base = next(filter(is_web, near), None)
    if base is None:
        raise ValueError("The badge has no id, and it was not found at a web address that could stand for one.")
    mark = digest({"name": kept["name"], "criteria": kept["criteria"]})[:16]
    return {"id": f"{urldefrag(base)[0]}#badge-{mark}", "idMadeFrom": base}


def _origin(badge: Json) -> str | None:
    """The base of all addresses in Open Badges 0.5: the issuer's `origin`."""
    stated = text(first_object(badge.get("issuer")), "origin")
    return stated if is_web(stated) else None


def _default_language(item: Mapping[str, Any]) -> str | None:
    return text(first_object(item.get("@context")), "@language") or text(item, "@language")


def _left_out(badge: Json, kept: Json) -> set[str]:
    """Names alone, and those that are names of members: a key can be anything, a person's address too."""
    before = [name for name in listed(badge.get("left_out")) if isinstance(name, str)]
    unread = [
        source
        for name, sources in _SOURCES.items()
        for source in sources
        if not kept.get(name) and badge.get(source) and not (name == "expires" and _is_blank(badge[source]))
    ]
    unknown = [name for name, value in badge.items() if value and name not in KNOWN]
    return {name for name in (*before, *unread, *unknown) if _MEMBER.fullmatch(name)}


def _is_blank(value: Any) -> bool:
    return isinstance(value, Mapping) and not any(value.values())


def _filled(**found: Any) -> Json:
    return {name: value for name, value in found.items() if value}


def _each(value: Any, member: str, at: str | None, read: Any) -> list[Json]:
    return [found for each in flat(value, member) if (found := read(each, member, at))]


def _image(value: Any, at: str | None) -> Json:
    for each in flat(value, "image"):
        if stated := members.address(each, "image"):
            return _filled(id=absolute(stated, at), caption=text(first_object(each), "caption"))
    return {}


def _criteria(value: Any, at: str | None) -> Json:
    """Pages and narratives in any mixture: the first page is the criteria's own, further ones join the narrative."""
    pages: list[str] = []
    told: list[str] = []
    for each in flat(value, "criteria"):
        if stated := members.address(each, "criteria"):
            if members.says_words(stated):
                told.append(stated)
            else:
                pages.append(absolute(stated, at))
        if narrative := text(first_object(each), "narrative"):
            told.append(narrative)
    return _filled(id=pages[0] if pages else None, narrative="\n\n".join(told + pages[1:]))


def profiles(value: Any, member: str, at: str | None) -> list[Json]:
    """The organizations in a member, each as id, name and url; persons are left out."""
    return _each(value, member, at, _profile)


def _profile(value: Any, member: str, at: str | None) -> Json:
    """An organization as id, name and url. A person's profile gives nothing, nor does an address for mail."""
    profile = first_object(value)
    if "Person" in types(profile) or _OF_A_PERSON & profile.keys():
        return {}
    stated = members.address(value, member) or text(profile, "origin")
    url = text(profile, "url") or text(profile, "origin")
    name = text(profile, "name")
    return _filled(
        id=absolute(stated, at) if stated and not _MAIL.match(stated) else None,
        name=name if name and not _MAIL.match(name) else None,
        url=absolute(url, at) if url and not _MAIL.match(url) else None,
    )


def _alignments(value: Any, at: str | None) -> list[Json]:
    return _each(value, "alignment", at, _alignment)


def _alignment(value: Any, member: str, at: str | None) -> Json:
    """Open Badges 1 says name, url and description."""
    a = first_object(value)
    url = text(a, "targetUrl", "url") or (None if a else members.plain(value, member))
    return _filled(
        targetName=text(a, "targetName", "name"),
        targetUrl=members.absolute_if_stated(url, at) if url else None,
        targetDescription=text(a, "targetDescription", "description"),
        targetFramework=text(a, "targetFramework", "framework"),
        targetCode=text(a, "targetCode"),
        targetType=text(a, "targetType"),
    )


def _related(value: Any, member: str, at: str | None) -> Json:
    stated, other = members.address(value, member), first_object(value)
    return _filled(
        id=absolute(stated, at) if stated else None,
        name=text(other, "name"),
        version=text(other, "version"),
        inLanguage=text(other, "inLanguage", "@language"),
    )


def _result(result: Json, at: str | None) -> Json:
    return _filled(
        id=text(result, "id"),
        name=text(result, "name"),
        resultType=text(result, "resultType"),
        valueMin=text(result, "valueMin"),
        valueMax=text(result, "valueMax"),
        requiredValue=text(result, "requiredValue"),
        requiredLevel=text(result, "requiredLevel"),
        allowedValue=texts(result.get("allowedValue"), "allowedValue"),
        rubricCriterionLevel=[_level(each, at) for each in objects(result.get("rubricCriterionLevel"))],
        alignment=_alignments(result.get("alignment"), at),
    )


def _level(level: Json, at: str | None) -> Json:
    return _filled(
        id=text(level, "id"),
        name=text(level, "name"),
        level=text(level, "level"),
        points=text(level, "points"),
        description=text(level, "description"),
        alignment=_alignments(level.get("alignment"), at),
    )


def _other_identifiers(value: Any) -> list[Json]:
    found = [(text(each, "identifier"), text(each, "identifierType")) for each in objects(value)]
    return [
        _filled(identifier=identifier, identifierType=kind)
        for identifier, kind in found
        if identifier and kind not in _IDENTIFIERS_OF_PEOPLE
    ]


def _endorsements(badge: Json, at: str | None) -> list[Json]:
    found = _each(badge.get("endorsement"), "endorsement", at, _endorsement)
    return found + _each(badge.get("endorsementJwt"), "endorsementJwt", at, _endorsement)


def _endorsement(value: Any, member: str, at: str | None) -> Json:
    """Who endorses and with which words; of one that is signed, what its text says."""
    if isinstance(value, str) and compact.is_compact(value):
        value = compact.payload(value)
    stated, endorsement = members.address(value, member), first_object(value)
    subject = first_object(endorsement.get("credentialSubject")) or first_object(endorsement.get("claim"))
    comment = text(subject, "endorsementComment")
    return _filled(
        id=absolute(stated, at) if stated else None,
        issuer=next(iter(profiles(endorsement.get("issuer"), "issuer", at)), None),
        claim={"endorsementComment": comment} if comment else None,
    )


def _validity(value: Any) -> Json:
    validity = first_object(value)
    found = _filled(amount=text(validity, "amount"), duration=text(validity, "duration"))
    return found if len(found) == 2 else {}
