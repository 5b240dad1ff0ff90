"""The way from a connection to its platform: sign-in and limits in place, secrets opened for this one use."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from adapters.contract import (
    Adapter,
    AuthorizationCode,
    AuthorizationExpired,
    Check,
    CheckName,
    PasswordCredentials,
    PlatformRefused,
    PlatformUnavailable,
    SignIn,
)
from connector.connections import accounts
from connector.connections.accounts import Account
from connector.connections.secrets import keyring
from connector.connections.tokens import StoredTokens
from connector.http import Granted, PlatformHttp, Tokens, platform_http
from connector.problem import Problem, of_platform
from connector.settings import Settings
from connector.storage import Database

PUBLIC_REQUESTS_PER_MINUTE = 6000
ORDER: tuple[CheckName, ...] = ("reach", "sign_in", "permission", "issuers", "badges")


@contextmanager
def connected(database: Database, settings: Settings, account: Account) -> Iterator[PlatformHttp]:
    """The `http` of a connection, with its secrets and tokens, closed at the end of the block.

    Problem where its settings and secrets name no way in; AuthorizationExpired where a person has to sign in first.
    """
    keys = keyring(settings)
    with database.reading() as connection:
        secrets = accounts.opened_secrets(connection, keys, account.id, pending=account.pending)

    def stored(sign_in: AuthorizationCode | PasswordCredentials) -> Tokens:
        if account.tokens is None:
            raise AuthorizationExpired("Nobody has signed in for this connection yet.")
        return StoredTokens(database, keys, account.tokens, sign_in.token_endpoint)

    with reached(accounts.adapter_of(account), secrets, settings, tokens=stored) as http:
        yield http


@contextmanager
def reached(
    adapter: Adapter,
    secrets: Mapping[str, str],
    settings: Settings,
    *,
    tokens: Callable[[AuthorizationCode | PasswordCredentials], Tokens] | None = None,
) -> Iterator[PlatformHttp]:
    """The platform's `http`, closed at the end of the block; `tokens` where a person signs in.

    Problem where settings and secrets name no way in.
    """
    try:
        sign_in = adapter.sign_in(frozenset(secrets))
    except ValueError as lacking:
        raise Problem("settings_outdated", str(lacking), action="Reconnect; the records stay.") from None
    sign_in, secrets = _with_client(sign_in, secrets, settings)
    by_person = sign_in if isinstance(sign_in, AuthorizationCode | PasswordCredentials) else None
    with platform_http(
        adapter.base_url(),
        sign_in,
        secrets,
        tokens=tokens(by_person) if by_person and tokens else None,
        allowed_private_hosts=settings.private_hosts,
        requests_per_minute=adapter.requests_per_minute,
    ) as http:
        yield http


@dataclass(frozen=True, slots=True)
class _JustGranted:
    """Tokens that are used at once and renewed by nobody."""

    granted: Granted

    def current(self) -> str:
        return self.granted.access_token

    def renewed(self, refused: str, ask: object) -> str:
        raise AuthorizationExpired("The platform does not accept the sign-in that it has just given.")

    def hidden(self) -> frozenset[str]:
        return frozenset(filter(None, (self.granted.access_token, self.granted.refresh_token)))


def just_granted(granted: Granted) -> Callable[[object], Tokens]:
    """Tokens that have just been given out, for a first look before they are kept."""
    return lambda sign_in: _JustGranted(granted)


def _with_client(
    sign_in: SignIn | None, secrets: Mapping[str, str], settings: Settings
) -> tuple[SignIn | None, Mapping[str, str]]:
    if not isinstance(sign_in, AuthorizationCode):
        return sign_in, secrets
    client_id, client_secret = accounts.client_of(sign_in, secrets, settings)
    given = {sign_in.client_secret: client_secret} if client_secret else {}
    return replace(sign_in, client_id=client_id), {**secrets, **given}


@contextmanager
def reached_in_public(base_url: str, private_hosts: frozenset[str]) -> Iterator[PlatformHttp]:
    """An `http` for what anybody may read, such as a registry."""
    with platform_http(
        base_url, None, {}, allowed_private_hosts=private_hosts, requests_per_minute=PUBLIC_REQUESTS_PER_MINUTE
    ) as http:
        yield http


def checked(adapter: Adapter, http: PlatformHttp) -> Iterator[tuple[Check, Problem | None]]:
    """The adapter's checks; the first one that fails comes with its problem and ends them."""
    passed: list[CheckName] = []
    try:
        for check in adapter.checks(http):
            passed.append(check.name)
            yield check, None
    except (AuthorizationExpired, PlatformUnavailable, PlatformRefused) as raised:
        problem = of_platform(raised)
        if not passed and not isinstance(raised, PlatformUnavailable) and problem.code != "private_address":
            # Whoever refuses has been reached.
            yield (
                Check("reach", True, f"{urlsplit(adapter.base_url() or '').hostname or 'The platform'} answers."),
                None,
            )
            passed.append("reach")
        yield Check(_failed(raised, passed), False, f"{problem.message} {problem.action}"), problem


def sign_in_ends(adapter: Adapter, http: PlatformHttp) -> str | None:
    """The day on which the sign-in ends, where the platform tells and lets this sign-in see it."""
    try:
        return adapter.sign_in_ends(http)
    except (AuthorizationExpired, PlatformUnavailable, PlatformRefused):
        return None


def _failed(raised: Exception, passed: list[CheckName]) -> CheckName:
    if isinstance(raised, AuthorizationExpired):
        return "sign_in"
    if isinstance(raised, PlatformRefused) and raised.code == "permission_missing":
        return "permission"
    if isinstance(raised, PlatformRefused) and raised.code == "not_found":
        return "issuers"
    return next((name for name in ORDER if name not in passed), "badges")
