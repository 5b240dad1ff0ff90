"""Selections: many records picked at one moment, each with the hash of the content it had then.

What is decided about a selection is decided about what stood there when it was made; what changed since is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from connector.clock import stamp
from connector.credentials.tables import record, selection, source_identity
from connector.problem import Problem

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Selection:
    """Content hashes by record id, in source order."""

    id: str
    organization_id: int
    items: Mapping[str, str]


def pick(connection: Connection, organization_id: int, which: ColumnElement[bool], *, by: str) -> Selection:
    """Pick every record of an organization that fits, as it is now."""
    query = (
        select(record.c.id, record.c.content_hash)
        .join(source_identity, source_identity.c.record_id == record.c.id)
        .where(record.c.organization_id == organization_id, source_identity.c.is_primary, which)
        .order_by(record.c.position)
    )
    return keep(connection, organization_id, {row.id: row.content_hash for row in connection.execute(query)}, by=by)


def keep(connection: Connection, organization_id: int, items: Mapping[str, str], *, by: str) -> Selection:
    """Keep a selection that was made on a page: content hashes, as they were seen there, by record id."""
    connection.execute(delete(selection).where(selection.c.made_at < stamp(-KEPT)))
    made = Selection(token_urlsafe(16), organization_id, items)
    connection.execute(
        insert(selection).values(
            id=made.id,
            organization_id=organization_id,
            made_by=by,
            made_at=stamp(),
            items=[[record_id, hash_] for record_id, hash_ in made.items.items()],
        )
    )
    return made


def find(connection: Connection, called: str) -> Selection:
    """The selection with this id. Problem where it is not there any more."""
    row = connection.execute(select(selection).where(selection.c.id == called)).one_or_none()
    if row is None:
        raise Problem(
            "selection_not_found",
            "This selection is no longer kept.",
            action="Go back to the list and select again.",
        )
    return Selection(row.id, row.organization_id, dict(row.items))
