"""From a platform's definition to a mapped credential: the adapter reads it, the crosswalk maps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import orjson

from adapters.contract import Adapter
from connector.connections.identity import Voucher, voucher
from connector.credentials.content import OWNER_UNKNOWN
from connector.organizations.accounts import Organization
from mappings.canonical import digest
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import Mapped, Note, Provenance, credential, mapped_with
from mappings.crosswalk.credential_type import OPEN_BADGE, CredentialType
from mappings.ctdl.ctid import verification_service_ctid
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import from_properties, properties
from mappings.minimum_data import Finding
from mappings.open_badges.model import BadgeClass
from mappings.rules import NO_RULES, Rules

ASSUMED_LANGUAGE = "en-US"


@dataclass(frozen=True, slots=True)
class Decided:
    """What an organization has decided about all its mappings; `edition` goes up with each change of it.

    `languages` are those a person confirmed and `connections` the names, by connection; `profiles` are the CTIDs of
    the verification service profiles chosen for a platform, by its authority. `holder` is the CTID of the organization
    that has the platform accounts: of badges that it issues for others, too, the verification service is its own.
    `owners`, where given, stands in the place of what people confirmed: whose each issuer's badges are.
    """

    edition: int = 0
    rules: Rules = NO_RULES
    languages: Mapping[int, str] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    connections: Mapping[int, str] = field(default_factory=dict)
    holder: str | None = None
    owners: Mapping[str, int] | None = None


NOTHING_DECIDED = Decided()


def mapped(
    adapter: Adapter,
    badge: BadgeClass,
    owner: Organization | None,
    decided: Decided = NOTHING_DECIDED,
    *,
    through: int | None = None,
    ctid: str | None = None,
) -> Mapped:
    """A badge class as its adapter read it, mapped for its owner; `through` is the connection it came through."""
    vouches = voucher(adapter, badge.source_id)
    found = credential(known(badge, vouches), context(vouches, owner, decided, through), decided.rules, ctid=ctid)
    return found if owner else replace(found, findings=(*found.findings, OWNER_UNKNOWN))


def known(badge: BadgeClass, vouches: Voucher) -> BadgeClass:
    """The badge under the id that it keeps whatever address it is seen under."""
    same = badge.source_id == vouches.key.badge_id
    return badge if same else replace(badge, source_id=vouches.key.badge_id)


def context(
    vouches: Voucher, owner: Organization | None, decided: Decided = NOTHING_DECIDED, through: int | None = None
) -> Context:
    """What the crosswalk needs to know of the platform and, where it is known, of the owner."""
    check = vouches.verification
    confirmed = decided.languages.get(through) if through is not None else None
    return Context(
        authority=vouches.key.authority,
        platform_name=vouches.platform_name,
        language=confirmed or ASSUMED_LANGUAGE,
        language_confirmed=confirmed is not None,
        organization_ctid=owner.ctid if owner else None,
        organization_website=owner.website if owner else None,
        verification_service=check.service if check else None,
        verification_directory=check.directory if check else None,
        profile=_profile(decided, vouches.key.authority, owner),
        connection=decided.connections.get(through, "") if through is not None else "",
        edition=decided.edition,
    )


def _profile(decided: Decided, authority: str, owner: Organization | None) -> str | None:
    """The profile that credentials of a platform name; None where it is the one of whoever owns them."""
    if authority in decided.profiles or owner is None or decided.holder in (None, owner.ctid):
        return decided.profiles.get(authority)
    return verification_service_ctid(str(decided.holder), authority)


def loaded(definition: bytes, *, ctid: str | None, edition: int = 0) -> Mapped:
    """A record that was not mapped from a badge but brought in as it stands, from a registry or a file.

    The definition is JSON: `properties` as `mappings.ctdl.shape.properties` writes them, `rule` where they come from,
    `findings` and `notes`, each a list of the values of a Finding or a Note.
    """
    held = orjson.loads(definition)
    read = from_properties(Credential, held["properties"], ctid=ctid)
    return Mapped(
        credential=read,
        credential_type=CredentialType(read.credential_type or OPEN_BADGE, 1.0, read.credential_type is not None, ()),
        provenance=tuple(Provenance(name, (), held["rule"]) for name in properties(read)),
        findings=tuple(Finding(*each) for each in held.get("findings", ())),
        notes=tuple(Note(*each) for each in held.get("notes", ())),
        mapped_with=mapped_with(edition),
    )


def badge_hash(badge: BadgeClass) -> str:
    """Tells whether anything the crosswalk reads has changed; members that were left out do not count."""
    members = orjson.loads(orjson.dumps(badge))
    del members["left_out"]
    return digest(members)
