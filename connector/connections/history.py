"""What was done to a connection, by whom, when: for its page."""

from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from connector.clock import stamp
from connector.connections.tables import connection_event as table


class Event(NamedTuple):
    """One thing that was done: a sentence."""

    at: str
    by: str
    said: str


def note(connection: Connection, account: int, said: str, *, by: str) -> None:
    """Remember what was done."""
    connection.execute(insert(table).values(connection_id=account, at=stamp(), by=by, said=said))


def of(connection: Connection, account: int, limit: int) -> list[Event]:
    """The latest that was done to a connection, newest first."""
    query = select(table).where(table.c.connection_id == account).order_by(table.c.id.desc()).limit(limit)
    return [Event(row.at, row.by, row.said) for row in connection.execute(query)]
