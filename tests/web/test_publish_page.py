"""Publishing at the desk: what would go, the button that sends it, what became of each document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import update

from connector.credentials import decisions, queries
from connector.credentials.tables import verification_service
from connector.organizations.tables import organization
from connector.publishing import publications
from connector.publishing.publish import publish_what_waits
from connector.web import publish as pages
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

FIGURES = ("New here", "Update", "Unchanged (practice)", "Held back")


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def figures(page: Page) -> dict[str, int]:
    words = [text.strip() for text in page.texts if text.strip()]
    return {label: int(words[words.index(label) + 1]) for label in FIGURES}


def approved(web: Web) -> list[str]:
    """Approve all that is ready; the ids."""
    with web.opened.database.transaction() as connection:
        ids = [each.sourced.row.id for each in queries.listed(connection, queries.where(status="awaiting_approval"))]
        decisions.approve(connection, ids, by="test")
    return ids


def sent(web: Web) -> httpx.Response:
    """Press the button, and be the worker; the page of the run."""
    answer = web.post("/publish")
    while publish_what_waits(web.opened.database, web.opened.settings):
        pass
    return web.follow(answer)


def test_with_nothing_approved_the_page_says_what_to_do(desk: Web) -> None:
    page = shown(desk.get("/publish"))

    assert "Nothing is approved yet." in page.text()
    assert "/review" in [each["href"] for each in page.all("a") if each.get("class") == "btn go"]
    assert not [each for each in page.all("form") if each.get("action") == "/publish"]


def test_what_would_go_is_counted_and_listed_with_the_profile_first(desk: Web) -> None:
    ids = approved(desk)

    page = shown(desk.get("/publish"))

    assert figures(page) == {"New here": len(ids) + 1, "Update": 0, "Unchanged (practice)": 0, "Held back": 0}
    assert f"Publish {len(ids) + 1} to practice" in page.text()
    assert "Verification service profile" in page.rows[1]
    assert "Not there yet" in page.rows[1]
    linked = [each["href"] for each in page.all("a") if each["href"].startswith("/records/")]
    assert linked == [f"/records/{each}" for each in ids]


def test_every_word_published_on_these_pages_says_practice(desk: Web) -> None:
    approved(desk)
    texts = [shown(desk.get("/publish")).text(), shown(sent(desk)).text(), shown(desk.get("/publish")).text()]

    for text in texts:
        assert "Practice registry of this installation. Nothing here is public" in text
        assert "Published" not in text.replace("Published (practice)", "")


def test_publishing_sends_it_and_shows_the_result_of_each(desk: Web) -> None:
    ids = approved(desk)

    page = shown(sent(desk))

    assert "Publish results, practice" in page.text()
    assert page.rows[1].count("Verification service profile") == 1
    assert len([row for row in page.rows if "Published (practice)" in row]) == len(ids) + 1
    there = [each["href"] for each in page.all("a") if each["href"].startswith("/registry/resources/")]
    assert len(there) == len(ids) + 1
    assert {desk.get(address).status_code for address in there} == {200}
    assert figures(shown(desk.get("/publish")))["Unchanged (practice)"] == len(ids) + 1
    assert "Nothing is left to send." in shown(desk.get("/publish")).text()


def test_what_was_approved_again_is_an_update_and_what_changed_since_goes_as_it_was_approved(desk: Web) -> None:
    first, second, *_ = approved(desk)
    sent(desk)
    with desk.opened.database.transaction() as connection:
        decisions.edit(connection, first, set_to=[("name", "Approved Again")], by="t")
        decisions.approve(connection, [first], by="t")
        decisions.edit(connection, second, set_to=[("name", "Not Approved")], by="t")

    page = shown(desk.get("/publish"))

    assert figures(page)["Update"] == 1
    assert [row for row in page.rows if "Approved Again" in row and "Update" in row]
    assert "1 record changed after approval." in page.text()
    assert "Not Approved" not in page.text()
    assert "Not Approved" not in shown(desk.get("/publish", show="unchanged")).text()


def test_what_names_a_profile_that_is_not_there_is_held_back_and_says_why(desk: Web) -> None:
    ids = approved(desk)
    with desk.opened.database.transaction() as connection:
        connection.execute(update(verification_service).values(approved_hash=None, approved_properties=None))

    page = shown(desk.get("/publish", show="held"))
    result = shown(sent(desk))

    assert figures(page) == {"New here": 0, "Update": 0, "Unchanged (practice)": 0, "Held back": len(ids)}
    assert "which is neither approved nor published" in page.rows[1]
    assert f"{len(ids)}" in result.text()
    assert "/publish?show=held#list" in {each["href"] for each in result.all("a")}


def test_an_organization_that_is_not_approved_publishes_nothing_until_site_staff_approve_it(desk: Web) -> None:
    approved(desk)
    assert desk.organization
    with desk.opened.database.transaction() as connection:
        connection.execute(update(organization).values(approved_at=None, approved_by=None))

    page = shown(desk.get("/publish"))
    refused = shown(desk.follow(desk.post("/publish")))
    answer = desk.post(f"/organizations/{desk.organization.id}/approve")

    assert "is not approved yet." in page.text()
    assert not [each for each in page.all("form") if each.get("action") == "/publish"]
    assert "Ask site staff to approve it." in refused.text()
    assert [each for each in shown(desk.follow(answer)).all("form") if each.get("action") == "/publish"]


def test_pressing_twice_makes_one_run(desk: Web) -> None:
    approved(desk)

    first, second = desk.post("/publish"), desk.post("/publish")

    assert first.headers["location"] == second.headers["location"]
    assert "Publishing now: see how far it is" in shown(desk.get("/publish")).text()


def test_a_run_is_watched_until_it_ends(desk: Web) -> None:
    approved(desk)
    here = desk.post("/publish").headers["location"]

    waiting = desk.get(here)
    fragment = desk.get(f"{here}/progress").text
    while publish_what_waits(desk.opened.database, desk.opened.settings):
        pass
    with desk.client.stream("GET", f"{here}/events", headers=desk.signed_in) as answer:
        said = "".join(answer.iter_text())

    assert "A worker takes it up soon" in shown(waiting).text()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting.text
    assert "data-ended" not in fragment
    assert "documents looked at" in said
    assert "published (practice)" in said
    assert said.endswith("event: ended\ndata: \n\n")


def test_lists_come_in_pages(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = approved(desk)
    monkeypatch.setattr(pages, "PER_PAGE", 4)

    def walked(path: str) -> list[str]:
        found: list[str] = []
        address: str | None = path
        while address:
            page = shown(desk.get(address))
            links = [each["href"] for each in page.all("a")]
            found += [link for link in links if link.startswith("/records/")]
            address = next((link.removesuffix("#list") for link in links if "after=" in link), None)
        return found

    before = walked("/publish")
    run = sent(desk).request.url.path

    assert before == [f"/records/{each}" for each in ids]
    assert walked(run) == before
    assert walked(f"{run}?outcome=published") == before
    assert walked("/publish?show=unchanged") == before


def test_a_run_that_stopped_says_why(desk: Web) -> None:
    approved(desk)
    here = desk.post("/publish").headers["location"]
    with desk.opened.database.transaction() as connection:
        connection.execute(update(organization).values(approved_at=None))
    publish_what_waits(desk.opened.database, desk.opened.settings)

    page = shown(desk.get(here))

    assert "is not approved yet, so nothing of it can be published." in page.text()
    assert "organization_not_approved" in page.text()
    assert "badge-connector" not in page.text()


@pytest.mark.parametrize("path", ["/publish/999", "/publish/999/events", "/publish/999/progress", "/publish/x"])
def test_a_run_that_is_not_there_is_not_found(desk: Web, path: str) -> None:
    shown(desk.get(path), 404)


def test_publishing_needs_the_forms_token(desk: Web) -> None:
    approved(desk)

    assert desk.post("/publish", {"form_token": "x"}).status_code == 403
    with desk.opened.database.reading() as connection:
        assert publications.unfinished(connection) == []
