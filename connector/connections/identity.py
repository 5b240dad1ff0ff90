"""Which badge this is, and which issuer: one badge stays one record under every address and through every way in.

A platform's own key identifies its badges. A badge that is known by an address belongs to the platform that vouches for
that address, if one is installed; of any other it is the address itself, without what differs from one spelling of it
to the next.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from adapters import installed
from adapters.contract import Adapter, BadgeKey, Verification

_VERSION_ASKED_FOR = "v"
_DEFAULT_PORTS = {"https": 443, "http": 80}
_WEB = re.compile(r"https?://[^/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Voucher:
    """Who vouches for a badge: its key, what the platform is called, and where an issued badge can be checked."""

    key: BadgeKey
    platform_name: str
    verification: Verification | None


def voucher(adapter: Adapter, badge_id: str) -> Voucher:
    """Who vouches for a badge that an adapter knows by `badge_id`."""
    if not _is_address(badge_id):
        return Voucher(BadgeKey(adapter.authority(), badge_id), adapter.name, adapter.verification)
    return of_address(badge_id)


@lru_cache(maxsize=10_000)
def issuer_key(issuer_id: str) -> str:
    """What an issuer is known by, whichever adapter has read it and under whatever address."""
    if not _is_address(issuer_id):
        return issuer_id
    known = (kind.issuer_known_as(issuer_id) for kind in installed().values())
    return next(filter(None, known), _without_spelling(issuer_id))


@lru_cache(maxsize=10_000)
def of_address(address: str) -> Voucher:
    """Who vouches for the badge at a web address."""
    for kind in installed().values():
        if known := kind.known_as(address):
            return Voucher(known, kind.name, kind.verification)
    host = _host(address)
    return Voucher(BadgeKey(host, _without_spelling(address)), host, None)


def _is_address(text: str) -> bool:
    """Whether a text begins as a web address does and can be taken apart as one."""
    try:
        urlsplit(text)
    except ValueError:
        return False
    return _WEB.match(text) is not None


def _host(address: str) -> str:
    """The host that vouches for an address, with its port where that is not the usual one."""
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    port = _port(address)
    return host if port in (None, _DEFAULT_PORTS.get(parts.scheme.lower())) else f"{host}:{port}"


def _port(address: str) -> int | None:
    try:
        return urlsplit(address).port
    except ValueError:
        return None


def _without_spelling(address: str) -> str:
    """An address without what differs: scheme, `www.`, file ending, the version of the standard that was asked for."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/").removesuffix(".json")
    asked = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in asked if pair[0] != _VERSION_ASKED_FOR])
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"https://{_host(address)}{path or '/'}{'?' if query else ''}{query}{fragment}"
