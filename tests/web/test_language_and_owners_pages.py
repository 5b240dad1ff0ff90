"""What is said once for a connection at the desk: the language of badges that say none, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from connector.credentials import issuers, queries
from connector.organizations import accounts as organizations
from connector.organizations.accounts import Organization
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def here(web: Web, below: str = "") -> str:
    assert web.account
    return f"/connections/{web.account.id}{below}"


def issuer(web: Web) -> issuers.Delivered:
    assert web.account
    with web.opened.database.reading() as connection:
        (only,) = issuers.delivered(connection, web.account)
    return only


def north(web: Web) -> Organization:
    about = {"website": "https://north.example", "description": "A board of examiners."}
    with web.opened.database.transaction() as connection:
        return organizations.add(connection, name="North", ctid="ce-11111111-1111-4111-8111-111111111111", **about)


def spoken(web: Web) -> set[str]:
    with web.opened.database.reading() as connection:
        every = list(queries.listed(connection, queries.where()))
    return {language for each in every for language in each.sourced.content.credential.name or {}}


def test_the_language_is_asked_once_with_the_languages_proposed(desk: Web) -> None:
    page = shown(desk.get(here(desk)))
    assert "12 badges declare no language." in page.text()
    assert {"en-US", "fr-CA", "de"} <= {each["value"] for each in page.all("option")}

    look = shown(desk.get(here(desk, "/language"), language="en-US"))
    after = shown(desk.follow(desk.post(here(desk, "/language"), {"language": "en-US"})))

    assert "No record would say anything else." in look.text()
    assert "badges declare no language" not in after.text()
    assert f"confirmed by {desk.person.email}" in after.text()


def test_another_language_is_previewed_and_confirmed(desk: Web) -> None:
    look = shown(desk.get(here(desk, "/language"), language="french"))
    assert spoken(desk) == {"en-US"}

    after = shown(desk.follow(desk.post(here(desk, "/language"), {"language": "fr"})))

    assert "12 records would say something else." in look.text()
    assert "12 records changed; approvals still fit." in after.text()
    assert spoken(desk) == {"fr"}


def test_what_is_no_language_is_told_beside_the_field(desk: Web) -> None:
    page = shown(desk.get(here(desk, "/language"), language="no language!"), 400)
    posted = shown(desk.post(here(desk, "/language"), {"language": ""}), 400)

    assert page.values("language") == ["no language!"]
    assert "is no language tag" in page.text()
    assert "is no language tag" in posted.text()
    assert "Is it really meant?" in shown(desk.get(here(desk, "/language"), language="qaa")).text()


def test_the_owners_page_shows_each_issuer_and_lets_another_organization_own_its_badges(desk: Web) -> None:
    other, there = north(desk), issuer(desk).issuer
    page = shown(desk.get(here(desk, "/owners")))

    wanted = {"issuer": there.id, "owner": str(other.id)}
    look = shown(desk.get(here(desk, "/owners/change"), **wanted))
    after = shown(desk.follow(desk.post(here(desk, "/owners/change"), wanted)))

    assert "Owned by Cedar Harbor: confirmed by test" in page.text()
    assert "that you have the right to publish them for it" in look.text()
    assert "North is not approved yet." in look.text()
    assert "12 records would say something else" in look.text()
    assert f"Owned by North: confirmed by {desk.person.email}" in after.text()
    assert "owned by North" in shown(desk.get(here(desk))).text()


def test_a_confirmation_is_withdrawn_after_a_look_at_what_that_means(desk: Web) -> None:
    there = issuer(desk).issuer
    look = shown(desk.get(here(desk, "/owners/change"), issuer=there.id))
    assert issuer(desk).owner

    after = shown(desk.follow(desk.post(here(desk, "/owners/change"), {"issuer": there.id, "owner": ""})))
    page = shown(desk.get(here(desk)))

    assert "CTIDs that were given stay" in look.text()
    assert "The confirmation is withdrawn." in after.text()
    assert "Held" in after.text()
    assert "12 records wait" in page.text()
    assert "was withdrawn; test had confirmed it." in page.text()
    desk.post(here(desk, "/confirm"), {"issuer": there.id})
    assert issuer(desk).owner


def test_an_issuer_that_never_came_and_an_organization_of_others_are_not_there(desk: Web) -> None:
    assert desk.get(here(desk, "/owners/change"), issuer="nobody", owner="1").status_code == 404
    assert desk.post(here(desk, "/owners/change"), {"issuer": issuer(desk).issuer.id, "owner": "99"}).status_code == 404
    assert issuer(desk).owner
