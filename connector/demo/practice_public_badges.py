"""Badge classes and issuers of the practice Canvas Credentials as anybody may see them, in Open Badges 2.0 and 1.1.

Pure functions from what is stored. `base` is scheme and host of the public addresses, without a slash at the end.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

VERSIONS = ("2_0", "1_1")
_OLDER_ALIGNMENT = {"targetName": "name", "targetUrl": "url", "targetDescription": "description"}


def public_issuer(issuer: Json, base: str, version: str = "2_0") -> Json:
    """The issuer's profile."""
    address = _address(base, "issuers", issuer["entityId"])
    return {
        "@context": _context(version),
        "type": "Issuer",
        "id": address + _suffix(version),
        "name": issuer["name"],
        "url": issuer["url"],
        "email": issuer["email"],
        "description": issuer["description"],
        **({"image": f"{address}/image"} if issuer["image"] else {}),
    }


def public_badge(badge: Json, base: str, version: str = "2_0", issuer: Json | None = None) -> Json:
    """The badge class; with an `issuer`, that one is embedded instead of linked."""
    address = _address(base, "badges", badge["entityId"])
    own = issuer and public_issuer(issuer, base, version)
    return {
        "@context": _context(version),
        "type": "BadgeClass",
        "id": address + _suffix(version),
        "name": badge["name"],
        "description": badge["description"],
        "issuer": own or _address(base, "issuers", badge["issuer"]) + _suffix(version),
        "image": f"{address}/image",
        "criteria": _criteria(badge, address, version),
        "alignment": [_alignment(each, version) for each in badge["alignments"]],
        "tags": badge["tags"],
        **(badge.get("extensions") or {}),
    }


def _address(base: str, kind: str, entity_id: str) -> str:
    return f"{base}/public/{kind}/{entity_id}"


def _context(version: str) -> str:
    return "https://w3id.org/openbadges/" + ("v2" if version == "2_0" else "v1")


def _suffix(version: str) -> str:
    return "" if version == "2_0" else f"?v={version}"


def _criteria(badge: Json, address: str, version: str) -> Json | str:
    if version == "1_1":
        return badge["criteriaUrl"] or f"{address}/criteria"
    members = {"id": badge["criteriaUrl"], "narrative": badge["criteriaNarrative"]}
    return {name: value for name, value in members.items() if value}


def _alignment(alignment: Json, version: str) -> Json:
    filled = {name: value for name, value in alignment.items() if value}
    if version == "2_0":
        return filled
    return {older: filled[name] for name, older in _OLDER_ALIGNMENT.items() if name in filled}
