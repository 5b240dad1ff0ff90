"""A desk to sit down at: the connector on a real server, practice platforms beside it, and ways to sign in."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from connector.jobs.supervised import supervised
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.organizations import sign_in
from connector.organizations.accounts import Organization
from connector.organizations.people import Person, ensure_site_staff
from connector.settings import Settings, as_environment
from connector.web.app import create_app

Json = dict[str, Any]

EMAIL = "dana@cedarharbor.example"
PASSWORD = "a long enough password"
COLLEGE = "Cedar Harbor Community College"
CTID = "ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634"
WORKER = [sys.executable, "-m", "connector", "worker", "--with-parent"]
PATIENCE = 20.0


@dataclass(frozen=True)
class Desk:
    """A running server, what it stands on, and the person who sits at it: site staff with a password."""

    address: str
    opened: Opened
    person: Person

    def link(self) -> str:
        """A way in that works once."""
        with self.opened.database.transaction() as connection:
            return f"{self.address}/sign-in/once?token={sign_in.link(connection, self.person.id)}"

    def session(self, organization: Organization | None = None) -> str:
        """The token of a new session that looks at an organization."""
        with self.opened.database.transaction() as connection:
            token = sign_in.begin(connection, self.person.id)
            begun = sign_in.current(connection, token)
            assert begun is not None
            if organization:
                sign_in.look_at(connection, begun.key, organization.id)
        return token

    def organization(self, name: str, ctid: str, *, approved: bool = True) -> Organization:
        """A new organization."""
        website, description = "https://www.cedarharbor.example", "A two-year college on the harbor."
        with self.opened.database.transaction() as connection:
            made = organizations.add(connection, name=name, ctid=ctid, website=website, description=description)
            return organizations.approve(connection, made, by=EMAIL) if approved else made


@contextmanager
def desk(folder: Path, *, works: bool = False, **settings: Any) -> Iterator[Desk]:
    """A desk with an empty database, served; with `works`, a worker process does what is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        given: Json = {"public_url": address, "allowed_private_hosts": "127.0.0.1", "undocumented_sources": True}
        this = prepared(Settings(database_url=f"sqlite:///{folder / 'desk.db'}", **given | settings))
        with this.database.transaction() as connection:
            person = ensure_site_staff(connection, EMAIL, PASSWORD)
        worker = supervised(WORKER, as_environment(this.settings)) if works else nullcontext()
        with _served(this, listener), worker:
            yield Desk(address, this, person)
        this.database.close()


@contextmanager
def _served(this: Opened, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(create_app(this), log_level="critical", server_header=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(PATIENCE)
