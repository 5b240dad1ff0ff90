"""The practice Canvas Credentials: what it lists and pages, what it refuses, what anybody sees, how it goes wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from connector.demo.canvas_catalogue import CREATOR, practice_account
from connector.demo.practice_canvas import PracticeCanvas

Json = dict[str, Any]
Start = Callable[..., tuple[PracticeCanvas, httpx.Client]]
OBSERVED_MEMBERS = {
    "entityType",
    "entityId",
    "openBadgeId",
    "createdAt",
    "createdBy",
    "issuer",
    "issuerOpenBadgeId",
    "name",
    "image",
    "description",
    "criteriaUrl",
    "criteriaNarrative",
    "alignments",
    "tags",
    "expires",
    "extensions",
}


_account = cache(practice_account)  # each server copies what it is given


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server with badge classes of these sizes and options, and a client that is signed in."""
    with ExitStack() as running:

        def start(
            *sizes: int, scope: str = "rw:issuer r:profile", **options: Any
        ) -> tuple[PracticeCanvas, httpx.Client]:
            server = running.enter_context(PracticeCanvas(*_account(*sizes), **options))
            headers = {"Authorization": f"Bearer {server.mint(scope=scope)['access_token']}"}
            client = httpx.Client(base_url=server.url, timeout=10, trust_env=False, verify=False, headers=headers)
            return server, running.enter_context(client)

        yield start


def _path(server: PracticeCanvas, place: int = 0) -> str:
    return f"/v2/issuers/{server.issuers[place]['entityId']}/badgeclasses"


def _result(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    result: list[Json] = answer.json()["result"]
    return result


def _ids(items: list[Json]) -> list[str]:
    return [item["entityId"] for item in items]


def _pages(client: httpx.Client, path: str, num: int = 50, most: int = 20, **query: str) -> list[list[Json]]:
    """Each page of a listing, by its Link header or by its body's pagination."""
    return _pages_from(client, f"{path}?{urlencode({'num': num, **query})}", most)


def _pages_from(client: httpx.Client, address: str, most: int = 20) -> list[list[Json]]:
    following, pages = address, list[list[Json]]()
    while following and len(pages) < most:
        answer = client.get(following)
        pages.append(_result(answer))
        following = _next(answer) or ""
    return pages


def _walk(client: httpx.Client, path: str, **query: Any) -> list[Json]:
    return [item for page in _pages(client, path, **query) for item in page]


def _next(answer: httpx.Response) -> str | None:
    found: str | None = answer.links.get("next", {}).get("url")
    return found or (answer.json().get("pagination") or {}).get("nextResults")


def _error(answer: httpx.Response) -> tuple[int, str]:
    status = answer.json()["status"]
    assert status["success"] is False
    assert answer.json()["result"] == []
    return answer.status_code, status["description"]


# The catalogue


def test_the_catalogue_is_the_same_on_every_call_and_shares_no_object() -> None:
    first, second = practice_account(), practice_account()
    assert json.dumps(first) == json.dumps(second)
    first[1][0]["tags"].append("changed")
    assert json.dumps(practice_account()) == json.dumps(second)


def test_three_issuers_of_one_account_have_60_and_40_and_20_badges() -> None:
    issuers, badges = practice_account()
    counts = Counter(badge["issuer"] for badge in badges)
    assert [counts[issuer["entityId"]] for issuer in issuers] == [60, 40, 20]
    assert len(set(_ids([*issuers, *badges]))) == 123
    assert len(practice_account(700)[1]) == 700
    with pytest.raises(ValueError, match="issuers"):
        practice_account(1, 1, 1, 1, 1)


def test_the_catalogue_is_as_varied_as_real_ones() -> None:
    _, badges = practice_account()
    criteria = Counter((badge["criteriaUrl"] is None, badge["criteriaNarrative"] is None) for badge in badges)
    assert min(criteria.values()) == 30
    assert {badge["entityId"][0] for badge in badges} >= {"-", "_"}
    assert {badge["expires"]["duration"] for badge in badges} == {None, "days", "weeks", "months", "years"}
    blanks = {value for badge in badges for each in badge["alignments"] for value in each.values() if not value}
    assert blanks == {None, ""}
    assert {badge.get("achievementType", "absent") for badge in badges} >= {None, "absent", "Course", "ext:HarborPass"}
    assert any(badge.get("extensions") for badge in badges)
    assert any("extensions" not in badge for badge in badges)
    assert any("\r\n" in (badge["criteriaNarrative"] or "") for badge in badges)
    assert {len(badge["createdAt"]) for badge in badges} >= {20, 22, 27}
    assert sum(badge["archived"] for badge in badges) == 6
    per_issuer = Counter((badge["issuer"], badge["name"]) for badge in badges)
    names = Counter(name for _, name in per_issuer)
    assert max(per_issuer.values()) == 2
    assert max(names.values()) == 2
    assert max(len(badge["description"]) for badge in badges) > 15_000
    assert not [badge["name"] for badge in badges if "<p>" in badge["description"] or "&amp;" in badge["name"]]


# Reading


def test_issuers_are_listed_whole_and_staff_only_where_it_is_not_declined(start: Start) -> None:
    server, client = start()
    with_staff = _result(client.get("/v2/issuers", params={"num": 1}))
    without = _result(client.get("/v2/issuers", params={"include_staff": "false"}))
    assert _ids(with_staff) == _ids(without) == _ids(server.issuers)
    assert all("staff" in each for each in with_staff)
    assert not any("staff" in each for each in without)


def test_one_issuer_and_one_badge_class_come_in_a_list(start: Start) -> None:
    server, client = start()
    badge = server.badge_classes[3]
    assert _ids(_result(client.get(f"/v2/issuers/{badge['issuer']}"))) == [badge["issuer"]]
    (shown,) = _result(client.get(f"/v2/badgeclasses/{badge['entityId']}"))
    assert shown["openBadgeId"] == f"{server.url}/public/badges/{badge['entityId']}"
    assert shown["issuerOpenBadgeId"] == f"{server.url}/public/issuers/{badge['issuer']}"
    assert shown["createdBy"] == CREATOR
    assert "updatedAt" not in shown
    assert _ids(_result(client.get(f"/v2/badgeclasses/{badge['id']}"))) == [badge["entityId"]]


def test_the_open_source_server_shows_the_16_members_that_were_observed(start: Start) -> None:
    server, client = start(hosted=False)
    answer = client.get(_path(server))
    assert {frozenset(each) for each in _result(answer)} == {frozenset(OBSERVED_MEMBERS)}
    assert set(answer.json()) == {"status", "result"}
    assert client.get(f"/v2/badgeclasses/{server.badge_classes[3]['id']}").status_code == 404


def test_the_hosted_server_has_more_members_and_leaves_some_out(start: Start) -> None:
    server, client = start()
    answer = client.get(_path(server))
    shown = _result(answer)
    assert (answer.json()["pagination"], answer.json()["warnings"]) == (None, {})
    assert all({"id", "archived"} <= set(each) for each in shown)
    assert {("entityType" in each, "extensions" in each) for each in shown} == {(True, True), (False, False)}


def test_archived_badges_are_hidden_unless_asked_for(start: Start) -> None:
    server, client = start()
    shown = _walk(client, _path(server))
    everything = _walk(client, _path(server), include_archived="true")
    assert (len(shown), len(everything)) == (57, 60)
    assert {each["archived"] for each in everything} == {True, False}
    assert _ids(server.listed(server.issuers[0]["entityId"], archived=True)) == _ids(everything)


def test_the_user_is_told_to_those_who_may_read_the_profile(start: Start) -> None:
    server, client = start()
    assert _ids(_result(client.get("/v2/users/self"))) == [server.registrar.entity_id]
    headers = {"Authorization": f"Bearer {server.mint(scope='rw:issuer')['access_token']}"}
    assert client.get("/v2/users/self", headers=headers).status_code == 404


def test_a_user_sees_only_the_issuers_they_work_for(start: Start) -> None:
    server, client = start()
    server.deputy.issuers = {server.issuers[2]["entityId"]}
    client.headers["Authorization"] = f"Bearer {server.mint(server.deputy)['access_token']}"
    assert len(_result(client.get("/v2/issuers"))) == 1
    assert len(_walk(client, "/v2/badgeclasses")) == 19
    assert client.get(_path(server, 0)).status_code == 404


# Pages


@pytest.mark.parametrize("in_body", [False, True])
def test_paged_and_unpaged_hold_the_same_badges_in_opposite_order(start: Start, in_body: bool) -> None:
    server, client = start(paginates_in_body=in_body, hosted=False)
    whole = _result(client.get("/v2/badgeclasses"))
    pages = _pages(client, "/v2/badgeclasses")
    paged = [item for page in pages for item in page]
    assert [len(page) for page in pages] == [50, 50, 14]
    assert sorted(_ids(paged)) == sorted(_ids(whole))
    assert len(set(_ids(paged))) == 114
    assert [each["createdAt"][:19] for each in paged] == sorted(
        (each["createdAt"][:19] for each in whole), reverse=True
    )
    assert ("link" in client.get("/v2/badgeclasses?num=50").headers) is not in_body
    assert _ids(paged) == _ids(server.listed())


def test_the_link_header_leads_on_and_back(start: Start) -> None:
    server, client = start()
    first = client.get(_path(server), params={"num": 20})
    second = client.get(first.links["next"]["url"])
    assert set(first.links) == {"next"}
    assert set(second.links) == {"next", "prev"}
    assert _result(client.get(second.links["prev"]["url"])) == _result(first)
    assert first.links["next"]["url"].startswith(f"{server.url}{_path(server)}?cursor=")
    assert first.links["next"]["url"].endswith("&num=20")
    third = client.get(second.links["next"]["url"])
    assert set(third.links) == {"prev"}
    assert _result(client.get(third.links["prev"]["url"])) == _result(second)


def test_badges_of_the_same_moment_are_split_by_a_page_without_a_loss(start: Start) -> None:
    server, client = start(60)
    times = Counter(each["createdAt"] for each in server.badge_classes)
    assert max(times.values()) == 2
    for num in (1, 7, 47, 50):
        assert _ids(_walk(client, _path(server), num=num, most=70)) == _ids(server.listed())


@pytest.mark.parametrize(("num", "size"), [("0", 1), ("-5", 1), ("abc", 114), ("", 114), ("501", 114), ("500", 114)])
def test_odd_page_sizes_are_bent_or_ignored(start: Start, num: str, size: int) -> None:
    _, client = start()
    assert len(_result(client.get("/v2/badgeclasses", params={"num": num}))) == size


def test_more_than_500_badges_never_fit_on_a_page(start: Start) -> None:
    server, client = start(600)
    assert len(_result(client.get(_path(server), params={"num": 600}))) == 500
    assert len(_result(client.get(_path(server)))) == 570


def test_a_client_that_pages_with_page_and_limit_sees_the_same_list_again_and_is_noticed(start: Start) -> None:
    server, client = start()
    cursor = httpx.URL(client.get(_path(server), params={"num": 10}).links["next"]["url"]).params["cursor"]
    assert server.ignored_parameters == []
    whole = client.get(_path(server)).content
    assert client.get(_path(server), params={"page": 2, "limit": 10}).content == whole
    assert client.get(_path(server), params={"cursor": cursor}).content == whole
    assert server.ignored_parameters == ["page", "limit", "cursor"]


def test_a_bad_cursor_is_404(start: Start) -> None:
    server, client = start()
    assert _error(client.get(_path(server), params={"num": 10, "cursor": "nonsense"}))[0] == 404
    assert _error(client.get("/v2/badgeclasses/changed", params={"cursor": "nonsense"}))[0] == 404


def test_links_take_scheme_and_host_from_the_request_as_behind_a_proxy(start: Start) -> None:
    server, client = start()
    headers = {"Host": "inner.example", "X-Forwarded-Proto": "https"}
    link = client.get(_path(server), params={"num": 10}, headers=headers).links["next"]["url"]
    assert link.startswith("https://inner.example/v2/issuers/")


def test_badges_made_while_it_is_read_are_not_seen_by_a_cursor(start: Start) -> None:
    server, client = start(60)
    first = client.get(_path(server), params={"num": 20})
    made = server.add({**server.badge_classes[0], "entityId": "MadeWhileItWasBeingRea"})
    rest = _ids([item for page in _pages_from(client, first.links["next"]["url"]) for item in page])
    assert made["entityId"] not in rest
    assert _ids(_result(first)) + rest == _ids(server.listed())[1:]


def test_a_badge_deleted_at_a_cursor_hides_no_other_one(start: Start) -> None:
    server, client = start(60)
    before = _ids(server.listed())
    first = client.get(_path(server), params={"num": 20})
    server.delete(before[19])
    rest = [item for page in _pages_from(client, first.links["next"]["url"]) for item in page]
    assert _ids(rest) == before[20:]


# Changed since


def test_changed_is_paged_by_100_in_the_body_with_the_oldest_change_first(start: Start) -> None:
    server, client = start()
    first = client.get("/v2/badgeclasses/changed", params={"include_archived": "true"})
    assert len(_result(first)) == 100
    assert "link" not in first.headers
    pagination = first.json()["pagination"]
    assert (pagination["hasNext"], pagination["hasPrevious"], pagination["previousResults"]) == (True, False, None)
    second = client.get(pagination["nextResults"])
    assert second.json()["pagination"]["hasNext"] is False
    assert second.json()["pagination"]["hasPrevious"] is True
    by_change = sorted(server.badge_classes, key=lambda each: str(each["updatedAt"]))
    assert _ids([*_result(first), *_result(second)]) == _ids(by_change)


def test_a_timestamp_is_the_next_since_and_a_deletion_leaves_no_trace(start: Start) -> None:
    server, client = start()
    since = client.get("/v2/badgeclasses/changed").json()["timestamp"]
    same, renamed, archived, gone = server.listed()[:4]
    server.change(same["entityId"])
    server.change(renamed["entityId"], name="Renamed")
    server.archive(archived["entityId"])
    server.delete(gone["entityId"])
    changed = _result(client.get("/v2/badgeclasses/changed", params={"since": since}))
    assert [(each["entityId"], each["name"]) for each in changed] == [
        (same["entityId"], same["name"]),
        (renamed["entityId"], "Renamed"),
    ]
    shown = _result(client.get("/v2/badgeclasses/changed", params={"since": since, "include_archived": "true"}))
    assert _ids(shown) == _ids([same, renamed, archived])
    assert gone["entityId"] not in _ids(_walk(client, "/v2/badgeclasses"))
    later = _result(client.get("/v2/badgeclasses/changed", params={"since": same["updatedAt"]}))
    assert _ids(later) == [renamed["entityId"]]


@pytest.mark.parametrize("since", ["yesterday", "", "2026-11-23T10:00:00.5 00:00"])
def test_a_since_that_is_no_time_is_refused_by_field(start: Start, since: str) -> None:
    _, client = start(1)
    answer = client.get("/v2/badgeclasses/changed", params={"since": since})
    assert _error(answer) == (400, "bad request")
    assert answer.json()["fieldErrors"]["since"]


def test_a_since_without_a_zone_is_accepted(start: Start) -> None:
    _, client = start(1)
    assert _result(client.get("/v2/badgeclasses/changed", params={"since": "2026-11-23T10:00:00"})) == []


def test_issuers_changed_needs_no_more_than_reading(start: Start) -> None:
    server, client = start(1, 1, scope="r:issuer")
    assert sorted(_ids(_result(client.get("/v2/issuers/changed")))) == sorted(_ids(server.issuers))
    assert client.get("/v2/issuers").status_code == 404


# Refusals


@pytest.mark.parametrize("authorization", ["", "Bearer nothing", "Basic cHJhY3RpY2U6eA==", "Token nothing"])
def test_whoever_is_not_signed_in_gets_the_same_401_without_a_challenge(start: Start, authorization: str) -> None:
    server, client = start(1)
    answer = client.get(_path(server), headers={"Authorization": authorization})
    assert _error(answer) == (401, "no valid auth token found")
    assert "www-authenticate" not in answer.headers
    assert set(answer.json()) >= {"fieldErrors", "validationErrors"}


def test_a_missing_scope_and_an_unknown_id_look_the_same(start: Start) -> None:
    server, client = start(1)
    unknown = client.get("/v2/issuers/AAAAAAAAAAAAAAAAAAAAAA/badgeclasses")
    client.headers["Authorization"] = f"Bearer {server.mint(scope='r:profile')['access_token']}"
    unscoped = client.get(_path(server))
    assert _error(unknown) == _error(unscoped) == (404, "entity not found or insufficient privileges")


@pytest.mark.parametrize("path", ["/v2/issuers/", "/v2/nothing", "/v2", "/"])
def test_unknown_paths_and_trailing_slashes_are_404_in_html(start: Start, path: str) -> None:
    _, client = start(1)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(start: Start, method: str) -> None:
    server, client = start(1)
    answer = client.request(method, _path(server))
    assert _error(answer)[0] == 405
    assert answer.headers["allow"] == "GET"
    assert [seen.method for seen in server.requests] == [method]


@pytest.mark.parametrize(
    ("accept", "status", "content_type"),
    [
        ("*/*", 200, "application/ld+json"),
        ("application/ld+json, application/json", 200, "application/ld+json"),
        ("application/json", 200, "application/json"),
        ("application/json;q=0.9, */*", 200, "application/json"),
        ("application/xml", 406, "application/ld+json"),
    ],
)
def test_json_is_called_ld_json_unless_plain_json_is_asked_for(
    start: Start, accept: str, status: int, content_type: str
) -> None:
    server, client = start(1)
    answer = client.get(_path(server), headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)


def test_json_can_say_that_it_is_html(start: Start) -> None:
    server, client = start(1, labels_as_html=True)
    answer = client.get(_path(server))
    assert answer.headers["content-type"].startswith("text/html")
    assert len(_result(answer)) == 1


# What anybody may see


def test_the_public_list_is_a_bare_array_of_all_badges(start: Start) -> None:
    server, client = start()
    del client.headers["Authorization"]
    listed = client.get(f"/public/issuers/{server.issuers[0]['entityId']}/badges").json()
    assert len(listed) == 57
    assert {each["@context"] for each in listed} == {"https://w3id.org/openbadges/v2"}
    assert {tuple(sorted(each["criteria"])) for each in listed} == {(), ("id",), ("narrative",), ("id", "narrative")}
    assert all(value for each in listed for alignment in each["alignment"] for value in alignment.values())
    assert not any("expires" in each or "createdAt" in each for each in listed)
    assert any("extensions:ApplyLink" in each for each in listed)


def test_a_public_badge_embeds_its_issuer_and_speaks_the_older_version_on_request(start: Start) -> None:
    server, client = start()
    stored = next(each for each in server.badge_classes if each["alignments"] and not each["criteriaUrl"])
    path = f"/public/badges/{stored['entityId']}"
    plain = client.get(path).json()
    assert plain["issuer"] == f"{server.url}/public/issuers/{stored['issuer']}"
    assert client.get(f"{path}.json").json() == client.get(path, params={"v": "2_0"}).json() == plain
    embedded = client.get(path, params={"expand": "issuer"}).json()
    assert embedded["issuer"] == client.get(f"/public/issuers/{stored['issuer']}").json()
    assert embedded["issuer"]["type"] == "Issuer"
    older = client.get(path, params={"v": "1_1"}).json()
    assert older["id"] == f"{server.url}{path}?v=1_1"
    assert older["criteria"] == f"{server.url}{path}/criteria"
    assert set(older["alignment"][0]) <= {"name", "url", "description"}


def test_a_browser_is_sent_to_the_page_for_people(start: Start) -> None:
    server, client = start(1)
    path = f"/public/badges/{server.badge_classes[0]['entityId']}"
    browser = {"Accept": "text/html,application/json;q=0.9"}
    answer = client.get(path, headers=browser)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{server.url}/ui{path}")
    assert client.get(answer.headers["location"]).headers["content-type"].startswith("text/html")
    assert client.get(f"{path}.json", headers=browser).status_code == 406


def test_pictures_and_criteria_are_reached_by_relative_redirects(start: Start) -> None:
    server, client = start()
    linked, unlinked = (
        next(each for each in server.badge_classes if bool(each["criteriaUrl"]) is wanted) for wanted in (True, False)
    )
    to_picture = client.get(f"/public/badges/{linked['entityId']}/image").headers["location"]
    assert to_picture.startswith("/media/uploads/badges/")
    picture = client.get(to_picture)
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    assert "last-modified" in picture.headers
    (shown,) = _result(client.get(f"/v2/badgeclasses/{linked['entityId']}"))
    assert client.get(shown["image"]).content == picture.content
    criteria = [client.get(f"/public/badges/{each['entityId']}/criteria") for each in (linked, unlinked)]
    assert criteria[0].headers["location"] == linked["criteriaUrl"]
    assert urlsplit(criteria[1].headers["location"]).netloc == ""
    assert client.get("/media/uploads/badges/unknown.png").status_code == 404
    assert client.get("/public/badges/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_addresses_can_keep_the_old_host_of_a_hosted_server(start: Start) -> None:
    server, client = start(2, public_url="https://api.badgr.io")
    badge = server.badge_classes[0]
    (shown,) = _result(client.get(f"/v2/badgeclasses/{badge['entityId']}"))
    assert shown["openBadgeId"] == f"https://api.badgr.io/public/badges/{badge['entityId']}"
    assert shown["image"].startswith(server.url)
    public = client.get(f"/public/badges/{badge['entityId']}").json()
    assert public["id"] == shown["openBadgeId"]
    following = client.get(_path(server), params={"num": 1}).links["next"]["url"]
    assert following.startswith(server.url)


# What is kept and held, and what goes wrong


def test_requests_are_kept_with_the_page_that_a_cursor_stands_for(start: Start) -> None:
    server, client = start(60)
    _walk(client, _path(server), num=20)
    client.get("/v2/issuers")
    assert [(seen.page, seen.status) for seen in server.requests] == [(1, 200), (2, 200), (3, 200), (None, 200)]


def test_a_held_page_waits_until_it_is_released(start: Start) -> None:
    server, client = start(60)
    server.hold(2)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_walk, client, _path(server), num=20)
        server.wait_sent(1, timeout=5)
        server.wait_asked(2, timeout=5)
        server.change(server.listed()[25]["entityId"], name="Changed while held")
        server.release(2)
        server.wait_sent(3, timeout=5)
        assert waiting.result(5)[25]["name"] == "Changed while held"


def test_it_starts_again_on_the_same_port_and_its_tokens_stay(start: Start) -> None:
    server, client = start(1)
    url = server.url
    server.stop()
    with pytest.raises(httpx.TransportError):
        client.get(_path(server))
    assert server.start().url == url
    assert client.get(_path(server)).status_code == 200


def test_faults_can_be_asked_for_by_hand(start: Start) -> None:
    server, client = start(1)
    assert client.post("/__practice/faults", json={"kind": "html", "times": 1}).status_code == 201
    assert client.get(_path(server)).headers["content-type"].startswith("text/html")
    assert client.post("/__practice/faults", json={"kind": "nothing"}).status_code == 400
    assert client.post("/__practice/faults", data={"kind": "html"}).status_code == 415
    assert client.delete("/__practice/faults").status_code == 200
    assert [seen["status"] for seen in client.get("/__practice/requests").json()] == [200]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("list", "/v2/badgeclasses"),
        ("list", "/v2/badgeclasses/changed"),
        ("list", "/v2/issuers/{issuer}/badgeclasses"),
        ("list", "/public/issuers/{issuer}/badges"),
        ("organization", "/v2/issuers"),
        ("organization", "/v2/issuers/changed"),
        ("organization", "/v2/issuers/{issuer}"),
        ("organization", "/public/issuers/{issuer}"),
        ("template", "/v2/badgeclasses/{badge}"),
        ("template", "/public/badges/{badge}"),
        ("any", "/v2/users/self"),
        ("any", "/auth/oauth2/authorize"),
    ],
)
def test_faults_befall_each_place(start: Start, place: str, path: str) -> None:
    server, client = start(1)
    badge = server.badge_classes[0]
    server.fault("server_error", on=place, status=503)
    answer = client.get(path.format(issuer=badge["issuer"], badge=badge["entityId"]))
    assert _error(answer) == (503, "Internal server error")


def test_those_who_are_not_signed_in_use_up_no_fault(start: Start) -> None:
    server, client = start(1)
    server.fault("server_error", times=1)
    assert client.get(_path(server), headers={"Authorization": ""}).status_code == 401
    assert [client.get(_path(server)).status_code for _ in range(2)] == [500, 200]


@pytest.mark.parametrize("in_body", [False, True])
def test_the_next_page_can_lead_elsewhere_or_back(start: Start, in_body: bool) -> None:
    server, client = start(60, paginates_in_body=in_body)
    pages = _pages(client, _path(server), num=20)
    server.fault("other_host_next", page=1, host="http://127.0.0.2:9")
    away = _next(client.get(_path(server), params={"num": 20}))
    assert away is not None
    assert away.startswith(f"http://127.0.0.2:9{_path(server)}?cursor=")
    server.clear_faults()
    server.fault("next_loop", page=2, to=2)
    circling = _pages(client, _path(server), num=20, most=4)
    assert circling == [pages[0], pages[1], pages[1], pages[1]]
    server.clear_faults()
    server.fault("next_loop", page=3, to=1)
    assert _pages(client, _path(server), num=20, most=4)[3] == pages[0]


def test_a_repeated_page_is_the_first_byte_for_byte(start: Start) -> None:
    server, client = start(60)
    first = client.get(_path(server), params={"num": 20})
    server.fault("repeat_page")
    again = client.get(first.links["next"]["url"])
    assert again.content == first.content
    assert again.headers["link"] == first.headers["link"]


def test_an_emptied_listing_has_one_empty_page(start: Start) -> None:
    server, client = start(60)
    server.fault("emptied")
    assert _pages(client, _path(server)) == [[]]
    assert client.get(f"/public/issuers/{server.issuers[0]['entityId']}/badges").json() == []


def test_shuffled_pages_hold_the_same_items_in_another_order(start: Start) -> None:
    server, client = start(60)
    plain = _walk(client, _path(server), num=20)
    server.fault("shuffle", seed=3)
    shuffled, again = (_walk(client, _path(server), num=20) for _ in range(2))
    assert _ids(shuffled) == _ids(again) != _ids(plain)
    assert sorted(_ids(shuffled)) == sorted(_ids(plain))
    tags = {each["entityId"]: each["tags"] for each in plain}
    assert any(each["tags"] != tags[each["entityId"]] for each in shuffled)
    assert all(sorted(each["tags"]) == sorted(tags[each["entityId"]]) for each in shuffled)


@pytest.mark.parametrize(("at", "seen"), [("start", 57), ("end", 60)])
def test_a_listing_that_grows_is_noticed_only_behind_the_cursor(start: Start, at: str, seen: int) -> None:
    server, client = start(60)
    server.fault("grow", page=1, times=1, by=3, at=at)
    read = _ids(_walk(client, _path(server), num=20))
    now = _ids(server.listed())
    assert len(now) == 60
    assert read == (now[3:] if at == "start" else now)
    assert len(read) == seen


@pytest.mark.parametrize("to", ["end", "start"])
def test_a_badge_that_moves_is_seen_twice_or_never(start: Start, to: str) -> None:
    server, client = start(60)
    before = _ids(server.listed())
    server.fault("move", page=1, times=1, to=to)
    read = Counter(_ids(_walk(client, _path(server), num=20)))
    assert read[before[0]] == (2 if to == "end" else 1)
    assert read[before[-1]] == (1 if to == "end" else 0)
    assert _ids(server.listed())[-1 if to == "end" else 0] == before[0 if to == "end" else -1]


@pytest.mark.parametrize(
    ("how", "member", "value"),
    [
        ("no_name", "name", None),
        ("no_id", "entityId", None),
        ("data_image", "image", "data:image/png;base64,iVBORw0KGgo="),
        ("relative_page", "criteriaUrl", "/badges/criteria"),
        ("all_null", "tags", None),
    ],
)
def test_one_item_is_spoiled_and_the_others_are_as_ever(start: Start, how: str, member: str, value: object) -> None:
    server, client = start(5)
    plain = _result(client.get(_path(server), params={"num": 5}))
    server.fault("spoil_item", how=how, item=1)
    spoiled = _result(client.get(_path(server), params={"num": 5}))
    assert spoiled[1].get(member) == value
    assert spoiled[:1] + spoiled[2:] == plain[:1] + plain[2:]


def test_an_item_of_the_public_list_is_spoiled_too(start: Start) -> None:
    server, client = start(5)
    path = f"/public/issuers/{server.issuers[0]['entityId']}/badges"
    server.fault("spoil_item", how="relative_page", times=1)
    assert client.get(path).json()[0]["criteria"] == "/badges/criteria"
    server.fault("spoil_item", how="invalid_utf8")
    with pytest.raises(UnicodeDecodeError):
        client.get(path).content.decode()


@pytest.mark.parametrize(("everything", "refreshed"), [(False, 200), (True, 401)])
def test_tokens_stop_working_after_a_page(start: Start, everything: bool, refreshed: int) -> None:
    server, client = start(60)
    token = server.mint()
    client.headers["Authorization"] = f"Bearer {token['access_token']}"
    server.fault("revoke_after", page=1, api_token=everything)
    first = client.get(_path(server), params={"num": 20})
    assert client.get(first.links["next"]["url"]).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    answer = client.post("/o/token", data=form, auth=("practice-client", "practice-secret"))
    assert answer.status_code == refreshed


def test_bytes_can_be_cut_or_reset_and_strings_grow(start: Start) -> None:
    server, client = start(5)
    server.fault("truncated", times=1)
    with pytest.raises(json.JSONDecodeError):
        client.get(_path(server)).json()
    server.fault("connection_reset", times=1)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.get(_path(server))
    server.fault("huge_string", times=1, size=1_000_000)
    assert len(_result(client.get(_path(server)))[0]["description"]) == 1_000_000
    server.fault("gzip_bomb", times=1, size=2_000_000)
    bomb = client.get(_path(server))
    assert bomb.headers["content-encoding"] == "gzip"
    assert len(bomb.content) > 2_000_000
