"""Records over HTTP: pages that miss nothing, edits of what was seen, conflicts that a program settles."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from connector.sync.carry_out import sync
from tests.api.conftest import CTID, Api, done, problem

Json = dict[str, Any]


@pytest.mark.parametrize("limit", [1, 7, 40, 200])
def test_paging_visits_every_record_once_in_source_order(api: Api, limit: int) -> None:
    whole = done(api.get("/records", limit=200))
    assert (len(whole["items"]), whole["next"]) == (40, None)

    assert api.every("/records", limit=limit) == whole["items"]


def test_a_page_links_to_the_next_one(api: Api) -> None:
    first = api.get("/records", limit=30, organization=CTID)

    second = api.client.get(first.links["next"]["url"])

    assert len(done(first)["items"] + done(second)["items"]) == 40
    assert "next" not in second.links


def test_records_that_change_while_one_pages_are_neither_lost_nor_repeated(api: Api) -> None:
    first = done(api.get("/records", limit=20))
    change(api, first["items"][3]["id"], set={"name": "Another Name"})

    second = done(api.get("/records", limit=20, cursor=first["next"]))

    ids = [each["id"] for each in first["items"] + second["items"]]
    assert len(set(ids)) == len(ids) == 40


@pytest.mark.parametrize(
    "place", ["", "null", "[1]", '["a","x"]', '[1,"x",2]', '[-1,"x"]', '[9999999999999999999,"x"]']
)
def test_a_cursor_that_is_none_of_ours_is_a_problem(api: Api, place: str) -> None:
    cursor = b64encode(place.encode()).decode() or "é!"
    assert "cursor" in problem(api.get("/records", cursor=cursor), 422, "invalid_request")["fields"]


@pytest.mark.parametrize("limit", [0, 201, "many"])
def test_a_limit_is_from_1_to_200(api: Api, limit: object) -> None:
    assert "limit" in problem(api.get("/records", limit=limit), 422, "invalid_request")["fields"]


def test_records_are_filtered_as_on_the_command_line(api: Api) -> None:
    every = api.every("/records")
    ready = api.every("/records", status="awaiting_approval")
    incomplete = api.every("/records", status="incomplete")
    assert len(ready) + len(incomplete) == 40
    assert api.every("/records", waiting=True) == every

    one = every[5]
    assert api.every("/records", text=one["badge_id"]) == [one]
    assert api.every("/records", connection=1, text=one["name"])[0]["name"] == one["name"]
    assert {each["credential_type"] for each in api.every("/records", type="OpenBadge")} == {"ceterms:OpenBadge"}
    problem(api.get("/records", status="finished"), 422, "status_unknown")
    problem(api.get("/records", connection=99), 404, "connection_not_found")


def test_a_record_is_found_by_its_ctid_too_and_its_etag_is_its_content_hash(api: Api) -> None:
    (record, *_) = api.every("/records")

    found = api.get(f"/records/{record['ctid']}")

    assert done(found)["id"] == record["id"]
    assert found.headers["ETag"] == f'"{found.json()["content_hash"]}"' == f'"{record["content_hash"]}"'


def test_what_is_at_hand_is_not_sent_again(api: Api) -> None:
    (record, *_) = api.every("/records")
    tag = f'"{record["content_hash"]}"'

    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = api.get(f"/records/{record['id']}", headers={"If-None-Match": given})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert api.get(f"/records/{record['id']}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_edit_needs_the_etag_of_what_was_seen(api: Api) -> None:
    (record, *_) = api.every("/records")
    path, body = f"/records/{record['id']}", {"set": {"name": "Mine"}}

    problem(api.patch(path, body), 428, "precondition_required")
    for stale in ('"other"', f'W/"{record["content_hash"]}"', record["content_hash"], ""):
        problem(api.patch(path, body, If_Match=stale), 412, "precondition_failed")
    assert done(api.get(path))["name"] == record["name"]

    tag = f'"{record["content_hash"]}"'
    edited = api.patch(path, body, If_Match=f'"other", {tag}')
    assert done(edited)["name"] == "Mine"
    assert edited.headers["ETag"] == api.get(path).headers["ETag"] != tag
    problem(api.patch(path, body, If_Match=tag), 412, "precondition_failed")


def test_edits_are_set_set_as_json_and_withdrawn(api: Api) -> None:
    (record, *_) = api.every("/records")
    body = {"set": {"name": "Mine"}, "set_json": {"keyword": {"en-US": ["a", "b"]}, "image": None}}

    after = change(api, record["id"], **body)
    assert after["properties"]["name"] == {"en-US": "Mine"}
    assert after["properties"]["keyword"] == {"en-US": ["a", "b"]}
    assert "image" not in after["properties"]

    back = change(api, record["id"], unset=["name", "keyword", "image"])
    assert back["content_hash"] == record["content_hash"]


def test_values_that_cannot_be_read_are_told_by_property_all_at_once_and_nothing_changes(api: Api) -> None:
    (record, *_) = api.every("/records")
    path = f"/records/{record['id']}"
    wrong = {
        "set": {"subjectWebpage": "no address", "noSuchProperty": "x"},
        "set_json": {"requires": "text", "name": 5},
        "unset": ["neitherThis"],
    }

    told = problem(api.patch(path, wrong, If_Match="*"), 422, "invalid_value")

    assert told["fields"].keys() == {"subjectWebpage", "noSuchProperty", "requires", "name", "neitherThis"}
    assert done(api.get(path))["content_hash"] == record["content_hash"]


def test_a_conflict_is_shown_and_settled(api: Api) -> None:
    (record, *_) = api.every("/records", status="awaiting_approval")
    change(api, record["id"], set={"name": "Mine"})
    with api.platform.lock:
        api.template(record["badge_id"])["name"] = f"{record['name']}, Second Edition"
    resync(api)
    seen = done(api.get(f"/records/{record['id']}"))
    assert seen["statuses"] == ["conflict"]
    assert [each["property"] for each in seen["conflicts"]] == ["name"]

    path = f"/records/{record['id']}/resolutions"
    stale = {"property": "name", "side": "theirs", "content_hash": record["content_hash"]}
    problem(api.post(path, stale), 409, "changed_while_you_looked")
    problem(api.post(path, {"property": "image", "side": "mine"}), 409, "no_edit")
    after = done(api.post(path, stale | {"content_hash": seen["content_hash"]}))

    assert (after["conflicts"], after["statuses"]) == ([], [])
    assert after["name"] == f"{record['name']}, Second Edition"


def test_one_part_of_a_conflict_is_settled_and_the_others_wait(api: Api) -> None:
    record = done(api.get("/records"))["items"][0]["id"]
    shown = done(api.get(f"/records/{record}"))
    words = shown["properties"]["keyword"]["en-US"][:2]
    change(api, record, set_json={"keyword": {"en-US": [word.upper() for word in words]}})
    api.template(shown["badge_id"])["skills"] = ["Something Else"]
    resync(api)

    conflicts = done(api.get(f"/records/{record}"))["conflicts"]
    assert [(each["property"], each["mapped"]) for each in conflicts] == [("keyword", None), ("keyword", None)]

    path = f"/records/{record}/resolutions"
    mine = done(api.post(path, {"property": "keyword", "side": "mine", "item": conflicts[0]["item"]}))
    assert [each["item"] for each in mine["conflicts"]] == [conflicts[1]["item"]]
    theirs = done(api.post(path, {"property": "keyword", "side": "theirs"}))
    assert theirs["properties"]["keyword"] == {"en-US": ["Something Else"]}


def test_alignments_are_placed_and_what_cannot_be_is_told_by_its_key(api: Api) -> None:
    found = (done(api.get(f"/records/{each['id']}")) for each in done(api.get("/records"))["items"])
    record, key = next(
        (each["id"], alignment["key"])
        for each in found
        for alignment in each["alignments"]
        if alignment["target"] == "competency"
    )
    path = f"/records/{record}/placements"

    wrong = problem(api.post(path, {"alignments": {key: {"target": "kitchen"}}}), 422, "invalid_placement")
    assert "kitchen" in wrong["fields"][key]

    moved = done(api.post(path, {"alignments": {key: {"target": "competency", "property": "recommends"}}}))
    (placed,) = [each for each in moved["alignments"] if each["key"] == key]
    assert (placed["property"], "recommends" in moved["properties"]) == ("recommends", True)

    back = done(api.post(path, {"alignments": {key: None}}))
    assert "recommends" not in back["properties"]


def test_a_decision_about_what_changed_is_refused_and_the_others_hold(api: Api) -> None:
    first, second, third = api.every("/records", status="awaiting_approval")[:3]
    change(api, first["id"], set={"name": "Changed"})
    seen = {each["id"]: each["content_hash"] for each in (first, second)} | {"nobody": "x"}

    told = done(api.post("/approvals", {"organization": CTID, "records": seen}))
    assert told["approved"] == 1
    assert {each["id"]: each["code"] for each in told["refused"]} == {
        first["id"]: "changed_while_you_looked",
        "nobody": "record_not_found",
    }

    seen = {first["id"]: first["content_hash"], third["id"]: third["content_hash"]}
    told = done(api.post("/rejections", {"organization": CTID, "records": seen, "reason": "Not ours."}))
    assert told["rejected"] == [third["id"]]
    assert [each["code"] for each in told["refused"]] == ["changed_while_you_looked"]
    assert len(api.every(f"/records/{third['id']}/history", limit=1)) == 1


def change(api: Api, record: str, **body: Any) -> Json:
    """The record after an edit of what it is now."""
    tag = api.get(f"/records/{record}").headers["ETag"]
    after: Json = done(api.patch(f"/records/{record}", body, If_Match=tag))
    return after


def resync(api: Api) -> None:
    """Bring the records up to what the platform says."""
    run = sync(api.this.database, api.this.settings, 1, by="test", accept_gone=False, report=lambda _: None)
    assert run.state == "complete"
