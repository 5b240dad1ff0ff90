"""The client that adapters are given: signed in, paced, retrying, limited, and bound to one platform."""

import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import httpx
import stamina

from adapters.contract import (
    Answer,
    ApiToken,
    AuthorizationServer,
    PlatformRefused,
    Request,
)
from connector.http.body import READABLE_ENCODINGS
from connector.http.deadline import Stopped
from connector.http.guard import AddressRefused, refusal
from connector.http.outcomes import NETWORK_FAILURES, Transient, failure, network_failure
from connector.http.pace import STOP, Pace
from connector.http.sign_in import SignIn, sign_in_with
from connector.http.transport import GuardedTransport, Wire
from connector.storage import in_transaction

MOST_IN_FLIGHT = 16
MOST_TRIES = 4
FIRST_WAIT_SECONDS = 0.5
LONGEST_GROWING_WAIT_SECONDS = 8.0

_HEADERS = {
    "Accept": "application/json, application/ld+json;q=0.9, */*;q=0.1",
    "Accept-Encoding": READABLE_ENCODINGS,
    "User-Agent": "open-badge-connector",
}
_WITH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def platform_http(
    base_url: str,
    sign_in: AuthorizationServer | ApiToken | None,
    secrets: Mapping[str, str],
    *,
    allowed_private_hosts: frozenset[str] = frozenset(),
    requests_per_minute: int = 120,
    wire: Wire | None = None,
    tries: int = MOST_TRIES,
) -> "PlatformHttp":
    """A client for one connection. Close it, or use it in a `with` block.

    `secrets` maps the names in `sign_in` to values. `wire` replaces resolver, dialler, certificates, limits.
    `tries`: how often one request is sent at most.
    Raises AuthorizationExpired or PlatformRefused where a secret is missing or cannot be one.
    """
    wire = wire or Wire()
    signed = sign_in_with(sign_in, secrets)
    pace = Pace(requests_per_minute)
    client = httpx.Client(
        auth=signed,
        headers=_HEADERS,
        timeout=wire.timeout(),
        transport=GuardedTransport(wire, allowed_private_hosts, pace.before_sending),
        trust_env=False,
        follow_redirects=False,
    )
    return PlatformHttp(client, base_url, signed, pace, refusal(base_url, allowed_private_hosts), tries)


class PlatformHttp:
    """`adapters.contract.Http` for one platform. Safe to use from several threads."""

    def __init__(
        self, client: httpx.Client, base_url: str, sign_in: SignIn, pace: Pace, refused: str | None, tries: int
    ) -> None:
        self._client = client
        self._refused = refused
        self._base = base_url
        self._sign_in = sign_in
        self._pace = pace
        self._tries = tries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection; nothing can be sent afterwards."""
        self._client.close()

    @property
    def requests_sent(self) -> int:
        """Everything sent so far, repeated tries and token requests included."""
        return self._pace.sent

    def get(self, request: Request) -> Answer:
        """The answer, whose status is 2xx.

        Raises AuthorizationExpired, PlatformUnavailable, PlatformRefused; RuntimeError inside a transaction.
        """
        _stay_out_of_transactions()
        return self._answer(request, None)

    def in_order(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer]:
        """Answers in the order of `requests`, at most `ahead` (1 to 16) in flight.

        `requests` is asked for its next one only when that one can be sent. With `ahead` 1 nothing is sent
        before the consumer asks for it. Closing the iterator sends nothing more. Raises as `get` does.
        """
        if not 1 <= ahead <= MOST_IN_FLIGHT:
            raise ValueError(f"Between 1 and {MOST_IN_FLIGHT} requests can be in flight, not {ahead}.")
        return self._one_by_one(requests) if ahead == 1 else self._ahead(requests, ahead)

    def _one_by_one(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for request in requests:
            yield self.get(request)

    def _ahead(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer]:
        waiting: deque[Future[Answer]] = deque()
        stop = threading.Event()
        threads = ThreadPoolExecutor(ahead, thread_name_prefix="platform-http")
        try:
            for request in requests:
                _stay_out_of_transactions()
                waiting.append(threads.submit(self._answer, request, stop))
                if len(waiting) == ahead:
                    yield waiting.popleft().result()
            while waiting:
                _stay_out_of_transactions()
                yield waiting.popleft().result()
        finally:
            stop.set()
            threads.shutdown(wait=False, cancel_futures=True)

    def _answer(self, request: Request, stop: threading.Event | None) -> Answer:
        if self._refused is not None:
            raise network_failure(AddressRefused(self._refused))
        url = address(self._base, request)
        try:
            for attempt in stamina.retry_context(
                on=_again,
                attempts=self._tries,
                timeout=None,
                wait_initial=FIRST_WAIT_SECONDS,
                wait_max=LONGEST_GROWING_WAIT_SECONDS,
                wait_jitter=FIRST_WAIT_SECONDS,
            ):
                with attempt:
                    return self._once(url, request.accept, stop)
        except Transient as last:
            outcome = last.outcome
        # Raised out here so that no request, with its headers, hangs on the exception as its context.
        raise outcome

    def _once(self, url: httpx.URL, accept: str | None, stop: threading.Event | None) -> Answer:
        headers = {"Accept": accept} if accept else {}
        request = self._client.build_request("GET", url, headers=headers, extensions={STOP: stop})
        try:
            response = self._client.send(request)
        except NETWORK_FAILURES as error:
            failed: Exception | None = network_failure(error)
        else:
            failed = failure(response, self._sign_in.hidden())
        if failed is not None:
            raise Stopped if stop is not None and stop.is_set() else failed
        return Answer(response.status_code, response.content, dict(response.headers))


def address(base_url: str, request: Request) -> httpx.URL:
    """The address of `request` under `base_url`. A whole address must have the base's scheme, host and port.

    Raises PlatformRefused for another host and for paths that climb out of the base.
    """
    base = httpx.URL(base_url).copy_with(query=None, fragment=None)
    whole = _WITH_SCHEME.match(request.path) is not None
    try:
        url = httpx.URL(request.path if whole else f"{str(base).rstrip('/')}/{request.path.lstrip('/')}")
    except httpx.InvalidURL:
        raise _elsewhere("The platform was asked for an address that cannot be one.") from None
    if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port) or url.userinfo:
        raise _elsewhere(f"The platform points to another host ({url.host[:253]}), which is not followed.")
    path = request.path.partition("?")[0].partition("#")[0]
    if any(unquote(part) in {".", ".."} for part in re.split(r"[/\\]|%2f|%5c", path, flags=re.IGNORECASE)):
        raise _elsewhere("The platform was asked for an address outside of its base address.")
    url = url.copy_with(fragment=None)
    return url.copy_merge_params(dict(request.params)) if request.params else url


def _elsewhere(message: str) -> PlatformRefused:
    return PlatformRefused(message, code="other_address", action="Check the connection's base address.")


def _again(error: Exception) -> bool | float:
    if not isinstance(error, Transient):
        return False
    return True if error.wait is None else error.wait


def _stay_out_of_transactions() -> None:
    if in_transaction():
        raise RuntimeError("The network is not used while this thread holds a transaction: commit first.")
