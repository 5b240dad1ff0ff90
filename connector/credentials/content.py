"""What a record holds: the mapping of its source with a person's edits on top. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from mappings.canonical import digest
from mappings.crosswalk.credential import Mapped, Provenance
from mappings.crosswalk.credential_type import CredentialType
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import from_properties, properties
from mappings.minimum_data import Finding, blocking, findings

OWNER_UNKNOWN = Finding(
    "ownedBy",
    "required",
    "owner_not_confirmed",
    "Nobody has confirmed yet which organization owns the badges of this issuer.",
)


class Edit(NamedTuple):
    """A person's word on one property: `set` it to `value`, or `remove` it.

    `base` is the mapped value it was decided against: where the mapping has moved on to something that is neither
    base nor value, the two are in conflict.
    """

    property: str
    op: Literal["set", "remove"]
    value: Any
    base: Any
    made_by: str
    made_at: str


class Conflict(NamedTuple):
    """A property on which the platform and a person now differ, with the value both started from."""

    property: str
    base: Any
    mapped: Any
    edited: Any


@dataclass(frozen=True, slots=True)
class Content:
    """A record's content: the credential, where each value comes from, what it lacks, what is in conflict."""

    credential: Credential
    properties: Mapping[str, Any]
    hash: str
    provenance: tuple[Provenance, ...]
    findings: tuple[Finding, ...]
    conflicts: tuple[Conflict, ...] = field(default=())

    @property
    def blocking(self) -> int:
        """How many findings keep the record from being complete."""
        return blocking(self.findings)


def content(mapped: Mapped, edits: tuple[Edit, ...] = (), *, organization_website: str | None = None) -> Content:
    """Put edits on top of a mapping. A person's edit always wins; a conflict changes neither content nor approval."""
    source = properties(mapped.credential)
    credential, held, provenance = mapped.credential, source, mapped.provenance
    if edits:
        held = _edited(source, edits)
        credential = from_properties(Credential, held, ctid=credential.ctid)
        provenance = _provenance(mapped.provenance, edits)
    decided = {edit.property for edit in edits}
    return Content(
        credential=credential,
        properties=held,
        hash=digest({"ctid": credential.ctid} | held),
        provenance=provenance,
        findings=_findings(mapped, credential, decided, organization_website),
        conflicts=tuple(_conflicts(source, edits)),
    )


def is_type_by_hand(found: CredentialType, credential: Credential) -> bool:
    """Whether a person chose the credential type: another than was found, or the one that was only suggested."""
    chosen = credential.credential_type
    return chosen is not None and (chosen != found.value or not found.decided)


def language(credential: Credential) -> str:
    """The language a record is written in: the first it names."""
    return credential.in_language[0] if credential.in_language else "en-US"


def _edited(source: Mapping[str, Any], edits: tuple[Edit, ...]) -> dict[str, Any]:
    held = dict(source)
    for edit in edits:
        if edit.op == "remove":
            held.pop(edit.property, None)
        else:
            held[edit.property] = edit.value
    return held


def _provenance(mapped: tuple[Provenance, ...], edits: tuple[Edit, ...]) -> tuple[Provenance, ...]:
    decided = {edit.property for edit in edits}
    kept = tuple(source for source in mapped if source.property not in decided)
    by_hand = tuple(
        Provenance(edit.property, (), f"set by {edit.made_by} on {edit.made_at[:10]}")
        for edit in edits
        if edit.op == "set"
    )
    return kept + by_hand


def _findings(
    mapped: Mapped, credential: Credential, decided: set[str], organization_website: str | None
) -> tuple[Finding, ...]:
    """The mapping's own findings stand until a person has decided the property; they replace a bare `missing`."""
    own = tuple(finding for finding in mapped.findings if finding.property not in decided)
    if credential.ctid is None:
        # No edit clears this one: whose badge it is decides its CTID, and a person must have said so.
        own += (OWNER_UNKNOWN,)
    said = {finding.property for finding in own if finding.severity == "required"}
    minimum = findings(credential, organization_website=organization_website)
    return own + tuple(f for f in minimum if not (f.code == "missing" and f.property in said))


def _conflicts(source: Mapping[str, Any], edits: tuple[Edit, ...]) -> list[Conflict]:
    found = []
    for edit in edits:
        mapped = source.get(edit.property)
        wanted = edit.value if edit.op == "set" else None
        if digest(mapped) not in (digest(edit.base), digest(wanted)):
            found.append(Conflict(edit.property, edit.base, mapped, wanted))
    return found
