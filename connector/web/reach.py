"""The connection that an address names, where the visitor may see it, and problems in the words of the desk."""

from sqlalchemy import Connection

from connector.connections import accounts
from connector.connections.accounts import Account
from connector.credentials import records
from connector.credentials.records import Sourced
from connector.problem import Problem
from connector.web.gate import Visit

_ACTIONS = {
    "reconnect_needed": "Reconnect with a valid token or secret; nothing is lost.",
    "secret_not_readable": "Have CONNECTOR_SECRET_KEY restored, or reconnect.",
    "settings_outdated": "Reconnect; the records stay.",
    "needs_confirmation": "Say whether they are gone, or look at the account on the platform.",
    "connection_paused": "Resume it first.",
    "connection_draft": "Finish connecting it first.",
    "connection_unchecked": "They run here by themselves; finish when all have passed.",
    "organization_not_approved": "Ask site staff to approve it.",
    "record_not_found": "Go back to the review queue; it may belong to another organization.",
    "profile_not_found": "See which there are under Verification services.",
    "suggestion_not_found": "See what is open under Matches.",
    "nothing_to_undo": "Open the record to see what it is put together with.",
    "published_already": "Open its record and take it out of the registry first.",
    "belongs_to_one_only": "Open its record and take it apart first.",
    "rules_not_found": "See which there are under Rules.",
    "rules_not_understood": "Correct them under Rules.",
    "organization_not_found": "Choose one of yours, top right.",
    "mapped_by_another_version": "Have the records mapped again first: the home page leads there.",
    "unexpected": "Report this with the log of the installation.",
}


def account_of(visit: Visit, account_id: int) -> Account:
    """The connection with this id, and have the visit be about its organization.

    Problem, as if it did not exist, where it is removed or another's.
    """
    nowhere = Problem("not_found", "There is no such connection.", action="See which there are under Connections.")
    try:
        with visit.reading() as connection:
            account = accounts.find(connection, str(account_id))
    except Problem:
        raise nowhere from None
    if account.id != account_id:
        raise nowhere
    visit.looks_at(account.organization_id)
    return account


def one_of_theirs(visit: Visit, connection: Connection, called: str) -> Sourced:
    """A record of an organization of the visitor's. Problem, as if it did not exist, where it is another's."""
    if records.organization_of(connection, called) not in {each.id for each in visit.organizations}:
        raise records.unknown(called)
    return records.one(connection, called)


def at_the_desk(problem: Problem) -> Problem:
    """The problem with a next step that can be taken here, where it would name a command otherwise."""
    action = _ACTIONS.get(problem.code, problem.action)
    return Problem(problem.code, problem.message, side=problem.side, action=action, fields=problem.fields)
