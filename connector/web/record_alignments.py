"""The alignments of a badge on its record's page: what each is aligned to, where it stands, the form to move it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mappings.crosswalk.alignment import MATCH, SKIP, TARGETS, Aligned, called
from mappings.crosswalk.placement import can_be_moved
from mappings.ctdl import vocabulary
from mappings.ctdl.model import EntityReference
from mappings.ctdl.reading import is_url
from mappings.minimum_data import label
from mappings.rules import Placement

RESET = "reset"
PROPERTIES = tuple(dict.fromkeys(name for target in TARGETS.values() for name in target.properties))
"""Every property that an alignment may stand in."""

_STAYS = {MATCH: "It points to the record of the badge itself", SKIP: "Left out"}


@dataclass(frozen=True, slots=True)
class Row:
    """An alignment as a row of the table; `targets`, `properties` and `types` are what its selects offer, if any."""

    key: str
    name: str
    href: str | None
    framework: str
    why: str
    by_hand: bool
    stays: str
    target: str
    property: str
    type: str
    targets: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    types: tuple[tuple[str, str], ...] = ()


def rows(alignments: Sequence[Aligned], moved: frozenset[str]) -> list[Row]:
    """The alignments of a badge as they stand now; `moved` are the keys of those that a person has placed."""
    return [_row(each, each.key in moved) for each in alignments]


def placements(alignments: Sequence[Aligned], form: Mapping[str, Any]) -> dict[str, Placement | None]:
    """What the form changes, by key: None gives an alignment back to the mapping.

    Where a new target cannot stand in the property that is still chosen, it goes to the target's usual one.
    """
    changed: dict[str, Placement | None] = {}
    for each in filter(can_be_moved, alignments):
        target, name, kind = (str(form.get(f"{part}:{each.key}", "")) for part in ("target", "property", "type"))
        if target == RESET:
            changed[each.key] = None
        elif target in TARGETS and (target, name, kind) != (each.target, each.property or "", _type(each)):
            offered = TARGETS[target]
            is_meant = name in offered.properties or target == each.target
            changed[each.key] = Placement(
                target, (name or None) if is_meant else None, kind if kind in offered.types else None
            )
    return changed


def _row(each: Aligned, by_hand: bool) -> Row:
    says = each.alignment
    address = says.target_url
    row = Row(
        key=each.key,
        name=called(says),
        href=address if address and is_url(address) else None,
        framework="" if (says.target_framework or "") in each.why else str(says.target_framework),
        why=f"{each.why[:1].upper()}{each.why[1:]}.{_not_written(each)}",
        by_hand=by_hand,
        stays="" if can_be_moved(each) else _STAYS.get(each.target, "It states the type of the badge"),
        target=each.target,
        property=each.property or "",
        type=_type(each),
    )
    if not can_be_moved(each):
        return row
    back = ((RESET, "As the mapping has it"),) if by_hand else ()
    return replace(
        row,
        targets=(*((name, target.label) for name, target in TARGETS.items()), *back),
        properties=(("", "Its usual place"), *((name, label(name)) for name in PROPERTIES)),
        types=tuple((uri, vocabulary.credential_types()[uri].label) for uri in TARGETS[each.target].types),
    )


def _not_written(each: Aligned) -> str:
    """What is lacking where an alignment cannot be named as what a person has called it; else nothing."""
    if each.node is not None or each.target == SKIP or not can_be_moved(each):
        return ""
    lacking = "a record in the Registry" if each.target == "rubric" else "a name and a web page"
    return f" It is not written, for that needs {lacking}."


def _type(each: Aligned) -> str:
    return (each.node.type or "") if isinstance(each.node, EntityReference) and TARGETS[each.target].types else ""
