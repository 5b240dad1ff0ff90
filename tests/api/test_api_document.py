"""The API keeps what its document says, whatever it is asked: every operation, with what fits and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from connector.demo.practice_credly import PracticeCredly
from tests.api.conftest import CTID, Api, College, done, served

EXAMPLES = 4
ELSEWHERE = [ignored_auth, positive_data_acceptance]
"""Tokens have tests of their own; what fits the document may still name what is not there, or not to be done now."""
QUIET = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def standing(
    synced_folder: Path, college: College, port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """An API with forty records for all tests of this file, which ask it anything."""
    with (
        PracticeCredly(*college, port=port) as platform,
        served(synced_folder, platform, tmp_path_factory.mktemp("document")) as api,
    ):
        yield api


def test_every_operation_says_what_it_does_which_scope_it_needs_and_how_its_problems_look(standing: Api) -> None:
    document = done(standing.client.get("/openapi.json"))

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            (scope,) = operation["security"][0]["token"]
            assert operation["summary"], where
            assert operation["description"].endswith(f"Scope: `{scope}`."), where
            assert all(each.get("description") for each in operation["responses"].values()), where
            problems = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
            assert {"401", "403", "422", "500"} <= problems.keys(), where
            assert all(list(each["content"]) == ["application/problem+json"] for each in problems.values()), where
    assert not [name for name in document["components"]["schemas"] if "__" in name]
    assert [server["url"] for server in document["servers"]] == ["/api/v1"]


@pytest.mark.parametrize("known", [True, False], ids=["of what there is", "of anything"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_every_operation_keeps_what_its_document_says(standing: Api, mode: GenerationMode, known: bool) -> None:
    (record, *_) = standing.every("/records")
    profile = standing.every("/organizations/1/profiles")[0]["ctid"]
    publication = done(standing.post("/publications", {"organization": CTID}), 202)["run"]
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": standing.client.headers["Authorization"]}
        schema = schemathesis.openapi.from_url(f"{standing.client.base_url}openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        assert len(operations) >= 25
        asked = 0
        for operation in sorted(operations, key=lambda each: each.method == "delete"):
            there = {"connection": 1, "run": 1, "record": record["id"], "organization": "1", "issuer": "x"}
            there |= {"profile": profile, "match": 1}
            if operation.path.startswith("/publications"):
                there["run"] = publication
            path = {name: there[name] for name in names(operation)} if known else None
            asked += keep(operation, mode, path, headers, session)
    assert asked >= (25 if mode is GenerationMode.POSITIVE else 15)


def names(operation: Any) -> list[str]:
    """The names of an operation's path parameters."""
    return [each.name for each in operation.path_parameters]


def keep(
    operation: Any,
    mode: GenerationMode,
    path: dict[str, Any] | None,
    headers: dict[str, str],
    session: requests.Session,
) -> bool:
    """Ask one operation many things and check every answer; whether there was anything to ask."""

    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=path, headers=headers))
    @QUIET
    def holds(case: Case) -> None:
        # A line break in an address does not get as far as the API.
        assume("\n" not in unquote(case.formatted_path))
        case.call_and_validate(session=session, excluded_checks=ELSEWHERE)

    try:
        holds()
    except Unsatisfiable:
        return False
    return True
