"""The page on which badges are imported: from a file or pasted, with a reason where there are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

BADGE = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "BadgeClass",
    "id": "https://badges.example/classes/net-mending",
    "name": "Net Mending",
    "description": "Mends a trawl net by hand, with three knots.",
    "criteria": {"narrative": "Mend a net."},
    "issuer": {
        "id": "https://badges.example/issuer",
        "type": "Issuer",
        "name": "Net Loft",
        "email": "loft@net.example",
    },
}


def test_what_is_pasted_is_taken_in_and_its_connection_says_whose_it_has_to_be(desk: Web) -> None:
    page = Page(desk.follow(desk.post("/import", {"pasted": json.dumps(BADGE)})).text).text()

    assert "Imported: 1 new." in page
    assert "Net Loft" in page
    assert "Import more" in page
    assert "Sync now" not in page
    assert "loft@net.example" not in desk.get("/review", status="all", q="Net Mending").text


def test_a_file_is_taken_in(desk: Web) -> None:
    badge = {**BADGE, "id": "https://badges.example/classes/splicing", "name": "Splicing"}
    answer = desk.client.post(
        "/import",
        data={"form_token": desk.form_token},
        files={"file": ("badge.json", json.dumps([badge]).encode())},
        headers={**desk.signed_in, "Origin": desk.address},
    )

    assert "Imported: 1 new." in Page(desk.follow(answer).text).text()


def test_what_is_no_badge_is_told_and_what_was_pasted_is_kept(desk: Web) -> None:
    answer = desk.post("/import", {"pasted": "not a badge"})

    assert answer.status_code == 400
    assert "This is neither JSON nor a signed badge nor an image with a badge" in Page(answer.text).text()
    assert ">not a badge</textarea>" in answer.text


def test_nothing_given_is_said_beside_the_field(desk: Web) -> None:
    assert "Choose a file, or paste the document." in Page(desk.post("/import").text).text()


def test_the_way_of_documents_leads_to_the_import(desk: Web) -> None:
    assert desk.get("/connections/new/open_badges/documents").headers["location"] == "/import"


def test_beside_the_record_of_an_imported_badge_stands_what_is_on_the_badge_letter_by_letter(desk: Web) -> None:
    achievement = {
        "type": ["Achievement"],
        "id": "https://badges.example/classes/netting",
        "achievementType": "MicroCredential",
        "name": "Netting",
        "description": "Knots a trawl net by hand, in a day.",
        "creator": {"id": "https://badges.example/issuer", "type": ["Profile"], "name": "Net Loft"},
        "criteria": {"narrative": "Knot a net."},
    }
    desk.follow(desk.post("/import", {"pasted": json.dumps(achievement)}))
    (record,) = [each for each in desk.records if each.sourced.row.name == "Netting"]

    page = Page(desk.get(f"/records/{record.sourced.row.id}").text).text()

    assert "Its achievement type is MicroCredential" in page
    assert "On the badge" in page
    assert "On Open Badges" not in page
