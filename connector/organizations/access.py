"""Which organizations a person may see: what they may not see is, for them, not there."""

from sqlalchemy import Connection

from connector.organizations import accounts
from connector.organizations.accounts import Organization
from connector.organizations.people import Person


def reachable(connection: Connection, person: Person) -> list[Organization]:
    """The organizations a person looks after, oldest first: for site staff, all of them."""
    return accounts.every(connection) if person.site_staff else []


def reached(connection: Connection, person: Person, called: str) -> Organization:
    """The organization with this id, CTID or name. Problem, as if it did not exist, where it is not theirs."""
    theirs = {each.id for each in reachable(connection, person)}
    return accounts.find(connection, called, among=theirs)
