"""The client that adapters are given, against real servers that behave badly."""

import logging
import threading

import httpx
import pytest
import respx

from adapters.contract import ApiToken, AuthorizationExpired, PlatformRefused, Request
from connector.http.client import address
from connector.storage import Database

CANARY = "canary-7c1f-token"
BEARER = ApiToken("api_token", "bearer")
BASIC = ApiToken("api_token", "basic")
SECRETS = {"api_token": CANARY}


def test_an_answer_carries_status_body_and_lower_case_headers(platform, connect, answering):
    platform.routes["/v1/badges"] = answering(body='{"a":1}', Link='<next>; rel="next"', Set_Cookie="a=b")
    http = connect(base_url=f"{platform.url}v1/")
    answer = http.get(Request("badges", {"page": 2, "filter": "state::active|x"}))
    assert (answer.status, answer.body, answer.headers["link"]) == (200, b'{"a":1}', '<next>; rel="next"')
    assert platform.paths() == ["/v1/badges?page=2&filter=state%3A%3Aactive%7Cx"]
    assert platform.seen[0].headers["accept-encoding"] == "gzip, deflate"
    http.get(Request("badges"))
    assert "cookie" not in platform.seen[1].headers


def test_one_media_type_is_asked_for_alone_where_the_request_says_so(platform, connect, answering):
    platform.routes["/x"] = answering()
    http = connect()
    http.get(Request("x"))
    http.get(Request("x", accept="application/json"))
    assert platform.seen[0].headers["accept"].startswith("application/json, ")
    assert platform.seen[1].headers["accept"] == "application/json"


def test_a_token_goes_along_as_basic_user_name_or_as_bearer(platform, connect, answering):
    platform.routes["/x"] = answering()
    connect(BASIC, SECRETS).get(Request("x"))
    connect(BEARER, {"api_token": f"{CANARY}\n"}).get(Request("x"))
    assert platform.seen[0].headers["authorization"] == httpx.BasicAuth(CANARY, "")._auth_header
    assert platform.seen[1].headers["authorization"] == f"Bearer {CANARY}"


def test_nothing_is_sent_while_the_thread_holds_a_transaction(platform, connect, answering, tmp_path):
    platform.routes["/x"] = answering()
    http = connect()
    answers = [http.in_order([Request("x")] * 3, ahead) for ahead in (1, 2)]
    database = Database(f"sqlite:///{tmp_path}/a.db")
    with database.transaction():
        with pytest.raises(RuntimeError, match="transaction"):
            http.get(Request("x"))
        for waiting in answers:
            with pytest.raises(RuntimeError, match="transaction"):
                next(waiting)
    database.close()
    assert platform.seen == []
    http.get(Request("x"))


def test_a_whole_address_is_followed_on_the_same_host_only(platform, elsewhere, connect, answering, failing):
    platform.routes["/api/v1/x"] = answering()
    http = connect(BEARER, SECRETS, base_url=f"{platform.url}v1/", allowed_private_hosts=frozenset({"127.0.0.1"}))
    http.get(Request(f"{platform.url}api/v1/x?page=2", {"per": 5}))
    assert platform.paths() == ["/api/v1/x?page=2&per=5"]
    for other in (elsewhere.url, platform.url.replace("http", "https"), platform.url.replace("//", "//u:p@")):
        assert failing(http, other).code == "other_address"
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("b", "https://a.example/v1/b"),
        ("/b", "https://a.example/v1/b"),
        ("//evil.example/b", "https://a.example/v1/evil.example/b"),
        ("b/urn:uuid:1?c=../d#e", "https://a.example/v1/b/urn:uuid:1?c=../d"),
        ("javascript:b", "https://a.example/v1/javascript:b"),
        ("b/a..b", "https://a.example/v1/b/a..b"),
        ("", "https://a.example/v1/"),
    ],
)
def test_paths_stay_under_the_base_address(path, whole):
    assert str(address("https://a.example/v1/", Request(path))) == whole
    assert str(address("https://a.example/v1?x=y", Request(path))) == whole


@pytest.mark.parametrize(
    "path",
    [
        "../b",
        "b/../../c",
        "b/%2e%2e/c",
        "b%2F..%2Fc",
        "..\\c",
        "https://a.example/../c",
        "https://b.example/",
        "a\x00b",
    ],
)
def test_paths_that_climb_out_are_refused(path):
    with pytest.raises(PlatformRefused) as refused:
        address("https://a.example/v1/", Request(path))
    assert refused.value.code == "other_address"


def test_no_secret_is_shown_anywhere(platform, connect, answering, caplog, instant_retries, failing):
    caplog.set_level(logging.DEBUG)
    for sign_in in (BASIC, BEARER):
        http = connect(sign_in, SECRETS)
        auth = http._client.auth
        shown = [repr(http), repr(auth), repr(http._client), repr(vars(http))]
        for status in (400, 401, 403, 500, 302):
            platform.routes["/x"] = lambda request, status=status: answering(
                status, f'{{"data":{{"message":"bad {request.headers["authorization"]} {CANARY}"}}}}'
            )(request)
            failed = failing(http)
            shown += [repr(failed), str(failed), repr(failed.__context__), repr(failed.__cause__)]
        whole = "\n".join([*shown, caplog.text])
        assert CANARY not in whole
        assert httpx.BasicAuth(CANARY, "")._auth_header.partition(" ")[2] not in whole


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "ünicode", "\x00"])
def test_a_secret_that_no_header_can_carry_is_named_and_not_repeated(connect, value):
    with pytest.raises(PlatformRefused) as refused:
        connect(BEARER, {"api_token": value})
    assert refused.value.code == "secret_unusable"
    assert value not in str(refused.value)


def test_a_secret_that_is_gone_asks_for_a_new_connection(connect):
    with pytest.raises(AuthorizationExpired, match="api_token"):
        connect(BEARER, {})


def test_answers_can_be_replaced_at_the_edge_in_tests(connect):
    with respx.mock:
        respx.get("https://a.example/v1/x").respond(json={"a": 1})
        http = connect(base_url="https://a.example/v1/")
        assert http.get(Request("x")).body == b'{"a":1}'
        assert http.requests_sent == 1


def test_nothing_can_be_sent_after_closing(platform, connect, answering):
    platform.routes["/x"] = answering()
    with connect() as http:
        http.get(Request("x"))
    with pytest.raises(RuntimeError):
        http.get(Request("x"))
    assert threading.active_count() < 50
