"""Records as JSON, the same for every door."""

from collections.abc import Iterable
from typing import Any

import orjson

from adapters.contract import Adapter
from connector.credentials.content import Content, is_type_by_hand, placed
from connector.credentials.queries import Listed
from connector.credentials.records import Sourced
from mappings.crosswalk.alignment import Aligned, called
from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.mapped import Mapped, Note, Provenance
from mappings.ctdl.graph import credential_graph
from mappings.ctdl.model import EntityReference, VerificationServiceProfile
from mappings.ctdl.shape import properties
from mappings.minimum_data import Finding, label


def listed(each: Listed) -> dict[str, Any]:
    """A record as a row of a list."""
    row = each.sourced.row
    return {
        "id": row.id,
        "ctid": row.ctid,
        "name": row.name,
        "credential_type": row.credential_type,
        "origin": "platform" if each.sourced.adapter else row.authority,
        "connection": each.connection,
        "badge_id": row.badge_id,
        "statuses": list(each.statuses),
        "findings": findings(each.findings),
    }


def shown(each: Listed, registry: str) -> dict[str, Any]:
    """A record with everything there is to know of it."""
    sourced, content = each.sourced, each.sourced.content
    mapped = sourced.mapped
    return {
        **listed(each),
        "credential_type": credential_type(mapped.credential_type, content),
        "content_hash": content.hash,
        "properties": dict(content.properties),
        "provenance": provenance(content.provenance, sourced.adapter),
        "notes": notes(mapped.notes, sourced.adapter),
        "ctdl": credential_graph(content.credential, registry),
        "conflicts": [conflict._asdict() for conflict in content.conflicts],
        "alignments": [alignment(each) for each in placed(mapped, sourced.record.edits).alignments],
        "source": source(sourced),
        "revision": sourced.row.revision,
    }


def mapped(
    found: Mapped, held: Content, adapter: Adapter | None, profile: VerificationServiceProfile | None
) -> dict[str, Any]:
    """A mapped badge that is in no database."""
    return {
        "ctid": held.credential.ctid,
        "credential_type": credential_type(found.credential_type, held),
        "properties": dict(held.properties),
        "verification_service": {"ctid": profile.ctid, **properties(profile)} if profile else None,
        "findings": findings(held.findings),
        "notes": notes(found.notes, adapter),
        "provenance": provenance(held.provenance, adapter),
        "ctdl": credential_graph(held.credential),
    }


def findings(found: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings with the form's label beside the property's name."""
    return [
        {
            "property": f.property,
            "label": label(f.property),
            "severity": f.severity,
            "code": f.code,
            "message": f.message,
        }
        for f in found
    ]


def credential_type(found: CredentialType, held: Content) -> dict[str, Any]:
    """The type with its evidence; a type that a person chose is certain."""
    if is_type_by_hand(found, held.credential):
        return {
            "value": held.credential.credential_type,
            "confidence": 1.0,
            "decided": True,
            "evidence": [{"says": "a person chose it"}],
        }
    return {
        "value": found.value,
        "confidence": found.confidence,
        "decided": found.decided,
        "evidence": [
            {"member": e.member, "says": e.says, "type": e.type, "weight": e.weight, "hint": e.hint}
            for e in found.evidence
        ],
        "ranked": [{"type": each.type, "confidence": each.confidence} for each in found.ranked],
    }


def provenance(sources: Iterable[Provenance], adapter: Adapter | None) -> dict[str, Any]:
    """Where each property's value comes from, under the platform's own member names."""
    return {each.property: {"from": members(each.members, adapter), "rule": each.rule} for each in sources}


def notes(found: Iterable[Note], adapter: Adapter | None) -> list[dict[str, str]]:
    """Notes under the platform's own member names."""
    return [{"from": _member(n.member, adapter), "code": n.code, "message": n.message} for n in found]


def alignment(each: Aligned) -> dict[str, Any]:
    """An alignment of the badge and where it stands in the record; `property` is None where it stands nowhere."""
    says = each.alignment
    return {
        "key": each.key,
        "name": called(says),
        "framework": says.target_framework,
        "url": says.target_url,
        "target": each.target,
        "property": each.property,
        "type": each.node.type if isinstance(each.node, EntityReference) else None,
        "why": each.why,
    }


def source(sourced: Sourced) -> dict[str, Any] | None:
    """Which badge a record comes from, and what the platform said of it; None where it comes from none."""
    adapter, badge = sourced.adapter, sourced.badge
    if adapter is None or badge is None:
        return None
    return {
        "platform": adapter.slug,
        "authority": sourced.row.authority,
        "badge_id": sourced.row.badge_id,
        "id": badge.id,
        "issuer": badge.issuer.id if badge.issuer else None,
        "page": badge.page,
        "definition": orjson.loads(sourced.row.definition),
    }


def members(names: Iterable[str], adapter: Adapter | None) -> list[str]:
    """Badge class members under the platform's own names."""
    return [_member(name, adapter) for name in names]


def _member(name: str, adapter: Adapter | None) -> str:
    return adapter.members.get(name, name) if adapter else name
