"""One record: the source beside what is mapped, where each value comes from, and every decision about it."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Response
from sqlalchemy import Connection

from connector.credentials import alignments, decisions, joining, queries, shapes, verification_services
from connector.credentials.merge import ALIGNMENT
from connector.credentials.queries import Listed
from connector.credentials.records import Sourced
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.publishing.publish import unpublish
from connector.web import looks, record_alignments, record_type, review, values
from connector.web.filters import Filters, type_label
from connector.web.gate import Given, Posting, Visit, Visiting, text
from connector.web.pages import page, status_of
from connector.web.reach import one_of_theirs
from connector.web.record_history import history
from connector.web.record_rows import Typed, others, remember, rows
from mappings.ctdl import vocabulary
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import by_name
from mappings.minimum_data import label

router = APIRouter()


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
    """Settle a conflict, of one part where an item is given: keep the person's value, or take the platform's."""
    name, mine = text(form, "property"), text(form, "side") == "mine"
    with visit.writing() as connection:
        _own(visit, connection, record_id)
        decisions.resolve(
            connection,
            record_id,
            name,
            "mine" if mine else "theirs",
            item=text(form, "item") if "item" in form else None,
            seen=text(form, "seen") or None,
            by=visit.by,
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


@router.post("/records/{record_id}/alignments")
def align(visit: Posting, record_id: str, form: Given) -> Response:
    """Put the badge's alignments where the form has them."""
    address = _address(visit, record_id, "alignments", in_panel=True)
    try:
        with visit.writing() as connection:
            found = _own(visit, connection, record_id)
            wanted = record_alignments.placements(alignments.of_record(found), form)
            alignments.align(connection, found.row.id, wanted, seen=text(form, "seen") or None, by=visit.by)
    except Problem as problem:
        if problem.code != "invalid_placement":
            raise
        return visit.then(
            address, tone="warn", title="Nothing was placed.", text=f"{problem.message} Choose again, then save."
        )
    said = f"{len(wanted)} placed." if wanted else "Nothing was changed."
    return visit.then(address, tone="ok", title="Alignments:", text=said)


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
        told = history(connection, each)
        names = _names(connection, each)
        since = queries.since_decided(connection, [each]).get(found.row.id)
        together = joining.together(connection, found.row.organization_id, found.row.id)
    visit.looks_at(found.row.organization_id)
    filters = _filters(visit)
    with visit.reading() as connection:
        before, after = queries.neighbours(connection, filters.which(), found.row.id)
    shown = shapes.shown(each, visit.this.settings.registry_url)
    kind = shown["credential_type"]["value"]
    moved = frozenset(edit.item for edit in found.record.edits if edit.property == ALIGNMENT)
    row = review.row(each, since)
    return page(
        visit,
        "record.html",
        status_of(typed.problem) if typed else 200,
        each=each,
        stored=found.row,
        platform=_told_by(found),
        brought_in="" if found.adapter else looks.brought_in(found.row.authority),
        shown=shown,
        held=_looks(each, row["look"]),
        row=row,
        since=since,
        together=together,
        rows=rows(each, shown, names, opened, typed),
        others=others(each),
        types=record_type.choices(each, shown),
        questions=record_type.questions(each),
        remember_type=remember(found, "credentialType", kind),
        alignments=record_alignments.rows(alignments.of_record(found), moved),
        groups=vocabulary.credential_type_groups(),
        required=[f for f in shown["findings"] if f["severity"] == "required"],
        history=told,
        before=before,
        after=after,
        filters=filters,
        typed=typed,
        badge_json=_indented(shown["source"]["definition"]) if shown["source"] else "",
        ctdl_json=_indented(shown["ctdl"]),
    )


def _looks(each: Listed, first: looks.Look) -> list[looks.Look]:
    """The states of a record, those first that only the page knows."""
    nobodys = [looks.STATUSES[name] for name in ("represented", "skipped") if name in each.statuses]
    if nobodys:
        return nobodys + [looks.STATUSES["published"]] * ("published" in each.statuses)
    held = [looks.STATUSES[name] for name in each.statuses] or [looks.STATUSES["awaiting_approval"]]
    if each.sourced.row.ctid is None:
        return [looks.HELD, *held]
    return [looks.BACK] if first is looks.BACK else held


def _told_by(found: Sourced) -> str:
    """Who tells the values beside the record's: a platform by its name, a badge read anywhere; nobody as empty."""
    if found.adapter is None:
        return ""
    return "the badge" if found.adapter.base_url() is None else found.adapter.name


def _indented(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _names(connection: Connection, each: Listed) -> dict[str, str]:
    """What the CTIDs in a record are called."""
    owner = organizations.find(connection, str(each.sourced.row.organization_id))
    profiles = verification_services.present(connection, owner.id)
    return {owner.ctid: owner.name} | dict.fromkeys(profiles, f"Verification of {owner.name}’s badges")
