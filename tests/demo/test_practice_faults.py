"""Each way in which the practice Credly can misbehave on request."""

import gzip
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import pytest

from connector.demo import practice_faults
from connector.demo.practice_credly import PracticeCredly

Json = dict[str, Any]
Reader = Callable[..., Json]


def _mint(client: httpx.Client) -> httpx.Response:
    form = {"grant_type": "client_credentials"}
    return client.post("/oauth/token", data=form, auth=("practice-client", "practice-secret"))


def _walk(read: Reader) -> list[Json]:
    items: list[Json] = []
    for page in range(1, 15):
        items += read(page)["data"]
    return items


def test_every_fault_stands_in_the_table() -> None:
    table = re.findall(r"^\| `(\w+)` \|", practice_faults.__doc__ or "", re.MULTILINE)
    assert sorted(table) == sorted([*practice_faults.KINDS, *practice_faults.SPOILINGS])


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("unknown", {}),
        ("html", {"size": 1}),
        ("grow", {"on": "token"}),
        ("html", {"on": "moon"}),
        ("shuffle", {"page": 2}),
        ("shuffle", {"times": 2}),
        ("spoil_item", {}),
        ("spoil_item", {"how": "politely"}),
    ],
)
def test_faults_that_make_no_sense_are_refused(server: PracticeCredly, kind: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        server.fault(kind, **options)


def test_a_fault_strikes_its_page_as_often_as_asked(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    fault = server.fault("server_error", page=2, times=2)
    statuses = [client.get(listing, params={"page": page}).status_code for page in (1, 2, 2, 2, 3)]
    assert statuses == [200, 500, 500, 200, 200]
    assert fault.used == 2


def test_cleared_faults_are_gone(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    server.fault("server_error")
    assert client.get(listing).status_code == 500
    server.clear_faults()
    assert client.get(listing).status_code == 200


def test_faults_befall_other_places_on_request(server: PracticeCredly, client: httpx.Client) -> None:
    server.fault("server_error", on="token", status=503)
    assert _mint(client).status_code == 503
    assert client.get("/v1/organizations").status_code == 200
    server.fault("html", on="any")
    assert client.get("/v1/organizations").headers["content-type"].startswith("text/html")


def test_rate_limited_says_how_long_only_where_asked(
    server: PracticeCredly, client: httpx.Client, listing: str
) -> None:
    server.fault("rate_limited", times=1, retry_after=7)
    server.fault("rate_limited", page=2)
    first, second = (client.get(listing, params={"page": page}) for page in (1, 2))
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert second.status_code == 429
    assert "retry-after" not in second.headers


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("server_error", 500, "application/json"),
        ("bad_gateway_html", 502, "text/html"),
        ("html", 200, "text/html"),
        ("forbidden", 403, "application/json"),
    ],
)
def test_another_answer_stands_in(
    server: PracticeCredly, client: httpx.Client, listing: str, kind: str, status: int, content_type: str
) -> None:
    server.fault(kind)
    answer = client.get(listing)
    assert answer.status_code == status
    assert answer.headers["content-type"].split(";")[0] == content_type
    if content_type == "application/json":
        assert answer.json()["data"]["message"]
    else:
        assert answer.text.lstrip().startswith("<")


def test_truncated_json_comes_whole_or_breaks_off(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    server.fault("truncated", times=1)
    answer = client.get(listing)
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    server.fault("truncated", short=True)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(listing)


def test_wrong_content_type_leaves_the_json_alone(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    server.fault("wrong_content_type")
    answer = client.get(listing)
    assert answer.headers["content-type"] == "text/html"
    assert answer.json()["metadata"]["count"] == 50


def test_a_repeated_page_is_the_first_byte_for_byte(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    first = client.get(listing).content
    server.fault("repeat_page")
    assert client.get(listing, params={"page": 9}).content == first


def test_the_listing_grows_while_it_is_read(server: PracticeCredly, read: Reader) -> None:
    server.fault("grow", page=13, times=1, by=48)
    items = _walk(read)
    assert len(items) == 700
    last = read(15)
    assert last["metadata"]["total_count"] == 701
    assert len({item["id"] for item in [*items, *last["data"]]}) == 701


def test_growth_at_the_start_repeats_an_item(server: PracticeCredly, read: Reader) -> None:
    server.fault("grow", page=1, times=1, at="start")
    pages = [read(page)["data"] for page in (1, 2)]
    assert pages[0][-1]["id"] == pages[1][0]["id"]


@pytest.mark.parametrize(("to", "twice"), [("end", 0), ("start", -1)])
def test_a_badge_that_moves_between_pages_hides_another_one(
    server: PracticeCredly, read: Reader, to: str, twice: int
) -> None:
    before = [item["id"] for item in server.templates]
    server.fault("move", page=1, times=1, to=to)
    seen = [item["id"] for item in _walk(read)]
    assert len(seen) == 653
    assert len(set(seen)) == 652
    hidden = before[50] if to == "end" else before[-1]
    assert set(before) - set(seen) == {hidden}
    again = [item["id"] for item in server.templates]
    assert again[-1 if to == "end" else 0] == before[twice]


def test_shuffled_pages_hold_the_same_items_in_another_order(server: PracticeCredly, read: Reader) -> None:
    plain = _walk(read)
    server.fault("shuffle", seed=4)
    shuffled, again = _walk(read), _walk(read)
    assert json.dumps(shuffled) == json.dumps(again)
    assert [item["id"] for item in shuffled] != [item["id"] for item in plain]
    assert any(list(item) != list(plain[0]) for item in shuffled)
    assert json.dumps(_without_order(shuffled)) == json.dumps(_without_order(plain))
    by_id = {item["id"]: item for item in plain}
    assert any(item["skills"] != by_id[item["id"]]["skills"] for item in shuffled)


def _without_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_order(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_without_order(item) for item in value), key=json.dumps)
    return value


def test_another_seed_is_another_order(server: PracticeCredly, read: Reader) -> None:
    orders = []
    for seed in (1, 2):
        server.clear_faults()
        server.fault("shuffle", seed=seed)
        orders.append([item["id"] for item in read()["data"]])
    assert orders[0] != orders[1]


def test_an_emptied_listing_has_one_empty_page(server: PracticeCredly, read: Reader) -> None:
    server.fault("emptied")
    assert read()["data"] == []
    assert read()["metadata"]["total_pages"] == 1


def test_the_next_page_can_lead_elsewhere_or_back(server: PracticeCredly, listing: str, read: Reader) -> None:
    server.fault("other_host_next", page=1, host="http://127.0.0.2:9")
    server.fault("next_loop", page=14, to=2)
    away = read(1)["metadata"]["next_page_url"]
    back = read(14)["metadata"]["next_page_url"]
    assert away == f"http://127.0.0.2:9/api{listing}?page=2"
    assert back == f"{server.url}/api{listing}?page=2"


def test_a_huge_string_is_ten_megabytes_long(server: PracticeCredly, read: Reader) -> None:
    server.fault("huge_string", page=1)
    assert len(read()["data"][0]["description"]) == 10_000_000
    server.clear_faults()
    assert len(read()["data"][0]["description"]) < 500


def _third(client: httpx.Client, listing: str) -> Json:
    item: Json = client.get(listing).json()["data"][2]
    return item


@pytest.mark.parametrize(
    ("how", "member", "value"),
    [
        ("no_name", "name", None),
        ("no_id", "id", None),
        ("short_description", "description", "Hm."),
        ("data_image", "image_url", "data:image/png;base64,iVBORw0KGgo="),
        ("relative_page", "global_activity_url", "/badges/criteria"),
        ("wrong_form", "name", ["A", "list"]),
    ],
)
def test_one_item_is_spoiled_and_the_others_are_as_ever(
    server: PracticeCredly, client: httpx.Client, listing: str, how: str, member: str, value: object
) -> None:
    server.fault("spoil_item", page=1, item=2, how=how)
    assert _third(client, listing).get(member) == value
    others = client.get(listing).json()["data"]
    assert others[:2] + others[3:] == server.templates[:2] + server.templates[3:50]
    assert client.get(listing, params={"page": 2}).json()["data"] == server.templates[50:100]


def test_an_item_can_be_nulls_or_a_double_or_no_object(
    server: PracticeCredly, client: httpx.Client, listing: str
) -> None:
    for how, held in (
        ("all_null", dict.fromkeys(server.templates[2]) | {"id": server.templates[2]["id"]}),
        ("duplicate_id", server.templates[2] | {"id": server.templates[3]["id"]}),
        ("not_an_object", "not an object"),
    ):
        server.clear_faults()
        server.fault("spoil_item", item=2, how=how)
        assert _third(client, listing) == held


@pytest.mark.parametrize("how", ["lone_surrogate", "invalid_utf8", "control_character", "not_a_number", "nested"])
def test_an_item_can_be_what_no_writer_of_json_writes(
    server: PracticeCredly, client: httpx.Client, listing: str, how: str
) -> None:
    server.fault("spoil_item", item=2, how=how)
    body = client.get(listing).content
    with pytest.raises((orjson.JSONDecodeError, RecursionError)):
        orjson.loads(body)
    assert body.count(b'"vanity_slug"') >= 50


def test_a_dripping_answer_is_slow_and_whole(server: PracticeCredly, read: Reader) -> None:
    with server.lock:
        del server.templates[1:]
    server.fault("drip", size=500, pause=0.02)
    began = time.monotonic()
    assert read()["metadata"]["count"] == 1
    assert time.monotonic() - began > 0.08


def test_a_dripping_answer_ends_with_the_server(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    server.fault("drip")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get, listing)
        server.wait_asked(1, timeout=5)
        time.sleep(0.1)
        server.stop()
        assert isinstance(waiting.exception(5), httpx.TransportError)


def test_a_gzip_bomb_is_small_on_the_wire(server: PracticeCredly, client: httpx.Client, listing: str) -> None:
    server.fault("gzip_bomb", size=20_000_000)
    with client.stream("GET", listing) as answer:
        wire = b"".join(answer.iter_raw())
    assert len(wire) < 100_000
    assert answer.headers["content-encoding"] == "gzip"
    unpacked = gzip.decompress(wire)
    assert len(unpacked) > 20_000_000
    assert json.loads(unpacked)["data"] == []


def test_tokens_stop_working_after_a_page(server: PracticeCredly, stranger: httpx.Client, listing: str) -> None:
    server.fault("revoke_after", page=2)
    headers = {"Authorization": f"Bearer {_mint(stranger).json()['access_token']}"}
    statuses = [stranger.get(listing, params={"page": page}, headers=headers).status_code for page in (1, 2, 3)]
    assert statuses == [200, 200, 401]
    fresh = {"Authorization": f"Bearer {_mint(stranger).json()['access_token']}"}
    assert stranger.get(listing, params={"page": 3}, headers=fresh).status_code == 200


def test_the_authorization_token_stops_working_where_asked(
    server: PracticeCredly, client: httpx.Client, listing: str
) -> None:
    server.fault("revoke_after", page=1, api_token=True)
    assert [client.get(listing).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("after", [0, 400])
def test_a_connection_can_be_reset(server: PracticeCredly, client: httpx.Client, listing: str, after: int) -> None:
    server.fault("connection_reset", times=1, after=after)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.get(listing)
    assert server.requests[-1].status == 0
    assert client.get(listing).status_code == 200


def test_faults_and_requests_are_reachable_by_hand(client: httpx.Client, listing: str, read: Reader) -> None:
    made = client.post("/__practice/faults", json={"kind": "html", "page": 1, "times": 3})
    assert made.status_code == 201
    assert made.json()["kind"] == "html"
    assert client.get(listing).text.startswith("<!doctype")
    assert client.delete("/__practice/faults").status_code == 200
    assert read()["metadata"]["count"] == 50
    assert [seen["page"] for seen in client.get("/__practice/requests").json()] == [1, 1]


@pytest.mark.parametrize("body", ['{"kind": "nothing"}', '{"page": 1}', "[]", "{", '{"kind": "html", "x": 1}'])
def test_faults_by_hand_say_what_is_wrong(client: httpx.Client, body: str) -> None:
    answer = client.post("/__practice/faults", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_form_from_some_web_page_cannot_ask_for_faults(client: httpx.Client) -> None:
    assert client.post("/__practice/faults", data={"kind": "html"}).status_code == 415
