"""One database, its short write transactions and its consistent reads."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, Engine, create_engine, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

BUSY_SECONDS = 60
LOOK_AGAIN_SECONDS = 0.05
_held = threading.local()


def in_transaction() -> bool:
    """Whether the calling thread holds a write transaction: whoever waits for the network must not."""
    return getattr(_held, "depth", 0) > 0


class Database:
    """An engine with the two ways to use it. Give it to use cases that go to the network in between."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = _engine(url)

    def is_there(self) -> bool:
        """Whether there is anything to open: looking into a SQLite file that is missing would make it."""
        file = self.engine.url.database
        return self.engine.dialect.name != "sqlite" or not file or file == ":memory:" or Path(file).exists()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction that takes the write lock at once, commits at the end, rolls back on an exception."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            _held.depth = getattr(_held, "depth", 0) + 1
            try:
                yield connection
            finally:
                _held.depth -= 1

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the data, for as long as the block lasts."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


class now(GenericFunction[float]):  # noqa: N801 - reads as the SQL function it is
    """The database's own clock in seconds since 1970: the only clock that leases trust."""

    type = Double()
    inherit_cache = True
    name = "connector_now"


@compiles(now, "sqlite")
def _now_sqlite(element: ColumnElement[float], compiler: Any, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(element: ColumnElement[float], compiler: Any, **kw: Any) -> str:
    return "extract(epoch from clock_timestamp())"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver's own transaction control begins too late for BEGIN IMMEDIATE; ours takes its place.
    connection.isolation_level = None
    for pragma in (
        "page_size=16384",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "cache_size=-65536",
        "foreign_keys=ON",
    ):
        _set(connection, pragma)


def _set(connection: Any, pragma: str) -> None:
    """Set a pragma. The change to WAL does not wait for a writer by itself, as everything else does."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_AGAIN_SECONDS)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
