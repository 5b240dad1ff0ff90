"""Signing in by a person's tokens: sent as they are kept, renewed when the platform refuses one."""

from __future__ import annotations

import json
import logging
import threading
import time
from urllib.parse import parse_qs

import pytest

from adapters.contract import (
    AuthorizationCode,
    AuthorizationExpired,
    PasswordCredentials,
    PlatformRefused,
    PlatformUnavailable,
    Request,
)
from connector.http import platform_http

SECRETS = {"client_secret": "canary-client"}


class Rotating:
    """A platform that hands out numbered tokens, takes each refresh token once, and only the newest access token."""

    def __init__(self, loopback, answering):
        self.loopback, self.answering = loopback, answering
        self.granted, self.reused = 0, 0
        self.valid, self.refresh = None, "canary-refresh-0"
        self.lock = threading.Lock()
        loopback.routes |= {"/o/token": self.grant, "/x": self.guard}
        self.code = AuthorizationCode(
            f"{loopback.url}authorize", f"{loopback.url}o/token", "our-client", "client_secret", "rw:issuer", "Read."
        )
        self.password = PasswordCredentials(f"{loopback.url}o/token", "teacher", "password")

    def grant(self, request):
        with self.lock:
            form = parse_qs(self.loopback.seen[-1].body)
            if form["refresh_token"] != [self.refresh]:
                self.reused += 1
                return self.answering(401, '{"error":"invalid_grant"}')(request)
            self.granted += 1
            self.valid, self.refresh = f"canary-access-{self.granted}", f"canary-refresh-{self.granted}"
            members = {"access_token": self.valid, "token_type": "Bearer", "refresh_token": self.refresh}
        return self.answering(body=json.dumps(members))(request)

    def guard(self, request):
        ok = request.headers.get("authorization") == f"Bearer {self.valid}"
        self.answering(200 if ok else 401, "[]")(request)


class Kept:
    """Tokens in memory: whoever comes first renews, the others take what it got."""

    def __init__(self, access="canary-access-0", refresh="canary-refresh-0"):
        self.access, self.refresh = access, refresh
        self.lock = threading.Lock()
        self.refused = []

    def current(self):
        return self.access

    def renewed(self, refused, ask):
        with self.lock:
            self.refused.append(refused)
            if self.access == refused:
                granted = ask({"grant_type": "refresh_token", "refresh_token": self.refresh})
                self.access, self.refresh = granted.access_token, granted.refresh_token
            return self.access

    def hidden(self):
        return frozenset({self.access, self.refresh})


@pytest.fixture
def rotating(platform, answering):
    return Rotating(platform, answering)


@pytest.fixture
def kept():
    return Kept()


def test_the_kept_token_goes_along_as_bearer(platform, connect, rotating, kept):
    rotating.valid = "canary-access-0"
    http = connect(rotating.code, SECRETS, tokens=kept)
    http.get(Request("x"))
    assert platform.seen[0].headers["authorization"] == "Bearer canary-access-0"
    assert (kept.refused, http.requests_sent) == ([], 1)


def test_a_401_renews_once_and_the_request_goes_out_again(platform, connect, rotating, kept):
    http = connect(rotating.code, SECRETS, tokens=kept)
    assert http.get(Request("x")).status == 200
    assert http.get(Request("x")).status == 200
    assert platform.paths() == ["/x", "/o/token", "/x", "/x"]
    assert (rotating.granted, rotating.reused, kept.refused) == (1, 0, ["canary-access-0"])
    assert http.requests_sent == 4


def test_a_token_that_others_renewed_meanwhile_is_taken_without_asking(platform, connect, rotating):
    rotating.valid = "canary-by-others"

    class ByOthers(Kept):
        def renewed(self, refused, ask):
            return "canary-by-others"

    assert connect(rotating.code, SECRETS, tokens=ByOthers()).get(Request("x")).status == 200
    assert platform.paths() == ["/x", "/x"]


def test_a_second_401_asks_for_a_new_connection(platform, connect, answering, rotating, kept):
    platform.routes["/x"] = answering(401)
    with pytest.raises(AuthorizationExpired, match="does not accept this sign-in"):
        connect(rotating.code, SECRETS, tokens=kept).get(Request("x"))
    assert platform.paths() == ["/x", "/o/token", "/x"]


def test_the_client_goes_along_with_a_renewal(platform, connect, rotating, kept):
    connect(rotating.code, SECRETS, tokens=kept).get(Request("x"))
    asked = platform.seen[1]
    assert asked.headers["authorization"].startswith("Basic ")
    assert parse_qs(asked.body) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["canary-refresh-0"],
        "client_id": ["our-client"],
        "client_secret": ["canary-client"],
    }


@pytest.mark.parametrize(("kind", "client"), [("code", {"client_id"}), ("password", set())])
def test_a_public_client_sends_only_its_id_and_a_password_sign_in_none(platform, connect, rotating, kept, kind, client):
    connect(getattr(rotating, kind), {}, tokens=kept).get(Request("x"))
    assert "authorization" not in platform.seen[1].headers
    assert set(parse_qs(platform.seen[1].body)) == {"grant_type", "refresh_token"} | client


@pytest.mark.parametrize("kind", ["code", "password"])
def test_a_sign_in_of_a_person_without_tokens_is_a_mistake_of_ours(platform, rotating, kind):
    with pytest.raises(ValueError, match="tokens"):
        platform_http(platform.url, getattr(rotating, kind), SECRETS)


def test_a_client_secret_that_no_header_can_carry_is_named(platform, rotating, kept):
    with pytest.raises(PlatformRefused, match="client_secret"):
        platform_http(platform.url, rotating.code, {"client_secret": "two words"}, tokens=kept)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "retry_after"),
    [
        (500, "{}", PlatformUnavailable, "platform_unavailable", None),
        (503, "<html>", PlatformUnavailable, "platform_unavailable", None),
        (429, '{"error":"login attempts throttled","expires":2}', PlatformUnavailable, "sign_in_throttled", 2.0),
        (401, '{"error":"invalid_grant"}', AuthorizationExpired, None, None),
        (None, "", PlatformUnavailable, "platform_unavailable", None),
    ],
)
def test_a_renewal_that_fails_is_never_repeated_nor_is_the_request(
    platform, connect, answering, rotating, kept, instant_retries, status, body, kind, code, retry_after
):
    platform.routes["/o/token"] = (
        answering(status, body) if status else lambda request: setattr(request, "close_connection", True)
    )
    http = connect(rotating.code, SECRETS, tokens=kept)
    with pytest.raises(kind) as failed:
        http.get(Request("x"))
    assert (getattr(failed.value, "code", None), getattr(failed.value, "retry_after", None)) == (code, retry_after)
    assert (platform.paths(), http.requests_sent) == (["/x", "/o/token"], 2)


def test_a_page_that_stumbles_after_a_renewal_is_tried_again_with_the_new_token(
    platform, connect, answering, rotating, kept, instant_retries
):
    platform.routes["/x"] = [rotating.guard, answering(500), rotating.guard]
    assert connect(rotating.code, SECRETS, tokens=kept).get(Request("x")).status == 200
    assert platform.paths() == ["/x", "/o/token", "/x", "/x"]


def test_eight_threads_may_wait_for_a_renewal_at_once(connect, rotating):
    together = threading.Barrier(8)

    class Together(Kept):
        def renewed(self, refused, ask):
            together.wait(5)
            return super().renewed(refused, ask)

    http = connect(rotating.code, SECRETS, tokens=Together())
    answers = list(http.in_order([Request("x")] * 8, ahead=8))
    assert [answer.status for answer in answers] == [200] * 8
    assert (rotating.granted, rotating.reused, http.requests_sent) == (1, 0, 17)


def test_a_renewal_that_takes_long_holds_nobody_up(platform, connect, answering, rotating):
    entered, let_go = threading.Event(), threading.Event()

    class Slow(Kept):
        def renewed(self, refused, ask):
            entered.set()
            assert let_go.wait(5)
            return super().renewed(refused, ask)

    platform.routes["/open"] = answering(body="[]")
    http = connect(rotating.code, SECRETS, tokens=Slow())
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(http.get(Request("x")).status))
    waiting.start()
    assert entered.wait(5)
    assert http.get(Request("open")).status == 200
    assert answers == []
    let_go.set()
    waiting.join(5)
    assert answers == [200]


def test_closing_does_not_cut_off_a_renewal_that_is_under_way(platform, connect, answering, rotating, kept):
    asked = threading.Event()

    def slowly(request):
        asked.set()
        time.sleep(0.4)
        rotating.grant(request)

    platform.routes |= {"/o/token": slowly, "/open": answering(body="[]")}
    http = connect(rotating.code, SECRETS, tokens=kept)
    answers = http.in_order([Request("open"), Request("x")], ahead=2)
    next(answers)
    assert asked.wait(5)
    answers.close()
    http.close()
    until = time.monotonic() + 5
    while kept.access == "canary-access-0" and time.monotonic() < until:
        time.sleep(0.01)
    assert (kept.access, kept.refresh) == ("canary-access-1", "canary-refresh-1")


def test_neither_tokens_nor_secrets_are_shown_anywhere(
    platform, connect, answering, rotating, kept, all_told, caplog, failing
):
    caplog.set_level(logging.DEBUG)
    http = connect(rotating.code, SECRETS, tokens=kept)
    auth = http._client.auth
    shown = []

    def echo(status):
        def reply(request):
            sent = platform.seen[-1]
            words = f"{sent.headers.get('authorization')} {sent.body} canary-client {kept.refresh}"
            answering(status, json.dumps({"error": "no", "error_description": words}))(request)

        return reply

    for page, token in ((403, 200), (401, 400), (401, 401), (401, 429)):
        rotating.valid = None
        platform.routes["/x"] = [rotating.guard, echo(page)]
        platform.routes["/o/token"] = rotating.grant if token == 200 else echo(token)
        shown += [all_told(failing(http)), repr(http), repr(auth), repr(vars(http))]
    assert "canary" not in "\n".join([*shown, caplog.text])
