"""Verification service profiles at the desk: all of them, and each with its values, its approval, and who uses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Response
from sqlalchemy import Connection

from connector.credentials import deciding_for_all, verification_services
from connector.credentials.remap import Affected
from connector.credentials.verification_services import Profile, Using
from connector.organizations.accounts import Organization
from connector.problem import Problem
from connector.web import looks, values
from connector.web.gate import Given, Posting, Visit, Visiting, text
from connector.web.pages import page, status_of
from connector.web.previews import preview, told
from connector.web.reach import at_the_desk
from mappings.ctdl.model import VerificationServiceProfile
from mappings.ctdl.shape import by_name
from mappings.minimum_data import label

router = APIRouter(prefix="/profiles")
FIRST = (
    "description",
    "offeredBy",
    "verifiedClaimType",
    "verificationMethodDescription",
    "verificationService",
    "verificationDirectory",
    "subjectWebpage",
)
REQUIRED = ("description", "offeredBy")
MOST_USING = 10
_LABELS = {"description": "Description"}
FIRST_SAID = ("conflict", "needs_reapproval", "incomplete", "needs_republishing", "published", "approved")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into an edit that was not taken: the property, the texts, the problem."""

    property: str
    filled: Mapping[str, str]
    problem: Problem


@router.get("")
def every(visit: Visiting) -> Response:
    """The profiles of the organization looked at: whose platform each is for, and how many credentials name it."""
    with visit.reading() as connection:
        found = verification_services.listed(connection, visit.owner.id)
        used = verification_services.used(connection, visit.owner.id)
        platforms = verification_services.platforms(connection, visit.owner.id)
    lines = [_line(each, used, platforms) for each in found]
    return page(visit, "profiles.html", lines=lines, platforms=platforms)


@router.get("/new")
def ask(visit: Visiting) -> Response:
    """The form for a profile made by hand."""
    return page(visit, "new_profile.html", owner=visit.owner, typed="", problem=None)


@router.post("/new")
def make(visit: Posting, form: Given) -> Response:
    """Make a profile by hand from its description; the rest is filled in on its page."""
    typed = text(form, "description").strip()
    try:
        if not typed:
            said = "Say how badges are checked."
            raise Problem("invalid_value", said, action="Fill it in.", fields={"description": said})
        with visit.writing() as connection:
            given = {"description": typed}
            made = verification_services.make(connection, visit.owner, given, by=visit.by)
    except Problem as problem:
        return page(visit, "new_profile.html", status_of(problem), owner=visit.owner, typed=typed, problem=problem)
    return visit.then(f"/profiles/{made.ctid}", title="The profile is made.", text="Complete it, then approve it.")


@router.get("/{ctid}")
def one(visit: Visiting, ctid: str, edit: str = "") -> Response:
    """A profile's page; with `edit`, that property is open for editing."""
    return _page(visit, ctid, edit, None)


@router.post("/{ctid}/edit")
def edit(visit: Posting, ctid: str, form: Given) -> Response:
    """Set or remove a property, or take an edit back."""
    name, op = text(form, "property"), text(form, "op")
    filled = {key: str(value) for key, value in form.items() if key == "value" or key.startswith("value:")}
    with visit.reading() as connection:
        _theirs(visit, connection, ctid)
    try:
        if name not in by_name(VerificationServiceProfile):
            raise Problem("invalid_value", f"There is no property {name!r}.", action="Choose one of the list.")
        change: dict[str, Any] = {"unset": [name]} if op == "withdraw" else {"set_json": [(name, None)]}
        if op == "set":
            change = {"set_json": [(name, _given(name, filled))]}
        with visit.writing() as connection:
            verification_services.edit(connection, ctid, **change, seen=text(form, "seen") or None, by=visit.by)
    except Problem as problem:
        return _page(visit, ctid, name, Typed(name, filled, at_the_desk(problem)))
    said = {"withdraw": "The value from before the edit is back.", "remove": "It is left out."}.get(op, "Saved.")
    return visit.then(f"/profiles/{ctid}#p-{name}", title=f"{_label(name)}:", text=said)


@router.post("/{ctid}/approve")
def approve(visit: Posting, ctid: str, form: Given) -> Response:
    """Approve the profile as it was seen."""
    with visit.writing() as connection:
        there = _theirs(visit, connection, ctid)
        seen = {there.ctid: text(form, "seen")}
        answer = verification_services.approve_seen(connection, there.organization_id, seen, by=visit.by)
    if answer["refused"]:
        message = answer["refused"][0]["message"]
        return visit.then(f"/profiles/{ctid}", tone="warn", title="Not approved.", text=message)
    said = "It is sent with the next publishing, before the credentials that name it."
    return visit.then(f"/profiles/{ctid}", title="The profile is approved.", text=said)


@router.get("/{ctid}/choose")
def look(visit: Visiting, ctid: str, platform: str = "") -> Response:
    """What would change if credentials of a platform named this profile."""
    with visit.reading() as connection:
        there = _theirs(visit, connection, ctid)
        authority = verification_services.platform(connection, visit.owner.id, platform)
        affected = _chosen(visit, connection, authority, ctid, dry_run=True)
        called = verification_services.platforms(connection, visit.owner.id)[authority]
    return page(
        visit,
        "profile_choice.html",
        each=there,
        authority=authority,
        platform=called,
        changes=preview(affected),
    )


@router.post("/{ctid}/choose")
def choose(visit: Posting, ctid: str, form: Given) -> Response:
    """Have credentials of a platform name this profile."""
    with visit.writing() as connection:
        _theirs(visit, connection, ctid)
        authority = verification_services.platform(connection, visit.owner.id, text(form, "platform"))
        affected = _chosen(visit, connection, authority, ctid, dry_run=False)
    said = told(affected)
    return visit.then(f"/profiles/{ctid}", title="The profile is chosen.", text=said)


def _chosen(visit: Visit, connection: Connection, authority: str, ctid: str, *, dry_run: bool) -> list[Affected]:
    return deciding_for_all.choose_profile(connection, visit.owner, authority, ctid, by=visit.by, dry_run=dry_run)


def _theirs(visit: Visit, connection: Connection, ctid: str) -> Profile:
    """The profile, and have the visit be about its organization; as if it did not exist where it is another's."""
    found = verification_services.one(connection, ctid)
    if found.organization_id not in {each.id for each in visit.organizations}:
        raise verification_services.unknown(ctid)
    return found


def _page(visit: Visit, ctid: str, opened: str, typed: Typed | None) -> Response:
    with visit.reading() as connection:
        found = _theirs(visit, connection, ctid)
    visit.looks_at(found.organization_id)
    with visit.reading() as connection:
        used = verification_services.used(connection, visit.owner.id)
        platforms = verification_services.platforms(connection, visit.owner.id)
        choices = verification_services.choices(connection, visit.owner.id)
    line = _line(found, used, platforms)
    for_now = {authority for authority in platforms if choices.get(authority) == found.ctid}
    if found.authority in platforms and found.authority not in choices:
        for_now.add(str(found.authority))
    shown = found.as_json(visit.this.settings.registry_url)
    return page(
        visit,
        "profile.html",
        status_of(typed.problem) if typed else 200,
        each=found,
        line=line,
        rows=_rows(found, visit.owner, opened, typed),
        others=_others(found),
        missing=[finding for finding in found.findings if finding.severity == "required"],
        using=used.get(found.ctid, [])[:MOST_USING],
        using_more=max(0, line["used"] - MOST_USING),
        named_for=[name for authority, name in platforms.items() if authority in for_now],
        offered=[(authority, name) for authority, name in platforms.items() if authority not in for_now],
        history=_history(found),
        ctdl_json=orjson.dumps(shown["ctdl"], option=orjson.OPT_INDENT_2).decode(),
    )


def _line(each: Profile, used: Mapping[str, list[Using]], platforms: Mapping[str, str]) -> dict[str, Any]:
    """A profile as the list shows it."""
    description = next(iter((each.node.description or {}).values()), "")
    return {
        "each": each,
        "name": each.name,
        "description": description,
        "platform": platforms.get(each.authority or "", each.authority or ""),
        "look": _look(each),
        "used": len(used.get(each.ctid, ())),
    }


def _label(name: str) -> str:
    """The form's word for a property of a profile: of some it has others for credentials."""
    return _LABELS.get(name) or label(name)


def _look(each: Profile) -> looks.Look:
    held = next((name for name in FIRST_SAID if name in each.statuses), None)
    return looks.STATUSES[held] if held else looks.Look("Not approved yet", "ring")


def _rows(each: Profile, owner: Organization, opened: str, typed: Typed | None) -> list[dict[str, Any]]:
    """The profile property by property: those that matter most first, whether they are filled in or not."""
    node = VerificationServiceProfile
    wanted = dict.fromkeys([*FIRST, *each.properties, *each.edits, opened])
    names = {owner.ctid: owner.name}
    spoken = next(iter(each.node.description or {}), verification_services.LANGUAGE)
    return [
        {
            "name": name,
            "label": _label(name),
            "required": name in REQUIRED,
            "lines": _lines(name, each.properties.get(name), names),
            "edit": each.edits.get(name),
            "mapped": _lines(name, each.edits[name].mapped, names) if name in each.edits else [],
            "findings": [finding for finding in each.findings if finding.property == name],
            "control": _control(name, each.properties.get(name), spoken, typed) if name == opened else None,
            "error": typed.problem if typed and typed.property == name else None,
        }
        for name in wanted
        if name in by_name(node)
    ]


def _lines(name: str, value: Any, names: Mapping[str, str]) -> list[values.Line]:
    return [] if value is None else values.lines(name, value, names, VerificationServiceProfile)


def _control(name: str, value: Any, spoken: str, typed: Typed | None) -> values.Control:
    held = values.control(name, value, spoken, VerificationServiceProfile)
    if typed is None or typed.property != name:
        return held
    inputs = tuple((key, word, typed.filled.get(key, shown)) for key, word, shown in held.inputs)
    return values.Control(held.kind, inputs, held.hint, held.options)


def _given(name: str, filled: Mapping[str, str]) -> Any:
    try:
        return values.given(name, filled, VerificationServiceProfile)
    except ValueError as wrong:
        action = "Correct it; nothing was changed."
        raise Problem("invalid_value", str(wrong), action=action, fields={name: str(wrong)}) from None


def _others(each: Profile) -> list[tuple[str, str]]:
    """Properties that could be added: name and label."""
    there = {*FIRST, *each.properties, *each.edits}
    names = [name for name in by_name(VerificationServiceProfile) if name not in there]
    return sorted(((name, _label(name)) for name in names), key=lambda pair: pair[1])


def _history(each: Profile) -> list[dict[str, Any]]:
    """Who edited and approved it last, latest first."""
    edits = [
        {"at": edit.at, "text": f"{_label(name)} {'left out' if edit.op == 'remove' else 'edited'} by {edit.by}"}
        for name, edit in each.edits.items()
    ]
    approval = [{"at": each.approved_at, "text": f"Approved by {each.approved_by}"}] if each.approved_at else []
    return sorted([*edits, *approval], key=lambda line: str(line["at"]), reverse=True)
