"""Signing requests in: by a token that goes with each, or by OAuth 2.0 client credentials (RFC 6749 §4.4).

Authlib writes the token request and nothing else: its clients would go out past the guard.
"""

import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]

from adapters.contract import (
    ApiToken,
    AuthorizationExpired,
    AuthorizationServer,
    PlatformRefused,
    PlatformUnavailable,
)
from connector.http.outcomes import failure, members, quoted

RENEW_AFTER = 0.8
UNKNOWN_LIFETIME_SECONDS = 3600.0
LONGEST_LIFETIME_SECONDS = 86_400.0

_SENDABLE = re.compile(r"[\x21-\x7e]+")
_RECONNECT = ("invalid_client", "unauthorized_client", "invalid_grant")

Flow = Generator[httpx.Request, httpx.Response, None]


class SignIn(httpx.Auth):
    """A way to sign in, and which strings must never be shown. As it stands: none, for public reading."""

    def hidden(self) -> frozenset[str]:
        """The secrets, in every form in which they travel."""
        return frozenset()


def sign_in_with(how: AuthorizationServer | ApiToken | None, secrets: Mapping[str, str]) -> SignIn:
    """The flow for `how`; `secrets` maps the names of secrets to their values.

    Raises AuthorizationExpired where a secret is missing, PlatformRefused where it cannot be one.
    """
    match how:
        case None:
            return SignIn()
        case ApiToken(secret=name, scheme=scheme):
            return TokenSignIn(_secret(secrets, name), scheme)
        case AuthorizationServer():
            # The client id is public: an adapter may name a secret that holds it, or give the id itself.
            client_id = secrets.get(how.client_id, how.client_id)
            return ClientCredentials(how, client_id, _secret(secrets, how.client_secret))


class TokenSignIn(SignIn):
    """The same token with every request: as Basic user name with an empty password, or as Bearer."""

    def __init__(self, token: str, scheme: str) -> None:
        basic = b64encode(f"{token}:".encode()).decode()
        self._header = f"Basic {basic}" if scheme == "basic" else f"Bearer {token}"
        self._hidden = frozenset({token, basic, quote(token, safe="")})

    def hidden(self) -> frozenset[str]:
        """The token, plain and as it travels."""
        return self._hidden

    def auth_flow(self, request: httpx.Request) -> Flow:
        """The request with its Authorization header."""
        request.headers["Authorization"] = self._header
        yield request


@dataclass(frozen=True, slots=True)
class _AccessToken:
    value: str = field(repr=False)
    renew_at: float


class ClientCredentials(SignIn):
    """OAuth 2.0 client credentials: one token for all threads, renewed in time and once after a 401."""

    def __init__(
        self,
        server: AuthorizationServer,
        client_id: str,
        client_secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = server.token_endpoint
        self._body: str = prepare_token_request(
            "client_credentials", client_id=client_id, client_secret=client_secret, scope=server.scope
        )
        self._secret = client_secret
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _AccessToken | None = None
        self._rejected: str | None = None

    def hidden(self) -> frozenset[str]:
        """The client secret, plain and form-encoded, and the access token."""
        token = self._token
        forms = {self._secret, quote(self._secret, safe=""), quote_plus(self._secret)}
        return frozenset(forms | ({token.value} if token else set()))

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        """A token request where one is needed, then the request; both again, once, after a 401."""
        token = yield from self._current(request, refused=None)
        request.headers["Authorization"] = f"Bearer {token.value}"
        response = yield request
        if response.status_code == 401:
            token = yield from self._current(request, refused=token)
            request.headers["Authorization"] = f"Bearer {token.value}"
            yield request

    def _current(
        self, request: httpx.Request, refused: _AccessToken | None
    ) -> Generator[httpx.Request, httpx.Response, _AccessToken]:
        # Held while the token request is under way: other threads wait for its token instead of asking too.
        with self._lock:
            if self._rejected is not None:
                raise AuthorizationExpired(self._rejected)
            token = self._token
            if token is None or token is refused or self._clock() >= token.renew_at:
                token = self._granted((yield self._token_request(request)))
                self._token = token
            return token

    def _token_request(self, request: httpx.Request) -> httpx.Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        headers |= {name: request.headers[name] for name in ("User-Agent", "Accept-Encoding")}
        return httpx.Request(
            "POST", self._endpoint, content=self._body, headers=headers, extensions=dict(request.extensions)
        )

    def _granted(self, response: httpx.Response) -> _AccessToken:
        answer, host = members(response), response.request.url.host
        said = quoted(answer, self.hidden())
        error = str(answer.get("error", "")).replace(" ", "_")
        if response.status_code == 401 or (response.status_code < 429 and error.startswith(_RECONNECT)):
            # Kept, because asking again with the same secret would only make the platform slow us down.
            self._rejected = f"{host} does not accept the client id and secret.{said} Enter them again."
            raise AuthorizationExpired(self._rejected)
        if response.status_code == 400 and error.startswith("invalid_scope"):
            raise PlatformRefused(
                f"{host} does not grant this application the permission it needs.{said}",
                code="permission_missing",
                action="Ask the platform to allow the application to read badge definitions.",
            )
        failed = failure(response, self.hidden())
        if failed is not None:
            raise failed
        return self._read(answer, host)

    def _read(self, answer: dict[str, object], host: str) -> _AccessToken:
        value, kind = answer.get("access_token"), answer.get("token_type", "Bearer")
        if not isinstance(value, str) or not _SENDABLE.fullmatch(value) or str(kind).lower() != "bearer":
            raise PlatformUnavailable(f"{host} answered the sign-in without a token that can be used.")
        return _AccessToken(value, self._clock() + RENEW_AFTER * lifetime(answer.get("expires_in")))


def lifetime(expires_in: object) -> float:
    """Seconds a token may be used (RFC 6749 §5.1): at most a day, an hour where it says nothing usable."""
    try:
        seconds = float(expires_in) if isinstance(expires_in, int | float | str) else 0.0
    except OverflowError:
        seconds = LONGEST_LIFETIME_SECONDS
    except ValueError:
        seconds = 0.0
    known = seconds > 0 and not isinstance(expires_in, bool)
    return min(seconds, LONGEST_LIFETIME_SECONDS) if known else UNKNOWN_LIFETIME_SECONDS


def _secret(secrets: Mapping[str, str], name: str) -> str:
    value = secrets.get(name, "").strip()
    if not value:
        raise AuthorizationExpired(f"The secret {name} is not stored any more. Connect again and enter it.")
    if not _SENDABLE.fullmatch(value):
        raise PlatformRefused(
            f"The secret {name} holds characters that no token has.",
            code="secret_unusable",
            action="Copy it again, without spaces or line breaks.",
        )
    return value
