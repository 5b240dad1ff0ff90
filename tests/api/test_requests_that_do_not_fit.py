"""Requests that do not fit: told at once, by field, as problem documents, and nothing happens."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connector.connections.accounts import SCHEDULES
from tests.api.conftest import CTID, Api, done, problem

Json = dict[str, Any]

WRONG: dict[str, tuple[str, Json]] = {
    "connections": (
        "/connections",
        {
            "organization": {},
            "platform": "",
            "way": 5,
            "name": "two\nlines",
            "settings": [],
            "secrets": {"authorization_token": 5},
            "schedule": "often",
            "sign_in_ends": "tomorrow",
            "check": "yes",
            "color": "red",
        },
    ),
    "runs": ("/connections/1/runs", {"accept_gone": True, "dry_run": "no", "full": True}),
    "approvals": ("/approvals", {"organization": True, "records": {}, "all": True}),
    "rejections": ("/rejections", {"organization": None, "records": {"x": None}, "reason": ""}),
    "resolutions": ("/records/x/resolutions", {"property": 1, "side": "both", "content_hash": []}),
    "placements": ("/records/x/placements", {"alignments": {}, "content_hash": []}),
    "publications": ("/publications", {"organization": "", "dry_run": None, "to": "sandbox"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_field_that_is_wrong_is_told_at_once(api: Api, name: str) -> None:
    path, body = WRONG[name]

    told = problem(api.post(path, body), 422, "invalid_request")

    assert {field.split(".")[0] for field in told["fields"]} == body.keys()
    assert told["side"] == "yours"
    assert all(sentence.endswith(".") for sentence in told["fields"].values())


@pytest.mark.parametrize("name", WRONG)
def test_each_field_wrong_in_turn_is_told_alone(api: Api, name: str) -> None:
    path, body = WRONG[name]
    seen = {"organization": CTID, "records": {"x": "y"}, "reason": "No"}
    fitting: dict[str, Json] = {
        "connections": api.connecting(check=False),
        "runs": {},
        "approvals": {n: seen[n] for n in ("organization", "records")},
        "rejections": seen,
        "resolutions": {"property": "name", "side": "mine"},
        "placements": {"alignments": {"0a1b2c3d4e5f": None}},
        "publications": {"organization": CTID},
    }

    for field, wrong in body.items():
        told = problem(api.post(path, fitting[name] | {field: wrong}), 422, "invalid_request")
        assert {each.split(".")[0] for each in told["fields"]} == {field}
    for field in fitting[name]:
        if name != "connections" or field in ("organization", "platform", "name"):
            without = {n: value for n, value in fitting[name].items() if n != field}
            assert problem(api.post(path, without), 422, "invalid_request")["fields"].keys() == {field}


def test_wrong_changes_are_told_at_once_too(api: Api) -> None:
    body = {"schedule": "often", "state": "removed", "sign_in_ends": 5, "name": "x"}
    told = problem(api.patch("/connections/1", body), 422, "invalid_request")
    assert told["fields"].keys() == body.keys()

    body = {"set": {"name": 5}, "set_json": [], "unset": "name", "add": {}}
    told = problem(api.patch("/records/x", body, If_Match="*"), 422, "invalid_request")
    assert told["fields"].keys() == {"set.name", "set_json", "unset", "add"}


@pytest.mark.parametrize("path", ["/connections/1", "/records/x"])
def test_a_change_of_nothing_and_one_that_names_a_property_twice_are_problems(api: Api, path: str) -> None:
    problem(api.patch(path, {}, If_Match="*"), 422, "invalid_request")
    twice = {"set": {"name": "a"}, "unset": ["name"]}
    assert "name" in problem(api.patch("/records/x", twice, If_Match="*"), 422, "invalid_request")["detail"]


def test_all_that_is_wrong_with_settings_and_secrets_is_told_by_name(bare: Api) -> None:
    body = bare.connecting(settings={"requests_per_minute": 0, "colour": "red"}, secrets={"password": "x"})

    told = problem(bare.post("/connections", body), 422, "invalid_settings")

    assert {"requests_per_minute", "colour", "password"} <= told["fields"].keys()
    problem(bare.post("/connections", bare.connecting(platform="nowhere")), 422, "platform_unknown")
    inside = {"organization_id": "x", "api_url": "https://10.0.0.1/v1"}
    problem(bare.post("/connections", bare.connecting(settings=inside)), 422, "private_address")


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b'{"a": NaN}', b'{"a": "\\ud83d"}', b'{"a": "\xff"}', b"[" * 100_000, b'"text"', b"null", b"[]"],
)
def test_what_is_not_json_or_no_object_is_a_problem(api: Api, body: bytes) -> None:
    answer = api.client.post("/approvals", content=body, headers={"Content-Type": "application/json"})

    assert answer.json()["code"] in ("malformed_json", "invalid_request")
    assert answer.status_code == {"malformed_json": 400, "invalid_request": 422}[answer.json()["code"]]
    assert body in (b"", b'"text"', b"null", b"[]") or answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [{"name": "a\0b"}, {"a\0b": 1}, {"settings": {"deep": ["a", {"b": "\0"}]}}, ["\0"], "\0", {"a": "\\u0000\0"}],
    ids=repr,
)
def test_nul_anywhere_in_a_body_is_a_problem(api: Api, body: Any) -> None:
    problem(api.post("/connections", body), 400, "malformed_json")
    problem(api.patch("/records/x", body, If_Match="*"), 400, "malformed_json")


def test_a_backslash_before_u0000_is_no_nul(api: Api) -> None:
    problem(api.post("/connections", {"name": r"a\u0000"}), 422, "invalid_request")


def test_a_body_of_more_than_a_megabyte_is_turned_away_also_without_its_length(api: Api) -> None:
    large = json.dumps({"organization": CTID, "records": {"x": "y" * 1_000_000}}).encode()
    headers = {"Content-Type": "application/json"}

    problem(api.client.post("/approvals", content=large, headers=headers), 413, "too_large")
    in_chunks = (large[at : at + 10_000] for at in range(0, len(large), 10_000))
    problem(api.client.post("/approvals", content=in_chunks, headers=headers), 413, "too_large")


def test_unknown_addresses_and_methods_are_problems_too(api: Api) -> None:
    problem(api.get("/nothing/here"), 404, "not_found")
    problem(api.get("/"), 404, "not_found")
    for path, allowed in {"/records/x": "GET, PATCH", "/connections": "GET, POST", "/approvals": "POST"}.items():
        answer = api.client.put(path, json={})
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x", "1.5"])
def test_a_number_that_no_id_can_be_is_a_problem_of_its_field(api: Api, number: str) -> None:
    assert "connection" in problem(api.get(f"/connections/{number}"), 422, "invalid_request")["fields"]


def test_what_nobody_expected_is_a_problem_of_ours_and_goes_to_the_log(
    api: Api, capfd: pytest.CaptureFixture[str]
) -> None:
    (record, *_) = api.every("/records")
    with api.this.database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE revision RENAME TO elsewhere")

    told = problem(api.get(f"/records/{record['id']}/history"), 500, "unexpected")

    assert told["side"] == "ours"
    assert "revision" not in told["detail"]
    out, err = capfd.readouterr()
    assert "no such table: revision" in out + err


def test_a_platform_that_does_not_answer_is_a_problem_on_its_side(bare: Api) -> None:
    body = bare.connecting()
    bare.platform.stop()

    answer: httpx.Response = bare.post("/connections", body)

    assert problem(answer, 503, "platform_unavailable")["side"] == "platform"
    assert bare.every("/connections") == []


def test_the_schedules_of_the_document_are_those_there_are(api: Api) -> None:
    schema = done(api.client.get("/openapi.json"))["components"]["schemas"]["NewConnection"]

    assert set(schema["properties"]["schedule"]["enum"]) == set(SCHEDULES)
