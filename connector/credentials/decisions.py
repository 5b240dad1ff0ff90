"""What people do to records: edit, approve, reject. Each goes through `state.decide` inside the door's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connector.clock import stamp
from connector.credentials import records, statuses, verification_services
from connector.credentials.content import language
from connector.credentials.mapping import MAPPED_WITH
from connector.credentials.records import Sourced
from connector.credentials.state import Approved, Edited, Record, Refused, Rejected, decide
from connector.credentials.tables import record
from connector.problem import Problem
from mappings.ctdl import reading
from mappings.ctdl.model import Credential, Kind
from mappings.ctdl.shape import by_name

SPLIT_AT = "|"
_LISTS = frozenset({Kind.TEXTS, Kind.SUBJECTS, Kind.CONCEPTS, Kind.URLS, Kind.LANGUAGES, Kind.REFERENCES})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record on which a decision was refused, and why."""

    id: str
    code: str
    message: str


def edit(
    connection: Connection,
    called: str,
    *,
    set_to: Iterable[tuple[str, str]] = (),
    set_json: Iterable[tuple[str, Any]] = (),
    unset: Iterable[str] = (),
    by: str,
) -> Sourced:
    """Set properties of a record (by text or by JSON; JSON null removes), or withdraw edits.

    Setting a value again settles a conflict in its favour. Problem with every value that cannot be read.
    """
    sourced = records.one(connection, called)
    spoken = language(sourced.content.credential)
    problems = [_unknown(name) for name in unset if name not in by_name(Credential)]
    events = [Edited(name, "withdraw", None, by, stamp()) for name in unset]
    for name, given, as_text in [*((*pair, True) for pair in set_to), *((*pair, False) for pair in set_json)]:
        try:
            value = _from_text(sourced, name, given) if as_text else given
            read = _read(name, value, spoken)
            events.append(Edited(name, "remove" if read is None else "set", read, by, stamp()))
        except reading.Unreadable as wrong:
            problems += wrong.problems
    if problems:
        raise Problem("invalid_value", " ".join(problems), action="Correct the values; nothing was changed.")
    records.settle(connection, sourced, *events, by=by)
    return records.one(connection, called)


def approve(connection: Connection, ids: Iterable[str], *, seen: str | None = None, by: str) -> dict[str, Any]:
    """Approve records as they are now (or as `seen`, by content hash), and the profiles they name."""
    found: dict[str, Sourced] = {}
    unknown: list[Refusal] = []
    for called in ids:
        try:
            sourced = records.one(connection, called)
            found[sourced.row.id] = sourced
        except Problem as missing:
            unknown.append(Refusal(called, missing.code, missing.message))
    return _approve(connection, list(found.values()), seen, unknown, by)


def approve_all_ready(connection: Connection, organization_id: int, *, by: str) -> dict[str, Any]:
    """Approve every record of an organization that is complete and has nothing odd about it."""
    which = statuses.ready() & (record.c.organization_id == organization_id)
    return _approve(connection, records.read(connection, which), None, [], by)


def reject(connection: Connection, ids: Iterable[str], *, reason: str, by: str) -> dict[str, Any]:
    """Reject records: they stay rejected until their content changes."""
    if not reason.strip():
        raise Problem("reason_missing", "A rejection needs a reason.", action="Give --reason TEXT.")
    done = []
    for called in ids:
        sourced = records.one(connection, called)
        records.settle(connection, sourced, Rejected(reason), by=by, reason=reason)
        done.append(sourced.row.id)
    return {"rejected": done}


def _approve(
    connection: Connection, found: list[Sourced], seen: str | None, refused: list[Refusal], by: str
) -> dict[str, Any]:
    settled = []
    profiles: set[str] = set()
    for sourced in found:
        try:
            changes = decide(_as_mapped_now(sourced), Approved(seen or sourced.row.content_hash))
        except Refused as why:
            refused.append(Refusal(sourced.row.id, why.code, str(why)))
            continue
        settled.append((sourced.row.id, sourced.record, changes, "Approved"))
        profiles |= {name for name in sourced.content.credential.uses_verification_service if isinstance(name, str)}
    records.write(connection, settled, by=by)
    verification_services.approve(connection, profiles, by=by)
    return {
        "approved": len(settled),
        "refused": [{"id": r.id, "code": r.code, "message": r.message} for r in refused],
    }


def _as_mapped_now(sourced: Sourced) -> Record:
    """The record, if this version is the one that mapped it: a better mapping never applies by itself."""
    if sourced.row.mapped_with != MAPPED_WITH:
        message = "The record was mapped by another version of this software: badge-connector remap shows what changes."
        raise Refused("mapped_by_another_version", message)
    return sourced.record


def _from_text(sourced: Sourced, name: str, text: str) -> Any:
    """A value typed on a command line: lists are split at `|`, texts keep the record's other languages."""
    known = by_name(Credential).get(name)
    if known is None:
        raise reading.Unreadable([_unknown(name)])
    if known.kind is Kind.TEXT:
        held = sourced.content.properties.get(name) or {}
        return {**held, language(sourced.content.credential): text}
    if known.kind in _LISTS:
        return [part.strip() for part in text.split(SPLIT_AT) if part.strip()]
    if known.kind is Kind.PROFILES:
        raise reading.Unreadable([f"{name} has parts of its own: give them as JSON, --set-json {name}='[…]'."])
    return text


def _read(name: str, value: Any, spoken: str) -> Any:
    """A value in the form that is stored; None removes the property."""
    if name not in by_name(Credential):
        raise reading.Unreadable([_unknown(name)])
    return None if value is None else reading.property_value(name, value, spoken)


def _unknown(name: str) -> str:
    return f"{name!r} is no property of a credential; a CTDL name such as subjectWebpage is meant."
