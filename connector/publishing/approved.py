"""What an organization has approved, as documents in the order they are sent."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from connector.credentials import queries, verification_services
from connector.organizations.accounts import Organization
from mappings.ctdl.graph import credential_graph, verification_service_graph

Kind = Literal["verification_service", "credential"]


@dataclass(frozen=True, slots=True)
class Item:
    """One approved document. `subject` is the record's id (a profile's CTID), `needs` the CTIDs it depends on."""

    kind: Kind
    subject: str
    ctid: str
    hash: str
    document: dict[str, Any]
    needs: tuple[str, ...] = ()


def items(connection: Connection, organization: Organization, registry: str) -> list[Item]:
    """Verification service profiles first, then the credentials that name them, each as it was approved."""
    credentials = [
        Item(
            "credential",
            frozen.record_id,
            frozen.credential.ctid or "",
            frozen.content_hash,
            credential_graph(frozen.credential, registry),
            tuple(name for name in frozen.credential.uses_verification_service if isinstance(name, str)),
        )
        for frozen in queries.approved_revisions(connection, organization.id)
    ]
    needed = {name for item in credentials for name in item.needs}
    profiles = [
        Item(
            "verification_service",
            profile.ctid,
            profile.ctid,
            profile.approved_hash,
            verification_service_graph(profile.profile, registry),
        )
        for profile in verification_services.of_organization(connection, organization.id)
        if profile.ctid in needed and profile.approved_hash == profile.content_hash
    ]
    return [*profiles, *credentials]
