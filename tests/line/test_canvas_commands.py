"""Connecting a Badgr server without a browser: by a person's consent later, or by a password now; and by a program."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from connector.connections import accounts
from connector.demo.canvas_catalogue import practice_account
from connector.demo.practice_canvas import PracticeCanvas
from connector.organizations import api_tokens, people
from connector.settings import OAuthClient
from tests.web.conftest import served

if TYPE_CHECKING:
    from pathlib import Path

    from connector.opened import Opened
    from tests.line.conftest import Line

Json = dict[str, Any]
COLLEGE = "Cedar Harbor"
DESK = "https://desk.example"
NEEDS_AN_ANSWER, BAD_INPUT, UNREACHABLE = 5, 2, 3
CLIENT_SECRET = "client_secret=env:PRACTICE_SECRET"


@pytest.fixture(scope="module")
def _badgr() -> Iterator[PracticeCanvas]:
    with PracticeCanvas(*practice_account(5, 3), throttle_scale=0) as platform:
        yield platform


@pytest.fixture
def badgr(_badgr: PracticeCanvas) -> PracticeCanvas:
    """A practice Canvas Credentials on which nothing goes wrong yet."""
    _badgr.clear_faults()
    return _badgr


@pytest.fixture
def line(small: Line, badgr: PracticeCanvas) -> Line:
    """An operator's folder from which that server may be reached."""
    hosts = (small.environment["CONNECTOR_ALLOWED_PRIVATE_HOSTS"], badgr.url.removeprefix("http://"))
    small.environment |= {
        "CONNECTOR_ALLOWED_PRIVATE_HOSTS": ",".join(hosts),
        "CONNECTOR_PUBLIC_URL": DESK,
        "PRACTICE_SECRET": "practice-secret",
        "PRACTICE_PASSWORD": badgr.registrar.password,
    }
    return small


def connecting(badgr: PracticeCanvas, name: str, *more: str) -> list[str]:
    """The arguments that connect the server by consent, with a client of one's own."""
    settings = {"api_url": badgr.url, "ui_url": badgr.url, "client_id": "practice-client"}
    fields = [word for field, value in settings.items() for word in ("--set", f"{field}={value}")]
    return ["canvas", "--organization", COLLEGE, "--name", name, *fields, "--secret", CLIENT_SECRET, *more]


def by_password(badgr: PracticeCanvas, name: str, *more: str) -> list[str]:
    """The arguments that connect the server by a person's password."""
    fields = ("--set", f"api_url={badgr.url}", "--set", f"username={badgr.registrar.email}")
    secret = ("--secret", "password=env:PRACTICE_PASSWORD")
    return ["canvas", "--organization", COLLEGE, "--name", name, *fields, *secret, *more]


def test_by_consent_a_person_is_told_where_to_sign_in_and_a_draft_waits(line: Line, badgr: PracticeCanvas) -> None:
    before = len(badgr.requests)

    code, answer = line.run("connect", *connecting(badgr, "badgr"))

    assert code == NEEDS_AN_ANSWER
    assert answer["sign_in_at"] == f"{DESK}/connections/{answer['id']}/sign-in"
    assert (answer["state"], answer["checks"]) == ("draft", [])
    assert len(badgr.requests) == before
    assert [each["state"] for each in line.done("connections", "list") if each["name"] == "badgr"] == ["draft"]
    code, refused = line.run("sync", "badgr")
    assert (code, refused["error"]["code"]) == (BAD_INPUT, "connection_draft")


def test_without_json_the_address_is_said_in_a_sentence(line: Line, badgr: PracticeCanvas) -> None:
    code, out = line.output("connect", *connecting(badgr, "badgr"))

    assert code == NEEDS_AN_ANSWER
    said = " ".join(out.split())
    assert "Next, sign in on the platform's page: open https://desk.example/connections/" in said


def test_a_connection_that_works_goes_on_until_somebody_has_signed_in(line: Line, badgr: PracticeCanvas) -> None:
    made = line.done("connect", *by_password(badgr, "badgr"))

    code, answer = line.run("connect", *connecting(badgr, "badgr"))

    assert (code, answer["id"]) == (NEEDS_AN_ANSWER, made["id"])
    [listed] = [each for each in line.done("connections", "list") if each["name"] == "badgr"]
    assert (listed["state"], listed["settings"]) == ("active", made["settings"])
    assert line.done("sync", "badgr")["new"] == len(badgr.listed())


def test_without_any_client_nothing_is_saved(line: Line, badgr: PracticeCanvas) -> None:
    addresses = ("--set", f"api_url={badgr.url}", "--set", f"ui_url={badgr.url}")

    code, answer = line.run("connect", "canvas", "--organization", COLLEGE, "--name", "badgr", *addresses)

    assert (code, answer["error"]["code"]) == (BAD_INPUT, "client_needed")
    assert "CONNECTOR_OAUTH_CLIENTS" in answer["error"]["action"]
    assert "badgr" not in {each["name"] for each in line.done("connections", "list")}


def test_a_client_in_the_environment_is_enough(line: Line, badgr: PracticeCanvas) -> None:
    client = {"client_id": "practice-client", "client_secret": "practice-secret"}
    line.environment["CONNECTOR_OAUTH_CLIENTS"] = json.dumps({badgr.url.removeprefix("http://"): client})
    addresses = ("--set", f"api_url={badgr.url}", "--set", f"ui_url={badgr.url}")

    code, answer = line.run("connect", "canvas", "--organization", COLLEGE, "--name", "badgr", *addresses)

    assert (code, answer["state"]) == (NEEDS_AN_ANSWER, "draft")


def test_by_password_it_is_checked_connected_and_synced_and_the_password_is_kept_nowhere(
    line: Line, badgr: PracticeCanvas
) -> None:
    answer = line.done("connect", *by_password(badgr, "badgr"))
    synced = line.done("sync", "badgr")
    badgr.expire_tokens()
    again = line.done("sync", "badgr")

    assert answer["state"] == "active"
    assert answer["sign_in_at"] is None
    assert [each["name"] for each in answer["checks"]] == ["reach", "sign_in", "permission", "issuers", "badges"]
    assert (synced["new"], again["unchanged"]) == (len(badgr.listed()), len(badgr.listed()))
    everything = line.database.read_bytes() + json.dumps([answer, synced, again, line.said]).encode()
    assert badgr.registrar.password.encode() not in everything
    assert b"practice.example" in everything, "the e-mail address is a setting, the password is none"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--secret", "password=env:WRONG"], "sign_in_refused", "does not accept this user name and password"),
        (["--set", "api_url=", "--set", "region=eu"], "invalid_settings", "which is in production"),
    ],
)
def test_a_password_that_cannot_be_used_saves_nothing(
    line: Line, badgr: PracticeCanvas, arguments: list[str], code: str, said: str
) -> None:
    line.environment["WRONG"] = "not-the-password"
    before = line.dump("token_host")

    exit_code, answer = line.run("connect", *by_password(badgr, "badgr", *arguments))

    assert (exit_code, answer["error"]["code"]) == (BAD_INPUT, code)
    assert said in answer["error"]["message"]
    assert line.dump("token_host") == before
    assert "not-the-password" not in json.dumps([answer, line.said])


def test_removing_a_connection_forgets_its_tokens(line: Line, badgr: PracticeCanvas) -> None:
    line.done("connect", *by_password(badgr, "badgr"))
    kept = [name for (name,) in line.rows("SELECT name FROM secret WHERE name LIKE 'tokens/%'")]

    line.done("connections", "remove", "badgr")

    assert len(kept) == 1
    assert line.rows("SELECT name FROM secret WHERE name LIKE 'tokens/%'") == []
    assert line.rows("SELECT id FROM token_pair") == []


# By a program


@pytest.fixture
def program(this: Opened) -> Iterator[httpx.Client]:
    """Who asks the API with a token for connecting."""
    with this.database.transaction() as connection:
        person = people.ensure_site_staff(connection, "dana@cedarharbor.example", None)
        scopes = ["read", "connect"]
        token, _ = api_tokens.issue(connection, person.id, name="test", scopes=scopes, days=1)
    with socket.create_server(("127.0.0.1", 0)) as listener, served(this, listener) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def wanted(badgr: PracticeCanvas, **also: Any) -> Json:
    """The body that connects the server by consent."""
    settings = {"api_url": badgr.url, "ui_url": badgr.url}
    return {"organization": COLLEGE, "platform": "canvas", "name": "badgr", "settings": settings, **also}


def test_a_program_is_told_where_a_person_has_to_sign_in(
    program: httpx.Client, this: Opened, badgr: PracticeCanvas
) -> None:
    lacking = program.post("/api/v1/connections", json=wanted(badgr))
    this.settings.oauth_clients[badgr.url.removeprefix("http://")] = OAuthClient(client_id="practice-client")
    answer = program.post("/api/v1/connections", json=wanted(badgr, way="own_server"))

    assert (lacking.status_code, lacking.json()["code"]) == (422, "client_needed")
    assert answer.status_code == 201
    made = answer.json()
    assert made["state"] == "draft"
    assert made["sign_in_at"] == f"{this.settings.public_url}/connections/{made['id']}/sign-in"


def test_a_program_connects_by_password(
    program: httpx.Client, this: Opened, badgr: PracticeCanvas, tmp_path: Path
) -> None:
    registrar = badgr.registrar
    settings = {"api_url": badgr.url, "username": registrar.email}
    body = wanted(badgr, settings=settings, secrets={"password": registrar.password}, way="password")

    wrong = program.post("/api/v1/connections", json={**body, "secrets": {"password": "not-the-password"}})
    with this.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM token_host")
    answer = program.post("/api/v1/connections", json=body)

    assert (wrong.status_code, wrong.json()["code"]) == (422, "sign_in_refused")
    assert "not-the-password" not in wrong.text
    made = answer.json()
    assert (answer.status_code, made["state"], made["sign_in_at"]) == (201, "active", None)
    assert all(each["ok"] for each in made["checks"])
    with this.database.reading() as connection:
        assert accounts.by_id(connection, made["id"]).tokens
    assert registrar.password.encode() not in (tmp_path / "connector.db").read_bytes()
