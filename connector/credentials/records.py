"""Records in the database: read with all that is derived from their sources, written in batches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, delete, insert, or_, select, update

from adapters.contract import Adapter
from connector.clock import stamp
from connector.connections import accounts
from connector.connections.identity import issuer_key
from connector.credentials.content import Content, content, is_type_by_hand
from connector.credentials.decided import decided_by
from connector.credentials.mapping import Decided, loaded, mapped
from connector.credentials.merge import Edit
from connector.credentials.state import Changes, Event, Record, decide
from connector.credentials.tables import edit, record, revision, source_identity
from connector.organizations.accounts import Organization
from connector.organizations.accounts import every as every_organization
from connector.problem import Problem
from mappings.crosswalk.credential import Mapped
from mappings.open_badges.model import BadgeClass, Issuer

AT_ONCE = 500
APPROVED_BY_RULE = "ApprovedByRule"
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Sourced:
    """A record as stored, with its source and everything derived from it."""

    row: Row[Any]
    adapter: Adapter | None
    """None, as is the badge, where the record comes from no platform: it was brought in as it stands."""
    badge: BadgeClass | None
    mapped: Mapped
    record: Record
    content: Content


def read(
    connection: Connection,
    which: ColumnElement[bool],
    limit: int | None = None,
    offset: int = 0,
    order: Sequence[ColumnElement[Any]] = (record.c.position,),
    *,
    decided: Decided | None = None,
) -> list[Sourced]:
    """The records that fit, in source order unless another one is given, everything derivable derived.

    Those that cannot be read now are left out. `decided` maps them as if their organization had decided this.
    """
    query = (
        select(record, *_source_columns())
        .join(source_identity, source_identity.c.record_id == record.c.id)
        .where(which, source_identity.c.is_primary, can_be_read(connection))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    rows = connection.execute(query).all()
    edits = edits_of(connection, [row.id for row in rows])
    sources = _Sources(connection, rows, decided)
    return [_sourced(row, edits[row.id], sources) for row in rows]


def is_called(called: str) -> ColumnElement[bool]:
    """The record with this id or CTID."""
    return (record.c.id == called) | (record.c.ctid == called.lower())


def one(connection: Connection, called: str) -> Sourced:
    """The record with this id or CTID. Problem where there is none, or where it cannot be read now."""
    is_it = is_called(called)
    found = read(connection, is_it)
    if not found:
        raise missing(connection, is_it, called)
    return found[0]


def can_be_read(connection: Connection) -> ColumnElement[bool]:
    """Records whose platform's adapter is installed here: of all others nothing can be derived."""
    through = source_identity.c.connection_id
    return or_(through.is_(None), through.not_in(list(accounts.not_installed(connection))))


def missing(connection: Connection, which: ColumnElement[bool], called: str) -> Problem:
    """Why `read` did not find a record among these: it is not there, or it cannot be read now."""
    query = (
        select(source_identity.c.connection_id)
        .join(record, record.c.id == source_identity.c.record_id)
        .where(which, source_identity.c.is_primary)
    )
    through = connection.execute(query.limit(1)).scalar_one_or_none()
    platform = accounts.not_installed(connection).get(through) if through else None
    if platform is None:
        return unknown(called)
    return Problem(
        "platform_not_installed",
        f"This credential came from the platform {platform!r}, which is not installed here, so it cannot be shown now.",
        side="ours",
        action="Have the platform's adapter installed again; nothing of the credential is lost.",
    )


def organization_of(connection: Connection, called: str) -> int:
    """Whose record this id or CTID is, also of one that cannot be read now. Problem where there is none."""
    is_it = is_called(called)
    owner = connection.execute(select(record.c.organization_id).where(is_it)).scalar_one_or_none()
    if owner is None:
        raise unknown(called)
    return int(owner)


def unknown(called: str) -> Problem:
    """The problem of a record that is not there, or not for whoever asks."""
    return Problem(
        "record_not_found",
        f"There is no credential {called!r}.",
        action="See which there are: badge-connector credentials list",
    )


def names(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The name and the credential type of these records, by id; those that are not there are left out."""
    found: dict[str, tuple[str, str]] = {}
    for some in slices(ids):
        query = select(record.c.id, record.c.name, record.c.credential_type).where(record.c.id.in_(some))
        found |= {row.id: (row.name, row.credential_type) for row in connection.execute(query)}
    return found


def approved_hash(connection: Connection, record_id: str) -> str | None:
    """The content a person approved, by its hash; None where nothing is approved, or no such record is there."""
    return connection.execute(select(record.c.approved_hash).where(record.c.id == record_id)).scalar_one_or_none()


def edits_of(connection: Connection, ids: Sequence[str]) -> defaultdict[str, tuple[Edit, ...]]:
    """The edits of these records, by record, in the order they were made in."""
    found: defaultdict[str, tuple[Edit, ...]] = defaultdict(tuple)
    for some in slices(ids):
        query = select(edit).where(edit.c.record_id.in_(some)).order_by(edit.c.record_id, edit.c.place, edit.c.property)
        for row in connection.execute(query):
            made = Edit(row.property, row.op, row.value, row.base, row.made_by, row.made_at, row.item)
            found[row.record_id] += (made,)
    return found


def approved_properties(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The properties of these records as they are approved, by record; of those that are approved."""
    found: dict[str, dict[str, Any]] = {}
    as_approved = (record.c.id == revision.c.record_id) & (record.c.approved_hash == revision.c.content_hash)
    for some in slices(ids):
        query = select(revision.c.record_id, revision.c.properties).join(record, as_approved)
        rows = connection.execute(query.where(revision.c.record_id.in_(some)).order_by(revision.c.number))
        found |= {row.record_id: row.properties for row in rows}
    return found


def settle(connection: Connection, sourced: Sourced, *events: Event, by: str, reason: str | None = None) -> None:
    """Let events happen to one record, one after the other, and write down what came of it. Raises state.Refused."""
    after, revised = sourced.record, False
    for event in events:
        changes = decide(after, event)
        after, revised = changes.record, revised or changes.worth_a_revision
    together = replace(changes, worth_a_revision=revised)
    write(connection, [(sourced.row.id, sourced.record, together, type(event).__name__)], by=by, reason=reason)


def standing(connection: Connection, which: ColumnElement[bool]) -> list[tuple[str, Record]]:
    """Records as they were decided on, by id, without anything that is derived."""
    return [(row.id, stored(row)) for row in connection.execute(select(record).where(which))]


def write(
    connection: Connection,
    settled: Iterable[tuple[str, Record, Changes, str]],
    *,
    by: str,
    reason: str | None = None,
) -> None:
    """Write changes of existing records: (id, record before, changes, event) each; a revision where it is worth one.

    A change that rules have approved is written as such, with the names of the rules as the reason.
    """
    settled = list(settled)
    numbers = _revision_numbers(connection, [record_id for record_id, *_ in settled])
    standing: list[dict[str, Any]] = []
    holding: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    edits: dict[str, tuple[Edit, ...]] = {}
    for record_id, before, changes, event in settled:
        standing.append({"key": record_id, **_standing(changes.record)})
        if changes.content:
            number = numbers[record_id] + changes.worth_a_revision
            holding.append({"key": record_id, "revision": number, **_holding(changes.record, changes.content)})
            if changes.worth_a_revision:
                rules = ", ".join(changes.approved_by)
                what, why = (APPROVED_BY_RULE, rules) if rules else (event, reason)
                revisions.append(_revision(record_id, number, changes.content, what, by, why))
        if before.edits != changes.record.edits:
            edits[record_id] = changes.record.edits
    _write_edits(connection, edits)
    _update(connection, standing)
    _update(connection, holding)
    if revisions:
        connection.execute(insert(revision), revisions)


def columns(changes: Changes) -> dict[str, Any]:
    """The columns of a new record's row that follow from its state and content."""
    assert changes.content is not None
    now = stamp()
    held = _holding(changes.record, changes.content)
    return _standing(changes.record) | held | {"added_at": now, "changed_at": now}


def _standing(after: Record) -> dict[str, Any]:
    return {
        "approved_hash": after.approved_hash,
        "published_hash": after.published_hash,
        "rejected_hash": after.rejected_hash,
        "gone_at": after.gone_at,
    }


def _holding(after: Record, held: Content) -> dict[str, Any]:
    assert after.mapped is not None
    found = after.mapped.credential_type
    return {
        "ctid": held.credential.ctid,
        "name": next(iter((held.credential.name or {}).values()), ""),
        "credential_type": held.credential.credential_type or found.value,
        "subject_webpage": held.credential.subject_webpage,
        "content_hash": held.hash,
        "type_decided": held.credential.credential_type is not None,
        "type_confidence": 100 if is_type_by_hand(found, held.credential) else round(found.confidence * 100),
        "blocking": held.blocking,
        "recommended": sum(finding.severity == "recommended" for finding in held.findings),
        "conflicts": len(held.conflicts),
        "mapped_with": after.mapped.mapped_with,
        "skipped_by": after.mapped.applied.skip,
    }


def _update(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "key"}
        if "content_hash" in values:
            differs = record.c.content_hash != values["content_hash"]
            values["changed_at"] = case((differs, stamp()), else_=record.c.changed_at)
        connection.execute(update(record).where(record.c.id == bindparam("key")).values(values), rows)


def stored(row: Row[Any], **derived: Any) -> Record:
    """A record's state from its row, with what has to be derived given."""
    return Record(
        content_hash=row.content_hash,
        approved_hash=row.approved_hash,
        published_hash=row.published_hash,
        rejected_hash=row.rejected_hash,
        gone_at=row.gone_at,
        represented_by=row.represented_by,
        **derived,
    )


class _Sources:
    """The adapters and owners behind a set of connections, looked up once."""

    def __init__(self, connection: Connection, rows: Sequence[Row[Any]], decided: Decided | None) -> None:
        through = {row.connection_id for row in rows if row.connection_id is not None}
        found = [accounts.by_id(connection, each) for each in through]
        self.decided = {each: decided or decided_by(connection, each) for each in {row.organization_id for row in rows}}
        self.adapters = {each.id: accounts.reader_of(each) for each in found}
        self.organizations = {each.id: each for each in every_organization(connection)}
        confirmed = decided.owners if decided else None
        self._owners = {
            each.id: accounts.owners(connection, each.organization_id) if confirmed is None else confirmed
            for each in found
        }

    def owner(self, connection_id: int, issuer: Issuer | None) -> Organization | None:
        owner = self._owners[connection_id].get(issuer_key(issuer.id)) if issuer else None
        return self.organizations[owner] if owner else None


def _sourced(row: Row[Any], edits: tuple[Edit, ...], sources: _Sources) -> Sourced:
    decided, through = sources.decided[row.organization_id], row.connection_id
    adapter = badge = None
    if through is None:
        found = loaded(row.definition, ctid=row.ctid, edition=decided.edition)
    else:
        adapter = sources.adapters[through]
        badge = adapter.badge_class(row.definition, Issuer(**row.issuer))
        owner = sources.owner(through, badge.issuer)
        found = mapped(adapter, badge, owner, decided, through=through, ctid=row.ctid)
    website = sources.organizations[row.organization_id].website
    state = stored(row, mapped=found, edits=edits, organization_website=website)
    held = content(found, edits, organization_website=website)
    return Sourced(row, adapter, badge, found, state, held)


def _source_columns() -> tuple[ColumnElement[Any], ...]:
    s = source_identity.c
    return (s.definition, s.issuer, s.connection_id, s.badge_id, s.authority)


def _revision_numbers(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for some in slices(ids):
        query = select(record.c.id, record.c.revision).where(record.c.id.in_(some))
        numbers |= {row.id: row.revision for row in connection.execute(query)}
    return numbers


def _revision(record_id: str, number: int, held: Content, event: str, by: str, reason: str | None) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "number": number,
        "content_hash": held.hash,
        "properties": dict(held.properties),
        "provenance": [list(source) for source in held.provenance],
        "event": event,
        "reason": reason,
        "made_by": by,
        "made_at": stamp(),
    }


def _write_edits(connection: Connection, edits: Mapping[str, tuple[Edit, ...]]) -> None:
    for some in slices(list(edits)):
        connection.execute(delete(edit).where(edit.c.record_id.in_(some)))
    rows = [
        {"record_id": record_id, "place": place, **each._asdict()}
        for record_id, theirs in edits.items()
        for place, each in enumerate(theirs)
    ]
    if rows:
        connection.execute(insert(edit), rows)


def slices(ids: Sequence[Key]) -> list[Sequence[Key]]:
    """Keys in portions that fit into one statement."""
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
