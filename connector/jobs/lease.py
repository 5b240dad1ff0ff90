"""Leases on rows of work: claim, renew, check the fence, release. Times are the database's clock.

Each claim raises the row's `fence`; whoever holds an older one has been superseded and must write nothing.
"""

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Double, Integer, String, Table, insert, select, update
from sqlalchemy.exc import OperationalError

from connector.clock import stamp
from connector.storage import Database
from connector.storage.database import now

LEASE_SECONDS = 30.0
RENEW_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.25


AndThen = Callable[[Connection, int], None]


class StillHeld(Exception):
    """Somebody else holds the row, and the time to wait for it is up."""


class Superseded(Exception):
    """Another worker has taken the work over: stop, and write nothing more."""


def lease_columns() -> tuple[Column[Any], ...]:
    """The columns that make a table's rows claimable."""
    return (
        Column("owner", String),
        Column("lease_until", Double),
        Column("fence", Integer, nullable=False, default=0),
    )


def this_process() -> str:
    """Names this process so that another one on the same host can tell whether it still lives."""
    return f"{platform.node()}|{_boot()}|{os.getpid()}|{_started(os.getpid())}"


def claim(connection: Connection, table: Table, row_id: int) -> int | None:
    """Take an unfinished row that nobody holds. The new fence, or None."""
    fence = connection.execute(select(table.c.fence).where(table.c.id == row_id)).scalar_one()
    if is_held(connection, table, row_id):
        return None
    taken = connection.execute(
        update(table)
        .where(table.c.id == row_id, table.c.finished_at.is_(None), table.c.fence == fence)
        .values(owner=this_process(), lease_until=now() + LEASE_SECONDS, fence=fence + 1)
    )
    return int(fence) + 1 if taken.rowcount else None


def is_held(connection: Connection, table: Table, row_id: int) -> bool:
    """Whether a worker that may still live holds the row: its lease runs, and it is not known to be gone."""
    columns = (table.c.owner, (table.c.lease_until >= now()).label("runs"))
    row = connection.execute(select(*columns).where(table.c.id == row_id)).one()
    return row.owner is not None and bool(row.runs) and not _is_gone(row.owner)


def renew(connection: Connection, table: Table, row_id: int, fence: int) -> None:
    """Extend the lease. Raises Superseded where the fence is no longer ours."""
    kept = connection.execute(
        update(table)
        .where(table.c.id == row_id, table.c.fence == fence, table.c.finished_at.is_(None))
        .values(lease_until=now() + LEASE_SECONDS)
    )
    if not kept.rowcount:
        raise Superseded


def active_or_new(connection: Connection, table: Table, is_it: ColumnElement[bool], values: Mapping[str, Any]) -> int:
    """The one unfinished row that `is_it`, or a new one with these values."""
    there = connection.execute(select(table.c.id).where(is_it, table.c.finished_at.is_(None))).scalar_one_or_none()
    if there is None:
        there = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return int(there)


@contextmanager
def held(
    database: Database,
    table: Table,
    turn: Callable[[Connection], int],
    *,
    patience: float | None = None,
    and_then: AndThen | None = None,
) -> Iterator[tuple[int, int]]:
    """Wait until nobody else holds the row that `turn` names, hold it for the block, finish it at its end.

    Yields the row's id and fence. A row that a dead process left behind is taken over. Raises StillHeld where somebody
    else holds it for longer than `patience` seconds.
    """
    began = time.monotonic()
    while True:
        with database.transaction() as connection:
            row_id = turn(connection)
            fence = claim(connection, table, row_id)
        if fence is not None:
            break
        if patience is not None and time.monotonic() - began > patience:
            raise StillHeld
        time.sleep(LOOK_AGAIN_SECONDS)
    with finished(database, table, row_id, fence, and_then=and_then):
        yield row_id, fence


@contextmanager
def finished(
    database: Database, table: Table, row_id: int, fence: int, *, and_then: AndThen | None = None
) -> Iterator[None]:
    """Keep the lease of a claimed row for the block, and finish the row at its end, with `and_then` in one step."""
    try:
        with kept_alive(database, table, row_id, fence):
            yield
    finally:
        with database.transaction() as connection:
            is_ours = (table.c.id == row_id) & (table.c.fence == fence)
            if connection.execute(update(table).where(is_ours).values(finished_at=stamp())).rowcount and and_then:
                and_then(connection, row_id)


@contextmanager
def kept_alive(database: Database, table: Table, row_id: int, fence: int) -> Iterator[None]:
    """Renews the lease from a thread of its own for as long as the block lasts."""
    over = threading.Event()
    beat = threading.Thread(target=_beat, args=(database, table, row_id, fence, over), daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()


def _beat(database: Database, table: Table, row_id: int, fence: int, over: threading.Event) -> None:
    while not over.wait(RENEW_SECONDS):
        try:
            with database.transaction() as connection:
                renew(connection, table, row_id, fence)
        except Superseded:
            return
        except OperationalError:
            # The database is busy for longer than it may be: the next beat tries again, before the lease ends.
            continue


def _is_gone(owner: str) -> bool:
    host, boot, pid, started = owner.split("|")
    if host != platform.node():
        return False
    return boot != _boot() or not _lives(int(pid)) or _started(int(pid)) != started


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _status(pid)[:1] != ["Z"]


def _started(pid: int) -> str:
    """A process id is used again in time; with the start time it names one process. Elsewhere the id must do."""
    return "".join(_status(pid)[19:20])


@cache
def _boot() -> str:
    return _read("/proc/sys/kernel/random/boot_id").strip()


def _status(pid: int) -> list[str]:
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
