"""Requests that no page of ours sends: refused with a problem that says why, never a failure on our side."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx
import pytest

from tests.web.conftest import EMAIL
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

TOO_LARGE = ("2147483648", "9223372036854775807", "9223372036854775808", "999999999999999999999", "9" * 5000)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def sent(desk: Web, path: str, body: str) -> httpx.Response:
    """What the desk answers to a form with this body."""
    headers = {**desk.signed_in, **FORM, "Origin": desk.address}
    return desk.client.post(path, content=body, headers=headers)


@pytest.mark.parametrize("token", ["ä", "\N{SNOWMAN}", "%ff", "ä.1"])
def test_a_form_token_in_other_letters_is_refused_as_any_wrong_one(desk: Web, token: str) -> None:
    answer = desk.post("/organizations/look-at", {"form_token": token})

    assert answer.status_code == 403
    assert "opened in another session" in answer.text


@pytest.mark.parametrize(
    "path", ["/review?q=a%00b", "/records/%00", "/sign-in?next=/%00", "/%00", "/static/%00", "/review?%00=1"]
)
def test_a_page_with_nul_in_its_address_is_refused(filled: Web, path: str) -> None:
    answer = filled.get(path)

    assert answer.status_code == 400
    assert "The address has a NUL character in it." in Page(answer.text).text()
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("path", ["/registry/resources/%00", "/registry/graph/ce-%00", "/registry/envelopes?page=%00"])
def test_the_registry_refuses_nul_in_its_own_words(filled: Web, path: str) -> None:
    answer = filled.client.get(path)

    assert answer.status_code == 400
    assert answer.json() == {"errors": ["The address has a NUL character in it."]}


@pytest.mark.parametrize("path", ["/api/v1/records/%00", "/api/v1/records?q=%00"])
def test_the_api_refuses_nul_with_a_problem_document(filled: Web, path: str) -> None:
    answer = filled.client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (400, "nul_character")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/organizations/new", "/organizations/look-at", "/account/tokens"])
@pytest.mark.parametrize("field", ["name", "organization", "scopes", "more"])
def test_a_form_with_nul_in_a_field_is_refused(desk: Web, path: str, field: str) -> None:
    answer = desk.post(path, {field: "a\0b"})

    assert answer.status_code == 400
    assert "characters in it that are not text" in Page(answer.text).text()


def test_signing_in_with_nul_in_the_address_is_refused(desk: Web) -> None:
    answer = sent(desk, "/sign-in", urlencode({"email": f"{EMAIL}\0", "password": "wrong pass phrase"}))

    assert answer.status_code == 400
    assert "characters in it that are not text" in Page(answer.text).text()


@pytest.mark.parametrize("number", TOO_LARGE)
@pytest.mark.parametrize(
    "path",
    [
        "/connections/{}",
        "/connections/{}/edit",
        "/connections/{}/check",
        "/connections/{}/remove",
        "/connections/{}/progress",
        "/publish/{}",
        "/publish/{}/progress",
        "/publish/{}/events",
    ],
)
def test_a_page_of_a_number_that_no_id_can_be_is_not_there(filled: Web, path: str, number: str) -> None:
    assert filled.get(path.format(number)).status_code == 404


@pytest.mark.parametrize("number", TOO_LARGE)
@pytest.mark.parametrize(
    "path",
    [
        "/account/tokens/{}/revoke",
        "/organizations/{}/approve",
        "/connections/{}/sync",
        "/connections/{}/pause",
        "/connections/{}/finish",
        "/connections/{}/edit",
    ],
)
def test_a_form_about_a_number_that_no_id_can_be_is_not_there(filled: Web, path: str, number: str) -> None:
    assert filled.post(path.format(number)).status_code == 404


@pytest.mark.parametrize("in_parts", [False, True])
def test_a_form_of_more_fields_than_any_page_has_is_told_to_be_too_long(desk: Web, in_parts: bool) -> None:
    if in_parts:
        part = '--b\r\nContent-Disposition: form-data; name="record"\r\n\r\nx\r\n'
        headers = {**desk.signed_in, "Origin": desk.address, "Content-Type": "multipart/form-data; boundary=b"}
        answer = desk.client.post("/review/decide", content=part * 5001 + "--b--\r\n", headers=headers)
    else:
        answer = sent(desk, "/review/decide", urlencode([("record", "x")] * 5001))

    assert answer.status_code == 413
    assert "The form is too long." in Page(answer.text).text()


def test_a_form_that_carries_a_file_is_refused(desk: Web) -> None:
    headers = {**desk.signed_in, "Origin": desk.address}

    answer = desk.client.post("/organizations/new", files={"name": b"a file"}, headers=headers)

    assert answer.status_code == 400
    assert "There is no such page" not in answer.text
