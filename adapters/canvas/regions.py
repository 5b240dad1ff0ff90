"""The hosts of the Badgr family: regions under their old and new names, servers of one's own, and badges' addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from adapters.contract import BadgeKey

RegionName = Literal["us", "eu", "au", "ca", "sg", "demo", "test"]


@dataclass(frozen=True, slots=True)
class Region:
    """One of the hosted sites: who vouches for its badges, and its hosts, those first that are dialled.

    `for_trials`: nothing that counts is done there, so a password may be used; the others are in production.
    """

    authority: str
    api: tuple[str, ...]
    ui: tuple[str, ...]
    for_trials: bool = False


# The names at parchment.sg and demo.badges.parchment.com are made after the pattern of the others, nobody wrote them
# down; `ui_url` goes before them. Badges keep the old API names in their ids, so those are the ones that are dialled.
REGIONS: dict[RegionName, Region] = {
    "us": Region("badgr.io", ("api.badgr.io", "api.badges.parchment.com"), ("badges.parchment.com", "badgr.com")),
    "eu": Region(
        "eu.badgr.io", ("api.eu.badgr.io", "api.badges.parchment.eu"), ("badges.parchment.eu", "eu.badgr.com")
    ),
    "au": Region(
        "au.badgr.io", ("api.au.badgr.io", "api.badges.parchment.au"), ("badges.parchment.au", "au.badgr.com")
    ),
    "ca": Region(
        "ca.badgr.io", ("api.ca.badgr.io", "api.badges.parchment.ca"), ("badges.parchment.ca", "ca.badgr.com")
    ),
    "sg": Region(
        "sg.badgr.io", ("api.sg.badgr.io", "api.badges.parchment.sg"), ("badges.parchment.sg", "sg.badgr.com")
    ),
    "demo": Region(
        "demo.badgr.com",
        ("api.demo.badgr.com", "api.demo.badges.parchment.com"),
        ("demo.badges.parchment.com", "demo.badgr.com"),
        for_trials=True,
    ),
    "test": Region(
        "test.badgr.com",
        ("api.test.badgr.com", "api.test.badges.parchment.com"),
        ("test.badges.parchment.com", "test.badgr.com"),
        for_trials=True,
    ),
}

_DEFAULT_PORTS = {"https": "443", "http": "80"}
_ADDRESS = re.compile(
    r"(?i:(?P<scheme>https?)://(?:www\.)?(?P<host>[^\s/?#@:\\\[\]]+?)\.?(?::(?P<port>[0-9]{1,5}))?)(?P<rest>[/?#].*)?",
    re.DOTALL,
)
_PUBLIC = re.compile(
    r"(?:/api)?(?:/v[12])?/public/"
    r"(?:badges/(?P<badge>[A-Za-z0-9_-]{22})(?:/image|/criteria)?|issuers/(?P<issuer>[A-Za-z0-9_-]{22})(?:/image|/badges)?)"
    r"(?:\.json)?/?(?:[?#].*)?",
    re.DOTALL,
)


def _by_host() -> Iterator[tuple[str, Region]]:
    for region in REGIONS.values():
        for host in (region.authority, *region.api, *region.ui):
            yield host, region


_REGION_OF = dict(_by_host())


def region_of(address: str) -> Region | None:
    """The hosted region that an address belongs to, under any of its names; None for a server of one's own."""
    return _REGION_OF.get(authority_of(address))


def authority_of(address: str) -> str:
    """The host of an address, with its port where that is not the usual one; empty where it is no web address."""
    parts = _ADDRESS.fullmatch(address.strip())
    if parts is None:
        return ""
    host, port = parts["host"].lower(), parts["port"]
    return host if port in (None, _DEFAULT_PORTS[parts["scheme"].lower()]) else f"{host}:{port}"


def badge_key(address: str) -> BadgeKey | None:
    """The badge that a public address names, in every spelling; None where it names none of the Badgr family."""
    badge_id = _named(address, "badge")
    if badge_id is None:
        return None
    region = region_of(address)
    return BadgeKey(region.authority if region else authority_of(address), badge_id)


def issuer_id(address: str) -> str | None:
    """The entityId of the issuer that a public address names, or that of its list; None where it names none."""
    return _named(address, "issuer")


def _named(address: str, kind: str) -> str | None:
    parts = _ADDRESS.fullmatch(address.strip())
    named = _PUBLIC.fullmatch(parts["rest"] or "") if parts else None
    return named[kind] if named else None
