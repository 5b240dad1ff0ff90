"""A small HTTP/1.1 server on this machine's own address, for the practice platforms.

It carries questions and answers and knows no platform: keep-alive, one thread a connection, the ways in which
an answer can arrive badly (slowly, cut short, reset), and the gates at which a page's answer can be held.
"""

import json
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Condition, Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
PNG = "image/png"
_LARGEST_QUESTION = 1_000_000


@dataclass(frozen=True)
class Question:
    """One request, read whole."""

    method: str
    path: str
    raw_query: str
    headers: Message
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, decoded; the last of a repeated name counts."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """One response, and how it travels."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None  # the Content-Length to promise, where it is not the body's own
    drip: tuple[int, float] | None = None  # bytes at a time, seconds between them
    reset_after: int | None = None  # bytes sent before the connection is reset
    sent: Callable[[], None] | None = field(default=None, compare=False)  # called once all is written


def json_answer(status: int, value: Any, *headers: tuple[str, str]) -> Answer:
    """An answer whose body is this value as JSON."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers)


class PageGates:
    """Knows which pages of a listing were asked for and sent, and holds answers back on request."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._held: set[int] = set()
        self._asked: Counter[int] = Counter()
        self._sent: Counter[int] = Counter()

    def hold(self, page: int) -> None:
        """Let nothing through for this page from now on."""
        with self._changed:
            self._held.add(page)

    def release(self, page: int | None) -> None:
        """Let this page through again, or every page."""
        with self._changed:
            self._held.difference_update(self._held.copy() if page is None else {page})
            self._changed.notify_all()

    def arrive(self, page: int) -> None:
        """Note that a page was asked for, and return once it is not held."""
        with self._changed:
            self._asked[page] += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: page not in self._held)

    def leave(self, page: int) -> None:
        """Note that a page was sent whole."""
        with self._changed:
            self._sent[page] += 1
            self._changed.notify_all()

    def wait_asked(self, page: int, timeout: float, times: int) -> None:
        """Return once a page was asked for so often. TimeoutError after `timeout` seconds."""
        self._wait(self._asked, page, timeout, times, "asked for")

    def wait_sent(self, page: int, timeout: float, times: int) -> None:
        """Return once a page was sent so often. TimeoutError after `timeout` seconds."""
        self._wait(self._sent, page, timeout, times, "sent")

    def _wait(self, counts: Counter[int], page: int, timeout: float, times: int, what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: counts[page] >= times, timeout):
                raise TimeoutError(f"page {page} was {what} {counts[page]} times in {timeout} seconds, not {times}")


class LoopbackServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 and answers each question with what `answer` returns.

    `answer` runs in the connection's thread. `close` also ends the connections that are still open.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Question], Answer]) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.answer = answer
        self.closing = Event()
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end every open connection."""
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _end(connection)

    def server_bind(self) -> None:
        """Bind without asking for this machine's name, as HTTPServer does: the answer can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then hand it to its thread."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away: crash tests kill them on purpose."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


class _Conversation(BaseHTTPRequestHandler):
    """The questions and answers of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LoopbackServer

    def do_GET(self) -> None:
        question = self._question()
        if question is None:
            self.close_connection = True
            answer = json_answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"data": {"message": "Too large"}})
        else:
            answer = self.server.answer(question)
        self._send(answer)
        if answer.sent is not None:
            answer.sent()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Write no log: what was asked is kept by the platform."""

    def _question(self) -> Question | None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > _LARGEST_QUESTION or self.headers.get("Transfer-Encoding"):
            return None
        body = self.rfile.read(int(length))
        address = urlsplit(self.path)
        return Question(self.command, address.path, address.query, self.headers, body)

    def _send(self, answer: Answer) -> None:
        whole = self._head(answer) + (b"" if self.command == "HEAD" else answer.body)
        if answer.reset_after is not None:
            self.wfile.write(whole[: answer.reset_after])
            self._reset()
        elif answer.drip is not None:
            self._trickle(whole, *answer.drip)
        else:
            self.wfile.write(whole)

    def _head(self, answer: Answer) -> bytes:
        length = len(answer.body) if answer.length is None else answer.length
        if length != len(answer.body):
            self.close_connection = True
        lines = [
            f"{self.protocol_version} {answer.status} {responses.get(answer.status, '')}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {length}",
            *(f"{name}: {value}" for name, value in answer.headers),
            *(["Connection: close"] if self.close_connection else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _trickle(self, whole: bytes, size: int, pause: float) -> None:
        for start in range(0, len(whole), size):
            self.wfile.write(whole[start : start + size])
            if self.server.closing.wait(pause):
                raise ConnectionAbortedError

    def _reset(self) -> None:
        self.close_connection = True
        # Closing a socket that lingers for no time sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()
        raise ConnectionResetError
