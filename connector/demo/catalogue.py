"""Two invented organizations and their badge templates, in the forms in which Credly answers them.

The words stand in `data/*.json`; this module combines them. Nothing is random: everything follows from a
template's place in the list, so that two runs, on any machine, see the same bytes. The first of a template's
`reporting_tags` names the category it was made as ("micro-credential", "workshop", ...): as on the real
platform these tags are internal, and nothing of them belongs in a published record.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from connector.demo.outlines import HOME, Json, Outline, outlines, slug_of, words

_NAMESPACE = UUID("6d1f6c0a-52f7-4f1b-9c55-0a7c3e9b8d21")
_FIRST_DAY = datetime(2019, 1, 15, 8, 30)
_LAST_DAY = datetime(2026, 9, 30, 16, 0)
_LEVELS = ("Foundational", "Intermediate", "Advanced")
_TIMES = ("Hours", "Days", "Weeks", "Months", "Years")
_NEXT_STEPS = (
    ("Apply for the Breakwater Scholarship", "scholarships/breakwater"),
    ("Meet a career coach", "careers/coaching"),
    ("Browse the evening courses of next term", "courses/evening"),
)


def cedar_harbor_college() -> tuple[Json, list[Json]]:
    """An invented community college with a certification board: the organization and its 653 templates.

    The templates have the form of the authenticated API, in order of creation. Each call makes new objects.
    """
    organization: Json = words("organizations")["college"]
    entries = outlines()
    created = [_created(place, outline, len(entries)) for place, outline in enumerate(entries)]
    order = sorted(range(len(entries)), key=created.__getitem__)
    slugs = _slugs([entries[place].name for place in order])
    slug_at = dict(zip(order, slugs, strict=True))
    by_name = {entries[place].name: slug_at[place] for place in reversed(order)}
    templates = [
        _template(place, entries[place], slug_at[place], created[place], organization, by_name) for place in order
    ]
    return organization, templates


def lantern_street_makerspace() -> tuple[Json, list[Json]]:
    """An invented small organization and its three templates in the form of Credly's public pages."""
    texts = words("organizations")
    organization: Json = texts["workshop"]
    badges = texts["workshop_badges"]
    return organization, [_public_template(place, badges, organization) for place in range(len(badges))]


def _identifier(*parts: object) -> str:
    return str(uuid5(_NAMESPACE, "/".join(map(str, parts))))


def _created(place: int, outline: Outline, total: int) -> datetime:
    if outline.year:
        return datetime(outline.year, 1, 8, 9) + timedelta(days=place % 20, seconds=place * 613)
    # A stride that shares no factor with the total visits each day once and mixes the categories.
    day = place * 277 % total
    return _FIRST_DAY + timedelta(days=day * 4.2, seconds=place * 7)


def _stamp(moment: datetime, place: int) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{place * 41 % 1000:03d}Z"


def _slugs(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    slugs = []
    for name in names:
        slug = slug_of(name)
        seen[slug] = seen.get(slug, 0) + 1
        slugs.append(slug if seen[slug] == 1 else f"{slug}.{seen[slug]}")
    return slugs


def _template(
    place: int, outline: Outline, slug: str, created: datetime, organization: Json, slugs: dict[str, str]
) -> Json:
    state = outline.state or ("archived" if place % 19 == 7 else "active")
    days = 0 if place % 5 == 0 else place * 17 % 400
    updated = min(created + timedelta(days=days, minutes=1 + place % 50), _LAST_DAY)
    picture = None if state == "draft" or place % 101 == 50 else _picture(slug)
    issued = 0 if state == "draft" else place * 7 % 412
    return {
        "id": _identifier("template", slug),
        "allow_duplicate_badges": place % 3 == 0,
        "cost": outline.cost or (("Free", "Paid")[place % 2] if place % 5 == 3 else None),
        "description": outline.description,
        "global_activity_url": _page(place, outline, slug),
        "level": outline.level or (_LEVELS[place % 3] if place % 7 == 0 else None),
        "lock_badge_state": False,
        "name": outline.name,
        "state": state,
        "public": place % 131 != 11,
        "badges_count": issued,
        "recipient_type": "User",
        "send_expiring_badge_notifications": False,
        "show_badge_lmi": place % 10 == 0,
        "show_lmi_jobs": False,
        "show_skill_tag_links": True,
        "vanity_slug": slug,
        "record_to_blockchain": None,
        "time_to_earn": outline.time_to_earn or (_TIMES[place % 5] if place % 6 == 2 else None),
        "type_category": outline.type_category,
        "printing_disabled": False,
        "visibility": "private" if place % 150 == 33 else "public",
        "criteria_url_name": None,
        "criteria_url": None,
        "certification": place % 5 != 4,
        "state_updated_at": None,
        "created_at": _stamp(created, place),
        "updated_at": _stamp(updated, place),
        "show_template_settings": False,
        "get_issue_count": issued,
        "image": picture,
        "image_url": picture and picture["url"],
        "url": f"https://www.credly.com/org/{organization['vanity_slug']}/badge/{slug}",
        "owner": _owner(organization),
        "alignments": [_alignment(slug, *alignment) for alignment in outline.alignments],
        "recommendations": _recommendations(place, outline),
        "required_badge_templates": [_required(name, slugs[name], organization) for name in outline.requires],
        "badge_template_activities": list(_activities(place, outline, slug, slugs)),
        "skills": list(outline.skills),
        "reporting_tags": [outline.category, f"cohort-{created.year}"],
    }


def _page(place: int, outline: Outline, slug: str) -> str | None:
    if outline.page or outline.state == "draft":
        return outline.page
    if place % 6 == 4:
        return None
    if place % 97 == 1:
        return HOME
    if place % 14 == 3:
        return f"{HOME}/{outline.folder}"
    return f"{HOME}/{outline.folder}/{slug}"


def _picture(slug: str) -> Json:
    name = _identifier("image", slug)
    return {"id": name, "url": f"https://images.credly.com/images/{name}/{slug.replace('.', '-')}.png"}


def _owner(organization: Json) -> Json:
    return {
        "type": "Organization",
        "id": organization["id"],
        "name": organization["name"],
        "enable_blockchain": False,
        "url": f"https://api.credly.com/api/v1/organizations/{organization['id']}",
        "vanity_url": f"https://www.credly.com/org/{organization['vanity_slug']}",
        "vanity_slug": organization["vanity_slug"],
        "verified": organization["verified"],
        "viewable": True,
    }


def _alignment(slug: str, name: str, address: str, description: str) -> Json:
    scheme, _, rest = address.partition(":")
    if scheme == "competency":
        address = f"https://credentialfinder.org/competency/ce-{_identifier('competency', rest)}"
    return {
        "id": _identifier("alignment", slug, address),
        "name": name,
        "url": address,
        "description": description,
    }


def _recommendations(place: int, outline: Outline) -> list[Json]:
    steps = outline.recommendations or ([_NEXT_STEPS[place % len(_NEXT_STEPS)]] if place % 9 == 2 else [])
    return [
        {
            "id": _identifier("recommendation", page),
            "title": title,
            "type": "participation",
            "activity_url": f"{HOME}/{page}",
        }
        for title, page in steps
    ]


def _required(name: str, slug: str, organization: Json) -> Json:
    return {
        "id": _identifier("template", slug),
        "name": name,
        "image_url": _picture(slug)["url"],
        "url": f"https://www.credly.com/org/{organization['vanity_slug']}/badge/{slug}",
    }


def _activities(place: int, outline: Outline, slug: str, slugs: dict[str, str]) -> Iterator[Json]:
    earlier = [("Assessment", f"Earn {name}", "", _identifier("template", slugs[name])) for name in outline.requires]
    written = [
        (*entry[:2], f"{HOME}/{outline.folder}/{entry[2]}" if len(entry) > 2 else "", None)
        for entry in outline.activities
    ]
    for number, (sort, title, page, required) in enumerate([*earlier, *written]):
        linked = f"{HOME}/{outline.folder}/{slug}/step-{number + 1}" if place % 5 == 2 and not page else page
        yield {
            "id": _identifier("activity", slug, number),
            "title": title,
            "activity_type": sort,
            "activity_url": linked,
            "required_badge_template_id": required,
        }


def _public_template(place: int, badges: Sequence[Json], organization: Json) -> Json:
    badge = badges[place]
    slug = slug_of(badge["name"])
    picture = _picture(slug)
    neighbor = badges[(place + 1) % len(badges)]
    return {
        "id": _identifier("template", slug),
        "name": badge["name"],
        "description": badge["description"],
        "global_activity_url": badge["page"],
        "earn_this_badge_url": None,
        "enable_earn_this_badge": False,
        "enable_detail_attribute_visibility": True,
        "image": picture,
        "image_url": picture["url"],
        "url": f"https://www.credly.com/org/{organization['vanity_slug']}/badge/{slug}",
        "vanity_slug": slug,
        "owner_vanity_slug": organization["vanity_slug"],
        "public": True,
        "level": badge["level"],
        "time_to_earn": None,
        "cost": None,
        "type_category": "Learning" if place == 0 else None,
        "recipient_type": "User",
        "language": "en",
        "skills": [_public_skill(name) for name in badge["skills"]],
        "badge_template_activities": [
            {
                "id": _identifier("activity", slug, number),
                "activity_type": sort,
                "required_badge_template_id": None,
                "title": title,
                "url": page,
            }
            for number, (sort, title, page) in enumerate(badge["activities"])
        ],
        "alignments": [_alignment(slug, *alignment) for alignment in badge["alignments"]],
        "endorsements": [],
        "related_badge_templates": [_required(neighbor["name"], slug_of(neighbor["name"]), organization)],
        "issuer": _public_issuer(organization),
    }


def _public_skill(name: str) -> Json:
    return {"id": _identifier("skill", name), "name": name, "vanity_slug": slug_of(name)}


def _public_issuer(organization: Json) -> Json:
    entity = _owner(organization) | {"internationalize_badge_templates": False}
    return {
        "summary": f"issued by {organization['name']}",
        "entities": [{"label": "Issued by", "primary": True, "entity": entity}],
    }
