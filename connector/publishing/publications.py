"""Publications as rows: what was wanted, sent and confirmed of each record at each destination."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from connector.clock import stamp
from connector.credentials import queries, records, verification_services
from connector.credentials.state import Confirmed, Event, Unpublished, decide
from connector.jobs.lease import active_or_new, is_held
from connector.publishing.approved import Item, Kind
from connector.publishing.registry import Answer
from connector.publishing.tables import publication, publication_attempt, publishing_run
from mappings.canonical import digest

HELD = ("published", "unchanged")
OUTCOMES = ("published", "unchanged", "failed", "skipped")
p, a = publication.c, publication_attempt.c


def request_run(connection: Connection, organization_id: int, to: str, *, by: str) -> int:
    """The one run that may send to a destination for an organization: the one that is there, or a new one."""
    is_it = (publishing_run.c.organization_id == organization_id) & (publishing_run.c.destination == to)
    values = {"organization_id": organization_id, "destination": to, "requested_by": by, "started_at": stamp()}
    return active_or_new(connection, publishing_run, is_it, values)


def ask(connection: Connection, organization_id: int, to: str, *, by: str) -> int:
    """Ask for a run; the one to watch. One that is under way already is to be followed by another.

    What it has looked at already may be what was approved since.
    """
    run = request_run(connection, organization_id, to, by=by)
    if is_held(connection, publishing_run, run):
        connection.execute(update(publishing_run).where(publishing_run.c.id == run).values(again=True))
    return run


def borrow_run(connection: Connection, organization_id: int, to: str, *, by: str) -> int:
    """The turn of a run, for something else than publishing; one that waited for its turn is asked for again."""
    waited = {row.id for row in unfinished(connection)}
    run = request_run(connection, organization_id, to, by=by)
    if run in waited:
        connection.execute(update(publishing_run).where(publishing_run.c.id == run).values(again=True))
    return run


def follow_up(connection: Connection, run: int) -> None:
    """Where a run that has ended was to be followed by another, let that one wait."""
    row = connection.execute(select(publishing_run).where(publishing_run.c.id == run)).one()
    if row.again:
        request_run(connection, row.organization_id, row.destination, by=row.requested_by)


def unfinished(connection: Connection) -> list[Row[Any]]:
    """Publishing runs that somebody has to do, oldest first."""
    query = select(publishing_run).where(publishing_run.c.finished_at.is_(None)).order_by(publishing_run.c.id)
    return list(connection.execute(query))


def count(connection: Connection, run: int, counts: Counter[str]) -> None:
    """Write down how a run stands."""
    values = {name: counts[name] for name in OUTCOMES}
    connection.execute(update(publishing_run).where(publishing_run.c.id == run).values(**values))


def expect(connection: Connection, run: int, total: int) -> None:
    """Write down how many documents a run is going to look at."""
    connection.execute(update(publishing_run).where(publishing_run.c.id == run).values(total=total))


def note_problem(connection: Connection, run: int, problem: dict[str, Any]) -> None:
    """Write down why a run stopped."""
    connection.execute(update(publishing_run).where(publishing_run.c.id == run).values(problem=problem))


def run(connection: Connection, organization_id: int, run_id: int) -> Row[Any] | None:
    """An organization's publishing run with this id."""
    is_it = (publishing_run.c.id == run_id) & (publishing_run.c.organization_id == organization_id)
    return connection.execute(select(publishing_run).where(is_it)).one_or_none()


def find_run(connection: Connection, run_id: int) -> Row[Any] | None:
    """The publishing run with this id, whosever it is."""
    return connection.execute(select(publishing_run).where(publishing_run.c.id == run_id)).one_or_none()


def runs(connection: Connection, organization_id: int, limit: int, before: int | None = None) -> list[Row[Any]]:
    """An organization's publishing runs, latest first; with `before`, those that came before that one."""
    query = select(publishing_run).where(publishing_run.c.organization_id == organization_id)
    if before is not None:
        query = query.where(publishing_run.c.id < before)
    return list(connection.execute(query.order_by(publishing_run.c.id.desc()).limit(limit)))


def run_as_json(row: Row[Any]) -> dict[str, Any]:
    """A publishing run as doors show it."""
    names = ("destination", "total", *OUTCOMES, "problem", "requested_by", "started_at", "finished_at")
    return {"run": row.id, "organization": row.organization_id, **{name: getattr(row, name) for name in names}}


def attempts(
    connection: Connection, run_id: int, limit: int, after: int = 0, outcome: str | None = None
) -> list[Row[Any]]:
    """What a run sent, in the order it was sent, from behind the attempt `after` on: publication, answer, outcome.

    With `outcome`, only what had that one.
    """
    query = (
        select(publication_attempt, p.kind, p.subject, p.url)
        .join(publication, p.id == a.publication_id)
        .where(a.run_id == run_id, a.id > after)
        .order_by(a.id)
        .limit(limit)
    )
    if outcome is not None:
        query = query.where(a.outcome == outcome)
    return list(connection.execute(query))


def outcomes(connection: Connection, run_id: int) -> Counter[str]:
    """How many of the documents that a run sent had each outcome."""
    query = select(a.outcome, func.count()).where(a.run_id == run_id).group_by(a.outcome)
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def of_record(connection: Connection, record_id: str) -> list[Row[Any]]:
    """Everything that was sent of a record, oldest first."""
    query = select(publication_attempt, p.destination, p.url).join(publication, p.id == a.publication_id)
    return list(connection.execute(query.where(p.subject == record_id).order_by(a.id)))


def of_organization(connection: Connection, organization_id: int, to: str) -> dict[str, Row[Any]]:
    """An organization's publications at a destination, by subject."""
    is_it = (p.organization_id == organization_id) & (p.destination == to)
    return {row.subject: row for row in connection.execute(select(publication).where(is_it))}


def confirmed(connection: Connection, to: str, subjects: Sequence[str]) -> dict[str, str]:
    """The hash of what a destination holds of these subjects; those of which it holds nothing are left out."""
    found: dict[str, str] = {}
    for some in records.slices(subjects):
        query = select(p.subject, p.confirmed_hash).where(p.destination == to, p.subject.in_(some))
        query = query.where(p.confirmed_hash.is_not(None))
        found |= {row.subject: row.confirmed_hash for row in connection.execute(query)}
    return found


def mark_sending(
    connection: Connection, organization_id: int, item: Item, to: str, document: dict[str, Any], *, by: str, run: int
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
    return attempt(connection, there, request, by=by, run=run)


def found_there(
    connection: Connection, organization_id: int, to: str, kind: Kind, subject: str, held: str, url: str
) -> None:
    """Write down that a destination held a document before we sent any: its content, by hash."""
    is_it = (p.kind == kind) & (p.subject == subject) & (p.destination == to)
    values = {"wanted_hash": held, "sent_hash": held, "confirmed_hash": held, "url": url, "state": "published"}
    if connection.execute(update(publication).where(is_it).values(**values)).rowcount == 0:
        of_it = {"organization_id": organization_id, "kind": kind, "subject": subject, "destination": to}
        connection.execute(insert(publication).values(**of_it, **values))


def attempt(connection: Connection, publication_id: int, request: dict[str, Any], *, by: str, run: int) -> int:
    """Append an attempt that has no answer yet."""
    made = insert(publication_attempt).values(
        publication_id=publication_id, run_id=run, request=request, outcome="sending", made_by=by, made_at=stamp()
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
