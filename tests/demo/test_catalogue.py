"""The invented catalogues: as many templates as promised, as varied as real ones, the same on every call."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from connector.demo.catalogue import cedar_harbor_college, lantern_street_makerspace
from connector.demo.practice_listing import STATES

Json = dict[str, Any]

MEMBERS = (
    "id allow_duplicate_badges cost description global_activity_url level lock_badge_state name state "
    "public badges_count recipient_type send_expiring_badge_notifications show_badge_lmi "
    "show_lmi_jobs show_skill_tag_links vanity_slug record_to_blockchain time_to_earn type_category "
    "printing_disabled visibility criteria_url_name criteria_url certification state_updated_at "
    "created_at updated_at show_template_settings get_issue_count image image_url url owner "
    "alignments recommendations required_badge_templates badge_template_activities skills "
    "reporting_tags "
)
EXEMPLARY = ("(CPEE)", "(CCHN)", "(CCRO)")


@pytest.fixture(scope="module")
def college() -> tuple[Json, list[Json]]:
    return cedar_harbor_college()


@pytest.fixture(scope="module")
def templates(college: tuple[Json, list[Json]]) -> list[Json]:
    return college[1]


def test_there_are_653_templates_and_each_has_every_member_of_the_authenticated_form(
    templates: list[Json],
) -> None:
    assert len(templates) == 653
    assert all(list(template) == MEMBERS.split() for template in templates)


def test_two_calls_give_the_same_bytes_and_share_no_object() -> None:
    (organization, first), (_, second) = cedar_harbor_college(), cedar_harbor_college()
    assert json.dumps(first) == json.dumps(second)
    first[0]["skills"].append("changed")
    organization["name"] = "changed"
    assert cedar_harbor_college()[1] == second
    assert cedar_harbor_college()[0]["name"] == "Cedar Harbor Community College"


def test_categories_keep_their_sizes(templates: list[Json]) -> None:
    assert Counter(template["reporting_tags"][0] for template in templates) == {
        "course": 100,
        "micro-credential": 80,
        "workshop": 80,
        "certificate": 60,
        "stackable": 60,
        "cpd": 46,
        "learning": 46,
        "employer": 40,
        "certification": 30,
        "apprenticeship": 24,
        "yearly": 24,
        "attendance": 20,
        "oddities": 16,
        "drafts": 14,
        "translations": 10,
        "professional-certification": 3,
    }


def test_ids_slugs_and_times_of_change_are_unique_and_the_list_is_in_order_of_creation(
    templates: list[Json],
) -> None:
    for member in ("id", "vanity_slug", "url", "updated_at"):
        assert len({template[member] for template in templates}) == 653, member
    created = [template["created_at"] for template in templates]
    assert created == sorted(created)
    assert {stamp[:4] for stamp in created} == {str(year) for year in range(2019, 2027)}
    assert all(template["updated_at"] >= template["created_at"] for template in templates)


def test_times_are_rfc_3339_in_utc_with_milliseconds(templates: list[Json]) -> None:
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    assert all(form.fullmatch(template[key]) for template in templates for key in ("created_at", "updated_at"))


def test_most_are_active_and_the_rest_archived_draft_or_hidden(templates: list[Json]) -> None:
    assert {template["state"] for template in templates} == STATES
    assert Counter(template["state"] for template in templates) == {
        "active": 607,
        "archived": 32,
        "draft": 14,
    }
    assert sum(not template["public"] for template in templates) == 5
    assert sum(template["visibility"] == "private" for template in templates) == 5


def test_descriptions_are_distinct_and_of_the_length_real_ones_have(templates: list[Json]) -> None:
    descriptions = [template["description"] for template in templates]
    lengths = sorted(map(len, descriptions))
    assert len(set(descriptions)) == 653
    assert lengths[:2] == [3, 13]
    assert lengths[2] >= 25
    assert lengths[-1] <= 480
    assert sum(template["description"] == template["name"] for template in templates) == 2


def test_names_repeat_only_where_they_are_meant_to(templates: list[Json]) -> None:
    names = Counter(template["name"] for template in templates)
    assert {name for name, count in names.items() if count > 1} == {
        "Leadership Essentials",
        "Carbon Literacy (CO₂ & You)",
    }
    yearly = {template["name"] for template in templates if template["reporting_tags"][0] == "yearly"}
    assert {name[:-4] + "2025" for name in yearly if name.endswith("2024")} < yearly


def test_four_in_five_have_a_page_of_their_own(templates: list[Json]) -> None:
    pages = Counter(template["global_activity_url"] for template in templates)
    named = 653 - pages[None]
    assert 0.78 < named / 653 < 0.85
    assert sum(count == 1 for count in pages.values()) > 0.85 * named
    assert pages["https://www.cedarharbor.example"] == 5
    assert any(count > 1 for page, count in pages.items() if page and page.endswith("/workshops"))


@pytest.mark.parametrize("member", ["level", "time_to_earn", "cost", "type_category"])
def test_optional_words_are_mostly_absent_but_every_value_occurs(templates: list[Json], member: str) -> None:
    vocabulary = {
        "level": {"Foundational", "Intermediate", "Advanced"},
        "time_to_earn": {"Hours", "Days", "Weeks", "Months", "Years"},
        "cost": {"Free", "Paid"},
        "type_category": {"Experience", "Learning", "Validation", "Certification"},
    }
    values = [template[member] for template in templates]
    assert set(values) == vocabulary[member] | {None}
    assert values.count(None) > 653 / 2


def test_the_certification_flag_is_no_sign_of_a_certification(templates: list[Json]) -> None:
    flagged = Counter(template["reporting_tags"][0] for template in templates if template["certification"])
    assert flagged["workshop"] > flagged["certification"]


def test_skills_activities_and_pictures_vary(templates: list[Json]) -> None:
    listed = {len(template["skills"]) for template in templates if template["state"] != "draft"}
    activities = [entry for template in templates for entry in template["badge_template_activities"]]
    assert listed == set(range(1, 13))
    assert all(len(set(template["skills"])) == len(template["skills"]) for template in templates)
    assert {entry["activity_type"] for entry in activities} == {
        "Participant",
        "Course",
        "Assessment",
        "Volunteer",
        "Professional Experience",
    }
    assert {bool(entry["activity_url"]) for entry in activities} == {True, False}
    assert sum(template["image"] is None for template in templates if template["state"] != "draft") == 6


def test_required_templates_exist(templates: list[Json]) -> None:
    ids = {template["id"] for template in templates}
    required = [entry["id"] for template in templates for entry in template["required_badge_templates"]]
    asked = [
        entry["required_badge_template_id"]
        for template in templates
        for entry in template["badge_template_activities"]
        if entry["required_badge_template_id"]
    ]
    assert len(required) == 43
    assert sorted(required) == sorted(asked)
    assert ids.issuperset(required)


def test_alignments_lead_to_occupations_frameworks_and_competencies(templates: list[Json]) -> None:
    alignments = [entry for template in templates for entry in template["alignments"]]
    assert all(set(entry) == {"id", "name", "url", "description"} for entry in alignments)
    hosts = Counter(entry["url"].split("/")[2] for entry in alignments)
    assert set(hosts) == {
        "www.onetonline.org",
        "frameworks.tidewater.example",
        "accreditation.tidewater.example",
        "credentialfinder.org",
    }
    assert sum(not template["alignments"] for template in templates) > 653 / 2


@pytest.mark.parametrize("mark", EXEMPLARY)
def test_an_exemplary_certification_tells_all_that_a_good_one_tells(templates: list[Json], mark: str) -> None:
    (template,) = [template for template in templates if mark in template["name"]]
    text = template["description"] + " ".join(entry["title"] for entry in template["badge_template_activities"])
    for word in ("examination", r"[Rr]enew", r"[Rr]evo|[Ww]ithdraw", r"\$\d+", r"hearing"):
        assert re.search(word, text), word
    competencies = [entry for entry in template["alignments"] if "/competency/ce-" in entry["url"]]
    assert len(competencies) >= 2
    assert template["recommendations"]
    assert template["state"] == "active"


@pytest.mark.parametrize(
    "piece",
    [
        "&amp;",
        "&#8217;",
        "](https://",
        "2*3*4",
        "snake_case",
        "\n- ",
        "“",
        "\ufffd",
        "Quien obtiene",
        "Le titulaire",
    ],
)
def test_text_holds_what_real_text_holds(templates: list[Json], piece: str) -> None:
    assert any(piece in template["description"] for template in templates)


def test_addresses_of_persons_stand_only_in_the_organization(college: tuple[Json, list[Json]]) -> None:
    organization, templates = college
    assert organization["contact_email"] == "do-not-store.contact@cedarharbor.example"
    assert "@" not in json.dumps(templates)


def test_the_small_organization_has_three_templates_in_the_public_form() -> None:
    organization, templates = lantern_street_makerspace()
    assert len(templates) == 3
    assert lantern_street_makerspace() == (organization, templates)
    for template in templates:
        assert all(set(skill) == {"id", "name", "vanity_slug"} for skill in template["skills"])
        assert all("url" in entry for entry in template["badge_template_activities"])
        (issuer,) = template["issuer"]["entities"]
        assert issuer["primary"]
        assert issuer["entity"]["id"] == organization["id"]
        assert not {"state", "created_at", "owner", "reporting_tags"} & set(template)
