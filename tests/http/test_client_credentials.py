"""Signing in by OAuth 2.0 client credentials, against a real token server."""

import json
import logging
import threading
from urllib.parse import parse_qs

import pytest

from adapters.contract import (
    AuthorizationExpired,
    AuthorizationServer,
    PlatformRefused,
    PlatformUnavailable,
    Request,
)
from connector.http import Wire
from connector.http.sign_in import ClientCredentials, lifetime

CANARY = "canary-secret/+&="
SECRETS = {"client_secret": CANARY, "client_id": "our-client"}


class TokenServer:
    """Hands out numbered tokens, and lets the platform refuse all but the newest."""

    def __init__(self, loopback, answering, **members):
        self.loopback, self.answering, self.members = loopback, answering, members
        self.granted = 0
        self.valid = None
        loopback.routes["/oauth/token"] = self.grant
        self.server = AuthorizationServer(f"{loopback.url}oauth/token", "client_id", "client_secret", "badge_templates")

    def grant(self, request):
        self.granted += 1
        self.valid = f"access-{self.granted}"
        members = {"access_token": self.valid, "token_type": "Bearer", "expires_in": 7200, **self.members}
        self.answering(body=json.dumps({k: v for k, v in members.items() if v is not None}))(request)

    def protect(self, path):
        def reply(request):
            ok = request.headers.get("authorization") == f"Bearer {self.valid}"
            self.answering(200 if ok else 401, "[]")(request)

        self.loopback.routes[path] = reply


@pytest.fixture
def token_server(platform, answering):
    """A token server at the platform, and a page behind it."""
    server = TokenServer(platform, answering)
    server.protect("/x")
    return server


def test_the_token_request_is_a_form_that_carries_the_client(platform, connect, token_server):
    http = connect(token_server.server, SECRETS)
    http.get(Request("x"))
    http.get(Request("x"))
    form, *pages = platform.seen
    assert (form.method, form.path) == ("POST", "/oauth/token")
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in form.headers
    assert parse_qs(form.body) == {
        "grant_type": ["client_credentials"],
        "client_id": ["our-client"],
        "client_secret": [CANARY],
        "scope": ["badge_templates"],
    }
    assert [page.headers["authorization"] for page in pages] == ["Bearer access-1"] * 2
    assert http.requests_sent == 3


def test_eight_threads_fetch_one_token(platform, connect, token_server):
    http = connect(token_server.server, SECRETS)
    barrier, answers = threading.Barrier(8), []

    def read():
        barrier.wait()
        answers.append(http.get(Request("x")).status)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, token_server.granted, http.requests_sent) == ([200] * 8, 1, 9)


def test_a_token_refused_to_eight_threads_is_renewed_once(platform, connect, token_server):
    http = connect(token_server.server, SECRETS)
    http.get(Request("x"))
    token_server.valid = "revoked"
    answers = list(http.in_order([Request("x")] * 8, ahead=8))
    assert ([answer.status for answer in answers], token_server.granted) == ([200] * 8, 2)


def test_a_second_401_after_renewal_asks_for_a_new_connection(platform, connect, answering, token_server):
    platform.routes["/x"] = answering(401)
    http = connect(token_server.server, SECRETS)
    with pytest.raises(AuthorizationExpired, match="does not accept this sign-in"):
        http.get(Request("x"))
    assert (token_server.granted, http.requests_sent) == (2, 4)


def test_a_token_is_renewed_at_four_fifths_of_its_life(platform, connect, token_server):
    http = connect(token_server.server, SECRETS)
    clock = [1000.0]
    assert isinstance(http._client.auth, ClientCredentials)
    http._client.auth._clock = lambda: clock[0]
    for now, granted in ((1000, 1), (1000 + 5759, 1), (1000 + 5761, 2)):
        clock[0] = now
        http.get(Request("x"))
        assert token_server.granted == granted


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (7200, 7200),
        ("7200", 7200),
        (1.5, 1.5),
        (None, 3600),
        (0, 3600),
        (-5, 3600),
        ("-5", 3600),
        ("soon", 3600),
        ("", 3600),
        ("nan", 3600),
        (float("nan"), 3600),
        (True, 3600),
        ([], 3600),
        ({}, 3600),
        (10**400, 86_400),
        ("1e999", 86_400),
        (float("inf"), 86_400),
        (10**9, 86_400),
    ],
)
def test_every_stated_lifetime_can_be_lived_with(expires_in, seconds):
    assert lifetime(expires_in) == seconds


@pytest.mark.parametrize("expires_in", [None, 0, -1, "7200", "nonsense", 10**400])
def test_a_strange_lifetime_still_signs_in(platform, connect, answering, expires_in):
    server = TokenServer(platform, answering, expires_in=expires_in)
    server.protect("/x")
    http = connect(server.server, SECRETS)
    http.get(Request("x"))
    http.get(Request("x"))
    assert server.granted == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, '{"error":"invalid_client"}'),
        (400, '{"error":"invalid_client","error_description":"Client authentication failed"}'),
        (400, '{"error":"unauthorized_client"}'),
        (400, '{"error":"invalid client_secret"}'),
        (401, "<html>no</html>"),
        (200, '{"error":"invalid_client"}'),
    ],
)
def test_a_refused_client_asks_for_a_new_connection_and_is_not_sent_again(
    platform, connect, answering, token_server, status, body
):
    platform.routes["/oauth/token"] = answering(status, body)
    http = connect(token_server.server, SECRETS)
    for _ in range(2):
        with pytest.raises(AuthorizationExpired, match="client id and secret"):
            http.get(Request("x"))
    assert platform.paths() == ["/oauth/token"]


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "tries"),
    [
        (500, "{}", PlatformUnavailable, "platform_unavailable", 4),
        (502, "<html>Bad gateway</html>", PlatformUnavailable, "platform_unavailable", 4),
        (429, '{"error":"login attempts throttled"}', PlatformUnavailable, "sign_in_throttled", 4),
        (200, "<html>Maintenance</html>", PlatformUnavailable, "platform_unavailable", 1),
        (200, "{}", PlatformUnavailable, "platform_unavailable", 1),
        (200, "[" * 50_000, PlatformUnavailable, "platform_unavailable", 1),
        (200, '{"access_token":""}', PlatformUnavailable, "platform_unavailable", 1),
        (200, '{"access_token":["a"]}', PlatformUnavailable, "platform_unavailable", 1),
        (200, '{"access_token":"a\\r\\nX: b"}', PlatformUnavailable, "platform_unavailable", 1),
        (200, '{"access_token":"a","token_type":"mac"}', PlatformUnavailable, "platform_unavailable", 1),
        (400, '{"error":"invalid_scope"}', PlatformRefused, "permission_missing", 1),
        (400, '{"error":"invalid scope requested"}', PlatformRefused, "permission_missing", 1),
        (400, '{"error":"invalid_request"}', PlatformRefused, "request_refused", 1),
        (404, "{}", PlatformRefused, "not_found", 1),
        (302, "", PlatformRefused, "redirected", 1),
    ],
)
def test_other_failures_of_the_token_server_have_their_own_meaning(
    platform, connect, answering, token_server, instant_retries, status, body, kind, code, tries
):
    platform.routes["/oauth/token"] = answering(status, body)
    http = connect(token_server.server, SECRETS)
    with pytest.raises(kind) as failed:
        http.get(Request("x"))
    assert (failed.value.code, http.requests_sent) == (code, tries)
    assert set(platform.paths()) == {"/oauth/token"}


def test_a_silent_token_server_is_a_time_out_and_frees_the_lock(platform, connect, token_server, instant_retries):
    released = threading.Event()
    platform.routes["/oauth/token"] = [lambda request: released.wait(1)] * 4 + [token_server.grant]
    http = connect(token_server.server, SECRETS, wire=Wire(read_seconds=0.05))
    with pytest.raises(PlatformUnavailable) as failed:
        http.get(Request("x"))
    assert failed.value.code == "platform_timeout"
    released.set()
    assert http.get(Request("x")).status == 200


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:{port}/t", "https://169.254.169.254/t", "file:///etc/passwd"])
def test_the_token_endpoint_is_guarded_like_everything_else(platform, elsewhere, connect, endpoint):
    server = AuthorizationServer(endpoint.format(port=elsewhere.port), "client_id", "client_secret")
    with pytest.raises(PlatformRefused) as refused:
        connect(server, SECRETS).get(Request("x"))
    assert refused.value.code == "private_address"
    assert (platform.seen, elsewhere.seen) == ([], [])


def test_a_client_id_that_is_no_secrets_name_is_the_id_itself(platform, connect, token_server):
    server = AuthorizationServer(token_server.server.token_endpoint, "public-id", "client_secret")
    connect(server, SECRETS).get(Request("x"))
    assert parse_qs(platform.seen[0].body)["client_id"] == ["public-id"]


def test_neither_secret_nor_token_is_shown_anywhere(platform, connect, answering, token_server, caplog):
    caplog.set_level(logging.DEBUG)
    http = connect(token_server.server, SECRETS)
    http.get(Request("x"))
    auth = http._client.auth
    shown = [repr(http), repr(auth), repr(auth._token), repr(http._client)]
    for path, status in (("/x", 403), ("/oauth/token", 400)):
        platform.routes[path] = lambda request, status=status: answering(
            status,
            json.dumps(
                {
                    "data": {"message": f"no {request.headers.get('authorization')}"},
                    "error": "invalid_client",
                    "error_description": f"wrong {CANARY}",
                }
            ),
        )(request)
        with pytest.raises((PlatformRefused, AuthorizationExpired)) as failed:
            http.get(Request("x"))
        shown += [repr(failed.value), repr(failed.value.__context__)]
        auth._token = None
    whole = "\n".join([*shown, caplog.text])
    assert CANARY not in whole
    assert "access-1" not in whole
