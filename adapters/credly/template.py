"""A Credly badge template, from its two payload forms (authenticated API, public pages) to a badge class."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from adapters.contract import read_member
from mappings.open_badges.model import Activity, Alignment, BadgeClass, Criteria, Issuer, Related

SKILLS = "Credly Skills"
LONGEST_ID = 200
WEB = "https://www.credly.com"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

_SKILL: Mapping[str, Any] = {"name": ..., "vanity_slug": ...}
KNOWN: Mapping[str, Any] = {
    "id": ...,
    "name": ...,
    "description": ...,
    "state": ...,
    "public": ...,
    "visibility": ...,
    "level": ...,
    "time_to_earn": ...,
    "cost": ...,
    "type_category": ...,
    "language": ...,
    "url": ...,
    "global_activity_url": ...,
    "earn_this_badge_url": ...,
    "enable_earn_this_badge": ...,
    "criteria_url": ...,
    "image_url": ...,
    "created_at": ...,
    "image": {"url": ...},
    "owner": {"id": ..., "name": ..., "vanity_url": ...},
    "issuer": {"entities": {"primary": ..., "entity": {"type": ..., "id": ..., "name": ..., "vanity_url": ...}}},
    "skills": _SKILL,
    "alignments": {"name": ..., "url": ..., "description": ...},
    "badge_template_activities": {
        "title": ...,
        "activity_type": ...,
        "activity_url": ...,
        "url": ...,
        "required_badge_template_id": ...,
    },
    "recommendations": {"title": ..., "activity_url": ...},
    "required_badge_templates": {"id": ..., "name": ..., "url": ...},
}
"""The members that are kept, nested ones too: whatever else a platform sends is dropped before anything is stored."""

MEMBERS: Mapping[str, str] = {
    "activity_page": "global_activity_url",
    "page": "url",
    "enrolment_page": "earn_this_badge_url",
    "criteria": "criteria_url",
    "activities": "badge_template_activities",
    "tags": "skills",
    "alignment": "skills, alignments",
    "category": "type_category",
    "related": "required_badge_templates, recommendations",
    "created": "created_at",
    "issuer": "owner",
    "image": "image_url",
}


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if value is not None:
        raise ValueError("not text")
    return None


def _list(value: Any) -> Any:
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if item is not None] if None in listed else listed


def _named(value: Any) -> Any:
    return [{"name": item} if isinstance(item, str) else item for item in _list(value) if item]


Text = Annotated[str | None, BeforeValidator(_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Image(_Model):
    url: Text = None


class _Entity(_Model):
    id: Text = None
    name: Text = None
    vanity_url: Text = None


class _IssuedBy(_Model):
    primary: bool | None = None
    entity: _Entity | None = None


class _Issuers(_Model):
    entities: Annotated[list[_IssuedBy], BeforeValidator(_list)] = []


class _Skill(_Model):
    name: Text = None
    vanity_slug: Text = None


class _Alignment(_Model):
    name: Text = None
    url: Text = None
    description: Text = None


class _Activity(_Model):
    title: Text = None
    activity_type: Text = None
    activity_url: Text = None
    url: Text = None
    required_badge_template_id: Text = None


class _Recommendation(_Model):
    title: Text = None
    activity_url: Text = None


class _Required(_Model):
    id: Text = None
    name: Text = None
    url: Text = None


class _Template(_Model):
    id: Text = None
    name: Text = None
    description: Text = None
    state: Text = None
    public: bool | None = None
    visibility: Text = None
    level: Text = None
    time_to_earn: Text = None
    cost: Text = None
    type_category: Text = None
    language: Text = None
    url: Text = None
    global_activity_url: Text = None
    earn_this_badge_url: Text = None
    enable_earn_this_badge: bool | None = None
    criteria_url: Text = None
    image: _Image | None = None
    image_url: Text = None
    created_at: Text = None
    owner: _Entity | None = None
    issuer: _Issuers | None = None
    skills: Annotated[list[_Skill], BeforeValidator(_named)] = []
    alignments: Annotated[list[_Alignment], BeforeValidator(_list)] = []
    badge_template_activities: Annotated[list[_Activity], BeforeValidator(_list)] = []
    recommendations: Annotated[list[_Recommendation], BeforeValidator(_list)] = []
    required_badge_templates: Annotated[list[_Required], BeforeValidator(_list)] = []
    left_out: list[str] = []


def badge_id(raw: bytes) -> str:
    """The template's id, also where the rest of it is no JSON. ValueError where there is none."""
    member = read_member(raw, "id")
    found = orjson.loads(member) if member else None
    if not isinstance(found, str) or not found.strip():
        raise ValueError("The item has no id, so it cannot be told from others.")
    if not found.isprintable() or len(found) > LONGEST_ID:
        raise ValueError("The item's id is no key that could be kept.")
    return found.strip()


def issuer(raw: bytes) -> Issuer | None:
    """Whom a template names as its issuer, the owner or the primary entity; None where it names nobody by an id."""
    members = {name: read_member(raw, name) for name in ("owner", "issuer")}
    try:
        named = {name: orjson.loads(member) for name, member in members.items() if member}
        owner, _ = _issuers(_Template.model_validate(_kept(_without_people(named), KNOWN)), Issuer(id=""))
    except ValueError:
        return None
    return owner if owner.id else None


def definition(raw: bytes) -> bytes:
    """The known members of a template with sorted keys, and the names of the others under `left_out`."""
    item = orjson.loads(raw)
    if not isinstance(item, dict):
        raise ValueError("The item is not an object.")
    left_out = sorted(_names([*item, *_listed(item.get("left_out"))]) - {*KNOWN, "left_out"})
    kept = _kept(_without_people(item), KNOWN) | ({"left_out": left_out} if left_out else {})
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def _without_people(item: dict[str, Any]) -> dict[str, Any]:
    """Issuing entities of any other type than Organization may be persons: they go."""
    issuer = item.get("issuer")
    if not isinstance(issuer, dict) or not isinstance(issuer.get("entities"), list):
        return item
    organizations = [each for each in issuer["entities"] if _type_of(each) in (None, "Organization")]
    return {**item, "issuer": {**issuer, "entities": organizations}}


def _type_of(issued_by: Any) -> Any:
    entity = issued_by.get("entity") if isinstance(issued_by, dict) else None
    return entity.get("type") if isinstance(entity, dict) else None


def _listed(value: Any) -> list[Any]:
    """The names under `left_out` where the item is a definition already."""
    return value if isinstance(value, list) else []


def _names(found: list[Any]) -> set[str]:
    """Those that are names of members. A key can be anything, a person's address too: others are not kept."""
    return {name for name in found if isinstance(name, str) and _NAME.fullmatch(name)}


def _kept(value: Any, known: Any) -> Any:
    """The known part. What has another form than Credly gives it is kept empty: reading it says so."""
    if known is ...:
        return type(value)() if isinstance(value, list | dict) else value
    match value:
        case dict():
            return {name: _kept(value[name], inside) for name, inside in known.items() if name in value}
        case list():
            return [[] if isinstance(member, list) else _kept(member, known) for member in value]
        case str() if known is _SKILL:
            return value
    return type(value)() if value else None


def badge_class(kept: bytes, issuer: Issuer, obi: str) -> BadgeClass:
    """The badge class of a template; `obi` is where Credly's Open Badges documents start.

    The owner the template names goes before `issuer`. ValueError where id or name are missing or a member has
    another form than Credly gives it.
    """
    try:
        read = _Template.model_validate_json(kept)
    except ValidationError as wrong:
        raise ValueError(_sentence(wrong)) from None
    if not read.id or not read.name:
        raise ValueError(f"The badge has no {'name' if read.id else 'id'}.")
    owner, others = _issuers(read, issuer)
    return BadgeClass(
        id=f"{obi}/issuers/{owner.id}/badge_classes/{read.id}" if owner.id else f"{obi}/badge_classes/{read.id}",
        source_id=read.id,
        name=read.name,
        description=read.description,
        issuer=owner,
        also_issued_by=others,
        image=read.image_url or (read.image.url if read.image else None),
        criteria=Criteria(id=read.criteria_url),
        activities=tuple(_activities(read)),
        alignment=(*_alignments(read), *_skills(read)),
        tags=tuple(skill.name for skill in read.skills if skill.name),
        language=read.language,
        related=tuple(_related(read)),
        page=read.url,
        activity_page=read.global_activity_url,
        enrolment_page=read.earn_this_badge_url if read.enable_earn_this_badge is not False else None,
        state=read.state,
        public=False if read.public is False or read.visibility == "private" else read.public,
        level=read.level,
        category=read.type_category,
        time_to_earn=read.time_to_earn,
        cost=read.cost,
        created=read.created_at,
        left_out=(*read.left_out, *_switched_off(read), *_unheard_of(read)),
    )


def _issuers(read: _Template, issuer: Issuer) -> tuple[Issuer, tuple[Issuer, ...]]:
    """Whom the template names, the owner first and `issuer` where none has an id; and who else issues it."""
    issued_by = sorted(read.issuer.entities if read.issuer else [], key=lambda each: not each.primary)
    entities = filter(None, [read.owner, *(each.entity for each in issued_by)])
    named = [Issuer(id=e.id or "", name=e.name, url=e.vanity_url) for e in entities if e.id or e.name]
    with_id = next((each for each in named if each.id), issuer)
    owner = with_id if with_id.id or not named else named[0]
    others = (each for each in named if each != owner and (not each.id or each.id != owner.id))
    return owner, tuple(dict.fromkeys(others))


def _switched_off(read: _Template) -> list[str]:
    return ["earn_this_badge_url"] if read.enable_earn_this_badge is False and read.earn_this_badge_url else []


def _unheard_of(read: _Template) -> list[str]:
    return ["visibility"] if read.visibility not in (None, "public", "private") else []


def _activities(read: _Template) -> list[Activity]:
    return [
        Activity(
            name=each.title or each.activity_url or each.url or "",
            activity_type=each.activity_type,
            url=each.activity_url or each.url,
            required_badge=each.required_badge_template_id,
        )
        for each in read.badge_template_activities
        if each.title or each.activity_type or each.activity_url or each.url or each.required_badge_template_id
    ]


def _alignments(read: _Template) -> list[Alignment]:
    return [
        Alignment(target_name=each.name, target_url=each.url, target_description=each.description)
        for each in read.alignments
        if each.name or each.url or each.description
    ]


def _skills(read: _Template) -> list[Alignment]:
    return [
        Alignment(
            target_name=each.name,
            target_url=f"{WEB}/skills/{each.vanity_slug}" if each.vanity_slug else None,
            target_framework=SKILLS,
        )
        for each in read.skills
        if each.name or each.vanity_slug
    ]


def _related(read: _Template) -> list[Related]:
    required = [
        Related(id=each.id, name=each.name, url=each.url, relation="required")
        for each in read.required_badge_templates
        if each.id or each.name or each.url
    ]
    recommended = [
        Related(name=each.title, url=each.activity_url, relation="recommended")
        for each in read.recommendations
        if each.title or each.activity_url
    ]
    return required + recommended


def _sentence(wrong: ValidationError) -> str:
    first = wrong.errors(include_input=False, include_url=False)[0]
    return f"Its member {'.'.join(str(part) for part in first['loc'])} has another form than expected."
