"""What a worker does about syncs: asks for those that are due, and does those that wait."""

from connector.connections import accounts
from connector.settings import Settings
from connector.storage import Database
from connector.sync import runs
from connector.sync.carry_out import take_up

BY = "schedule"


def sync_what_waits(database: Database, settings: Settings) -> bool:
    """Ask for a run of every connection whose time has come, then do one run that waits; whether there was one."""
    queue_due(database)
    return take_up(database, settings, _say_nothing)


def queue_due(database: Database) -> None:
    """Ask for a run of every connection whose time has come."""
    with database.reading() as connection:
        if not accounts.any_due(connection):
            return
    with database.transaction() as connection:
        for due in accounts.take_due(connection):
            runs.request(connection, due, by=BY)


def _say_nothing(values: dict[str, object]) -> None:
    """Progress is in the run's row; nobody watches a worker."""
