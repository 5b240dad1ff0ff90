"""One item of a listing: the definition of a badge as a document, and beside it how its signature was checked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from adapters.contract import read_member
from mappings.open_badges import document
from mappings.open_badges.definition import definition as badge_in
from mappings.open_badges.members import Json, named
from mappings.open_badges.model import BadgeClass, Issuer

SIGNATURE = "signatureChecked"
"""The one member that is ours; all others are the document's."""

LONGEST_ID = 2_000
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_SENTENCE = re.compile(
    r"(?:It is signed(?:;| with|, but) (?:a key|the signature)|Its signature (?:fits|was checked)) [^\n]{1,3000}\."
)
_WRAPPED_IN = ("badge", "credentialSubject")
_MARKS = ("type", "criteria", *_WRAPPED_IN)

MEMBERS: Mapping[str, str] = {
    "issuer": "issuer, creator",
    "image_caption": "image",
    "language": "inLanguage",
    "achievement_type": "achievementType",
    "result_description": "resultDescription",
    "credits_available": "creditsAvailable",
    "field_of_study": "fieldOfStudy",
    "human_code": "humanCode",
    "other_identifier": "otherIdentifier",
    "id_made_from": "idMadeFrom",
    "signature": SIGNATURE,
}


def is_document(found: Mapping[str, Any]) -> bool:
    """Whether something parsed is a badge or an award of the standards, told by more than a name and an issuer."""
    return document.is_document(found) and not named(found).keys().isdisjoint(_MARKS)


def composed(badge: Json, signature: str | None) -> bytes:
    """The item of a badge whose definition is known already."""
    return orjson.dumps(badge | ({SIGNATURE: signature} if signature else {}), option=orjson.OPT_SORT_KEYS)


def badge_id(raw: bytes) -> str:
    """The badge's id, also where the rest of it is no JSON; of an award that of the badge in it.

    ValueError where there is none that tells the badge from all others.
    """
    if not any(read_member(raw, name) for name in _WRAPPED_IN) and (stated := _stated(raw)):
        return lasting(stated)
    return lasting(badge_in(_object(raw)).get("id"))


def _stated(raw: bytes) -> Any:
    member = read_member(raw, "id") or read_member(raw, "@id")
    stated = orjson.loads(member) if member else None
    return stated.strip() if isinstance(stated, str) else stated


def lasting(badge_id: Any) -> str:
    """The id, if it is one that tells the badge from all others, whoever issued them; else ValueError."""
    if not isinstance(badge_id, str) or not _IRI.fullmatch(badge_id):
        raise ValueError("The badge has no id that tells it from all others: a web address or an urn is expected.")
    if not badge_id.isprintable() or len(badge_id) > LONGEST_ID:
        raise ValueError("The badge's id is no key that could be kept.")
    return badge_id


def definition(raw: bytes) -> bytes:
    """The known members of the badge in a document, and how its signature was checked, with sorted keys."""
    item = _object(raw)
    signature = item.pop(SIGNATURE, None)
    badge = badge_in(item)
    lasting(badge["id"])
    return composed(badge, signature if isinstance(signature, str) and _SENTENCE.fullmatch(signature) else None)


def badge_class(definition: bytes, issuer: Issuer) -> BadgeClass:
    """The badge class of a definition. The issuer that it names goes before `issuer`, whose id stands in for none."""
    item = _object(definition)
    signature = item.pop(SIGNATURE, None)
    badge = document.badge_class(item, signature=signature)
    lasting(badge.id)
    own = badge.issuer
    return replace(badge, issuer=replace(own, id=own.id or issuer.id) if own else issuer)


def _object(raw: bytes) -> Json:
    item = orjson.loads(raw)
    if not isinstance(item, dict):
        raise ValueError("The item is not an object.")
    return item
