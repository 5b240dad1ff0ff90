"""Requests under an idempotency key count once, also when two of them arrive at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.conftest import CTID, SCOPES, STRANGER, Api, done, problem

Json = dict[str, Any]


def test_a_repeated_request_gets_the_first_answer_and_acts_once(api: Api) -> None:
    (record, *_) = api.every("/records", status="awaiting_approval")
    body = {"organization": CTID, "records": {record["id"]: record["content_hash"]}, "reason": "Not ours."}

    first = api.post("/rejections", body, key="k1")
    again = api.post("/rejections", body, key="k1")

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(api.every(f"/records/{record['id']}/history")) == 1


def test_what_was_made_is_found_at_the_same_place_again(bare: Api) -> None:
    first = bare.post("/connections", bare.connecting(), key="k1")
    requests = len(bare.platform.requests)
    again = bare.post("/connections", bare.connecting(), key="k1")

    assert done(again, 201) == done(first, 201)
    assert again.headers["Location"] == first.headers["Location"]
    assert len(bare.platform.requests) == requests
    assert done(bare.post("/connections", bare.connecting(), key="k2"), 200)["id"] == first.json()["id"]


def test_a_key_with_another_request_is_refused(api: Api) -> None:
    done(api.post("/connections/1/runs", {}, key="k1"), 202)

    problem(api.post("/connections/1/runs", {"accept_gone": 1}, key="k1"), 422, "idempotency_key_reused")
    problem(api.post("/connections/1/checks", {}, key="k1"), 422, "idempotency_key_reused")


def test_keys_are_a_persons_own(api: Api) -> None:
    body = {"organization": CTID}
    done(api.post("/publications", body, key="k1"), 202)

    stranger = api.post("/publications", body, api.token(*SCOPES, email=STRANGER), key="k1")

    problem(stranger, 404, "organization_not_found")
    assert api.post("/publications", body, api.token("publish"), key="k1").status_code == 202


def test_a_request_that_failed_may_be_corrected_at_its_cause_and_repeated(bare: Api) -> None:
    token, bare.platform.token = bare.platform.token, "other"
    body = bare.connecting(secrets={"authorization_token": str(token)})
    problem(bare.post("/connections", body, key="k1"), 409, "reconnect_needed")

    bare.platform.token = token

    done(bare.post("/connections", body, key="k1"), 201)


def test_two_decisions_at_the_same_time_under_one_key_act_once(api: Api) -> None:
    records = api.every("/records", status="awaiting_approval")
    seen = {each["id"]: each["content_hash"] for each in records}
    body = {"organization": CTID, "records": seen, "reason": "Not ours."}

    answers = together(8, lambda: api.post("/rejections", body, key="k1"))

    assert [done(each) for each in answers] == [answers[0].json()] * 8
    assert sorted(answers[0].json()["rejected"]) == sorted(seen)
    assert all(len(api.every(f"/records/{each}/history")) == 1 for each in list(seen)[:5])


def test_two_connections_at_the_same_time_under_one_key_are_one(bare: Api) -> None:
    first, *others = together(4, lambda: bare.post("/connections", bare.connecting(), key="k1"))

    assert {each.status_code for each in (first, *others)} == {201}
    assert all(each.json() == first.json() for each in others)
    assert len(bare.every("/connections")) == 1


def test_a_key_tells_nothing_about_the_secrets_of_its_request(bare: Api) -> None:
    done(bare.post("/connections", bare.connecting(), key="k1"), 201)

    with bare.this.database.reading() as connection:
        (kept,) = connection.exec_driver_sql("SELECT request || answer FROM answered_request").scalars()

    assert str(bare.platform.token) not in kept


@pytest.mark.parametrize("key", ["", "k" * 201, "with space"])
def test_a_key_is_up_to_200_visible_characters(api: Api, key: str) -> None:
    answer = api.client.post("/connections/1/runs", json={}, headers={"Idempotency-Key": key})

    assert "Idempotency-Key" in problem(answer, 422, "invalid_request")["fields"]


def together(many: int, ask: Any) -> list[httpx.Response]:
    """The answers to a request that is sent so often at the same time."""
    with ThreadPoolExecutor(many) as threads:
        return [each.result() for each in [threads.submit(ask) for _ in range(many)]]
