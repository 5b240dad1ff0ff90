"""Asking a token endpoint: what is sent, once, and what each answer comes to."""

from __future__ import annotations

import base64
import json
import logging
import time
from urllib.parse import parse_qs

import pytest

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable
from connector.http import Granted, Wire, token_endpoint
from connector.storage import Database

CLIENT = ("our-client", "canary-client/+&=:")
REFRESH = {"grant_type": "refresh_token", "refresh_token": "canary-refresh/+&="}
CODE = {
    "grant_type": "authorization_code",
    "code": "canary-code",
    "redirect_uri": "https://connector.example/callback?a=b",
    "code_verifier": "canary-verifier",
}
PASSWORD = {"grant_type": "password", "username": "canary-teacher", "password": "canary pässwörd &=%"}
TOKENS = {"access_token": "canary-access", "token_type": "Bearer", "refresh_token": "canary-next", "expires_in": 86400}


@pytest.fixture
def endpoint(platform):
    """The practice platform's token endpoint, asked with a client unless told."""
    made = []

    def make(client=CLIENT, **options):
        settings = {"allowed_private_hosts": platform.allowed, **options}
        made.append(token_endpoint(settings.pop("address", f"{platform.url}o/token"), client, **settings))
        return made[-1].__enter__()

    yield make
    for block in made:
        block.__exit__(None, None, None)


@pytest.fixture
def asking():
    """Asks and answers with the exception that this ends in."""

    def ask(endpoint, form=REFRESH):
        with pytest.raises((AuthorizationExpired, PlatformRefused, PlatformUnavailable)) as failed:
            endpoint.ask(form)
        return failed.value

    return ask


@pytest.mark.parametrize("form", [REFRESH, CODE, PASSWORD])
def test_the_grant_and_the_client_are_in_the_body_and_the_client_in_the_header_too(platform, endpoint, answering, form):
    platform.routes["/o/token"] = answering(body=json.dumps({**TOKENS, "scope": "rw:profile rw:issuer"}))
    assert endpoint().ask(form) == Granted("canary-access", "canary-next", "rw:profile rw:issuer")
    [sent] = platform.seen
    assert (sent.method, sent.path) == ("POST", "/o/token")
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    client = {"client_id": [CLIENT[0]], "client_secret": [CLIENT[1]]}
    assert parse_qs(sent.body, strict_parsing=True) == {name: [value] for name, value in form.items()} | client
    basic = base64.b64decode(sent.headers["authorization"].removeprefix("Basic ")).decode()
    assert basic == "our-client:canary-client%2F%2B%26%3D%3A"


def test_a_public_client_sends_its_id_and_no_header(platform, endpoint, answering):
    platform.routes["/o/token"] = answering(body=json.dumps(TOKENS))
    endpoint(("our-client", "")).ask(CODE)
    assert "authorization" not in platform.seen[0].headers
    assert parse_qs(platform.seen[0].body)["client_id"] == ["our-client"]
    assert "client_secret" not in platform.seen[0].body


def test_without_a_client_only_the_grant_is_sent(platform, endpoint, answering):
    platform.routes["/o/token"] = answering(body=json.dumps(TOKENS))
    endpoint(None).ask(PASSWORD)
    assert "authorization" not in platform.seen[0].headers
    assert set(parse_qs(platform.seen[0].body)) == set(PASSWORD)


@pytest.mark.parametrize(
    ("members", "granted"),
    [
        ({}, Granted("canary-access", "canary-next", None)),
        ({"refresh_token": None}, Granted("canary-access", None, None)),
        ({"refresh_token": ""}, Granted("canary-access", None, None)),
        ({"refresh_token": ["a"], "scope": ["rw:issuer"]}, Granted("canary-access", None, None)),
        ({"token_type": "bearer", "scope": ""}, Granted("canary-access", "canary-next", None)),
        ({"expires_in": "soon", "unknown": {}}, Granted("canary-access", "canary-next", None)),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=utf-8"])
def test_what_was_granted_is_read_whatever_the_content_type_says(
    platform, endpoint, answering, members, granted, content_type
):
    platform.routes["/o/token"] = answering(body=json.dumps(TOKENS | members), Content_Type=content_type)
    assert endpoint().ask(REFRESH) == granted


def test_a_granted_token_is_not_shown():
    shown = repr(Granted("canary-access", "canary-refresh", "rw:issuer"))
    assert "canary" not in shown
    assert "rw:issuer" in shown


def _error(name, **more):
    return json.dumps({"error": name, **more})


FAILURES = [
    # status, body, headers, exception, code, retry_after, words
    (401, _error("invalid_grant"), {}, AuthorizationExpired, None, None, "this sign-in any more"),
    (400, _error("invalid_grant"), {}, AuthorizationExpired, None, None, "this sign-in any more"),
    (200, _error("invalid_grant"), {}, AuthorizationExpired, None, None, "this sign-in any more"),
    (401, "<html>no</html>", {}, AuthorizationExpired, None, None, "this sign-in any more"),
    (401, "", {}, AuthorizationExpired, None, None, "this sign-in any more"),
    (401, _error("Incorrect authentication credentials."), {}, AuthorizationExpired, None, None, "this sign-in"),
    (401, _error("invalid_client"), {}, AuthorizationExpired, None, None, "client id and secret"),
    (400, _error("unauthorized_client"), {}, AuthorizationExpired, None, None, "client id and secret"),
    (400, _error("invalid client_id"), {}, AuthorizationExpired, None, None, "client id and secret"),
    (400, _error("invalid client_secret"), {}, AuthorizationExpired, None, None, "client id and secret"),
    (400, _error("invalid_scope"), {}, PlatformRefused, "permission_missing", None, "the permission it needs"),
    (
        400,
        _error("invalid scope requested"),
        {},
        PlatformRefused,
        "permission_missing",
        None,
        "the permission it needs",
    ),
    (
        400,
        _error("invalid_request", error_description="Code verifier required."),
        {},
        PlatformRefused,
        "request_refused",
        None,
        "“Code verifier required.”",
    ),
    (400, _error("unsupported_grant_type"), {}, PlatformRefused, "request_refused", None, "“unsupported_grant_type”"),
    (404, "<html>", {}, PlatformRefused, "not_found", None, "does not know this address"),
    (302, "", {"Location": "/login"}, PlatformRefused, "redirected", None, "redirects are not followed"),
    (
        429,
        _error("login attempts throttled", error_description="Please try again later.", expires=64),
        {"Content_Type": "text/html"},
        PlatformUnavailable,
        "sign_in_throttled",
        64.0,
        "“Please try again later.”",
    ),
    (429, _error("login attempts throttled", expires=2), {}, PlatformUnavailable, "sign_in_throttled", 2.0, "a while"),
    (400, _error("login attempts throttled", expires=3600), {}, PlatformUnavailable, "sign_in_throttled", 3600.0, ""),
    (429, _error("login attempts throttled", expires=-1), {}, PlatformUnavailable, "sign_in_throttled", None, ""),
    (429, _error("login attempts throttled", expires=1e300), {}, PlatformUnavailable, "sign_in_throttled", 86400, ""),
    (429, _error("slow", expires="8"), {"Retry_After": "5"}, PlatformUnavailable, "sign_in_throttled", 8.0, ""),
    (429, "Too many", {"Retry_After": "30"}, PlatformUnavailable, "sign_in_throttled", 30.0, ""),
    (429, "<html>", {}, PlatformUnavailable, "sign_in_throttled", None, ""),
    (500, "{}", {}, PlatformUnavailable, "platform_unavailable", None, "a problem of its own (status 500)"),
    (500, _error("invalid_grant"), {}, PlatformUnavailable, "platform_unavailable", None, "a problem of its own"),
    (502, "<html>Bad gateway</html>", {}, PlatformUnavailable, "platform_unavailable", None, "a problem of its own"),
    (503, "", {"Retry_After": "9"}, PlatformUnavailable, "platform_unavailable", 9.0, "a problem of its own"),
    (403, "<html>Blocked</html>", {}, PlatformUnavailable, "platform_unavailable", None, "says nothing (status 403)"),
    (400, "Bad Request", {}, PlatformUnavailable, "platform_unavailable", None, "says nothing (status 400)"),
    (200, "<html>Maintenance</html>", {}, PlatformUnavailable, "platform_unavailable", None, "without a token"),
    (200, "", {}, PlatformUnavailable, "platform_unavailable", None, "without a token"),
    (200, "[" * 50_000, {}, PlatformUnavailable, "platform_unavailable", None, "without a token"),
    (200, json.dumps(TOKENS | {"a": "x" * 70_000}), {}, PlatformUnavailable, "platform_unavailable", None, "without a"),
    (200, json.dumps({"refresh_token": "canary"}), {}, PlatformUnavailable, "platform_unavailable", None, "without a"),
    (200, json.dumps(TOKENS | {"access_token": ["canary"]}), {}, PlatformUnavailable, "platform_unavailable", None, ""),
    (
        200,
        json.dumps(TOKENS | {"access_token": "canary\r\nX: b"}),
        {},
        PlatformUnavailable,
        "platform_unavailable",
        None,
        "",
    ),
    (
        200,
        json.dumps(TOKENS | {"token_type": "mac"}),
        {},
        PlatformUnavailable,
        "platform_unavailable",
        None,
        "without a",
    ),
]


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "code", "retry_after", "words"),
    FAILURES,
    ids=[f"{row[0]} {row[1][:40]}" for row in FAILURES],
)
def test_each_answer_that_grants_nothing_has_its_meaning_and_is_asked_for_once(
    platform, endpoint, answering, asking, all_told, status, body, headers, kind, code, retry_after, words
):
    platform.routes["/o/token"] = answering(status, body, **headers)
    failed = asking(endpoint())
    assert type(failed) is kind
    assert (getattr(failed, "code", None), getattr(failed, "retry_after", None)) == (code, retry_after)
    assert words in str(failed)
    assert "127.0.0.1" in str(failed)
    assert "canary" not in all_told(failed)
    assert platform.paths() == ["/o/token"]


@pytest.mark.parametrize(
    ("form", "words"),
    [(REFRESH, "Connect again"), (CODE, "Connect again"), (PASSWORD, "user name and password")],
)
def test_what_is_not_accepted_is_named_by_what_was_sent(platform, endpoint, answering, asking, form, words):
    platform.routes["/o/token"] = answering(401, _error("invalid_grant"))
    assert words in str(asking(endpoint(), form))


@pytest.mark.parametrize("form", [REFRESH, CODE, PASSWORD])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
def test_a_platform_that_repeats_what_it_was_sent_shows_no_secret(
    platform, endpoint, answering, asking, all_told, caplog, form, status
):
    caplog.set_level(logging.DEBUG)

    def echo(request):
        sent = platform.seen[-1]
        words = f"{sent.body} {sent.headers['authorization']} {' '.join(form.values())} {CLIENT[1]}"
        answering(status, _error("no", error_description=words))(request)

    platform.routes["/o/token"] = echo
    asked = endpoint()
    failed = asking(asked, form)
    basic = platform.seen[0].headers["authorization"].partition(" ")[2]
    for shown in (all_told(failed), repr(asked), caplog.text):
        assert "canary" not in shown
        assert basic not in shown


def _cut(request):
    request.close_connection = True


def _half(request):
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.write(b'{"access_token":"canary')
    request.close_connection = True


def _drip(request):
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(10):
        request.wfile.write(b" ")
        time.sleep(0.03)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (_cut, "platform_unavailable"),
        (_half, "platform_unavailable"),
        (_drip, "platform_timeout"),
        (lambda request: time.sleep(0.2), "platform_timeout"),
    ],
)
def test_a_connection_that_breaks_is_told_and_the_grant_not_sent_again(
    platform, endpoint, asking, all_told, reply, code
):
    platform.routes["/o/token"] = reply
    failed = asking(endpoint(wire=Wire(read_seconds=0.1, answer_seconds=0.15)))
    assert (type(failed), failed.code, platform.paths()) == (PlatformUnavailable, code, ["/o/token"])
    assert "canary" not in all_told(failed)
    assert failed.__context__ is None


def test_nobody_listening_is_told(endpoint, asking):
    failed = asking(endpoint(address="http://127.0.0.1:1/o/token", allowed_private_hosts=frozenset({"127.0.0.1"})))
    assert failed.code == "platform_unavailable"
    assert "127.0.0.1" in str(failed)


def test_a_redirected_grant_goes_nowhere_else(platform, elsewhere, endpoint, answering, asking):
    platform.routes["/o/token"] = answering(307, Location=f"{elsewhere.url}o/token")
    allowed = platform.allowed | elsewhere.allowed
    assert asking(endpoint(allowed_private_hosts=allowed)).code == "redirected"
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    "address", ["http://a.example/o/token", "https://169.254.169.254/t", "file:///etc/passwd", "https://[::1", "t", ""]
)
def test_a_token_endpoint_off_limits_is_refused(endpoint, asking, address):
    assert asking(endpoint(address=address)).code == "private_address"


def test_a_token_endpoint_whose_name_leads_inside_is_not_dialled(endpoint, asking):
    dialled = []
    wire = Wire(resolve=lambda host, port: ["10.0.0.7"], dial=lambda *where: dialled.append(where))
    assert asking(endpoint(address="https://inside.example/o/token", wire=wire)).code == "private_address"
    assert dialled == []


def test_nothing_is_asked_while_the_thread_holds_a_transaction(platform, endpoint, answering, tmp_path):
    platform.routes["/o/token"] = answering(body=json.dumps(TOKENS))
    asked = endpoint()
    database = Database(f"sqlite:///{tmp_path}/a.db")
    with database.transaction(), pytest.raises(RuntimeError, match="transaction"):
        asked.ask(REFRESH)
    database.close()
    assert platform.seen == []
    assert asked.ask(REFRESH).access_token == "canary-access"


def test_a_token_endpoint_is_of_no_use_after_its_block(platform, answering):
    platform.routes["/o/token"] = answering(body=json.dumps(TOKENS))
    with token_endpoint(f"{platform.url}o/token", None, allowed_private_hosts=platform.allowed) as asked:
        asked.ask(REFRESH)
    with pytest.raises(RuntimeError):
        asked.ask(REFRESH)
