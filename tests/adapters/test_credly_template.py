"""Credly's badge templates in both payload forms, with the oddities that real accounts have shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.contract import Answer, Request
from adapters.credly.adapter import Credly
from connector.demo.catalogue import cedar_harbor_college, lantern_street_makerspace
from mappings.open_badges.model import Activity, Alignment, BadgeClass, Issuer, Related

Json = dict[str, Any]

GIVEN = Issuer(id="given")
OWNER = {
    "type": "Organization",
    "id": "11111111-1111-4111-8111-111111111111",
    "name": "Example College",
    "url": "https://api.credly.com/api/v1/organizations/11111111-1111-4111-8111-111111111111",
    "vanity_url": "https://www.credly.com/org/example-college",
    "vanity_slug": "example-college",
    "verified": True,
}
SAID_IN_BOTH: Json = {
    "id": "0f1e2d3c-4b5a-4968-8776-655443322110",
    "name": "Data Literacy Foundations",
    "description": "Earners can read, question and present data.",
    "global_activity_url": "https://college.example/data-literacy",
    "image": {"id": "aaaa", "url": "https://images.credly.com/images/aaaa/dl.png"},
    "image_url": "https://images.credly.com/images/aaaa/dl.png",
    "url": "https://www.credly.com/org/example-college/badge/data-literacy-foundations",
    "vanity_slug": "data-literacy-foundations",
    "public": True,
    "level": "Foundational",
    "type_category": "Learning",
    "time_to_earn": "Weeks",
    "cost": "Free",
    "recipient_type": "User",
    "alignments": [{"id": "al", "name": "Statistics", "url": "https://case.example/1", "description": "Reads data"}],
}
SIGNED_IN: Json = {
    **SAID_IN_BOTH,
    "state": "active",
    "visibility": "public",
    "owner": OWNER,
    "skills": ["Data Literacy", "Critical Thinking"],
    "badge_template_activities": [
        {"id": "b1", "title": "Complete six modules", "activity_type": "Course", "activity_url": ""},
        {"id": "b2", "title": "Pass", "activity_type": "Assessment", "activity_url": "https://college.example/test"},
    ],
    "recommendations": [{"id": "r", "title": "Meet a coach", "type": "participation", "activity_url": None}],
    "required_badge_templates": [],
    "reporting_tags": ["internal-2026"],
    "created_at": "2025-02-03T10:11:12.131Z",
    "updated_at": "2026-03-04T05:06:07.080Z",
}
IN_PUBLIC: Json = {
    **SAID_IN_BOTH,
    "earn_this_badge_url": None,
    "enable_earn_this_badge": False,
    "issuer": {
        "summary": "issued by Example College",
        "entities": [{"label": "Issued by", "primary": True, "entity": OWNER}],
    },
    "skills": [
        {"id": "s1", "name": "Data Literacy", "vanity_slug": "data-literacy", "canonical": True},
        {"id": "s2", "name": "Critical Thinking", "vanity_slug": "critical-thinking"},
    ],
    "badge_template_activities": [
        {"id": "b1", "activity_type": "Course", "title": "Complete six modules", "url": None},
        {"id": "b2", "activity_type": "Assessment", "title": "Pass", "url": "https://college.example/test"},
    ],
    "endorsements": [],
    "related_badge_templates": [{"id": "x", "name": "Another", "url": "https://www.credly.com/org/e/badge/x"}],
}


def credly(**settings: Any) -> Credly:
    """The adapter with these settings, and the least besides."""
    return Credly(**{"organization_id": "x", **settings})


def read(item: Json, **settings: Any) -> BadgeClass:
    """The badge class of a template, over its definition."""
    adapter = credly(**settings) if settings else Credly.for_reading()
    return adapter.badge_class(adapter.definition(json.dumps(item).encode()), GIVEN)


def test_both_forms_are_equal_where_they_say_the_same() -> None:
    signed_in, in_public = read(SIGNED_IN), read(IN_PUBLIC)

    without_pages = tuple(replace(each, target_url=None) for each in in_public.alignment[1:])
    assert signed_in.alignment == (in_public.alignment[0], *without_pages)
    same = replace(
        in_public,
        alignment=signed_in.alignment,
        state="active",
        created="2025-02-03T10:11:12.131Z",
        related=(Related(name="Meet a coach", relation="recommended"),),
        left_out=signed_in.left_out,
    )
    assert signed_in == same


def test_a_template_is_read_member_by_member() -> None:
    badge = read(SIGNED_IN)

    assert badge.source_id == SAID_IN_BOTH["id"]
    assert badge.id == f"https://api.credly.com/v1/obi/v2/issuers/{OWNER['id']}/badge_classes/{badge.source_id}"
    assert badge.issuer == Issuer(id=str(OWNER["id"]), name="Example College", url=str(OWNER["vanity_url"]))
    assert badge.activities == (
        Activity(name="Complete six modules", activity_type="Course"),
        Activity(name="Pass", activity_type="Assessment", url="https://college.example/test"),
    )
    assert badge.tags == ("Data Literacy", "Critical Thinking")
    assert badge.alignment[0] == Alignment(
        target_name="Statistics", target_url="https://case.example/1", target_description="Reads data"
    )
    assert (badge.level, badge.time_to_earn, badge.cost, badge.category) == (
        "Foundational",
        "Weeks",
        "Free",
        "Learning",
    )
    assert badge.achievement_type is None


def test_every_template_of_the_practice_catalogue_is_read() -> None:
    for _, templates in (cedar_harbor_college(), lantern_street_makerspace()):
        for template in templates:
            assert read(template).name


def test_skills_become_alignments_to_their_pages_where_they_have_one() -> None:
    badge = read({**IN_PUBLIC, "skills": ["Bare", {"name": "With Page", "vanity_slug": "with-page"}, {"name": "None"}]})

    assert [(each.target_name, each.target_url) for each in badge.alignment[1:]] == [
        ("Bare", None),
        ("With Page", "https://www.credly.com/skills/with-page"),
        ("None", None),
    ]
    assert {each.target_framework for each in badge.alignment[1:]} == {"Credly Skills"}


@pytest.mark.parametrize("absent", [None, ""])
@pytest.mark.parametrize("name", ["global_activity_url", "level", "time_to_earn", "cost", "type_category", "language"])
def test_null_and_empty_mean_absent(name: str, absent: str | None) -> None:
    without = {other: value for other, value in SIGNED_IN.items() if other != name}

    assert read({**SIGNED_IN, name: absent}) == read(without)


def test_a_draft_needs_no_image() -> None:
    badge = read({**SIGNED_IN, "state": "draft", "image": None, "image_url": None})

    assert badge.image is None
    assert Credly.for_reading().skips(badge) == "it is still a draft"


def test_the_image_stands_in_for_a_missing_image_url() -> None:
    assert read({**SIGNED_IN, "image_url": None}).image == SAID_IN_BOTH["image_url"]
    assert read({**SIGNED_IN, "image_url": ""}).image == SAID_IN_BOTH["image_url"]


@pytest.mark.parametrize("name", ["skills", "alignments", "badge_template_activities", "recommendations"])
def test_a_single_value_is_read_where_a_list_is_expected(name: str) -> None:
    single, listed = {**SIGNED_IN, name: SIGNED_IN[name][0]}, {**SIGNED_IN, name: SIGNED_IN[name][:1]}

    assert read(single) == read(listed)


def test_a_single_issuing_entity_is_read_as_well() -> None:
    alone = {"entities": IN_PUBLIC["issuer"]["entities"][0]}

    assert read({**IN_PUBLIC, "issuer": alone}) == read(IN_PUBLIC)


@pytest.mark.parametrize("name", ["skills", "alignments", "badge_template_activities", "required_badge_templates"])
def test_missing_lists_and_gaps_in_lists_are_nothing(name: str) -> None:
    held = SIGNED_IN[name]

    assert read({**SIGNED_IN, name: [None, *held, None]}) == read(SIGNED_IN)
    assert read({**SIGNED_IN, name: None}) == read({**SIGNED_IN, name: []})


def test_the_primary_entity_issues_and_the_others_are_named() -> None:
    partner = {"primary": False, "entity": {"id": "partner", "name": "Partner", "contact_email": "ann@person.example"}}
    main = {"primary": True, "entity": OWNER}

    badge = read({**IN_PUBLIC, "issuer": {"entities": [partner, main]}})

    assert badge.issuer is not None
    assert badge.issuer.id == OWNER["id"]
    assert badge.also_issued_by == (Issuer(id="partner", name="Partner"),)
    assert "ann@person.example" not in repr(badge)


def test_without_a_primary_entity_the_first_one_issues() -> None:
    entities = [{"entity": {"id": "first", "name": "First"}}, {"entity": {"id": "second", "name": "Second"}}]

    badge = read({**IN_PUBLIC, "issuer": {"entities": entities}})

    assert badge.issuer == Issuer(id="first", name="First")


@pytest.mark.parametrize("issuer", [None, {}, {"entities": []}, {"entities": [None]}, {"entities": [{"entity": None}]}])
def test_where_no_issuer_is_named_the_one_of_the_listing_counts(issuer: Json | None) -> None:
    badge = read({**IN_PUBLIC, "issuer": issuer})

    assert badge.issuer == GIVEN
    assert "/issuers/given/" in badge.id


def test_one_badge_has_one_id_under_every_host_of_the_platform() -> None:
    hosts = ["https://api.credly.com/v1/", "https://api.credly.com/api/v1", "https://www.credly.com/api/v1/"]
    adapters = [credly(api_url=host) for host in hosts]

    assert {adapter.authority() for adapter in adapters} == {"credly.com"}
    assert len({read(SIGNED_IN, api_url=host).id for host in hosts}) == 1


def test_the_sandbox_vouches_for_its_own_badges() -> None:
    sandbox = {"api_url": "https://sandbox-api.credly.com/v1/"}

    assert credly(**sandbox).authority() == "sandbox.credly.com"
    assert read(SIGNED_IN, **sandbox).id.startswith("https://sandbox-api.credly.com/")


def test_the_enrolment_page_is_taken_only_where_it_is_switched_on() -> None:
    page = {"earn_this_badge_url": "https://college.example/enrol"}

    switched_off = read({**IN_PUBLIC, **page, "enable_earn_this_badge": False})
    assert switched_off.enrolment_page is None
    assert "earn_this_badge_url" in switched_off.left_out
    assert read({**IN_PUBLIC, **page, "enable_earn_this_badge": True}).enrolment_page == page["earn_this_badge_url"]


@pytest.mark.parametrize(
    ("public", "visibility", "is_public"),
    [
        (True, "public", True),
        (True, "private", False),
        (False, "public", False),
        (None, None, None),
        (None, "private", False),
    ],
)
def test_a_template_is_public_unless_one_of_its_two_members_says_otherwise(
    public: bool | None, visibility: str | None, is_public: bool | None
) -> None:
    badge = read({**SIGNED_IN, "public": public, "visibility": visibility})

    assert badge.public is is_public
    assert (Credly.for_reading().skips(badge) is not None) is (is_public is False)


def test_archived_templates_are_taken_in_with_their_state() -> None:
    badge = read({**SIGNED_IN, "state": "archived"})

    assert badge.state == "archived"
    assert Credly.for_reading().skips(badge) is None


def test_what_is_internal_is_left_out_by_name() -> None:
    badge = read({**SIGNED_IN, "certification": True, "badges_count": 12})

    assert {"reporting_tags", "certification", "badges_count", "vanity_slug", "updated_at"} <= set(badge.left_out)
    assert "internal-2026" not in repr(badge)


def test_a_counter_that_moves_on_leaves_the_badge_as_it_is() -> None:
    definition = Credly.for_reading().definition
    later = {**SIGNED_IN, "badges_count": 99, "get_issue_count": 99, "updated_at": "2026-11-11T00:00:00.000Z"}
    earlier = {**SIGNED_IN, "badges_count": 1, "get_issue_count": 1}

    assert definition(json.dumps(later).encode()) == definition(json.dumps(earlier).encode())


@pytest.mark.parametrize("date", ["2022-05-06T07:08:09.000-05:00", "2025-02-03T10:11:12Z", "2025-02-03"])
def test_dates_stay_as_they_were_written(date: str) -> None:
    assert read({**SIGNED_IN, "created_at": date}).created == date


def test_texts_stay_as_they_were_written() -> None:
    text = "Reads “data” &amp; (ISC)²\n\n- one\n- two \ufffd <b>bold</b>"

    badge = read({**SIGNED_IN, "name": f"  {text} ", "description": text})

    assert (badge.name, badge.description) == (text, text)


def test_a_prerequisite_is_named_both_as_a_badge_and_as_a_step() -> None:
    step = {"title": "Earn Basics", "activity_type": "Assessment", "required_badge_template_id": "basics"}
    required = {"id": "basics", "name": "Basics", "url": "https://www.credly.com/org/e/badge/basics"}

    badge = read({**SIGNED_IN, "badge_template_activities": [step], "required_badge_templates": [required]})

    assert badge.activities[0].required_badge == "basics"
    assert badge.related[0] == Related(id="basics", name="Basics", url=required["url"], relation="required")


@pytest.mark.parametrize(
    ("name", "value"),
    [("cost", 25), ("level", {"name": "x"}), ("owner", "Example College"), ("description", ["a"]), ("image", "x.png")],
)
def test_a_member_of_another_form_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^Its member {name}\b.*has another form than expected\.$"):
        read({**SIGNED_IN, name: value})


class _OneAnswer:
    """An `Http` that knows one page and an empty one."""

    def __init__(self, body: bytes) -> None:
        self.bodies = [body, b'{"data": []}']

    def get(self, request: Request) -> Answer:
        return Answer(200, self.bodies.pop(0), {})

    def in_order(self, requests: Any, ahead: int) -> Any:
        return (self.get(request) for request in requests)


@pytest.mark.parametrize(
    "odd",
    [
        b"null",
        b"7",
        b'"text"',
        b"[]",
        b"{}",
        b'{"id":"\xff"}',
        b'{"updated_at":"\xff"}',
        b'{"updated_at":1e999}',
        b'{"updated_at":["2026-01-01T00:00:00Z"]}',
        b'{"updated_at":"zzz|state::draft"}',
    ],
)
def test_one_odd_item_costs_neither_its_page_nor_the_watermark(odd: bytes) -> None:
    good = json.dumps(SIGNED_IN).encode()
    http = _OneAnswer(b'{"data":[' + good + b"," + odd + b"," + good + b"]}")

    page, end = credly().badges(http, None, None, None)

    assert [raw for raw, _ in page.items] == [good, odd, good]
    assert page.watermark == SIGNED_IN["updated_at"]
    assert end.next is None
