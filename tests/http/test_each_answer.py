"""Reading many things of which some are broken: a failure takes the place of its answer and no other."""

from __future__ import annotations

import threading

import pytest

from adapters.contract import Answer, ApiToken, AuthorizationExpired, PlatformRefused, PlatformUnavailable, Request

HIDDEN = "canary-each-token"
BEARER = ApiToken("api_token", "bearer")
ANYWHERE = [Request(path) for path in ("0", "1", "https://other.example/2", "3", "4", "5")]


@pytest.fixture
def some_broken(platform, answering):
    """Six pages: one unknown, one on another host, one that keeps failing."""
    for number in range(6):
        platform.routes[f"/{number}"] = answering(body=str(number))
    platform.routes["/1"] = answering(404)
    platform.routes["/4"] = answering(500)


@pytest.mark.parametrize("ahead", [1, 4])
def test_each_brings_the_failures_in_their_places_and_all_the_others(connect, some_broken, instant_retries, ahead):
    got = list(connect().each(ANYWHERE, ahead))
    assert [type(one) for one in got] == [
        Answer,
        PlatformRefused,
        PlatformRefused,
        Answer,
        PlatformUnavailable,
        Answer,
    ]
    assert [one.body for one in got if isinstance(one, Answer)] == [b"0", b"3", b"5"]
    assert [one.code for one in got if not isinstance(one, Answer)] == [
        "not_found",
        "other_address",
        "platform_unavailable",
    ]


def test_a_failure_that_is_handed_on_holds_no_request(connect, some_broken, all_told):
    failed = next(connect(BEARER, {"api_token": HIDDEN}).each(ANYWHERE[1:2], 1))
    assert failed.__traceback__ is None
    assert HIDDEN not in all_told(failed)


@pytest.mark.parametrize("ahead", [1, 4])
def test_a_sign_in_that_is_not_accepted_ends_each(platform, connect, answering, some_broken, ahead):
    platform.routes["/3"] = answering(401)
    answers = connect(BEARER, {"api_token": HIDDEN}).each(ANYWHERE, ahead)
    assert next(answers).body == b"0"
    assert next(answers).code == "not_found"
    assert next(answers).code == "other_address"
    with pytest.raises(AuthorizationExpired):
        next(answers)
    assert list(answers) == []


def test_closing_each_sends_nothing_more(platform, connect, answering):
    released = threading.Event()
    platform.routes |= {f"/{number}": lambda request: released.wait(5) for number in range(1, 20)}
    platform.routes["/0"] = answering()
    http = connect()
    answers = http.each((Request(str(number)) for number in range(20)), ahead=4)
    assert next(answers).status == 200
    answers.close()
    released.set()
    assert http.requests_sent <= 4
    assert list(answers) == []


@pytest.mark.parametrize("ahead", [0, 17])
def test_each_refuses_a_senseless_number_at_once(connect, ahead):
    with pytest.raises(ValueError, match="16"):
        connect().each([], ahead)
