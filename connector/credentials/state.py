"""The life of a credential record, as one pure function: `decide(record, event)` says what changes.

Sync, edits, decisions of people and publishing all go through it; storage only writes down what it answers. A record
is what people decided about a credential; its content is derived from the source and their edits
(`credentials.content`). Three hashes tell where it stands: the content now, the content a person approved, and the
content its destination confirmed.

    SourceChanged   the platform says something else        → content; approval stays but may no longer fit
    Remapped        a person asks for a better mapping      → content, as above
    SourceGone      the platform no longer lists the badge  → flagged, never deleted
    Edited          a person sets, removes or withdraws     → edits, content
    Resolved        a person settles a conflict             → the edit moves its base, or goes
    Approved        a person approves what they saw         → approved hash; refused if it changed meanwhile
    Rejected        a person turns it down                  → rejected until the content changes
    Confirmed       a destination holds the approved state  → published hash
    Unpublished     a person takes it out of a destination  → neither published nor approved
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from connector.credentials.content import Content, Edit, content
from mappings.crosswalk.credential import Mapped
from mappings.ctdl.shape import properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a record before an event.

    `mapped` is the mapping of its source as it is now; events that leave the content alone do without it.
    """

    mapped: Mapped | None = None
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
class Remapped:
    """The same badge is mapped in another way: by a better crosswalk, or now that its owner is known."""

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
    """A person has taken the record out of its destination: it stays out until it is approved again."""


Event = SourceChanged | Remapped | SourceGone | Edited | Resolved | Approved | Rejected | Confirmed | Unpublished


@dataclass(frozen=True, slots=True)
class Changes:
    """The record after an event. `content` is None where the event leaves it alone.

    `worth_a_revision`: a person had a hand in what the content was or is.
    """

    record: Record
    content: Content | None = None
    worth_a_revision: bool = False


CHANGED = "The record changed while you looked. Look again, then decide."


class Refused(Exception):
    """The event does not fit the record. `code` is stable, the text a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def decide(record: Record, event: Event) -> Changes:
    """What an event changes. Raises Refused where it cannot be."""
    match event:
        case SourceChanged(mapped):
            return _mapped_anew(replace(record, gone_at=None), mapped)
        case Remapped(mapped):
            return _mapped_anew(record, mapped)
        case Edited():
            return _with_content(replace(record, edits=_edits(record, event)), record)
        case Resolved():
            return _with_content(replace(record, edits=_resolved(record, event)), record)
        case Approved(seen):
            return _approved(record, seen)
        case Rejected():
            return _rejected(record)
        case SourceGone(at):
            return Changes(replace(record, gone_at=record.gone_at or at))
        case Confirmed(confirmed):
            return Changes(replace(record, published_hash=confirmed))
        case Unpublished():
            return Changes(replace(record, published_hash=None, approved_hash=None))


def _mapped_anew(record: Record, mapped: Mapped) -> Changes:
    """Only where a person has decided something is it worth keeping what the content was."""
    changes = _with_content(replace(record, mapped=mapped), record)
    decided = bool(record.edits or record.approved_hash)
    return replace(changes, worth_a_revision=changes.worth_a_revision and decided)


def _with_content(record: Record, before: Record) -> Changes:
    held = _content(record)
    return Changes(replace(record, content_hash=held.hash), held, held.hash != before.content_hash)


def _content(record: Record) -> Content:
    return content(_mapped(record), record.edits, organization_website=record.organization_website)


def _mapped(record: Record) -> Mapped:
    if record.mapped is None:
        raise ValueError("this event needs the mapping of the record's source")
    return record.mapped


def _edits(record: Record, event: Edited) -> tuple[Edit, ...]:
    others = tuple(edit for edit in record.edits if edit.property != event.property)
    if event.op == "withdraw":
        return others
    base = properties(_mapped(record).credential).get(event.property)
    return (*others, Edit(event.property, event.op, event.value, base, event.by, event.at))


def _resolved(record: Record, event: Resolved) -> tuple[Edit, ...]:
    if not any(edit.property == event.property for edit in record.edits):
        raise Refused("no_edit", f"There is no edit of {event.property} to resolve.")
    if event.side == "theirs":
        return tuple(edit for edit in record.edits if edit.property != event.property)
    base = properties(_mapped(record).credential).get(event.property)
    return tuple(e._replace(base=base) if e.property == event.property else e for e in record.edits)


def _approved(record: Record, seen: str) -> Changes:
    held = _content(record)
    if seen != record.content_hash or held.hash != seen:
        raise Refused("changed_while_you_looked", CHANGED)
    lacking = [finding for finding in held.findings if finding.severity == "required"]
    if lacking:
        raise Refused("incomplete", " ".join(finding.message for finding in lacking))
    after = replace(record, approved_hash=seen, rejected_hash=None)
    return Changes(after, held, worth_a_revision=record.approved_hash != seen)


def _rejected(record: Record) -> Changes:
    held = _content(record)
    after = replace(record, rejected_hash=held.hash, approved_hash=None)
    return Changes(after, held, worth_a_revision=record.rejected_hash != held.hash)
