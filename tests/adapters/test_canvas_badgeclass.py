"""Badge classes of the v2 API in both payload forms, with the oddities that real servers have shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.canvas.adapter import Canvas
from connector.demo.canvas_catalogue import practice_account
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import credential
from mappings.open_badges.model import Alignment, BadgeClass, Criteria, Issuer, Validity

Json = dict[str, Any]

BADGE, ISSUER = "-rBoUrWeLdInGsHoPbAdg_", "_hArBoRcOlLeGeIsSuEr-1"
GIVEN = Issuer(id=ISSUER, name="Harbor College", url="https://college.example")
OPEN_SOURCE: Json = {
    "entityType": "BadgeClass",
    "entityId": BADGE,
    "openBadgeId": f"https://api.badgr.io/public/badges/{BADGE}",
    "createdAt": "2025-05-06T07:08:09.123456Z",
    "createdBy": "aPeRsOnWhoMaDeThIsBaDg",
    "issuer": ISSUER,
    "issuerOpenBadgeId": f"https://api.badgr.io/public/issuers/{ISSUER}",
    "name": "Arc Welding Safety",
    "image": "https://media.badgr.io/uploads/badges/arc.png",
    "description": "Works safely with an arc welder.\r\n\r\n* PPE & ventilation",
    "criteriaUrl": None,
    "criteriaNarrative": "Pass the **practical** test:\n\n- PPE check\n- 3 welds",
    "alignments": [
        {
            "targetName": "Weld safely",
            "targetUrl": "https://case.example/uri/42",
            "targetDescription": None,
            "targetFramework": "Trades",
            "targetCode": "",
        }
    ],
    "tags": ["welding", "safety"],
    "expires": {"amount": 24, "duration": "months"},
    "extensions": {},
}
HOSTED: Json = {
    **{name: value for name, value in OPEN_SOURCE.items() if name not in ("entityType", "extensions")},
    "id": "65a1b2c3d4e5f60718293a4b",
    "image": f"https://api.badgr.io/public/badges/{BADGE}/image",
    "alignments": [{**OPEN_SOURCE["alignments"][0], "targetType": "CFItem", "displayCode": "W1"}],
    "achievementType": "Certificate",
    "archived": False,
    "sourceUrl": "https://elsewhere.example/badges/7",
    "originalJson": '{"creator": "ann@person.example"}',
}
WELD_SAFELY = Alignment(target_name="Weld safely", target_url="https://case.example/uri/42", target_framework="Trades")


def read(item: Json, issuer: Issuer = GIVEN, **settings: Any) -> BadgeClass:
    """The badge class of an item, over its definition."""
    adapter = Canvas(**settings) if settings else Canvas.for_reading()
    return adapter.badge_class(adapter.definition(json.dumps(item).encode()), issuer)


def test_an_item_of_the_open_source_is_read_member_by_member() -> None:
    assert read(OPEN_SOURCE) == BadgeClass(
        id=OPEN_SOURCE["openBadgeId"],
        source_id=BADGE,
        name="Arc Welding Safety",
        description=OPEN_SOURCE["description"],
        issuer=GIVEN,
        image="https://media.badgr.io/uploads/badges/arc.png",
        criteria=Criteria(narrative=OPEN_SOURCE["criteriaNarrative"]),
        alignment=(WELD_SAFELY,),
        tags=("welding", "safety"),
        expires=Validity(amount="24", unit="months"),
        page=OPEN_SOURCE["openBadgeId"],
        created="2025-05-06T07:08:09.123456Z",
        left_out=("createdBy", "issuerOpenBadgeId"),
    )


def test_a_hosted_item_says_the_same_and_a_little_more() -> None:
    assert read(HOSTED) == replace(
        read(OPEN_SOURCE),
        image=HOSTED["image"],
        alignment=(replace(WELD_SAFELY, target_type="CFItem"),),
        achievement_type="Certificate",
        state="active",
        left_out=("createdBy", "id", "issuerOpenBadgeId", "originalJson", "sourceUrl"),
    )


def test_both_forms_are_recognised_and_nothing_else_of_the_api_is() -> None:
    for item in (OPEN_SOURCE, HOSTED, json.loads(Canvas.for_reading().definition(json.dumps(HOSTED).encode()))):
        assert Canvas.recognises(item)
    for other in ({"entityType": "Issuer"}, {"entityType": "Assertion"}, {"openBadgeId": None}):
        assert not Canvas.recognises({**OPEN_SOURCE, **other} if "entityType" in other else other)


def test_every_badge_class_of_the_practice_catalogue_becomes_a_credential() -> None:
    context = Context(authority="badgr.io", platform_name="Canvas Credentials")
    for each in practice_account()[1]:
        badge = read({**each, "openBadgeId": f"https://api.badgr.io/public/badges/{each['entityId']}"})

        mapped = credential(badge, context).credential
        assert mapped.credential_id == badge.id
        assert badge.issuer == Issuer(id=each["issuer"])


def test_nothing_of_a_person_is_kept() -> None:
    staff = {"staff": [{"user": "ann", "userProfile": {"emails": ["ann@person.example"]}}], "email": "a@person.example"}

    definition = Canvas.for_reading().definition(json.dumps({**HOSTED, **staff}).encode())

    assert b"person.example" not in definition
    assert HOSTED["createdBy"].encode() not in definition
    assert {"staff", "email", "createdBy", "originalJson"} <= set(json.loads(definition)["left_out"])


@pytest.mark.parametrize(
    ("url", "narrative", "criteria"),
    [
        (None, None, Criteria()),
        ("", " ", Criteria()),
        ("https://college.example/c", None, Criteria(id="https://college.example/c")),
        (None, "Pass.", Criteria(narrative="Pass.")),
        ("https://college.example/c", "Pass.", Criteria(id="https://college.example/c", narrative="Pass.")),
    ],
)
def test_criteria_are_a_page_a_narrative_both_or_neither(
    url: str | None, narrative: str | None, criteria: Criteria
) -> None:
    assert read({**HOSTED, "criteriaUrl": url, "criteriaNarrative": narrative}).criteria == criteria


@pytest.mark.parametrize(
    ("expires", "validity"),
    [
        ({"amount": 3, "duration": "years"}, Validity(amount="3", unit="years")),
        ({"amount": "06", "duration": "Weeks"}, Validity(amount="6", unit="weeks")),
        ({"amount": None, "duration": None}, None),
        ({"amount": 0, "duration": "days"}, None),
        ({"amount": None, "duration": "days"}, None),
        ({}, None),
        (None, None),
        ("", None),
    ],
)
def test_no_expiry_is_an_object_of_nulls_or_less(expires: Any, validity: Validity | None) -> None:
    badge = read({**HOSTED, "expires": expires})

    assert badge.expires == validity
    assert "expires" not in badge.left_out


@pytest.mark.parametrize("duration", [None, "fortnights"])
def test_an_expiry_without_a_unit_that_is_known_is_left_out_by_name(duration: str | None) -> None:
    badge = read({**HOSTED, "expires": {"amount": 2, "duration": duration}})

    assert badge.expires is None
    assert "expires" in badge.left_out


def test_blank_members_of_alignments_are_absent_and_an_empty_alignment_is_none() -> None:
    blank = dict.fromkeys(OPEN_SOURCE["alignments"][0], "")
    nulls = dict.fromkeys(blank)

    assert read({**HOSTED, "alignments": [blank, *OPEN_SOURCE["alignments"], nulls, None]}).alignment == (WELD_SAFELY,)


@pytest.mark.parametrize("name", ["alignments", "tags"])
def test_lists_may_be_missing_null_or_a_single_value(name: str) -> None:
    without = {other: value for other, value in HOSTED.items() if other != name}

    assert read(without) == read({**HOSTED, name: None}) == read({**HOSTED, name: []})
    assert read({**HOSTED, name: HOSTED[name][0]}) == read({**HOSTED, name: HOSTED[name][:1]})


@pytest.mark.parametrize(("archived", "state"), [(True, "archived"), (False, "active"), (None, None)])
def test_what_is_archived_stays_out_unless_it_is_let_in(archived: bool | None, state: str | None) -> None:
    badge = read({**HOSTED, "archived": archived})

    assert badge.state == state
    assert Canvas().skips(badge) == ("it is archived" if archived else None)
    assert Canvas(include_archived=True).skips(badge) is None


@pytest.mark.parametrize("created", ["2020-03-02T09:15:00Z", "2020-03-02T09:15:00.5Z", "2020-03-02T09:15:00.031250Z"])
def test_times_have_any_number_of_digits_behind_the_second(created: str) -> None:
    badge = read({**HOSTED, "createdAt": created})

    assert badge.created == created
    mapped = credential(badge, Context(authority="badgr.io", platform_name="Canvas Credentials"))
    assert mapped.credential.date_effective == "2020-03-02"


@pytest.mark.parametrize(
    ("image", "read_as"),
    [
        (None, None),
        ("", None),
        ("/media/uploads/arc.svg", "https://api.badgr.io/media/uploads/arc.svg"),
        ("//media.badgr.io/arc.png", "//media.badgr.io/arc.png"),
        (f"https://api.badgr.io/public/badges/{BADGE}/image", f"https://api.badgr.io/public/badges/{BADGE}/image"),
        ("data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
    ],
)
def test_an_image_may_be_missing_or_lie_on_the_host_of_the_badge(image: str | None, read_as: str | None) -> None:
    assert read({**HOSTED, "image": image}).image == read_as


def test_extensions_are_left_out_by_name() -> None:
    extensions = {
        "extensions:CategoryExtension": {"Category": "competency"},
        "extensions:StudyLoadExtension": {"StudyLoad": 4, "contact": "ann@person.example"},
        "ann@person.example": {},
        "extensions:ann@person.example": 1,
    }
    badge = read({**OPEN_SOURCE, "extensions": extensions})

    assert badge.left_out == (
        "createdBy",
        "extensions:CategoryExtension",
        "extensions:StudyLoadExtension",
        "issuerOpenBadgeId",
    )


def test_without_an_address_of_its_own_a_badge_has_the_one_that_its_server_gives_it() -> None:
    item = {**HOSTED, "openBadgeId": None, "entityType": "BadgeClass"}

    assert read(item).id == f"https://api.badgr.io/public/badges/{BADGE}"
    assert read(item, region="eu").id == f"https://api.eu.badgr.io/public/badges/{BADGE}"
    assert read(item, api_url="https://own.example/").id == f"https://own.example/public/badges/{BADGE}"


def test_the_issuer_that_an_item_names_goes_before_the_one_of_the_listing() -> None:
    other = Issuer(id="another")

    assert read(HOSTED).issuer == GIVEN
    assert read(HOSTED, other).issuer == Issuer(id=ISSUER)
    assert read({**HOSTED, "issuer": None}, other).issuer == other


def test_texts_stay_as_they_were_written() -> None:
    text = "Reads “data” & (ISC)²\r\n\r\n- one\n- two \ufffd <5 kg [link](https://college.example)"

    badge = read({**HOSTED, "name": f" {text} ", "description": text, "criteriaNarrative": text})

    assert (badge.name, badge.description, badge.criteria.narrative) == (text, text, text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("criteriaUrl", {"id": "x"}),
        ("description", ["a", "b"]),
        ("alignments", ["a"]),
        ("tags", [{"name": "a"}]),
        ("expires", "2 years"),
        ("expires", {"amount": -1, "duration": "days"}),
        ("expires", {"amount": 1.5, "duration": "days"}),
        ("archived", "perhaps"),
    ],
)
def test_a_member_of_another_form_is_named(name: str, value: object) -> None:
    raw = Canvas.for_reading().definition(json.dumps({**HOSTED, name: value}).encode())

    assert Canvas.for_reading().definition(raw) == raw
    with pytest.raises(ValueError, match=rf"^Its member {name}\b.*has another form than expected\.$"):
        read({**HOSTED, name: value})


def test_members_that_the_platform_calls_otherwise_have_their_names() -> None:
    assert Canvas.members["criteria"] == "criteriaUrl, criteriaNarrative"
    assert set(Canvas.members) <= set(BadgeClass.__slots__)
    named = {name for members in Canvas.members.values() for name in members.split(", ")}
    assert named <= HOSTED.keys()
