"""What a mapping gives: the record, its type, where each value comes from, and what was left over."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mappings.crosswalk.credential_type import CredentialType
from mappings.crosswalk.own_record import registry_ctid
from mappings.crosswalk.placement import MATCH, Aligned
from mappings.ctdl.model import Credential
from mappings.minimum_data import Finding
from mappings.rules import NOTHING, Applied


class Provenance(NamedTuple):
    """Where a property's value comes from: members of the badge class (none for a default), and the rule in words."""

    property: str
    members: tuple[str, ...]
    rule: str


class Note(NamedTuple):
    """Something the badge carries that has no place in the record, or an assumption that was made."""

    member: str
    code: str
    message: str


class Filled(NamedTuple):
    """A property's value and where it comes from."""

    attribute: str
    value: Any
    provenance: Provenance


class Required(NamedTuple):
    """A part of the one profile of what it takes to earn the badge: its attribute, the value, the member it is from."""

    attribute: str
    value: Any
    member: str


Result = Filled | Required | Note | Finding


def fill(attribute: str, name: str, value: Any, members: tuple[str, ...], rule: str) -> Filled:
    """A property's value, by attribute of the model and CTDL local name, from these members by this rule."""
    return Filled(attribute, value, Provenance(name, members, rule))


@dataclass(frozen=True, slots=True)
class Mapped:
    """The record of a badge; `findings` are those that the mapping itself raises, before the minimum data's."""

    credential: Credential
    credential_type: CredentialType
    provenance: tuple[Provenance, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    mapped_with: str = ""
    """The crosswalk and the edition of the organization's decisions that it was mapped with."""
    applied: Applied = NOTHING
    """What the organization's rules said of the badge."""
    alignments: tuple[Aligned, ...] = ()
    """Where each alignment of the badge stands, in the badge's order."""

    @property
    def points_to(self) -> tuple[str, ...]:
        """The CTIDs of the records in the Registry that the badge itself names as its own."""
        named = (registry_ctid(each.alignment) for each in self.alignments if each.target == MATCH)
        return tuple(dict.fromkeys(ctid for ctid in named if ctid))
