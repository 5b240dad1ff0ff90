"""The client that adapters are given: signed in, paced, retrying, limited, and bound to one platform.

Without a base address it is bound to none, signs nothing in, and follows redirects.
"""

import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import unquote, urlsplit

import httpx
import stamina

from adapters import contract
from adapters.contract import Answer, PlatformRefused, PlatformUnavailable, Request
from connector.http.deadline import Stopped
from connector.http.grants import TokenEndpoint
from connector.http.guard import AddressRefused, refusal
from connector.http.outcomes import NETWORK_FAILURES, Transient, failure, network_failure
from connector.http.pace import STOP, Pace
from connector.http.redirects import REDIRECTS, onward
from connector.http.sign_in import SignIn, Tokens, sign_in_with
from connector.http.transport import Wire, guarded_client, stay_out_of_transactions

MOST_IN_FLIGHT = 16
MOST_TRIES = 4
FIRST_WAIT_SECONDS = 0.5
LONGEST_GROWING_WAIT_SECONDS = 8.0

_WITH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

Outcome = TypeVar("Outcome")
Answered = Callable[[Request, threading.Event | None], Outcome]


def platform_http(
    base_url: str | None,
    sign_in: contract.SignIn | None,
    secrets: Mapping[str, str],
    *,
    tokens: Tokens | None = None,
    allowed_private_hosts: frozenset[str] = frozenset(),
    requests_per_minute: int = 120,
    wire: Wire | None = None,
    tries: int = MOST_TRIES,
) -> "PlatformHttp":
    """A client for one connection. Close it, or use it in a `with` block.

    `base_url` None: requests are whole addresses, anywhere in public, and redirects are followed.
    `secrets` maps the names in `sign_in` to values. `tokens` are those of a person who signed in.
    `wire` replaces resolver, dialler, certificates, limits. `tries`: how often one request is sent at most.
    Raises AuthorizationExpired or PlatformRefused where a secret is missing or cannot be one, ValueError where
    there is a sign-in without a base address, or a person's without `tokens`.
    """
    if base_url is None and sign_in is not None:
        raise ValueError("A sign-in belongs to one platform: it needs a base address.")
    pace = Pace(requests_per_minute)
    opened = partial(guarded_client, wire or Wire(), allowed_private_hosts, pace.before_sending)
    signed = sign_in_with(
        sign_in, secrets, tokens, lambda address, asks: TokenEndpoint(opened, address, asks, allowed_private_hosts)
    )
    client = opened()
    client.auth = signed
    return PlatformHttp(client, base_url, signed, pace, allowed_private_hosts, tries)


class PlatformHttp:
    """`adapters.contract.Http` for one platform. Safe to use from several threads."""

    def __init__(
        self,
        client: httpx.Client,
        base_url: str | None,
        sign_in: SignIn,
        pace: Pace,
        allowed: frozenset[str],
        tries: int,
    ) -> None:
        self._client = client
        self._base = base_url
        self._allowed = allowed
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
        stay_out_of_transactions()
        return self._answer(request, None)

    def in_order(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer]:
        """Answers in the order of `requests`, at most `ahead` (1 to 16) in flight.

        `requests` is asked for its next one only when that one can be sent. With `ahead` 1 nothing is sent
        before the consumer asks for it. Closing the iterator sends nothing more. Raises as `get` does.
        """
        return _answers(requests, ahead, self._answer)

    def each(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer | PlatformRefused | PlatformUnavailable]:
        """As `in_order`, but a request that fails has its failure in its place. Raises AuthorizationExpired."""
        return _answers(requests, ahead, self._answer_or_failure)

    def _answer_or_failure(
        self, request: Request, stop: threading.Event | None
    ) -> Answer | PlatformRefused | PlatformUnavailable:
        try:
            return self._answer(request, stop)
        except (PlatformRefused, PlatformUnavailable) as failed:
            # Handed on like an answer, it needs no trace, which would hold on to the request and its headers.
            return failed.with_traceback(None)

    def _answer(self, request: Request, stop: threading.Event | None) -> Answer:
        url = self._address(request)
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

    def _address(self, request: Request) -> httpx.URL:
        judged = request.path if self._base is None else self._base
        reason, host = refusal(judged, self._allowed), _host(judged)
        if reason is not None:
            raise network_failure(AddressRefused(reason if host in reason else f"{host} is not read. {reason}"), host)
        return address_in_public(request) if self._base is None else address(self._base, request)

    def _once(self, url: httpx.URL, accept: str | None, stop: threading.Event | None) -> Answer:
        response, passed = self._sent(url, accept, stop), [url]
        while self._base is None and response.status_code in REDIRECTS:
            passed.append(onward(response, passed, self._allowed))
            response = self._sent(passed[-1], accept, stop)
        if self._base is None and response.status_code == 401:
            failed: Exception | None = _not_public(response.request.url.host)
        else:
            failed = failure(response, self._sign_in.hidden())
        if failed is not None:
            raise _unless_stopped(failed, stop)
        return Answer(response.status_code, response.content, dict(response.headers), str(response.request.url))

    def _sent(self, url: httpx.URL, accept: str | None, stop: threading.Event | None) -> httpx.Response:
        headers = {"Accept": accept} if accept else {}
        request = self._client.build_request("GET", url, headers=headers, extensions={STOP: stop})
        try:
            return self._client.send(request)
        except NETWORK_FAILURES as error:
            failed = network_failure(error, url.host)
        raise _unless_stopped(failed, stop)


def _answers(requests: Iterable[Request], ahead: int, answered: Answered[Outcome]) -> Iterator[Outcome]:
    if not 1 <= ahead <= MOST_IN_FLIGHT:
        raise ValueError(f"Between 1 and {MOST_IN_FLIGHT} requests can be in flight, not {ahead}.")
    return _one_by_one(requests, answered) if ahead == 1 else _ahead(requests, ahead, answered)


def _one_by_one(requests: Iterable[Request], answered: Answered[Outcome]) -> Iterator[Outcome]:
    for request in requests:
        stay_out_of_transactions()
        yield answered(request, None)


def _ahead(requests: Iterable[Request], ahead: int, answered: Answered[Outcome]) -> Iterator[Outcome]:
    waiting: deque[Future[Outcome]] = deque()
    stop = threading.Event()
    threads = ThreadPoolExecutor(ahead, thread_name_prefix="platform-http")
    try:
        for request in requests:
            stay_out_of_transactions()
            waiting.append(threads.submit(answered, request, stop))
            if len(waiting) == ahead:
                yield waiting.popleft().result()
        while waiting:
            stay_out_of_transactions()
            yield waiting.popleft().result()
    finally:
        stop.set()
        threads.shutdown(wait=False, cancel_futures=True)


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


def address_in_public(request: Request) -> httpx.URL:
    """The whole address that a request is. It has passed `refusal`."""
    url = httpx.URL(request.path).copy_with(fragment=None)
    return url.copy_merge_params(dict(request.params)) if request.params else url


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host[:253] if host.isprintable() else ""


def _elsewhere(message: str) -> PlatformRefused:
    return PlatformRefused(message, code="other_address", action="Check the connection's base address.")


def _not_public(host: str) -> PlatformRefused:
    return PlatformRefused(
        f"{host} shows this only to those who sign in.",
        code="permission_missing",
        action="Ask its owner to make it public, or connect the platform with a sign-in.",
    )


def _unless_stopped(failed: Exception, stop: threading.Event | None) -> Exception:
    return Stopped() if stop is not None and stop.is_set() else failed


def _again(error: Exception) -> bool | float:
    if not isinstance(error, Transient):
        return False
    return True if error.wait is None else error.wait
