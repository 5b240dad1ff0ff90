"""Maps records again: with a better crosswalk, or once a person has said whose badges an issuer's are.

A better mapping never applies by itself; here a person asks for it, after a look at what would change.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from connector.connections import accounts
from connector.connections.accounts import Account
from connector.connections.identity import issuer_key
from connector.credentials import records
from connector.credentials.mapping import MAPPED_WITH
from connector.credentials.records import AT_ONCE, Sourced
from connector.credentials.state import Changes, Remapped, decide
from connector.credentials.tables import record


class Affected(NamedTuple):
    """A record that mapping again changes, and whether it needs approval anew."""

    id: str
    name: str
    loses_approval: bool


def remap(connection: Connection, organization_id: int, *, by: str, dry_run: bool) -> list[Affected]:
    """Map an organization's records with the present crosswalk; with `dry_run`, only say which would change."""
    return _remap(connection, record.c.organization_id == organization_id, by=by, dry_run=dry_run)


def outdated(connection: Connection, organization_id: int) -> int:
    """How many of an organization's records another version of this software has mapped."""
    theirs = (record.c.organization_id == organization_id) & (record.c.mapped_with != MAPPED_WITH)
    return connection.execute(select(func.count()).select_from(record).where(theirs)).scalar_one()


def confirm_issuer(connection: Connection, account: Account, issuer: str, *, by: str) -> list[Affected]:
    """A person says that an issuer's badges are the organization's: records that waited for it get their CTIDs."""
    accounts.confirm_owner(connection, account.id, issuer, account.organization_id, by=by)
    waiting = (record.c.organization_id == account.organization_id) & record.c.ctid.is_(None)
    return _remap(connection, waiting, issuer, by=by, dry_run=False)


def _remap(
    connection: Connection, which: ColumnElement[bool], issuer: str | None = None, *, by: str, dry_run: bool
) -> list[Affected]:
    """Map records again; with `issuer`, only badges of that one, which their definitions alone can tell."""
    affected: list[Affected] = []
    after = -1
    while portion := records.read(connection, which & (record.c.position > after), AT_ONCE):
        after = portion[-1].row.position
        chosen = [each for each in portion if issuer is None or _is_of(each, issuer)]
        settled = [(each, decide(each.record, Remapped(each.mapped))) for each in chosen]
        affected += [_affected(each, changes) for each, changes in settled if _differs(each, changes)]
        if not dry_run:
            written = [(each.row.id, each.record, changes, "Remapped") for each, changes in settled]
            records.write(connection, written, by=by)
    return affected


def _is_of(each: Sourced, issuer: str) -> bool:
    return each.badge.issuer is not None and issuer_key(each.badge.issuer.id) == issuer_key(issuer)


def _differs(each: Sourced, changes: Changes) -> bool:
    return bool(changes.record.content_hash != each.row.content_hash or each.row.mapped_with != MAPPED_WITH)


def _affected(each: Sourced, changes: Changes) -> Affected:
    approved = each.row.approved_hash is not None and each.row.approved_hash == each.row.content_hash
    return Affected(each.row.id, each.row.name, approved and changes.record.content_hash != each.row.content_hash)
