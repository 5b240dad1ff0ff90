"""What a person asks of a connection's syncs, done by whichever worker comes first."""

from sqlalchemy import Connection

from connector.connections import accounts, renewal
from connector.connections.accounts import Account
from connector.connections.secrets import Keyring
from connector.problem import Problem
from connector.sync import runs


def ask(connection: Connection, account: Account, *, by: str, accepts: int | None = None) -> int:
    """Ask for a sync; the run to watch. Problem where the connection is paused, removed or not finished.

    `accepts`: the run that needs confirmation, where a person says that what it missed is gone. Problem where that run
    asks nothing.
    """
    accounts.refuse_unless_active(account)
    if accepts is not None:
        _refuse_unless_asking(connection, account, accepts)
    run, _ = runs.request(connection, account.id, by=by, accepts=accepts)
    return run


def _refuse_unless_asking(connection: Connection, account: Account, run: int) -> None:
    found = runs.find(connection, run)
    if found is None or found.connection_id != account.id or found.state != "needs_confirmation":
        message = "That sync does not ask whether badges are gone."
        raise Problem("nothing_to_confirm", message, action="Look at the latest sync of the connection.")


def start(
    connection: Connection, keys: Keyring, account: Account, *, schedule: str, by: str, seen: str | None = None
) -> int:
    """Finish connecting: from now on the connection syncs as often as `schedule` says, and at once; the run to watch.

    Problem for an unknown schedule, or where the checks have not passed with what was given last; with `seen`, also
    where that is of another edition.
    """
    accounts.set_schedule(connection, account.id, schedule)
    renewal.finish(connection, keys, account, by=by, seen=seen)
    return ask(connection, accounts.by_id(connection, account.id), by=by)
