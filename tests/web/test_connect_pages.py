"""Connecting a platform at the desk: the ways in, the form and its errors, the first look, the start."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import update

from connector.connections import accounts
from connector.connections.tables import secret
from connector.sync import runs
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

BY_TOKEN = "/connections/new/credly/authorization_token"
BY_OAUTH = "/connections/new/credly/oauth"
IN_PUBLIC = "/connections/new/credly/public_page"
SECRET = "never-to-be-seen-again"


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def typed(web: Web, **changed: str) -> dict[str, str]:
    """The form of the token, filled in as it has to be."""
    assert web.platform
    fields = {
        "name": "Another",
        "organization_id": web.platform.organization_id,
        "authorization_token": str(web.platform.token),
        "sign_in_ends": "",
        "api_url": f"{web.platform.url}/v1/",
        "requests_per_minute": "6000",
        "requests_in_flight": "1",
    }
    return fields | changed


def every(web: Web) -> dict[str, accounts.Account]:
    with web.opened.database.reading() as connection:
        return {each.name: each for each in accounts.every(connection)}


def stored(web: Web, account: accounts.Account) -> dict[str, str]:
    with web.opened.database.reading() as connection:
        return accounts.opened_secrets(connection, web.opened.keys, account.id)


def draft(web: Web, **changed: str) -> accounts.Account:
    """A connection that somebody has filled in the form for."""
    fields = typed(web, **changed)
    answer = web.post(BY_TOKEN, fields)
    assert answer.status_code == 303, answer.text
    return every(web)[fields["name"]]


def checked(web: Web, account: accounts.Account) -> Page:
    return shown(web.get(f"/connections/{account.id}/check"))


def test_each_way_in_says_what_one_needs_and_where_it_is_found(desk: Web) -> None:
    page = shown(desk.get("/connections/new"))

    assert "which an administrator of the organization makes on Credly under Developers" in page.text()
    assert "Developers → OAuth Applications, shown once when the application is made." in page.text()
    addresses = {each["href"] for each in page.all("a") if "href" in each}
    assert {BY_TOKEN, BY_OAUTH} <= addresses


def test_a_way_that_the_platform_does_not_document_is_shown_as_switched_off_and_leads_nowhere(desk: Web) -> None:
    page = shown(desk.get("/connections/new"))

    assert "Public organization page" in page.text()
    assert "Switched off here." in page.text()
    assert IN_PUBLIC not in {each.get("href") for each in page.all("a")}
    assert "is turned off here" in shown(desk.get(IN_PUBLIC), 400).text()
    assert "is turned off here" in shown(desk.post(IN_PUBLIC, {"name": "X", "public_page": "x"}), 400).text()


@pytest.mark.parametrize("path", ["/connections/new/credly/x", "/connections/new/x/oauth", "/connections/999/check"])
def test_what_is_not_there_is_not_found(desk: Web, path: str) -> None:
    shown(desk.get(path), 404)


def test_the_form_asks_for_what_the_way_needs_first_and_hides_the_rest(desk: Web) -> None:
    page = shown(desk.get(BY_OAUTH))

    names = [each["name"] for tag, each in page.elements if tag in ("input", "select") and "name" in each]
    needed = [each["name"] for each in page.all("input") if "required" in each]
    assert names.index("client_secret") < names.index("requests_per_minute")
    assert needed == ["name", "organization_id", "client_id", "client_secret"]
    assert {"public_page", "authorization_token", "sign_in_ends"}.isdisjoint(names)
    assert "More settings" in page.text()
    assert "sign_in_ends" in [each.get("name") for each in shown(desk.get(BY_TOKEN)).all("input")]


def test_all_that_is_wrong_is_said_at_once_beside_the_fields_and_what_was_typed_is_kept(desk: Web) -> None:
    wrong = {
        "name": "Main",
        "organization_id": "not an id!",
        "authorization_token": "",
        "requests_per_minute": "99999",
        "sign_in_ends": "soon",
        "include_drafts": "yes",
    }

    answer = desk.post(BY_TOKEN, typed(desk, **wrong))

    page = shown(answer, 400)
    assert "5 things to correct." in page.text()
    errors = {each["id"] for each in page.all("p") if each.get("class") == "err"}
    assert errors == {
        "e-name",
        "e-organization_id",
        "e-authorization_token",
        "e-requests_per_minute",
        "e-sign_in_ends",
    }
    assert page.values("name") == ["Main"]
    assert page.values("organization_id") == ["not an id!"]
    assert page.values("requests_per_minute") == ["99999"]
    assert page.values("sign_in_ends") == ["soon"]
    assert "checked" in next(each for each in page.all("input") if each.get("name") == "include_drafts")
    assert "open" in page.all("details")[-1]
    links = {each["href"] for each in page.all("a")}
    inputs = {f"#{each['id']}" for each in page.all("input") if "id" in each}
    assert {link for link in links if link.startswith("#f-")} <= inputs
    assert set(every(desk)) == {"Main"}


def test_a_secret_never_comes_back_in_a_page(desk: Web) -> None:
    refused = desk.post(BY_TOKEN, typed(desk, name="", authorization_token=SECRET))
    account = draft(desk, authorization_token=SECRET)

    assert SECRET not in refused.text
    assert "It has to be given again" in shown(refused, 400).text()
    for path in ("", "/edit", "/check"):
        assert SECRET not in desk.get(f"/connections/{account.id}{path}").text
    assert stored(desk, account) == {"authorization_token": SECRET}


def test_the_name_of_a_connection_that_was_removed_is_taken(desk: Web) -> None:
    account = draft(desk)
    desk.post(f"/connections/{account.id}/remove")

    answer = desk.post(BY_TOKEN, typed(desk))

    assert "A connection that was removed had this name." in shown(answer, 400).text()


def test_a_private_address_is_refused_before_anything_is_saved(desk: Web) -> None:
    answer = desk.post(BY_TOKEN, typed(desk, api_url="http://10.0.0.1/v1/"))

    assert "CONNECTOR_ALLOWED_PRIVATE_HOSTS" in shown(answer, 400).text()
    assert "Another" not in every(desk)


def test_a_valid_form_saves_a_draft_and_leads_to_its_checks(desk: Web) -> None:
    answer = desk.post(BY_TOKEN, typed(desk, sign_in_ends="2027-03-01"))

    account = every(desk)["Another"]
    assert answer.headers["location"] == f"/connections/{account.id}/check"
    assert (account.state, account.sign_in_ends, account.created_by) == ("draft", "2027-03-01", desk.person.email)
    with desk.opened.database.reading() as connection:
        assert runs.of_connection(connection, account.id, 5) == []


def test_the_first_look_tells_each_check_and_what_a_sync_would_do(desk: Web) -> None:
    assert desk.platform
    with desk.platform.lock:
        desk.platform.templates[0]["name"] = "Called Otherwise Now"
        desk.platform.templates[1]["state"] = "draft"
        desk.platform.templates[1]["id"] = "00000000-0000-4000-8000-000000000001"

    page = checked(desk, draft(desk))

    for name in ("Reach", "Sign in", "Permission", "Issuers", "Badges"):
        assert f"{name} · Passed" in page.text()
    assert "0 Would be created" in " ".join(reversed_figures(page))
    assert "11 Match what you have" in " ".join(reversed_figures(page))
    assert "1 Would be skipped" in " ".join(reversed_figures(page))
    assert "it is still a draft" in page.text()
    assert "Finish and sync now" in page.text()
    chosen = [each for each in page.all("input") if each.get("name") == "schedule" and "checked" in each]
    assert [each["value"] for each in chosen] == ["daily"]


def reversed_figures(page: Page) -> list[str]:
    """Each figure as number and word; on the page the word comes first."""
    words = [text.strip() for text in page.texts if text.strip()]
    labels = ("Would be created", "Match what you have", "Would be skipped", "Cannot be read")
    return [f"{words[words.index(label) + 1]} {label}" for label in labels]


def test_each_step_is_sent_as_it_happens(desk: Web) -> None:
    assert desk.platform
    account = draft(desk)
    desk.platform.hold(1)
    so_far, early = "", ""

    with desk.client.stream("GET", f"/connections/{account.id}/check", headers=desk.signed_in) as answer:
        for piece in answer.iter_text():
            so_far += piece
            if not early and "Permission</b> · Running" in so_far:
                early = so_far
                desk.platform.release(1)

    assert "Sign in</b> · Passed" in early
    assert "Permission</b> · Passed" not in early
    assert "Permission</b> · Passed" in so_far
    assert "Finish and sync now" in so_far


def test_a_line_of_a_running_check_gives_way_to_the_next_line_without_script(desk: Web) -> None:
    assert ".checks > li.running:has(+ li) { display: none; }" in desk.get("/static/base.css").text


def test_a_check_that_fails_says_whose_side_it_is_and_what_to_do(desk: Web) -> None:
    page = checked(desk, account := draft(desk, authorization_token="not-the-token"))

    assert "Sign in · Failed" in page.text()
    assert "Reconnect with a valid token or secret" in page.text()
    assert "Whose side: the platform’s. Code reconnect_needed ." in page.text()
    assert f"/connections/{account.id}/edit" in {each["href"] for each in page.all("a")}
    assert "Finish and sync now" not in page.text()


@pytest.mark.parametrize("kind", ["html", "truncated", "forbidden"])
def test_whatever_fails_in_the_middle_of_the_rehearsal_the_page_ends_well(desk: Web, kind: str) -> None:
    assert desk.platform
    account = draft(desk)
    desk.platform.fault(kind, page=2)

    page = checked(desk, account)

    assert "Reading badges · Failed" in page.text()
    assert "Whose side:" in page.text()
    assert "Finish and sync now" not in page.text()


def test_what_nobody_foresaw_becomes_a_problem_of_the_check(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    account = draft(desk)
    monkeypatch.setattr("connector.sync.first_look.checked", lambda adapter, http: 1 / 0)

    page = checked(desk, account)

    assert "Reach · Failed" in page.text()
    assert "Something failed on our side: ZeroDivisionError." in page.text()


def test_the_day_the_platform_tells_counts_more_than_what_was_typed(desk: Web) -> None:
    assert desk.platform
    desk.platform.token_expires_at = "2031-05-12T00:00:00Z"
    account = draft(desk, sign_in_ends="2030-01-01")

    page = checked(desk, account)

    assert every(desk)["Another"].sign_in_ends == "2031-05-12"
    assert "12 May 2031" in page.text()


def test_a_large_listing_is_not_rehearsed_to_its_end(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.platform
    with desk.platform.lock:
        first = desk.platform.templates[0]
        desk.platform.templates += [{**first, "id": f"00000000-0000-4000-8000-{n:012}"} for n in range(100)]
    monkeypatch.setattr("connector.sync.first_look.MOST_BADGES", 60)

    page = checked(desk, draft(desk))

    assert "The first 100 badges were read of 112" in page.text()
    assert "Finish and sync now" in page.text()


def test_finishing_makes_it_active_with_a_schedule_and_asks_for_the_first_sync(desk: Web) -> None:
    account = draft(desk)
    checked(desk, account)

    answer = desk.post(f"/connections/{account.id}/finish", {"schedule": "weekly"})

    after = every(desk)["Another"]
    assert (after.state, after.schedule) == ("active", "weekly")
    with desk.opened.database.reading() as connection:
        (run,) = runs.of_connection(connection, account.id, 5)
    assert (run.state, run.requested_by) == ("queued", desk.person.email)
    assert "Another is connected." in shown(desk.follow(answer)).text()


def test_a_schedule_that_does_not_exist_finishes_nothing(desk: Web) -> None:
    account = draft(desk)
    checked(desk, account)

    answer = desk.post(f"/connections/{account.id}/finish", {"schedule": "always"})

    assert answer.status_code == 400
    assert every(desk)["Another"].state == "checked"


def test_the_form_of_a_connection_shows_what_is_stored_and_keeps_its_secret_unless_it_is_given_anew(desk: Web) -> None:
    account = draft(desk, sign_in_ends="2027-03-01")
    edit = f"/connections/{account.id}/edit"

    page = shown(desk.get(edit))
    desk.post(edit, typed(desk, authorization_token="", name="Renamed", include_private="yes"))
    kept = stored(desk, account)
    desk.post(edit, typed(desk, authorization_token=SECRET, sign_in_ends="2027-03-01"))

    assert page.values("name") == ["Another"]
    assert page.values("sign_in_ends") == ["2027-03-01"]
    assert page.values("authorization_token") == [""]
    assert "Leave it empty to keep the one that is stored." in page.text()
    assert kept == {"authorization_token": str(desk.platform.token if desk.platform else "")}
    assert stored(desk, account) == {"authorization_token": SECRET}
    after = every(desk)["Another"]
    assert (after.id, after.state) == (account.id, "draft")


def test_a_new_token_is_not_given_the_end_of_the_old_one(desk: Web) -> None:
    account = draft(desk, sign_in_ends="2027-03-01")

    desk.post(f"/connections/{account.id}/edit", typed(desk, authorization_token=SECRET, sign_in_ends="2027-03-01"))

    assert every(desk)["Another"].sign_in_ends is None


def test_a_stored_secret_goes_nowhere_else_unless_it_is_given_again(desk: Web) -> None:
    account = draft(desk)
    elsewhere = "https://elsewhere.example/v1/"

    answer = desk.post(f"/connections/{account.id}/edit", typed(desk, authorization_token="", api_url=elsewhere))

    page = shown(answer, 400)
    assert "it would go to another address than before" in page.text()
    assert "e-authorization_token" in {each.get("id") for each in page.all("p")}
    assert every(desk)["Another"].settings["api_url"] != elsewhere


def test_a_secret_that_no_key_opens_any_more_has_to_be_given_again(desk: Web) -> None:
    account = draft(desk)
    edit = f"/connections/{account.id}/edit"
    with desk.opened.database.transaction() as connection:
        connection.execute(update(secret).values(sealed=b"sealed with a key that is lost"))

    kept = desk.post(edit, typed(desk, authorization_token=""))
    anew = desk.post(edit, typed(desk))

    assert "the one that is stored cannot be used any more" in shown(kept, 400).text()
    assert anew.status_code == 303


def test_a_connection_may_change_to_another_way_in(desk: Web) -> None:
    account = draft(desk)
    edit = f"/connections/{account.id}/edit?way=oauth"
    assert desk.platform

    lacking = shown(desk.post(edit, typed(desk)), 400)
    given = {"client_id": "practice-client", "client_secret": SECRET, "token_url": f"{desk.platform.url}/oauth/token"}
    answer = desk.post(edit, typed(desk) | given)

    assert "OAuth client secret is needed." in lacking.text()
    assert answer.status_code == 303
    assert stored(desk, account) == {"client_secret": SECRET}


def test_a_connection_cannot_take_the_name_of_another(desk: Web) -> None:
    account = draft(desk)

    answer = desk.post(f"/connections/{account.id}/edit", typed(desk, name="Main"))

    assert "You already have a connection with this name." in shown(answer, 400).text()
    assert set(every(desk)) == {"Main", "Another"}


def test_a_form_without_its_token_or_from_elsewhere_saves_nothing(desk: Web) -> None:
    assert desk.post(BY_TOKEN, typed(desk, form_token="x")).status_code == 403
    assert desk.post(BY_TOKEN, typed(desk), Origin="https://elsewhere.example").status_code == 403
    assert set(every(desk)) == {"Main"}


def test_two_who_press_save_at_once_make_one_connection(desk: Web) -> None:
    answers: list[int] = []
    fields, token = typed(desk), desk.form_token

    def press() -> None:
        with httpx.Client(base_url=desk.address, trust_env=False, timeout=20) as client:
            headers = {**desk.signed_in, "Origin": desk.address}
            answers.append(client.post(BY_TOKEN, data={**fields, "form_token": token}, headers=headers).status_code)

    pressing = [threading.Thread(target=press) for _ in range(2)]
    for each in pressing:
        each.start()
    for each in pressing:
        each.join()

    assert sorted(answers) == [303, 400]
    assert len(every(desk)) == 2
