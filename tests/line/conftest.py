"""The line as an operator sees it: the installed command in a folder of its own, and a practice Credly beside it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.settings import Settings
from tests.preloaded import Preloaded

Json = dict[str, Any]
College = tuple[Json, list[Json]]

COMMAND = Path(sys.executable).with_name("badge-connector")
CTID = "ce-6d3e1b52-90c4-4f0e-8d7c-2a51b7c0e9f4"
COLLEGE = "Cedar Harbor"
TOKEN = "practice-token"
PATIENCE = 120


LineIn = Callable[[Path, PracticeCredly], "Line"]


class Line:
    """One operator's folder: the environment of its commands, what they said, and its database."""

    def __init__(self, folder: Path, server: PracticeCredly, preloaded: Preloaded) -> None:
        self.folder = folder
        self.preloaded = preloaded
        self.server = server
        self.database = folder / "connector.db"
        self.environment = {
            "CONNECTOR_DATABASE_URL": f"sqlite:///{self.database}",
            "CONNECTOR_ALLOWED_PRIVATE_HOSTS": server.url.removeprefix("http://"),
            "PRACTICE_TOKEN": TOKEN,
        }
        self.said: list[str] = []
        """What every command wrote to standard error."""

    def _whole_environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
        return kept | self.environment

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command without waiting for it."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self._whole_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def output(self, *arguments: str) -> tuple[int, str]:
        """Exit code and standard output of a command."""
        code, out, err = self.preloaded.run(arguments, self.folder, self._whole_environment())
        self.said.append(err)
        return code, out

    def installed(self, *arguments: str) -> Any:
        """The answer of the installed command, which has to exit 0."""
        command = self.start(*arguments, "--json")
        out, err = command.communicate(timeout=PATIENCE)
        assert command.returncode == 0, f"{arguments}: exit {command.returncode}, {out}\n{err}"
        return json.loads(out)

    def run(self, *arguments: str) -> tuple[int, Any]:
        """Exit code and answer of a command with --json, whose output has to be exactly one JSON value."""
        code, out = self.output(*arguments, "--json")
        assert out, f"{arguments} answered nothing and exit {code}: {self.said[-1]}"
        return code, json.loads(out)

    def done(self, *arguments: str) -> Any:
        """The answer of a command that has to exit 0."""
        code, answer = self.run(*arguments)
        assert code == 0, f"{arguments}: exit {code}, {json.dumps(answer)[:2000]}\n{self.said[-1]}"
        return answer

    def connect(self, name: str = "main", *more: str, secret: str = "authorization_token=env:PRACTICE_TOKEN") -> Any:
        """Connect the practice Credly, by token unless told otherwise."""
        return self.done("connect", *self.connecting(name, *more, secret=secret))

    def connecting(self, name: str = "main", *more: str, secret: str = "authorization_token=env:PRACTICE_TOKEN") -> Any:
        """The arguments that connect the practice Credly."""
        fields = {
            "organization_id": self.server.organization_id,
            "api_url": f"{self.server.url}/v1",
            "token_url": f"{self.server.url}/oauth/token",
        }
        settings = [word for field, value in fields.items() for word in ("--set", f"{field}={value}")]
        return ["credly", "--organization", COLLEGE, "--name", name, *settings, "--secret", secret, *more]

    def listed(self, *options: str) -> dict[str, Json]:
        """The records of `credentials list`, by badge id."""
        return {record["badge_id"]: record for record in self.done("credentials", "list", *options)}

    def shown(self, badge_id: str) -> Json:
        """What `credentials show` says of the record of a badge."""
        shown: Json = self.done("credentials", "show", self.record_of(badge_id))
        return shown

    def record_of(self, badge_id: str) -> str:
        """The id of the record that came from a badge."""
        [(record_id,)] = self.rows("SELECT record_id FROM source_identity WHERE badge_id = ?", badge_id)
        return str(record_id)

    def template(self, badge_id: str) -> Json:
        """A template on the platform, for changing it under `server.lock`."""
        return next(each for each in self.server.templates if each["id"] == badge_id)

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows as a second connection sees them."""
        with closing(sqlite3.connect(self.database, timeout=10)) as second:
            return second.execute(query, parameters).fetchall()

    def write(self, statement: str, *parameters: object) -> None:
        """Change the database behind the connector's back."""
        with closing(sqlite3.connect(self.database, timeout=10)) as second, second:
            second.execute(statement, parameters)

    def dump(self, *without: str) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but those named, as a second connection sees them."""
        names = [name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: self.rows(f"SELECT rowid, * FROM {name} ORDER BY rowid") for name in names if name not in without}

    def files(self, *options: str, to: str = "out") -> dict[str, bytes]:
        """The files that an export of the college as CTDL writes, by name."""
        folder = self.folder / to
        self.done("export", COLLEGE, "--format", "ctdl", "--output", str(folder), *options)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def college() -> College:
    """The practice organization with its 653 templates."""
    return cedar_harbor_college()


@pytest.fixture(scope="session")
def port() -> int:
    """Where the practice Credly of this test process listens, so that a prepared folder fits every test."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def line_in(preloaded: Preloaded) -> LineIn:
    """Makes a line in a folder."""
    return lambda folder, server: Line(folder, server, preloaded)


@pytest.fixture(scope="session")
def connected_folder(
    college: College, port: int, preloaded: Preloaded, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder in which the college is connected and nothing is synced yet. For copying only."""
    folder = tmp_path_factory.mktemp("connected")
    with PracticeCredly(*college, port=port) as server:
        line = Line(folder, server, preloaded)
        line.done("init")
        about = ("--website", "https://www.cedarharbor.example", "--description", "A college with many badges.")
        line.done("organizations", "add", COLLEGE, "--ctid", CTID, *about)
        line.connect()
    return folder


@pytest.fixture(scope="session")
def few(college: College) -> list[Json]:
    """Forty public templates in use: the first page of a small account."""
    templates = [each for each in college[1] if each["state"] == "active" and each["public"]]
    return templates[:40]


@pytest.fixture(scope="session")
def synced_folder(
    college: College,
    few: list[Json],
    port: int,
    preloaded: Preloaded,
    connected_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder in which the forty templates are synced. For copying only."""
    folder = tmp_path_factory.mktemp("synced") / "line"
    shutil.copytree(connected_folder, folder)
    with PracticeCredly(college[0], few, port=port) as server:
        answer = Line(folder, server, preloaded).done("sync", "main")
    assert answer["new"] == len(few)
    return folder


@pytest.fixture
def server(college: College, port: int) -> Iterator[PracticeCredly]:
    """A practice Credly with all 653 templates."""
    with PracticeCredly(*college, port=port) as server:
        yield server


@pytest.fixture
def small_server(college: College, few: list[Json], port: int) -> Iterator[PracticeCredly]:
    """A practice Credly with forty templates."""
    with PracticeCredly(college[0], few, port=port) as server:
        yield server


@pytest.fixture
def bare(tmp_path: Path, server: PracticeCredly, preloaded: Preloaded) -> Line:
    """A folder in which no command has run yet."""
    return Line(tmp_path, server, preloaded)


@pytest.fixture
def connected(tmp_path: Path, connected_folder: Path, server: PracticeCredly, preloaded: Preloaded) -> Line:
    """The college connected, nothing synced yet, 653 templates on the platform."""
    return Line(_copied(connected_folder, tmp_path), server, preloaded)


@pytest.fixture
def small(tmp_path: Path, connected_folder: Path, small_server: PracticeCredly, preloaded: Preloaded) -> Line:
    """The college connected, nothing synced yet, forty templates on the platform."""
    return Line(_copied(connected_folder, tmp_path), small_server, preloaded)


@pytest.fixture
def synced(tmp_path: Path, synced_folder: Path, small_server: PracticeCredly, preloaded: Preloaded) -> Line:
    """Forty templates on the platform, all of them synced."""
    return Line(_copied(synced_folder, tmp_path), small_server, preloaded)


@pytest.fixture
def ready(synced: Line) -> Callable[..., list[str]]:
    """The ids of synced badges whose records are complete, and undecided as yet."""

    def ready(count: int) -> list[str]:
        listed = synced.listed("--status", "awaiting_approval")
        assert len(listed) >= count
        return list(listed)[:count]

    return ready


def _copied(folder: Path, into: Path) -> Path:
    return Path(shutil.copytree(folder, into / "line"))


@pytest.fixture
def this(tmp_path: Path) -> Opened:
    """A connector in this process, with one organization: for what no command is needed to see."""
    url = f"sqlite:///{tmp_path / 'connector.db'}"
    opened = prepared(Settings(database_url=url, allowed_private_hosts="127.0.0.1", undocumented_sources=True))
    with opened.database.transaction() as connection:
        organizations.add(
            connection,
            name="Cedar Harbor",
            ctid="ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",
            website="https://www.cedarharbor.example",
            description="A two-year college on the harbor.",
        )
    return opened
