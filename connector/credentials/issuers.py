"""The issuers whose badges a connection has delivered: whose they are, who said so, what is held until somebody does.

A badge tells by itself whose it is, whatever listing it came with: an issuer is known from the badges' definitions.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, true

from connector.connections import accounts
from connector.connections.accounts import Account, Confirmation
from connector.connections.identity import issuer_key
from connector.credentials.tables import record, source_identity
from connector.organizations import accounts as organizations
from connector.organizations.accounts import Organization
from mappings.ctdl.reading import is_language, is_url
from mappings.open_badges.model import BadgeClass, Issuer

AT_ONCE = 1000
ANY = true()
s = source_identity.c


@dataclass(frozen=True, slots=True)
class Delivered:
    """An issuer of a connection: its records, and the organization that a person has said owns them, if any."""

    issuer: Issuer
    records: int
    owner: Organization | None
    confirmation: Confirmation | None

    @property
    def url(self) -> str | None:
        """The issuer's page where that may be a link: platforms may say anything."""
        return self.issuer.url if self.issuer.url and is_url(self.issuer.url) else None

    def as_json(self) -> dict[str, Any]:
        """The issuer as doors show it."""
        said = self.confirmation
        return {
            "id": self.issuer.id,
            "name": self.issuer.name,
            "url": self.url,
            "records": self.records,
            "state": "confirmed" if self.owner else "held",
            "owner": {"id": self.owner.id, "name": self.owner.name, "ctid": self.owner.ctid} if self.owner else None,
            "confirmed_by": said.by if said else None,
            "confirmed_at": said.at if said else None,
        }


def delivered(connection: Connection, account: Account) -> list[Delivered]:
    """Every issuer that a connection has delivered badges of, and those that were confirmed before any came.

    Held ones first, then those with most records.
    """
    said = accounts.confirmations(connection, account.organization_id)
    counts, found = _counted(_badges(connection, account))
    for each in accounts.confirmed(connection, account.id):
        found.setdefault(issuer_key(each.issuer), Issuer(id=each.issuer))
    owners = {each.id: each for each in organizations.every(connection)}
    issuers = [
        Delivered(issuer, counts[key], owners[said[key].organization] if key in said else None, said.get(key))
        for key, issuer in found.items()
    ]
    return sorted(issuers, key=lambda each: (each.owner is not None, -each.records, each.issuer.id))


def held(connection: Connection, account: Account, most: int) -> list[Delivered]:
    """The issuers whose records wait since nobody has said whose they are; so many incomplete ones are looked at."""
    owners = accounts.owners(connection, account.organization_id)
    waiting = islice(_badges(connection, account, record.c.blocking > 0), most)
    counts, found = _counted(waiting)
    return [Delivered(issuer, counts[key], None, None) for key, issuer in found.items() if key not in owners]


def without_language(connection: Connection, account: Account, most: int) -> int:
    """How many badges of a connection declare no language, of so many that are looked at."""
    return sum(not declares_language(badge) for badge in islice(_badges(connection, account), most))


def declares_language(badge: BadgeClass) -> bool:
    """Whether a badge says in which language it is."""
    return is_language((badge.language or "").replace("_", "-"))


def _counted(badges: Iterable[BadgeClass]) -> tuple[Counter[str], dict[str, Issuer]]:
    """How many of the badges each issuer has, and the issuers, by `issuer_key`."""
    counts: Counter[str] = Counter()
    found: dict[str, Issuer] = {}
    for badge in badges:
        if badge.issuer:
            key = issuer_key(badge.issuer.id)
            counts[key] += 1
            found.setdefault(key, badge.issuer)
    return counts, found


def _badges(connection: Connection, account: Account, which: ColumnElement[bool] = ANY) -> Iterator[BadgeClass]:
    """The badges behind a connection's records, read and not mapped; those that cannot be read now are left out."""
    if not accounts.is_installed(account):
        return
    adapter = accounts.reader_of(account)
    query = (
        select(s.id, s.definition, s.issuer)
        .join(record, record.c.id == s.record_id)
        .where(s.connection_id == account.id, s.unreadable.is_(None), which)
        .order_by(s.id)
        .limit(AT_ONCE)
    )
    after = 0
    while rows := connection.execute(query.where(s.id > after)).all():
        yield from (adapter.badge_class(row.definition, Issuer(**row.issuer)) for row in rows)
        after = rows[-1].id
