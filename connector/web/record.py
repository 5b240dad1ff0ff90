"""One record: the source beside what is mapped, where each value comes from, and every decision about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Response
from sqlalchemy import Connection

from connector.credentials import decisions, differences, queries, shapes, verification_services
from connector.credentials.content import language
from connector.credentials.queries import Listed
from connector.credentials.records import Sourced
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.publishing import publications
from connector.publishing.publish import unpublish
from connector.web import looks, review, values
from connector.web.filters import Filters, type_label
from connector.web.gate import Given, Posting, Visit, Visiting, text
from connector.web.pages import page, status_of
from connector.web.reach import one_of_theirs
from mappings.ctdl import vocabulary
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import by_name
from mappings.minimum_data import LABELS, label

router = APIRouter()
REQUIRED = ("name", "description", "subjectWebpage", "credentialStatusType", "ownedBy", "inLanguage")
SUGGESTED_TYPES = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into an edit that was not taken: the property, the texts, the problem."""

    property: str
    filled: Mapping[str, str]
    problem: Problem


@router.get("/records/{record_id}")
def record(visit: Visiting, record_id: str, edit: str = "") -> Response:
    """The record's page; with `edit`, that property is open for editing."""
    return _page(visit, record_id, edit, None)


@router.post("/records/{record_id}/edit")
def edit(visit: Posting, record_id: str, form: Given) -> Response:
    """Set or remove a property, or take an edit back."""
    name, op = text(form, "property"), text(form, "op")
    filled = {key: str(value) for key, value in form.items() if key == "value" or key.startswith("value:")}
    with visit.reading() as connection:
        visit.looks_at(one_of_theirs(visit, connection, record_id).row.organization_id)
    try:
        if name not in by_name(Credential):
            raise Problem("invalid_value", f"There is no property {name!r}.", action="Choose one of the list.")
        change: dict[str, Any] = {"unset": [name]} if op == "withdraw" else {"set_json": [(name, None)]}
        if op == "set":
            change = {"set_json": [(name, _given(name, filled))]}
        with visit.writing() as connection:
            decisions.edit(connection, record_id, **change, seen=text(form, "seen") or None, by=visit.by)
    except Problem as problem:
        return _page(visit, record_id, name, Typed(name, filled, problem))
    said = {"withdraw": "The badge’s value is back.", "remove": "It is left out."}.get(op, "Saved.")
    return visit.then(_address(visit, record_id, name), tone="ok", title=f"{label(name)}:", text=said)


@router.post("/records/{record_id}/resolve")
def resolve(visit: Posting, record_id: str, form: Given) -> Response:
    """Settle a conflict: keep the person's value, or take the platform's."""
    name, mine = text(form, "property"), text(form, "side") == "mine"
    with visit.writing() as connection:
        _own(visit, connection, record_id)
        decisions.resolve(
            connection, record_id, name, "mine" if mine else "theirs", seen=text(form, "seen") or None, by=visit.by
        )
    said = "Yours is kept." if mine else "The platform’s value is taken."
    return visit.then(_address(visit, record_id, name), tone="ok", title=f"{label(name)}:", text=said)


@router.post("/records/{record_id}/type")
def choose_type(visit: Posting, record_id: str, form: Given) -> Response:
    """Choose the credential type."""
    chosen = text(form, "other") or text(form, "type")
    if not chosen:
        address = _address(visit, record_id, "type", in_panel=True)
        return visit.then(address, tone="warn", title="No type is chosen.", text="Choose one, then press Set type.")
    with visit.writing() as connection:
        _own(visit, connection, record_id)
        seen = text(form, "seen") or None
        decisions.edit(connection, record_id, set_json=[("credentialType", chosen)], seen=seen, by=visit.by)
    return visit.then(_address(visit, record_id, ""), tone="ok", title="Credential Type:", text=type_label(chosen))


@router.post("/records/{record_id}/approve")
def approve(visit: Posting, record_id: str, form: Given) -> Response:
    """Approve the record as it was seen, and go on to the next one."""
    with visit.writing() as connection:
        found = _own(visit, connection, record_id)
        seen = {found.row.id: text(form, "seen")}
        _, after = queries.neighbours(connection, _filters(visit).which(), found.row.id)
        answer = decisions.approve_seen(connection, visit.owner.id, seen, by=visit.by)
    if answer["refused"]:
        refused = answer["refused"][0]
        return visit.then(_address(visit, record_id, ""), tone="warn", title="Not approved.", text=refused["message"])
    return _on(visit, after, found.row.name, "approved")


@router.post("/records/{record_id}/reject")
def reject(visit: Posting, record_id: str, form: Given) -> Response:
    """Reject the record as it was seen, and go on to the next one."""
    with visit.writing() as connection:
        found = _own(visit, connection, record_id)
        _, after = queries.neighbours(connection, _filters(visit).which(), found.row.id)
        seen = {found.row.id: text(form, "seen")}
        answer = decisions.reject_seen(connection, visit.owner.id, seen, reason=text(form, "reason"), by=visit.by)
    if answer["refused"]:
        refused = answer["refused"][0]
        return visit.then(_address(visit, record_id, ""), tone="warn", title="Not rejected.", text=refused["message"])
    return _on(visit, after, found.row.name, "rejected")


@router.post("/records/{record_id}/unpublish")
def take_out(visit: Posting, record_id: str) -> Response:
    """Take the record out of the registry it was published to."""
    with visit.reading() as connection:
        found = _own(visit, connection, record_id)
    (outcome,) = unpublish(visit.this.database, visit.this.settings, [found.row.id], by=visit.by)
    said = " ".join(outcome.messages) or "It stays out until it is approved again."
    return visit.then(_address(visit, record_id, ""), tone="ok", title="Taken out of the practice registry.", text=said)


def _on(visit: Visit, after: str | None, name: str, verb: str) -> Response:
    """On to the next record that the filters let through, or back to the queue after the last one."""
    address = f"/records/{after}{_filters(visit).query}" if after else f"/review{_filters(visit).query}"
    said = "Here is the next one." if after else "That was the last one of these."
    return visit.then(address, tone="ok", title=f"{name} is {verb}.", text=said)


def _own(visit: Visit, connection: Connection, record_id: str) -> Sourced:
    """The record, if the visitor may see it; as if it did not exist where not."""
    found = one_of_theirs(visit, connection, record_id)
    if visit.organization is None or found.row.organization_id != visit.organization.id:
        raise Problem(
            "other_organization",
            "This record belongs to another organization than the one you look at now.",
            action="Open the record again; then decide.",
        )
    return found


def _filters(visit: Visit) -> Filters:
    return Filters.of(visit.request, visit.owner.id)


def _address(visit: Visit, record_id: str, name: str, *, in_panel: bool = False) -> str:
    at = f"#{name}" if in_panel else f"#p-{name}" if name else ""
    return f"/records/{record_id}{_filters(visit).query}{at}"


def _given(name: str, filled: Mapping[str, str]) -> Any:
    try:
        return values.given(name, filled)
    except ValueError as wrong:
        action = "Correct it; nothing was changed."
        raise Problem("invalid_value", str(wrong), action=action, fields={name: str(wrong)}) from None


def _page(visit: Visit, record_id: str, opened: str, typed: Typed | None) -> Response:
    with visit.reading() as connection:
        found = one_of_theirs(visit, connection, record_id)
        (each,) = queries.listed(connection, queries.is_record(found.row.id))
        history = _history(connection, each)
        names = _names(connection, each)
        since = queries.since_decided(connection, [each]).get(found.row.id)
    visit.looks_at(found.row.organization_id)
    filters = _filters(visit)
    with visit.reading() as connection:
        before, after = queries.neighbours(connection, filters.which(), found.row.id)
    shown = shapes.shown(each, visit.this.settings.registry_url)
    held = [looks.STATUSES[name] for name in each.statuses] or [looks.STATUSES["awaiting_approval"]]
    row = review.row(each, since)
    if found.row.ctid is None:
        held = [looks.HELD, *held]
    elif row["look"] is looks.BACK:
        held = [looks.BACK]
    return page(
        visit,
        "record.html",
        status_of(typed.problem) if typed else 200,
        each=each,
        stored=found.row,
        platform=found.adapter.name,
        shown=shown,
        held=held,
        row=row,
        since=since,
        rows=_rows(each, shown, names, opened, typed),
        others=_others(each),
        types=_types(each, shown),
        groups=vocabulary.credential_type_groups(),
        required=[f for f in shown["findings"] if f["severity"] == "required"],
        history=history,
        before=before,
        after=after,
        filters=filters,
        typed=typed,
        badge_json=orjson.dumps(shown["source"]["definition"], option=orjson.OPT_INDENT_2).decode(),
        ctdl_json=orjson.dumps(shown["ctdl"], option=orjson.OPT_INDENT_2).decode(),
    )


def _names(connection: Connection, each: Listed) -> dict[str, str]:
    """What the CTIDs in a record are called."""
    owner = organizations.find(connection, str(each.sourced.row.organization_id))
    profiles = verification_services.present(connection, owner.id)
    return {owner.ctid: owner.name} | dict.fromkeys(profiles, f"Verification of {owner.name}’s badges")


def _rows(
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
    conflicts = {conflict.property: conflict for conflict in content.conflicts}
    edits = {edit.property: edit for edit in each.sourced.record.edits}
    spoken = language(content.credential)
    return [
        {
            "name": name,
            "label": label(name),
            "required": name in REQUIRED or name == "credentialType",
            "source": _source(each.sourced, shown, name),
            "lines": values.lines(name, content.properties[name], names) if name in content.properties else [],
            "word": _word(name, shown, edits),
            "sentence": _sentence(name, shown),
            "findings": findings.get(name, []),
            "edit": edits.get(name),
            "conflict": _conflict(conflicts.get(name), names),
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


def _source(sourced: Sourced, shown: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """The badge's own members that a property comes from, each with what it says there."""
    definition = shown["source"]["definition"]
    mapped = {each.property: each.members for each in sourced.mapped.provenance}
    members = shapes.members(mapped.get(name, ()), sourced.adapter)
    split = dict.fromkeys(part.strip() for member in members for part in member.split(","))
    return [(member, _said(definition.get(member))) for member in split]


def _said(value: Any) -> str:
    texts = differences.texts(value)
    shown = " · ".join(text for text in texts[:8] if text)
    return shown[:600] + (" …" if len(texts) > 8 or len(shown) > 600 else "")


def _word(name: str, shown: dict[str, Any], edits: Mapping[str, Any]) -> str:
    if name in edits:
        return f"edited by {edits[name].made_by}"
    found = shown["provenance"].get(name)
    if found is None:
        return ""
    if found["rule"].startswith("assumed"):
        return "assumed"
    return "from the badge" if found["from"] else "by rule"


def _sentence(name: str, shown: dict[str, Any]) -> str:
    found = shown["provenance"].get(name)
    return f"{found['rule'][:1].upper()}{found['rule'][1:]}." if found else ""


def _conflict(conflict: Any, names: Mapping[str, str]) -> dict[str, Any] | None:
    if conflict is None:
        return None
    sides = {"yours": conflict.edited, "theirs": conflict.mapped, "before": conflict.base}
    return {side: _lines(conflict.property, value, names) for side, value in sides.items()}


def _lines(name: str, value: Any, names: Mapping[str, str]) -> list[values.Line]:
    return values.lines(name, value, names) if value is not None else []


def _others(each: Listed) -> list[tuple[str, str]]:
    """Properties that could be added: name and label."""
    there = each.sourced.content.properties
    names = [name for name in by_name(Credential) if name not in there and name != "credentialType"]
    return sorted(((name, label(name)) for name in names), key=lambda pair: pair[1])


def _types(each: Listed, shown: dict[str, Any]) -> dict[str, Any]:
    """What the picker offers: likely types with how sure each is, definitions, and the evidence for and against."""
    kind = shown["credential_type"]
    found = each.sourced.mapped.credential_type
    weights: dict[str, float] = {found.value: found.confidence}
    for evidence in found.evidence:
        weights.setdefault(evidence.type, evidence.weight)
    weights.setdefault("ceterms:OpenBadge", 0.0)
    chosen = kind["value"] if kind["decided"] else None
    if chosen:
        weights.setdefault(chosen, kind["confidence"])
    ranked = sorted(weights, key=lambda uri: (uri != chosen, -weights[uri]))
    options = [term for uri in ranked if (term := vocabulary.credential_types().get(uri)) and term.publishable]
    return {
        "options": [(term, round(weights[term.uri] * 100)) for term in options[: SUGGESTED_TYPES + 1]],
        "chosen": chosen,
        "decided": kind["decided"],
        "by_hand": any(edit.property == "credentialType" for edit in each.sourced.record.edits),
        "suggested": type_label(found.value),
        "confidence": round(kind["confidence"] * 100),
        "evidence": [(e.type == found.value, e.says, type_label(e.type)) for e in found.evidence],
    }


def _history(connection: Connection, each: Listed) -> list[dict[str, Any]]:
    """What happened to a record, latest first."""
    row = each.sourced.row
    lines = [*_revisions(queries.history(connection, row.id)), *_attempts(publications.of_record(connection, row.id))]
    if row.gone_at:
        look = looks.STATUSES["gone_at_source"]
        lines.append({"look": look, "text": look.word, "reason": None, "at": row.gone_at})
    first = {"look": _FIRST, "text": f"First seen through {each.connection}", "reason": None, "at": row.added_at}
    return sorted([first, *lines], key=lambda line: str(line["at"] or ""))[::-1]


def _revisions(history: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "look": _EVENTS.get(each["event"], _EVENTS["SourceChanged"])[0],
            "text": _EVENTS.get(each["event"], _EVENTS["SourceChanged"])[1].format(by=each["made_by"]),
            "reason": each["reason"],
            "at": each["made_at"],
        }
        for each in history
    ]


def _attempts(attempts: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "look": looks.OUTCOMES.get(each.outcome, looks.OUTCOMES["unknown"]),
            "text": looks.OUTCOMES.get(each.outcome, looks.OUTCOMES["unknown"]).word,
            "reason": " ".join((each.answer or {}).get("messages", [])) or None,
            "at": each.made_at,
        }
        for each in attempts
    ]


_FIRST = looks.Look("", "plus")
_EVENTS = {
    "SourceChanged": (looks.Look("", "half", "warn"), "The platform changed it"),
    "Remapped": (looks.Look("", "up"), "Mapped anew"),
    "Edited": (looks.Look("", "pen"), "Edited by {by}"),
    "Resolved": (looks.Look("", "two"), "Conflict settled by {by}"),
    "Approved": (looks.Look("", "check", "ok"), "Approved by {by}"),
    "Rejected": (looks.Look("", "no"), "Rejected by {by}"),
}
