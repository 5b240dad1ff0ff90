"""The main job by programs alone: from what can be connected to the document in the registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.connections import accounts
from tests.api.conftest import CTID, STAFF, Api, done, problem

Json = dict[str, Any]


def test_the_api_alone_runs_the_whole_line(bare: Api, working: Callable[[Api], None]) -> None:
    working(bare)
    (credly,) = [each for each in bare.every("/platforms") if each["platform"] == "credly"]
    assert {"organization_id", "api_url"} <= {field["name"] for field in credly["fields"]}
    assert any(way["secrets"] == ["authorization_token"] for way in credly["ways"])

    made = bare.post("/connections", bare.connecting(name="Main", schedule="daily"))
    connection = done(made, 201)
    assert made.headers["Location"] == f"/api/v1/connections/{connection['id']}"
    assert [check["ok"] for check in connection["checks"]] == [True] * len(connection["checks"])
    assert connection["schedule"] == "daily"
    assert "practice-token" not in made.text

    asked = bare.post(f"/connections/{connection['id']}/runs", {})
    assert asked.status_code == 202
    run = bare.ended(asked.headers["Location"].removeprefix("/api/v1"))
    assert (run["state"], run["new"], run["requested_by"]) == ("complete", 40, STAFF)

    records = bare.every("/records", organization=CTID, status="awaiting_approval")
    edited = bare.get(f"/records/{records[0]['id']}")
    change = {"set": {"name": "Edited by a Program"}}
    after = done(bare.patch(f"/records/{records[0]['id']}", change, If_Match=edited.headers["ETag"]))
    assert after["properties"]["name"] == {"en-US": "Edited by a Program"}

    seen = {each["id"]: each["content_hash"] for each in records} | {after["id"]: after["content_hash"]}
    approved = done(bare.post("/approvals", {"organization": CTID, "records": seen}))
    assert approved == {"approved": len(records), "refused": []}

    rehearsed = done(bare.post("/publications", {"organization": CTID, "dry_run": True}))["outcomes"]
    assert {each["state"] for each in rehearsed} == {"skipped"}
    asked = bare.post("/publications", {"organization": CTID})
    assert asked.status_code == 202
    at = asked.headers["Location"].removeprefix("/api/v1")
    publication = bare.ended(at)
    assert (publication["published"], publication["problem"]) == (len(records) + 1, None)
    attempts = bare.every(f"{at}/attempts", limit=7)
    assert {each["subject"] for each in attempts if each["kind"] == "credential"} == seen.keys()
    assert [each["run"] for each in bare.every("/publications", organization=CTID)] == [publication["run"]]

    registry = str(bare.client.base_url).replace("/api/v1/", "/registry")
    graph = done(bare.client.get(f"{registry}/graph/{after['ctid']}"))
    assert graph["@graph"][0]["ceterms:name"] == {"en-US": "Edited by a Program"}


def test_a_preview_asks_the_platform_and_writes_nothing(api: Api) -> None:
    (connection,) = api.every("/connections")
    with api.platform.lock:
        api.platform.templates[0]["name"] = "A New Name"

    would = done(api.post(f"/connections/{connection['id']}/runs", {"dry_run": True}))

    assert (would["run"], would["state"], would["changed"], would["unchanged"]) == (None, "complete", 1, 39)
    assert len(api.every(f"/connections/{connection['id']}/runs")) == 1


def test_a_connection_that_the_platform_refuses_is_not_saved_unless_no_check_is_asked_for(bare: Api) -> None:
    wrong = bare.connecting(secrets={"authorization_token": "wrong"})

    told = problem(bare.post("/connections", wrong), 409, "reconnect_needed")
    assert told["side"] == "platform"
    assert "nothing was saved" in told["action"]
    assert bare.every("/connections") == []

    made = done(bare.post("/connections", wrong | {"check": False}), 201)
    with bare.this.database.reading() as connection:
        assert accounts.confirmed(connection, made["id"]) == []
    checks = done(bare.post(f"/connections/{made['id']}/checks", {}))["checks"]
    assert checks[-1]["ok"] is False


def test_the_same_name_again_renews_a_connection(api: Api) -> None:
    (before,) = api.every("/connections")

    after = done(api.post("/connections", api.connecting(name="Main")), 200)

    assert after["id"] == before["id"]


def test_the_same_name_again_leaves_a_paused_connection_paused(api: Api) -> None:
    (before,) = api.every("/connections")
    done(api.patch(f"/connections/{before['id']}", {"state": "paused"}))

    after = done(api.post("/connections", api.connecting(name="Main")), 200)

    assert (after["state"], after["state_reason"]) == ("paused", f"paused by {STAFF}")


def test_badges_are_marked_as_gone_by_naming_the_run_that_missed_them(api: Api, working: Callable[[Api], None]) -> None:
    working(api)
    runs = f"/connections/{api.every('/connections')[0]['id']}/runs"
    api.platform.fault("emptied")
    asking = api.ended(f"/runs/{done(api.post(runs, {}), 202)['run']}")
    complete = api.every(runs)[-1]

    problem(api.post(runs, {"accept_gone": complete["run"]}), 409, "nothing_to_confirm")
    answered = api.ended(f"/runs/{done(api.post(runs, {'accept_gone': asking['run']}), 202)['run']}")

    assert (asking["state"], asking["gone"]) == ("needs_confirmation", 0)
    assert (answered["state"], answered["gone"]) == ("complete", 40)


def test_a_connection_is_paused_resumed_scheduled_and_removed(api: Api) -> None:
    (connection,) = api.every("/connections")
    path = f"/connections/{connection['id']}"

    change = {"state": "paused", "schedule": "weekly", "sign_in_ends": "2030-01-31"}
    changed = done(api.patch(path, change))
    assert {name: changed[name] for name in change} == change
    assert changed["state_reason"] == f"paused by {STAFF}"
    problem(api.post(f"{path}/runs", {}), 409, "connection_paused")
    problem(api.post(f"{path}/runs", {"dry_run": True}), 409, "connection_paused")
    resumed = done(api.patch(path, {"state": "active", "sign_in_ends": None}))
    assert (resumed["state"], resumed["schedule"], resumed["sign_in_ends"]) == ("active", "weekly", None)

    assert api.client.delete(path).status_code == 204
    problem(api.get(path), 404, "connection_not_found")
    problem(api.client.delete(path), 404, "connection_not_found")
    assert len(api.every("/records")) == 40


def test_an_issuer_is_confirmed_under_the_callers_name_even_when_its_id_is_an_address(api: Api) -> None:
    (connection,) = api.every("/connections")
    issuer = "https://issuer.example/of?badges"

    path = f"/connections/{connection['id']}/issuers/{issuer.replace('/', '%2F').replace('?', '%3F')}/confirmation"
    told = done(api.client.post(path))

    assert (told["issuer"], told["confirmed_by"], told["records"]) == (issuer, STAFF, [])


def test_a_published_record_is_taken_out_again(api: Api, working: Callable[[Api], None]) -> None:
    working(api)
    (record, *_) = api.every("/records", status="awaiting_approval")
    seen = {record["id"]: record["content_hash"]}
    done(api.post("/approvals", {"organization": CTID, "records": seen}))
    asked = api.post("/publications", {"organization": CTID})
    api.ended(asked.headers["Location"].removeprefix("/api/v1"))

    out = done(api.client.delete(f"/publications/{record['id']}"))

    assert out["state"] == "unpublished"
    assert done(api.get(f"/records/{record['id']}"))["statuses"] == []
    registry = str(api.client.base_url).replace("/api/v1/", "/registry")
    assert api.client.get(f"{registry}/graph/{record['ctid']}").status_code == 404


def test_an_organization_that_is_not_approved_publishes_nothing(api: Api) -> None:
    with api.this.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE organization SET approved_at = NULL")

    for body in ({"organization": CTID}, {"organization": CTID, "dry_run": True}):
        problem(api.post("/publications", body), 409, "organization_not_approved")
