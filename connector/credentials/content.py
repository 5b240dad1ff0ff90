"""What a record holds: the mapping of its source with a person's edits on top. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.credentials.merge import ALIGNMENT, Conflict, Edit, conflicts, merged, of_property, survivors
from mappings.canonical import digest
from mappings.crosswalk.alignment import realigned
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Mapped, Provenance
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import from_properties, properties
from mappings.minimum_data import Finding, blocking, findings, is_answered
from mappings.rules import Placement

OWNER_UNKNOWN = Finding(
    "ownedBy",
    "required",
    "owner_not_confirmed",
    "Nobody has confirmed yet which organization owns the badges of this issuer.",
)


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
    mapped = placed(mapped, edits)
    source = properties(mapped.credential)
    credential, held, provenance = mapped.credential, source, mapped.provenance
    against: tuple[Conflict, ...] = ()
    if changing := tuple(edit for edit in edits if edit.property != ALIGNMENT):
        held = _edited(source, changing)
        credential = from_properties(Credential, held, ctid=credential.ctid)
        provenance = _provenance(mapped.provenance, source, held, changing)
        against = tuple(conflicts(source, changing))
    decided = {edit.property for edit in changing}
    return Content(
        credential=credential,
        properties=held,
        hash=digest({"ctid": credential.ctid} | held),
        provenance=provenance,
        findings=_findings(mapped, credential, decided, organization_website),
        conflicts=against,
    )


def placed(mapped: Mapped, edits: tuple[Edit, ...]) -> Mapped:
    """The mapping with the badge's alignments where a person has said that they belong."""
    moves = [edit for edit in edits if edit.property == ALIGNMENT]
    placements = {edit.item: Placement(**edit.value) for edit in moves}
    words = {edit.item: f"placed by {edit.made_by} on {edit.made_at[:10]}" for edit in moves}
    return realigned(mapped, placements, words) if moves else mapped


def by_hand(edit: Edit) -> str:
    """Who made an edit, and when, as provenance says it."""
    return f"set by {edit.made_by} on {edit.made_at[:10]}"


def is_type_by_hand(found: CredentialType, credential: Credential) -> bool:
    """Whether a person chose the credential type: another than was found, or the one that was only suggested."""
    chosen = credential.credential_type
    return chosen is not None and (chosen != found.value or not found.decided)


def language(credential: Credential) -> str:
    """The language a record is written in: the first it names."""
    return credential.in_language[0] if credential.in_language else "en-US"


def _edited(source: Mapping[str, Any], edits: tuple[Edit, ...]) -> dict[str, Any]:
    held = dict(source)
    for name in dict.fromkeys(edit.property for edit in edits):
        value = merged(name, source.get(name), of_property(edits, name))
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value
    return held


def _provenance(
    mapped: tuple[Provenance, ...], source: Mapping[str, Any], held: Mapping[str, Any], edits: tuple[Edit, ...]
) -> tuple[Provenance, ...]:
    """Where each value comes from now: what a person set anew is theirs, what they changed in part is both's."""
    latest = {edit.property: edit for edit in edits}
    kept: list[Provenance] = []
    theirs = [name for name in latest if name in held]
    for origin in mapped:
        name = origin.property
        if name not in latest:
            kept.append(origin)
        elif survivors(name, source.get(name), of_property(edits, name)):
            said = f"{origin.rule}; changed by {latest[name].made_by} on {latest[name].made_at[:10]}"
            kept.append(origin._replace(rule=said))
            theirs.remove(name)
    return (*kept, *(Provenance(name, (), by_hand(latest[name])) for name in theirs))


def _findings(
    mapped: Mapped, credential: Credential, decided: set[str], organization_website: str | None
) -> tuple[Finding, ...]:
    """The mapping's own findings stand until a person has decided the property; they replace a bare `missing`."""
    # No edit clears that the owner is unknown: it decides the CTID, and a person must have said whose badge it is.
    own = tuple(
        finding
        for finding in mapped.findings
        if finding.property not in decided and finding != OWNER_UNKNOWN and not is_answered(finding, credential)
    )
    if credential.ctid is None or OWNER_UNKNOWN in mapped.findings:
        own += (OWNER_UNKNOWN,)
    said = {finding.property for finding in own if finding.severity == "required"}
    minimum = findings(credential, organization_website=organization_website)
    return own + tuple(f for f in minimum if not (f.code == "missing" and f.property in said))
