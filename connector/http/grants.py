"""Asking a token endpoint for tokens (RFC 6749 §3.2), once a call: no code and no refresh token is sent twice.

Authlib writes the body and nothing else: its clients would go out past the guard.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable
from connector.http.guard import AddressRefused, refusal
from connector.http.outcomes import (
    NETWORK_FAILURES,
    Transient,
    after_a_wait,
    asked_wait,
    failure,
    members,
    network_failure,
    quoted,
    settled,
)
from connector.http.transport import Wire, guarded_client, stay_out_of_transactions

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
LONGEST_SECONDS = 86_400.0

_SENDABLE = re.compile(r"[\x21-\x7e]+")
_SHOWABLE = frozenset({"grant_type", "client_id", "redirect_uri", "scope"})
_OF_THE_CLIENT = ("invalid_client", "unauthorized_client")
_NOT_ACCEPTED = {
    "client_credentials": ("the client id and secret", "Enter them again."),
    "password": ("this user name and password", "Enter them again."),
}
_ANY_MORE = ("this sign-in any more", "Connect again.")

Opened = Callable[[], AbstractContextManager[httpx.Client]]


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token endpoint handed out (RFC 6749 §5.1). `scope` is None where it is just what was asked for."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scope: str | None = None


class TokenEndpoint:
    """A token endpoint, asked as `client`: its id and secret, "" for a public client's, None for no client at all.

    `opened` is entered for each request, so that an answer arrives even if all else is closed meanwhile.
    """

    def __init__(self, opened: Opened, address: str, client: tuple[str, str] | None, allowed: frozenset[str]) -> None:
        self._opened = opened
        self._address = address
        self._client_id, self._client_secret = client or ("", "")
        self._allowed = allowed

    def hidden(self) -> frozenset[str]:
        """The client secret, in every form in which it travels."""
        return as_they_travel(self._client_secret) | {self._basic()} if self._client_secret else frozenset()

    def ask(self, form: Mapping[str, str]) -> Granted:
        """The tokens for a grant, whose parameters are in `form`. It is sent exactly once, whatever happens.

        Raises AuthorizationExpired where the grant or the client is not accepted, PlatformRefused,
        PlatformUnavailable (`sign_in_throttled` where the platform wants a pause); RuntimeError inside a transaction.
        """
        stay_out_of_transactions()
        reason = refusal(self._address, self._allowed)
        if reason is not None:
            raise network_failure(AddressRefused(reason), "the platform")
        failed: Exception
        host = httpx.URL(self._address).host
        try:
            with self._opened() as http:
                response = http.send(self._request(http, form), auth=None)
            return _granted(accepted(response, self._hiding(form), form["grant_type"]))
        except NETWORK_FAILURES as error:
            failed = network_failure(error, host)
        except Transient as worth_another_try:
            failed = worth_another_try
        # Raised out here so that no request, with its form, hangs on the exception as its context.
        raise settled(failed)

    def _request(self, http: httpx.Client, form: Mapping[str, str]) -> httpx.Request:
        client = {"client_id": self._client_id, "client_secret": self._client_secret}
        # Some servers read the client from the header only, others from the body only.
        basic = {"Authorization": f"Basic {self._basic()}"} if self._client_secret else {}
        body = prepare_token_request(**{**client, **form})  # leaves out what is empty
        return http.build_request("POST", self._address, content=body, headers={**FORM, **basic})

    def _basic(self) -> str:
        # RFC 6749 §2.3.1: both are form-encoded first, so that a colon stays theirs.
        return b64encode(f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}".encode()).decode()

    def _hiding(self, form: Mapping[str, str]) -> frozenset[str]:
        return self.hidden() | as_they_travel(*(value for name, value in form.items() if name not in _SHOWABLE))


@contextmanager
def token_endpoint(
    address: str,
    client: tuple[str, str] | None,
    *,
    allowed_private_hosts: frozenset[str],
    wire: Wire | None = None,
) -> Iterator[TokenEndpoint]:
    """A token endpoint to ask outside of a connection's `http`, as for the exchange of a code or of a password."""
    with guarded_client(wire or Wire(), allowed_private_hosts) as http:
        yield TokenEndpoint(lambda: nullcontext(http), address, client, allowed_private_hosts)


def accepted(response: httpx.Response, hidden: Collection[str], grant_type: str) -> dict[str, Any]:
    """The members of an answer that holds a token which can be used, whatever content type it claims.

    Raises what any other answer comes to (RFC 6749 §5.2, and what platforms make of it); Transient where another
    try may help. Strings in `hidden` never appear in a message.
    """
    answer, host, status = members(response), response.request.url.host, response.status_code
    said = quoted(answer, hidden)
    error = str(answer.get("error", "")).replace(" ", "_") if status < 500 else ""
    if status == 429 or error.startswith("login_attempts_throttled"):
        raise _throttled(response, answer, said)
    if error.startswith(_OF_THE_CLIENT):
        raise AuthorizationExpired(f"{host} does not accept the client id and secret.{said} Enter them again.")
    if error.startswith("invalid_scope"):
        raise PlatformRefused(
            f"{host} does not grant this application the permission it needs.{said}",
            code="permission_missing",
            action="Ask the platform to allow the application to read badge definitions.",
        )
    if status == 401 or error.startswith("invalid_grant"):
        what, action = _NOT_ACCEPTED.get(grant_type, _ANY_MORE)
        raise AuthorizationExpired(f"{host} does not accept {what}.{said} {action}")
    if status in (400, 403) and not answer:
        raise PlatformUnavailable(f"{host} answered the sign-in with a page that says nothing (status {status}).")
    failed = failure(response, hidden)
    if failed is not None:
        raise failed
    token, kind = answer.get("access_token"), answer.get("token_type", "Bearer")
    if not isinstance(token, str) or not sendable(token) or str(kind).lower() != "bearer":
        raise PlatformUnavailable(f"{host} answered the sign-in without a token that can be used.")
    return answer


def positive_seconds(value: object) -> float | None:
    """A span that an answer states as number or text, at most a day; None where it is not a positive number."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
    except OverflowError:
        seconds = LONGEST_SECONDS
    except ValueError:
        seconds = 0.0
    return min(seconds, LONGEST_SECONDS) if seconds > 0 and not isinstance(value, bool) else None


def sendable(secret: str) -> bool:
    """Whether a header can carry this: printable ASCII without spaces."""
    return _SENDABLE.fullmatch(secret) is not None


def as_they_travel(*secrets: str) -> frozenset[str]:
    """The secrets in every form in which a request carries them: plain, percent-encoded, form-encoded."""
    return frozenset(form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret)))


def _throttled(response: httpx.Response, answer: Mapping[str, Any], said: str) -> Exception:
    stated = (positive_seconds(answer.get("expires")), asked_wait(response))
    message = f"{response.request.url.host} takes no sign-in from here for a while.{said}"
    wait = max((seconds for seconds in stated if seconds is not None), default=None)
    return after_a_wait(PlatformUnavailable(message, code="sign_in_throttled", retry_after=wait))


def _granted(answer: Mapping[str, Any]) -> Granted:
    return Granted(answer["access_token"], _text(answer.get("refresh_token")), _text(answer.get("scope")))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
