"""What a status or a network failure means, as one of the three exceptions of the adapter contract.

Each message is a sentence for a person: what happened and on whose side. None holds a secret or a whole body.
"""

import json
import re
import ssl
import time
from collections.abc import Collection, Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable
from connector.http.body import AnswerTooLarge, AnswerUnreadable
from connector.http.deadline import DeadlinePassed
from connector.http.guard import SETTING, AddressRefused, HostNotFound

LONGEST_WAIT_SECONDS = 60.0
LONGEST_QUOTE = 200
NETWORK_FAILURES = (
    httpx.HTTPError,
    AddressRefused,
    HostNotFound,
    DeadlinePassed,
    AnswerTooLarge,
    AnswerUnreadable,
)

_MOST_JSON_BYTES = 64 * 1024
_MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


class Transient(Exception):
    """Worth another try after `wait` seconds (None: the usual pause), else `outcome` is what it comes to."""

    def __init__(self, outcome: PlatformUnavailable, wait: float | None = None) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome
        self.wait = wait


def failure(response: httpx.Response, hidden: Collection[str]) -> Exception | None:
    """What to raise for a response, None for 2xx. Strings in `hidden` never appear in the message."""
    host, status = response.request.url.host, response.status_code
    said = quoted(members(response), hidden)
    if 200 <= status < 300:
        return None
    if status == 429 or status >= 500:
        return _busy(response, said)
    if status == 401:
        return AuthorizationExpired(f"{host} does not accept this sign-in.{said}")
    if 300 <= status < 400:
        return _redirected(response)
    refusals = {
        403: (
            "permission_missing",
            "does not let this sign-in read that",
            "Ask there for the permission to read.",
        ),
        404: (
            "not_found",
            "does not know this address",
            "Check the organization and the address in the settings.",
        ),
        410: ("not_found", "no longer has this", "Check the organization and the address in the settings."),
    }
    usual = (
        "request_refused",
        f"refused the request with status {status}",
        "Check the connection's settings.",
    )
    code, happened, action = refusals.get(status, usual)
    return PlatformRefused(f"{host} {happened}.{said}", code=code, action=action)


def settled(failed: Exception) -> Exception:
    """What a failure comes to where nothing is tried again."""
    return failed.outcome if isinstance(failed, Transient) else failed


def network_failure(error: Exception, host: str) -> Exception:
    """What to raise for one of NETWORK_FAILURES, met on the way to `host`."""
    match error:
        case AddressRefused():
            action = f"Use a public https address, or have the host listed in {SETTING}."
            return PlatformRefused(str(error), code="private_address", action=action)
        case HostNotFound(host=host, temporary=temporary):
            missing = PlatformUnavailable(f"No host named {host} can be found.", code="host_not_found")
            return Transient(missing) if temporary else missing
        case AnswerTooLarge():
            action = "Ask the platform for smaller pages."
            return PlatformRefused(f"The answer of {host} is too large.", code="answer_too_large", action=action)
        case AnswerUnreadable(again=again):
            damaged = PlatformUnavailable(f"The answer of {host} cannot be read. {error}", code="answer_unreadable")
            return Transient(damaged) if again else damaged
        case DeadlinePassed():
            return PlatformUnavailable(f"The answer of {host} took too long.", code="platform_timeout")
    return _connection_failure(error, host)


def members(response: httpx.Response) -> dict[str, Any]:
    """The members of a small JSON object; empty for anything else (HTML, a list, no JSON at all)."""
    if len(response.content) > _MOST_JSON_BYTES:
        return {}
    try:
        parsed = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def quoted(answer: dict[str, Any], hidden: Collection[str]) -> str:
    """What the platform itself says of a failure, as a sentence, if anything.

    It stands in `data.message`, `status.description`, `error_description` or at least `error` (RFC 6749 §5.2).
    """
    said = (_member(answer, "data", "message"), _member(answer, "status", "description"))
    told = (*said, answer.get("error_description"), answer.get("error"))
    message = next((text for text in told if isinstance(text, str) and text), "")
    for secret in sorted(filter(None, hidden), key=len, reverse=True):
        message = message.replace(secret, "…")
    visible = "".join(c if c.isprintable() else " " for c in message)
    short = _MAIL_ADDRESS.sub("…", " ".join(visible.split()))
    return f" It says: “{short[:LONGEST_QUOTE]}”." if short else ""


def _member(answer: dict[str, Any], name: str, inner: str) -> Any:
    value = answer.get(name)
    return value.get(inner) if isinstance(value, dict) else None


def asked_wait(response: httpx.Response) -> float | None:
    """Seconds that Retry-After asks for (RFC 9110 §10.2.3); dates are read by the server's own clock."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _seconds(text)
    if until is None:
        return None
    now = _seconds(response.headers.get("date", ""))
    return max(0.0, until - (time.time() if now is None else now))


def _busy(response: httpx.Response, said: str) -> Exception:
    host, wait = response.request.url.host, asked_wait(response)
    if response.status_code == 429:
        message, code = f"{host} asks for fewer requests.{said}", "rate_limited"
    else:
        message = f"{host} has a problem of its own (status {response.status_code}).{said}"
        code = "platform_unavailable"
    return after_a_wait(PlatformUnavailable(message, code=code, retry_after=wait))


def after_a_wait(outcome: PlatformUnavailable) -> Exception:
    """Worth another try after the wait that was asked for, unless that is too long to sleep through."""
    wait = outcome.retry_after
    return outcome if wait is not None and wait > LONGEST_WAIT_SECONDS else Transient(outcome, wait or None)


def _redirected(response: httpx.Response) -> PlatformRefused:
    try:
        to = response.request.url.join(response.extensions.get("location", "")).host
    except (httpx.InvalidURL, ValueError):
        to = ""
    elsewhere = f" to {to}" if to and to.isprintable() else ""
    return PlatformRefused(
        f"{response.request.url.host} sends the request on{elsewhere}, and redirects are not followed.",
        code="redirected",
        action="Enter the address that the platform answers on itself as the connection's base address.",
    )


def _connection_failure(error: Exception, host: str) -> Exception:
    host = error.request.url.host if isinstance(error, httpx.RequestError) else host
    if isinstance(error, httpx.TimeoutException):
        return Transient(PlatformUnavailable(f"{host} did not answer in time.", code="platform_timeout"))
    if isinstance(error, httpx.ConnectError) and any(_is_tls(cause) for cause in _causes(error)):
        return PlatformUnavailable(f"{host} cannot prove that it is {host}.", code="tls_failed")
    return Transient(PlatformUnavailable(f"The connection to {host} broke off or could not be made."))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _is_tls(error: BaseException) -> bool:
    # A connection that ends in the middle of the handshake is a broken connection, not a wrong certificate.
    return isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)


def _seconds(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
