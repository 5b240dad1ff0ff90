"""Signing in to a platform on its own page: the way there, the way back, and every way in which it goes wrong."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import update

from adapters.canvas.adapter import CONSENT
from connector.connections import accounts, authorization
from connector.connections.tables import authorization_request
from connector.demo.practice_canvas import DEPUTY, SCOPE
from tests.web.badgr import BY_PASSWORD, OWN_SERVER, Badgr, as_at_first, badgr_in, query_of
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

CODE, STATE = "a-code-that-leaks-nowhere", "a-state-that-nobody-made"


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


def links(page: Page) -> set[str]:
    return {each["href"] for each in page.all("a")}


# There and back


def test_before_anybody_leaves_a_page_says_what_is_asked_there_and_what_we_do_with_it(badgr: Badgr) -> None:
    account = badgr.draft()

    answer = badgr.web.get(f"/connections/{account.id}/sign-in")

    said = shown(answer).text()
    assert f"What {badgr.host} will ask you" in said
    assert CONSENT in said
    assert SCOPE in said
    assert "nothing is written there unless you switch write-back on" in said
    assert f"Continue to {badgr.host}" in said
    assert badgr.callback in said.replace(" ", "")


def test_the_form_of_that_page_may_lead_to_the_platform_and_nowhere_else(badgr: Badgr) -> None:
    account = badgr.draft()

    policy = badgr.web.get(f"/connections/{account.id}/sign-in").headers["content-security-policy"]
    elsewhere = badgr.web.get(f"/connections/{account.id}").headers["content-security-policy"]

    assert re.findall(r"form-action ([^;]+)", policy) == [f"'self' {badgr.platform.url}"]
    assert re.findall(r"form-action ([^;]+)", elsewhere) == ["'self'"]


def test_the_platform_is_asked_as_the_standards_say(badgr: Badgr) -> None:
    account = badgr.draft()

    answer = badgr.web.post(f"/connections/{account.id}/sign-in")
    again = query_of(badgr.sent(account))

    address = answer.headers["location"]
    asked = query_of(address)
    assert address.startswith(f"{badgr.platform.url}/auth/oauth2/authorize?")
    assert asked.pop("state") != again["state"]
    challenge = asked.pop("code_challenge")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge)
    assert challenge != again["code_challenge"]
    assert asked == {
        "response_type": "code",
        "client_id": "practice-client",
        "redirect_uri": badgr.callback,
        "scope": SCOPE,
        "code_challenge_method": "S256",
    }
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_what_comes_back_is_known_by_its_hash_only_and_the_verifier_is_sealed(badgr: Badgr) -> None:
    account = badgr.draft()
    asked = query_of(badgr.sent(account))

    [(hashed, sealed)] = badgr.rows(
        "SELECT state_hash, sealed_verifier FROM authorization_request WHERE connection_id = :id", id=account.id
    )

    assert hashed == sha256(asked["state"].encode()).hexdigest()
    verifier = badgr.web.opened.keys.open(hashed, sealed)
    assert authorization.create_s256_code_challenge(verifier) == asked["code_challenge"]
    on_disk = badgr.files()
    assert hashed.encode() in on_disk
    assert verifier.encode() not in on_disk
    assert asked["state"].encode() not in on_disk


def test_two_of_three_issuers_are_picked_and_only_their_badges_come(badgr: Badgr) -> None:
    account = badgr.draft()

    back = badgr.signed_in(account)
    page = shown(badgr.web.follow(back))
    badgr.chosen(account, *badgr.issuers[:2])
    badgr.finished(account)
    badgr.synced(account)

    assert back.headers["location"] == f"/connections/{account.id}/issuers"
    assert set(page.values("issuer")) == set(badgr.issuers)
    with badgr.web.opened.database.reading() as connection:
        confirmed = {each.issuer: each.by for each in accounts.confirmed(connection, account.id)}
    assert confirmed == dict.fromkeys(badgr.issuers[:2], badgr.web.person.email)
    shown_there = {each["entityId"] for issuer in badgr.issuers[:2] for each in badgr.platform.listed(issuer)}
    brought = badgr.rows("SELECT badge_id, record_id FROM source_identity WHERE connection_id = :id", id=account.id)
    assert {badge for badge, _ in brought} == shown_there
    ctids = badgr.rows("SELECT count(*) FROM record WHERE ctid IS NULL")
    assert ctids == [(0,)]


def test_the_tokens_are_kept_sealed_and_nothing_of_the_code(badgr: Badgr) -> None:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))

    badgr.web.get(address)

    (pair,) = badgr.pairs(account)
    assert badgr.now(account).tokens == pair
    with badgr.web.opened.database.reading() as connection:
        kept = accounts.secrets.kept(connection, badgr.web.opened.keys, f"tokens/{pair}")[""]
    access, refresh = re.findall(r'"([^"]+)"', kept)
    on_disk = badgr.files()
    assert not [each for each in (access, refresh, query_of(address)["code"]) if each.encode() in on_disk]


# What cannot be taken


@dataclass(frozen=True)
class Wrong:
    """An answer that cannot be taken: who brings it, to which address, and for which connection."""

    badgr: Badgr
    address: str
    account: accounts.Account


Bring = Callable[[Badgr], Wrong]


def denied(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    return Wrong(badgr, badgr.decided(badgr.sent(account), "deny"), account)


def another_error(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    state = query_of(badgr.sent(account))["state"]
    return Wrong(badgr, f"{badgr.callback}?error=temporarily_unavailable&state={state}", account)


def without_code(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    return Wrong(badgr, f"{badgr.callback}?state={query_of(badgr.sent(account))['state']}", account)


def made_up_code(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    return Wrong(badgr, f"{badgr.callback}?code={CODE}&state={query_of(badgr.sent(account))['state']}", account)


def unknown_state(badgr: Badgr) -> Wrong:
    return Wrong(badgr, f"{badgr.callback}?code={CODE}&state={STATE}", badgr.draft())


def no_state(badgr: Badgr) -> Wrong:
    return Wrong(badgr, f"{badgr.callback}?code={CODE}", badgr.draft())


def used_after_a_denial(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    there = badgr.sent(account)
    badgr.web.get(badgr.decided(there, "deny"))
    return Wrong(badgr, badgr.decided(there), account)


def late(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))
    with badgr.web.opened.database.transaction() as connection:
        is_it = authorization_request.c.connection_id == account.id
        earlier = authorization_request.c.expires_at - authorization.MINUTES * 60
        connection.execute(update(authorization_request).where(is_it).values(expires_at=earlier))
    return Wrong(badgr, address, account)


def in_another_browser(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    return Wrong(badgr.in_another_browser(), badgr.decided(badgr.sent(account)), account)


def of_a_stranger(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    return Wrong(badgr.as_a_stranger(), badgr.decided(badgr.sent(account)), account)


def changed_meanwhile(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))
    fields = badgr.typed(name=account.name, include_archived="yes")
    assert badgr.web.post(f"/connections/{account.id}/edit", fields).status_code == 303
    return Wrong(badgr, address, account)


def throttled(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))
    badgr.platform.fault("rate_limited", on="token")
    return Wrong(badgr, address, account)


def down(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))
    badgr.platform.stop()
    return Wrong(badgr, address, account)


def a_page_instead(badgr: Badgr) -> Wrong:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))
    badgr.platform.fault("html", on="token")
    return Wrong(badgr, address, account)


AGAIN, SOMEWHERE = "/connections/{}/sign-in", "/connections"


@pytest.mark.parametrize(
    ("bring", "title", "status", "code", "back"),
    [
        (denied, "You said no", 400, "consent_denied", AGAIN),
        (another_error, "No permission came back", 400, "authorization_failed", AGAIN),
        (without_code, "No permission came back", 400, "authorization_failed", AGAIN),
        (made_up_code, "The platform did not accept it", 502, "sign_in_refused", AGAIN),
        (unknown_state, "A sign-in that nobody began", 400, "authorization_unknown", SOMEWHERE),
        (no_state, "A sign-in that nobody began", 400, "authorization_unknown", SOMEWHERE),
        (used_after_a_denial, "Used already", 400, "authorization_used", AGAIN),
        (late, "Too late", 400, "authorization_late", AGAIN),
        (in_another_browser, "Somebody else’s sign-in", 400, "authorization_of_another", SOMEWHERE),
        (of_a_stranger, "Somebody else’s sign-in", 400, "authorization_of_another", SOMEWHERE),
        (changed_meanwhile, "Too late", 400, "authorization_late", AGAIN),
        (throttled, "The platform wants a pause", 502, "sign_in_throttled", AGAIN),
        (down, "The platform does not answer", 502, "platform_unavailable", AGAIN),
        (a_page_instead, "The platform does not answer", 502, "platform_unavailable", AGAIN),
    ],
)
def test_an_answer_that_cannot_be_taken_has_a_page_of_its_own_and_changes_nothing(
    badgr: Badgr, bring: Bring, title: str, status: int, code: str, back: str
) -> None:
    wrong = bring(badgr)
    before = badgr.now(wrong.account)

    answer = wrong.badgr.web.get(wrong.address)

    page = shown(answer, status)
    assert title in page.texts
    assert f"Code {code} ." in page.text()
    assert back.format(wrong.account.id) in links(page)
    assert badgr.now(wrong.account) == before
    assert badgr.pairs(wrong.account) == []
    carried = query_of(wrong.address)
    assert not [value for name, value in carried.items() if name in ("code", "state") and value in answer.text]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_nobody_learns_of_a_connection_of_others_from_its_state(badgr: Badgr) -> None:
    wrong = of_a_stranger(badgr)

    page = shown(wrong.badgr.web.get(wrong.address), 400)

    assert wrong.account.name not in page.text()
    assert not [each for each in links(page) if f"/connections/{wrong.account.id}" in each]


def test_the_same_answer_brought_twice_counts_once(badgr: Badgr) -> None:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))

    first, second = badgr.web.get(address), badgr.web.get(address)

    assert first.status_code == 303
    assert "Used already" in shown(second, 400).texts
    assert len(badgr.pairs(account)) == 1


def test_a_code_that_was_used_for_one_sign_in_is_no_good_for_the_next(badgr: Badgr) -> None:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))
    badgr.web.get(address)
    kept = badgr.pairs(account)
    state = query_of(badgr.sent(account))["state"]

    answer = badgr.web.get(f"{badgr.callback}?code={query_of(address)['code']}&state={state}")

    assert "The platform did not accept it" in shown(answer, 502).texts
    assert badgr.pairs(account) == kept


def test_a_code_is_sent_to_the_platform_once_whatever_it_answers(badgr: Badgr) -> None:
    wrong = a_page_instead(badgr)
    before = len(asked_for_tokens(badgr))

    badgr.web.get(wrong.address)
    badgr.web.get(wrong.address)

    assert len(asked_for_tokens(badgr)) == before + 1


def asked_for_tokens(badgr: Badgr) -> list[Any]:
    return [each for each in badgr.platform.requests if each.path == "/o/token"]


def test_after_a_refusal_the_platform_is_left_alone_for_a_while(badgr: Badgr) -> None:
    badgr.web.get((wrong := throttled(badgr)).address)
    badgr.platform.clear_faults()
    before = len(asked_for_tokens(badgr))

    answer = badgr.signed_in(wrong.account)

    assert "The platform wants a pause" in shown(answer, 502).texts
    assert len(asked_for_tokens(badgr)) == before


def test_the_sign_in_of_a_connection_that_was_removed_leads_nowhere(badgr: Badgr) -> None:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))
    badgr.web.post(f"/connections/{account.id}/remove")

    page = shown(badgr.web.get(address), 400)

    assert "Too late" in page.texts
    assert "/connections" in links(page)
    assert f"/connections/{account.id}/sign-in" not in links(page)
    assert badgr.pairs(account) == []


def test_who_is_not_signed_in_here_is_told_so_and_the_code_goes_no_further(badgr: Badgr) -> None:
    account = badgr.draft()
    address = badgr.decided(badgr.sent(account))

    answer = badgr.web.client.get(address)

    page = shown(answer, 400)
    assert "Not signed in" in page.texts
    assert query_of(address)["code"] not in answer.text
    assert query_of(address)["state"] not in answer.text
    assert "/sign-in?next=/connections" in links(page)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "location" not in answer.headers
    assert badgr.pairs(account) == []


def test_no_code_and_no_state_is_written_to_the_log(
    badgr: Badgr,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(server, "level", logging.WARNING)
    monkeypatch.setattr(server, "handlers", [caplog.handler])
    refused = a_page_instead(badgr)
    failed = badgr.draft()
    address = badgr.decided(badgr.sent(failed))

    badgr.web.get(refused.address)
    badgr.calm_down()
    monkeypatch.setattr(authorization, "exchanged", lambda *given: 1 / 0)
    answer = badgr.web.get(address)
    deadline = time.monotonic() + 10
    while "ZeroDivisionError" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)  # the server answers first
    written = caplog.text + "".join(capsys.readouterr())

    assert answer.status_code == 500
    assert "ZeroDivisionError" in written
    secret = [query_of(each)[name] for each in (address, refused.address) for name in ("code", "state")]
    assert not [each for each in (*secret, "practice-secret") if each in written + answer.text]


# Reconnecting


def test_a_sign_in_that_has_run_out_is_given_again_by_the_same_person(badgr: Badgr) -> None:
    account = badgr.connected()
    badgr.run_out(account)

    page = shown(badgr.web.get(f"/connections/{account.id}"))
    before = shown(badgr.web.get(f"/connections/{account.id}/sign-in"))
    answer = badgr.signed_in(account)
    after = shown(badgr.web.follow(answer))

    assert "Sign in again" in page.texts
    assert "Any person may sign in who sees the same issuers." in before.text()
    assert answer.headers["location"] == f"/connections/{account.id}"
    assert f"{account.name} is signed in again." in after.text()
    assert badgr.said(account)[-1] == "Signed in on the platform."
    assert badgr.now(account).state == "active"
    assert badgr.now(account).settings == account.settings
    assert badgr.pairs(account) == [badgr.now(account).tokens]
    badgr.synced(account)


def test_another_person_who_sees_the_same_issuers_is_accepted_and_noted(badgr: Badgr) -> None:
    account = badgr.connected()
    badgr.run_out(account)
    badgr.platform.deputy.issuers = set(badgr.issuers[:2])

    badgr.signed_in(account, who=DEPUTY)

    assert badgr.said(account)[-1] == "Signed in as another person than before; the same issuers are reachable."
    assert "another person than before" in shown(badgr.web.get(f"/connections/{account.id}")).text()
    badgr.synced(account)


def test_a_person_who_sees_fewer_issuers_is_refused_by_the_name_of_the_missing_one(badgr: Badgr) -> None:
    account = badgr.connected()
    badgr.run_out(account)
    before = badgr.now(account), badgr.pairs(account), badgr.said(account)
    badgr.platform.deputy.issuers = {badgr.issuers[0], badgr.issuers[2]}

    page = shown(badgr.signed_in(account, who=DEPUTY), 400)

    assert "Another account than before" in page.texts
    assert f"does not see {badgr.platform.issuers[1]['name']}." in page.text()
    assert badgr.platform.issuers[0]["name"] not in page.text()
    assert (badgr.now(account), badgr.pairs(account), badgr.said(account)) == before


def test_an_issuer_that_is_read_and_has_no_badges_counts_as_well(badgr: Badgr) -> None:
    issuer = badgr.issuers[2]
    for badge in badgr.platform.listed(issuer, archived=True):
        badgr.platform.archive(badge["entityId"])
    account = badgr.connected(badgr.issuers[0], issuer)
    badgr.platform.deputy.issuers = {badgr.issuers[0]}

    page = shown(badgr.signed_in(account, who=DEPUTY), 400)

    assert f"does not see {issuer}." in page.text()


def test_a_paused_connection_that_is_signed_in_again_stays_paused(badgr: Badgr) -> None:
    account = badgr.connected()
    badgr.web.post(f"/connections/{account.id}/pause")

    badgr.signed_in(account)

    assert badgr.now(account).state == "paused"


def test_removing_a_connection_forgets_its_tokens(badgr: Badgr) -> None:
    account = badgr.connected()
    (pair,) = badgr.pairs(account)

    badgr.web.post(f"/connections/{account.id}/remove")

    assert badgr.pairs(account) == []
    assert badgr.now(account).tokens is None
    names = [name for (name,) in badgr.rows("SELECT name FROM secret")]
    assert not [each for each in names if pair in each or each.startswith(f"connection/{account.id}/")]


def test_who_signs_in_without_consent_of_anybody_has_no_such_page(desk: Web) -> None:
    assert desk.account

    shown(desk.get(f"/connections/{desk.account.id}/sign-in"), 404)
    assert desk.post(f"/connections/{desk.account.id}/sign-in").status_code == 404


def test_of_two_sign_ins_begun_side_by_side_the_later_answer_is_too_late(badgr: Badgr) -> None:
    account = badgr.draft()
    first, second = badgr.sent(account), badgr.sent(account)

    taken = badgr.web.get(badgr.decided(first))
    late = badgr.web.get(badgr.decided(second))

    assert taken.status_code == 303
    assert "Too late" in shown(late, 400).texts
    assert badgr.pairs(account) == [badgr.now(account).tokens]


# Whose client


def test_without_a_client_the_form_says_so_beside_the_field(badgr: Badgr) -> None:
    fields = badgr.typed(client_id="", client_secret="")

    page = shown(badgr.web.post(OWN_SERVER, fields), 400)

    assert [each["id"] for each in page.all("p") if each.get("class") == "err"] == ["e-client_id"]
    assert f"No client is registered here for {badgr.host}" in page.text()
    assert page.values("api_url") == [badgr.platform.url]
    assert fields["name"] not in [name for (name,) in badgr.rows("SELECT name FROM connection")]


def test_a_client_of_the_deployment_makes_one_of_ones_own_needless(badgr: Badgr) -> None:
    with badgr.as_a_deployment():
        account = badgr.connected(client_id="", client_secret="")

        badgr.platform.expire_tokens()
        badgr.synced(account)

    assert "client_id" not in {name for name, value in account.settings.items() if value}


# By a password


def by_password(badgr: Badgr, **changed: str) -> dict[str, str]:
    registrar = badgr.platform.registrar
    typed = {"username": registrar.email, "password": registrar.password, "ui_url": "", "client_id": ""}
    return badgr.typed(client_secret="", **{**typed, **changed})


def test_a_password_is_exchanged_at_once_and_kept_nowhere(badgr: Badgr) -> None:
    fields = by_password(badgr)

    answer = badgr.web.post(BY_PASSWORD, fields)

    account = badgr.named(fields["name"])
    assert answer.headers["location"] == f"/connections/{account.id}/issuers"
    badgr.chosen(account, badgr.issuers[0])
    badgr.finished(account)
    badgr.synced(account)
    badgr.platform.expire_tokens()
    badgr.synced(account)
    assert badgr.pairs(account) == [badgr.now(account).tokens]
    assert fields["password"].encode() not in badgr.files()
    assert fields["username"].encode() in badgr.files(), "the files that are looked into are those of the database"


def test_a_sign_in_by_password_that_has_run_out_is_given_again_in_its_form(badgr: Badgr) -> None:
    fields = by_password(badgr)
    badgr.web.post(BY_PASSWORD, fields)
    account = badgr.named(fields["name"])
    badgr.chosen(account, badgr.issuers[0])
    badgr.finished(account)
    badgr.run_out(account)
    edit = f"/connections/{account.id}/edit"

    page = shown(badgr.web.get(f"/connections/{account.id}"))
    lacking = shown(badgr.web.post(edit, {**fields, "password": ""}), 400)
    answer = badgr.web.post(edit, fields)
    badgr.chosen(account, badgr.issuers[0])
    badgr.finished(account)

    assert edit in links(page)
    assert "Password is needed." in lacking.text()
    assert answer.headers["location"] == f"/connections/{account.id}/issuers"
    assert badgr.now(account).state == "active"
    assert badgr.pairs(account) == [badgr.now(account).tokens]
    badgr.synced(account)


def test_a_wrong_password_is_told_beside_it_and_what_was_typed_is_kept(badgr: Badgr) -> None:
    fields = by_password(badgr, password="not-the-password")

    answer = badgr.web.post(BY_PASSWORD, fields)

    page = shown(answer, 400)
    assert [each["id"] for each in page.all("p") if each.get("class") == "err"] == ["e-password"]
    assert "does not accept this user name and password" in page.text()
    assert page.values("name") == [fields["name"]]
    assert page.values("username") == [fields["username"]]
    assert page.values("password") == [""]
    assert "not-the-password" not in answer.text
    assert fields["name"] not in [name for (name,) in badgr.rows("SELECT name FROM connection")]


def test_a_password_is_never_sent_to_a_region_in_production(badgr: Badgr) -> None:
    before = len(badgr.platform.requests)

    page = shown(badgr.web.post(BY_PASSWORD, by_password(badgr, api_url="", region="eu")), 400)

    assert "A password is not sent to api.eu.badgr.io, which is in production" in page.text()
    assert len(badgr.platform.requests) == before
