"""From a platform's definition to a mapped credential: the adapter reads it, the crosswalk maps it."""

from dataclasses import replace

import orjson

from adapters.contract import Adapter
from connector.connections.identity import Voucher, voucher
from connector.organizations.accounts import Organization
from mappings.canonical import digest
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import VERSION, Mapped, credential
from mappings.open_badges.model import BadgeClass

MAPPED_WITH = f"crosswalk {VERSION}"


def mapped(adapter: Adapter, badge: BadgeClass, owner: Organization | None, *, ctid: str | None = None) -> Mapped:
    """A badge class as its adapter read it, mapped for its owner."""
    vouches = voucher(adapter, badge.source_id)
    return credential(known(badge, vouches), context(vouches, owner), ctid=ctid)


def known(badge: BadgeClass, vouches: Voucher) -> BadgeClass:
    """The badge under the id that it keeps whatever address it is seen under."""
    same = badge.source_id == vouches.key.badge_id
    return badge if same else replace(badge, source_id=vouches.key.badge_id)


def context(vouches: Voucher, owner: Organization | None, language: str = "en-US") -> Context:
    """What the crosswalk needs to know of the platform and, where it is known, of the owner."""
    check = vouches.verification
    return Context(
        authority=vouches.key.authority,
        platform_name=vouches.platform_name,
        language=language,
        organization_ctid=owner.ctid if owner else None,
        organization_website=owner.website if owner else None,
        verification_service=check.service if check else None,
        verification_directory=check.directory if check else None,
    )


def badge_hash(badge: BadgeClass) -> str:
    """Tells whether anything the crosswalk reads has changed; members that were left out do not count."""
    members = orjson.loads(orjson.dumps(badge))
    del members["left_out"]
    return digest(members)
