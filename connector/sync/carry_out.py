"""Gets a run done: by this process, or by waiting for the one that is at it already."""

import time
from typing import Any

from sqlalchemy import Row

from connector.connections import accounts
from connector.jobs.lease import LOOK_AGAIN_SECONDS, Superseded, claim, kept_alive
from connector.settings import Settings
from connector.storage import Database
from connector.sync import runs
from connector.sync.perform import Report, perform
from connector.sync.tables import sync_run


def sync(
    database: Database, settings: Settings, connection_id: int, *, by: str, accept_gone: bool, report: Report
) -> Row[Any]:
    """Bring a connection's records up to date; the ended run. Problem where the connection is paused."""
    with database.transaction() as connection:
        accounts.refuse_unless_active(accounts.by_id(connection, connection_id))
        run, again = runs.request(connection, connection_id, by=by, accept_gone=accept_gone)
    ended = carry_out(database, settings, run, report)
    if again:
        # Somebody was at it already when this was asked for: what counts is the run after that one.
        with database.reading() as connection:
            run = runs.following(connection, run)
        ended = carry_out(database, settings, run, report)
    return ended


def carry_out(database: Database, settings: Settings, run: int, report: Report) -> Row[Any]:
    """See a run through to its end, whoever works on it, and answer its row."""
    while True:
        with database.reading() as connection:
            row = runs.by_id(connection, run)
        if row.finished_at:
            return row
        if not _done(database, settings, run, report):
            time.sleep(LOOK_AGAIN_SECONDS)


def take_up(database: Database, settings: Settings, report: Report) -> bool:
    """Do one run that waits or was left behind; whether there was one."""
    with database.reading() as connection:
        waiting = [row.id for row in runs.unfinished(connection)]
    return any(_done(database, settings, run, report) for run in waiting)


def _done(database: Database, settings: Settings, run: int, report: Report) -> bool:
    """Do a run, unless somebody else holds it or takes it over; whether it was done here."""
    with database.transaction() as connection:
        fence = claim(connection, sync_run, run)
    if fence is None:
        return False
    try:
        with kept_alive(database, sync_run, run, fence):
            perform(database, settings, run, fence, report)
    except Superseded:
        return False
    return True
