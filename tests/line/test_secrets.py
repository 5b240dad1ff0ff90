"""Secrets are sealed for their row and shown nowhere; addresses inside are not dialled; people are not stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from connector.demo.practice_credly import PracticeCredly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.line.conftest import College, Line

Json = dict[str, Any]
COLLEGE = "Cedar Harbor"
TOKEN_CANARY = "canary-token-5b1f9a7e2d"
SECRET_CANARY = "canary-secret-93c0d4e8aa"
CANARIES = (TOKEN_CANARY, SECRET_CANARY)
SECRET = "client_secret=env:PRACTICE_SECRET"
PERSONAL = "do-not-store."
PRIVATE = "http://169.254.169.254"


@pytest.fixture
def guarded(synced: Line, small_server: PracticeCredly, college: College, few: list[Json], port: int) -> Iterator[Line]:
    """The forty badges synced, on a platform whose secrets can be told from everything else."""
    small_server.stop()
    with PracticeCredly(college[0], few, port=port, token=TOKEN_CANARY, client_secret=SECRET_CANARY) as server:
        synced.server = server
        synced.environment |= {"PRACTICE_TOKEN": TOKEN_CANARY, "PRACTICE_SECRET": SECRET_CANARY}
        yield synced


def test_no_secret_is_found_in_database_logs_exports_or_answers(guarded: Line) -> None:
    answers = [
        guarded.connect("main"),
        guarded.connect("oauth", "--set", "client_id=practice-client", secret=SECRET),
        guarded.done("sync", "main"),
        guarded.done("sync", "oauth"),
        guarded.done("connections", "list"),
        guarded.done("connections", "check", "oauth"),
        guarded.done("platforms"),
        guarded.done("organizations", "approve", COLLEGE),
        guarded.done("credentials", "approve", "--all-ready", "--organization", COLLEGE),
        guarded.done("publish", COLLEGE),
    ]
    guarded.files("--approved")
    guarded.server.revoke_tokens(api_token=True)
    answers += [guarded.run("sync", "main"), guarded.run("connections", "check", "main")]
    guarded.server.stop()
    answers += [guarded.run("sync", "oauth"), guarded.done("connections", "list")]

    nowhere(guarded, answers, CANARIES)


def test_a_secret_that_the_platform_repeats_is_not_passed_on(guarded: Line) -> None:
    guarded.environment["PRACTICE_TOKEN"] = "canary-token-that-is-wrong"

    code, answer = guarded.run("connect", *guarded.connecting("other"))

    assert (code, answer["error"]["code"]) == (4, "reconnect_needed")
    nowhere(guarded, [answer], ("canary-token-that-is-wrong",))


def test_no_secret_is_in_the_log_of_a_failure_that_nobody_foresaw(guarded: Line) -> None:
    guarded.connect("main")
    guarded.write("ALTER TABLE sync_batch RENAME TO gone_missing")

    code, answer = guarded.run("sync", "main")

    assert code == 1
    assert answer["error"]["code"] == "unexpected"
    assert "sync_batch" in guarded.said[-1], "the log says what happened"
    nowhere(guarded, [answer], CANARIES)


def test_no_secret_is_in_the_log_of_a_failure_while_the_platform_is_read(guarded: Line) -> None:
    guarded.connect("main")
    guarded.write("ALTER TABLE record RENAME TO gone_missing")

    code, answer = guarded.run("sync", "main")

    assert (code, answer["state"], answer["error"]["code"]) == (1, "failed", "unexpected")
    assert "no such table" in guarded.said[-1], "the log says what happened"
    nowhere(guarded, [answer], CANARIES)


def test_contacts_of_the_organization_are_stored_nowhere(connected: Line, college: College) -> None:
    assert PERSONAL in json.dumps(college), "otherwise this test proves nothing"

    answer = connected.done("sync", "main")

    nowhere(connected, [answer, connected.done("credentials", "list")], (PERSONAL,))
    assert not any(PERSONAL.encode() in content for content in connected.files().values())


@pytest.mark.parametrize("check", [(), ("--no-check",)])
@pytest.mark.parametrize("field", ["api_url", "token_url"])
def test_an_address_inside_is_refused_before_anything_is_saved(small: Line, check: tuple[str, ...], field: str) -> None:
    small.environment["PRACTICE_SECRET"] = "practice-secret"
    before = small.dump()
    inside = ("--set", "client_id=practice-client", "--set", f"{field}={PRIVATE}/v1")

    code, answer = small.run("connect", *small.connecting("inside", *inside, *check, secret=SECRET))

    assert (code, answer["error"]["side"]) == (2, "yours")
    said = answer["error"]["message"] + answer["error"]["action"]
    assert "CONNECTOR_ALLOWED_PRIVATE_HOSTS" in said
    assert small.dump() == before


def test_this_machine_is_refused_too_unless_it_is_named(small: Line) -> None:
    before = small.dump()
    del small.environment["CONNECTOR_ALLOWED_PRIVATE_HOSTS"]

    code, answer = small.run("connect", *small.connecting("inside"))

    assert (code, "CONNECTOR_ALLOWED_PRIVATE_HOSTS" in answer["error"]["action"]) == (2, True)
    assert small.dump() == before


@pytest.mark.parametrize("given", ["authorization_token=plain", "authorization_token=", "authorization_token"])
def test_a_secret_on_the_command_line_itself_is_refused(small: Line, given: str) -> None:
    before = small.dump()

    code, answer = small.run("connect", *small.connecting("plain", secret=given))

    assert (code, answer["error"]["side"]) == (2, "yours")
    assert "plain" not in answer["error"]["message"]
    assert small.dump() == before


def test_a_secret_may_come_from_a_file(small: Line) -> None:
    (small.folder / "token").write_text("practice-token\n")

    assert small.connect("from a file", secret="authorization_token=@token")["name"] == "from a file"
    code, answer = small.run("connect", *small.connecting("x", secret="authorization_token=@missing"))
    assert (code, answer["error"]["code"]) == (2, "secret_not_given")


def test_the_key_file_is_for_its_owner_only(small: Line) -> None:
    assert (small.folder / "connector.key").stat().st_mode & 0o777 == 0o600


def test_a_lost_key_needs_a_new_connection_and_loses_no_record(synced: Line, few: list[Json]) -> None:
    (synced.folder / "connector.key").unlink()
    synced.done("init")

    code, answer = synced.run("sync", "main")

    assert (code, answer["error"]["code"]) == (4, "secret_not_readable")
    assert "connect" in answer["error"]["action"]
    assert synced.done("connections", "list")[0]["state"] == "needs_reconnect"
    assert len(synced.listed()) == len(few)
    synced.connect()
    assert synced.done("sync", "main")["unchanged"] == len(few)


def test_a_missing_key_file_is_said_and_the_records_are_still_listed(synced: Line, few: list[Json]) -> None:
    (synced.folder / "connector.key").unlink()

    code, answer = synced.run("sync", "main")

    assert (code, answer["error"]["code"]) == (2, "secret_key_missing")
    assert len(synced.listed()) == len(few)


def test_keys_are_rotated_by_putting_the_new_one_first(synced: Line) -> None:
    synced.done("organizations", "approve", COLLEGE)
    synced.done("credentials", "approve", "--all-ready", "--organization", COLLEGE)
    published = synced.done("publish", COLLEGE)
    old = (synced.folder / "connector.key").read_text().strip()
    new = "a-new-key-of-more-than-thirty-two-characters"
    synced.environment["CONNECTOR_SECRET_KEY"] = f"{new},{old}"
    synced.done("keys", "rotate")

    synced.environment["CONNECTOR_SECRET_KEY"] = new

    assert synced.done("sync", "main")["state"] == "complete"
    last = published[-1]
    synced.done("unpublish", last["ctid"])
    synced.done("credentials", "approve", last["id"])
    assert synced.done("publish", COLLEGE)[-1]["state"] == "published"
    assert synced.rows("SELECT count(DISTINCT public_key) FROM registry_envelope") == [(1,)], "the key was kept"


def test_a_sealed_secret_does_not_open_in_another_row(synced: Line) -> None:
    synced.connect("second")
    (first, second) = synced.rows("SELECT name, sealed FROM secret WHERE name LIKE 'connection/%' ORDER BY name")
    synced.write("UPDATE secret SET sealed = ? WHERE name = ?", first[1], second[0])

    code, answer = synced.run("sync", "second")

    assert (code, answer["error"]["code"]) == (4, "secret_not_readable")
    assert synced.done("sync", "main")["state"] == "complete"


def nowhere(line: Line, answers: list[Any], words: tuple[str, ...]) -> None:
    """None of these words is in an answer, a log or any file of the folder, the write-ahead log included."""
    spoken = json.dumps(answers) + "".join(line.said)
    assert [word for word in words if word in spoken] == []
    assert [(path.name, word) for path in files(line.folder) for word in words if word in readable(path)] == []


def files(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "connector.db" for path in found)
    return found


def readable(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "ignore")
