"""A record property by property: the source beside what is mapped, edits, conflicts, and what is lacking."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from connector.credentials import differences, shapes
from connector.credentials.content import language, placed
from connector.credentials.merge import Conflict, Edit
from connector.credentials.queries import Listed
from connector.credentials.records import Sourced
from connector.problem import Problem
from connector.web import values
from mappings.ctdl.model import Credential, Kind
from mappings.ctdl.parts import in_words
from mappings.ctdl.shape import by_name, properties
from mappings.minimum_data import LABELS, label

REQUIRED = ("name", "description", "subjectWebpage", "credentialStatusType", "ownedBy", "inLanguage")
OF_ONE_BADGE = frozenset({"name", "description", "subjectWebpage", "credentialId", "identifier", "sameAs", "image"})
"""What is a badge's own, and never remembered for others."""

MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into an edit that was not taken: the property, the texts, the problem."""

    property: str
    filled: Mapping[str, str]
    problem: Problem


def rows(
    each: Listed, shown: dict[str, Any], names: Mapping[str, str], opened: str, typed: Typed | None
) -> list[dict[str, Any]]:
    """The record property by property: those the Registry requires, those the form has, then the rest."""
    content = each.sourced.content
    findings: dict[str, list[dict[str, str]]] = {}
    for finding in shown["findings"]:
        findings.setdefault(finding["property"], []).append(finding)
    lacking = [name for name in findings if name in by_name(Credential)]
    wanted = dict.fromkeys([*REQUIRED, *LABELS, *content.properties, *lacking, opened])
    there = [
        n for n in wanted if n in by_name(Credential) and (n in content.properties or n in findings or n == opened)
    ]
    conflicts: dict[str, list[Conflict]] = {}
    for conflict in content.conflicts:
        conflicts.setdefault(conflict.property, []).append(conflict)
    edits = {edit.property: edit for edit in each.sourced.record.edits}
    mapped = placed(each.sourced.mapped, each.sourced.record.edits)
    source = properties(mapped.credential)
    origins = {origin.property: origin.members for origin in mapped.provenance}
    spoken = language(content.credential)
    return [
        {
            "name": name,
            "label": label(name),
            "required": name in REQUIRED or name == "credentialType",
            "source": _source(each.sourced, shown, origins.get(name, ())),
            "brought_in": _lines(name, source.get(name), names) if each.sourced.badge is None else [],
            "lines": values.lines(name, content.properties[name], names) if name in content.properties else [],
            "word": _word(each.sourced, name, shown, edits),
            "sentence": _sentence(name, shown),
            "findings": findings.get(name, []),
            "edit": edits.get(name),
            "conflicts": [_conflict(conflict, each.sourced, names) for conflict in conflicts.get(name, ())],
            "remember": remember(each.sourced, name, content.properties.get(name)) if name in edits else None,
            "control": _control(name, content.properties.get(name), spoken, typed) if name == opened else None,
            "error": typed.problem if typed and typed.property == name else None,
        }
        for name in there
        if name != "credentialType"
    ]


def _control(name: str, value: Any, spoken: str, typed: Typed | None) -> values.Control:
    held = values.control(name, value, spoken)
    if typed is None or typed.property != name:
        return held
    inputs = tuple((key, word, typed.filled.get(key, shown)) for key, word, shown in held.inputs)
    return values.Control(held.kind, inputs, held.hint, held.options)


def _source(sourced: Sourced, shown: dict[str, Any], origins: tuple[str, ...]) -> list[tuple[str, str]]:
    """The badge's own members that a property comes from, each with what it says there."""
    if shown["source"] is None:
        return []
    definition = shown["source"]["definition"]
    members = shapes.members(origins, sourced.adapter)
    split = dict.fromkeys(part.strip() for member in members for part in member.split(","))
    said = [(member, _said(definition.get(member))) for member in split]
    return [each for each in said if each[1]] or said


def _said(value: Any) -> str:
    texts = differences.texts(value)
    shown = " · ".join(text for text in texts[:8] if text)
    return shown[:600] + (" …" if len(texts) > 8 or len(shown) > 600 else "")


def _word(sourced: Sourced, name: str, shown: dict[str, Any], edits: Mapping[str, Edit]) -> str:
    if name in edits:
        return f"edited by {edits[name].made_by}"
    found = shown["provenance"].get(name)
    if found is None:
        return ""
    if sourced.badge is None:
        return "brought in"
    if found["rule"].startswith("assumed"):
        return "assumed"
    return "from the badge" if found["from"] else "by rule"


def _sentence(name: str, shown: dict[str, Any]) -> str:
    found = shown["provenance"].get(name)
    return f"{found['rule'][:1].upper()}{found['rule'][1:]}." if found else ""


def _conflict(conflict: Conflict, sourced: Sourced, names: Mapping[str, str]) -> dict[str, Any]:
    """Both sides of a conflict and what they started from, to read; `at` is when the person decided.

    `part` says which part of a list of profiles it is about.
    """
    sides = {"yours": conflict.edited, "theirs": conflict.mapped, "before": conflict.base}
    shown: dict[str, Any] = {side: _lines(conflict.property, value, names) for side, value in sides.items()}
    if shown["theirs"] in (shown["yours"], shown["before"]):
        # What is read of both at other times does not tell them apart.
        shown = {side: [values.Line(text) for text in differences.texts(value)] for side, value in sides.items()}
    found = (e for e in sourced.record.edits if (e.property, e.item) == (conflict.property, conflict.item))
    in_a_profile = by_name(Credential)[conflict.property].kind is Kind.PROFILES
    part = in_words(conflict.property, conflict.item) if in_a_profile else ""
    return shown | {"item": conflict.item, "part": part, "at": next(found).made_at[:10]}


def remember(sourced: Sourced, name: str, value: Any) -> str | None:
    """Where a decision becomes a rule for every badge like this one; None for what is one badge's own."""
    if sourced.badge is None or name in OF_ONE_BADGE:
        return None
    if name == "credentialType":
        return f"/rules/new?{urlencode({'type': value, 'badge': sourced.row.id})}"
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > MOST_REMEMBERED:
        return None
    return f"/rules/new?{urlencode({'property': name, 'value': text, 'badge': sourced.row.id})}"


def _lines(name: str, value: Any, names: Mapping[str, str]) -> list[values.Line]:
    return values.lines(name, value, names) if value is not None else []


def others(each: Listed) -> list[tuple[str, str]]:
    """Properties that could be added: name and label."""
    there = each.sourced.content.properties
    names = [name for name in by_name(Credential) if name not in there and name != "credentialType"]
    return sorted(((name, label(name)) for name in names), key=lambda pair: pair[1])
