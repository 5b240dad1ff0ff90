"""What a caller may reach. All else is, for them, not there: the same answer as for what nobody has."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row

from connector.connections import accounts
from connector.connections.accounts import Account
from connector.credentials import queries, records
from connector.credentials.queries import Listed
from connector.credentials.records import Sourced
from connector.organizations import access
from connector.organizations.accounts import Organization
from connector.organizations.api_tokens import Caller
from connector.problem import Problem
from connector.publishing import publications
from connector.sync import runs


def organizations(connection: Connection, caller: Caller, called: str | int | None = None) -> dict[int, Organization]:
    """The organizations within reach by id; with `called`, only that one. Problem where that one is not."""
    found = (
        access.reachable(connection, caller.person) if called is None else [organization(connection, caller, called)]
    )
    return {each.id: each for each in found}


def organization(connection: Connection, caller: Caller, called: str | int) -> Organization:
    """The organization with this id, CTID or name."""
    return access.reached(connection, caller.person, str(called))


def account(connection: Connection, caller: Caller, account_id: int) -> Account:
    """The connection with this id."""
    found = accounts.still_there(connection, account_id)
    if found is None or found.organization_id not in organizations(connection, caller):
        raise Problem("connection_not_found", f"There is no connection {account_id}.", action="See /api/v1/connections")
    return found


def records_of(connection: Connection, caller: Caller, called: str | int | None = None) -> ColumnElement[bool]:
    """The records of the organizations within reach, or of one of them."""
    return queries.of_organizations(organizations(connection, caller, called))


def record(connection: Connection, caller: Caller, called: str) -> Sourced:
    """The record with this id or CTID."""
    it = records.is_called(called) & records_of(connection, caller)
    found = records.read(connection, it, 1)
    if not found:
        raise records.missing(connection, it, called)
    return found[0]


def owner_of(connection: Connection, caller: Caller, called: str) -> int:
    """Whose record this id or CTID is, also of one that another record represents. Problem where none is there."""
    owner = records.organization_of(connection, called)
    if owner not in organizations(connection, caller):
        raise records.unknown(called)
    return owner


def listed(connection: Connection, caller: Caller, called: str) -> Listed:
    """The record with this id or CTID, as lists show it."""
    it = records.is_called(called) & records_of(connection, caller)
    found = list(queries.listed(connection, it, 1))
    if not found:
        raise records.missing(connection, it, called)
    return found[0]


def sync_run(connection: Connection, caller: Caller, run: int) -> Row[Any]:
    """The sync run with this id."""
    found = runs.find(connection, run)
    if found is not None:
        owner = accounts.by_id(connection, found.connection_id).organization_id
        if owner in organizations(connection, caller):
            return found
    raise Problem("run_not_found", f"There is no run {run}.", action="See /api/v1/connections/{connection}/runs")


def publishing_run(connection: Connection, caller: Caller, run: int) -> Row[Any]:
    """The publishing run with this id."""
    found = publications.find_run(connection, run)
    if found is None or found.organization_id not in organizations(connection, caller):
        raise Problem("publication_not_found", f"There is no publication {run}.", action="See /api/v1/publications")
    return found
