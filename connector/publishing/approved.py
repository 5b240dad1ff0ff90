"""What an organization has approved, as documents in the order they are sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, not_

from connector.connections.accounts import owners
from connector.credentials import queries, statuses, verification_services
from connector.organizations import accounts
from connector.organizations.accounts import Organization
from mappings.ctdl.graph import credential_graph, verification_service_graph
from mappings.ctdl.model import Credential, VerificationServiceProfile

Kind = Literal["verification_service", "credential"]


@dataclass(frozen=True, slots=True)
class Item:
    """One approved record. `subject` is the record's id (a profile's CTID), `hash` tells its approved content."""

    kind: Kind
    subject: str
    ctid: str
    hash: str
    node: Credential | VerificationServiceProfile
    position: int = 0

    @property
    def needs(self) -> tuple[str, ...]:
        """The CTIDs that must be in the registry before it."""
        if not isinstance(self.node, Credential):
            return ()
        return tuple(name for name in self.node.uses_verification_service if isinstance(name, str))

    @property
    def owners(self) -> tuple[str, ...]:
        """The CTIDs of the organizations that a credential is published for."""
        if not isinstance(self.node, Credential):
            return ()
        return tuple(name for name in self.node.owned_by or self.node.offered_by if isinstance(name, str))

    def document(self, registry: str) -> dict[str, Any]:
        """The document as it is sent, with every `@id` under the registry's base."""
        if isinstance(self.node, Credential):
            return credential_graph(self.node, registry)
        return verification_service_graph(self.node, registry)


class OtherOwner(NamedTuple):
    """The other organization that keeps a document from being sent, why, and who can change that."""

    name: str
    why: str
    action: str


def other_owner(connection: Connection, organization: Organization, item: Item) -> OtherOwner | None:
    """The other organization that a document is published for, where it may not be; else None.

    It has to be approved here, and a person must have confirmed the right to publish for it, as the owner of an issuer.
    """
    if not item.owners or organization.ctid in item.owners:
        return None
    known = accounts.by_ctid(connection, item.owners)
    confirmed = set(owners(connection, organization.id).values())
    if any(each.is_approved and each.id in confirmed for each in known.values()):
        return None
    first = item.owners[0]
    if first in known and known[first].is_approved:
        why = "for which nobody has confirmed your right to publish"
        return OtherOwner(known[first].name, why, "Confirm it under Owners on the page of the connection.")
    name = known[first].name if first in known else first
    return OtherOwner(name, "which is not approved here", "Site staff approve it.")


def profiles(connection: Connection, organization: Organization) -> Iterator[Item]:
    """Verification service profiles: they are sent before the credentials that name them."""
    for profile in verification_services.approved(connection, organization.id):
        yield Item("verification_service", profile.ctid, profile.ctid, profile.approved_hash, profile.profile)


def credentials(
    connection: Connection,
    organization: Organization,
    *,
    after: int = -1,
    limit: int | None = None,
    which: ColumnElement[bool] | None = None,
) -> Iterator[Item]:
    """Credentials in source order, from behind the position `after` on; with `which`, only those that fit."""
    for frozen in queries.approved_revisions(connection, organization.id, after=after, limit=limit, which=which):
        ctid = frozen.credential.ctid
        if ctid is None:
            raise ValueError(f"record {frozen.record_id} was approved without a CTID")
        yield Item("credential", frozen.record_id, ctid, frozen.content_hash, frozen.credential, frozen.position)


def how_many(connection: Connection, organization: Organization) -> int:
    """How many documents an organization has approved."""
    approved = queries.where(organization=organization.id, status="approved") & not_(statuses.LEFT_OUT)
    return len(verification_services.approved(connection, organization.id)) + queries.how_many(connection, approved)
