"""Verification service profiles: one per organization and platform, approved with the first credential that uses it."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from adapters.contract import Adapter
from connector.clock import stamp
from connector.credentials.mapping import context
from connector.credentials.tables import verification_service as table
from connector.organizations.accounts import Organization
from mappings.canonical import digest
from mappings.crosswalk.verification_service import verification_service
from mappings.ctdl.model import VerificationServiceProfile
from mappings.ctdl.shape import by_name, properties


class Profile(NamedTuple):
    """A stored profile and where it stands."""

    ctid: str
    content_hash: str
    approved_hash: str | None
    published_hash: str | None
    profile: VerificationServiceProfile


def ensure(connection: Connection, organization: Organization, adapter: Adapter) -> None:
    """Have the organization's profile for a platform, as the crosswalk writes it now. Writes only what differs."""
    profile = verification_service(context(adapter, organization))
    assert profile is not None
    values = {"properties": properties(profile), "content_hash": digest(properties(profile))}
    there = connection.execute(select(table.c.content_hash).where(table.c.ctid == profile.ctid)).scalar_one_or_none()
    if there is None:
        connection.execute(
            insert(table).values(
                ctid=profile.ctid,
                organization_id=organization.id,
                authority=adapter.authority(),
                **values,
            )
        )
    elif there != values["content_hash"]:
        connection.execute(update(table).where(table.c.ctid == profile.ctid).values(**values))


def approve(connection: Connection, ctids: set[str], *, by: str) -> None:
    """Approve profiles as they are, along with the credentials a person approves that name them."""
    connection.execute(
        update(table)
        .where(table.c.ctid.in_(ctids), table.c.approved_hash.is_distinct_from(table.c.content_hash))
        .values(approved_hash=table.c.content_hash, approved_by=by, approved_at=stamp())
    )


def confirm(connection: Connection, ctid: str, published_hash: str | None) -> None:
    """Remember what the organization's destination holds."""
    connection.execute(update(table).where(table.c.ctid == ctid).values(published_hash=published_hash))


def of_organization(connection: Connection, organization_id: int) -> list[Profile]:
    """An organization's profiles."""
    rows = connection.execute(
        select(table).where(table.c.organization_id == organization_id).order_by(table.c.authority)
    )
    return [_read(row) for row in rows]


def _read(row: Row[Any]) -> Profile:
    known = by_name(VerificationServiceProfile)
    values = {known[name].attribute: _frozen(value) for name, value in row.properties.items()}
    profile = VerificationServiceProfile(ctid=row.ctid, **values)
    return Profile(row.ctid, row.content_hash, row.approved_hash, row.published_hash, profile)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
