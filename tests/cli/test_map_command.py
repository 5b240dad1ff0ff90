"""`badge-connector map` as installed: a file or standard input in, one JSON value out; no network, nothing left."""

import json
import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.preloaded import Preloaded

Json = dict[str, Any]

COMMAND = str(Path(sys.executable).with_name("badge-connector"))
OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
NO_NETWORK = ["unshare", "--map-root-user", "--net"]
NO_SOCKETS = """
import socket

def refuse(*arguments, **more):
    raise OSError("no network in this test")

socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = socket.getaddrinfo = refuse
"""
TEMPLATE = {
    "id": "3f1c8a52-6d0e-4b7e-9a11-5c2d7e8f9012",
    "name": "Weld Inspection – (ISC)² 🐝",
    "description": "Holders read weld symbols and inspect joints.",
    "state": "active",
    "vanity_slug": "weld-inspection",
    "url": "https://www.credly.com/org/harbor-trades/badge/weld-inspection",
    "skills": ["Weld Symbols"],
}
DOCUMENT = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "BadgeClass",
    "id": "https://badges.example/classes/bees",
    "name": "Bee Keeping",
    "description": "Holders keep two hives through a winter.",
    "criteria": "https://badges.example/classes/bees/criteria",
}
ACHIEVEMENT = {
    "id": "https://badges.example/achievements/7",
    "type": ["Achievement"],
    "name": "Pollinator Gardening",
    "description": "Plan and keep a pollinator garden.",
    "criteria": {"narrative": "Submit a planting plan."},
}
WRAPPED = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "https://badges.example/issuer", "type": ["Profile"], "name": "Extension Office"},
    "credentialSubject": {"id": "mailto:canary@people.example", "achievement": ACHIEVEMENT},
}
TEMPLATE_ID, DOCUMENT_ID, ACHIEVEMENT_ID = (str(each["id"]) for each in (TEMPLATE, DOCUMENT, ACHIEVEMENT))


@dataclass(frozen=True)
class Offline:
    """How a command is run so that it reaches no network."""

    prefix: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Folder:
    """An empty folder to work in, and the command line loaded once."""

    path: Path
    preloaded: Preloaded


def run(
    folder: Folder, *arguments: str, given: bytes | None = None, offline: Offline | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a folder, with nothing of ours in its environment; the installed one where it is offline."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
    if offline is None:
        code, out, err = folder.preloaded.run(arguments, folder.path, kept, given)
        return subprocess.CompletedProcess(arguments, code, out.encode(), err.encode())
    return subprocess.run(
        [*offline.prefix, COMMAND, *arguments],
        cwd=folder.path,
        env=kept | offline.environment,
        input=given or b"",
        capture_output=True,
        timeout=60,
        check=False,
    )


def mapped(folder: Folder, given: bytes, *arguments: str, code: int = 0) -> list[Json]:
    """The entries for what is given on standard input."""
    done = run(folder, "map", "-", "--json", *arguments, given=given)
    assert done.returncode == code, done.stderr.decode()
    entries: list[Json] = json.loads(done.stdout)
    return entries


def error(done: subprocess.CompletedProcess[bytes]) -> Json:
    """The one error object that a failed command answers with."""
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    answer = json.loads(done.stdout)
    assert list(answer) == ["error"]
    found: Json = answer["error"]
    assert sorted(found) == ["action", "code", "message", "side"]
    assert found["side"] == "yours"
    assert all(found.values())
    return found


@pytest.fixture
def folder(tmp_path: Path, preloaded: Preloaded) -> Iterator[Folder]:
    """An empty folder to work in; whatever a command does, it must be empty afterwards."""
    work = tmp_path / "work"
    work.mkdir()
    yield Folder(work, preloaded)
    assert list(work.iterdir()) == []


@pytest.fixture
def offline(tmp_path: Path) -> Offline:
    """No network at all where the system can do that; else Python's sockets refuse, and a warning says so."""
    try:
        tried = subprocess.run([*NO_NETWORK, "true"], capture_output=True, text=True, timeout=30, check=False)
        reason = "" if tried.returncode == 0 else tried.stderr.strip()
    except OSError as missing:
        reason = str(missing)
    if not reason:
        return Offline(prefix=NO_NETWORK)
    warnings.warn(f"unshare does not work here ({reason}): sockets that refuse stand in for it", stacklevel=1)
    (tmp_path / "sitecustomize.py").write_text(NO_SOCKETS, "utf-8")
    return Offline(environment={"PYTHONPATH": str(tmp_path)})


def test_offline_means_that_not_even_this_machine_can_be_reached(offline: Offline) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)"
        here = [sys.executable, "-c", connect]
        assert subprocess.run(here, capture_output=True, check=False).returncode == 0
        there = [*offline.prefix, *here]
        tried = subprocess.run(there, env=os.environ | offline.environment, capture_output=True, check=False)
        assert tried.returncode != 0
        assert b"OSError" in tried.stderr or b"ConnectionRefusedError" in tried.stderr


def test_two_runs_without_a_network_say_the_same_to_the_byte(folder: Folder, offline: Offline) -> None:
    given = json.dumps([TEMPLATE, DOCUMENT, WRAPPED]).encode()
    arguments = ("map", "-", "--json", "--organization-ctid", OWNER)
    first, second = (run(folder, *arguments, given=given, offline=offline) for _ in range(2))
    assert (first.returncode, first.stderr) == (0, b"")
    assert first.stdout == second.stdout
    assert run(folder, *arguments, given=given).stdout == first.stdout


def test_a_file_and_standard_input_give_the_same_answer(folder: Folder, tmp_path: Path) -> None:
    file = tmp_path / "badges.json"
    file.write_text(json.dumps([TEMPLATE, DOCUMENT]), "utf-8")
    from_file = run(folder, "map", str(file), "--json")
    from_input = run(folder, "map", "-", "--json", given=file.read_bytes())
    assert from_file.returncode == 0
    assert from_file.stdout == from_input.stdout


def test_into_a_pipe_json_is_written_without_being_asked_for(folder: Folder) -> None:
    done = run(folder, "map", "-", given=json.dumps(TEMPLATE).encode())
    assert [entry["badge_id"] for entry in json.loads(done.stdout)] == [TEMPLATE_ID]


def test_an_entry_has_these_members_and_text_arrives_as_it_was_written(folder: Folder) -> None:
    (entry,) = mapped(folder, json.dumps(TEMPLATE).encode(), "--organization-ctid", OWNER)
    assert list(entry) == [
        "badge_id",
        "ctid",
        "credential_type",
        "properties",
        "verification_service",
        "findings",
        "notes",
        "provenance",
        "ctdl",
    ]
    assert entry["properties"]["name"] == {"en-US": TEMPLATE["name"]}
    assert entry["properties"]["ownedBy"] == [OWNER]
    assert entry["properties"]["usesVerificationService"] == [entry["verification_service"]["ctid"]]
    assert entry["ctdl"]["@graph"][0]["ceterms:ctid"] == entry["ctid"]


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        pytest.param(json.dumps(DOCUMENT).encode(), [DOCUMENT_ID], id="one badge"),
        pytest.param(json.dumps(DOCUMENT, indent=4).encode(), [DOCUMENT_ID], id="one badge over many lines"),
        pytest.param(b"\xef\xbb\xbf" + json.dumps([DOCUMENT]).encode(), [DOCUMENT_ID], id="with a byte order mark"),
        pytest.param(json.dumps([DOCUMENT, TEMPLATE]).encode(), [DOCUMENT_ID, TEMPLATE_ID], id="an array"),
        pytest.param(
            f"{json.dumps(TEMPLATE)}\r\n\r\n{json.dumps(DOCUMENT)}\r\n".encode(),
            [TEMPLATE_ID, DOCUMENT_ID],
            id="JSON lines",
        ),
        pytest.param(
            json.dumps({"data": [TEMPLATE], "metadata": {"total_count": 1}}).encode(), [TEMPLATE_ID], id="a data page"
        ),
        pytest.param(json.dumps({"data": TEMPLATE, "metadata": {}}).encode(), [TEMPLATE_ID], id="one under data"),
        pytest.param(
            json.dumps({"status": {"success": True}, "result": [DOCUMENT]}).encode(), [DOCUMENT_ID], id="a result page"
        ),
        pytest.param(json.dumps(WRAPPED).encode(), [ACHIEVEMENT_ID], id="a credential around an achievement"),
        pytest.param(
            json.dumps({"type": "Assertion", "recipient": {"identity": "canary"}, "badge": DOCUMENT}).encode(),
            [DOCUMENT_ID],
            id="an assertion around a badge class",
        ),
    ],
)
def test_badges_are_found_in(folder: Folder, given: bytes, ids: list[str]) -> None:
    done = run(folder, "map", "-", "--json", given=given)
    assert done.returncode == 0
    assert b"canary" not in done.stdout
    entries = json.loads(done.stdout)
    assert [entry["badge_id"] for entry in entries] == ids
    assert all(entry["properties"]["name"] for entry in entries)


def test_drafts_and_incomplete_badges_are_mapped_and_findings_are_no_failure(folder: Folder) -> None:
    (entry,) = mapped(folder, json.dumps(TEMPLATE | {"state": "draft", "description": "x"}).encode())
    required = {f["property"] for f in entry["findings"] if f["severity"] == "required"}
    assert required == {"ownedBy", "credentialStatusType", "description"}
    assert entry["ctid"] is None
    assert entry["ctdl"]["@graph"][0]["@type"] == "ceterms:OpenBadge"


def test_a_badge_that_cannot_be_read_is_an_entry_with_an_error_and_the_others_are_mapped(folder: Folder) -> None:
    given = json.dumps([TEMPLATE, {"id": "7", "colour": "blue"}, 5, TEMPLATE | {"name": ""}, DOCUMENT]).encode()
    entries = mapped(folder, given, code=1)
    assert [entry["badge_id"] for entry in entries] == [TEMPLATE_ID, "7", None, TEMPLATE_ID, DOCUMENT_ID]
    errors = [entry.get("error", "") for entry in entries]
    assert [bool(text) for text in errors] == [False, True, True, True, False]
    assert all(text.endswith(".") for text in errors if text)
    assert errors[3] == "The badge has no name."


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param(b"", "not_json", id="nothing"),
        pytest.param(b'{"id": "7", ', "not_json", id="half an object"),
        pytest.param(b'{"id": "7"}\n{"id": \n', "not_json", id="a broken line"),
        pytest.param(b"\xff\xfe{\x00}\x00", "not_json", id="another encoding"),
        pytest.param(b"[" * 5000, "not_json", id="endless nesting"),
        pytest.param(b'"badge"', "no_badges", id="a bare value"),
    ],
)
def test_what_holds_no_badges_is_refused_with_one_json_object(folder: Folder, given: bytes, code: str) -> None:
    assert error(run(folder, "map", "-", "--json", given=given))["code"] == code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["map", "no-such-file.json", "--json"], "file_unreadable", id="no such file"),
        pytest.param(["map", "-", "--json", "--source", "elsewhere"], "source_unknown", id="an unknown source"),
        pytest.param(["map", "-", "--json", "--organization-ctid", "guild"], "bad_argument", id="no CTID"),
        pytest.param(["map", "-", "--json", "--language", "not one!!"], "bad_argument", id="no language"),
        pytest.param(["map", "-", "--json", "--colour", "blue"], "bad_arguments", id="an unknown option"),
        pytest.param(["map", "--json"], "bad_arguments", id="no file named"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_with_one_json_object(
    folder: Folder, arguments: list[str], code: str
) -> None:
    assert error(run(folder, *arguments, given=json.dumps(TEMPLATE).encode()))["code"] == code


def test_for_people_a_failure_is_a_sentence_on_standard_error(folder: Folder) -> None:
    done = run(folder, "map", "-", given=b"{")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"The file is not JSON" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_source_can_be_named_and_the_language_given(folder: Folder) -> None:
    given = json.dumps(DOCUMENT).encode()
    (entry,) = mapped(folder, given, "--source", "open_badges", "--language", "es")
    assert entry["properties"]["inLanguage"] == ["es"]
    assert entry["properties"]["name"] == {"es": "Bee Keeping"}
    (refused,) = mapped(folder, json.dumps({"id": "7"}).encode(), "--source", "credly", code=1)
    assert refused == {"badge_id": "7", "error": "The badge has no name."}


def test_an_owner_in_capital_letters_is_the_same_owner(folder: Folder) -> None:
    given = json.dumps(DOCUMENT).encode()
    assert mapped(folder, given, "--organization-ctid", OWNER.upper()) == mapped(
        folder, given, "--organization-ctid", OWNER
    )


@pytest.mark.parametrize("given", [b"[]", b'{"data": []}'], ids=["an empty array", "an empty page"])
def test_no_badges_become_no_entries(folder: Folder, given: bytes) -> None:
    answer = run(folder, "map", "-", "--json", given=given)
    assert (answer.returncode, json.loads(answer.stdout)) == (0, [])
