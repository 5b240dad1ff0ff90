"""Open Badges documents read into a badge class: OB 2.0 `BadgeClass`, OB 3.0 `Achievement` (facts: §C1, §C3).

Single values where lists are expected and the reverse, `@id` for `id`, plain addresses for objects are all taken.
A wrapper around the definition (assertion, credential) is opened and everything else in it is dropped unread.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from mappings.open_badges.model import Alignment, BadgeClass, Criteria, Issuer, Related

_KNOWN = frozenset(
    [
        "@context",
        "id",
        "@id",
        "type",
        "@type",
        "name",
        "description",
        "image",
        "criteria",
        "issuer",
        "creator",
        "alignment",
        "alignments",
        "tags",
        "tag",
        "achievementType",
        "inLanguage",
        "@language",
        "version",
        "related",
    ]
)
_TYPES = frozenset({"BadgeClass", "Achievement"})


def is_document(item: Mapping[str, Any]) -> bool:
    """Whether an item, or what it wraps, is a badge class of the Open Badges standards."""
    inner = unwrapped(item)
    if _TYPES & set(_words(inner.get("type", inner.get("@type")))):
        return True
    return "name" in inner and ("criteria" in inner or "issuer" in inner) and "state" not in inner


def unwrapped(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The badge class inside an assertion or a credential; the item itself where it is no wrapper."""
    subject = item.get("credentialSubject")
    inside = _first(subject).get("achievement") if subject else item.get("badge")
    return inside if isinstance(inside, Mapping) else item


def badge_class(item: Mapping[str, Any]) -> BadgeClass:
    """The badge class of a document. ValueError with a sentence where id or name are missing."""
    item = unwrapped(item)
    name = _text(item.get("name"))
    badge_id = _text(item.get("id", item.get("@id")))
    if not badge_id:
        raise ValueError("The badge has no id.")
    if not name:
        raise ValueError("The badge has no name.")
    criteria = _criteria(item.get("criteria"))
    return BadgeClass(
        id=badge_id,
        source_id=badge_id,
        name=name,
        description=_text(item.get("description")),
        issuer=_issuer(item.get("creator") or item.get("issuer")),
        image=_address(item.get("image")),
        criteria=criteria,
        alignment=tuple(_alignment(a) for a in _listed(item.get("alignment") or item.get("alignments"))),
        tags=tuple(_words(item.get("tags"))) + tuple(_words(item.get("tag"))),
        achievement_type=_text(item.get("achievementType")),
        language=_text(item.get("inLanguage") or item.get("@language")),
        version=_version(item.get("version")),
        related=tuple(_related(r) for r in _listed(item.get("related"))),
        left_out=tuple(sorted(item.keys() - _KNOWN)),
    )


def canonical_definition(item: Mapping[str, Any]) -> bytes:
    """The known members of the definition alone, with sorted keys: nothing about a recipient is among them."""
    inner = unwrapped(item)
    return orjson.dumps({k: v for k, v in inner.items() if k in _KNOWN}, option=orjson.OPT_SORT_KEYS)


def _criteria(value: Any) -> Criteria:
    page = next((p for v in _listed(value) if (p := _address(v))), None)
    told = [t for v in _listed(value) if isinstance(v, Mapping) and (t := _text(v.get("narrative")))]
    return Criteria(id=page, narrative="\n\n".join(told) or None)


def _issuer(value: Any) -> Issuer | None:
    first = _first(value)
    address = _address(value)
    if not first and not address:
        return None
    return Issuer(id=address or "", name=_text(first.get("name")), url=_text(first.get("url")))


def _alignment(value: Any) -> Alignment:
    a = _first(value)
    return Alignment(
        target_name=_text(a.get("targetName") or a.get("name")),
        target_url=_text(a.get("targetUrl") or a.get("url")) or (value if isinstance(value, str) else None),
        target_description=_text(a.get("targetDescription") or a.get("description")),
        target_framework=_text(a.get("targetFramework") or a.get("framework")),
        target_code=_text(a.get("targetCode")),
        target_type=_text(a.get("targetType")),
    )


def _related(value: Any) -> Related:
    return Related(id=_address(value), name=_text(_first(value).get("name")), url=_address(value))


def _version(value: Any) -> str | None:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)


def _address(value: Any) -> str | None:
    if isinstance(value, str):
        return _text(value)
    first = _first(value)
    return _text(first.get("id") or first.get("@id"))


def _first(value: Any) -> Mapping[str, Any]:
    return next((v for v in _listed(value) if isinstance(v, Mapping)), {})


def _words(value: Any) -> list[str]:
    return [text for v in _listed(value) if (text := _text(v))]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None
