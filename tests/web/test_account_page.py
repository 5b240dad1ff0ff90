"""A person's own pages: their API tokens, and what statuses and keys mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from connector.organizations import api_tokens, people
from connector.web import looks
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def tokens(web: Web) -> list[api_tokens.ApiToken]:
    with web.opened.database.reading() as connection:
        return api_tokens.of_person(connection, web.person.id)


def test_the_page_says_who_one_is_and_offers_every_scope_with_its_meaning(desk: Web) -> None:
    page = shown(desk.get("/account"))

    assert desk.person.email in page.text()
    assert "No token yet." in page.text()
    assert page.values("scopes") == list(api_tokens.SCOPES)
    assert all(meaning in page.text() for meaning in api_tokens.SCOPES.values())


def test_a_token_is_shown_once_and_works(desk: Web) -> None:
    given = {"name": "Nightly", "scopes": ["read", "edit"], "days": "30"}

    answer = desk.post("/account/tokens", given)

    page = shown(answer)
    (field,) = [each for each in page.all("input") if each.get("id") == "f-token"]
    token = field["value"]
    assert "autofocus" in field
    assert "Copy it now." in page.text()
    assert answer.headers["cache-control"] == "no-store"
    with desk.opened.database.reading() as connection:
        caller = api_tokens.caller(connection, token)
    assert caller is not None
    assert (caller.person, caller.scopes) == (desk.person, {"read", "edit"})
    listed = desk.get("/account")
    assert token not in listed.text
    assert [row for row in shown(listed).rows if "Nightly" in row and "edit, read" in row and "Never" in row]


def test_all_that_is_wrong_with_a_token_is_said_at_once_and_what_was_typed_is_kept(desk: Web) -> None:
    answer = desk.post("/account/tokens", {"name": " ", "days": "soon"})
    unknown = desk.post("/account/tokens", {"name": "Mine", "days": "900", "scopes": ["rule"]})

    page = shown(answer, 400)
    assert "3 things to correct." in page.text()
    assert {each["id"] for each in page.all("p") if each.get("class") == "err"} == {"e-name", "e-scopes", "e-days"}
    assert page.values("days") == ["soon"]
    assert shown(unknown, 400).values("name") == ["Mine"]
    assert "There is no scope rule" in shown(unknown, 400).text()
    assert tokens(desk) == []


def test_a_token_can_be_revoked_and_nobody_elses(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        text, mine = api_tokens.issue(connection, desk.person.id, name="Mine", scopes=["read"], days=3)
        other = people.ensure_site_staff(connection, "other@cedarharbor.example", None)
        _, theirs = api_tokens.issue(connection, other.id, name="Theirs", scopes=["read"], days=3)

    page = shown(desk.get("/account"))
    said = shown(desk.follow(desk.post(f"/account/tokens/{mine.id}/revoke"))).text()
    desk.post(f"/account/tokens/{theirs.id}/revoke")

    assert "Ends soon" in page.text()
    assert "Theirs" not in page.text()
    assert "The token is revoked." in said
    with desk.opened.database.reading() as connection:
        assert api_tokens.caller(connection, text) is None
        assert len(api_tokens.of_person(connection, other.id)) == 1


def test_one_can_sign_out_there(desk: Web) -> None:
    page = shown(desk.get("/account"))
    assert [each for each in page.all("form") if each.get("action") == "/sign-out"]

    desk.post("/sign-out")

    assert desk.get("/account").status_code == 303


def test_every_status_is_explained(desk: Web) -> None:
    page = shown(desk.get("/statuses"))

    for look in looks.STATUSES.values():
        assert [row for row in page.rows if look.word in row and len(row) > len(look.word) + 20]


def test_the_keys_are_a_page(desk: Web) -> None:
    page = shown(desk.get("/keys"))

    assert "Approve the selection or the record" in page.text()
    assert len(page.all("kbd")) > 10


def test_these_pages_have_nothing_inline_and_one_heading_and_no_id_twice(desk: Web) -> None:
    addresses = ["/connections", "/connections/new", "/connections/1", "/connections/1/edit", "/connections/1/check"]
    addresses += ["/connections/1/remove", "/publish", "/account", "/statuses", "/keys"]
    addresses += ["/connections/new/credly/oauth"]
    for address in addresses:
        answer = desk.get(address)
        page = shown(answer)
        names = {name for _, attributes in page.elements for name in attributes}
        assert not {name for name in names if name == "style" or name.startswith("on")}, address
        assert all(each.get("src", "").startswith("/static/") for each in page.all("script")), address
        assert not page.all("style"), address
        assert len(page.all("h1")) == 1, address
        anchors = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(anchors) == len(set(anchors)), address
        assert not re.search(r"badge-connector ", page.text()), address
        labelled = {each["for"] for each in page.all("label") if "for" in each}
        fields = {
            each["id"] for each in page.all("input") if each.get("type") in ("text", "password", "number", "date")
        }
        assert fields <= labelled, address


def test_without_a_session_they_lead_to_the_sign_in(desk: Web) -> None:
    for address in ("/account", "/publish", "/connections/1/events", "/connections/new", "/statuses"):
        assert desk.client.get(address).status_code == 303
