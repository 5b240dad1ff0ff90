"""A badge class of the v2 API, from a server of the open source or a hosted one, into the source vocabulary."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from adapters.contract import read_member
from mappings.open_badges.model import Alignment, BadgeClass, Criteria, Issuer, Validity

LONGEST_ID = 200
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}|extensions:[A-Za-z][A-Za-z0-9_]{0,63}")
_ENTITY_ID = re.compile(rb'"([A-Za-z0-9_-]+)"')
_EXTENSION = "extensions:"
UNITS = ("days", "weeks", "months", "years")
_ORIGIN = re.compile(r"https?://[^/?#]+", re.IGNORECASE)

KNOWN: Mapping[str, Any] = {
    "entityType": ...,
    "entityId": ...,
    "openBadgeId": ...,
    "issuer": ...,
    "name": ...,
    "image": ...,
    "description": ...,
    "achievementType": ...,
    "criteriaUrl": ...,
    "criteriaNarrative": ...,
    "alignments": [
        {
            "targetName": ...,
            "targetUrl": ...,
            "targetDescription": ...,
            "targetFramework": ...,
            "targetCode": ...,
            "targetType": ...,
        }
    ],
    "tags": [...],
    "expires": {"amount": ..., "duration": ...},
    "archived": ...,
    "createdAt": ...,
}
"""The members that are kept, nested ones too: whatever else a server sends is dropped before anything is stored."""

MEMBERS: Mapping[str, str] = {
    "id": "openBadgeId",
    "source_id": "entityId",
    "page": "openBadgeId",
    "criteria": "criteriaUrl, criteriaNarrative",
    "alignment": "alignments",
    "achievement_type": "achievementType",
    "state": "archived",
    "created": "createdAt",
}


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if value is not None:
        raise ValueError("not text")
    return None


def _amount(value: Any) -> Any:
    """A whole number as text; none at all for zero."""
    told = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    if told and not (told.isascii() and told.isdigit()):
        raise ValueError("not an amount")
    return told.lstrip("0") or None if told else None


def _list(value: Any) -> Any:
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if item is not None]


def _object(value: Any) -> Any:
    return {} if value is None else value


Text = Annotated[str | None, BeforeValidator(_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)


class _Alignment(_Model):
    target_name: Text = None
    target_url: Text = None
    target_description: Text = None
    target_framework: Text = None
    target_code: Text = None
    target_type: Text = None


class _Expires(_Model):
    amount: Annotated[str | None, BeforeValidator(_amount)] = None
    duration: Text = None


class _BadgeClass(_Model):
    entity_id: Text = None
    open_badge_id: Text = None
    issuer: Text = None
    name: Text = None
    image: Text = None
    description: Text = None
    achievement_type: Text = None
    criteria_url: Text = None
    criteria_narrative: Text = None
    alignments: Annotated[list[_Alignment], BeforeValidator(_list)] = []
    tags: Annotated[list[Text], BeforeValidator(_list)] = []
    expires: Annotated[_Expires, BeforeValidator(_object)] = _Expires()
    archived: bool | None = None
    created_at: Text = None
    left_out: Annotated[list[str], Field(alias="left_out")] = []


def badge_id(raw: bytes) -> str:
    """The badge class's entityId, also where the rest of it is no JSON. ValueError where there is none."""
    member = read_member(raw, "entityId")
    found = orjson.loads(member) if member else None
    if not isinstance(found, str) or not found.strip():
        raise ValueError("The item has no id, so it cannot be told from others.")
    if not found.isprintable() or len(found) > LONGEST_ID:
        raise ValueError("The item's id is no key that could be kept.")
    return found.strip()


def entity_id(raw: bytes, name: str) -> str | None:
    """The entityId in an item's member of this name; None where it cannot be told."""
    named = _ENTITY_ID.fullmatch(read_member(raw, name) or b"")
    return named[1].decode() if named else None


def definition(raw: bytes) -> bytes:
    """The known members of a badge class with sorted keys, and the names of the others under `left_out`."""
    item = orjson.loads(raw)
    if not isinstance(item, dict):
        raise ValueError("The item is not an object.")
    left_out = sorted(_names([*item, *_extensions(item), *_listed(item.get("left_out"))]))
    kept = _kept(item, KNOWN) | ({"left_out": left_out} if left_out else {})
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def _extensions(item: dict[str, Any]) -> list[str]:
    """The names of the Open Badges extensions that an item carries."""
    extensions = item.get("extensions")
    return [name for name in extensions if name.startswith(_EXTENSION)] if isinstance(extensions, dict) else []


def _listed(value: Any) -> list[Any]:
    """The names under `left_out` where the item is a definition already."""
    return value if isinstance(value, list) else []


def _names(found: list[Any]) -> set[str]:
    """Those that are names of members. A key can be anything, a person's address too: others are not kept."""
    named = {name for name in found if isinstance(name, str) and _NAME.fullmatch(name)}
    return named - {*KNOWN, "extensions", "left_out"}


def _kept(value: Any, known: Any) -> Any:
    """The known part. In the place of what has another form is an empty list: reading it says so."""
    match known, value:
        case list(), list():
            return [_kept(each, known[0]) for each in value]
        case list(), _:
            return _kept(value, known[0])
        case dict(), dict():
            return {name: _kept(value[name], inside) for name, inside in known.items() if name in value}
    if known is ... and not isinstance(value, list | dict):
        return value
    return None if value in (None, "") else []


def badge_class(kept: bytes, issuer: Issuer, public: str) -> BadgeClass:
    """The badge class of a definition; `public` is where the server's public badges start.

    The issuer that the item names goes before `issuer`. ValueError where id or name are missing or a member has
    another form than the platform gives it.
    """
    try:
        read = _BadgeClass.model_validate_json(kept)
    except ValidationError as wrong:
        raise ValueError(_sentence(wrong)) from None
    if not read.entity_id or not read.name:
        raise ValueError(f"The badge has no {'name' if read.entity_id else 'id'}.")
    address = read.open_badge_id or f"{public}/{read.entity_id}"
    expires = _validity(read.expires)
    return BadgeClass(
        id=address,
        source_id=read.entity_id,
        name=read.name,
        description=read.description,
        issuer=issuer if read.issuer in (None, issuer.id) else Issuer(id=read.issuer),
        image=_absolute(read.image, address),
        criteria=Criteria(id=read.criteria_url, narrative=read.criteria_narrative),
        alignment=tuple(_alignments(read)),
        tags=tuple(tag for tag in read.tags if tag),
        achievement_type=read.achievement_type,
        expires=expires,
        page=address,
        state=None if read.archived is None else "archived" if read.archived else "active",
        created=read.created_at,
        left_out=(*read.left_out, *_untaken(read.expires, expires)),
    )


def _alignments(read: _BadgeClass) -> list[Alignment]:
    return [Alignment(**vars(each)) for each in read.alignments if any(vars(each).values())]


def _validity(expires: _Expires) -> Validity | None:
    unit = (expires.duration or "").lower()
    return Validity(amount=expires.amount, unit=unit) if expires.amount and unit in UNITS else None


def _untaken(expires: _Expires, taken: Validity | None) -> list[str]:
    return ["expires"] if taken is None and expires.amount else []


def _absolute(image: str | None, address: str) -> str | None:
    """An image's address; one without a host is on the host of the badge's own address."""
    origin = _ORIGIN.match(address)
    return f"{origin[0]}{image}" if image and origin and re.match(r"/(?!/)", image) else image


def _sentence(wrong: ValidationError) -> str:
    first = wrong.errors(include_input=False, include_url=False)[0]
    return f"Its member {'.'.join(str(part) for part in first['loc'])} has another form than expected."
