"""Signing requests in: by a token that goes with each, by OAuth 2.0 client credentials (RFC 6749 §4.4), or by tokens
that were granted to a person, are kept elsewhere and are renewed when the platform refuses one (§6).
"""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]

from adapters import contract
from adapters.contract import (
    ApiToken,
    AuthorizationCode,
    AuthorizationExpired,
    AuthorizationServer,
    PasswordCredentials,
    PlatformRefused,
)
from connector.http.grants import FORM, Granted, TokenEndpoint, accepted, as_they_travel, positive_seconds, sendable

RENEW_AFTER = 0.8
UNKNOWN_LIFETIME_SECONDS = 3600.0

Flow = Generator[httpx.Request, httpx.Response, None]
Ask = Callable[[Mapping[str, str]], Granted]


class Tokens(Protocol):
    """The tokens of one connection, wherever they are kept. Called from several threads at once."""

    def current(self) -> str:
        """The access token to send. Raises as `renewed` does where there is none to be had."""

    def renewed(self, refused: str, ask: Ask) -> str:
        """Another access token than `refused`, which the platform has just answered with 401.

        `ask` sends a grant to the token endpoint; it is called at most once, outside of a transaction, and not at all
        where somebody else has renewed meanwhile. May wait while another process renews. Raises what `ask` raises.
        """

    def hidden(self) -> frozenset[str]:
        """The secrets that must never be shown. Takes no lock that `renewed` holds."""


class SignIn(httpx.Auth):
    """A way to sign in, and which strings must never be shown. As it stands: none, for public reading."""

    def hidden(self) -> frozenset[str]:
        """The secrets, in every form in which they travel."""
        return frozenset()


def sign_in_with(
    how: contract.SignIn | None,
    secrets: Mapping[str, str],
    tokens: Tokens | None,
    endpoint: Callable[[str, tuple[str, str] | None], TokenEndpoint],
) -> SignIn:
    """The flow for `how`; `secrets` maps the names of secrets to their values, `endpoint` makes a TokenEndpoint.

    Raises AuthorizationExpired where a secret is missing, PlatformRefused where it cannot be one, ValueError where
    a person's tokens are needed and not given.
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
        case AuthorizationCode(token_endpoint=address, client_id=client_id):
            # Without a secret the client is a public one (RFC 6749 §2.1).
            secret = _secret(secrets, how.client_secret) if secrets.get(how.client_secret) else ""
            client = (client_id, secret) if client_id else None
            return RenewableSignIn(_given(tokens), endpoint(address, client))
        case PasswordCredentials(token_endpoint=address):
            return RenewableSignIn(_given(tokens), endpoint(address, None))


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
        return as_they_travel(self._secret) | ({token.value} if token else set())

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
        headers = FORM | {name: request.headers[name] for name in ("User-Agent", "Accept-Encoding")}
        return httpx.Request(
            "POST", self._endpoint, content=self._body, headers=headers, extensions=dict(request.extensions)
        )

    def _granted(self, response: httpx.Response) -> _AccessToken:
        try:
            answer = accepted(response, self.hidden(), "client_credentials")
        except AuthorizationExpired as rejected:
            # Kept, because asking again with the same secret would only make the platform slow us down.
            self._rejected = str(rejected)
            raise
        return _AccessToken(answer["access_token"], self._clock() + RENEW_AFTER * lifetime(answer.get("expires_in")))


class RenewableSignIn(SignIn):
    """A person's access token as Bearer; after a 401 the renewed one, once.

    No clock is asked: a platform may let a token live on while it is used, so `expires_in` is only a lower bound.
    """

    def __init__(self, tokens: Tokens, endpoint: TokenEndpoint) -> None:
        self._tokens = tokens
        self._endpoint = endpoint
        self._sent: set[str] = set()

    def hidden(self) -> frozenset[str]:
        """The tokens as they are kept, every access token that was sent, and the client secret."""
        return as_they_travel(*self._tokens.hidden(), *self._sent) | self._endpoint.hidden()

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        """The request with the current token, and once more with a renewed one after a 401."""
        token = self._tokens.current()
        response = yield self._signed(request, token)
        if response.status_code == 401:
            yield self._signed(request, self._tokens.renewed(token, self._endpoint.ask))

    def _signed(self, request: httpx.Request, token: str) -> httpx.Request:
        self._sent.add(token)
        request.headers["Authorization"] = f"Bearer {token}"
        return request


def lifetime(expires_in: object) -> float:
    """Seconds a token may be used (RFC 6749 §5.1): at most a day, an hour where it says nothing usable."""
    return positive_seconds(expires_in) or UNKNOWN_LIFETIME_SECONDS


def _given(tokens: Tokens | None) -> Tokens:
    if tokens is None:
        raise ValueError("Whoever signs in as a person needs the tokens that were granted to that person.")
    return tokens


def _secret(secrets: Mapping[str, str], name: str) -> str:
    value = secrets.get(name, "").strip()
    if not value:
        raise AuthorizationExpired(f"The secret {name} is not stored any more. Connect again and enter it.")
    if not sendable(value):
        raise PlatformRefused(
            f"The secret {name} holds characters that no token has.",
            code="secret_unusable",
            action="Copy it again, without spaces or line breaks.",
        )
    return value
