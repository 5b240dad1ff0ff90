"""Takes a batch of arrivals into the records, in one short transaction."""

from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from adapters.contract import BadgeKey
from connector.credentials import coming_back, verification_services
from connector.credentials.arrivals import Arrival, Known, Source, examined, still_there
from connector.credentials.records import approved_properties, columns, edits_of, slices, stored, write
from connector.credentials.state import Record, SourceChanged, decide
from connector.credentials.tables import record, source_identity
from connector.credentials.unreadable import written
from connector.organizations.accounts import Organization
from connector.storage import Database
from mappings.crosswalk.credential import Mapped

Pair = tuple[Arrival, Known]
_KNOWN = tuple(
    source_identity.c[name]
    for name in (
        "id",
        "badge_id",
        "connection_id",
        "record_id",
        "is_primary",
        "source_hash",
        "badge_hash",
        "unreadable",
        "suspected_in",
        "gone_at",
    )
)


def known_badges(connection: Connection, source: Source, keys: Sequence[BadgeKey]) -> dict[BadgeKey, Known]:
    """Those of the badges that we have, by key."""
    found: dict[BadgeKey, Known] = {}
    for authority in sorted({each.authority for each in keys}):
        ids = [each.badge_id for each in keys if each.authority == authority]
        found |= {
            BadgeKey(authority, badge_id): known for badge_id, known in _known(connection, source, authority, ids)
        }
    return found


def compared(
    database: Database, source: Source, arrived: Sequence[Arrival]
) -> tuple[list[Arrival], dict[BadgeKey, Known]]:
    """Arrivals beside what we know of them: those that are there, mapped where they say something new; and the known.

    Nothing is written, and the mapping happens outside of any transaction.
    """
    with database.reading() as connection:
        known = known_badges(connection, source, [arrival.key for arrival in arrived])
    return examined(source, still_there(arrived, known), known), known


def _known(
    connection: Connection, source: Source, authority: str, badge_ids: Sequence[str]
) -> Iterator[tuple[str, Known]]:
    s = source_identity.c
    query = (
        select(*_KNOWN, record.c.ctid)
        .outerjoin(record, record.c.id == s.record_id)
        .where(s.organization_id == source.organization.id, s.authority == authority)
    )
    for some in slices(badge_ids):
        for row in connection.execute(query.where(s.badge_id.in_(some))):
            yield (
                row.badge_id,
                Known(
                    identity=row.id,
                    connection_id=row.connection_id,
                    record_id=row.record_id,
                    ctid=row.ctid,
                    source_hash=row.source_hash,
                    badge_hash=row.badge_hash,
                    unreadable=row.unreadable,
                    missed=row.suspected_in is not None or row.gone_at is not None,
                    is_primary=row.is_primary,
                ),
            )


def free_position(connection: Connection, source: Source, places: range) -> int:
    """The first of these places in source order behind those that are taken.

    A run that was left behind and starts over finds some taken.
    """
    within = record.c.position.between(places.start, places.stop - 1)
    theirs = within & (record.c.organization_id == source.organization.id)
    taken = connection.execute(select(func.max(record.c.position)).where(theirs)).scalar_one()
    return places.start if taken is None else int(taken) + 1


def take_in(
    connection: Connection, source: Source, arrivals: Sequence[Arrival], *, position: int, by: str
) -> Counter[str]:
    """Write a batch; how many were new, changed, unchanged, unreadable, skipped.

    `position` is the place of the first one in source order. Unchanged badges cause no write at all.
    """
    known = known_badges(connection, source, [arrival.key for arrival in arrivals])
    arrivals = _under_free_ctids(connection, source, arrivals, known)
    pairs = [(arrival, known.get(arrival.key)) for arrival in arrivals]
    places = {arrival.key: place for place, arrival in enumerate(arrivals, position)}
    _ensure_services(connection, source, arrivals)
    _insert_records(
        connection,
        source,
        {a.key: a.mapped for a, k in pairs if a.mapped and (k is None or k.record_id is None)},
        places,
    )
    _insert_sources(connection, source, [a for a, k in pairs if k is None and not a.skipped])
    ours = [(arrival, found) for arrival, found in pairs if found and source.may_change(found)]
    there = [(arrival, found) for arrival, found in ours if _says_something_else(arrival, found)]
    _update_records(connection, source, [(a, k) for a, k in there if a.mapped and k.is_primary], by=by)
    _update_sources(connection, source, there)
    _adopt(
        connection, source, [found.identity for _, found in pairs if found and found.connection_id in source.takes_over]
    )
    return Counter(arrival.outcome(found) for arrival, found in pairs)


def _under_free_ctids(
    connection: Connection, source: Source, arrivals: Sequence[Arrival], known: dict[BadgeKey, Known]
) -> list[Arrival]:
    """Arrivals of which none would take a CTID that a record holds; `known` gains those that come back to theirs."""
    ctids = {each.key: ctid for each in arrivals if (ctid := _new_ctid(each, known.get(each.key)))}
    taken = coming_back.holders(connection, ctids.values())
    waiting: dict[BadgeKey, str] = {}
    back: list[BadgeKey] = []
    for each in arrivals:
        holder = taken.get(ctids.get(each.key, ""))
        if holder is None:
            continue
        if holder.brought_in and holder.organization_id == source.organization.id:
            _bring_back(connection, source, each, known.get(each.key), holder.record_id)
            back.append(each.key)
        else:
            waiting[each.key] = written(coming_back.held(ctids[each.key]))
    known |= known_badges(connection, source, back)
    return [replace(a, mapped=None, unreadable=waiting[a.key]) if a.key in waiting else a for a in arrivals]


def _new_ctid(arrival: Arrival, known: Known | None) -> str | None:
    return arrival.mapped.credential.ctid if arrival.mapped and not (known and known.ctid) else None


def _bring_back(connection: Connection, source: Source, arrival: Arrival, known: Known | None, record_id: str) -> None:
    """Have a record that was brought in take its content from a badge, to which that is news."""
    if known is None:
        _insert_sources(connection, source, [replace(arrival, mapped=None)])
    identity = known_badges(connection, source, [arrival.key])[arrival.key].identity
    coming_back.take_over(connection, record_id, identity, own=known.record_id if known else None)
    connection.execute(update(source_identity).where(source_identity.c.id == identity).values(badge_hash=None))


def _ensure_services(connection: Connection, source: Source, arrivals: Iterable[Arrival]) -> None:
    """Have the verification service profile of each platform that vouches for a badge."""
    vouchers = {a.key.authority: a.vouched_by for a in arrivals if not (a.unreadable or a.skipped)}
    for vouches in vouchers.values():
        verification_services.ensure(connection, source.organization, vouches)


def _says_something_else(arrival: Arrival, known: Known) -> bool:
    if arrival.unreadable:
        return known.missed or (arrival.unreadable, arrival.source_hash) != (known.unreadable, known.source_hash)
    return arrival.mapped is not None


def _insert_records(
    connection: Connection, source: Source, new: dict[BadgeKey, Mapped], places: dict[BadgeKey, int]
) -> None:
    website = source.organization.website
    rows = [
        {
            "id": record_id(source.organization, key),
            "organization_id": source.organization.id,
            "ctid": mapped.credential.ctid,
            "position": places[key],
            "revision": 0,
            **columns(decide(Record(mapped=mapped, organization_website=website), SourceChanged(mapped))),
        }
        for key, mapped in new.items()
    ]
    if rows:
        connection.execute(insert(record), rows)


def _insert_sources(connection: Connection, source: Source, new: Iterable[Arrival]) -> None:
    rows = [
        {
            "organization_id": source.organization.id,
            "authority": arrival.key.authority,
            "badge_id": arrival.key.badge_id,
            "record_id": record_id(source.organization, arrival.key) if arrival.mapped else None,
            "connection_id": source.connection_id,
            "is_primary": True,
            **_as_seen(arrival),
        }
        for arrival in new
    ]
    if rows:
        connection.execute(insert(source_identity), rows)


def _update_records(connection: Connection, source: Source, pairs: list[Pair], *, by: str) -> None:
    mapped = {known.record_id: arrival.mapped for arrival, known in pairs if known.record_id}
    ids = [record_id for record_id in mapped if record_id]
    edits = edits_of(connection, ids)
    approved = approved_properties(connection, [each for each in ids if _may_be_approved_by_rule(mapped[each])])
    settled = []
    for row in _rows(connection, ids):
        event = SourceChanged(mapped[row.id])  # type: ignore[arg-type]
        before = stored(
            row,
            mapped=event.mapped,
            edits=edits[row.id],
            approved_properties=approved.get(row.id),
            organization_website=source.organization.website,
        )
        settled.append((row.id, before, decide(before, event), "SourceChanged"))
    write(connection, settled, by=by)


def _may_be_approved_by_rule(mapped: Mapped | None) -> bool:
    return mapped is not None and bool(mapped.applied.approved)


def _update_sources(connection: Connection, source: Source, pairs: list[Pair]) -> None:
    s = source_identity.c
    for arrival, known in pairs:
        values = _as_seen(arrival)
        if arrival.unreadable:
            values = {name: values[name] for name in ("unreadable", "source_hash", "suspected_in", "gone_at")}
        elif known.record_id is None:
            values["record_id"] = record_id(source.organization, arrival.key)
        connection.execute(
            update(source_identity).where(s.id == bindparam("key")).values(**values), {"key": known.identity}
        )


def _adopt(connection: Connection, source: Source, identities: Sequence[int]) -> None:
    """Badges of a connection that this one takes over from are this one's from now on."""
    for some in slices(identities):
        of_these = source_identity.c.id.in_(some)
        connection.execute(update(source_identity).where(of_these).values(connection_id=source.connection_id))


def _rows(connection: Connection, ids: Sequence[str]) -> list[Any]:
    return [row for some in slices(ids) for row in connection.execute(select(record).where(record.c.id.in_(some)))]


def _as_seen(arrival: Arrival) -> dict[str, Any]:
    return {
        "issuer": asdict(arrival.issuer),
        "definition": arrival.definition,
        "source_hash": arrival.source_hash,
        "badge_hash": arrival.badge_hash,
        "unreadable": arrival.unreadable,
        "suspected_in": None,
        "gone_at": None,
    }


def record_id(organization: Organization, key: BadgeKey) -> str:
    """Short enough to type, and the same wherever the same badge is taken in for the same organization."""
    name = f"{organization.ctid}|{key}"
    return b32encode(sha256(name.encode()).digest()[:10]).decode().lower()
