"""Where the alignments of one badge belong, as a person says; their texts keep following the platform."""

from collections.abc import Mapping

from sqlalchemy import Connection

from connector.clock import stamp
from connector.credentials import decisions, records
from connector.credentials.content import placed
from connector.credentials.merge import ALIGNMENT
from connector.credentials.records import Sourced
from connector.credentials.state import Edited
from connector.problem import Problem
from mappings.crosswalk.alignment import TARGETS, Aligned
from mappings.crosswalk.alignment import called as said
from mappings.crosswalk.placement import can_be_moved
from mappings.minimum_data import label
from mappings.rules import Placement


def of_record(sourced: Sourced) -> tuple[Aligned, ...]:
    """The alignments of a record's badge where they stand now, in the order of the badge."""
    return placed(sourced.mapped, sourced.record.edits).alignments


def align(
    connection: Connection,
    called: str,
    placements: Mapping[str, Placement | None],
    *,
    seen: str | None = None,
    by: str,
) -> Sourced:
    """Say where alignments of a badge belong, by their keys; None gives one back to the mapping.

    Problem with every alignment that the badge does not have, and every place that there is not.
    """
    sourced = decisions.to_decide(connection, called, seen)
    standing = {each.key: each for each in sourced.mapped.alignments}
    wrong = {
        key: problem
        for key, to in placements.items()
        if (problem := _misplaced(key, standing.get(key), to)) is not None
    }
    if wrong:
        action = "Correct them; nothing was changed. The record's page lists its alignments with their keys."
        raise Problem("invalid_placement", " ".join(wrong.values()), action=action, fields=wrong)
    events = [
        Edited(ALIGNMENT, "set" if to else "withdraw", _stored(to) if to else None, by, stamp(), key)
        for key, to in placements.items()
    ]
    if events:
        records.settle(connection, sourced, *events, by=by)
    return records.one(connection, called)


def _misplaced(key: str, standing: Aligned | None, to: Placement | None) -> str | None:
    """What is wrong with placing an alignment there; None where nothing is."""
    if standing is None:
        return f"The badge has no alignment {key!r}."
    name = said(standing.alignment)
    if not can_be_moved(standing):
        return f"The alignment “{name}” cannot be placed: {standing.why}."
    if to is None:
        return None
    target = TARGETS.get(to.target)
    if target is None:
        return f"There is no target {to.target!r} for “{name}”; use one of {', '.join(TARGETS)}."
    if to.property is not None and to.property not in target.properties:
        there = ", ".join(map(_named, target.properties)) or "no property, as it is left out"
        return f"{target.label} cannot stand in {_named(to.property)}; “{name}” can stand in {there}."
    if to.type is not None and to.type not in target.types:
        return f"{to.type!r} is no type for {target.label}."
    return None


def _named(name: str) -> str:
    """A property by the form's word for it, with the name that programs use."""
    return f"{label(name)} ({name})"


def _stored(to: Placement) -> dict[str, str]:
    return {name: value for name, value in to._asdict().items() if value is not None}
