"""Lists over several tables, read only: for pages, commands and exports."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select, true, tuple_

from connector.clock import stamp
from connector.connections import accounts
from connector.connections.tables import connection as connection_table
from connector.credentials import issuers, statuses
from connector.credentials.differences import Difference, differences
from connector.credentials.records import APPROVED_BY_RULE, AT_ONCE, Sourced, read
from connector.credentials.tables import record, revision, source_identity
from connector.credentials.unreadable import from_text
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
class Since:
    """How a record differs from what was last decided about it; `event` says what, by a person or by their rule."""

    event: str
    reason: str | None
    made_by: str
    made_at: str
    differences: tuple[Difference, ...]

    @property
    def who(self) -> str:
        """Who decided it, in words: a person, or the rule that approves such changes."""
        return f"the rule “{self.reason}”" if self.event == APPROVED_BY_RULE else self.made_by


@dataclass(frozen=True, slots=True)
class Frozen:
    """A record as a person approved it."""

    record_id: str
    position: int
    content_hash: str
    credential: Credential


CONNECTION, TYPE = source_identity.c.connection_id, record.c.credential_type
UNDECIDED = record.c.type_decided.is_(False)
"""What lists are grouped by: the connection a record came through, its type, whether that is still a suggestion."""

CONFIDENCE = {
    "high": record.c.type_confidence >= 90,
    "middle": record.c.type_confidence.between(70, 89),
    "low": record.c.type_confidence < 70,
}
"""How sure the type is: 90 % and more, 70 to 89 %, below 70 %."""

FINDINGS = {
    "required": record.c.blocking > 0,
    "recommended": (record.c.blocking == 0) & (record.c.recommended > 0),
    "none": (record.c.blocking == 0) & (record.c.recommended == 0),
}
"""What a record lacks: required values, recommended ones only, or nothing."""

ORDERS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "source": (record.c.position,),
    "changed": (record.c.changed_at.desc(), record.c.position),
    "name": (func.lower(record.c.name), record.c.position),
}
"""In which order a page shows records."""

LATELY = timedelta(days=7)
_DECISIONS = ("Approved", APPROVED_BY_RULE, "Rejected")
MOST_ASKED = 2000


def changed_when() -> Mapping[str, ColumnElement[bool]]:
    """When a record last changed, as of now: new this week, changed this week, or longer ago."""
    new, changed = record.c.added_at >= stamp(-LATELY), record.c.changed_at >= stamp(-LATELY)
    return {"new": new, "lately": changed & ~new, "before": ~changed}


def where(
    *,
    organization: int | None = None,
    connection: int | None = None,
    status: str | None = None,
    credential_type: str | None = None,
    need: str | None = None,
    waiting: bool = False,
    unsent: bool = False,
    decided: bool | None = None,
    confidence: str | None = None,
    findings: str | None = None,
    changed: str | None = None,
    text: str | None = None,
) -> ColumnElement[bool]:
    """The records that fit all that is given. Problem for a status, or another word, that does not exist.

    `confidence`, `findings` and `changed` are keys of CONFIDENCE, FINDINGS and CHANGED; `text` is part of a name, or a
    whole id, CTID or badge id. What another record represents is left out unless that status is asked for.
    `waiting`: only those that wait for a person; `unsent`: approved, not published
    so; `decided`: whether their type is.
    """
    conditions: list[ColumnElement[bool]] = [true() if status == "represented" else statuses.STANDING]
    if waiting:
        conditions.append(statuses.waiting())
    if decided is not None:
        conditions.append(~UNDECIDED if decided else UNDECIDED)
    if unsent:
        conditions.append(statuses.UNSENT)
    if text:
        whole = (record.c.id, record.c.ctid, source_identity.c.badge_id)
        named = record.c.name.icontains(text, autoescape=True)
        conditions.append(or_(named, *(column == text.strip().lower() for column in whole)))
    for name, word, meanings in (
        ("need", need, {each: statuses.waiting(each) for each in statuses.NEEDS}),
        ("confidence", confidence, CONFIDENCE),
        ("findings", findings, FINDINGS),
        ("changed", changed, changed_when()),
    ):
        if word is not None:
            conditions.append(_meaning(name, word, meanings))
    if organization is not None:
        conditions.append(record.c.organization_id == organization)
    if connection is not None:
        conditions.append(source_identity.c.connection_id == connection)
    if credential_type is not None:
        name = f"ceterms:{credential_type.removeprefix('ceterms:')}"
        conditions.append(record.c.credential_type == name)
    if status is not None:
        held = {each: statuses.having(each) for each in (*statuses.STATUSES, statuses.AWAITING)}
        conditions.append(_meaning("status", status, held))
    return and_(*conditions)


def _meaning(name: str, word: str, meanings: Mapping[str, ColumnElement[bool]]) -> ColumnElement[bool]:
    if word not in meanings:
        raise Problem(f"{name}_unknown", f"There is no {name} {word!r}.", action=f"Use one of: {', '.join(meanings)}.")
    return meanings[word]


def is_record(record_id: str) -> ColumnElement[bool]:
    """The one record with this id."""
    return record.c.id == record_id


def of_organizations(ids: Iterable[int]) -> ColumnElement[bool]:
    """The records of these organizations."""
    return record.c.organization_id.in_(list(ids))


def portion(
    connection: Connection, which: ColumnElement[bool], limit: int, *, after: tuple[int, str] | None = None
) -> list[Listed]:
    """So many records in source order, from behind a place on: the position and the id of the record before."""
    order = (record.c.position, record.c.id)
    if after is not None:
        which = and_(which, tuple_(*order) > tuple_(*after))
    return list(_dressed(connection, read(connection, which, limit, 0, order), _connection_names(connection)))


def among(record_ids: Sequence[str]) -> ColumnElement[bool]:
    """The records with these ids: a few, not thousands."""
    return record.c.id.in_(record_ids)


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


def page(
    connection: Connection, which: ColumnElement[bool], offset: int, limit: int, *, order: str = "source"
) -> list[Listed]:
    """One page of records in an order of ORDERS."""
    names = _connection_names(connection)
    return list(_dressed(connection, read(connection, which, limit, offset, ORDERS[order]), names))


def neighbours(connection: Connection, which: ColumnElement[bool], record_id: str) -> tuple[str | None, str | None]:
    """The records before and after one, in source order, among those that fit."""
    at = select(record.c.position).where(record.c.id == record_id).scalar_subquery()
    query = select(record.c.id).join(source_identity, source_identity.c.record_id == record.c.id)
    query = query.where(which, source_identity.c.is_primary)
    before = query.where(record.c.position < at).order_by(record.c.position.desc()).limit(1)
    after = query.where(record.c.position > at).order_by(record.c.position).limit(1)
    return connection.execute(before).scalar_one_or_none(), connection.execute(after).scalar_one_or_none()


def how_many(connection: Connection, which: ColumnElement[bool]) -> int:
    """How many records fit."""
    return _counted(connection, which, {"n": true()})["n"]


def count_each(
    connection: Connection, which: ColumnElement[bool], meanings: Mapping[str, ColumnElement[bool]]
) -> Counter[str]:
    """How many of the records that fit also fit each of these."""
    return _counted(connection, which, meanings)


def count_by(connection: Connection, which: ColumnElement[bool], column: ColumnElement[Any]) -> Counter[Any]:
    """How many of the records that fit have each value of a column, most first."""
    many = func.count().label("n")
    query = select(column, many).select_from(record).join(source_identity, source_identity.c.record_id == record.c.id)
    query = query.where(which, source_identity.c.is_primary).group_by(column).order_by(many.desc(), column)
    return Counter({row[0]: row.n for row in connection.execute(query)})


def _counted(
    connection: Connection, which: ColumnElement[bool], meanings: Mapping[str, ColumnElement[bool]]
) -> Counter[str]:
    columns = [func.count(case((expression, 1))) for expression in meanings.values()]
    query = select(*columns).select_from(record).join(source_identity, source_identity.c.record_id == record.c.id)
    row = connection.execute(query.where(which, source_identity.c.is_primary)).one()
    return Counter(dict(zip(meanings, row, strict=True)))


def since_decided(connection: Connection, found: Sequence[Listed]) -> dict[str, Since]:
    """For each record that a person has decided about: what it was then, against what it is now."""
    held = {each.sourced.row.id: each for each in found}
    query = select(revision).where(revision.c.record_id.in_(held)).order_by(revision.c.record_id, revision.c.number)
    latest: dict[str, Since] = {}
    for row in connection.execute(query):
        now = held[row.record_id].sourced
        if row.content_hash in (now.row.approved_hash, now.row.rejected_hash) and row.event in _DECISIONS:
            differing = tuple(differences(row.properties, now.content.properties))
            latest[row.record_id] = Since(row.event, row.reason, row.made_by, row.made_at, differing)
    return latest


def issuers_unconfirmed(connection: Connection, connection_id: int) -> list[dict[str, Any]]:
    """Issuers of a connection whose records wait because nobody has said which organization owns them.

    The badges tell whose they are, not the listing: of thousands that are incomplete, the first ones are looked at.
    """
    held = issuers.held(connection, accounts.by_id(connection, connection_id), MOST_ASKED)
    return [{"id": e.issuer.id, "name": e.issuer.name, "url": e.url, "records": e.records} for e in held]


def badges_by_connection(connection: Connection) -> Counter[int]:
    """How many records each connection is the primary source of."""
    return count_by(connection, true(), source_identity.c.connection_id)


def decided_lately(connection: Connection, organization_id: int, limit: int) -> list[dict[str, Any]]:
    """What people decided last: who, what, when, about how many records, and the first of them by name."""
    r = revision.c
    query = (
        select(r.made_at, r.made_by, r.event, func.count().label("n"), func.min(record.c.name), func.min(record.c.id))
        .join(record, record.c.id == r.record_id)
        .where(record.c.organization_id == organization_id, r.event.in_(("Approved", "Rejected", "Edited", "Resolved")))
        .group_by(r.made_at, r.made_by, r.event)
        .order_by(r.made_at.desc())
        .limit(limit)
    )
    names = ("made_at", "made_by", "event", "records", "name", "id")
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query)]


def counts(connection: Connection, organization: int | None = None) -> Counter[str]:
    """How many records have each status; under `all`, how many there are."""
    held = {name: statuses.having(name) for name in (*statuses.STATUSES, statuses.AWAITING)}
    there = {name: true() if name == "represented" else statuses.STANDING for name in held}
    columns = [func.count(case((and_(held[name], there[name]), 1))).label(name) for name in held]
    query = select(func.count(case((statuses.STANDING, 1))).label("all"), *columns).select_from(record)
    if organization is not None:
        query = query.where(record.c.organization_id == organization)
    return Counter(dict(connection.execute(query).mappings().one()))


def unreadable(connection: Connection, connection_id: int) -> list[dict[str, str]]:
    """Badges of a connection that could not be read when they were last seen, and why."""
    s = source_identity.c
    query = select(s.badge_id, s.unreadable).where(s.connection_id == connection_id, s.unreadable.is_not(None))
    rows = connection.execute(query.order_by(s.id))
    return [{"badge_id": row.badge_id, **from_text(row.unreadable).as_json()} for row in rows]


def history(connection: Connection, record_id: str) -> list[dict[str, Any]]:
    """A record's revisions, oldest first."""
    query = select(revision).where(revision.c.record_id == record_id).order_by(revision.c.number)
    names = ("number", "event", "reason", "made_by", "made_at", "content_hash", "properties")
    return [{name: getattr(row, name) for name in names} for row in connection.execute(query)]


def approved_revisions(
    connection: Connection,
    organization_id: int,
    *,
    after: int = -1,
    limit: int | None = None,
    which: ColumnElement[bool] | None = None,
) -> Iterator[Frozen]:
    """The content that people approved, record by record, in source order, from behind the position `after` on.

    Without those that are left out by now; with `which`, only of the records that fit.
    """
    latest = (
        select(revision.c.record_id, func.max(revision.c.number).label("number"))
        .join(record, (record.c.id == revision.c.record_id) & (record.c.approved_hash == revision.c.content_hash))
        .where(record.c.organization_id == organization_id, record.c.position > after)
        .where(not_(statuses.LEFT_OUT), true() if which is None else which)
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


def any_unsent_of_another(connection: Connection, organization_id: int, ctid: str) -> bool:
    """Whether an organization, known by its CTID, has approved and not sent what is not its own first of all."""
    as_approved = (record.c.id == revision.c.record_id) & (record.c.approved_hash == revision.c.content_hash)
    first = revision.c.properties[("ownedBy", 0)].as_string()
    query = (
        select(record.c.id)
        .join(revision, as_approved)
        .where(record.c.organization_id == organization_id, statuses.UNSENT, first.is_distinct_from(ctid))
    )
    return connection.execute(query.limit(1)).first() is not None


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
