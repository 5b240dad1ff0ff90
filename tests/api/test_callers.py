"""Who may do what: a token of a person, a scope for each operation, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from sqlite3 import connect
from typing import Any

import pytest

from connector.clock import stamp
from connector.organizations import api_tokens
from tests.api.conftest import CTID, SCOPES, STAFF, STRANGER, Api, done, problem

Json = dict[str, Any]


def test_every_operation_needs_a_token_and_its_scope(api: Api) -> None:
    tokens = {scope: api.token(*(each for each in SCOPES if each != scope)) for scope in SCOPES}
    asked = list(operations(api))
    assert len(asked) >= 25

    for method, path, scope in asked:
        anonymous = api.client.request(method, path, headers={"Authorization": ""})
        problem(anonymous, 401, "token_missing")
        assert anonymous.headers["WWW-Authenticate"].startswith("Bearer ")
        lacking = api.client.request(method, path, headers={"Authorization": f"Bearer {tokens[scope]}"})
        assert f"the scope {scope}." in problem(lacking, 403, "scope_missing")["detail"]
        assert "insufficient_scope" in lacking.headers["WWW-Authenticate"]


@pytest.mark.parametrize("given", ["Bearer obc_never-was", "Bearer é", "Basic dXNlcjpwYXNz", "Bearer"])
def test_what_is_no_token_of_ours_is_turned_away(bare: Api, given: str) -> None:
    answer = bare.get("/organizations", headers={"Authorization": given.encode()})

    assert answer.status_code == 401
    assert answer.json()["code"] in ("token_invalid", "token_missing")


def test_a_revoked_token_and_one_that_has_run_out_work_no_more(bare: Api) -> None:
    token = bare.token("read")
    done(bare.get("/organizations", token))

    with bare.this.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE api_token SET expires_at = '2020-01-01T00:00:00Z' WHERE name = 'test'")

    problem(bare.get("/organizations", token), 401, "token_invalid")
    revoked = bare.token("read")
    with bare.this.database.transaction() as connection:
        caller = api_tokens.caller(connection, revoked)
        assert caller
        last = api_tokens.of_person(connection, caller.person.id)[-1]
        assert last.last_used_at is None
        api_tokens.revoke(connection, caller.person.id, last.id)
    problem(bare.get("/organizations", revoked), 401, "token_invalid")


def test_the_day_of_a_tokens_last_use_is_noted(bare: Api) -> None:
    token = bare.token("read")
    done(bare.get("/organizations", token))
    done(bare.get("/organizations", token))

    with bare.this.database.reading() as connection:
        caller = api_tokens.caller(connection, token)
        assert caller
        assert api_tokens.of_person(connection, caller.person.id)[-1].last_used_at == stamp()[:10]


def test_what_a_person_does_is_recorded_under_their_address(api: Api) -> None:
    (record, *_) = api.every("/records", status="awaiting_approval")
    done(
        api.post(
            "/rejections", {"organization": CTID, "records": {record["id"]: record["content_hash"]}, "reason": "No"}
        )
    )

    (revision,) = api.every(f"/records/{record['id']}/history")

    assert (revision["event"], revision["made_by"], revision["reason"]) == ("Rejected", STAFF, "No")


def test_somebody_elses_organization_is_not_there_whatever_ids_are_guessed(api: Api) -> None:
    (record, *_) = api.every("/records")
    (connection,) = api.every("/connections")
    (run,) = api.every(f"/connections/{connection['id']}/runs")
    (profile,) = api.every(f"/organizations/{CTID}/profiles")
    seen = {record["id"]: record["content_hash"]}
    done(api.post("/approvals", {"organization": CTID, "records": seen}))
    publication = done(api.post("/publications", {"organization": CTID}), 202)["run"]
    of = {
        "connection": connection["id"],
        "run": run["run"],
        "record": record["id"],
        "organization": CTID,
        "issuer": "x",
        "match": 1,
        "profile": profile["ctid"],
    }
    bodies: dict[str, Json] = {
        "/connections": api.connecting(),
        "/connections/{connection}": {"state": "paused"},
        "/connections/{connection}/runs": {},
        "/records/{record}": {"set": {"name": "Taken Over"}},
        "/records/{record}/resolutions": {"property": "name", "side": "mine"},
        "/records/{record}/placements": {"alignments": {"x": None}},
        "/approvals": {"organization": CTID, "records": seen},
        "/rejections": {"organization": CTID, "records": seen, "reason": "Mine"},
        "/publications": {"organization": CTID},
        "/organizations/{organization}/brought-in": {"answer": "decline"},
        "/organizations/{organization}/matches/{match}": {"answer": "refuse"},
        "/organizations/{organization}/profiles": {"properties": {"description": "Badges are checked at the desk."}},
        "/organizations/{organization}/profiles/approvals": {"profiles": {profile["ctid"]: profile["content_hash"]}},
        "/organizations/{organization}/profiles/choices": {"platform": "Credly", "ctid": profile["ctid"]},
        "/profiles/{profile}": {"unset": ["description"], "content_hash": profile["content_hash"]},
        "/organizations/{organization}/rules": {"text": "", "seen": "x"},
        "/organizations/{organization}/rules/previews": {"text": ""},
        "/connections/{connection}/language": {"language": "es"},
        "/connections/{connection}/issuers/{issuer}/owner": {"organization": CTID},
    }
    token = api.token(*SCOPES, email=STRANGER)
    done(api.get("/platforms", token))
    before, asked = dump(api), len(api.platform.requests)

    for method, path, _ in operations(api, {}):
        if path in ("/organizations", "/platforms") or (method, path) in (("GET", "/connections"), ("GET", "/records")):
            continue
        named = {**of, "run": publication} if path.startswith("/publications") else of
        query = {"organization": CTID} if (method, path) == ("GET", "/publications") else None
        headers = {"Authorization": f"Bearer {token}", "If-Match": f'"{record["content_hash"]}"', "If-None-Match": "*"}
        body = bodies.get(path, {}) if method in ("POST", "PATCH", "PUT") else None
        stranger = api.client.request(method, path.format(**named), params=query, json=body, headers=headers)
        assert stranger.status_code == 404, f"{method} {path}: {stranger.text}"
        unknown = {"connection": 999, "run": 999, "record": "999", "organization": "999", "issuer": "x"}
        unknown |= {"match": 999, "profile": "ce-00000000-0000-4000-8000-000000000000"}
        staff = api.client.request(
            method,
            path.format(**unknown),
            params={"organization": "999"} if query else None,
            json={**body, "organization": "999"} if body and "organization" in body else body,
            headers={"If-Match": "*"},
        )
        assert problem(staff, 404, stranger.json()["code"]).keys() == stranger.json().keys()

    for path in ("/organizations", "/connections", "/records"):
        assert done(api.get(path, token)) == {"items": [], "next": None}
    problem(api.get("/records", token, organization=CTID), 404, "organization_not_found")
    problem(api.get("/records", token, connection=connection["id"]), 404, "connection_not_found")
    assert dump(api) == before
    assert len(api.platform.requests) == asked


def operations(api: Api, fill: Json | None = None) -> Iterator[tuple[str, str, str]]:
    """Method, path and scope of every operation in the document; the path filled in, unless `fill` is empty."""
    document = done(api.client.get("/openapi.json"))
    usual = {"connection": 1, "run": 1, "record": "x", "organization": "1", "issuer": "x", "match": 1, "profile": "x"}
    values = usual if fill is None else fill
    for path, found in document["paths"].items():
        for method, operation in found.items():
            (scope,) = operation["security"][0]["token"]
            yield method.upper(), path.format(**values) if values else path, scope


def dump(api: Api) -> dict[str, list[Any]]:
    """Every row of every table, as a second connection sees them."""
    with closing(connect(api.this.database.engine.url.database or "")) as second:
        names = [name for (name,) in second.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: second.execute(f"SELECT * FROM {name}").fetchall() for name in names}
