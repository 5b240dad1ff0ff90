"""The practice Credly: what it lists, what it refuses, what it keeps and holds."""

import json
import struct
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from connector.demo.catalogue import lantern_street_makerspace
from connector.demo.practice_credly import PracticeCredly
from connector.demo.practice_images import picture

Json = dict[str, Any]
Reader = Callable[..., Json]


def _mint(client: httpx.Client, **form: str) -> httpx.Response:
    wanted = {"grant_type": "client_credentials", "client_id": "practice-client", **form}
    return client.post("/oauth/token", data={"client_secret": "practice-secret", **wanted}, auth=httpx.Auth())


# Listing


def test_following_next_page_url_gives_653_templates_on_14_pages(client: httpx.Client, listing: str) -> None:
    url: str | None = listing
    ids, sizes = set(), []
    while url:
        envelope = client.get(url).json()
        ids |= {item["id"] for item in envelope["data"]}
        sizes.append(envelope["metadata"]["count"])
        url = envelope["metadata"]["next_page_url"]
    assert len(ids) == 653
    assert sizes == [50] * 13 + [3]


def test_metadata_has_the_members_of_the_real_envelope_and_addresses_under_api(
    server: PracticeCredly, listing: str, read: Reader
) -> None:
    own = f"{server.url}/api{listing}"
    assert read(2)["metadata"] == {
        "count": 50,
        "current_page": 2,
        "total_count": 653,
        "total_pages": 14,
        "per": 50,
        "previous_page_url": f"{own}?page=1",
        "next_page_url": f"{own}?page=3",
    }


def test_a_page_past_the_end_is_the_page_of_an_empty_list(read: Reader) -> None:
    assert read(15) == {
        "data": [],
        "metadata": {
            "count": 0,
            "current_page": 1,
            "total_count": 0,
            "total_pages": 1,
            "per": 50,
            "previous_page_url": None,
            "next_page_url": None,
        },
    }


def test_the_page_size_cannot_be_chosen(read: Reader) -> None:
    assert len(read(per=100)["data"]) == 50


def test_a_page_that_is_no_number_is_refused(client: httpx.Client, listing: str) -> None:
    assert client.get(listing, params={"page": "0"}).status_code == 400


def test_organizations_and_single_templates_are_answered(server: PracticeCredly, client: httpx.Client) -> None:
    one = f"/v1/organizations/{server.organization_id}"
    template = server.templates[3]
    assert client.get("/v1/organizations").json()["data"] == [server.organization]
    assert client.get(one).json() == {"data": server.organization, "metadata": {}}
    assert client.get(f"{one}/badge_templates/{template['id']}").json()["data"] == template
    assert client.get(f"/api{one}/badge_templates/").json()["metadata"]["total_count"] == 653


def test_unknown_things_are_404_with_the_message_where_credly_puts_it(client: httpx.Client, listing: str) -> None:
    missing = client.get(f"{listing}/nothing")
    assert missing.status_code == 404
    assert missing.json() == {
        "data": {"message": "Invalid or missing Badge Template ID: nothing"},
        "metadata": None,
    }
    assert client.get("/v1/organizations/other/badge_templates").status_code == 404
    assert client.get("/v1/users").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_but_reading_is_allowed(client: httpx.Client, listing: str, method: str) -> None:
    answer = client.request(method, listing)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("state::active", 607),
        ("state::draft,archived", 46),
        ("public::false", 5),
        ("state::active|public::true", 603),
        ('name::"leadership essentials"', 0),
        ('name::"Leadership Essentials"', 2),
        ("name::leadership ess", 2),
        ("query::snake_case", 1),
        ("updated_at_min::2019-01-15", 653),
        ("updated_at_min::2026-10-01", 0),
        ("", 653),
    ],
)
def test_filters_are_combined(read: Reader, text: str, count: int) -> None:
    assert read(filter=text)["metadata"]["total_count"] == count


def test_updated_at_min_includes_its_day(server: PracticeCredly, read: Reader) -> None:
    newest = max(template["updated_at"] for template in server.templates)
    found = read(filter=f"updated_at_min::{newest[:10]}")["data"]
    assert newest in {template["updated_at"] for template in found}
    assert all(template["updated_at"][:10] == newest[:10] for template in found)


@pytest.mark.parametrize("text", ["updated_at::2020-01-01", "state::gone", "state", "updated_at_min::yesterday"])
def test_unknown_filters_are_refused(client: httpx.Client, listing: str, text: str) -> None:
    answer = client.get(listing, params={"filter": text})
    assert answer.status_code == 400
    assert answer.json()["data"]["message"].startswith("Invalid filter")


def test_sorting_goes_both_ways(client: httpx.Client, listing: str, read: Reader) -> None:
    names = [item["name"].casefold() for item in read(sort="-name")["data"]]
    assert names == sorted(names, reverse=True)
    assert client.get(listing, params={"sort": "color"}).status_code == 400


@pytest.mark.parametrize("repeats", [True, False])
def test_the_next_page_repeats_the_filter_only_where_that_is_chosen(
    listing: str, college: tuple[Json, list[Json]], repeats: bool
) -> None:
    with (
        PracticeCredly(*college, next_repeats_filter=repeats) as server,
        httpx.Client(base_url=server.url, trust_env=False, auth=("practice-token", "")) as client,
    ):
        first = client.get(listing, params={"filter": "state::active|public::true"}).json()
        second = client.get(first["metadata"]["next_page_url"]).json()
    assert second["metadata"]["total_count"] == (603 if repeats else 653)


def test_templates_can_be_changed_while_it_runs(server: PracticeCredly, read: Reader) -> None:
    with server.lock:
        del server.templates[1:]
        server.templates[0]["name"] = "Renamed"
    assert [item["name"] for item in read()["data"]] == ["Renamed"]


def test_the_catalogue_that_was_given_stays_as_it_is(college: tuple[Json, list[Json]]) -> None:
    organization, templates = college
    server = PracticeCredly(organization, templates)
    server.templates.clear()
    assert len(templates) == 653


# Signing in


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic cHJhY3RpY2UtdG9rZW4="},  # without its colon
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic b3RoZXI6"},
        {"Authorization": "Basic cHJhY3RpY2UtdG9rZW46cGFzc3dvcmQ="},
        {"Authorization": "Bearer practice-token"},
        {"Authorization": "Token practice-token"},
    ],
)
def test_other_ways_to_sign_in_are_refused(stranger: httpx.Client, listing: str, headers: dict[str, str]) -> None:
    answer = stranger.get(listing, headers=headers)
    assert answer.status_code == 401
    assert set(answer.json()["data"]) == {"message"}
    assert answer.json()["metadata"] == {}


def test_a_minted_token_lists_badges_and_no_two_are_the_same(stranger: httpx.Client, listing: str) -> None:
    minted = [_mint(stranger, scope="badge_templates").json() for _ in range(2)]
    assert minted[0]["access_token"] != minted[1]["access_token"]
    assert minted[0]["token_type"] == "Bearer"
    assert minted[0]["expires_in"] == 7200
    assert minted[0]["scope"] == "badge_templates"
    assert abs(minted[0]["created_at"] - time.time()) < 60
    for token in minted:
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert stranger.get(listing, headers=headers).status_code == 200


def test_the_client_may_sign_in_with_basic(stranger: httpx.Client) -> None:
    form = {"grant_type": "client_credentials"}
    answer = stranger.post("/oauth/token", data=form, auth=("practice-client", "practice-secret"))
    assert answer.status_code == 200
    assert stranger.post("/oauth/token", data=form, auth=("practice-client", "no")).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({"scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_other_token_requests_are_refused(
    stranger: httpx.Client, form: dict[str, str], status: int, error: str
) -> None:
    answer = _mint(stranger, **form)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_secrets_in_the_address_or_as_json_are_refused(stranger: httpx.Client) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "practice-client",
        "client_secret": "practice-secret",
    }
    assert stranger.post("/oauth/token", params=form).status_code == 400
    assert stranger.post("/oauth/token", params={"scope": "events"}, data=form).status_code == 400
    assert stranger.post("/oauth/token", json=form).status_code == 400
    assert stranger.get("/oauth/token").status_code == 405


def test_a_token_for_something_else_is_forbidden(stranger: httpx.Client, listing: str) -> None:
    token = _mint(stranger, scope="events").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert stranger.get("/v1/organizations", headers=headers).status_code == 200
    assert stranger.get(listing, headers=headers).status_code == 403


def test_tokens_end_with_their_lifetime(listing: str, college: tuple[Json, list[Json]]) -> None:
    with (
        PracticeCredly(*college, token_lifetime=0) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        minted = _mint(client).json()
        assert minted["expires_in"] == 0
        headers = {"Authorization": f"Bearer {minted['access_token']}"}
        assert client.get(listing, headers=headers).status_code == 401


def test_tokens_can_be_revoked_and_the_authorization_token_exchanged(
    server: PracticeCredly, client: httpx.Client, stranger: httpx.Client, listing: str
) -> None:
    headers = {"Authorization": f"Bearer {_mint(client).json()['access_token']}"}
    server.revoke_tokens()
    assert stranger.get(listing, headers=headers).status_code == 401
    assert client.get(listing).status_code == 200
    server.revoke_tokens(api_token=True)
    assert client.get(listing).status_code == 401
    server.token = "fresh"
    assert client.get(listing, auth=("fresh", "")).status_code == 200


# What is kept and held


def test_requests_are_kept_with_page_and_status(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    client.get("/v1/organizations")
    client.get(listing, params={"page": 2, "filter": "state::active"})
    client.delete(listing)
    kept = [(seen.method, seen.path, seen.page, seen.status) for seen in server.requests]
    assert kept == [
        ("GET", "/v1/organizations", None, 200),
        ("GET", listing, 2, 200),
        ("DELETE", listing, 1, 405),
    ]
    assert server.requests[1].query == "page=2&filter=state%3A%3Aactive"


def test_connections_are_kept_alive_and_used_by_many_at_once(client: httpx.Client, listing: str, read: Reader) -> None:
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(read, range(1, 15)))
        answer = client.get(listing)
    assert sum(len(page["data"]) for page in pages) == 653
    assert answer.http_version == "HTTP/1.1"
    assert "connection" not in answer.headers


def test_a_held_page_waits_until_it_is_released(server: PracticeCredly, read: Reader) -> None:
    server.hold(3)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(read, 3)
        server.wait_asked(3, timeout=5)
        with pytest.raises(TimeoutError):
            server.wait_sent(3, timeout=0.1)
        with server.lock:
            server.templates[100]["name"] = "Changed while held"
        server.release(3)
        server.wait_sent(3, timeout=5)
        assert waiting.result(5)["data"][0]["name"] == "Changed while held"


def test_holding_one_page_lets_the_others_through(server: PracticeCredly, read: Reader) -> None:
    server.hold(2)
    read(1)
    server.wait_sent(1, timeout=5)
    with pytest.raises(TimeoutError, match="page 2"):
        server.wait_asked(2, timeout=0.05)


def test_only_answers_with_the_page_count_as_sent(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    server.fault("server_error", page=1, times=1)
    client.get(listing)
    server.wait_asked(1, timeout=1)
    with pytest.raises(TimeoutError):
        server.wait_sent(1, timeout=0.05)
    client.get(listing)
    server.wait_sent(1, timeout=5)
    server.wait_asked(1, timeout=1, times=2)


def test_stopping_ends_held_connections_and_it_starts_again_on_the_same_port(
    server: PracticeCredly, client: httpx.Client, listing: str
) -> None:
    url = server.url
    server.hold(1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get, listing)
        server.wait_asked(1, timeout=5)
        server.stop()
        assert isinstance(waiting.exception(5), httpx.TransportError)
        with pytest.raises(httpx.ConnectError):
            client.get(listing)
        with server.start():
            assert server.url == url
            assert client.get(listing).status_code == 200


def test_a_client_that_goes_away_leaves_the_server_standing(
    server: PracticeCredly,
    client: httpx.Client,
    listing: str,
    read: Reader,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server.fault("drip", times=1, size=200, pause=0.01)
    with client.stream("GET", listing) as answer:
        next(answer.iter_raw())
    time.sleep(0.1)
    assert read()["metadata"]["count"] == 50
    assert capfd.readouterr().err == ""


def test_nothing_keeps_running_after_it_stopped(college: tuple[Json, list[Json]]) -> None:
    before = threading.active_count()
    with PracticeCredly(*college) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        client.get("/v1/organizations")
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


# What anybody may see


JSON_ONLY = {"Accept": "application/json"}


def _public_page(client: httpx.Client, server: PracticeCredly, page: int = 1, slug: str = "") -> Json:
    path = f"/organizations/{slug or server.organization['vanity_slug']}/badges"
    answer = client.get(path, params={"sort": "most_popular", "page": page}, headers=JSON_ONLY)
    assert answer.status_code == 200
    read: Json = answer.json()
    return read


def test_the_public_page_lists_what_is_public_and_in_use_to_anybody(
    server: PracticeCredly, stranger: httpx.Client
) -> None:
    first = _public_page(stranger, server)
    items = [item for page in range(1, 20) for item in _public_page(stranger, server, page)["data"]]
    shown = [t for t in server.templates if t["state"] == "active" and t["public"] and t["visibility"] == "public"]
    assert [item["id"] for item in items] == [template["id"] for template in shown]
    assert first["metadata"]["total_count"] == len(shown)
    assert first["metadata"]["next_page_url"].startswith(f"{server.url}/organizations/")


def test_a_public_item_has_the_form_of_the_public_pages(server: PracticeCredly, stranger: httpx.Client) -> None:
    with_activities = next(item for item in _public_page(stranger, server)["data"] if item["badge_template_activities"])
    (example, *_) = lantern_street_makerspace()[1]
    assert set(with_activities) == set(example)
    assert set(with_activities["skills"][0]) == set(example["skills"][0])
    assert set(with_activities["badge_template_activities"][0]) == set(example["badge_template_activities"][0])
    (issued_by,) = with_activities["issuer"]["entities"]
    assert (issued_by["primary"], issued_by["entity"]["id"]) == (True, server.organization_id)


@pytest.mark.parametrize("accept", ["*/*", "application/json, */*;q=0.1", "text/html", ""])
def test_the_public_page_is_a_page_to_all_who_would_take_one(
    server: PracticeCredly, stranger: httpx.Client, accept: str
) -> None:
    path = f"/organizations/{server.organization['vanity_slug']}/badges"
    assert stranger.get(path, headers={"Accept": accept}).headers["content-type"].startswith("text/html")


def test_under_a_name_nobody_has_the_public_page_is_empty(server: PracticeCredly, stranger: httpx.Client) -> None:
    assert _public_page(stranger, server, slug="nobody")["data"] == []


def test_faults_befall_the_public_page_as_any_listing(server: PracticeCredly, stranger: httpx.Client) -> None:
    server.fault("spoil_item", page=1, how="no_name")
    server.fault("other_host_next", page=1)
    first = _public_page(stranger, server)
    assert "name" not in first["data"][0]
    assert first["metadata"]["next_page_url"].startswith("https://elsewhere.example/organizations/")


def test_a_badge_has_a_picture_of_its_own(server: PracticeCredly, stranger: httpx.Client) -> None:
    one, other = (stranger.get(f"/images/{template['id']}.png") for template in server.templates[:2])
    assert one.headers["content-type"] == "image/png"
    assert one.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert len({one.content, other.content}) == 2
    assert stranger.get(f"/images/{server.templates[0]['id']}.png").content == one.content
    assert stranger.get("/images/nothing.png").status_code == 404


def test_pictures_are_whole(server: PracticeCredly) -> None:
    data = picture(server.templates[0]["id"])
    chunks, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body, (check,) = data[at + 8 : at + 8 + length], struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert zlib.crc32(kind + body) == check
        chunks[kind], at = body, at + 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert len(zlib.decompress(chunks[b"IDAT"])) == 96 * (1 + 4 * 96)


def test_templates_lead_to_these_pictures_only_on_request(college: tuple[Json, list[Json]]) -> None:
    with PracticeCredly(*college, images=True) as server:
        shown = {template["image_url"] for template in server.templates}
        assert {address.partition("/images/")[0] for address in shown if address} == {server.url}
        assert [bool(template["image_url"]) for template in server.templates] == [
            bool(template["image_url"]) for template in college[1]
        ]
    with PracticeCredly(*college) as server:
        assert server.templates == college[1]


# When the authorization token ends


def test_the_authorization_tokens_tell_when_they_end(server: PracticeCredly, client: httpx.Client) -> None:
    path = f"/v1/organizations/{server.organization_id}/authorization_tokens"
    assert client.get(path).json()["data"][0]["expires_at"] is None
    server.token_expires_at = "2099-03-31T12:00:00.000Z"
    (listed,) = client.get(path).json()["data"]
    assert (listed["expires_at"], listed["read_enabled"]) == ("2099-03-31T12:00:00.000Z", True)
    assert str(server.token) not in json.dumps(listed)


def test_a_token_that_has_ended_is_refused_and_told_why(
    server: PracticeCredly, client: httpx.Client, listing: str
) -> None:
    server.token_expires_at = "2020-01-01T00:00:00Z"
    answer = client.get(listing)
    assert answer.status_code == 401
    assert "expired" in answer.json()["data"]["message"]


@pytest.mark.parametrize(("scope", "status"), [("badge_templates", 403), ("authorization_tokens", 200)])
def test_an_oauth_application_sees_the_tokens_only_with_the_scope_for_it(
    server: PracticeCredly, stranger: httpx.Client, scope: str, status: int
) -> None:
    bearer = {"Authorization": f"Bearer {_mint(stranger, scope=scope).json()['access_token']}"}
    path = f"/v1/organizations/{server.organization_id}/authorization_tokens"
    assert stranger.get(path, headers=bearer).status_code == status
