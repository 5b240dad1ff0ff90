"""Verification service profiles at the desk: looked at, edited, approved as seen, chosen after a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from connector.credentials import decisions, queries, verification_services
from connector.credentials.verification_services import Profile
from connector.organizations import accounts as organizations
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def own(web: Web) -> Profile:
    with web.opened.database.reading() as connection:
        return verification_services.listed(connection, 1)[0]


def made(web: Web) -> Profile:
    with web.opened.database.transaction() as connection:
        owner = organizations.find(connection, "1")
        given = {"description": "The registrar answers by telephone."}
        return verification_services.make(connection, owner, given, by="test")


def edit(web: Web, profile: Profile, name: str, op: str = "set", seen: str = "", **fields: str) -> httpx.Response:
    given = {"property": name, "op": op, "seen": seen or own(web).content_hash, **fields}
    return web.post(f"/profiles/{profile.ctid}/edit", given)


def test_the_list_says_whose_platform_each_is_for_where_it_stands_and_how_many_name_it(desk: Web) -> None:
    made(desk)

    first, second = shown(desk.get("/profiles")).rows[1:]

    assert "Credly" in first
    assert "Not approved yet" in first
    assert "12 credentials" in first
    assert "Found or made by hand" in second
    assert "0 credentials" in second


def test_an_edit_is_saved_shown_with_its_author_and_taken_back(desk: Web) -> None:
    before = own(desk)
    page = shown(desk.get(f"/profiles/{before.ctid}", edit="description"))
    assert page.values("seen") == [before.content_hash, before.content_hash]

    saved = shown(desk.follow(edit(desk, before, "description", **{"value:en-US": "Ask us, we know."})))
    back = desk.follow(edit(desk, before, "description", "withdraw"))

    assert "Ask us, we know." in saved.text()
    assert f"edited by {desk.person.email}" in saved.text()
    assert f"Description edited by {desk.person.email}" in saved.text()
    assert "The value from before the edit is back." in back.text
    assert own(desk) == before


def test_what_cannot_be_read_stays_in_the_field_with_the_reason_beside_it(desk: Web) -> None:
    before = own(desk)

    page = shown(edit(desk, before, "subjectWebpage", value="no page"), 400)

    assert "no page" in [each.get("value") for each in page.all("input") if each.get("name") == "value"]
    assert "Subject Webpage must be an absolute address" in page.text()
    assert own(desk) == before


def test_a_profile_that_changed_while_somebody_looked_is_neither_edited_nor_approved(desk: Web) -> None:
    before = own(desk)
    edit(desk, before, "description", **{"value:en-US": "Ask us, we know."})

    refused = edit(desk, before, "subjectWebpage", seen=before.content_hash, value="https://a.example/v")
    told = desk.follow(desk.post(f"/profiles/{before.ctid}/approve", {"seen": before.content_hash}))

    assert "The profile changed while you looked." in shown(refused, 409).text()
    assert "Not approved." in told.text
    assert own(desk).approved_hash is None


def test_a_profile_is_approved_and_says_who_did_it(desk: Web) -> None:
    answer = desk.post(f"/profiles/{own(desk).ctid}/approve", {"seen": own(desk).content_hash})

    page = shown(desk.follow(answer))

    assert "The profile is approved." in page.text()
    assert f"Approved by {desk.person.email}" in page.text()
    edit(desk, own(desk), "description", **{"value:en-US": "Ask us, we know."})
    assert "Changed since" in shown(desk.get(f"/profiles/{own(desk).ctid}")).text()


def test_choosing_shows_first_how_many_records_change_and_lose_their_approval(desk: Web) -> None:
    other = made(desk)
    with desk.opened.database.transaction() as connection:
        approved = decisions.approve_all_ready(connection, 1, by="test")["approved"]
    assert approved > 1
    (platform,) = [
        each["value"] for each in shown(desk.get(f"/profiles/{other.ctid}")).all("button") if "value" in each
    ]

    look = shown(desk.get(f"/profiles/{other.ctid}/choose", platform=platform))
    with desk.opened.database.reading() as connection:
        assert queries.counts(connection)["needs_reapproval"] == 0
    page = shown(desk.follow(desk.post(f"/profiles/{other.ctid}/choose", {"platform": platform})))

    assert "12 records would say something else" in look.text()
    assert f"{approved} records lose their approval" in look.text()
    assert f"12 records changed; {approved} of them need approval again." in page.text()
    assert "Used by 12 credentials" in page.text()
    with desk.opened.database.reading() as connection:
        assert queries.counts(connection)["needs_reapproval"] == approved


def test_a_profile_is_made_from_its_description_and_completed_on_its_page(desk: Web) -> None:
    nothing = shown(desk.post("/profiles/new", {"description": " "}), 400)
    page = shown(desk.follow(desk.post("/profiles/new", {"description": "Ask the registrar."})))

    assert "Say how badges are checked." in nothing.text()
    assert "Ask the registrar." in page.text()
    assert "Cedar Harbor" in page.text()
    assert "Ready to approve" in page.text()


def test_another_organizations_profile_or_none_is_not_there(desk: Web) -> None:
    for path in ("/profiles/ce-nothing", "/profiles/ce-nothing/choose?platform=x"):
        assert desk.get(path).status_code == 404
    assert desk.post("/profiles/ce-nothing/approve").status_code == 404
    assert desk.get(f"/profiles/{own(desk).ctid}/choose", platform="nowhere").status_code == 400


def test_a_profile_that_there_is_not_leads_to_the_page_that_lists_them_not_to_a_command(desk: Web) -> None:
    said = shown(desk.get("/profiles/ce-nothing"), 404).text()
    assert "See which there are under Verification services." in said
    assert "badge-connector" not in said
