"""Every command, as somebody meets it who writes a script: one JSON value, a known exit code, a help page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from connector.cli import main
from connector.cli.app import app

if TYPE_CHECKING:
    from tests.line.conftest import Line

COLLEGE = "Cedar Harbor"
TREE: Any = get_command(app)
COMMANDS = [
    f"{name} {inner}".strip()
    for name, command in TREE.commands.items()
    for inner in getattr(command, "commands", {"": None})
]
NEED_A_DATABASE = (
    "doctor",
    "organizations list",
    "organizations approve x",
    "connections list",
    "connections check x",
    "sync x",
    "credentials list",
    "credentials show x",
    "credentials approve x",
    "credentials history x",
    "publish x",
    "unpublish x",
    "export x --format ctdl --output out",
)
NOT_THERE = (
    ("organizations approve nobody", "organization_not_found"),
    ("publish nobody", "organization_not_found"),
    ("publish CEDAR --destination moon", "destination_unknown"),
    ("export nobody --format ctdl --output out", "organization_not_found"),
    ("export CEDAR --format xml --output out", "format_unknown"),
    ("credentials list --organization nobody", "organization_not_found"),
    ("credentials list --connection nothing", "connection_not_found"),
    ("credentials list --status shiny", "status_unknown"),
    ("credentials list --limit 0", "bad_arguments"),
    ("credentials list --limit many", "bad_arguments"),
    ("credentials show ce-00000000-0000-4000-8000-000000000000", "record_not_found"),
    ("credentials edit nothing --set name=x", "record_not_found"),
    ("credentials approve", "bad_argument"),
    ("credentials approve --all-ready", "bad_argument"),
    ("credentials reject nothing --reason x", "record_not_found"),
    ("credentials history nothing", "record_not_found"),
    ("unpublish nothing", "record_not_found"),
    ("connections check nothing", "connection_not_found"),
    ("connections pause 99", "connection_not_found"),
    ("sync nothing", "connection_not_found"),
    ("connect moon --organization CEDAR --name x", "platform_unknown"),
    ("connect credly --organization CEDAR --name x", "invalid_settings"),
    ("connect credly --organization CEDAR --name x --set colour=red", "invalid_settings"),
    (
        "organizations add X --ctid wrong --website https://x.example --description enough-of-a-text",
        "invalid_organization",
    ),
    ("map missing.json", "file_unreadable"),
    ("sync", "bad_arguments"),
    ("no-such-command", "bad_arguments"),
    ("sync main --no-such-option", "bad_arguments"),
)


def words(command: str) -> list[str]:
    return [COLLEGE if word == "CEDAR" else word for word in command.split()]


def test_the_installed_command_names_all_there_is(bare: Line) -> None:
    code, out = bare.output("--help")

    assert code == 0
    assert [name for name in TREE.commands if f" {name} " not in out] == []
    assert bare.output("connections", "list", "--help")[0] == 0
    assert not bare.database.exists(), "asking for help leaves nothing behind"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["badge-connector", *command.split(), "--help"])

    with pytest.raises(SystemExit) as left:
        main()

    out = capsys.readouterr().out
    assert left.value.code == 0
    assert "Usage: badge-connector" in out
    assert "--json" in out


@pytest.mark.parametrize("command", NEED_A_DATABASE)
def test_a_command_before_init_says_so_and_makes_no_database(bare: Line, command: str) -> None:
    code, answer = bare.run(*command.split())

    if command == "doctor":
        assert code == 1
        assert [each["name"] for each in answer if not each["ok"]] == ["database"]
        assert "badge-connector init" in json.dumps(answer)
    else:
        assert (code, answer["error"]["code"]) == (2, "not_initialized")
        assert "badge-connector init" in answer["error"]["action"]
    assert not bare.database.exists()


@pytest.mark.parametrize(("command", "problem"), NOT_THERE)
def test_what_is_not_there_is_bad_input_with_one_problem(small: Line, command: str, problem: str) -> None:
    before = small.dump()

    code, answer = small.run(*words(command))

    assert (code, answer["error"]["code"]) == (2, problem)
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message", "side", "action"}
    assert all(answer["error"].values())
    assert "Traceback" not in small.said[-1]
    assert small.dump() == before


def test_every_command_of_the_line_answers_one_json_value(synced: Line, few: list[dict[str, Any]]) -> None:
    badge = next(iter(synced.listed("--status", "awaiting_approval")))
    record = synced.record_of(badge)
    answers = {
        command: synced.done(*command.split(), *more)
        for command, more in (
            ("init", ("--email", "ana@college.example")),
            ("doctor", ()),
            ("platforms", ()),
            ("organizations list", ()),
            ("organizations approve", (COLLEGE,)),
            ("connections list", ("--organization", COLLEGE)),
            ("connections check", ("main",)),
            ("connections pause", ("main",)),
            ("connections resume", ("1",)),
            ("sync", ("main", "--full")),
            ("credentials list", ("--limit", "3", "--connection", "main", "--organization", "1")),
            ("credentials show", (record,)),
            ("credentials edit", (record, "--set", "name=Edited")),
            ("credentials approve", (record,)),
            ("publish", (COLLEGE,)),
            ("unpublish", (record,)),
            ("credentials reject", (record, "--reason", "For the test")),
            ("credentials history", (record,)),
            ("export", (COLLEGE, "--format", "csv", "--output", "tables")),
            ("keys rotate", ()),
            ("connections remove", ("main",)),
        )
    }
    lists = {command for command, answer in answers.items() if isinstance(answer, list)}
    assert lists == {
        *("doctor", "platforms", "organizations list", "connections list", "credentials list"),
        *("publish", "unpublish", "credentials history", "export"),
    }
    assert len(answers["credentials list"]) == 3
    assert [each["id"] for each in answers["organizations list"]] == [1]
    assert {"id", "name"} <= answers["organizations approve"].keys()
    assert answers["connections remove"]["state"] == "removed"
    assert synced.done("connections", "list") == []
    assert len(synced.listed()) == len(few), "the records of a connection that is removed stay"


def test_approving_what_is_not_there_is_refused_and_the_others_are_approved(synced: Line) -> None:
    record = next(iter(synced.listed("--status", "awaiting_approval").values()))

    code, answer = synced.run("credentials", "approve", "nothing", record["id"])

    assert (code, answer["approved"]) == (1, 1)
    assert [(each["id"], each["code"]) for each in answer["refused"]] == [("nothing", "record_not_found")]


def test_init_may_be_repeated_and_keeps_what_is_there(synced: Line) -> None:
    before = synced.dump()

    assert synced.done("init")["database"] == "current"

    assert synced.dump() == before


def test_an_organization_added_twice_is_the_same_one(small: Line) -> None:
    about = ("--website", "https://x.example", "--description", "A second organization.")
    ctid = "ce-00000000-0000-4000-8000-000000000001"

    first = small.done("organizations", "add", "Second", "--ctid", ctid, *about)

    assert small.done("organizations", "add", "Second", "--ctid", ctid, *about) == first
    code, answer = small.run("organizations", "add", "Third", "--ctid", ctid, *about)
    assert (code, answer["error"]["code"]) == (2, "organization_exists")


def test_people_get_sentences_instead_of_json(synced: Line) -> None:
    for command in ("connections list", "credentials list --limit 2", "organizations list", "sync main"):
        code, out = synced.output(*command.split())
        assert code == 0
        assert out.strip()
        assert not out.lstrip().startswith(("{", "["))
    code, out = synced.output("sync", "nothing")
    assert (code, out) == (2, "")
    assert "→" in synced.said[-1]


@pytest.mark.parametrize("content", ["{", "", "not json", '{"a": NaN}', "\udcff"])
def test_what_cannot_be_mapped_because_it_is_no_json_is_one_problem(bare: Line, content: str) -> None:
    Path(bare.folder, "badges.json").write_bytes(content.encode("utf-8", "surrogateescape"))

    code, answer = bare.run("map", "badges.json")

    assert (code, set(answer)) == (2, {"error"})
    assert all(answer["error"][member] for member in ("code", "message", "side", "action"))
    assert "Traceback" not in bare.said[-1]
    assert not bare.database.exists()
