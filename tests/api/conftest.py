"""The API on a real server, a practice Credly beside it, and workers in processes of their own."""

from __future__ import annotations

import copy
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import insert

from connector.connections import accounts as connections
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened, opened, prepared
from connector.organizations import accounts as organizations
from connector.organizations import api_tokens, people
from connector.organizations.tables import person
from connector.settings import Settings, as_environment
from connector.sync.carry_out import sync
from connector.web.app import create_app

Json = dict[str, Any]
College = tuple[Json, list[Json]]

CTID = "ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634"
STAFF, STRANGER = "dana@cedarharbor.example", "stranger@elsewhere.example"
SCOPES = tuple(api_tokens.SCOPES)
PATIENCE = 40.0


@dataclass
class Api:
    """A running API, what it stands on, and a client that carries a token of all scopes."""

    this: Opened
    client: httpx.Client
    platform: PracticeCredly

    def get(self, path: str, token: str | None = None, headers: Json | None = None, **query: Any) -> httpx.Response:
        """What the API answers to a GET."""
        return self.client.get(path, params=query or None, headers=_with(token, headers))

    def post(self, path: str, body: Any, token: str | None = None, key: str | None = None) -> httpx.Response:
        """What the API answers to a POST, under an idempotency key if one is given."""
        return self.client.post(path, json=body, headers=_with(token, {"Idempotency-Key": key} if key else None))

    def patch(self, path: str, body: Any, token: str | None = None, **headers: str) -> httpx.Response:
        """What the API answers to a PATCH."""
        return self.client.patch(
            path, json=body, headers=_with(token, {k.replace("_", "-"): headers[k] for k in headers})
        )

    def token(self, *scopes: str, email: str = STAFF) -> str:
        """A new token of a person."""
        with self.this.database.transaction() as connection:
            found = people.find(connection, email)
            assert found
            return api_tokens.issue(connection, found.id, name="test", scopes=scopes, days=1)[0]

    def every(self, path: str, limit: int = 200, **query: Any) -> list[Json]:
        """The items of all pages of a list."""
        items: list[Json] = []
        cursor: Json = {}
        while True:
            page = done(self.get(path, limit=limit, **query, **cursor))
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    def ended(self, path: str) -> Json:
        """A run once it has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            run: Json = done(self.get(path))
            if run["finished_at"]:
                return run
            time.sleep(0.1)
        raise TimeoutError(f"{path} does not come to an end")

    def connecting(self, **also: Any) -> Json:
        """The body that connects the practice Credly."""
        settings = {"organization_id": self.platform.organization_id, "api_url": f"{self.platform.url}/v1"}
        secrets = {"authorization_token": str(self.platform.token)}
        named = {"organization": CTID, "platform": "credly", "name": "Another"}
        return {**named, "settings": settings, "secrets": secrets, **also}

    def template(self, badge_id: str) -> Json:
        """A template on the platform, for changing it under `platform.lock`."""
        return next(each for each in self.platform.templates if each["id"] == badge_id)


def done(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that has to have a status."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text[:2000]}"
    return answer.json()


def problem(answer: httpx.Response, status: int, code: str) -> Json:
    """The problem document of an answer that has to be one."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text[:2000]
    assert answer.headers["content-type"] == "application/problem+json"
    document: Json = answer.json()
    assert document["status"] == status
    assert document.keys() - {"fields"} == {"type", "title", "status", "detail", "code", "side", "action"}
    return document


@pytest.fixture(scope="session")
def college() -> College:
    """An invented college and forty of its public templates."""
    organization, templates = cedar_harbor_college()
    return organization, [each for each in templates if each["state"] == "active" and each["public"]][:40]


@pytest.fixture(scope="session")
def port() -> int:
    """Where the practice Credly of this test process listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def bare_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an approved organization, site staff, and somebody who is neither. For copying only."""
    folder = tmp_path_factory.mktemp("bare")
    this = prepared(_settings(folder))
    with this.database.transaction() as connection:
        people.ensure_site_staff(connection, STAFF, None)
        connection.execute(insert(person).values(email=STRANGER, site_staff=False, created_at="2025-01-01T00:00:00Z"))
        about = "A two-year college on the harbor."
        website = "https://www.cedarharbor.example"
        made = organizations.add(connection, name="Cedar Harbor", ctid=CTID, website=website, description=about)
        organizations.approve(connection, made, by=STAFF)
    this.database.close()
    return folder


@pytest.fixture(scope="session")
def synced_folder(bare_folder: Path, college: College, port: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which forty badges are synced. For copying only."""
    folder = Path(shutil.copytree(bare_folder, tmp_path_factory.mktemp("synced") / "api"))
    this = opened(_settings(folder))
    with PracticeCredly(*college, port=port) as platform:
        fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1"}
        secrets = {"authorization_token": str(platform.token)}
        adapter = connections.configured("credly", fields, secrets, this.settings)
        with this.database.transaction() as connection:
            owner = organizations.find(connection, CTID)
            made = connections.connect(
                connection, this.keys, organization_id=owner.id, name="Main", adapter=adapter, given=secrets, by=STAFF
            )
        run = sync(this.database, this.settings, made.id, by=STAFF, accept_gone=False, report=lambda _: None)
    assert (run.state, run.new) == ("complete", 40)
    this.database.close()
    return folder


@pytest.fixture
def platform(college: College, port: int) -> Iterator[PracticeCredly]:
    """A practice Credly with forty templates."""
    with PracticeCredly(college[0], copy.deepcopy(college[1]), port=port) as platform:
        yield platform


@pytest.fixture
def bare(bare_folder: Path, platform: PracticeCredly, tmp_path: Path) -> Iterator[Api]:
    """An API where nothing is connected yet."""
    with served(bare_folder, platform, tmp_path) as api:
        yield api


@pytest.fixture
def api(synced_folder: Path, platform: PracticeCredly, tmp_path: Path) -> Iterator[Api]:
    """An API with forty records, of which nobody has decided anything."""
    with served(synced_folder, platform, tmp_path) as api:
        yield api


@pytest.fixture
def working() -> Iterator[Callable[[Api], None]]:
    """Starts a worker in a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(api: Api) -> None:
        command = [sys.executable, "-m", "connector", "worker", "--with-parent"]
        started.append(subprocess.Popen(command, env=as_environment(api.this.settings), stdin=subprocess.DEVNULL))

    yield start
    for worker in started:
        worker.terminate()
        worker.wait(PATIENCE)


@contextmanager
def served(folder: Path, platform: PracticeCredly, into: Path) -> Iterator[Api]:
    """The API on a copy of a folder, on a real server."""
    this = opened(_settings(Path(shutil.copytree(folder, into / "api"))))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Of a listener made by hand the loop does not know that it is TCP: every answer would wait 40 milliseconds.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Longer than the client keeps a connection that rests: neither then uses one which the other has just closed.
        config = uvicorn.Config(create_app(this), log_level="critical", server_header=False, timeout_keep_alive=60)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        with httpx.Client(base_url=address, timeout=PATIENCE, trust_env=False) as client:
            running = Api(this, client, platform)
            client.headers["Authorization"] = f"Bearer {running.token(*SCOPES)}"
            yield running
        server.should_exit = True
        thread.join(20)
    this.database.close()


def _settings(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'api.db'}", allowed_private_hosts="127.0.0.1", sync_batch=50)


def _with(token: str | None, headers: Json | None) -> Json:
    return (headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
