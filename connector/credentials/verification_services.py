"""Verification service profiles: one per organization and platform, approved with the first credential that uses it."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from connector.clock import stamp
from connector.connections.identity import Voucher
from connector.credentials.mapping import context
from connector.credentials.tables import verification_service as table
from connector.organizations.accounts import Organization
from mappings.canonical import digest
from mappings.crosswalk.verification_service import verification_service
from mappings.ctdl.model import VerificationServiceProfile
from mappings.ctdl.shape import from_properties, properties


class Approved(NamedTuple):
    """A profile as a person approved it."""

    ctid: str
    approved_hash: str
    profile: VerificationServiceProfile


def ensure(connection: Connection, organization: Organization, vouches: Voucher) -> None:
    """Have the organization's profile for a platform, as the crosswalk writes it now. Writes only what differs."""
    profile = verification_service(context(vouches, organization))
    assert profile is not None
    values = {"properties": properties(profile), "content_hash": digest(properties(profile))}
    there = connection.execute(select(table.c.content_hash).where(table.c.ctid == profile.ctid)).scalar_one_or_none()
    if there is None:
        connection.execute(
            insert(table).values(
                ctid=profile.ctid,
                organization_id=organization.id,
                authority=vouches.key.authority,
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
        .values(
            approved_hash=table.c.content_hash,
            approved_properties=table.c.properties,
            approved_by=by,
            approved_at=stamp(),
        )
    )


def confirm(connection: Connection, ctid: str, published_hash: str | None) -> None:
    """Remember what the organization's destination holds."""
    connection.execute(update(table).where(table.c.ctid == ctid).values(published_hash=published_hash))


def approved(connection: Connection, organization_id: int) -> list[Approved]:
    """The profiles of an organization that are approved, each as it was approved."""
    t = table.c
    rows = connection.execute(
        select(t.ctid, t.approved_hash, t.approved_properties)
        .where(t.organization_id == organization_id, t.approved_hash.is_not(None))
        .order_by(t.authority)
    )
    return [Approved(row.ctid, row.approved_hash, _profile(row.ctid, row.approved_properties)) for row in rows]


def present(connection: Connection, organization_id: int) -> dict[str, VerificationServiceProfile]:
    """The profiles of an organization as they are now, by CTID."""
    rows = connection.execute(
        select(table.c.ctid, table.c.properties).where(table.c.organization_id == organization_id)
    )
    return {row.ctid: _profile(row.ctid, row.properties) for row in rows}


def _profile(ctid: str, values: dict[str, Any]) -> VerificationServiceProfile:
    return from_properties(VerificationServiceProfile, values, ctid=ctid)
