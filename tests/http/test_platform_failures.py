"""Every way in which a platform can fail to answer, and what is made of it."""

import gzip
import threading
import time
import zlib
from email.utils import formatdate

import httpx
import pytest
import stamina

from adapters.contract import ApiToken, AuthorizationExpired, PlatformRefused, PlatformUnavailable, Request
from connector.http import Wire
from connector.http.outcomes import asked_wait

CANARY = "canary-7c1f-token"
BEARER = ApiToken("api_token", "bearer")
BASIC = ApiToken("api_token", "basic")
SECRETS = {"api_token": CANARY}


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, PlatformRefused, "request_refused"),
        (403, PlatformRefused, "permission_missing"),
        (404, PlatformRefused, "not_found"),
        (410, PlatformRefused, "not_found"),
        (422, PlatformRefused, "request_refused"),
        (302, PlatformRefused, "redirected"),
        (429, PlatformUnavailable, "rate_limited"),
        (500, PlatformUnavailable, "platform_unavailable"),
        (503, PlatformUnavailable, "platform_unavailable"),
    ],
)
def test_each_status_has_its_meaning(platform, connect, answering, instant_retries, status, kind, code, failing):
    body = '{"data":{"message":"Invalid or missing\\u0000 Badge\\nTemplate ID: ann@example.org "}}'
    platform.routes["/x"] = answering(status, body, Location="http://127.0.0.1:1/elsewhere?secret=1")
    http = connect()
    failed = failing(http)
    assert (type(failed), failed.code) == (kind, code)
    assert http.requests_sent == len(platform.seen) == (4 if kind is PlatformUnavailable else 1)
    assert "ann@example.org" not in str(failed)
    if status != 302:
        assert "“Invalid or missing Badge Template ID: …”" in str(failed)


def test_401_without_renewal_asks_for_a_new_connection_at_once(platform, connect, answering, failing):
    platform.routes["/x"] = answering(401)
    http = connect(BEARER, SECRETS)
    assert isinstance(failing(http), AuthorizationExpired)
    assert http.requests_sent == 1


def test_a_redirect_is_never_followed(platform, elsewhere, connect, answering, failing):
    platform.routes["/x"] = answering(302, Location=f"{elsewhere.url}y")
    failed = failing(connect(BEARER, SECRETS, allowed_private_hosts=platform.allowed | elsewhere.allowed))
    assert (failed.code, elsewhere.seen) == ("redirected", [])


@pytest.mark.parametrize("location", ["http://[::1", "mailto:a@b", "http://\x01/", "//"])
def test_a_senseless_redirect_is_still_only_a_redirect(platform, connect, answering, location, failing):
    platform.routes["/x"] = answering(301, Location=location)
    assert failing(connect()).code == "redirected"


def test_a_platform_that_stumbles_twice_is_read_on_the_third_try(platform, connect, answering, instant_retries):
    platform.routes["/x"] = [answering(500), answering(503, "<html>"), answering(body="[]")]
    http = connect()
    assert http.get(Request("x")).body == b"[]"
    assert http.requests_sent == 3


def test_a_connection_that_breaks_off_is_tried_again(platform, connect, answering, instant_retries):
    def cut(request):
        request.close_connection = True

    def half(request):
        request.send_response(200)
        request.send_header("Content-Length", "100")
        request.end_headers()
        request.wfile.write(b"{")
        request.close_connection = True

    platform.routes["/x"] = [cut, half, answering(body="[]")]
    http = connect()
    assert http.get(Request("x")).body == b"[]"
    assert http.requests_sent == 3


def test_nobody_listening_is_told_after_four_tries(platform, connect, instant_retries, failing):
    http = connect(base_url="http://127.0.0.1:1/", allowed_private_hosts=frozenset({"127.0.0.1"}))
    assert failing(http).code == "platform_unavailable"
    assert http.requests_sent == 4


def test_the_wait_that_a_429_asks_for_is_kept(platform, connect, answering):
    platform.routes["/x"] = [answering(429, Retry_After="1"), answering()]
    started = time.monotonic()
    connect().get(Request("x"))
    assert 0.95 < time.monotonic() - started < 3


def test_without_a_stated_wait_pauses_grow_and_vary(platform, connect, answering, monkeypatch):
    monkeypatch.setattr("connector.http.client.FIRST_WAIT_SECONDS", 0.1)
    waits = []
    stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    platform.routes["/x"] = [answering(429), answering(500), answering()]
    connect().get(Request("x"))
    assert 0.1 <= waits[0] <= 0.2 <= waits[1] <= 0.3


@pytest.mark.parametrize("dated", [False, True])
def test_a_wait_of_an_hour_is_handed_on_instead_of_slept(platform, connect, answering, dated, failing):
    asked = formatdate(time.time() + 3600, usegmt=True) if dated else "3600"
    platform.routes["/x"] = answering(429, Retry_After=asked)
    http = connect()
    failed = failing(http)
    assert failed.code == "rate_limited"
    assert failed.retry_after == pytest.approx(3600, abs=5)
    assert http.requests_sent == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "-7"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "9" * 400}, 999_999_999.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 10.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT"}, 0.0),
        ({"retry-after": "Wed, 99 Oct 99999 07:28:10 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(headers, seconds):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert asked_wait(httpx.Response(429, headers=raw)) == seconds


@pytest.mark.parametrize("headers_too", [True, False])
def test_a_slow_drip_ends_at_the_deadline(platform, connect, headers_too, failing):
    def drip(request):
        if headers_too:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        else:
            request.send_response(200)
            request.send_header("Content-Length", "1000")
            request.end_headers()
        for _ in range(100):
            request.wfile.write(b"a")
            time.sleep(0.02)

    platform.routes["/x"] = drip
    http = connect(wire=Wire(answer_seconds=0.2, read_seconds=1))
    started = time.monotonic()
    assert failing(http).code == "platform_timeout"
    assert time.monotonic() - started < 1.5
    assert http.requests_sent == 1


def test_a_stall_ends_at_the_deadline_though_a_single_read_might_last_longer(platform, connect, failing):
    released = threading.Event()
    platform.routes["/x"] = lambda request: released.wait(5)
    http = connect(wire=Wire(answer_seconds=0.1, read_seconds=5))
    started = time.monotonic()
    assert failing(http).code == "platform_timeout"
    assert time.monotonic() - started < 3
    released.set()


def test_silence_is_a_time_out_and_tried_again(platform, connect, instant_retries, failing):
    platform.routes["/x"] = lambda request: time.sleep(0.3)
    http = connect(wire=Wire(read_seconds=0.05))
    assert failing(http).code == "platform_timeout"
    assert http.requests_sent == 4


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("identity", b"x" * 300_000),
        ("gzip", gzip.compress(b"x" * 100_000_000, 9)),
        ("deflate", zlib.compress(b"x" * 100_000_000, 9)),
    ],
)
def test_answers_and_decompression_bombs_stop_at_the_cap(platform, connect, answering, encoding, body, failing):
    platform.routes["/x"] = answering(body=body, Content_Encoding=encoding)
    assert failing(connect(wire=Wire(answer_bytes=200_000))).code == "answer_too_large"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
    ],
)
def test_compressed_answers_are_read(platform, connect, answering, encoding, packed):
    body = bytes(range(256)) * 5000
    platform.routes["/x"] = answering(body=packed(body), Content_Encoding=encoding)
    assert connect().get(Request("x")).body == body


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_compression_that_was_not_asked_for_is_refused(platform, connect, answering, encoding, failing):
    platform.routes["/x"] = answering(body=gzip.compress(b"{}"), Content_Encoding=encoding)
    assert failing(connect()).code == "answer_unreadable"


def test_damaged_and_cut_compression_is_tried_again(platform, connect, answering, instant_retries):
    packed = gzip.compress(b"x" * 1000)
    platform.routes["/x"] = [
        answering(body=packed[:-9], Content_Encoding="gzip"),
        answering(body=b"no gzip", Content_Encoding="gzip"),
        answering(body=packed, Content_Encoding="gzip"),
    ]
    assert connect().get(Request("x")).body == b"x" * 1000


def test_the_pace_is_kept_over_all_threads(platform, connect, answering):
    platform.routes["/x"] = answering()
    http = connect(requests_per_minute=3)
    answers = http.in_order([Request("x")] * 5, ahead=4)
    for _ in range(3):
        next(answers)
    time.sleep(0.1)
    assert len(platform.seen) == http.requests_sent == 3
    answers.close()
