"""The log of a server that was started without the command line: what failed, and nothing of what it worked on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from connector.organizations import api_tokens
from tests.web.conftest import web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Web


@pytest.fixture
def started_alone(tmp_path: Path) -> Iterator[Web]:
    """An application in a process in which nothing else has said how to log."""
    structlog.reset_defaults()
    with web(tmp_path) as running:
        yield running


def test_an_unexpected_failure_logs_no_local_variables(started_alone: Web, capsys: pytest.CaptureFixture[str]) -> None:
    with started_alone.opened.database.transaction() as connection:
        token, _ = api_tokens.issue(connection, started_alone.person.id, name="test", scopes=["read"], days=1)
        connection.exec_driver_sql("ALTER TABLE organization RENAME TO elsewhere")

    answer = started_alone.client.get("/api/v1/organizations", headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["code"] == "unexpected"
    written = "".join(capsys.readouterr())
    assert "no such table: organization" in written
    assert token not in written
    assert "locals" not in written
    (line,) = written.splitlines()
    assert json.loads(line)["event"] == "unexpected failure"
