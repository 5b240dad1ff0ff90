"""`badge-connector tokens`: a token is printed once, works until it is revoked, and is nowhere to be seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from connector.settings import as_environment
from tests.api.conftest import STAFF, Api, done, problem

COMMAND = Path(sys.executable).with_name("badge-connector")


def test_a_token_is_made_used_listed_and_revoked(bare: Api) -> None:
    code, made = run(bare, "add", "--email", STAFF, "--name", "nightly", "--scope", "read", "--days", "30")
    assert (code, made["name"], made["scopes"]) == (0, "nightly", ["read"])
    done(bare.get("/organizations", made["token"]))
    problem(bare.post("/connections", bare.connecting(), made["token"]), 403, "scope_missing")

    code, listed = run(bare, "list", "--email", STAFF)
    assert code == 0
    assert made["token"] not in json.dumps(listed)
    assert listed[-1] == {name: value for name, value in made.items() if name != "token"} | {
        "last_used_at": listed[-1]["last_used_at"]
    }

    assert run(bare, "revoke", "--email", STAFF, str(made["id"])) == (0, {"revoked": made["id"]})
    problem(bare.get("/organizations", made["token"]), 401, "token_invalid")
    assert run(bare, "revoke", "--email", STAFF, str(made["id"]))[1]["error"]["code"] == "token_not_found"


def test_a_token_for_nobody_or_for_what_is_not_there_is_not_made(bare: Api) -> None:
    code, told = run(bare, "add", "--email", "nobody@x.example", "--name", "n", "--scope", "read")
    assert (code, told["error"]["code"]) == (2, "person_not_found")

    code, told = run(bare, "add", "--email", STAFF, "--name", " ", "--scope", "rule", "--days", "0")
    assert (code, told["error"]["code"]) == (2, "invalid_token_request")
    assert all(word in told["error"]["message"] for word in ("name", "rule", "days"))


def run(api: Api, *arguments: str) -> tuple[int, Any]:
    """Exit code and answer of a `tokens` command."""
    command = [COMMAND, "tokens", *arguments, "--json"]
    ended = subprocess.run(command, env=as_environment(api.this.settings), capture_output=True, text=True)
    return ended.returncode, json.loads(ended.stdout)
