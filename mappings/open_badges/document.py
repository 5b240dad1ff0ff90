"""Open Badges documents read into a badge class: OB 2.0 `BadgeClass`, OB 3.0 `Achievement` (facts: §C1, §C3).

Single values where lists are expected and the reverse, `@id` for `id`, plain addresses for objects are all taken.
A wrapper around the definition (assertion, credential) is opened; of the rest of it only the issuer is read.
"""

from collections.abc import Mapping
from typing import Any

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
    """Whether an item is a badge class of the Open Badges standards, or a wrapper around one."""
    inner = unwrapped(item)
    if inner is not item or _TYPES & set(_words(inner.get("type") or inner.get("@type"), "type")):
        return True
    return "name" in inner and ("criteria" in inner or "issuer" in inner) and "state" not in inner


def unwrapped(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The badge class inside an assertion or a credential, empty if it is not there; of no wrapper the item itself."""
    if "credentialSubject" in item:
        return _first(_first(item["credentialSubject"]).get("achievement"))
    return _first(item["badge"]) if "badge" in item else item


def badge_class(item: Mapping[str, Any]) -> BadgeClass:
    """The badge class of a document. ValueError with a sentence where id or name are missing or a text is none."""
    wrapper, item = item, unwrapped(item)
    if not item:
        raise ValueError("The document does not hold the badge itself, at most its address.")
    badge_id = _text(item, "id", "@id")
    name = _text(item, "name")
    if not badge_id:
        raise ValueError("The badge has no id.")
    if not name:
        raise ValueError("The badge has no name.")
    issuers = _issuers(item) or _issuers(wrapper)
    image = _address(item.get("image"), "image")
    criteria = _criteria(item.get("criteria"))
    read = {"image": image, "criteria": criteria.id or criteria.narrative, "issuer": issuers, "creator": issuers}
    return BadgeClass(
        id=badge_id,
        source_id=badge_id,
        name=name,
        description=_text(item, "description"),
        issuer=issuers[0] if issuers else None,
        also_issued_by=tuple(issuers[1:]),
        image=image,
        criteria=criteria,
        alignment=tuple(_alignment(a) for a in _listed(item.get("alignment")) + _listed(item.get("alignments"))),
        tags=(*_words(item.get("tags"), "tags"), *_words(item.get("tag"), "tag")),
        achievement_type=_text(item, "achievementType"),
        language=_text(item, "inLanguage", "@language"),
        version=_text(item, "version"),
        related=tuple(_related(r) for r in _listed(item.get("related"))),
        left_out=tuple(sorted(m for m, v in item.items() if v and not read.get(m, m in _KNOWN))),
    )


def _criteria(value: Any) -> Criteria:
    """Pages and narratives in any mixture: the first page is the criteria's own, further ones join the narrative."""
    pages: list[str] = []
    told: list[str] = []
    for one in _listed(value):
        if address := _address(one, "criteria"):
            (told if " " in address else pages).append(address)
        if narrative := _text(_first(one), "narrative"):
            told.append(narrative)
    return Criteria(id=pages[0] if pages else None, narrative="\n\n".join(told + pages[1:]) or None)


def _issuers(item: Mapping[str, Any]) -> list[Issuer]:
    """Who issues the badge, its creator first; each once."""
    found: dict[str, Issuer] = {}
    for one in _listed(item.get("creator")) + _listed(item.get("issuer")):
        issuer = _issuer(one)
        found.setdefault(issuer.id or issuer.name or issuer.url or "", issuer)
    found.pop("", None)
    return list(found.values())


def _issuer(value: Any) -> Issuer:
    first = _first(value)
    return Issuer(id=_address(value, "issuer") or "", name=_text(first, "name"), url=_text(first, "url"))


def _alignment(value: Any) -> Alignment:
    a = _first(value)
    return Alignment(
        target_name=_text(a, "targetName", "name"),
        target_url=_text(a, "targetUrl", "url") or (None if a else _plain(value, "alignment")),
        target_description=_text(a, "targetDescription", "description"),
        target_framework=_text(a, "targetFramework", "framework"),
        target_code=_text(a, "targetCode"),
        target_type=_text(a, "targetType"),
    )


def _related(value: Any) -> Related:
    address = _address(value, "related")
    return Related(id=address, name=_text(_first(value), "name"), url=address)


def _address(value: Any, member: str) -> str | None:
    found = (_text(one, "id", "@id") if isinstance(one, Mapping) else _plain(one, member) for one in _listed(value))
    return next(filter(None, found), None)


def _first(value: Any) -> Mapping[str, Any]:
    return next((v for v in _listed(value) if isinstance(v, Mapping)), {})


def _words(value: Any, member: str) -> list[str]:
    return [text for v in _listed(value) if (text := _plain(v, member))]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(holder: Mapping[str, Any], *members: str) -> str | None:
    return next((text for member in members if (text := _plain(holder.get(member), member))), None)


def _plain(value: Any, member: str) -> str | None:
    """A member's text, also where it is a number, alone in a list, or under JSON-LD's `@value`."""
    if isinstance(value, list) and len(value) < 2:
        value = value[0] if value else None
    if isinstance(value, Mapping) and (not value or "@value" in value):
        value = value.get("@value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"Its member {member} is not text.")
    return value.strip() or None
