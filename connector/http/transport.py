"""One exchange with a server: address judged, pace kept, time and size limited, body whole and decoded.

Everything above (sign-in flows, retries) only ever sees finished, harmless responses.
"""

import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

import httpcore
import httpx

from connector.http.body import READABLE_ENCODINGS, whole_body
from connector.http.deadline import answer_within
from connector.http.guard import AddressRefused, Dial, GuardedBackend, Resolve, dial, refusal, resolve
from connector.http.pace import STOP
from connector.storage import in_transaction

MOST_CONNECTIONS = 20
IDLE_SECONDS = 30.0

_HEADERS = {
    "Accept": "application/json, application/ld+json;q=0.9, */*;q=0.1",
    "Accept-Encoding": READABLE_ENCODINGS,
    "User-Agent": "open-badge-connector",
}
# The body is decoded here, no cookie is kept, and httpx would prepare for redirects that nobody follows.
_NOT_PASSED_ON = frozenset({"content-encoding", "content-length", "transfer-encoding", "set-cookie", "location"})


@cache
def _public_certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Wire:
    """How connections are made and what they are limited to: seconds, and bytes of one decoded body."""

    resolve: Resolve = resolve
    dial: Dial = dial
    certificates: ssl.SSLContext = field(default_factory=_public_certificates, repr=False)
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    answer_seconds: float = 60.0
    answer_bytes: int = 32 * 1024 * 1024

    def timeout(self) -> httpx.Timeout:
        """The time-outs of single steps; `answer_seconds` limits all of them together."""
        return httpx.Timeout(self.read_seconds, connect=self.connect_seconds)


class GuardedTransport(httpx.BaseTransport):
    """Sends one request and reads its whole answer.

    `before_sending` is called for every request that the guard lets pass. Raises, besides httpx's own
    exceptions: AddressRefused, HostNotFound, DeadlinePassed, AnswerTooLarge, AnswerUnreadable.
    """

    def __init__(self, wire: Wire, allowed: frozenset[str], before_sending: Callable[[httpx.Request], None]) -> None:
        self._wire = wire
        self._allowed = allowed
        self._before_sending = before_sending
        self._inner = with_backend(GuardedBackend(allowed, wire.resolve, wire.dial), wire.certificates)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The finished response to `request`."""
        reason = refusal(str(request.url), self._allowed)
        if reason is not None:
            raise AddressRefused(reason)
        self._before_sending(request)
        with answer_within(self._wire.answer_seconds, request.extensions.get(STOP)):
            received = self._inner.handle_request(request)
            try:
                return self._finished(received)
            finally:
                received.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._inner.close()

    def _finished(self, received: httpx.Response) -> httpx.Response:
        encoding = received.headers.get("content-encoding", "")
        assert isinstance(received.stream, Iterable)
        body = whole_body(received.stream, encoding, self._wire.answer_bytes)
        kept = [(n, v) for n, v in received.headers.multi_items() if n.lower() not in _NOT_PASSED_ON]
        location = {"location": received.headers.get("location", "")}
        return httpx.Response(received.status_code, headers=kept, content=body, extensions=location)


def guarded_client(
    wire: Wire, allowed: frozenset[str], before_sending: Callable[[httpx.Request], None] = lambda request: None
) -> httpx.Client:
    """A client all of whose requests go through a GuardedTransport; it signs nothing in and follows no redirect."""
    return httpx.Client(
        headers=_HEADERS,
        timeout=wire.timeout(),
        transport=GuardedTransport(wire, allowed, before_sending),
        trust_env=False,
        follow_redirects=False,
    )


def stay_out_of_transactions() -> None:
    """RuntimeError where the calling thread holds a transaction: the database must not wait for a network."""
    if in_transaction():
        raise RuntimeError("The network is not used while this thread holds a transaction: commit first.")


def with_backend(backend: httpcore.NetworkBackend, certificates: ssl.SSLContext) -> httpx.HTTPTransport:
    """An httpx transport that connects through `backend` only. RuntimeError if httpx has changed inside.

    httpx 0.28 has no public way to choose the backend, so its connection pool is replaced by our own.
    """
    transport = httpx.HTTPTransport(verify=certificates, trust_env=False)
    if not isinstance(getattr(transport, "_pool", None), httpcore.ConnectionPool):
        raise RuntimeError("This version of httpx keeps its connections elsewhere: the guard cannot be set up.")
    transport._pool = httpcore.ConnectionPool(
        ssl_context=certificates,
        max_connections=MOST_CONNECTIONS,
        max_keepalive_connections=MOST_CONNECTIONS,
        keepalive_expiry=IDLE_SECONDS,
        network_backend=backend,
    )
    return transport
