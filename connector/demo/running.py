"""Runs the demo: practice platforms and the connector together, once or until stopped."""

import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from connector.demo.story import practice_platforms, read_back, tell
from connector.jobs.supervised import supervised
from connector.opened import Opened, prepared
from connector.problem import Problem
from connector.settings import Settings, as_environment
from connector.web.app import create_app

HOST = "127.0.0.1"
START_SECONDS = 20.0
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


def until_stopped(data: Path, port: int, say: Say) -> None:
    """The whole line, then the connector with its worker and the practice platforms, until it is interrupted."""
    with _listening(port) as (listener, address), practice_platforms() as credly:
        data.mkdir(parents=True, exist_ok=True)
        this = _open(data, address, credly.url)
        tell(this, credly, say)
        say(f"Look at it: {address}  (stop with Ctrl-C; the data stays in {data})")
        worker = [sys.executable, "-m", "connector", "worker", "--with-parent"]
        with supervised(worker, as_environment(this.settings)):
            _server(this).run(sockets=[listener])


def platforms_until_stopped(say: Say) -> None:
    """Only the practice platforms, for trying the commands by hand."""
    with practice_platforms() as credly:
        host = credly.url.removeprefix("http://")
        say(f"Practice Credly: {credly.url}/v1/ (allow it: CONNECTOR_ALLOWED_PRIVATE_HOSTS={host})")
        say(f"  organization_id={credly.organization_id}  authorization_token={credly.token}")
        say(f"  token_url={credly.url}/oauth/token  client_id=practice-client  client_secret=practice-secret")
        say(f"  Faults on request: POST {credly.url}/__practice/faults")
        threading.Event().wait()


def _open(folder: Path, address: str, *practice: str) -> Opened:
    hosts = ",".join(url.removeprefix("http://") for url in (address, *practice))
    database = f"sqlite:///{folder / 'demo.db'}"
    return prepared(Settings(database_url=database, public_url=address, allowed_private_hosts=hosts))


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
    return uvicorn.Server(uvicorn.Config(create_app(this), log_level="warning", server_header=False))
