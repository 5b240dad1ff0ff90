"""Badges as they arrive from a platform: read, compared with what we know, mapped where they say something new.

Nothing here touches the database: it is the slow part of a sync and runs outside every transaction.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

import orjson

from adapters.contract import Adapter
from connector.credentials.mapping import badge_hash, context
from connector.credentials.unreadable import LARGEST_ITEM_BYTES, too_large, unreadable, written
from connector.organizations.accounts import Organization
from connector.problem import Problem
from mappings.canonical import digest
from mappings.crosswalk.credential import Mapped, credential
from mappings.open_badges.model import Issuer


@dataclass(frozen=True, slots=True)
class Source:
    """Where badges come from, and whose they are: `owners` maps issuer ids to organizations a person confirmed."""

    connection_id: int
    organization: Organization
    adapter: Adapter
    owners: Mapping[str, Organization]
    takes_over: frozenset[int] = frozenset()
    """Connections whose badges are this one's to watch from now on, where it lists them too."""

    @property
    def authority(self) -> str:
        """The host family that vouches for the badge ids."""
        return self.adapter.authority()

    def may_change(self, known: "Known") -> bool:
        """Whether a badge is this connection's: of two that list it, one says what it is, the other only sees it."""
        return known.connection_id == self.connection_id or known.connection_id in self.takes_over


class Known(NamedTuple):
    """A badge we have, as we last saw it. `missed`: a listing since then did not show it."""

    identity: int
    connection_id: int
    record_id: str | None
    ctid: str | None
    source_hash: str
    badge_hash: str | None
    unreadable: str | None
    missed: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """One badge of a listing: `mapped` where it says something new, else why not.

    `unreadable` is a problem in the form in which `connector.credentials.unreadable` keeps it.
    """

    badge_id: str
    issuer: Issuer
    definition: bytes = b"{}"
    source_hash: str = ""
    badge_hash: str | None = None
    mapped: Mapped | None = None
    unreadable: str | None = None
    skipped: str | None = None

    def outcome(self, known: Known | None) -> str:
        """What the arrival counts as: new, changed, unchanged, unreadable or skipped."""
        if self.unreadable:
            return "unreadable"
        if self.skipped:
            return "skipped"
        if known is None or (known.record_id is None and self.mapped):
            return "new"
        return "unchanged" if self.mapped is None or self.badge_hash == known.badge_hash else "changed"


def read(adapter: Adapter, items: Iterable[tuple[bytes, Issuer]]) -> list[Arrival]:
    """The raw items of a page, hashed and stripped to their known members; one that cannot be read says why."""
    return [_read(adapter, raw, issuer) for raw, issuer in items]


def first_time(arrived: Iterable[Arrival], seen: Set[str]) -> list[Arrival]:
    """Those that a listing shows for the first time, each badge once: of two with one id the first counts."""
    fresh: dict[str, Arrival] = {}
    for arrival in arrived:
        if arrival.badge_id not in seen:
            fresh.setdefault(arrival.badge_id, arrival)
    return list(fresh.values())


def examined(source: Source, arrivals: Iterable[Arrival], known: Mapping[str, Known]) -> list[Arrival]:
    """Map what is new or has changed; leave as it is what is as we know it."""
    return [_examined(source, arrival, known.get(arrival.badge_id)) for arrival in arrivals]


def _read(adapter: Adapter, raw: bytes, issuer: Issuer) -> Arrival:
    badge_id = ""
    try:
        badge_id = adapter.badge_id(raw)
        if len(raw) > LARGEST_ITEM_BYTES:
            raise too_large(len(raw))
        definition = adapter.definition(raw)
        return Arrival(badge_id, issuer, definition, digest(orjson.loads(definition)))
    except Exception as unread:
        # Whatever one item does to its reader, the others go on.
        reason = _reason(unread)
        return Arrival(badge_id or _nameless(raw), issuer, source_hash=sha256(raw).hexdigest(), unreadable=reason)


def _nameless(raw: bytes) -> str:
    """What an item without an id is known by: its content, whatever the order of its members."""
    try:
        return f"sha256:{digest(orjson.loads(raw))}"
    except (orjson.JSONDecodeError, RecursionError):
        return f"sha256:{sha256(raw).hexdigest()}"


def _examined(source: Source, arrival: Arrival, known: Known | None) -> Arrival:
    if known and not source.may_change(known):
        return replace(arrival, unreadable=None)
    if arrival.unreadable or (known and _is_as_known(arrival, known)):
        return arrival
    try:
        badge = source.adapter.badge_class(arrival.definition, arrival.issuer)
        reason = source.adapter.skips(badge) if known is None else None
        if reason:
            return replace(arrival, skipped=reason)
        now = badge_hash(badge)
        if known and known.badge_hash == now and not (known.missed or known.unreadable):
            return arrival
        owner = source.owners.get(badge.issuer.id) if badge.issuer else None
        mapped = credential(badge, context(source.adapter, owner), ctid=known.ctid if known else None)
        return replace(arrival, badge_hash=now, mapped=mapped)
    except Exception as unread:
        return replace(arrival, unreadable=_reason(unread))


def _is_as_known(arrival: Arrival, known: Known) -> bool:
    return known.source_hash == arrival.source_hash and not (known.missed or known.unreadable)


def _reason(unread: Exception) -> str:
    return written(unread if isinstance(unread, Problem) else unreadable(unread))
