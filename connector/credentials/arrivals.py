"""Badges as they arrive from a platform: read, compared with what we know, mapped where they say something new.

Nothing here touches the database: it is the slow part of a sync and runs outside every transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

import orjson

from adapters.contract import Adapter, BadgeKey, Page, Unread
from connector.connections.identity import Voucher, issuer_key, voucher
from connector.credentials.mapping import NOTHING_DECIDED, Decided, badge_hash, mapped
from connector.credentials.unreadable import LARGEST_ITEM_BYTES, too_large, unreadable, written
from connector.organizations.accounts import Organization
from connector.problem import Problem, of_platform
from mappings.canonical import digest
from mappings.crosswalk.credential import Mapped
from mappings.open_badges.model import Issuer


@dataclass(frozen=True, slots=True)
class Source:
    """Where badges come from, and whose they are: `owners` maps issuers' keys to organizations a person confirmed."""

    connection_id: int
    organization: Organization
    adapter: Adapter
    owners: Mapping[str, Organization]
    decided: Decided = NOTHING_DECIDED
    takes_over: frozenset[int] = frozenset()
    """Connections whose badges are this one's to watch from now on, where it lists them too."""

    def may_change(self, known: "Known") -> bool:
        """Whether a badge is this connection's: of two that list it, one says what it is, the other only sees it."""
        return known.connection_id == self.connection_id or known.connection_id in self.takes_over


class Known(NamedTuple):
    """A badge we have, as we last saw it. `missed`: a listing since then did not show it.

    `is_primary`: its record takes its content from it; else the record has other sources, and this one only suggests.
    """

    identity: int
    connection_id: int
    record_id: str | None
    ctid: str | None
    source_hash: str
    badge_hash: str | None
    unreadable: str | None
    missed: bool
    is_primary: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """One badge of a listing: `mapped` where it says something new, else why not.

    `unreadable` is a problem in the form in which `connector.credentials.unreadable` keeps it.
    """

    vouched_by: Voucher
    issuer: Issuer
    definition: bytes = b"{}"
    source_hash: str = ""
    badge_hash: str | None = None
    mapped: Mapped | None = None
    unreadable: str | None = None
    skipped: str | None = None
    gone: bool = False
    """The platform names the badge no more, or says that it is not there: a badge we have is then missing."""

    @property
    def key(self) -> BadgeKey:
        """What the badge is known by."""
        return self.vouched_by.key

    def outcome(self, known: Known | None) -> str:
        """What the arrival counts as: new, changed, unchanged, unreadable or skipped."""
        if self.unreadable:
            return "unreadable"
        if self.skipped:
            return "skipped"
        if known is None or (known.record_id is None and self.mapped):
            return "new"
        return "unchanged" if self.mapped is None or self.badge_hash == known.badge_hash else "changed"


def read(adapter: Adapter, pages: Iterable[Page]) -> list[Arrival]:
    """The raw items of pages, hashed and stripped to their known members; one that cannot be read says why."""
    return [arrival for page in pages for arrival in _of_page(adapter, page)]


def first_time(arrived: Iterable[Arrival], seen: Set[str]) -> list[Arrival]:
    """Those that a listing shows for the first time, each badge once: of two with one key the first counts."""
    fresh: dict[BadgeKey, Arrival] = {}
    for arrival in arrived:
        if str(arrival.key) not in seen:
            fresh.setdefault(arrival.key, arrival)
    return list(fresh.values())


def still_there(arrived: Iterable[Arrival], known: Mapping[BadgeKey, Known]) -> list[Arrival]:
    """Without those that are gone and that we have: for a listing, these are missing."""
    return [each for each in arrived if not (each.gone and each.key in known and known[each.key].record_id)]


def examined(source: Source, arrivals: Iterable[Arrival], known: Mapping[BadgeKey, Known]) -> list[Arrival]:
    """Map what is new or has changed; leave as it is what is as we know it."""
    return [_examined(source, arrival, known.get(arrival.key)) for arrival in arrivals]


def _of_page(adapter: Adapter, page: Page) -> Iterator[Arrival]:
    yield from (_read(adapter, raw, issuer) for raw, issuer in page.items)
    yield from (_unread(adapter, each) for each in page.unread)


def _unread(adapter: Adapter, each: Unread) -> Arrival:
    reason = written(of_platform(each.why))
    return Arrival(voucher(adapter, each.badge_id), Issuer(id=""), unreadable=reason, gone=each.gone)


def _read(adapter: Adapter, raw: bytes, issuer: Issuer) -> Arrival:
    badge_id = ""
    try:
        badge_id = adapter.badge_id(raw)
        if len(raw) > LARGEST_ITEM_BYTES:
            raise too_large(len(raw))
        definition = adapter.definition(raw)
        return Arrival(voucher(adapter, badge_id), issuer, definition, digest(orjson.loads(definition)))
    except Exception as unread:
        # Whatever one item does to its reader, the others go on.
        vouches, mark = voucher(adapter, badge_id or _nameless(raw)), sha256(raw).hexdigest()
        return Arrival(vouches, issuer, source_hash=mark, unreadable=_reason(unread))


def _nameless(raw: bytes) -> str:
    """What an item without an id is known by: its content, whatever the order of its members."""
    try:
        return f"sha256:{digest(orjson.loads(raw))}"
    except (orjson.JSONDecodeError, RecursionError):
        return f"sha256:{sha256(raw).hexdigest()}"


def _examined(source: Source, arrival: Arrival, known: Known | None) -> Arrival:
    if known and not source.may_change(known):
        return replace(arrival, unreadable=None)
    if arrival.unreadable or (known and known.source_hash == arrival.source_hash and _is_settled(source, known)):
        return arrival
    try:
        badge = source.adapter.badge_class(arrival.definition, arrival.issuer)
        reason = source.adapter.skips(badge) if known is None else None
        if reason:
            return replace(arrival, skipped=reason)
        now = badge_hash(badge)
        if known and known.badge_hash == now and _is_settled(source, known):
            return arrival
        owner = source.owners.get(issuer_key(badge.issuer.id)) if badge.issuer else None
        ctid = known.ctid if known else None
        found = mapped(source.adapter, badge, owner, source.decided, through=source.connection_id, ctid=ctid)
        return replace(arrival, badge_hash=now, mapped=found)
    except Exception as unread:
        return replace(arrival, unreadable=_reason(unread))


def _is_settled(source: Source, known: Known) -> bool:
    """Whether nothing has to be written of a badge that says what it said: it was there, and this connection's."""
    return known.connection_id == source.connection_id and not (known.missed or known.unreadable)


def _reason(unread: Exception) -> str:
    return written(unread if isinstance(unread, Problem) else unreadable(unread))
