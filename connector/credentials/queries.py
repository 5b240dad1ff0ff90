"""Lists over several tables, read only: for pages, commands and exports."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, true

from connector.connections.tables import connection as connection_table
from connector.credentials import statuses
from connector.credentials.records import AT_ONCE, Sourced, read
from connector.credentials.tables import record, revision, source_identity
from connector.problem import Problem
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import from_properties
from mappings.minimum_data import Finding, shared_subject_webpage


@dataclass(frozen=True, slots=True)
class Listed:
    """A record in a list: with its statuses, its findings, and the name of the connection it came through."""

    sourced: Sourced
    statuses: tuple[str, ...]
    findings: tuple[Finding, ...]
    connection: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A record as a person approved it."""

    record_id: str
    position: int
    content_hash: str
    credential: Credential


def where(
    *,
    organization: int | None = None,
    connection: int | None = None,
    status: str | None = None,
    credential_type: str | None = None,
) -> ColumnElement[bool]:
    """The records that fit all that is given. Problem for a status that does not exist."""
    conditions: list[ColumnElement[bool]] = [true()]
    if organization is not None:
        conditions.append(record.c.organization_id == organization)
    if connection is not None:
        conditions.append(source_identity.c.connection_id == connection)
    if credential_type is not None:
        name = f"ceterms:{credential_type.removeprefix('ceterms:')}"
        conditions.append(record.c.credential_type == name)
    if status is not None:
        try:
            conditions.append(statuses.having(status))
        except KeyError:
            raise Problem(
                "status_unknown",
                f"There is no status {status!r}.",
                action=f"Use one of: {', '.join([*statuses.STATUSES, statuses.AWAITING])}.",
            ) from None
    return and_(*conditions)


def is_record(record_id: str) -> ColumnElement[bool]:
    """The one record with this id."""
    return record.c.id == record_id


def listed(connection: Connection, which: ColumnElement[bool], limit: int | None = None) -> Iterator[Listed]:
    """Records in source order with everything a list shows; read in portions, so that memory stays flat."""
    names = _connection_names(connection)
    after, left = -1, limit
    while left is None or left > 0:
        size = AT_ONCE if left is None else min(AT_ONCE, left)
        portion = read(connection, and_(which, record.c.position > after), size)
        if not portion:
            return
        yield from _dressed(connection, portion, names)
        after = portion[-1].row.position
        left = None if left is None else left - len(portion)


def page(connection: Connection, which: ColumnElement[bool], offset: int, limit: int) -> list[Listed]:
    """One page of records in source order."""
    names = _connection_names(connection)
    return list(_dressed(connection, read(connection, which, limit, offset), names))


def counts(connection: Connection, organization: int | None = None) -> Counter[str]:
    """How many records have each status; under `all`, how many there are."""
    held = {name: statuses.having(name) for name in (*statuses.STATUSES, statuses.AWAITING)}
    columns = [func.count(case((expression, 1))).label(name) for name, expression in held.items()]
    query = select(func.count().label("all"), *columns).select_from(record)
    if organization is not None:
        query = query.where(record.c.organization_id == organization)
    return Counter(dict(connection.execute(query).mappings().one()))


def unreadable(connection: Connection, connection_id: int) -> list[dict[str, str]]:
    """Badges of a connection that could not be read when they were last seen, and why."""
    s = source_identity.c
    query = select(s.badge_id, s.unreadable).where(s.connection_id == connection_id, s.unreadable.is_not(None))
    return [{"badge_id": row.badge_id, "message": row.unreadable} for row in connection.execute(query.order_by(s.id))]


def history(connection: Connection, record_id: str) -> list[dict[str, Any]]:
    """A record's revisions, oldest first."""
    query = select(revision).where(revision.c.record_id == record_id).order_by(revision.c.number)
    names = ("number", "event", "reason", "made_by", "made_at", "content_hash", "properties")
    return [{name: getattr(row, name) for name in names} for row in connection.execute(query)]


def approved_revisions(
    connection: Connection, organization_id: int, *, after: int = -1, limit: int | None = None
) -> Iterator[Frozen]:
    """The content that people approved, record by record, in source order, from behind the position `after` on."""
    latest = (
        select(revision.c.record_id, func.max(revision.c.number).label("number"))
        .join(record, (record.c.id == revision.c.record_id) & (record.c.approved_hash == revision.c.content_hash))
        .where(record.c.organization_id == organization_id, record.c.position > after)
        .group_by(revision.c.record_id)
        .subquery()
    )
    query = (
        select(record.c.id, record.c.ctid, record.c.position, revision.c.content_hash, revision.c.properties)
        .join(latest, latest.c.record_id == record.c.id)
        .join(revision, (revision.c.record_id == latest.c.record_id) & (revision.c.number == latest.c.number))
        .order_by(record.c.position)
        .limit(limit)
    )
    for row in connection.execute(query):
        credential = from_properties(Credential, row.properties, ctid=row.ctid)
        yield Frozen(row.id, row.position, row.content_hash, credential)


def _dressed(connection: Connection, portion: list[Sourced], names: dict[int, str]) -> Iterator[Listed]:
    held = _statuses(connection, [each.row.id for each in portion])
    pages = {each.row.subject_webpage for each in portion if each.row.subject_webpage}
    shared = shared_pages(connection, {each.row.organization_id for each in portion}, pages)
    for each in portion:
        page = (each.row.organization_id, each.row.subject_webpage)
        others = shared.get(page, 1) - 1
        extra = (shared_subject_webpage(others),) if others else ()
        yield Listed(each, held[each.row.id], each.content.findings + extra, names.get(each.row.connection_id, ""))


def shared_pages(connection: Connection, organizations: set[int], pages: set[str]) -> dict[tuple[int, str], int]:
    """Those of the subject pages that several records of an organization have in common, and how many have them."""
    columns = (record.c.organization_id, record.c.subject_webpage)
    query = (
        select(*columns, func.count())
        .where(record.c.organization_id.in_(organizations), record.c.subject_webpage.in_(pages))
        .group_by(*columns)
        .having(func.count() > 1)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def _connection_names(connection: Connection) -> dict[int, str]:
    rows = connection.execute(select(connection_table.c.id, connection_table.c.name))
    return {row.id: row.name for row in rows}


def _statuses(connection: Connection, ids: list[str]) -> dict[str, tuple[str, ...]]:
    columns = [expression.label(name) for name, expression in statuses.STATUSES.items()]
    rows = connection.execute(select(record.c.id.label("key"), *columns).where(record.c.id.in_(ids)))
    return {row.key: tuple(name for name in statuses.STATUSES if getattr(row, name)) for row in rows}
