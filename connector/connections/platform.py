"""The way from a connection to its platform: sign-in and limits in place, secrets opened for this one use."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from adapters.contract import (
    Adapter,
    AuthorizationExpired,
    Check,
    CheckName,
    PlatformRefused,
    PlatformUnavailable,
)
from connector.http import PlatformHttp, platform_http
from connector.problem import Problem, of_platform

PUBLIC_REQUESTS_PER_MINUTE = 6000
ORDER: tuple[CheckName, ...] = ("reach", "sign_in", "permission", "issuers", "badges")


@contextmanager
def reached(adapter: Adapter, secrets: dict[str, str], private_hosts: frozenset[str]) -> Iterator[PlatformHttp]:
    """The platform's `http`, closed at the end of the block. Problem where settings and secrets name no way in."""
    try:
        sign_in = adapter.sign_in(frozenset(secrets))
    except ValueError as lacking:
        raise Problem("settings_outdated", str(lacking), action="Reconnect; the records stay.") from None
    with platform_http(
        adapter.base_url(),
        sign_in,
        secrets,
        allowed_private_hosts=private_hosts,
        requests_per_minute=adapter.requests_per_minute,
    ) as http:
        yield http


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
            yield Check("reach", True, f"{urlsplit(adapter.base_url()).hostname} answers."), None
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
