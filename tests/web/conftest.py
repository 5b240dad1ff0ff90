"""The web application on a real server: one with nothing in it, one with records in every state."""

from __future__ import annotations

import copy
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from connector.connections import accounts as connections
from connector.credentials import decisions, queries
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.organizations.accounts import Organization
from connector.publishing.publish import publish
from connector.settings import Settings
from connector.sync.carry_out import sync
from connector.web.app import create_app

Json = dict[str, Any]

BY = "test"
NAME = "<script>alert('x')</script> & \"Badge\" <img src=x onerror=alert(1)>"
HOSTILE = {
    "name": NAME,
    "global_activity_url": "https://www.cedarharbor.example/a\"><script>alert('y')</script>",
}
RUNNING = {"name": "Runs Script", "global_activity_url": "javascript:alert(1)"}


@dataclass(frozen=True)
class Web:
    """A running server and what is in its database."""

    address: str
    opened: Opened
    client: httpx.Client
    organization: Organization | None = None

    def get(self, path: str, **query: Any) -> httpx.Response:
        """What the server answers."""
        return self.client.get(path, params=query or None)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many records have each status."""
        with self.opened.database.reading() as connection:
            return dict(queries.counts(connection))

    @cached_property
    def records(self) -> list[queries.Listed]:
        """All records in source order."""
        return _listed(self.opened)


@contextmanager
def served(this: Opened, listener: socket.socket) -> Iterator[httpx.Client]:
    """The application on a real server, and a client for it."""
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(create_app(this), log_level="critical", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    with httpx.Client(base_url=address, timeout=20, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join(20)


@contextmanager
def web(folder: Path) -> Iterator[Web]:
    """A connector with an empty database, served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        url = f"sqlite:///{folder / 'web.db'}"
        this = prepared(Settings(database_url=url, public_url=address, allowed_private_hosts="127.0.0.1"))
        with served(this, listener) as client:
            yield Web(address, this, client)
        this.database.close()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A connector in which nothing is yet."""
    with web(tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A connector with 130 records of an invented college, some in each state. Tests only look at it."""
    with web(tmp_path_factory.mktemp("filled")) as running:
        yield Web(running.address, running.opened, running.client, _fill(running.opened))


def _fill(this: Opened) -> Organization:
    with this.database.transaction() as connection:
        owner = organizations.add(
            connection,
            name="Cedar Harbor",
            ctid="ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",
            website="https://www.cedarharbor.example",
            description="A two-year college on the harbor.",
        )
        owner = organizations.approve(connection, owner, by=BY)
    college, templates = cedar_harbor_college()
    with PracticeCredly(college, _chosen(templates)) as platform:
        account = _connected(this, platform, owner)
        _synced(this, account)
        ready = _ids(this, "awaiting_approval")
        first = _listed(this)[0].sourced.row.id
        assert len(ready) > 20
        with this.database.transaction() as connection:
            decisions.approve(connection, ready[:12], by=BY)
        publish(this.database, this.settings, owner, destination_name=None, by=BY, dry_run=False, report=_ignore)
        with this.database.transaction() as connection:
            decisions.approve(connection, ready[12:15], by=BY)
            decisions.reject(connection, ready[15:17], reason="Not ours.", by=BY)
            decisions.edit(connection, ready[0], set_to=[("name", "Edited Afterwards")], by=BY)
            decisions.edit(connection, ready[1], set_to=[("name", "Edited Afterwards, Approved Again")], by=BY)
            decisions.approve(connection, [ready[1]], by=BY)
            decisions.edit(connection, first, set_to=[("name", NAME)], by=BY)
            decisions.edit(connection, ready[17], set_to=[("name", "My Name")], by=BY)
        badges = {each.sourced.row.id: each.sourced.row.badge_id for each in _listed(this)}
        with platform.lock:
            next(each for each in platform.templates if each["id"] == badges[ready[17]])["name"] = "Their New Name"
            platform.templates[:] = [each for each in platform.templates if each["id"] != badges[ready[18]]]
        _synced(this, account)
        _synced(this, account)
    return owner


def _chosen(templates: list[Json]) -> list[Json]:
    """130 templates, the first two of them with what a hostile platform would say."""
    chosen = copy.deepcopy([each for each in templates if each["state"] != "draft" and each["public"]][:130])
    for template, words in zip(chosen, (HOSTILE, RUNNING), strict=False):
        template |= words
    return chosen


def _connected(this: Opened, platform: PracticeCredly, owner: Organization) -> connections.Account:
    secrets = {"authorization_token": str(platform.token)}
    fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
    hosts = this.settings.private_hosts
    adapter = connections.configured("credly", {**fields, "requests_per_minute": 6000}, secrets, hosts)
    with this.database.transaction() as connection:
        return connections.connect(
            connection, this.keys, organization_id=owner.id, name="Main", adapter=adapter, given=secrets, by=BY
        )


def _synced(this: Opened, account: connections.Account) -> None:
    run = sync(this.database, this.settings, account.id, by=BY, accept_gone=False, report=_ignore)
    assert run.state == "complete", json.dumps(run.problem)


def _listed(this: Opened, status: str | None = None) -> list[queries.Listed]:
    with this.database.reading() as connection:
        return list(queries.listed(connection, queries.where(status=status)))


def _ids(this: Opened, status: str) -> list[str]:
    return [each.sourced.row.id for each in _listed(this, status)]


def _ignore(_: object) -> None:
    pass
