"""What is offered as the same credential, what is not, and that nothing is asked twice."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from adapters.contract import BadgeKey
from connector.credentials import decisions, joining, matching
from connector.credentials.existing import badge_key, id_key
from connector.organizations.destinations import note_brought_in
from connector.organizations.tables import organization
from connector.problem import Problem
from connector.publishing import bring_in
from tests.credentials.conftest import BY, HOME, Desk, ctid


def load(desk: Desk) -> bring_in.Report:
    return bring_in.from_destination(desk.this.database, desk.this.settings, desk.owner, by=BY)


def offered(desk: Desk) -> list[tuple[str, str, str, int]]:
    """What is open: the kind, the badge, what was there before, the score."""
    names = {}
    for each in desk.open_ones():
        for record_id in (each.record_id, each.other_id):
            names[record_id] = desk.record(record_id).row.name
    return [(each.kind, names[each.record_id], names[each.other_id], each.score) for each in desk.open_ones()]


@pytest.mark.parametrize(
    ("there", "score"),
    [
        ({"sameAs": [f"{HOME}/badges/1"]}, 98),
        ({"sameAs": ["http://cedarharbor.example/badges/1/"]}, 98),
        ({"credentialId": f"{HOME}/badges/1.json?v=2_0"}, 98),
        ({"identifier": [{"identifierValueCode": f"{HOME}/badges/1"}]}, 98),
        ({"subjectWebpage": "http://cedarharbor.example/criteria/1/"}, 72),
    ],
)
def test_a_badge_is_known_by_what_the_published_record_says_of_it(
    desk: Desk, there: dict[str, object], score: int
) -> None:
    desk.import_badges(desk.badge("Welding"))
    desk.published(1, "Schweißen", **there)

    assert load(desk).suggestions == 1
    assert offered(desk) == [("same", "Welding", "Schweißen", score)]


def test_a_badge_is_known_by_its_name_and_better_by_its_page_as_well(desk: Desk) -> None:
    desk.import_badges(
        desk.badge("Welding Inspector", 1), desk.badge("Diver", 2), desk.badge("Organisational Design", 3)
    )
    desk.published(1, "Welding Inspector")
    desk.published(2, "Diver", subjectWebpage=f"{HOME}/criteria/2")
    desk.published(3, "Organizational Design", alternateName=["Org Design"])
    desk.published(4, "Welding Inspector II")
    load(desk)

    assert offered(desk) == [
        ("same", "Diver", "Diver", 96),
        ("same", "Welding Inspector", "Welding Inspector", 85),
        ("same", "Organisational Design", "Organizational Design", 78),
    ]


def test_a_badge_is_known_by_another_name_of_the_record(desk: Desk) -> None:
    desk.import_badges(desk.badge("CWI"))
    desk.published(1, "Certified Welding Inspector", alternateName=["CWI"])
    load(desk)

    assert offered(desk) == [("same", "CWI", "Certified Welding Inspector", 85)]


def test_the_home_page_and_a_page_that_several_records_share_tell_nothing(desk: Desk) -> None:
    page = {"criteria": {"id": HOME, "narrative": "Pass."}}
    desk.import_badges(desk.badge("Diver", 1, **page), desk.badge("Rigger", 2))
    desk.published(1, "Welding", subjectWebpage=HOME)
    desk.published(2, "Sailing", subjectWebpage=f"{HOME}/criteria/2")
    desk.published(3, "Rowing", subjectWebpage=f"{HOME}/criteria/2")

    assert load(desk).suggestions == 0


def test_a_badge_that_points_to_a_record_in_the_registry_is_that_record(desk: Desk) -> None:
    pointer = {
        "targetName": "Credential Registry",
        "targetUrl": f"https://credentialfinder.org/resources/{ctid(1)}",
        "targetFramework": "Credential Transparency Description Language",
        "targetCode": ctid(1),
    }
    desk.import_badges(desk.badge("Diver", alignment=[pointer]))
    desk.published(1, "Something else")
    load(desk)

    assert offered(desk) == [("same", "Diver", "Something else", 100)]
    assert desk.open_ones()[0].reasons == ["The badge itself points to this record in the Registry."]


def test_a_badge_of_another_year_is_a_new_design_and_one_of_another_version_a_new_version(desk: Desk) -> None:
    desk.published(1, "Student Leader 2023")
    load(desk)
    desk.import_badges(
        desk.badge("Student Leader 2024", 1),
        desk.badge("Student Leader 2025", 2),
        desk.badge("Cloud Practitioner v1", 3),
        desk.badge("Cloud Practitioner v2", 4),
    )

    assert sorted(offered(desk)) == [
        ("new_design", "Student Leader 2024", "Student Leader 2023", 80),
        ("new_design", "Student Leader 2025", "Student Leader 2023", 80),
        ("new_design", "Student Leader 2025", "Student Leader 2024", 80),
        ("new_version", "Cloud Practitioner v2", "Cloud Practitioner v1", 80),
    ]


def test_what_the_badges_say_of_each_other_is_offered_as_versions_and_translations(desk: Desk) -> None:
    related = [
        {"type": ["Related"], "id": f"{HOME}/badges/2", "version": "1.0"},
        {"type": ["Related"], "id": f"{HOME}/badges/3", "inLanguage": "es"},
    ]
    three = {"@context": "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "type": ["Achievement"]}
    desk.import_badges(
        desk.badge("Diver", 1, version="2.0", related=related, inLanguage="en", **three),
        desk.badge("Deep sea work", 2, **three),
        desk.badge("Buzo", 3, inLanguage="es", **three),
    )

    assert sorted(offered(desk)) == [
        ("new_version", "Diver", "Deep sea work", 92),
        ("translation", "Buzo", "Diver", 92),
    ]


def test_nothing_is_offered_twice_whatever_became_of_it(desk: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))
    desk.published(1, "Welding")
    assert load(desk).suggestions == 1
    assert load(desk).suggestions == 0

    desk.do(joining.decline, desk.open_ones()[0], by=BY)

    assert load(desk).suggestions == 0
    assert desk.open_ones() == []


def test_a_badge_that_may_exist_already_is_not_approved_as_new(desk: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))
    desk.published(1, "Welding")
    load(desk)
    [open_one] = desk.open_ones()

    refused = desk.do(decisions.approve, [open_one.record_id], by=BY)
    assert [each["code"] for each in refused["refused"]] == ["may_exist_already"]

    desk.do(joining.decline, open_one, by=BY)
    assert desk.do(decisions.approve, [open_one.record_id], by=BY) == {"approved": 1, "refused": []}


def test_before_a_real_destination_an_organization_says_what_it_published(desk: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))
    record_id = desk.record("Welding").row.id
    real = update(organization).values(destination="the real one")
    desk.do(lambda connection: connection.execute(real))

    answer = desk.do(matching.may_be_approved_as_new, desk.owner.id, [record_id])
    assert {key: code for key, (code, _) in answer.items()} == {record_id: "bring_in_first"}
    assert desk.do(decisions.approve, [record_id], by=BY)["refused"][0]["code"] == "bring_in_first"

    desk.do(note_brought_in, desk.owner.id, "declined", by=BY)
    assert desk.do(matching.may_be_approved_as_new, desk.owner.id, [record_id]) == {}
    assert desk.do(decisions.approve, [record_id], by=BY)["approved"] == 1


def test_a_practice_destination_needs_no_answer(desk: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))

    assert desk.do(matching.may_be_approved_as_new, desk.owner.id, [desk.record("Welding").row.id]) == {}


def test_only_what_is_the_same_for_sure_and_nothing_else_can_be_accepted_many_at_a_time(desk: Desk) -> None:
    desk.import_badges(desk.badge("Welding", 1), desk.badge("Diving", 2), desk.badge("Rigging", 3))
    desk.published(1, "Welding", sameAs=[f"{HOME}/badges/1"])
    desk.published(2, "Diving", sameAs=[f"{HOME}/badges/2"])
    desk.published(3, "Diving", subjectWebpage=f"{HOME}/criteria/2")
    desk.published(4, "Rigging")
    load(desk)

    answer = desk.do(joining.accept_sure, desk.owner.id, by=BY)

    assert answer == {"accepted": 1, "refused": [], "least": 95}
    assert desk.record(ctid(1)).content.properties["sameAs"] == [f"{HOME}/badges/1"]
    assert [name for _, name, *_ in offered(desk)] == ["Diving", "Diving", "Rigging"]


def test_another_organizations_suggestion_is_not_there(desk: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))
    desk.published(1, "Welding")
    load(desk)

    with pytest.raises(Problem, match="no suggestion"):
        desk.do(matching.one, desk.owner.id + 1, desk.open_ones()[0].id)


def test_an_address_that_a_platform_vouches_for_is_the_platforms_own_key_however_it_is_spelled() -> None:
    badge = "a5b32a53-0939-5c36-b1be-d0b145e3425a"
    issuer = "api.credly.com/v1/obi/v2/issuers/2b6d4c1e-8f53-4a5e-9c7d-5e0a9d3b7f10"
    spellings = (
        f"https://{issuer}/badge_classes/{badge}",
        f"http://{issuer}/badge_classes/{badge.upper()}/",
        f"https://api.credly.com/v1/obi/v2/badge_classes/{badge}.json?v=2_0",
    )

    assert {id_key(each) for each in spellings} == {badge_key(BadgeKey("credly.com", badge))}
