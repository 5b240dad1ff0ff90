"""Choosing whose badges a connection reads, among the issuers that its account sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from connector.connections import accounts, renewal
from connector.demo.practice_canvas import DEPUTY
from tests.web.badgr import Badgr, as_at_first, badgr_in
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Badgr]:
    """A desk and a practice platform for all tests of this module."""
    with badgr_in(tmp_path_factory.mktemp("badgr")) as running:
        yield running


@pytest.fixture
def badgr(running: Badgr) -> Iterator[Badgr]:
    """The same, with nothing left of what another test asked for."""
    with as_at_first(running) as badgr:
        yield badgr


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def issuers_page(account: accounts.Account) -> str:
    return f"/connections/{account.id}/issuers"


def ticked(page: Page) -> set[str]:
    return {each["value"] for each in page.all("input") if each.get("name") == "issuer" and "checked" in each}


def signed_in(badgr: Badgr) -> accounts.Account:
    """A connection whose account is signed in and whose issuers nobody has chosen."""
    account = badgr.draft()
    badgr.signed_in(account)
    return badgr.now(account)


def proposed(badgr: Badgr, account: accounts.Account) -> accounts.Account | None:
    with badgr.web.opened.database.reading() as connection:
        return renewal.proposed(connection, account)


def confirmed(badgr: Badgr, account: accounts.Account) -> set[str]:
    with badgr.web.opened.database.reading() as connection:
        return {each.issuer for each in accounts.confirmed(connection, account.id)}


def test_every_issuer_is_shown_by_name_and_id_and_ticked_at_first(badgr: Badgr) -> None:
    page = shown(badgr.web.get(issuers_page(signed_in(badgr))))

    for issuer in badgr.platform.issuers:
        assert issuer["name"] in page.text()
        assert issuer["entityId"] in page.texts
    assert "The account sees 3 issuers" in page.text()
    assert ticked(page) == set(badgr.issuers)
    assert "you have confirmed that badges of the issuers you tick are Cedar Harbor’s to publish" in page.text()
    assert "DoNotStore" not in page.text()


def test_a_single_issuer_needs_no_choice(badgr: Badgr) -> None:
    badgr.platform.registrar.issuers = {badgr.issuers[1]}
    account = signed_in(badgr)

    answer = badgr.web.get(issuers_page(account))

    assert answer.headers["location"] == f"/connections/{account.id}/check"
    assert badgr.now(account).settings["issuer_ids"] == [badgr.issuers[1]]


def test_no_issuer_at_all_is_asked_about_again(badgr: Badgr) -> None:
    account = signed_in(badgr)

    page = shown(badgr.web.post(issuers_page(account)), 400)

    assert "Tick one issuer at least." in page.text()
    assert ticked(page) == set()
    assert set(page.values("issuer")) == set(badgr.issuers)
    assert badgr.now(account).settings["issuer_ids"] == []


@pytest.mark.parametrize("made_up", ["AAAAAAAAAAAAAAAAAAAAAA", "no id: <b>", ""])
def test_an_issuer_that_the_account_does_not_see_is_not_taken(badgr: Badgr, made_up: str) -> None:
    account = signed_in(badgr)

    page = shown(badgr.web.post(issuers_page(account), {"issuer": made_up}), 400)

    assert "The account does not see all of them any more." in page.text()
    assert set(page.values("issuer")) == set(badgr.issuers)
    assert badgr.now(account) == account


def test_an_account_without_issuers_is_told_what_to_do_by_the_checks(badgr: Badgr) -> None:
    badgr.platform.registrar.issuers = set()
    account = signed_in(badgr)

    page = shown(badgr.web.get(issuers_page(account)))
    check = shown(badgr.web.get(f"/connections/{account.id}/check"))

    assert issuers_page(account) in {each["href"] for each in page.all("a")}
    assert "sees 0 issuers" in page.text()
    assert "shows no issuer at all to this sign-in" in check.text()
    assert "Finish and sync now" not in check.text()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_platform_that_fails_is_a_problem_of_the_page(badgr: Badgr, method: str) -> None:
    account = signed_in(badgr)
    badgr.platform.fault("forbidden", on="organization")

    answer = badgr.web.get(issuers_page(account)) if method == "get" else badgr.web.post(issuers_page(account))

    page = shown(answer, 400)
    assert "Ask again" in page.texts
    assert badgr.now(account) == account


def test_whoever_has_not_signed_in_is_sent_to_do_so_first(badgr: Badgr) -> None:
    account = badgr.draft()
    there = f"/connections/{account.id}/sign-in"

    assert badgr.web.get(issuers_page(account)).headers["location"] == there
    assert badgr.web.post(issuers_page(account), {"issuer": badgr.issuers[0]}).headers["location"] == there
    assert badgr.web.get(f"/connections/{account.id}/check").headers["location"] == there
    assert there in {each["href"] for each in shown(badgr.web.get(f"/connections/{account.id}")).all("a")}


def test_choosing_anew_waits_beside_what_is_in_use_and_keeps_the_tokens(badgr: Badgr) -> None:
    account = badgr.connected()

    badgr.chosen(account, badgr.issuers[2])
    meanwhile, waiting = badgr.now(account), proposed(badgr, account)
    badgr.finished(account)
    badgr.synced(account)

    assert meanwhile.settings == account.settings
    assert waiting
    assert waiting.settings["issuer_ids"] == [badgr.issuers[2]]
    assert waiting.tokens == account.tokens
    assert badgr.now(account).tokens == account.tokens
    assert badgr.now(account).settings["issuer_ids"] == [badgr.issuers[2]]
    assert badgr.pairs(account) == [account.tokens]
    assert confirmed(badgr, account) == set(badgr.issuers)


def test_choosing_the_same_again_changes_nothing(badgr: Badgr) -> None:
    first, second, _ = badgr.issuers
    account = badgr.connected(first, second)

    badgr.chosen(account, second, first)

    assert proposed(badgr, account) is None
    assert badgr.now(account).edition == account.edition


def test_what_was_checked_by_one_person_is_not_finished_by_the_sign_in_of_another(badgr: Badgr) -> None:
    account = signed_in(badgr)
    badgr.chosen(account, *badgr.issuers[:2])
    badgr.platform.deputy.issuers = {badgr.issuers[2]}

    badgr.signed_in(account, who=DEPUTY)
    answer = badgr.web.post(f"/connections/{account.id}/finish", {"schedule": "daily"})

    assert answer.headers["location"] == f"/connections/{account.id}/check"
    assert f"shows no issuer {badgr.issuers[0]}" in shown(badgr.web.follow(answer)).text()
    assert badgr.now(account).state == "draft"
    assert confirmed(badgr, account) == set()


def test_the_form_of_the_settings_keeps_the_choice(badgr: Badgr) -> None:
    account = badgr.connected()
    fields = badgr.typed(name="Called otherwise", client_secret="")

    answer = badgr.web.post(f"/connections/{account.id}/edit", fields)

    waiting = proposed(badgr, account)
    assert waiting
    assert answer.headers["location"] == issuers_page(account)
    assert waiting.settings["issuer_ids"] == account.settings["issuer_ids"]
    assert waiting.tokens == account.tokens


def test_another_server_needs_a_sign_in_of_its_own(badgr: Badgr) -> None:
    account = badgr.connected()
    fields = badgr.typed(name=account.name, ui_url=f"{badgr.platform.url}/elsewhere")

    answer = badgr.web.post(f"/connections/{account.id}/edit", fields)

    waiting = proposed(badgr, account)
    assert waiting
    assert answer.headers["location"] == f"/connections/{account.id}/sign-in"
    assert waiting.tokens is None
    assert badgr.now(account).tokens == account.tokens


def test_a_platform_without_a_choice_of_issuers_has_no_such_page(desk: Web) -> None:
    assert desk.account

    page = shown(desk.get(issuers_page(desk.account)), 404)

    assert "There are no issuers to choose here." in page.text()
