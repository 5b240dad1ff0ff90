"""The practice Credly in public: which templates an organization's page shows, and in which form. Pure functions."""

from typing import Any

from connector.demo.outlines import slug_of

Json = dict[str, Any]

_KEPT = (
    "id",
    "name",
    "description",
    "global_activity_url",
    "image",
    "image_url",
    "url",
    "vanity_slug",
    "public",
    "level",
    "time_to_earn",
    "cost",
    "type_category",
    "recipient_type",
    "alignments",
)


def in_public(templates: list[Json], organization: Json) -> list[Json]:
    """What anybody may see of these templates, in the form of the public page.

    They keep their order, although the real page sorts by popularity: how that is counted is not known.
    """
    return [_public_form(each, organization) for each in templates if _is_public(each)]


def _is_public(template: Json) -> bool:
    shown = template.get("public") is not False and template.get("visibility") != "private"
    return shown and template.get("state", "active") == "active"


def _public_form(template: Json, organization: Json) -> Json:
    if "issuer" in template:
        return template
    activities = template.get("badge_template_activities") or []
    return {
        **{name: template[name] for name in _KEPT if name in template},
        "earn_this_badge_url": None,
        "enable_earn_this_badge": False,
        "enable_detail_attribute_visibility": True,
        "owner_vanity_slug": organization["vanity_slug"],
        "language": "en",
        "skills": [{"id": slug_of(name), "name": name, "vanity_slug": slug_of(name)} for name in template["skills"]],
        "badge_template_activities": [_activity(each) for each in activities],
        "endorsements": [],
        "related_badge_templates": [],
        "issuer": {
            "summary": f"issued by {organization['name']}",
            "entities": [{"label": "Issued by", "primary": True, "entity": template["owner"]}],
        },
    }


def _activity(activity: Json) -> Json:
    kept = {name: value for name, value in activity.items() if name != "activity_url"}
    return kept | {"url": activity["activity_url"] or None}
