"""Publications as rows: what was wanted, sent and confirmed of each record at each destination."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from connector.clock import stamp
from connector.credentials import queries, records, verification_services
from connector.credentials.state import Confirmed, Event, Unpublished, decide
from connector.jobs.lease import active_or_new
from connector.publishing.approved import Item
from connector.publishing.registry import Answer
from connector.publishing.tables import publication, publication_attempt, publishing_run
from mappings.canonical import digest

HELD = ("published", "unchanged")
p, a = publication.c, publication_attempt.c


def request_run(connection: Connection, organization_id: int, to: str, *, by: str) -> int:
    """The one run that may send to a destination for an organization: the one that is there, or a new one."""
    is_it = (publishing_run.c.organization_id == organization_id) & (publishing_run.c.destination == to)
    values = {"organization_id": organization_id, "destination": to, "requested_by": by, "started_at": stamp()}
    return active_or_new(connection, publishing_run, is_it, values)


def of_organization(connection: Connection, organization_id: int, to: str) -> dict[str, Row[Any]]:
    """An organization's publications at a destination, by subject."""
    is_it = (p.organization_id == organization_id) & (p.destination == to)
    return {row.subject: row for row in connection.execute(select(publication).where(is_it))}


def mark_sending(
    connection: Connection, organization_id: int, item: Item, to: str, document: dict[str, Any], *, by: str
) -> int:
    """Write down that a document is about to be sent; the number of the attempt."""
    values = {"wanted_hash": item.hash, "sent_hash": item.hash, "state": "sending"}
    there = connection.execute(select(p.id).where(_is(item, to))).scalar_one_or_none()
    if there is None:
        made = insert(publication).values(
            organization_id=organization_id, kind=item.kind, subject=item.subject, destination=to, **values
        )
        there = connection.execute(made.returning(p.id)).scalar_one()
    else:
        connection.execute(update(publication).where(p.id == there).values(**values))
    request = {"ctid": item.ctid, "hash": item.hash, "document": digest(document)}
    return attempt(connection, there, request, by=by)


def attempt(connection: Connection, publication_id: int, request: dict[str, Any], *, by: str) -> int:
    """Append an attempt that has no answer yet."""
    made = insert(publication_attempt).values(
        publication_id=publication_id, request=request, outcome="sending", made_by=by, made_at=stamp()
    )
    return int(connection.execute(made.returning(a.id)).scalar_one())


def answered(connection: Connection, attempt_id: int, answer: Answer, *, by: str) -> None:
    """Write down what the destination said, and tell the record what the destination holds now."""
    said = {"envelope": answer.remote_id, "url": answer.url, "messages": list(answer.messages)}
    connection.execute(update(publication_attempt).where(a.id == attempt_id).values(outcome=answer.state, answer=said))
    row = connection.execute(
        select(publication).join(publication_attempt, a.publication_id == p.id).where(a.id == attempt_id)
    ).one()
    if answer.state not in HELD:
        connection.execute(update(publication).where(p.id == row.id).values(state=answer.state))
        return
    values = {"state": "published", "confirmed_hash": row.sent_hash, "remote_id": answer.remote_id, "url": answer.url}
    connection.execute(update(publication).where(p.id == row.id).values(**values))
    _tell(connection, row, Confirmed(row.sent_hash), by=by)


def answered_removal(connection: Connection, attempt_id: int, row: Row[Any], answer: Answer, *, by: str) -> None:
    """Write down that a destination no longer holds a record, and tell the record."""
    connection.execute(
        update(publication_attempt)
        .where(a.id == attempt_id)
        .values(outcome="removed", answer={"messages": list(answer.messages)})
    )
    values = {"state": "unpublished", "confirmed_hash": None, "url": None}
    connection.execute(update(publication).where(p.id == row.id).values(**values))
    _tell(connection, row, Unpublished(), by=by)


def unanswered(connection: Connection, organization_id: int, to: str) -> list[Row[Any]]:
    """Publications that were being sent when their sender died, each with its last attempt."""
    is_it = (p.organization_id == organization_id) & (p.destination == to) & (p.state == "sending")
    query = select(publication, a.id.label("attempt"), a.request).join(publication_attempt, a.publication_id == p.id)
    rows = connection.execute(query.where(is_it, a.outcome == "sending").order_by(a.id))
    return list({row.id: row for row in rows}.values())


def _is(item: Item, to: str) -> ColumnElement[bool]:
    return (p.kind == item.kind) & (p.subject == item.subject) & (p.destination == to)


def _tell(connection: Connection, row: Row[Any], event: Event, *, by: str) -> None:
    if row.kind == "verification_service":
        published = event.hash if isinstance(event, Confirmed) else None
        verification_services.confirm(connection, row.subject, published)
        return
    before = records.standing(connection, queries.is_record(row.subject))
    settled = [(record_id, known, decide(known, event), type(event).__name__) for record_id, known in before]
    records.write(connection, settled, by=by)
