"""Badges that a whole listing did not show: suspected once, gone the second time, never deleted."""

from collections.abc import Sequence, Set
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from adapters.contract import BadgeKey
from connector.connections.identity import issuer_key
from connector.credentials import records
from connector.credentials.state import SourceGone, decide
from connector.credentials.tables import record, source_identity

SUSPICIOUS_SHARE = 0.2
SUSPICIOUS_COUNT = 5


class Absence(NamedTuple):
    """What a listing missed of the `known` badges: identities missed for the first time, and again."""

    known: int
    first: tuple[int, ...]
    again: tuple[int, ...]

    @property
    def needs_confirmation(self) -> bool:
        """Whether so much is missing that a person must say it is true: all of it, or many and more than a fifth."""
        missing = len(self.first) + len(self.again)
        return missing > 0 and (
            missing == self.known or (missing > SUSPICIOUS_COUNT and missing > self.known * SUSPICIOUS_SHARE)
        )


def absence(connection: Connection, connection_id: int, seen: Set[str], issuers: Set[str] | None = None) -> Absence:
    """Which badges of a connection a complete listing did not show; those that are gone already count no more.

    `issuers`: keys of the only issuers that were listed, of which alone something can be missing.
    """
    s = source_identity.c
    columns = (s.id, s.authority, s.badge_id, s.suspected_in, *([] if issuers is None else [s.issuer]))
    rows = connection.execute(select(*columns).where(_watched(connection_id)).order_by(s.id)).all()
    if issuers is not None:
        rows = [row for row in rows if issuer_key(row.issuer["id"]) in issuers]
    missing = [row for row in rows if str(BadgeKey(row.authority, row.badge_id)) not in seen]
    return Absence(
        known=len(rows),
        first=tuple(row.id for row in missing if row.suspected_in is None),
        again=tuple(row.id for row in missing if row.suspected_in is not None),
    )


def watched_issuers(connection: Connection, connection_id: int) -> dict[str, str]:
    """The issuers that a connection's badges are of, by key: what to call each."""
    issuers = connection.scalars(select(source_identity.c.issuer).where(_watched(connection_id)).distinct())
    return {issuer_key(each["id"]): each["name"] or each["id"] for each in issuers}


def _watched(connection_id: int) -> ColumnElement[bool]:
    s = source_identity.c
    return (s.connection_id == connection_id) & s.gone_at.is_(None) & s.record_id.is_not(None)


def suspect(connection: Connection, identities: Sequence[int], run: int) -> None:
    """Remember which run missed these badges first."""
    s = source_identity.c
    for some in records.slices(identities):
        connection.execute(update(source_identity).where(s.id.in_(some)).values(suspected_in=run))


def flag_gone(connection: Connection, identities: Sequence[int], *, at: str, by: str) -> None:
    """Flag badges, and the records that take their content from them, as gone."""
    s = source_identity.c
    for some in records.slices(identities):
        these = s.id.in_(some)
        connection.execute(update(source_identity).where(these).values(gone_at=at, suspected_in=None))
        of_these = record.c.id.in_(select(s.record_id).where(these, s.is_primary))
        settled = [
            (record_id, before, decide(before, SourceGone(at)), "SourceGone")
            for record_id, before in records.standing(connection, of_these)
        ]
        records.write(connection, settled, by=by)
