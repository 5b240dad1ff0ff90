"""The page on which a person says what was published before, and which badges are credentials they have already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from connector.credentials import matching
from connector.publishing.destinations import destination
from mappings.ctdl.graph import credential_graph
from mappings.ctdl.reading import credential
from tests.web.parsed import Page

if TYPE_CHECKING:
    from connector.credentials.matching import Suggestion
    from tests.web.conftest import Web

CTID = "ce-00000000-0000-4000-8000-000000000001"


@pytest.fixture
def published(desk: Web) -> Web:
    """A desk with badges, one of whose credentials somebody has published by hand."""
    assert desk.organization
    name = next(
        each.sourced.row.name for each in desk.records if "awaiting" in " ".join(each.statuses) or not each.statuses
    )
    values = {
        "credentialType": "ceterms:Certificate",
        "name": name,
        "description": "A certificate as its registrar described it by hand.",
        "subjectWebpage": "https://www.cedarharbor.example/certificates/1",
        "credentialStatusType": "credentialStat:Active",
        "inLanguage": ["en-US"],
        "ownedBy": [desk.organization.ctid],
    }
    made = credential(values, ctid=CTID, language="en-US")
    to = destination(desk.opened.database, desk.opened.settings, "local")
    to.publish(CTID, desk.organization.ctid, credential_graph(made))
    return desk


def open_ones(desk: Web) -> list[Suggestion]:
    assert desk.organization
    with desk.opened.database.reading() as connection:
        return matching.open_ones(connection, desk.organization.id)


def test_the_history_of_a_credential_that_was_published_before_speaks_of_no_platform(published: Web) -> None:
    published.post("/matches/load")
    [found] = open_ones(published)

    said = Page(published.get(f"/records/{found.other_id}").text).text()

    assert "Taken over as it is published" in said
    assert "The platform changed it" not in said


def test_loading_shows_the_two_side_by_side_and_the_answer_puts_them_together(published: Web) -> None:
    assert "Nothing waits for an answer" in Page(published.get("/matches").text).text()

    page = published.follow(published.post("/matches/load"))

    said = Page(page.text).text()
    assert "Brought in: 1 new. 1 to look at below." in said
    assert "Both have the same name." in said
    assert "A certificate as its registrar described it by hand." in said
    assert "may be a credential you have already" in Page(published.get("/").text).text()
    [found] = open_ones(published)
    done = published.follow(published.post(f"/matches/{found.id}", {"answer": "same"}))
    assert "Same credential: done." in Page(done.text).text()
    assert f"/records/{found.other_id}" in done.text
    assert open_ones(published) == []
    again = published.post("/matches/undo", {"record": found.record_id})
    assert again.status_code == 303
    assert [each.id for each in open_ones(published)] == [found.id]


def test_what_is_not_the_same_is_not_asked_again(published: Web) -> None:
    published.post("/matches/load")
    [found] = open_ones(published)

    assert "They stay two." in published.follow(published.post(f"/matches/{found.id}", {"answer": "refuse"})).text
    answer = published.post(f"/matches/{found.id}", {"answer": "same"})

    assert answer.status_code == 400
    assert "decided already" in answer.text
    assert "0 to look at" not in published.follow(published.post("/matches/load")).text
    assert open_ones(published) == []


def test_a_download_is_taken_and_what_is_none_is_told(published: Web) -> None:
    def upload(content: str, how: str = "complete") -> str:
        answer = published.client.post(
            "/matches/file",
            data={"form_token": published.form_token, "how": how},
            files={"file": ("credentials.csv", content.encode())} if content else {},
            headers={**published.signed_in, "Origin": published.address},
        )
        return Page((published.follow(answer) if answer.status_code == 303 else answer).text).text()

    assert "Choose the file that you downloaded." in upload("")
    assert "neither documents of a registry nor a table" in upload("Name\nWelding\n")
    said = upload(f"CTID,Credential Name,Subject Webpage\n{CTID},Welding by table,\n,Nameless,\n")
    assert "Brought in: 1 new." in said
    assert "Row 3 was left out: it has no CTID" in said


def test_whoever_published_nothing_says_so(desk: Web) -> None:
    page = Page(desk.follow(desk.post("/matches/decline")).text).text()

    assert "Noted: nothing was published before." in page
    assert "said" in page
    assert "Nothing was published before" not in re.sub("Noted: nothing was published before", "", page)


def test_what_is_there_for_nobody_is_not_found(desk: Web) -> None:
    assert desk.post("/matches/999999", {"answer": "same"}).status_code in (400, 404)
    assert desk.get("/matches", page="x").status_code == 404
    assert desk.get("/matches", page="900").status_code == 200
