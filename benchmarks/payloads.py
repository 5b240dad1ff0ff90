"""One realistic badge in the form of each platform, and the bare pydantic model that validates exactly its members.

The models check what a platform promises (addresses by a pattern, times, its own closed words) and nothing more: no
cleaning, no mapping. That is the work no import can save.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import orjson
from pydantic import AwareDatetime, BaseModel, Field

DESCRIPTION = (
    "Earners of this badge plan, prepare and carry out the inspection of welded joints in a fabrication shop. "
    "They read weld symbols, choose between visual and ultrasonic testing, record what they find in the words of the "
    "code that applies, and decide with the foreman whether a joint is accepted, repaired or cut out. They know the "
    "limits of their own judgement and when an engineer must be asked, and they keep the tools of inspection in order."
)
SKILLS = (
    "Weld Symbols",
    "Visual Inspection",
    "Ultrasonic Testing",
    "Code Interpretation",
    "Calibration",
    "Record Keeping",
    "Shop Safety",
    "Report Writing",
)
ACTIVITIES = (
    ("Course", "Weld Inspection I", "https://harbortrades.example/courses/weld-inspection-1"),
    ("Assessment", "Shop test: accept, repair or cut out", "https://harbortrades.example/tests/shop"),
    ("Professional Experience", "Forty hours of inspection beside a senior inspector", ""),
)
ALIGNMENTS = (
    ("Inspectors, Testers and Sorters", "https://www.onetonline.org/link/summary/51-9061.00", "Inspect for defects."),
    ("Examine a joint", "https://skills.example/joints/examine", "Finds what is wrong with a joint, and says why."),
    ("Report a finding", "https://skills.example/joints/report", "Writes so that a welder can act on it."),
)


Url = Annotated[str, Field(pattern=r"^https?://\S+$")]
UrlOrNothing = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]


class Payload(NamedTuple):
    """A badge as a platform delivers it: the adapter's name, the bytes, and the model of those bytes."""

    adapter: str
    raw: bytes
    model: type[BaseModel]


class Organization(BaseModel):
    type: str
    id: str
    name: str
    vanity_slug: str


class Activity(BaseModel):
    id: str
    title: str
    activity_type: str
    activity_url: UrlOrNothing
    required_badge_template_id: str | None


class TemplateAlignment(BaseModel):
    id: str
    name: str
    url: Url
    description: str


class Recommendation(BaseModel):
    id: str
    title: str
    type: str
    activity_url: Url


class Template(BaseModel):
    id: str
    name: str
    description: str
    state: Literal["draft", "active", "archived"]
    public: bool
    visibility: Literal["public", "private"]
    level: Literal["Foundational", "Intermediate", "Advanced"] | None
    time_to_earn: Literal["Hours", "Days", "Weeks", "Months", "Years"] | None
    cost: Literal["Free", "Paid"] | None
    type_category: Literal["Experience", "Learning", "Validation", "Certification"] | None
    url: Url
    vanity_slug: str
    global_activity_url: Url
    image_url: Url
    owner: Organization
    skills: list[str]
    badge_template_activities: list[Activity]
    alignments: list[TemplateAlignment]
    recommendations: list[Recommendation]
    required_badge_templates: list[str]
    created_at: AwareDatetime
    updated_at: AwareDatetime


class TargetAlignment(BaseModel):
    target_name: str = Field(alias="targetName")
    target_url: Url = Field(alias="targetUrl")
    target_description: str = Field(alias="targetDescription")
    target_framework: str = Field(alias="targetFramework")
    target_code: str = Field(alias="targetCode")


class Expires(BaseModel):
    amount: int | None
    duration: Literal["days", "weeks", "months", "years"] | None


class BadgeClass(BaseModel):
    entity_type: str = Field(alias="entityType")
    entity_id: str = Field(alias="entityId")
    open_badge_id: Url = Field(alias="openBadgeId")
    created_at: AwareDatetime = Field(alias="createdAt")
    issuer: str
    name: str
    image: Url
    description: str
    achievement_type: str = Field(alias="achievementType")
    criteria_url: Url = Field(alias="criteriaUrl")
    criteria_narrative: str = Field(alias="criteriaNarrative")
    alignments: list[TargetAlignment]
    tags: list[str]
    expires: Expires
    archived: bool


class Image(BaseModel):
    id: Url
    type: str


class Profile(BaseModel):
    id: Url
    type: list[str]
    name: str
    url: Url


class Criteria(BaseModel):
    id: Url
    narrative: str


class Achievement(BaseModel):
    context: list[str] = Field(alias="@context")
    id: Url
    type: list[str]
    name: str
    description: str
    image: Image
    creator: Profile
    criteria: Criteria
    alignment: list[TargetAlignment]
    tag: list[str]
    achievement_type: str = Field(alias="achievementType")
    language: str = Field(alias="inLanguage")
    version: str
    field_of_study: str = Field(alias="fieldOfStudy")
    human_code: str = Field(alias="humanCode")
    credits_available: float = Field(alias="creditsAvailable")


_TARGETS = [
    {"targetName": name, "targetUrl": url, "targetDescription": said, "targetFramework": "", "targetCode": f"J.{place}"}
    for place, (name, url, said) in enumerate(ALIGNMENTS, 1)
] + [
    {
        "targetName": skill,
        "targetUrl": f"https://skills.example/{skill.lower().replace(' ', '-')}",
        "targetDescription": "",
        "targetFramework": "Shop Skills",
        "targetCode": f"S.{place}",
    }
    for place, skill in enumerate(SKILLS, 1)
]
_NARRATIVE = "\n".join(f"- {kind}: {title}" + (f" ({url})" if url else "") for kind, title, url in ACTIVITIES)

TEMPLATE: Mapping[str, Any] = {
    "id": "3f1c8a52-6d0e-4b7e-9a11-5c2d7e8f9012",
    "name": "Weld Inspection",
    "description": DESCRIPTION,
    "state": "active",
    "public": True,
    "visibility": "public",
    "level": "Intermediate",
    "time_to_earn": "Weeks",
    "cost": "Paid",
    "type_category": "Validation",
    "url": "https://www.credly.com/org/harbor-trades/badge/weld-inspection",
    "vanity_slug": "weld-inspection",
    "global_activity_url": "https://harbortrades.example/weld-inspection",
    "image_url": "https://images.credly.example/weld.png",
    "owner": {
        "type": "Organization",
        "id": "7a90b1c2-3d4e-4f50-8a6b-7c8d9e0f1a2b",
        "name": "Harbor Trades",
        "vanity_slug": "harbor-trades",
    },
    "skills": list(SKILLS),
    "badge_template_activities": [
        {
            "id": f"activity-{place}",
            "title": title,
            "activity_type": kind,
            "activity_url": url,
            "required_badge_template_id": None,
        }
        for place, (kind, title, url) in enumerate(ACTIVITIES)
    ],
    "alignments": [
        {"id": f"alignment-{place}", "name": name, "url": url, "description": said}
        for place, (name, url, said) in enumerate(ALIGNMENTS)
    ],
    "recommendations": [
        {
            "id": "recommendation-1",
            "title": "Weld Inspection II",
            "type": "participation",
            "activity_url": "https://harbortrades.example/courses/weld-inspection-2",
        }
    ],
    "required_badge_templates": [],
    "created_at": "2025-02-03T10:11:12.131Z",
    "updated_at": "2026-03-04T05:06:07.080Z",
}
BADGE_CLASS: Mapping[str, Any] = {
    "entityType": "BadgeClass",
    "entityId": "Kq3vT1x8SsyBzE0mW7uYdA",
    "openBadgeId": "https://api.badgr.io/public/badges/Kq3vT1x8SsyBzE0mW7uYdA",
    "createdAt": "2025-02-03T10:11:12.131415Z",
    "issuer": "Zr5nQ2c9TfGhJk1LmNpOsw",
    "name": "Weld Inspection",
    "image": "https://media.badgr.example/uploads/badges/weld.png",
    "description": DESCRIPTION,
    "achievementType": "Badge",
    "criteriaUrl": "https://harbortrades.example/weld-inspection",
    "criteriaNarrative": _NARRATIVE,
    "alignments": _TARGETS,
    "tags": list(SKILLS),
    "expires": {"amount": 2, "duration": "years"},
    "archived": False,
}
ACHIEVEMENT: Mapping[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "https://badges.example/achievements/weld-inspection",
    "type": ["Achievement"],
    "name": "Weld Inspection",
    "description": DESCRIPTION,
    "image": {"id": "https://badges.example/achievements/weld.png", "type": "Image"},
    "creator": {
        "id": "https://badges.example/issuers/harbor-trades",
        "type": ["Profile"],
        "name": "Harbor Trades",
        "url": "https://harbortrades.example/",
    },
    "criteria": {"id": "https://harbortrades.example/weld-inspection", "narrative": _NARRATIVE},
    "alignment": _TARGETS,
    "tag": list(SKILLS),
    "achievementType": "Badge",
    "inLanguage": "en-US",
    "version": "2",
    "fieldOfStudy": "Welding",
    "humanCode": "WLD-201",
    "creditsAvailable": 1.5,
}
PAYLOADS = (
    Payload("credly", orjson.dumps(TEMPLATE), Template),
    Payload("canvas", orjson.dumps(BADGE_CLASS), BadgeClass),
    Payload("open_badges", orjson.dumps(ACHIEVEMENT), Achievement),
)
