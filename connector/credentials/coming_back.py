"""Badges whose CTIDs are held already: a CTID belongs to one record, whichever way it came.

A badge under the CTID of a record that was brought in is that record, which takes its content from the badge from then
on. A badge under the CTID of any other record waits: another organization here has it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from connector.credentials import records
from connector.credentials.records import slices
from connector.credentials.state import SourceChanged
from connector.credentials.tables import record, source_identity
from connector.problem import Problem

_REASON = "it came back as a badge"


class Holder(NamedTuple):
    """The record that holds a CTID, whose it is, and whether it was brought in, so that it comes from no platform."""

    record_id: str
    organization_id: int
    brought_in: bool


def holders(connection: Connection, ctids: Iterable[str]) -> dict[str, Holder]:
    """Those of these CTIDs that a record holds, each with the record."""
    s, r = source_identity.c, record.c
    query = select(r.ctid, r.id, r.organization_id, s.id.is_not(None) & s.connection_id.is_(None))
    query = query.outerjoin(source_identity, (s.record_id == r.id) & s.is_primary)
    rows = (row for some in slices(list(ctids)) for row in connection.execute(query.where(r.ctid.in_(some))))
    return {ctid: Holder(*holder) for ctid, *holder in rows}


def held(ctid: str) -> Problem:
    """The problem of a badge whose CTID another record holds."""
    return Problem(
        "ctid_held",
        f"A record here holds the CTID of this badge already, {ctid}: mostly of an organization that has it as well.",
        action="Take the badge in through one organization only; nothing of the other record was changed.",
    )


def take_over(connection: Connection, record_id: str, source: int, *, own: str | None) -> None:
    """Have a record take its content from a badge, by its source, and represent that one's own record if it has one."""
    s = source_identity.c
    connection.execute(update(source_identity).where(s.record_id == record_id).values(is_primary=False))
    connection.execute(update(source_identity).where(s.id == source).values(record_id=record_id, is_primary=True))
    if own is not None:
        connection.execute(update(record).where(record.c.id == own).values(represented_by=record_id))


def come_back(connection: Connection, own: str, record_id: str, *, by: str) -> None:
    """Have a record take its content from the badge whose own record has no CTID, and say what that says now."""
    s = source_identity.c
    source = connection.execute(select(s.id).where(s.record_id == own, s.is_primary)).scalar_one()
    take_over(connection, record_id, source, own=own)
    sourced = records.one(connection, record_id)
    records.settle(connection, sourced, SourceChanged(sourced.mapped), by=by, reason=_REASON)
