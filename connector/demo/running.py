"""Runs the demo: practice platforms and the connector together, once or until stopped."""

import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from connector.demo.practice_credly import PracticeCredly
from connector.demo.story import leave_some, practice_platforms, read_back, tell
from connector.jobs.supervised import supervised
from connector.opened import Opened, prepared
from connector.organizations import people, sign_in
from connector.problem import Problem
from connector.settings import Settings, as_environment
from connector.web.app import create_app

HOST = "127.0.0.1"
START_SECONDS = 20.0
OPEN_AFTER_SECONDS = 1.0
DATA_MANAGER = "data.manager@cedarharbor.example"
Say = Callable[[str], None]


def once(data: Path | None, say: Say) -> dict[str, Any]:
    """The whole line, and every document read back over HTTP; in a folder thrown away unless one is given."""
    with _folder(data) as folder, practice_platforms() as credly, _listening(0) as (listener, address):
        this = _open(folder, address, credly.url)
        owner, told = tell(this, credly, say)
        with _served(this, listener):
            told["read_back"] = read_back(this, owner, address)
        this.database.close()
    say(f"Read {told['read_back']} documents back from {address}/registry.")
    return told


def until_stopped(data: Path, port: int, say: Say, *, browse: bool) -> None:
    """A part of the line, then the desk with its worker and the practice platforms, until it is interrupted."""
    data.mkdir(parents=True, exist_ok=True)
    with _listening(port) as (listener, address), practice_platforms(_kept_port(data), images=True) as credly:
        this = _open(data, address, credly.url)
        leave_some(this, credly, say)
        with this.database.transaction() as connection:
            person = people.ensure_site_staff(connection, DATA_MANAGER, None)
            link = f"{address}/sign-in/once?token={sign_in.link(connection, person.id)}"
        say("")
        _say_how_to_connect(credly, say)
        say("")
        say(f"The desk, signed in once by this link: {link}")
        say(f"Stop with Ctrl-C; the data stays in {data}.")
        worker = [sys.executable, "-m", "connector", "worker", "--with-parent"]
        with supervised(worker, as_environment(this.settings)), _browsing(link if browse else None):
            _server(this).run(sockets=[listener])


def platforms_until_stopped(say: Say) -> None:
    """Only the practice platforms, for trying the commands by hand."""
    with practice_platforms() as credly:
        host = credly.url.removeprefix("http://")
        say(f"Allow it: CONNECTOR_ALLOWED_PRIVATE_HOSTS={host} CONNECTOR_UNDOCUMENTED_SOURCES=true")
        _say_how_to_connect(credly, say)
        threading.Event().wait()


def _say_how_to_connect(credly: PracticeCredly, say: Say) -> None:
    say("A practice Credly to connect by hand; its addresses go under More settings:")
    say(f"  api_url={credly.url}/v1/  organization_id={credly.organization_id}  authorization_token={credly.token}")
    say(f"  token_url={credly.url}/oauth/token  client_id=practice-client  client_secret=practice-secret")
    say(f"  public_url={credly.url}/  public_page={credly.organization['vanity_slug']}")
    say(f"  Faults on request: POST {credly.url}/__practice/faults")


@contextmanager
def _browsing(link: str | None) -> Iterator[None]:
    """Opens the desk in the person's browser, once it answers."""
    if link:
        threading.Timer(OPEN_AFTER_SECONDS, webbrowser.open, [link]).start()
    yield


def _kept_port(data: Path) -> int:
    """The port of the practice platform, the same each time: badge images have it in their addresses."""
    kept = data / "practice-port"
    port = int(kept.read_text()) if kept.exists() else 0
    try:
        with socket.create_server((HOST, port)) as found:
            port = int(found.getsockname()[1])
    except OSError:
        with socket.create_server((HOST, 0)) as found:
            port = int(found.getsockname()[1])
    kept.write_text(str(port))
    return port


def _open(folder: Path, address: str, *practice: str) -> Opened:
    hosts = ",".join(url.removeprefix("http://") for url in (address, *practice))
    database = f"sqlite:///{folder / 'demo.db'}"
    return prepared(
        Settings(database_url=database, public_url=address, allowed_private_hosts=hosts, undocumented_sources=True)
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
