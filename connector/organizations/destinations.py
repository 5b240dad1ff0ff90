"""Where an organization's records go, and whether it has said what it published there before."""

from typing import Literal, NamedTuple

from sqlalchemy import Connection, select, update

from connector.clock import stamp
from connector.organizations.tables import organization

EMBEDDED = "local"
PRACTICE = frozenset({EMBEDDED})
"""The destinations where nothing is public."""

Answer = Literal["loaded", "declined"]


class BroughtIn(NamedTuple):
    """What an organization said about the credentials it published before: loaded, declined, or nothing yet."""

    answer: str | None
    at: str | None
    by: str | None


def is_practice(name: str) -> bool:
    """Whether the destination of this name is for practice only."""
    return name in PRACTICE


def brought_in(connection: Connection, organization_id: int) -> BroughtIn:
    """What an organization said about the credentials it published before, when, and who said it."""
    o = organization.c
    query = select(o.brought_in, o.brought_in_at, o.brought_in_by).where(o.id == organization_id)
    return BroughtIn(*connection.execute(query).one())


def note_brought_in(connection: Connection, organization_id: int, answer: Answer, *, by: str) -> None:
    """Remember what an organization said. Declining what was loaded before changes nothing: it is there."""
    if answer == "declined" and brought_in(connection, organization_id).answer == "loaded":
        return
    said = {"brought_in": answer, "brought_in_at": stamp(), "brought_in_by": by}
    connection.execute(update(organization).where(organization.c.id == organization_id).values(**said))
