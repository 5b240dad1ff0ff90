"""Sync runs as rows: the row is the truth, whoever works on it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from connector.clock import stamp
from connector.jobs.lease import is_held
from connector.storage.database import now
from connector.sync.tables import sync_batch, sync_run

TOO_OLD_SECONDS = 3600.0
PORTIONS = (100, 10, 1, 0)
COUNTERS = ("seen", "new", "changed", "unchanged", "unreadable", "skipped", "gone", "pages", "requests")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: complete, incomplete_listing, needs_confirmation or failed."""

    state: str
    problem: dict[str, Any] | None = None
    missing: list[int] | None = None
    """The badges, as identities, of which a person is to say whether they are gone."""


def request(
    connection: Connection, connection_id: int, *, by: str, accept_gone: bool = False, accepts: int | None = None
) -> tuple[int, bool]:
    """The connection's one active run, the one that is there or a new one; and whether it is to go `again`.

    A run that somebody is working on right now is asked to go again when it ends; one that was left behind is
    simply taken up where it stopped. `accept_gone`: whatever is missing is gone; `accepts`: what the run of this id
    missed is gone, and if more is missing now, the new run asks again.
    """
    active = select(sync_run).where(sync_run.c.connection_id == connection_id, sync_run.c.finished_at.is_(None))
    there = connection.execute(active).one_or_none()
    if there is None:
        return _queue(connection, connection_id, by=by, accept_gone=accept_gone, accepts=accepts), False
    again = is_held(connection, sync_run, there.id)
    wanted = {
        "again": again or there.again,
        "accept_gone": accept_gone or there.accept_gone,
        "accepts": there.accepts if accepts is None else accepts,
    }
    connection.execute(update(sync_run).where(sync_run.c.id == there.id).values(**wanted))
    return int(there.id), again


def following(connection: Connection, run: int) -> int:
    """The run that came after one that was to go again."""
    of_run = select(sync_run.c.connection_id).where(sync_run.c.id == run).scalar_subquery()
    later = select(func.min(sync_run.c.id)).where(sync_run.c.connection_id == of_run, sync_run.c.id > run)
    return int(connection.execute(later).scalar_one())


def _queue(
    connection: Connection, connection_id: int, *, by: str, accept_gone: bool = False, accepts: int | None = None
) -> int:
    made = insert(sync_run).values(
        connection_id=connection_id,
        state="queued",
        accept_gone=accept_gone,
        accepts=accepts,
        requested_by=by,
        started_at=stamp(),
    )
    return int(connection.execute(made.returning(sync_run.c.id)).scalar_one())


def begun_and_ended(connection: Connection, connection_id: int, *, by: str) -> int:
    """A run that was done at once, as an import is."""
    run = _queue(connection, connection_id, by=by)
    update_row(connection, run, state="complete", finished_at=stamp())
    return run


def taken_up(connection: Connection, run: int) -> Row[Any]:
    """The row of a run that a worker begins, or goes on with.

    One that was left behind long ago starts over: the listing has moved on since. One whose worker died twice at
    the same place is done in portions that shrink with each death, until the badge that is to blame stands alone.
    """
    row = connection.execute(
        select(sync_run, (now() - sync_run.c.moved_at).label("age")).where(sync_run.c.id == run)
    ).one()
    place = f"{row.cursor}/{row.seen}"
    values: dict[str, Any] = {"state": "running", "resumed_from": row.cursor, "place": place, "moved_at": now()}
    if row.cursor is not None and row.age is not None and row.age > TOO_OLD_SECONDS:
        connection.execute(delete(sync_batch).where(sync_batch.c.run_id == run))
        values |= dict.fromkeys(COUNTERS, 0) | {"cursor": None, "total": None, "resumed_from": None}
    elif row.place == place:
        values["portion"] = next((size for size in PORTIONS if row.portion is None or size < row.portion), 0)
    update_row(connection, run, **values)
    return by_id(connection, run)


def by_id(connection: Connection, run: int) -> Row[Any]:
    """The run's row."""
    return connection.execute(select(sync_run).where(sync_run.c.id == run)).one()


def find(connection: Connection, run: int) -> Row[Any] | None:
    """The row of a run that may not be there."""
    return connection.execute(select(sync_run).where(sync_run.c.id == run)).one_or_none()


def unfinished(connection: Connection) -> list[Row[Any]]:
    """Runs that somebody has to do, oldest first."""
    return list(connection.execute(select(sync_run).where(sync_run.c.finished_at.is_(None)).order_by(sync_run.c.id)))


def of_connection(connection: Connection, connection_id: int, limit: int, before: int | None = None) -> list[Row[Any]]:
    """A connection's runs, latest first; with `before`, those that came before that one."""
    query = select(sync_run).where(sync_run.c.connection_id == connection_id)
    if before is not None:
        query = query.where(sync_run.c.id < before)
    return list(connection.execute(query.order_by(sync_run.c.id.desc()).limit(limit)))


def latest(connection: Connection) -> dict[int, Row[Any]]:
    """The latest run of each connection that has had one."""
    last = select(func.max(sync_run.c.id)).group_by(sync_run.c.connection_id)
    return {row.connection_id: row for row in connection.execute(select(sync_run).where(sync_run.c.id.in_(last)))}


def as_json(row: Row[Any]) -> dict[str, Any]:
    """A run as doors show it."""
    names = ("state", *COUNTERS, "total", "resumed_from", "problem", "requested_by", "started_at", "finished_at")
    return {"run": row.id, "connection": row.connection_id, **{name: getattr(row, name) for name in names}}


def seen(connection: Connection, run: int) -> tuple[set[str], int]:
    """The badges that the run's batches have seen so far, and how many batches there were."""
    rows = connection.execute(select(sync_batch.c.badges).where(sync_batch.c.run_id == run)).all()
    return {badge for row in rows for badge in row.badges}, len(rows)


def update_row(connection: Connection, run: int, **values: Any) -> None:
    """Set columns of the run's row."""
    connection.execute(update(sync_run).where(sync_run.c.id == run).values(**values))


def remember_batch(connection: Connection, run: int, number: int, badges: list[str], values: dict[str, Any]) -> None:
    """Write down a batch and where the next one begins."""
    connection.execute(insert(sync_batch).values(run_id=run, number=number, badges=badges))
    update_row(connection, run, moved_at=now(), **values)


def shown_missing(connection: Connection, run: int) -> frozenset[int]:
    """The badges, as identities, that a run missed and asked about."""
    found = find(connection, run)
    return frozenset((found.missing if found else None) or ())


def finish(connection: Connection, run: int, ended: Ended, values: dict[str, Any]) -> None:
    """End a run; where it is to go again, the next one waits from now on. What its batches saw mattered until now."""
    connection.execute(delete(sync_batch).where(sync_batch.c.run_id == run))
    outcome = {"state": ended.state, "problem": ended.problem, "missing": ended.missing}
    update_row(connection, run, finished_at=stamp(), **outcome, **values)
    row = by_id(connection, run)
    if row.again:
        _queue(connection, row.connection_id, by=row.requested_by)
