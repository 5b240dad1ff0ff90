"""What people do to records: edit, approve, reject. Each goes through `state.decide` inside the door's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connector.clock import stamp
from connector.credentials import queries, records, statuses, verification_services
from connector.credentials.content import language
from connector.credentials.records import Sourced
from connector.credentials.state import Approved, Edited, Refused, Rejected, decide
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
    wanted: list[tuple[str, Any]] = [(name, _from_text(sourced, name, text)) for name, text in set_to]
    wanted += list(set_json)
    problems: list[str] = []
    events = [Edited(_known(name), "withdraw", None, by, stamp()) for name in unset]
    for name, value in wanted:
        try:
            read = None if value is None else reading.property_value(name, value, spoken)
            events.append(Edited(_known(name), "remove" if read is None else "set", read, by, stamp()))
        except reading.Unreadable as wrong:
            problems += wrong.problems
    if problems:
        raise Problem("invalid_value", " ".join(problems), action="Correct the values; nothing was changed.")
    records.settle(connection, sourced, *events, by=by)
    return records.one(connection, called)


def approve(connection: Connection, ids: Iterable[str], *, seen: str | None = None, by: str) -> dict[str, Any]:
    """Approve records as they are now (or as `seen`, by content hash), and the profiles they name."""
    return _approve(connection, [records.one(connection, called) for called in ids], seen, by)


def approve_all_ready(connection: Connection, organization_id: int, *, by: str) -> dict[str, Any]:
    """Approve every record of an organization that is complete and has nothing odd about it."""
    which = statuses.ready() & (record.c.organization_id == organization_id)
    return _approve(connection, records.read(connection, which), None, by)


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


def _approve(connection: Connection, found: list[Sourced], seen: str | None, by: str) -> dict[str, Any]:
    settled = []
    refused: list[Refusal] = []
    for sourced in found:
        event = Approved(seen or sourced.row.content_hash)
        try:
            settled.append((sourced.row.id, sourced.record, decide(sourced.record, event), "Approved"))
        except Refused as why:
            refused.append(Refusal(sourced.row.id, why.code, str(why)))
    records.write(connection, settled, by=by)
    profiles = {
        name
        for _, _, changes, _ in settled
        for name in changes.content.credential.uses_verification_service
        if isinstance(name, str)
    }
    verification_services.approve(connection, profiles, by=by)
    return {
        "approved": len(settled),
        "refused": [{"id": r.id, "code": r.code, "message": r.message} for r in refused],
    }


def _from_text(sourced: Sourced, name: str, text: str) -> Any:
    """A value typed on a command line: lists are split at `|`, texts keep the record's other languages."""
    kind = by_name(Credential)[_known(name)].kind
    if kind is Kind.TEXT:
        held = sourced.content.properties.get(name) or {}
        return {**held, queries.record_language(sourced): text}
    if kind in _LISTS:
        return [part.strip() for part in text.split(SPLIT_AT) if part.strip()]
    if kind is Kind.PROFILES:
        raise Problem(
            "invalid_value",
            f"{name} has parts of its own, so plain text does not say what is meant.",
            action=f"Give them as JSON: --set-json {name}='[…]'",
        )
    return text


def _known(name: str) -> str:
    if name not in by_name(Credential):
        raise Problem(
            "property_unknown",
            f"{name!r} is no property of a credential.",
            action="Use a CTDL name such as subjectWebpage; credentials show lists those that are filled.",
        )
    return name
