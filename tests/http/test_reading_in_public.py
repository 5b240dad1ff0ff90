"""Reading without a base address: anywhere in public, redirects included, and nowhere else."""

from __future__ import annotations

import httpcore
import pytest
import respx

from adapters.contract import ApiToken, PlatformRefused, PlatformUnavailable, Request
from connector.http import Wire, platform_http


@pytest.fixture
def anywhere(platform, elsewhere, connect):
    """A client without a base address, which may also read from both practice servers."""
    return connect(base_url=None, allowed_private_hosts=platform.allowed | elsewhere.allowed)


@pytest.fixture
def in_public():
    """A client without a base address that may read from nothing but the public internet."""
    with platform_http(None, None, {}, requests_per_minute=6000, tries=1) as http:
        yield http


def test_whole_addresses_on_several_hosts_are_read(platform, elsewhere, anywhere, answering):
    platform.routes["/a"] = answering(body="a")
    elsewhere.routes["/b"] = answering(body="b")
    first = anywhere.get(Request(f"{platform.url}a?x=1", {"y": 2}))
    second = anywhere.get(Request(f"{elsewhere.url}b#part"))
    assert (first.body, first.address) == (b"a", f"{platform.url}a?x=1&y=2")
    assert (second.body, second.address) == (b"b", f"{elsewhere.url}b")
    assert "authorization" not in platform.seen[0].headers


def test_an_answer_under_a_base_address_tells_its_address_too(platform, connect, answering):
    platform.routes["/v1/x"] = answering()
    assert connect(base_url=f"{platform.url}v1/").get(Request("x")).address == f"{platform.url}v1/x"


@pytest.mark.parametrize("path", ["", "x", "/x", "//a.example/x", "a.example/x", "https:///x", "https://[::1"])
def test_anything_but_a_whole_address_is_refused(in_public, path, failing):
    assert "whole" in str(failing(in_public, path)) or "complete web address" in str(failing(in_public, path))
    assert in_public.requests_sent == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/x",
        "ftp://a.example/x",
        "https://10.0.0.1/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://ann:canary@a.example/x",
        "https://0x7f.1/x",
    ],
)
def test_each_address_is_judged_and_its_host_named(in_public, url, failing):
    failed = failing(in_public, url)
    assert (type(failed), failed.code, in_public.requests_sent) == (PlatformRefused, "private_address", 0)
    assert url.partition("://")[2].partition("/")[0].rpartition("@")[2] in str(failed)
    assert "canary" not in str(failed)


def test_a_name_that_leads_inside_is_not_dialled_and_its_host_named(failing):
    dialled = []
    wire = Wire(resolve=lambda host, port: ["10.0.0.7"], dial=lambda *where: dialled.append(where))
    with platform_http(None, None, {}, wire=wire) as http:
        failed = failing(http, "https://inside.example/x")
    assert (failed.code, dialled) == ("private_address", [])
    assert "inside.example" in str(failed)


def test_a_sign_in_needs_a_base_address():
    with pytest.raises(ValueError, match="base address"):
        platform_http(None, ApiToken("api_token", "bearer"), {"api_token": "t"})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_followed_and_the_answer_tells_where_it_was_found(
    platform, elsewhere, anywhere, answering, status
):
    platform.routes["/x"] = answering(status, Location="/y#part")
    platform.routes["/y"] = answering(status, Location=f"{elsewhere.url}z?v=2")
    elsewhere.routes["/z"] = answering(body="[]")
    answer = anywhere.get(Request(f"{platform.url}x", accept="application/json"))
    assert (answer.status, answer.body, answer.address) == (200, b"[]", f"{elsewhere.url}z?v=2")
    assert anywhere.requests_sent == 3
    assert elsewhere.seen[0].headers["accept"] == "application/json"


@pytest.mark.parametrize("to", ["{url}y", "y", "https://a.example/y"])
def test_with_a_base_address_no_redirect_is_followed_not_even_on_the_same_host(
    platform, connect, answering, to, failing
):
    platform.routes["/x"] = answering(302, Location=to.format(url=platform.url))
    platform.routes["/y"] = answering()
    assert failing(connect()).code == "redirected"
    assert platform.paths() == ["/x"]


def test_a_redirect_to_a_private_address_is_not_followed(platform, elsewhere, connect, answering, failing):
    platform.routes["/x"] = answering(302, Location=f"{elsewhere.url}secret")
    http = connect(base_url=None)
    failed = failing(http, f"{platform.url}x")
    assert (type(failed), failed.code) == (PlatformRefused, "private_address")
    assert (len(platform.seen), elsewhere.seen, http.requests_sent) == (1, [], 1)
    assert "sends the request on to 127.0.0.1" in str(failed)


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "//10.0.0.1/",
        "ftp://a.example/",
        "file://a.example/etc/passwd",
        "https://ann:canary@a.example/",
    ],
)
def test_no_redirect_leads_to_where_a_first_address_may_not(platform, connect, answering, to, failing):
    platform.routes["/x"] = answering(302, Location=to)
    http = connect(base_url=None)
    failed = failing(http, f"{platform.url}x")
    assert (failed.code, http.requests_sent) == ("private_address", 1)
    assert "canary" not in str(failed)


def test_a_redirect_to_a_name_that_leads_inside_is_not_dialled(platform, connect, answering, failing):
    dialled = []

    def dial(address, port, timeout):
        dialled.append(address)
        return httpcore.SyncBackend().connect_tcp(address, port, timeout)

    platform.routes["/x"] = answering(302, Location="https://inside.example/x")
    wire = Wire(resolve=lambda host, port: ["10.0.0.7"], dial=dial)
    failed = failing(connect(base_url=None, wire=wire), f"{platform.url}x")
    assert (failed.code, dialled) == ("private_address", ["127.0.0.1"])
    assert "inside.example" in str(failed)


def test_a_redirect_from_https_down_to_http_is_refused(in_public, failing):
    with respx.mock:
        respx.get("https://a.example/x").respond(302, headers={"Location": "http://a.example/x"})
        failed = failing(in_public, "https://a.example/x")
    assert (failed.code, in_public.requests_sent) == ("private_address", 1)
    assert "Plain http" in str(failed)


def test_a_redirect_between_public_hosts_is_followed(in_public):
    with respx.mock:
        respx.get("https://a.example/x").respond(301, headers={"Location": "https://b.example/y"})
        respx.get("https://b.example/y").respond(json=[])
        assert in_public.get(Request("https://a.example/x")).address == "https://b.example/y"


def test_a_circle_is_told(platform, anywhere, answering, failing):
    platform.routes["/x"] = answering(302, Location="/y")
    platform.routes["/y"] = answering(302, Location="/x#again")
    failed = failing(anywhere, f"{platform.url}x")
    assert (type(failed), failed.code, platform.paths()) == (PlatformRefused, "redirected", ["/x", "/y"])
    assert "127.0.0.1 sends the request round in a circle" in str(failed)


@pytest.mark.parametrize(("hops", "read"), [(5, True), (6, False)])
def test_five_redirects_are_followed_and_the_sixth_is_not(platform, anywhere, answering, hops, read, failing):
    for number in range(hops):
        platform.routes[f"/{number}"] = answering(302, Location=f"/{number + 1}")
    platform.routes[f"/{hops}"] = answering(body="[]")
    if read:
        assert anywhere.get(Request(f"{platform.url}0")).body == b"[]"
    else:
        assert failing(anywhere, f"{platform.url}0").code == "redirected"
    assert anywhere.requests_sent == 6


@pytest.mark.parametrize("location", ["", "http://[::1", "mailto:a@b", "http://\x01/"])
def test_a_redirect_to_nowhere_is_told(platform, anywhere, answering, location, failing):
    platform.routes["/x"] = answering(301, Location=location)
    failed = failing(anywhere, f"{platform.url}x")
    assert failed.code == "redirected"
    assert "not to an address that can be one" in str(failed)


@pytest.mark.parametrize(
    ("status", "kind", "code", "words"),
    [
        (401, PlatformRefused, "permission_missing", "only to those who sign in"),
        (403, PlatformRefused, "permission_missing", "does not let"),
        (404, PlatformRefused, "not_found", "does not know"),
        (410, PlatformRefused, "not_found", "no longer has this"),
        (304, PlatformRefused, "redirected", "127.0.0.1"),
        (500, PlatformUnavailable, "platform_unavailable", "status 500"),
    ],
)
def test_failures_in_public_name_the_host_and_none_asks_for_a_new_sign_in(
    platform, elsewhere, anywhere, answering, instant_retries, status, kind, code, words, failing
):
    platform.routes["/x"] = answering(302, Location=f"{elsewhere.url}y")
    elsewhere.routes["/y"] = answering(status)
    failed = failing(anywhere, f"{platform.url}x")
    assert (type(failed), failed.code) == (kind, code)
    assert words in str(failed)
    assert "127.0.0.1" in str(failed)


@pytest.mark.parametrize(
    ("wire", "code"),
    [(Wire(answer_bytes=10), "answer_too_large"), (Wire(answer_seconds=0.05, read_seconds=1), "platform_timeout")],
)
def test_failures_on_the_way_name_the_host_too(platform, connect, answering, wire, code, failing):
    def slowly(request):
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"x" * 20)
        request.rfile.read(1)

    platform.routes["/x"] = slowly
    failed = failing(connect(base_url=None, wire=wire), f"{platform.url}x")
    assert failed.code == code
    assert "127.0.0.1" in str(failed)


def test_the_platforms_own_words_are_quoted_from_every_envelope(platform, anywhere, answering, failing):
    for body, said in (
        (
            '{"status":{"success":false,"description":"entity not found or insufficient privileges"}}',
            "entity not found",
        ),
        ('{"data":{"message":"Unknown template"}}', "Unknown template"),
        ('{"error":"invalid_request","error_description":"Code verifier required."}', "“Code verifier required."),
        ('{"error":"invalid_request"}', "“invalid_request”"),
    ):
        platform.routes["/x"] = answering(404, body)
        assert said in str(failing(anywhere, f"{platform.url}x"))
    for body in ('{"status":"error","data":[],"error":{"code":1}}', '{"error":""}', "[]"):
        platform.routes["/x"] = answering(404, body)
        assert "It says" not in str(failing(anywhere, f"{platform.url}x"))
