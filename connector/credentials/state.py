"""The life of a credential record, as one pure function: `decide(record, event)` says what changes.

Sync, edits, decisions of people and publishing all go through it; storage only writes down what it answers. A record
is what people decided about a credential; its content is derived from the source and their edits
(`credentials.content`). Three hashes tell where it stands: the content now, the content a person approved, and the
content its destination confirmed.

    SourceChanged   the platform says something else        → content; approval stays but may no longer fit,
                                                              unless a rule of the organization approves the change
    BroughtIn       its destination holds it as it stands   → content, which is approved and published
    Remapped        a person asks for a better mapping      → content, as above
    OwnerWithdrawn  a person takes back whose badge it is   → content without owner, no longer approved
    SourceGone      the platform no longer lists the badge  → flagged, never deleted
    Edited          a person sets, adds, removes, withdraws → edits, content
    Resolved        a person settles a conflict             → the edit moves its base, or goes
    Approved        a person approves what they saw         → approved hash; refused if it changed meanwhile
    Rejected        a person turns it down                  → rejected until the content changes
    Confirmed       a destination holds the approved state  → published hash
    Unpublished     a person takes it out of a destination  → neither published nor approved
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from connector.credentials.content import Content, content, placed
from connector.credentials.differences import differences
from connector.credentials.merge import Edit, edits_that_add, edits_that_set, is_about, kept, mapped_part, of_property
from mappings.canonical import digest
from mappings.crosswalk.mapped import Mapped
from mappings.ctdl.parts import WHOLE
from mappings.ctdl.shape import properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a record before an event.

    `mapped` is the mapping of its source as it is now; events that leave the content alone do without it.
    `approved_properties` are those of the approved revision, where a rule may approve changes of them.
    """

    mapped: Mapped | None = None
    edits: tuple[Edit, ...] = ()
    content_hash: str | None = None
    approved_hash: str | None = None
    published_hash: str | None = None
    rejected_hash: str | None = None
    gone_at: str | None = None
    represented_by: str | None = None
    approved_properties: Mapping[str, Any] | None = None
    organization_website: str | None = None


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """The platform describes the badge in another way, or for the first time; a badge that was gone is back."""

    mapped: Mapped


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """A destination holds the record already: what stands there was approved before we knew of it."""

    mapped: Mapped


@dataclass(frozen=True, slots=True)
class Remapped:
    """The same badge is mapped in another way: by a better crosswalk, or now that its owner is known."""

    mapped: Mapped


@dataclass(frozen=True, slots=True)
class OwnerWithdrawn:
    """Nobody says any more whose badge it is: it is held, with the CTID it has, and not to be published."""

    mapped: Mapped


@dataclass(frozen=True, slots=True)
class SourceGone:
    """The platform no longer has the badge."""

    at: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A person sets, adds to or removes a property, or (`withdraw`) takes edits back so that the mapped value returns.

    Without `item` the whole property is meant, and what is set is compared with the mapping part by part; with it, that
    one part and what is inside it, as `mappings.ctdl.parts` identifies and gives it.
    """

    property: str
    op: Literal["set", "add", "remove", "withdraw"]
    value: Any
    by: str
    at: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A person settles a conflict: keep theirs over the platform's (`mine`), or take the platform's (`theirs`).

    Without `item`, all conflicts of the property.
    """

    property: str
    side: Literal["mine", "theirs"]
    item: str | None = None


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


Event = (
    SourceChanged
    | BroughtIn
    | Remapped
    | OwnerWithdrawn
    | SourceGone
    | Edited
    | Resolved
    | Approved
    | Rejected
    | Confirmed
    | Unpublished
)


@dataclass(frozen=True, slots=True)
class Changes:
    """The record after an event. `content` is None where the event leaves it alone.

    `worth_a_revision`: a person had a hand in what the content was or is. `approved_by`: the rules of the organization
    that have approved the change, by name.
    """

    record: Record
    content: Content | None = None
    worth_a_revision: bool = False
    approved_by: tuple[str, ...] = ()


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
            return _approved_by_rule(record, _mapped_anew(replace(record, gone_at=None), mapped))
        case BroughtIn(mapped):
            return _brought_in(record, mapped)
        case Remapped(mapped):
            return _mapped_anew(record, mapped)
        case OwnerWithdrawn(mapped):
            changes = _mapped_anew(record, mapped)
            return replace(changes, record=replace(changes.record, approved_hash=None))
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


def _brought_in(record: Record, mapped: Mapped) -> Changes:
    """Where people have edited the record, what stands at its destination is only what they started from."""
    changes = _mapped_anew(replace(record, gone_at=None), mapped)
    if record.edits:
        return changes
    now = changes.record.content_hash
    held_there = replace(changes.record, approved_hash=now, published_hash=now)
    return replace(changes, record=held_there, worth_a_revision=True)


def _with_content(record: Record, before: Record) -> Changes:
    held = _content(record)
    return Changes(replace(record, content_hash=held.hash), held, held.hash != before.content_hash)


def _content(record: Record) -> Content:
    return content(_mapped(record), record.edits, organization_website=record.organization_website)


def _mapped(record: Record) -> Mapped:
    if record.mapped is None:
        raise ValueError("this event needs the mapping of the record's source")
    return record.mapped


def _approved_by_rule(before: Record, changes: Changes) -> Changes:
    """Where a record was approved as it stood, rules may approve what the platform changed of it.

    They have to approve each property that differs from what was approved, and the record has to be complete and
    without conflict.
    """
    held, approved = changes.content, before.approved_properties
    if held is None or approved is None or before.approved_hash != before.content_hash:
        return changes
    if held.blocking or held.conflicts or held.hash == before.approved_hash:
        return changes
    if digest({"ctid": held.credential.ctid} | dict(approved)) != before.approved_hash:
        return changes
    rules = _mapped(changes.record).applied.approved
    changed = [each.property for each in differences(approved, held.properties)]
    if may_not_be_approved(changes.record) or not all(name in rules for name in changed):
        return changes
    by = tuple(dict.fromkeys(rules[name] for name in changed))
    return replace(changes, record=replace(changes.record, approved_hash=held.hash), approved_by=by)


def _edits(record: Record, event: Edited) -> tuple[Edit, ...]:
    name, source = event.property, _source(record)
    others = tuple(edit for edit in record.edits if not is_about(edit, name, event.item))
    match event.op:
        case "withdraw":
            return others
        case "set" if event.item is None:
            return others + edits_that_set(name, source.get(name), event.value, by=event.by, at=event.at)
        case "add" if event.item is None:
            theirs = of_property(record.edits, name)
            added = edits_that_add(name, source.get(name), theirs, event.value, by=event.by, at=event.at)
            items = {edit.item for edit in added}
            return (*(e for e in record.edits if e.property != name or e.item not in items), *added)
    item = event.item or WHOLE
    base = mapped_part(source, name, item)
    return (*others, Edit(name, event.op, event.value, base, event.by, event.at, item))


def _source(record: Record) -> dict[str, Any]:
    return properties(placed(_mapped(record), record.edits).credential)


def _resolved(record: Record, event: Resolved) -> tuple[Edit, ...]:
    meant = [edit for edit in record.edits if is_about(edit, event.property, event.item)]
    if not meant:
        raise Refused("no_edit", f"There is no edit of {event.property} to resolve.")
    if event.side == "theirs":
        return tuple(edit for edit in record.edits if edit not in meant)
    source = _source(record)
    return tuple(kept(each, source) if each in meant else each for each in record.edits)


def _approved(record: Record, seen: str) -> Changes:
    held = _content(record)
    if seen != record.content_hash or held.hash != seen:
        raise Refused("changed_while_you_looked", CHANGED)
    if refused := may_not_be_approved(record):
        raise Refused(*refused)
    lacking = [finding for finding in held.findings if finding.severity == "required"]
    if lacking:
        raise Refused("incomplete", " ".join(finding.message for finding in lacking))
    after = replace(record, approved_hash=seen, rejected_hash=None)
    return Changes(after, held, worth_a_revision=record.approved_hash != seen)


def may_not_be_approved(record: Record) -> tuple[str, str] | None:
    """Why a record is never approved as it stands, as code and sentence: another represents it, or a rule skips it."""
    if record.represented_by:
        message = f"This badge is published as part of another record, {record.represented_by}. Approve that one."
        return "represented", message
    if skipped := _mapped(record).applied.skip:
        return (
            "skipped_by_rule",
            f"The rule “{skipped}” leaves this badge out. Change the rule if it is to be published.",
        )
    return None


def _rejected(record: Record) -> Changes:
    held = _content(record)
    after = replace(record, rejected_hash=held.hash, approved_hash=None)
    return Changes(after, held, worth_a_revision=record.rejected_hash != held.hash)
