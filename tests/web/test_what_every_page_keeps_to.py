"""What holds for every page: nothing inline, nothing from elsewhere, headers that say so, well-formed, one heading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from connector.web.app import HEADERS
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

PAGES = (
    "/",
    "/connections",
    "/connections/new",
    "/connections/1",
    "/connections/1/edit",
    "/connections/1/remove",
    "/review",
    "/review?status=all",
    "/review?need=values&q=a",
    "/review?ticked=page",
    "/publish",
    "/publish/1",
    "/account",
    "/organizations/new",
    "/remap",
    "/profiles",
    "/profiles/new",
    "/connections/1/owners",
    "/connections/1/language?language=fr",
    "/rules",
    "/rules/new",
    "/statuses",
    "/keys",
    "/no-such-page",
    "/sign-in",
)


def test_the_policy_lets_no_script_or_style_in_that_is_not_a_file_of_ours() -> None:
    policy = HEADERS["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy.replace("'self'", "")
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_has_nothing_inline(filled: Web, path: str) -> None:
    answer = filled.get(path)
    shown = Page(answer.text)

    assert answer.status_code == (404 if path == "/no-such-page" else 200)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "private, no-cache"
    assert (shown.broken, shown.open) == ([], [])
    assert not {"style", "iframe", "object", "embed", "base"} & {tag for tag, _ in shown.elements}
    assert all(each.get("src", "").startswith("/static/") for each in shown.all("script"))
    names = {name for _, attributes in shown.elements for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    anchors = [attributes["id"] for _, attributes in shown.elements if "id" in attributes]
    assert len(anchors) == len(set(anchors))
    assert len(shown.all("h1")) == 1
    assert shown.all("html")[0]["lang"] == "en"
    assert "#main" in {each.get("href") for each in shown.all("a")}
    assert {f"#{name}" for name in anchors} >= {use["href"] for use in shown.all("use")}


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere(filled: Web, path: str) -> None:
    for each in Page(filled.get(path).text).all("a"):
        address = each["href"]
        if address.startswith("/") and not address.startswith(("/records", "/review?", "/images")):
            assert filled.get(address).status_code == 200, address


@pytest.mark.parametrize("path", PAGES)
def test_every_form_of_a_page_carries_the_token_of_the_session(filled: Web, path: str) -> None:
    html = filled.get(path).text
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        if 'method="post"' in form and 'action="/sign-in"' not in form:
            assert f'name="form_token" value="{filled.form_token}.1"' in form


def test_nothing_is_loaded_from_elsewhere(filled: Web) -> None:
    shown = Page(filled.get("/review").text)
    loaded = [each["href"] for each in shown.all("link")]
    loaded += [each["src"] for each in (*shown.all("img"), *shown.all("script"))]

    assert len(loaded) > 10
    for address in loaded:
        assert address.startswith(("/static/", "/images/"))
        answer = filled.get(address)
        assert answer.status_code == 200
        if address.startswith("/static/"):
            assert not re.search(r"@import|url\((?!['\"]?data:)|https?://(?!www\.w3\.org)", answer.text)


def test_practice_says_so_wherever_something_is_called_published(filled: Web) -> None:
    for path in PAGES:
        for text in Page(filled.get(path).text).texts:
            if re.search(r"\b[Pp]ublished\b", text):
                assert re.search(
                    r"practice|not published|is published|be published|before|until|nothing|Nothing", text
                ), (
                    path,
                    text,
                )


def test_a_form_that_is_far_too_long_is_refused(filled: Web) -> None:
    answer = filled.post("/review/decide", {"r": "x" * 2_100_000})

    assert answer.status_code == 413
