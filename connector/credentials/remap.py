"""Maps records again: with a better crosswalk, or once a person has said whose badges an issuer's are.

A better mapping never applies by itself; here a person asks for it, after a look at what would change.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, update

from connector.connections import accounts
from connector.connections.accounts import Account
from connector.connections.identity import issuer_key
from connector.credentials import records
from connector.credentials.coming_back import come_back, held, holders
from connector.credentials.decided import decided_by
from connector.credentials.mapping import Decided
from connector.credentials.records import AT_ONCE, Sourced
from connector.credentials.state import Changes, OwnerWithdrawn, Remapped, decide
from connector.credentials.tables import record
from mappings.crosswalk.credential import mapped_with

_OF_THE_WRITING = frozenset({"mapped_with", "added_at", "changed_at"})


class Affected(NamedTuple):
    """A record that mapping again writes anew: whether it says something else then, and needs approval again.

    `gains_approval`: it says again what was approved. `skipped_by` is the rule that leaves it out from then on,
    `returns` says that one has left it out until now. `content_hash` is of what it says then.
    """

    id: str
    name: str
    loses_approval: bool
    changes: bool
    gains_approval: bool = False
    skipped_by: str | None = None
    returns: bool = False
    content_hash: str = ""


def remap(connection: Connection, organization_id: int, *, by: str, dry_run: bool) -> list[Affected]:
    """Map an organization's records with the present crosswalk; with `dry_run`, only say which would change."""
    return map_again(connection, record.c.organization_id == organization_id, by=by, dry_run=dry_run)


def outdated(connection: Connection, organization_id: int) -> int:
    """How many of an organization's records another version of this software has mapped."""
    edition = decided_by(connection, organization_id).edition
    theirs = (record.c.organization_id == organization_id) & (record.c.mapped_with != mapped_with(edition))
    return connection.execute(select(func.count()).select_from(record).where(theirs)).scalar_one()


def confirm_issuer(
    connection: Connection, account: Account, issuer: str, *, by: str, owner: int | None = None, dry_run: bool = False
) -> list[Affected]:
    """A person says that an issuer's badges are the organization's, or those of `owner`, to publish.

    Records that waited for it get their CTIDs; where it had another owner, its records get this one and keep theirs.
    """
    key, owner = issuer_key(issuer), owner or account.organization_id
    before = accounts.owners(connection, account.organization_id)
    if not dry_run:
        accounts.confirm_owner(connection, account.id, issuer, owner, by=by)
    which = record.c.organization_id == account.organization_id
    if before.get(key) in (None, owner):
        which &= record.c.blocking > 0
    decided = replace(decided_by(connection, account.organization_id), owners={**before, key: owner})
    return map_again(connection, which, issuer, by=by, dry_run=dry_run, decided=decided)


def withdraw_issuer(
    connection: Connection, account: Account, issuer: str, *, by: str, dry_run: bool = False
) -> list[Affected]:
    """A person takes back whose an issuer's badges are.

    Its records keep their CTIDs, lose their approval and are held again.
    """
    owners = accounts.owners(connection, account.organization_id)
    owners.pop(issuer_key(issuer), None)
    if not dry_run:
        accounts.withdraw_owner(connection, account, issuer, by=by)
    theirs = record.c.organization_id == account.organization_id
    decided = replace(decided_by(connection, account.organization_id), owners=owners)
    return map_again(connection, theirs, issuer, by=by, dry_run=dry_run, decided=decided, happened=OwnerWithdrawn)


def map_again(
    connection: Connection,
    which: ColumnElement[bool],
    issuer: str | None = None,
    *,
    by: str,
    dry_run: bool,
    decided: Decided | None = None,
    happened: type[Remapped] | type[OwnerWithdrawn] = Remapped,
) -> list[Affected]:
    """Map records again; with `issuer`, only badges of that one, which their definitions alone can tell.

    With `decided`, as if their organization had decided this: what a person looks at before they decide it. `happened`
    is what a new mapping means for a record.
    """
    affected: list[Affected] = []
    after = -1
    while portion := records.read(connection, which & (record.c.position > after), AT_ONCE, decided=decided):
        after = portion[-1].row.position
        chosen = [each for each in portion if issuer is None or _is_of(each, issuer)]
        settled = [(each, decide(each.record, happened(each.mapped))) for each in chosen]
        back = _coming_back(connection, chosen)
        affected += [_affected(each, changes) for each, changes in settled if _differs(each, changes)]
        if not dry_run:
            _write(connection, [pair for pair in settled if pair[0].row.id not in back], happened.__name__, by=by)
            for own, record_id in back.items():
                come_back(connection, own, record_id, by=by)
    return affected


def _coming_back(connection: Connection, chosen: Sequence[Sourced]) -> dict[str, str]:
    """Records that get the CTID of one that was brought in: its id by theirs. Problem where any other one has it."""
    new = {ctid: each.row for each in chosen if each.row.ctid is None and (ctid := each.mapped.credential.ctid)}
    back: dict[str, str] = {}
    for ctid, holder in holders(connection, new).items():
        if not holder.brought_in or holder.organization_id != new[ctid].organization_id:
            raise held(ctid)
        back[new[ctid].id] = holder.record_id
    return back


def _is_of(each: Sourced, issuer: str) -> bool:
    found = each.badge.issuer if each.badge else None
    return found is not None and issuer_key(found.id) == issuer_key(issuer)


def _write(connection: Connection, settled: Sequence[tuple[Sourced, Changes]], event: str, *, by: str) -> None:
    """Write records anew; of those that come out as they were, only what they were mapped with."""
    anew = [(each, changes) for each, changes in settled if _is_written_anew(each, changes)]
    records.write(connection, [(each.row.id, each.record, changes, event) for each, changes in anew], by=by)
    written = {each.row.id for each, _ in anew}
    same = {each.row.id: each.mapped.mapped_with for each, _ in settled if each.row.id not in written}
    for version in set(same.values()):
        ids = [record_id for record_id, its_version in same.items() if its_version == version]
        connection.execute(update(record).where(record.c.id.in_(ids)).values(mapped_with=version))


def _differs(each: Sourced, changes: Changes) -> bool:
    return each.row.mapped_with != each.mapped.mapped_with or _is_written_anew(each, changes)


def _is_written_anew(each: Sourced, changes: Changes) -> bool:
    """Whether anything but the version is different, what it lacks and where it stands included."""
    row = each.row._mapping
    return any(row[name] != value for name, value in records.columns(changes).items() if name not in _OF_THE_WRITING)


def _affected(each: Sourced, changes: Changes) -> Affected:
    row, after = each.row, changes.record
    was = row.approved_hash is not None and row.approved_hash == row.content_hash
    is_now = after.approved_hash is not None and after.approved_hash == after.content_hash
    differs = after.content_hash != row.content_hash
    skips = each.mapped.applied.skip
    return Affected(
        row.id,
        row.name,
        loses_approval=was and not is_now,
        changes=differs,
        gains_approval=is_now and not was,
        skipped_by=None if row.skipped_by else skips,
        returns=row.skipped_by is not None and skips is None,
        content_hash=after.content_hash or "",
    )
