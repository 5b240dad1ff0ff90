"""The practice Canvas Credentials as an authorization server: log-in, consent, codes, tokens, throttling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connector.demo.canvas_catalogue import practice_account
from connector.demo.practice_canvas import DEPUTY, REGISTRAR, PracticeCanvas
from connector.demo.practice_grants import challenge_of

Json = dict[str, Any]
Start = Callable[..., tuple[PracticeCanvas, httpx.Client]]

CALLBACK = "http://127.0.0.1:8080/connect/callback"
AUTHORIZE = "/auth/oauth2/authorize"
VERIFIER = "practice-verifier-of-more-than-forty-three-letters"
ASKED = {
    "response_type": "code",
    "client_id": "practice-client",
    "redirect_uri": CALLBACK,
    "scope": "rw:issuer r:profile",
    "state": "state & more",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}
CLIENT = ("practice-client", "practice-secret")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server with two issuers and these options, and a client that follows no redirect."""
    with ExitStack() as running:

        def start(**options: Any) -> tuple[PracticeCanvas, httpx.Client]:
            server = PracticeCanvas(*practice_account(3, 2), redirect_uris=[CALLBACK], **options)
            running.enter_context(server)
            client = httpx.Client(base_url=server.url, timeout=10, trust_env=False, verify=False)
            return server, running.enter_context(client)

        yield start


class _Form(HTMLParser):
    """The one form of a page: where it goes, its fields, and the labels they have."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.labels: set[str] = set()
        self.ids: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        if tag == "input":
            self.fields[given["name"]] = given.get("value", "")
            if given["type"] != "hidden":
                self.ids.add(given["id"])
        if tag == "label":
            self.labels.add(given["for"])


def _log_in(client: httpx.Client, user: tuple[str, str] = REGISTRAR, **asked: str) -> httpx.Response:
    """The consent page, reached by way of the log-in page."""
    form = _Form(client.get(AUTHORIZE, params={**ASKED, **asked}).text)
    fields = {"email": user[0], "password": user[1], "step": "log-in"}
    answer = client.post(form.action, data={**form.fields, **fields})
    return client.get(answer.headers["location"]) if answer.status_code == 303 else answer


def _decide(client: httpx.Client, consent: httpx.Response, step: str) -> httpx.Response:
    form = _Form(consent.text)
    return client.post(form.action, data={**form.fields, "step": step})


def _returned(answer: httpx.Response) -> dict[str, str]:
    address = answer.headers["location"]
    assert address.partition("?")[0] == CALLBACK
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def _code(client: httpx.Client) -> str:
    answer = _decide(client, _log_in(client), "allow")
    assert answer.status_code == 302
    return _returned(answer)["code"]


def _exchange(client: httpx.Client, code: str, **other: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return client.post("/o/token", data={**form, **other}, auth=CLIENT)


def _refresh(client: httpx.Client, token: Json, **other: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"], **other}
    return client.post("/o/token", data=form, auth=CLIENT)


def _status(client: httpx.Client, token: Json) -> int:
    return client.get("/v2/issuers", headers={"Authorization": f"Bearer {token['access_token']}"}).status_code


def _error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


# Logging in and allowing


def test_a_client_without_a_browser_walks_to_a_token_and_reads_two_issuers(start: Start) -> None:
    _, client = start()
    consent = _log_in(client)
    assert "Practice Badge Connector" in consent.text
    assert "rw:issuer" in consent.text
    answer = _decide(client, consent, "allow")
    returned = _returned(answer)
    assert answer.status_code == 302
    assert (returned["state"], returned["scope"]) == ("state & more", "rw:issuer r:profile")

    granted = _exchange(client, returned["code"])

    token = granted.json()
    assert granted.headers["cache-control"] == "no-store"
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 86400)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    issuers = client.get("/v2/issuers", headers=headers).json()["result"]
    names = [
        client.get(f"/v2/issuers/{each['entityId']}/badgeclasses", headers=headers).json()["result"] for each in issuers
    ]
    assert [len(listed) for listed in names] == [3, 2]


def test_the_pages_work_without_script_and_every_field_has_its_label(start: Start) -> None:
    _, client = start()
    page = client.get(AUTHORIZE, params=ASKED)
    form = _Form(page.text)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="en">' in page.text
    assert re.search(r"<title>Log in · Practice[^<]+</title>", page.text)
    assert "<script" not in page.text + _log_in(client).text
    assert form.ids == form.labels == {"email", "password"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"response_type": "token"}, "response_type"),
        ({"client_id": "other"}, "client_id"),
        ({"redirect_uri": f"{CALLBACK}/"}, "redirect_uri"),
        ({"redirect_uri": CALLBACK.replace("127.0.0.1", "localhost")}, "redirect_uri"),
        ({"scope": ""}, "scope"),
        ({"scope": "rw:issuer everything"}, "scope"),
        ({"code_challenge": ""}, "code_challenge"),
        ({"code_challenge_method": "plain"}, "code_challenge"),
    ],
)
def test_what_cannot_be_granted_is_said_and_never_sent_back(start: Start, wrong: dict[str, str], said: str) -> None:
    _, client = start()
    answer = client.get(AUTHORIZE, params={**ASKED, **wrong})
    assert answer.status_code == 400
    assert said in answer.text
    assert "<form" not in answer.text


def test_the_response_type_may_be_left_out_as_some_clients_do(start: Start) -> None:
    _, client = start()
    asked = {name: value for name, value in ASKED.items() if name != "response_type"}
    assert client.get(AUTHORIZE, params=asked).status_code == 200


def test_a_wrong_password_is_told_and_leads_nowhere(start: Start) -> None:
    _, client = start()
    answer = _log_in(client, (REGISTRAR[0], "wrong"))
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert 'name="password"' in client.get(AUTHORIZE, params=ASKED).text


def test_a_denial_comes_back_as_access_denied_with_the_state(start: Start) -> None:
    _, client = start()
    answer = _decide(client, _log_in(client), "deny")
    assert _returned(answer) == {"error": "access_denied", "state": "state & more"}


def test_a_denial_can_end_on_a_page_instead(start: Start) -> None:
    _, client = start(denial_redirects=False)
    answer = _decide(client, _log_in(client), "deny")
    assert answer.status_code == 200
    assert "gets no access" in answer.text


def test_a_person_stays_logged_in_and_another_can_take_over(start: Start) -> None:
    server, client = start()
    server.deputy.issuers = {server.issuers[1]["entityId"]}
    consent = _log_in(client)
    assert REGISTRAR[0] in client.get(AUTHORIZE, params=ASKED).text
    assert _decide(client, consent, "switch").status_code == 303
    code = _returned(_decide(client, _log_in(client, DEPUTY), "allow"))["code"]

    headers = {"Authorization": f"Bearer {_exchange(client, code).json()['access_token']}"}

    assert client.get("/v2/users/self", headers=headers).json()["result"][0]["emails"][0]["email"] == DEPUTY[0]
    seen = client.get("/v2/issuers", headers=headers).json()["result"]
    assert [each["entityId"] for each in seen] == [server.issuers[1]["entityId"]]


def test_nothing_is_allowed_without_the_ticket_of_the_consent_page(start: Start) -> None:
    _, client = start()
    form = _Form(_log_in(client).text)
    assert client.post(form.action, data={"step": "allow"}).status_code == 403
    assert client.post(form.action, data={**form.fields, "step": "allow", "ticket": "other"}).status_code == 403
    assert client.post(form.action, json={**form.fields, "step": "allow"}).status_code == 403


def test_what_the_application_sends_is_shown_as_text(start: Start) -> None:
    _, client = start()
    page = client.get(AUTHORIZE, params={**ASKED, "state": '"><b>bold'}).text
    assert "<b>" not in page
    assert "%3Cb%3E" in unescape(page)


# Codes


def test_the_client_may_name_itself_in_the_body(start: Start) -> None:
    _, client = start()
    form = {"grant_type": "authorization_code", "code": _code(client), "redirect_uri": CALLBACK}
    form |= {"code_verifier": VERIFIER, "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    assert client.post("/o/token", data=form).status_code == 200


def test_a_failed_try_does_not_burn_the_code_and_a_used_one_is_refused(start: Start) -> None:
    _, client = start(throttle_scale=0)
    code = _code(client)
    missing = _exchange(client, code, code_verifier="")
    assert missing.json() == {"error": "invalid_request", "error_description": "Code verifier required."}
    assert _error(_exchange(client, code, code_verifier="wrong")) == (400, "invalid_grant")
    assert _error(_exchange(client, code, redirect_uri=f"{CALLBACK}?x=1")) == (400, "invalid_request")
    granted = _exchange(client, code)
    assert granted.status_code == 200
    assert _error(_exchange(client, code)) == (400, "invalid_grant")
    assert _status(client, granted.json()) == 200


def test_a_used_code_that_comes_back_can_end_its_tokens(start: Start) -> None:
    server, client = start(throttle_scale=0, used_code_revokes=True)
    code = _code(client)
    token = _exchange(client, code).json()
    assert _error(_exchange(client, code)) == (400, "invalid_grant")
    assert _status(client, token) == 401
    assert server.families_revoked == 1


def test_a_code_ends_with_its_lifetime(start: Start) -> None:
    clock = Clock()
    _, client = start(clock=clock, code_lifetime=60)
    code = _code(client)
    clock.now += 60
    assert _error(_exchange(client, code)) == (400, "invalid_grant")


# Tokens


def test_a_refresh_rotates_both_tokens_and_the_old_access_token_dies_at_once(start: Start) -> None:
    server, client = start()
    old = server.mint()
    assert _status(client, old) == 200
    new = _refresh(client, old).json()
    assert new["refresh_token"] != old["refresh_token"]
    assert (_status(client, old), _status(client, new)) == (401, 200)
    assert server.refreshes == 1


@pytest.mark.parametrize(("hosted", "status"), [(True, 401), (False, 400)])
def test_a_refresh_token_that_is_used_twice_ends_the_whole_family(start: Start, hosted: bool, status: int) -> None:
    server, client = start(hosted=hosted, throttle_scale=0)
    first = server.mint()
    others = server.mint()
    second = _refresh(client, first).json()
    refused = _refresh(client, first)
    assert (refused.status_code, refused.json()) == (status, {"error": "invalid_grant"})
    assert (_status(client, second), _status(client, others)) == (401, 200)
    assert _refresh(client, second).status_code == status
    assert server.families_revoked == 1


def test_the_newer_chain_can_stay_alive_as_on_the_open_source_server(start: Start) -> None:
    server, client = start(revokes_family=False, throttle_scale=0)
    first = server.mint()
    second = _refresh(client, first).json()
    assert _refresh(client, first).status_code == 401
    assert _status(client, second) == 200
    assert _refresh(client, second).status_code == 200
    assert server.families_revoked == 0


def test_of_many_refreshes_at_once_exactly_one_wins(start: Start) -> None:
    server, client = start(throttle_scale=0, revokes_family=False)
    token = server.mint()
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: _refresh(client, token).status_code, range(8)))
    assert statuses == [200] + [401] * 7
    assert server.refreshes == 1


def test_the_tokens_of_an_application_are_refreshed_by_that_application_only(start: Start) -> None:
    server, client = start(throttle_scale=0)
    token = server.mint()
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    assert _error(client.post("/o/token", data=form)) == (400, "invalid client_id")
    assert _error(client.post("/o/token", data=form, auth=(CLIENT[0], "wrong"))) == (400, "invalid client_secret")
    assert client.post("/o/token", data=form, auth=CLIENT).status_code == 200


def test_an_observed_server_refreshes_without_the_client(start: Start) -> None:
    server, client = start(refresh_needs_client=False)
    form = {"grant_type": "refresh_token", "refresh_token": server.mint()["refresh_token"]}
    assert client.post("/o/token", data=form).status_code == 200


def test_ended_access_tokens_can_be_refreshed_and_revoked_ones_cannot(start: Start) -> None:
    server, client = start()
    token = server.mint()
    server.expire_tokens()
    assert _status(client, token) == 401
    token = _refresh(client, token).json()
    assert _status(client, token) == 200
    server.revoke_tokens()
    assert _status(client, token) == 401
    assert _error(_refresh(client, token)) == (401, "invalid_grant")


@pytest.mark.parametrize(("slides", "last"), [(True, 200), (False, 401)])
def test_a_token_used_in_the_second_half_of_its_life_gets_a_new_one(start: Start, slides: bool, last: int) -> None:
    clock = Clock()
    server, client = start(clock=clock, token_lifetime=100, slides=slides)
    token = server.mint()
    statuses = []
    for _ in range(3):
        clock.now += 60
        statuses.append(_status(client, token))
    assert token["expires_in"] == 100
    assert statuses == [200, last, last]


def test_a_token_that_lies_idle_ends_with_its_lifetime(start: Start) -> None:
    clock = Clock()
    server, client = start(clock=clock, token_lifetime=100)
    token = server.mint()
    clock.now += 100
    assert _status(client, token) == 401


def test_an_application_may_get_no_refresh_tokens(start: Start) -> None:
    _, client = start(issues_refresh_tokens=False)
    assert "refresh_token" not in _exchange(client, _code(client)).json()


def test_a_password_opens_the_own_account_without_any_client(start: Start) -> None:
    _, client = start(throttle_scale=0)
    form = {"username": REGISTRAR[0], "password": REGISTRAR[1]}
    token = client.post("/o/token", data=form).json()
    assert token["scope"] == "rw:profile rw:issuer rw:backpack"
    assert _status(client, token) == 200
    assert client.post("/o/token", data={**form, "password": "wrong"}).json()["error"] == "invalid_grant"
    refused = client.post("/o/token", data={**form, "scope": "rw:everything"})
    assert _error(refused) == (400, "invalid scope requested")
    assert refused.headers["content-type"].startswith("text/html")


def test_parameters_in_the_address_or_as_json_are_refused(start: Start) -> None:
    _, client = start(throttle_scale=0)
    form = {"username": REGISTRAR[0], "password": REGISTRAR[1]}
    assert client.post("/o/token", params=form).status_code == 400
    assert client.post("/o/token?scope=rw:issuer", data=form).status_code == 400
    assert client.post("/o/token", json=form).status_code == 400
    assert client.get("/o/token").status_code == 405
    assert _error(client.post("/o/token", data={"grant_type": "client_credentials"})) == (400, "unsupported_grant_type")


# Throttling


def test_any_failure_makes_everybody_wait_twice_as_long_each_time(start: Start) -> None:
    clock = Clock()
    server, client = start(clock=clock)
    token = server.mint()
    waits = []
    for _ in range(3):
        assert _error(_exchange(client, "unknown")) == (400, "invalid_grant")
        throttled = _refresh(client, token)
        assert _error(throttled) == (429, "login attempts throttled")
        assert throttled.headers["content-type"].startswith("text/html")
        assert "retry-after" not in throttled.headers
        waits.append(throttled.json()["expires"])
        clock.now += waits[-1]
    assert waits == [2, 4, 8]
    assert _refresh(client, token).status_code == 200


def test_a_success_clears_the_throttle(start: Start) -> None:
    clock = Clock()
    server, client = start(clock=clock)
    token = server.mint()
    for _ in range(2):
        _exchange(client, "unknown")
        clock.now += 60
    assert _refresh(client, token).status_code == 200
    _exchange(client, "unknown")
    assert _exchange(client, "unknown").json()["expires"] == 2


def test_a_user_name_has_a_throttle_of_its_own(start: Start) -> None:
    server, client = start()
    form = {"username": REGISTRAR[0], "password": "wrong"}
    assert [client.post("/o/token", data=form).status_code for _ in range(2)] == [400, 429]
    assert _refresh(client, server.mint()).status_code == 200


def test_the_wait_can_be_scaled_and_ended_by_hand(start: Start) -> None:
    server, client = start(throttle_scale=1000)
    token = server.mint()
    _exchange(client, "unknown")
    assert _refresh(client, token).json()["expires"] == 2000
    server.calm_down()
    assert _refresh(client, token).status_code == 200


def test_faults_befall_the_token_endpoint(start: Start) -> None:
    server, client = start()
    token = server.mint()
    server.fault("server_error", on="token", status=503, times=1)
    server.fault("wrong_content_type", on="token", content_type="text/html")
    assert _refresh(client, token).status_code == 503
    answer = _refresh(client, token)
    assert answer.headers["content-type"] == "text/html"
    assert answer.json()["token_type"] == "Bearer"
