"""From a platform's definition to a mapped credential: the adapter reads it, the crosswalk maps it."""

import orjson

from adapters.contract import Adapter
from connector.organizations.accounts import Organization
from mappings.canonical import digest
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import VERSION
from mappings.open_badges.model import BadgeClass

MAPPED_WITH = f"crosswalk {VERSION}"


def context(adapter: Adapter, owner: Organization | None, language: str = "en-US") -> Context:
    """What the crosswalk needs to know of the platform and, where it is known, of the owner."""
    return Context(
        authority=adapter.authority(),
        platform_name=adapter.name,
        language=language,
        organization_ctid=owner.ctid if owner else None,
        organization_website=owner.website if owner else None,
        verification_service=adapter.verification.service,
        verification_directory=adapter.verification.directory,
    )


def badge_hash(badge: BadgeClass) -> str:
    """Tells whether anything the crosswalk reads has changed; members that were left out do not count."""
    members = orjson.loads(orjson.dumps(badge))
    del members["left_out"]
    return digest(members)
