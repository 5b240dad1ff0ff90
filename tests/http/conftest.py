"""Practice servers on the loopback interface and clients that may reach them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable, Request
from connector.http import PlatformHttp, platform_http

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Seen:
    """One request as the server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Loopback:
    """A real HTTP server whose answers a test writes: `routes[path]` holds a reply, or several in turn."""

    port: int = 0
    routes: dict[str, Any] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset({f"127.0.0.1:{self.port}"})

    def paths(self) -> list[str]:
        return [request.path for request in self.seen]

    def note(self, request: BaseHTTPRequestHandler) -> Reply:
        length = int(request.headers.get("content-length") or 0)
        body = request.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self.lock:
            self.seen.append(Seen(request.command, request.path, headers, body))
            reply = self.routes.get(request.path.partition("?")[0], answer(404))
            if isinstance(reply, list):
                return reply.pop(0) if len(reply) > 1 else reply[0]
            return reply


def answer(status: int = 200, body: bytes | str = b"{}", **headers: str) -> Reply:
    """A reply of one piece; header names are written with underscores."""
    content = body.encode() if isinstance(body, str) else body

    def reply(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return reply


@pytest.fixture
def answering() -> Callable[..., Reply]:
    """`answer`, for tests."""
    return answer


def _server() -> tuple[Loopback, ThreadingHTTPServer]:
    loopback = Loopback()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            try:
                loopback.note(self)(self)
            except OSError:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the name http.server calls

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Patient(ThreadingHTTPServer):
        request_queue_size = 64

    server = Patient(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda request, address: None  # type: ignore[method-assign]
    loopback.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return loopback, server


@pytest.fixture
def platform() -> Iterator[Loopback]:
    """A badge platform."""
    loopback, server = _server()
    yield loopback
    server.shutdown()
    server.server_close()


@pytest.fixture
def elsewhere() -> Iterator[Loopback]:
    """A second server, on another port: somebody else's."""
    loopback, server = _server()
    yield loopback
    server.shutdown()
    server.server_close()


@pytest.fixture
def connect(platform: Loopback) -> Iterator[Callable[..., PlatformHttp]]:
    """Makes a client for the practice platform, without sign-in unless told."""
    made: list[PlatformHttp] = []

    def make(sign_in: Any = None, secrets: Any = None, **options: Any) -> PlatformHttp:
        settings: dict[str, Any] = {
            "allowed_private_hosts": platform.allowed,
            "requests_per_minute": 6000,
            **options,
        }
        base_url = settings.pop("base_url", platform.url)
        made.append(platform_http(base_url, sign_in, secrets or {}, **settings))
        return made[-1]

    yield make
    for http in made:
        http.close()


@pytest.fixture
def failing() -> Callable[..., Any]:
    """Reads one page and answers with the exception that this ends in."""

    def read(http: PlatformHttp, path: str = "x") -> Any:
        with pytest.raises((AuthorizationExpired, PlatformRefused, PlatformUnavailable)) as failed:
            http.get(Request(path))
        return failed.value

    return read


@pytest.fixture
def instant_retries() -> Iterator[None]:
    """As many tries as ever, but no pauses between them."""
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture(autouse=True)
def _quiet_retries() -> Iterator[None]:
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


def told(error: BaseException | None) -> str:
    """All that an exception and the ones behind it can show, except for the code that raised them."""
    if error is None:
        return ""
    return "\n".join(
        [str(error), repr(error), repr(vars(error)), told(error.__cause__), told(error.__context__)],
    )


@pytest.fixture
def all_told() -> Callable[[BaseException], str]:
    """`told`, for tests."""
    return told
