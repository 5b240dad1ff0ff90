"""Credly's three ways in: what each asks for, what the public page shows, when an authorization token ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.contract import Answer, PlatformRefused, Request
from adapters.credly.adapter import Credly
from connector.connections.platform import reached
from connector.demo.catalogue import cedar_harbor_college, lantern_street_makerspace
from connector.demo.practice_credly import PracticeCredly
from connector.settings import Settings

TOKEN, SECRET = frozenset({"authorization_token"}), frozenset({"client_secret"})
PAGE = "https://www.credly.com/organizations/example-college"


def credly(**settings: Any) -> Credly:
    """The adapter with these settings only."""
    return Credly(**settings)


@pytest.mark.parametrize(
    ("settings", "given", "way"),
    [
        ({"organization_id": "x"}, TOKEN, "authorization_token"),
        ({"organization_id": "x", "client_id": "c"}, SECRET, "oauth"),
        ({"organization_id": "x", "client_id": "c"}, TOKEN | SECRET, "authorization_token"),
        ({"public_page": PAGE}, frozenset(), "public_page"),
    ],
)
def test_what_is_given_selects_the_way(settings: dict[str, str], given: frozenset[str], way: str) -> None:
    assert credly(**settings).way(given).name == way


@pytest.mark.parametrize(
    ("settings", "given", "sentence"),
    [
        (
            {},
            frozenset(),
            "Credly needs an organization_id, and with it an authorization_token, or a client_id together with its "
            "client_secret; or else a public_page alone.",
        ),
        (
            {"organization_id": "x"},
            frozenset(),
            "Credly needs an authorization_token, or a client_id together with its client_secret; or else a "
            "public_page alone.",
        ),
        ({}, TOKEN, "Credly needs organization_id as well, for the way “Authorization token”."),
        ({}, SECRET, "Credly needs organization_id and client_id as well, for the way “OAuth application”."),
        (
            {"client_id": "c"},
            frozenset(),
            "Credly needs organization_id and client_secret as well, for the way “OAuth application”.",
        ),
        (
            {"public_page": PAGE, "organization_id": "x"},
            TOKEN,
            "A public_page is read without signing in: leave organization_id and authorization_token out, or the "
            "public_page.",
        ),
    ],
)
def test_what_is_missing_or_too_much_is_said_in_one_sentence(
    settings: dict[str, str], given: frozenset[str], sentence: str
) -> None:
    for asked in (credly(**settings).way, credly(**settings).sign_in):
        with pytest.raises(ValueError, match=r"^[A-Z]") as missing:
            asked(given)
        assert str(missing.value) == sentence


@pytest.mark.parametrize(
    "copied",
    [
        "example-college",
        PAGE,
        f"{PAGE}/",
        f"{PAGE}/badges",
        f"{PAGE}/badges?sort=most_popular&page=2",
        f"  {PAGE}/badges#top ",
        "https://www.credly.com/org/example-college",
        "http://credly.com/organizations/example-college",
        "www.credly.com/organizations/example-college/badges/",
    ],
)
def test_the_page_is_named_by_whatever_people_copy(copied: str) -> None:
    asked = _Pages({"data": [{"id": "a", "name": "A"}], "metadata": {"next_page_url": None}})

    list(credly(public_page=copied).badges(asked, None, None, None))

    assert asked.requests == [
        Request("organizations/example-college/badges", {"sort": "most_popular", "page": 1}, accept="application/json")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "https://elsewhere.example/organizations/example-college",
        "https://www.credly.com.elsewhere.example/organizations/x",
        "https://www.credly.com/users/somebody",
        "https://www.credly.com/org/example-college/badge/first-aid",
        "https://www.credly.com/",
        "../users",
        "two words",
        "-",
        "x" * 200,
    ],
)
def test_what_is_no_organizations_page_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"an address such as https://www\.credly\.com/organizations/"):
        credly(public_page=wrong)


def test_the_sandbox_has_public_pages_of_its_own() -> None:
    page = {"public_page": "https://sandbox.credly.com/organizations/x", "public_url": "https://sandbox.credly.com"}

    assert credly(**page).authority() == "sandbox.credly.com"
    assert credly(public_page=PAGE).authority() == credly(organization_id="x").authority() == "credly.com"


class _Pages:
    """An `Http` that answers with one page after the other and notes what was asked."""

    def __init__(self, *pages: Any, date: str = "") -> None:
        self.bodies = [json.dumps(page).encode() for page in pages]
        self.headers = {"date": date} if date else {}
        self.requests: list[Request] = []

    def get(self, request: Request) -> Answer:
        self.requests.append(request)
        return Answer(200, self.bodies.pop(0), self.headers)

    def in_order(self, requests: Any, ahead: int) -> Any:
        return (self.get(request) for request in requests)


def test_the_page_after_the_last_is_not_asked_for_in_public() -> None:
    items = [{"id": each, "name": each} for each in "abc"]
    pages = [
        {"data": [item], "metadata": {"current_page": number, "total_count": 3, "next_page_url": number < 3 or None}}
        for number, item in enumerate(items, 1)
    ]
    for page in pages[:2]:
        page["metadata"]["next_page_url"] = "https://elsewhere.example/"  # type: ignore[index]
    asked = _Pages(*pages)

    read = list(credly(public_page=PAGE).badges(asked, None, None, None))

    assert [page.next for page in read] == ["2", "3", None]
    assert len(asked.requests) == 3


def test_each_item_names_its_issuer_and_the_page_stands_in_where_it_does_not() -> None:
    entity = {"type": "Organization", "id": "o1", "name": "One", "vanity_url": "https://www.credly.com/org/one"}
    named = {"id": "a", "issuer": {"entities": [{"primary": True, "entity": entity}]}}
    odd: list[Any] = [{"id": "b", "issuer": {"entities": [7]}}, {"id": "c", "issuer": "One"}, "text", {"id": "d"}]
    asked = _Pages({"data": [named, *odd], "metadata": {"next_page_url": None}})

    [page] = credly(public_page=PAGE).badges(asked, None, None, None)

    assert [issuer.id for _, issuer in page.items] == ["o1", *["example-college"] * 4]
    assert page.items[0][1].name == "One"


@pytest.fixture
def both() -> Iterator[PracticeCredly]:
    """Badges that are public and in use."""
    organization, templates = cedar_harbor_college()
    shown = [each for each in templates if each["state"] == "active" and each["visibility"] == "public"]
    with PracticeCredly(organization, [each for each in shown if each["public"]][:70]) as server:
        yield server


def allowing(server: PracticeCredly) -> Settings:
    return Settings(allowed_private_hosts=server.url.removeprefix("http://"))


def test_a_badge_is_the_same_badge_whichever_way_it_is_read(both: PracticeCredly) -> None:
    signed_in = credly(organization_id=both.organization_id, api_url=f"{both.url}/v1", requests_per_minute=6000)
    in_public = credly(public_page=both.organization["vanity_slug"], public_url=both.url, requests_per_minute=6000)
    read = []
    for adapter, secrets in ((signed_in, {"authorization_token": str(both.token)}), (in_public, {})):
        with reached(adapter, secrets, allowing(both)) as http:
            pages = list(adapter.badges(http, adapter.configured_issuer(), None, None))
        items = [item for page in pages for item in page.items]
        badges = [adapter.badge_class(adapter.definition(raw), issuer) for raw, issuer in items]
        read.append([(adapter.authority(), adapter.badge_id(raw)) for raw, _ in items])
        read.append([(badge.id, badge.issuer, badge.name, badge.description) for badge in badges])

    assert len(read[0]) == 70
    assert read[:2] == read[2:]


def test_the_page_of_a_small_organization_is_read_with_its_one_issuer() -> None:
    organization, templates = lantern_street_makerspace()
    with PracticeCredly(organization, templates) as server:
        adapter = credly(public_page=organization["vanity_slug"], public_url=server.url)
        with reached(adapter, {}, allowing(server)) as http:
            [issuer] = adapter.issuers(http)

    assert (issuer.id, issuer.name) == (organization["id"], organization["name"])


def test_a_name_under_which_nothing_is_listed_is_refused_by_checks_issuers_and_badges() -> None:
    adapter, nothing = credly(public_page="nobody"), {"data": [], "metadata": {"total_count": 0}}

    for ask in (
        lambda: list(adapter.checks(_Pages(nothing))),
        lambda: adapter.issuers(_Pages(nothing)),
        lambda: list(adapter.badges(_Pages(nothing), None, None, None)),
    ):
        with pytest.raises(PlatformRefused, match="under the name nobody") as refused:
            ask()
        assert refused.value.code == "not_found"


TODAY = "Sun, 15 Mar 2026 10:00:00 GMT"


def token(expires_at: str | None, *, read: bool = True) -> dict[str, Any]:
    """An authorization token as the platform lists it."""
    return {"id": "1", "token": "never-kept", "read_enabled": read, "write_enabled": False, "expires_at": expires_at}


@pytest.mark.parametrize(
    ("tokens", "day"),
    [
        ([], None),
        ([token(None)], None),
        ([token("2026-09-01T00:00:00.000Z")], "2026-09-01"),
        ([token("2026-09-01T00:00:00Z"), token("2026-05-01T00:00:00Z")], "2026-05-01"),
        ([token("2026-03-14T23:59:59Z"), token("2026-09-01T00:00:00Z")], "2026-09-01"),
        ([token("2026-03-15T23:59:59Z")], "2026-03-15"),
        ([token("2026-05-01T00:00:00Z", read=False), token("2026-09-01T00:00:00Z")], "2026-09-01"),
        ([token("some day"), token("2026-09-01")], "2026-09-01"),
    ],
)
def test_the_earliest_end_to_come_counts_among_the_tokens_that_may_read(
    tokens: list[dict[str, Any]], day: str | None
) -> None:
    asked = _Pages({"data": tokens, "metadata": {}}, date=TODAY)

    assert credly(organization_id="x").sign_in_ends(asked) == day
    assert asked.requests == [Request("organizations/x/authorization_tokens")]


def test_without_the_platforms_date_no_end_is_taken_for_past() -> None:
    asked = _Pages({"data": [token("2020-01-01T00:00:00Z")], "metadata": {}})

    assert credly(organization_id="x").sign_in_ends(asked) == "2020-01-01"


@pytest.mark.parametrize("settings", [{"organization_id": "x", "client_id": "c"}, {"public_page": "x"}])
def test_neither_an_oauth_secret_nor_public_reading_ends(settings: dict[str, str]) -> None:
    asked = _Pages()

    assert credly(**settings).sign_in_ends(asked) is None
    assert asked.requests == []
