"""The life of a credential record, as one pure function: `decide(record, event)` says what changes.

Sync, edits, decisions of people and publishing all go through it; storage only writes down what it answers. A record
is what people decided about a credential; its content is derived from the source and their edits
(`credentials.content`). Three hashes tell where it stands: the content now, the content a person approved, and the
content its destination confirmed.

    SourceChanged   the platform says something else        → content; approval stays but may no longer fit
    SourceGone      the platform no longer lists the badge  → flagged, never deleted
    Edited          a person sets, removes or withdraws     → edits, content
    Resolved        a person settles a conflict             → the edit moves its base, or goes
    Approved        a person approves what they saw         → approved hash; refused if it changed meanwhile
    Rejected        a person turns it down                  → rejected until the content changes
    Confirmed       a destination holds the approved state  → published hash
    Unpublished     a destination no longer holds it        → no published hash
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from connector.credentials.content import Content, Edit, content
from mappings.crosswalk.credential import Mapped
from mappings.ctdl.shape import properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a record before an event. `mapped` is the mapping of its source as it is now."""

    mapped: Mapped
    edits: tuple[Edit, ...] = ()
    content_hash: str | None = None
    approved_hash: str | None = None
    published_hash: str | None = None
    rejected_hash: str | None = None
    gone_at: str | None = None
    organization_website: str | None = None


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """The platform describes the badge in another way, or for the first time; a badge that was gone is back."""

    mapped: Mapped


@dataclass(frozen=True, slots=True)
class SourceGone:
    """The platform no longer has the badge."""

    at: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A person sets or removes a property, or (`withdraw`) takes the edit back so that the mapped value returns."""

    property: str
    op: Literal["set", "remove", "withdraw"]
    value: Any
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A person settles a conflict: keep theirs over the platform's (`mine`), or take the platform's (`theirs`)."""

    property: str
    side: Literal["mine", "theirs"]


@dataclass(frozen=True, slots=True)
class Approved:
    """A person approves the content with this hash: what they saw."""

    hash_seen: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A person turns the present content down."""

    reason: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A destination confirms that it holds the content with this hash."""

    hash: str


@dataclass(frozen=True, slots=True)
class Unpublished:
    """The destination no longer holds the record."""


Event = SourceChanged | SourceGone | Edited | Resolved | Approved | Rejected | Confirmed | Unpublished


@dataclass(frozen=True, slots=True)
class Changes:
    """The record after an event, and its content. `worth_a_revision`: a person had a hand in what it was or is."""

    record: Record
    content: Content
    worth_a_revision: bool


class Refused(Exception):
    """The event does not fit the record. `code` is stable, the text a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def decide(record: Record, event: Event) -> Changes:
    """What an event changes. Raises Refused where it cannot be."""
    match event:
        case SourceChanged(mapped):
            decided = bool(record.edits or record.approved_hash)
            return _changes(replace(record, mapped=mapped, gone_at=None), unless_equal=decided)
        case SourceGone(at):
            return _changes(replace(record, gone_at=at), unless_equal=False)
        case Edited():
            return _changes(replace(record, edits=_edits(record, event)), unless_equal=True)
        case Resolved():
            return _changes(replace(record, edits=_resolved(record, event)), unless_equal=True)
        case Approved(seen):
            return _approved(record, seen)
        case Rejected():
            return _rejected(record)
        case Confirmed(confirmed):
            return _changes(replace(record, published_hash=confirmed), unless_equal=False)
        case Unpublished():
            return _changes(replace(record, published_hash=None), unless_equal=False)


def _changes(record: Record, *, unless_equal: bool) -> Changes:
    held = content(record.mapped, record.edits, organization_website=record.organization_website)
    after = replace(record, content_hash=held.hash)
    return Changes(after, held, unless_equal and held.hash != record.content_hash)


def _edits(record: Record, event: Edited) -> tuple[Edit, ...]:
    others = tuple(edit for edit in record.edits if edit.property != event.property)
    if event.op == "withdraw":
        return others
    base = properties(record.mapped.credential).get(event.property)
    return (*others, Edit(event.property, event.op, event.value, base, event.by, event.at))


def _resolved(record: Record, event: Resolved) -> tuple[Edit, ...]:
    if not any(edit.property == event.property for edit in record.edits):
        raise Refused("no_edit", f"There is no edit of {event.property} to resolve.")
    if event.side == "theirs":
        return tuple(edit for edit in record.edits if edit.property != event.property)
    base = properties(record.mapped.credential).get(event.property)
    return tuple(e._replace(base=base) if e.property == event.property else e for e in record.edits)


def _approved(record: Record, seen: str) -> Changes:
    changes = _changes(record, unless_equal=False)
    now = changes.content.hash
    if now != seen:
        raise Refused("changed_while_you_looked", "The record changed while you looked. Look again, then approve.")
    lacking = [finding for finding in changes.content.findings if finding.severity == "required"]
    if lacking:
        raise Refused("incomplete", " ".join(finding.message for finding in lacking))
    after = replace(changes.record, approved_hash=now, rejected_hash=None)
    return Changes(after, changes.content, worth_a_revision=record.approved_hash != now)


def _rejected(record: Record) -> Changes:
    changes = _changes(record, unless_equal=False)
    now = changes.content.hash
    after = replace(changes.record, rejected_hash=now, approved_hash=None)
    return Changes(after, changes.content, worth_a_revision=record.rejected_hash != now)
