"""A Credly badge template, from its two payload forms (authenticated API, public pages) to a badge class."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from mappings.open_badges.model import Activity, Alignment, BadgeClass, Criteria, Issuer, Related

SKILLS = "Credly Skills"
WEB = "https://www.credly.com"

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
    "issuer": {"entities": {"primary": ..., "entity": {"id": ..., "name": ..., "vanity_url": ...}}},
    "skills": {"name": ..., "vanity_slug": ...},
    "alignments": {"name": ..., "url": ..., "description": ...},
    "badge_template_activities": {
        "title": ...,
        "activity_type": ...,
        "activity_url": ...,
        "url": ...,
        "required_badge_template_id": ...,
    },
    "recommendations": {"title": ..., "type": ..., "activity_url": ...},
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
    return value.strip() or None if isinstance(value, str) else None


def _list(value: Any) -> Any:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


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
    type: Text = None
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
    """The template's id. ValueError where there is none."""
    item = orjson.loads(raw)
    found = item.get("id") if isinstance(item, dict) else None
    if not isinstance(found, str) or not found.strip():
        raise ValueError("The item has no id, so it cannot be told from others.")
    return found.strip()


def definition(raw: bytes) -> bytes:
    """The known members of a template with sorted keys, and the names of the others under `left_out`."""
    item = orjson.loads(raw)
    if not isinstance(item, dict):
        raise ValueError("The item is not an object.")
    left_out = sorted(item.keys() - KNOWN.keys() | set(item.get("left_out") or ()))
    kept = _kept(item, KNOWN) | ({"left_out": left_out} if left_out else {})
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def _kept(value: Any, known: Any) -> Any:
    if isinstance(value, list):
        return [_kept(member, known) for member in value]
    if known is ... or not isinstance(value, dict):
        return value
    return {name: _kept(value[name], inside) for name, inside in known.items() if name in value}


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
    owner = _owner(read, issuer)
    return BadgeClass(
        id=f"{obi}/issuers/{owner.id}/badge_classes/{read.id}" if owner.id else f"{obi}/badge_classes/{read.id}",
        source_id=read.id,
        name=read.name,
        description=read.description,
        issuer=owner,
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
        left_out=tuple(read.left_out),
    )


def _owner(read: _Template, issuer: Issuer) -> Issuer:
    issued_by = sorted(read.issuer.entities if read.issuer else [], key=lambda each: not each.primary)
    entity = read.owner or next((each.entity for each in issued_by if each.entity), None)
    if entity is None or entity.id is None:
        return issuer
    return Issuer(id=entity.id, name=entity.name, url=entity.vanity_url)


def _activities(read: _Template) -> list[Activity]:
    return [
        Activity(
            name=each.title,
            activity_type=each.activity_type,
            url=each.activity_url or each.url,
            required_badge=each.required_badge_template_id,
        )
        for each in read.badge_template_activities
        if each.title
    ]


def _alignments(read: _Template) -> list[Alignment]:
    return [
        Alignment(target_name=each.name, target_url=each.url, target_description=each.description)
        for each in read.alignments
        if each.name or each.url
    ]


def _skills(read: _Template) -> list[Alignment]:
    return [
        Alignment(
            target_name=each.name,
            target_url=f"{WEB}/skills/{each.vanity_slug}" if each.vanity_slug else None,
            target_framework=SKILLS,
        )
        for each in read.skills
        if each.name
    ]


def _related(read: _Template) -> list[Related]:
    required = [
        Related(id=each.id, name=each.name, url=each.url, relation="required")
        for each in read.required_badge_templates
        if each.id or each.name
    ]
    recommended = [
        Related(name=each.title, url=each.activity_url, relation="recommended")
        for each in read.recommendations
        if each.title
    ]
    return required + recommended


def _sentence(wrong: ValidationError) -> str:
    first = wrong.errors(include_input=False, include_url=False)[0]
    return f"Its member {'.'.join(str(part) for part in first['loc'])} has another form than expected."
