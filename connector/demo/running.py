"""Runs the demo: practice platforms and the connector together, once or until stopped."""

import shlex
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from connector.connections.authorization import CALLBACK, redirect_uri
from connector.demo.platforms import Platforms, practice_credly, practice_platforms
from connector.demo.story import leave_some, read_back, tell
from connector.jobs.supervised import supervised
from connector.opened import Opened, prepared
from connector.organizations import people, sign_in
from connector.problem import Problem
from connector.settings import OAuthClient, Settings, as_environment
from connector.web.app import create_app

HOST = "127.0.0.1"
START_SECONDS = 20.0
OPEN_AFTER_SECONDS = 1.0
DATA_MANAGER = "data.manager@cedarharbor.example"
Say = Callable[[str], None]


def once(data: Path | None, say: Say) -> dict[str, Any]:
    """The whole line, and every document read back over HTTP; in a folder thrown away unless one is given."""
    with _folder(data) as folder, practice_credly() as credly, _listening(0) as (listener, address):
        this = _open(folder, address, [credly.url.removeprefix("http://")])
        owner, told = tell(this, credly, say)
        with _served(this, listener):
            told["read_back"] = read_back(this, owner, address)
        this.database.close()
    say(f"Read {told['read_back']} documents back from {address}/registry.")
    return told


def until_stopped(data: Path, port: int, say: Say, *, browse: bool) -> None:
    """A part of the line, then the desk with its worker and the practice platforms, until it is interrupted."""
    data.mkdir(parents=True, exist_ok=True)
    with _listening(port) as (listener, address), practice_platforms(data, f"{address}{CALLBACK}") as practice:
        this = _open(data, address, practice.hosts, practice.oauth_clients)
        leave_some(this, practice.credly, say)
        with this.database.transaction() as connection:
            person = people.ensure_site_staff(connection, DATA_MANAGER, None)
            link = f"{address}/sign-in/once?token={sign_in.link(connection, person.id)}"
        say("")
        say("To connect by hand:")
        _say_how_to_connect(practice, say)
        say("")
        say(f"The desk, signed in once by this link: {link}")
        say(f"Stop with Ctrl-C; the data stays in {data}.")
        worker = [sys.executable, "-m", "connector", "worker", "--with-parent"]
        with supervised(worker, as_environment(this.settings)), _browsing(link if browse else None):
            _server(this).run(sockets=[listener])


def platforms_until_stopped(data: Path, say: Say) -> None:
    """Only the practice platforms, for trying the commands by hand."""
    data.mkdir(parents=True, exist_ok=True)
    with practice_platforms(data, redirect_uri(Settings())) as practice:
        say("Have the commands reach them, with these variables:")
        for name, value in practice.in_environment():
            say(f"  {name}={shlex.quote(value)}")
        _say_how_to_connect(practice, say)
        threading.Event().wait()


def _say_how_to_connect(practice: Platforms, say: Say) -> None:
    for line in practice.how_to_connect():
        say(line)


@contextmanager
def _browsing(link: str | None) -> Iterator[None]:
    """Opens the desk in the person's browser, once it answers."""
    if link:
        threading.Timer(OPEN_AFTER_SECONDS, webbrowser.open, [link]).start()
    yield


def _open(
    folder: Path, address: str, practice: Sequence[str], clients: Mapping[str, Mapping[str, str]] | None = None
) -> Opened:
    return prepared(
        Settings(
            database_url=f"sqlite:///{folder / 'demo.db'}",
            public_url=address,
            allowed_private_hosts=",".join((address.removeprefix("http://"), *practice)),
            undocumented_sources=True,
            oauth_clients={host: OAuthClient.model_validate(each) for host, each in (clients or {}).items()},
        )
    )


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="badge-connector-demo-") as folder:
        yield Path(folder)


@contextmanager
def _listening(port: int) -> Iterator[tuple[socket.socket, str]]:
    try:
        listener = socket.create_server((HOST, port))
    except OSError as failed:
        raise Problem(
            "port_in_use", f"Port {port} cannot be listened on: {failed.strerror}.", action="Choose another --port."
        ) from None
    # Listeners that are made by hand lack this, and answers in two parts wait for each other.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener, f"http://{HOST}:{listener.getsockname()[1]}"


@contextmanager
def _served(this: Opened, listener: socket.socket) -> Iterator[None]:
    server = _server(this)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _server(this: Opened) -> uvicorn.Server:
    config = uvicorn.Config(create_app(this), log_level="warning", server_header=False, timeout_graceful_shutdown=2)
    return uvicorn.Server(config)
