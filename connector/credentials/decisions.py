"""What people do to records: edit, approve, reject. Each goes through `state.decide` inside the door's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import Connection

from connector.clock import stamp
from connector.credentials import matching, records, statuses, verification_services
from connector.credentials.content import language
from connector.credentials.records import Sourced
from connector.credentials.state import CHANGED, Approved, Edited, Record, Refused, Rejected, Resolved, decide
from connector.credentials.tables import record
from connector.problem import Problem
from mappings.ctdl import reading
from mappings.ctdl.model import Credential, Kind
from mappings.ctdl.parts import in_words
from mappings.ctdl.shape import by_name

SPLIT_AT = "|"
_NEXT = {
    "mapped_by_another_version": "Have the records mapped again first: on the home page, or by badge-connector remap.",
    "changed_while_you_looked": "Look at the record again; nothing was changed.",
}
_LISTS = frozenset({Kind.TEXTS, Kind.SUBJECTS, Kind.CONCEPTS, Kind.URLS, Kind.WORDS, Kind.LANGUAGES, Kind.REFERENCES})
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record on which a decision was refused, and why."""

    id: str
    code: str
    message: str
    name: str = ""

    def as_json(self) -> dict[str, str]:
        """The refusal as doors show it."""
        return {"id": self.id, "name": self.name, "code": self.code, "message": self.message}


def edit(
    connection: Connection,
    called: str,
    *,
    set_to: Iterable[tuple[str, str]] = (),
    set_json: Iterable[tuple[str, Any]] = (),
    unset: Iterable[str] = (),
    seen: str | None = None,
    by: str,
) -> Sourced:
    """Set properties of a record (by text or by JSON; JSON null removes), or withdraw edits.

    Setting a value again settles a conflict in its favour. With `seen`, a content hash, only where that is still the
    record's content. Problem with every value that cannot be read.
    """
    sourced = to_decide(connection, called, seen)
    spoken = language(sourced.content.credential)
    wrong = {name: _unknown(name) for name in unset if name not in by_name(Credential)}
    events = [Edited(name, "withdraw", None, by, stamp()) for name in unset]
    for name, given, as_text in [*((*pair, True) for pair in set_to), *((*pair, False) for pair in set_json)]:
        try:
            value = _from_text(sourced, name, given) if as_text else given
            read = _read(name, value, spoken)
            events.append(Edited(name, "remove" if read is None else "set", read, by, stamp()))
        except reading.Unreadable as unread:
            wrong[name] = " ".join(unread.problems)
    if wrong:
        action = "Correct the values; nothing was changed."
        raise Problem("invalid_value", " ".join(wrong.values()), action=action, fields=wrong)
    records.settle(connection, sourced, *events, by=by)
    return records.one(connection, called)


def resolve(
    connection: Connection,
    called: str,
    name: str,
    side: Literal["mine", "theirs"],
    *,
    item: str | None = None,
    seen: str | None = None,
    by: str,
) -> Sourced:
    """Settle a conflict: keep the edit (`mine`) or take the platform's value. Problem where there is none.

    With `item`, only of that part of the property, as conflicts name it or as people read that.
    """
    sourced = to_decide(connection, called, seen)
    if item is not None:
        read_as = {in_words(name, each.item): each.item for each in sourced.content.conflicts if each.property == name}
        item = read_as.get(item, item)
    try:
        records.settle(connection, sourced, Resolved(name, side, item), by=by)
    except Refused as refused:
        raise Problem(refused.code, str(refused), action="Look at the record again.") from None
    return records.one(connection, called)


def to_decide(connection: Connection, called: str, seen: str | None) -> Sourced:
    """A record that a person decides about. Problem where it is not as they saw it, or mapped by another version."""
    sourced = records.one(connection, called)
    try:
        _as_seen(sourced, seen)
    except Refused as refused:
        raise Problem(refused.code, str(refused), action=_NEXT[refused.code]) from None
    return sourced


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
    return _approve(connection, list(found.values()), dict.fromkeys(found, seen) if seen else {}, unknown, by)


def approve_seen(connection: Connection, organization_id: int, seen: Mapping[str, str], *, by: str) -> dict[str, Any]:
    """Approve records of an organization, each as it was seen: content hashes by record id."""
    found, unknown = _those(connection, organization_id, seen)
    return _approve(connection, found, seen, unknown, by)


def reject_seen(
    connection: Connection, organization_id: int, seen: Mapping[str, str], *, reason: str, by: str
) -> dict[str, Any]:
    """Reject records of an organization, each as it was seen. Problem where no reason is given."""
    reason = _given(reason)
    found, refused = _those(connection, organization_id, seen)
    settled = []
    for sourced in found:
        try:
            changes = decide(_as_seen(sourced, seen[sourced.row.id]), Rejected(reason))
        except Refused as why:
            refused.append(Refusal(sourced.row.id, why.code, str(why), sourced.row.name))
            continue
        settled.append((sourced.row.id, sourced.record, changes, "Rejected"))
    records.write(connection, settled, by=by, reason=reason)
    return {"rejected": [record_id for record_id, *_ in settled], "refused": [each.as_json() for each in refused]}


def approve_all_ready(connection: Connection, organization_id: int, *, by: str) -> dict[str, Any]:
    """Approve every record of an organization that is complete and has nothing odd about it."""
    which = statuses.ready() & (record.c.organization_id == organization_id)
    return _approve(connection, records.read(connection, which), {}, [], by)


def reject(connection: Connection, ids: Iterable[str], *, reason: str, by: str) -> dict[str, Any]:
    """Reject records: they stay rejected until their content changes."""
    reason = _given(reason)
    done = []
    for called in ids:
        sourced = to_decide(connection, called, None)
        records.settle(connection, sourced, Rejected(reason), by=by, reason=reason)
        done.append(sourced.row.id)
    return {"rejected": done}


def _given(reason: str) -> str:
    if not reason.strip():
        raise Problem("reason_missing", "A rejection needs a reason.", action="Say why; it is kept with the record.")
    return reason.strip()


def _those(connection: Connection, organization_id: int, ids: Iterable[str]) -> tuple[list[Sourced], list[Refusal]]:
    """The records of an organization with these ids; those that are not there, or another's, as refusals."""
    found = [
        sourced
        for some in records.slices(list(ids))
        for sourced in records.read(connection, record.c.id.in_(some) & (record.c.organization_id == organization_id))
    ]
    there = {sourced.row.id for sourced in found}
    message = "There is no such credential."
    return found, [Refusal(called, "record_not_found", message) for called in ids if called not in there]


def _approve(
    connection: Connection, found: list[Sourced], seen: Mapping[str, str], refused: list[Refusal], by: str
) -> dict[str, Any]:
    settled = []
    profiles: set[str] = set()
    not_yet = _not_yet_new(connection, found)
    lacking = verification_services.lacking(connection, {sourced.row.organization_id for sourced in found})
    for sourced in found:
        try:
            if sourced.row.id in not_yet:
                raise Refused(*not_yet[sourced.row.id])
            if unfit := sorted(_profiles(sourced) & lacking.keys()):
                raise Refused("profile_incomplete", lacking[unfit[0]])
            changes = decide(_as_mapped_now(sourced), Approved(seen.get(sourced.row.id, sourced.row.content_hash)))
        except Refused as why:
            refused.append(Refusal(sourced.row.id, why.code, str(why), sourced.row.name))
            continue
        settled.append((sourced.row.id, sourced.record, changes, "Approved"))
        profiles |= _profiles(sourced)
    records.write(connection, settled, by=by)
    verification_services.approve(connection, profiles, by=by)
    return {
        "approved": len(settled),
        "refused": [each.as_json() for each in refused],
    }


def _profiles(sourced: Sourced) -> set[str]:
    """The verification service profiles that a record names by their CTIDs."""
    return {name for name in sourced.content.credential.uses_verification_service if isinstance(name, str)}


def _not_yet_new(connection: Connection, found: Iterable[Sourced]) -> dict[str, tuple[str, str]]:
    """Those that may not be approved as new credentials yet, with a code and a sentence."""
    ids: dict[int, list[str]] = {}
    for sourced in found:
        ids.setdefault(sourced.row.organization_id, []).append(sourced.row.id)
    refused: dict[str, tuple[str, str]] = {}
    for organization_id, theirs in ids.items():
        refused |= matching.may_be_approved_as_new(connection, organization_id, theirs)
    return refused


def _as_mapped_now(sourced: Sourced) -> Record:
    """The record, if this version is the one that mapped it: a better mapping never applies by itself."""
    if sourced.row.mapped_with != sourced.mapped.mapped_with:
        raise Refused("mapped_by_another_version", "The record was mapped by another version of this software.")
    return sourced.record


def _as_seen(sourced: Sourced, seen: str | None) -> Record:
    """The record, if it still is what a person saw of it, where they say what they saw."""
    record = _as_mapped_now(sourced)
    if seen is not None and sourced.content.hash != seen:
        raise Refused("changed_while_you_looked", CHANGED)
    return record


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
    if known.kind is Kind.YES_NO:
        return _YES_NO.get(text.strip().lower(), text)
    if known.kind in (Kind.NUMBER, Kind.WHOLE_NUMBER):
        return orjson.loads(text) if text.strip().replace(".", "", 1).isdecimal() else text
    if known.kind in (Kind.PROFILE, Kind.PROFILES):
        raise reading.Unreadable([f"{name} has parts of its own: give them as JSON, --set-json {name}='[…]'."])
    return text


def _read(name: str, value: Any, spoken: str) -> Any:
    """A value in the form that is stored; None removes the property."""
    if name not in by_name(Credential):
        raise reading.Unreadable([_unknown(name)])
    return None if value is None else reading.property_value(name, value, spoken)


def _unknown(name: str) -> str:
    return f"{name!r} is no property of a credential; a CTDL name such as subjectWebpage is meant."
