"""The web application on a real server: one with nothing in it, one with records in every state."""

from __future__ import annotations

import copy
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from sqlalchemy import update

from connector.connections import accounts as connections
from connector.credentials import decisions, queries
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.organizations import people, sign_in
from connector.organizations.accounts import Organization
from connector.organizations.people import Person
from connector.organizations.tables import person as person_table
from connector.publishing.publish import publish
from connector.settings import Settings
from connector.sync.carry_out import sync
from connector.web.app import create_app

Json = dict[str, Any]

BY = "test"
EMAIL, PASSWORD = "registrar@cedarharbor.example", "a pass phrase of some length"
NAME = "<script>alert('x')</script> & \"Badge\" <img src=x onerror=alert(1)>"
HOSTILE = {
    "name": NAME,
    "global_activity_url": "https://www.cedarharbor.example/a\"><script>alert('y')</script>",
}
RUNNING = {"name": "Runs Script", "global_activity_url": "javascript:alert(1)"}


@dataclass(frozen=True)
class Web:
    """A running server, what is in its database, and somebody of site staff who is signed in."""

    address: str
    opened: Opened
    client: httpx.Client
    person: Person
    session: str
    organization: Organization | None = None
    platform: PracticeCredly | None = None
    account: connections.Account | None = None

    def rename(self, badge_id: str, name: str) -> None:
        """Have the platform call a badge something else, and sync."""
        assert self.platform
        assert self.account
        with self.platform.lock:
            next(each for each in self.platform.templates if each["id"] == badge_id)["name"] = name
        _synced(self.opened, self.account)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """What the server answers to a browser that is signed in."""
        return self.client.get(path, params=query or None, headers=self.signed_in)

    def post(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """What the server answers to a form of one of its pages."""
        given = {"form_token": self.form_token, **(fields or {})}
        return self.client.post(path, data=given, headers={**self.signed_in, "Origin": self.address, **headers})

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """The page that an answer leads to."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    @property
    def signed_in(self) -> dict[str, str]:
        """The header that says who asks."""
        return {"Cookie": f"__Host-desk={self.session}"}

    @property
    def form_token(self) -> str:
        """The token that the forms of this session carry."""
        with self.opened.database.reading() as connection:
            session = sign_in.current(connection, self.session)
        assert session is not None
        return session.form_token

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
    # Longer than the client keeps a connection that rests, so that neither uses one which the other has just closed.
    config = uvicorn.Config(create_app(this), log_level="critical", server_header=False, timeout_keep_alive=60)
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


@cache
def password_hash() -> str:
    """The hash of PASSWORD: made once, since making it is slow on purpose."""
    return PasswordHasher().hash(PASSWORD)


@contextmanager
def web(folder: Path) -> Iterator[Web]:
    """A connector with an empty database, served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        url = f"sqlite:///{folder / 'web.db'}"
        this = prepared(Settings(database_url=url, public_url=address, allowed_private_hosts="127.0.0.1"))
        with this.database.transaction() as connection:
            person = people.ensure_site_staff(connection, EMAIL, None)
            kept = update(person_table).where(person_table.c.id == person.id).values(password_hash=password_hash())
            connection.execute(kept)
            session = sign_in.begin(connection, person.id)
        with served(this, listener) as client:
            yield Web(address, this, client, person, session)
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
        yield replace(running, organization=_fill(running.opened))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Web]:
    """A connector of its own with a dozen records as they come from the platform: for tests that decide something."""
    with web(tmp_path) as running:
        owner = _organization(running.opened)
        college, templates = cedar_harbor_college()
        chosen = [each for each in templates if each["state"] != "draft" and each["public"]][:12]
        with PracticeCredly(college, chosen) as platform:
            account = _connected(running.opened, platform, owner)
            _synced(running.opened, account)
            yield replace(running, organization=owner, platform=platform, account=account)


def _organization(this: Opened) -> Organization:
    with this.database.transaction() as connection:
        owner = organizations.add(
            connection,
            name="Cedar Harbor",
            ctid="ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",
            website="https://www.cedarharbor.example",
            description="A two-year college on the harbor.",
        )
        return organizations.approve(connection, owner, by=BY)


def _fill(this: Opened) -> Organization:
    owner = _organization(this)
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
    adapter = connections.configured("credly", {**fields, "requests_per_minute": 6000}, secrets, this.settings)
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
