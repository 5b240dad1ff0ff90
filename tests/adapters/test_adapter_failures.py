"""The contract of every adapter: a failing platform comes to one of three exceptions, never to a wrong end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from connector.http import Wire
from connector.problem import Problem

if TYPE_CHECKING:
    from tests.adapters.conftest import Harness, Practice

IsTold = Callable[[Problem | None, str, Sequence[str]], bool]


def refusing(platform: Harness, page: int | None = None, times: int | None = None) -> str:
    """Have the platform refuse whoever asks, for ways in which nobody signs in; the code that this is told by."""
    platform.fault("server_error", status=401, page=page, times=times)
    return "reconnect_needed" if platform.adapter().base_url() else "permission_missing"


def test_a_wrong_token_asks_for_a_new_connection(practice: Practice, is_told: IsTold) -> None:
    platform = practice(60)
    wrong = platform.wrong_secrets
    code = "reconnect_needed" if wrong else refusing(platform)

    read = platform.listing(secrets=wrong)

    assert is_told(read.problem, code, list(wrong.values()))
    assert read.ids == []
    assert not read.ended


def test_a_token_that_expires_while_a_listing_is_read_keeps_what_arrived(practice: Practice, is_told: IsTold) -> None:
    platform = practice(170)
    code = "reconnect_needed"
    if platform.wrong_secrets:
        platform.fault("revoke_after", page=2, api_token=True)
    else:
        code = refusing(platform, page=3)

    read = platform.listing()

    assert is_told(read.problem, code, list(platform.secrets.values()))
    assert read.ids == platform.arriving_without(3)
    assert not read.ended


def test_an_access_token_refused_mid_listing_is_renewed_once_or_there_is_none(
    practice: Practice, is_told: IsTold
) -> None:
    platform = practice(170)
    renewing = platform.renewing()
    if renewing:
        platform.fault("revoke_after", page=2, times=1)
        read = platform.listing(*renewing)
        assert read.ids == platform.listed()
        assert read.seems_whole
        assert platform.token_requests() == 2
    else:
        code = refusing(platform, page=3, times=1)
        read = platform.listing()
        assert is_told(read.problem, code, list(platform.secrets.values()))
        assert read.ids == platform.arriving_without(3)
        assert platform.token_requests() == 0


def test_an_access_token_that_is_refused_again_is_not_renewed_for_ever(practice: Practice, is_told: IsTold) -> None:
    platform = practice(60)
    renewing = platform.renewing()
    if renewing:
        adapter, secrets = renewing
        wrong, code, asked_for = dict.fromkeys(secrets, "canary-of-a-wrong-secret"), "reconnect_needed", 1
    else:
        adapter, wrong, asked_for = platform.adapter(), platform.secrets, 0
        code = refusing(platform)

    read = platform.listing(adapter, wrong)

    assert is_told(read.problem, code, list(wrong.values()))
    assert platform.token_requests() == asked_for


def test_a_missing_scope_asks_for_the_permission(practice: Practice, is_told: IsTold) -> None:
    platform = practice(60)
    platform.fault("forbidden")

    read = platform.listing()

    assert is_told(read.problem, "permission_missing", list(platform.secrets.values()))
    assert read.ids == []


def test_an_organization_that_is_not_known_is_said_to_be_unknown(practice: Practice, is_told: IsTold) -> None:
    platform = practice(60)

    read = platform.listing(platform.of_a_stranger())

    assert is_told(read.problem, "not_found", list(platform.secrets.values()))
    assert read.ids == []


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param("rate_limited", {}, id="429"),
        pytest.param("rate_limited", {"retry_after": 1}, id="429 with Retry-After"),
        pytest.param("server_error", {}, id="500"),
        pytest.param("server_error", {"status": 503}, id="503"),
        pytest.param("bad_gateway_html", {}, id="502 as a web page"),
        pytest.param("connection_reset", {}, id="reset"),
        pytest.param("connection_reset", {"after": 500}, id="reset midway"),
        pytest.param("truncated", {"short": True}, id="cut short"),
    ],
)
def test_what_passes_by_itself_is_tried_again_and_nothing_is_lost(
    practice: Practice, kind: str, options: dict[str, Any]
) -> None:
    platform = practice(120)
    platform.fault(kind, page=2, times=2, **options)

    read = platform.listing()

    assert read.problem is None
    assert read.ids == platform.listed()
    assert read.seems_whole


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        pytest.param("rate_limited", {}, "rate_limited", id="429"),
        pytest.param("rate_limited", {"retry_after": 3600}, "rate_limited", id="429 for an hour"),
        pytest.param("server_error", {}, "platform_unavailable", id="500"),
        pytest.param("bad_gateway_html", {}, "platform_unavailable", id="502 as a web page"),
        pytest.param("connection_reset", {}, "platform_unavailable", id="reset"),
        pytest.param("connection_reset", {"after": 500}, "platform_unavailable", id="reset midway"),
        pytest.param("truncated", {}, "unreadable_answer", id="truncated"),
        pytest.param("truncated", {"short": True}, "platform_unavailable", id="cut short"),
        pytest.param("html", {}, "unreadable_answer", id="web page"),
        pytest.param("gzip_bomb", {}, "answer_too_large", id="gzip bomb"),
        pytest.param("huge_string", {"size": 40_000_000}, "answer_too_large", id="40 MB"),
    ],
)
def test_a_platform_that_keeps_failing_is_told_apart_and_what_arrived_before_is_kept(
    practice: Practice, is_told: IsTold, kind: str, options: dict[str, Any], code: str, page: int
) -> None:
    platform = practice(120)
    platform.fault(kind, page=page, **options)

    read = platform.listing()

    assert is_told(read.problem, code, list(platform.secrets.values()))
    assert read.ids == platform.arriving_without(page)
    assert not read.ended


def test_a_wait_that_is_too_long_to_sleep_through_is_passed_on(practice: Practice) -> None:
    platform = practice(50)
    platform.fault("rate_limited", retry_after=3600)

    problem = platform.listing().problem

    assert problem is not None
    assert "3600 seconds" in problem.action
    assert len(platform.server.requests) == 1


@pytest.mark.parametrize("content_type", ["text/html", "application/ld+json", "text/plain; charset=ascii", ""])
def test_json_under_another_content_type_is_read(practice: Practice, content_type: str) -> None:
    platform = practice(60)
    platform.fault("wrong_content_type", content_type=content_type)

    assert platform.listing().ids == platform.listed()


def test_a_very_long_text_arrives(practice: Practice) -> None:
    platform = practice(60)
    platform.fault("huge_string", page=1, size=10_000_000)

    read = platform.listing()

    assert read.ids == platform.listed()
    assert len(read.pages[0].items[0][0]) > 10_000_000


def test_a_slow_answer_is_waited_for(practice: Practice) -> None:
    platform = practice(60)
    platform.fault("drip", page=1, size=20_000, pause=0.02)

    assert platform.listing().ids == platform.listed()


def test_an_answer_that_drips_without_end_is_given_up(
    practice: Practice, is_told: IsTold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.http.client.Wire", partial(Wire, answer_seconds=0.5))
    platform = practice(120)
    platform.fault("drip", page=2, size=1, pause=0.05)
    began = time.monotonic()

    read = platform.listing()

    assert is_told(read.problem, "platform_timeout", list(platform.secrets.values()))
    assert read.ids == platform.arriving_without(2)
    assert time.monotonic() - began < 10


def test_a_platform_that_is_not_there_is_told(practice: Practice, is_told: IsTold) -> None:
    platform = practice(60)
    platform.server.stop()

    read = platform.listing()

    assert is_told(read.problem, "platform_unavailable", list(platform.secrets.values()))
    assert not read.ended


def test_a_failure_with_several_requests_in_flight_is_the_same_failure(practice: Practice, is_told: IsTold) -> None:
    platform = practice(300)
    platform.fault("forbidden", page=3)

    read = platform.listing(platform.adapter(requests_in_flight=4))

    assert is_told(read.problem, "permission_missing", list(platform.secrets.values()))
    assert read.ids == platform.arriving_without(3)
    assert not read.ended
