"""Puts together what a person says belongs together, and takes it apart again.

A badge that is the same credential as a record, a new design of it or a translation lives on inside that record: its
own one stays and is kept up, but the other represents it from then on. A new version and a step stay records of their
own, which name each other. What people have typed in either record stays as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from adapters.contract import BadgeKey
from connector.clock import stamp
from connector.credentials import matching, records
from connector.credentials.coming_back import take_over
from connector.credentials.intake import record_id as made_id
from connector.credentials.matching import SURE, Kind, Suggestion
from connector.credentials.merge import mapped_part
from connector.credentials.records import Sourced, settle
from connector.credentials.state import Edited, Event, SourceChanged, Unpublished, decide
from connector.credentials.tables import attached_badge, record, source_identity, suggestion
from connector.organizations import accounts as organizations
from connector.problem import Problem
from mappings.canonical import digest
from mappings.ctdl.model import Credential
from mappings.ctdl.model import Kind as Form
from mappings.ctdl.parts import parts, whole
from mappings.ctdl.shape import by_name, properties
from mappings.ctdl.vocabulary import is_badge_type

INSIDE: tuple[Kind, ...] = ("same", "new_design", "translation")
"""The kinds by which a badge's own record gives way to the other one."""

_KNOWN_AS = ("sameAs", "usesVerificationService")
_STEP = ("isPartOf", "isRequiredFor")
_NEXT_VERSIONS = ("nextVersion", "latestVersion")
_VERSIONS = ("previousVersion", *_NEXT_VERSIONS)
_SAYS_WHAT = {
    "same": "the same credential as the badge “{}”",
    "new_design": "newly designed as the badge “{}”",
    "translation": "translated as the badge “{}”",
}
"""Why the record's content changed, as its history says it."""


class Attached(NamedTuple):
    """A badge inside a record: by which kind, and who put it there. `record_id` is the badge's own record."""

    record_id: str
    name: str
    kind: str
    made_by: str
    made_at: str


class Together(NamedTuple):
    """What a record's page says of other records: what may belong to it, what represents it, what it represents."""

    suggestions: list[Suggestion]
    represented_by: str | None
    attached: list[Attached]


def together(connection: Connection, organization_id: int, record_id: str) -> Together:
    """What there is to say of a record and others."""
    query = select(record.c.represented_by).where(record.c.id == record_id)
    return Together(
        matching.open_ones(connection, organization_id, record_id=record_id),
        connection.execute(query).scalar_one_or_none(),
        attached(connection, record_id),
    )


def attached(connection: Connection, record_id: str) -> list[Attached]:
    """The badges inside a record, in the order in which they were put there."""
    s = suggestion.c
    query = (
        select(s.record_id, record.c.name, s.kind, s.decided_by, s.decided_at)
        .join(record, record.c.id == s.record_id)
        .where(s.other_id == record_id, s.state == "accepted", s.kind.in_(INSIDE))
        .order_by(s.decided_at, s.id)
    )
    return [Attached(*row) for row in connection.execute(query)]


def accept(connection: Connection, found: Suggestion, kind: Kind | None = None, *, by: str) -> dict[str, Any]:
    """A person says that two records belong together, as suggested or as they say; what the two are now.

    Problem where that was decided before, or where one of them cannot be changed now.
    """
    _refuse_decided(found)
    chosen = kind or found.kind
    _refuse_another_design(connection, found.record_id, chosen)
    badge = _changeable(connection, found.record_id)
    there = _changeable(connection, _representing(connection, found.other_id))
    if badge.row.id == there.row.id:
        raise _problem("already_together", "The two are one record already.", "Refuse the suggestion.")
    if chosen in INSIDE:
        _refuse_published(badge)
        _put_inside(connection, badge, there, chosen, by=by)
    elif chosen == "new_version":
        _link_versions(connection, badge, there, by=by)
    else:
        _link_step(connection, badge, there, by=by)
    _decided(connection, found, "accepted", by, other=there.row.id, kind=chosen)
    return {"record": badge.row.id, "other": there.row.id, "kind": chosen, "ctid": there.row.ctid}


def accept_sure(connection: Connection, organization_id: int, *, by: str) -> dict[str, Any]:
    """Accept all that are the same for sure; those that cannot be are told with their reasons."""
    accepted, refused = [], []
    for each in matching.sure_ones(connection, organization_id):
        try:
            accepted.append(accept(connection, each, by=by))
        except Problem as problem:
            refused.append({"id": each.id, "code": problem.code, "message": problem.message})
    return {"accepted": len(accepted), "refused": refused, "least": SURE}


def decline(connection: Connection, found: Suggestion, *, by: str) -> None:
    """A person says that two records have nothing to do with each other: they are not asked again."""
    _refuse_decided(found)
    _decided(connection, found, "declined", by)


def undo(connection: Connection, organization_id: int, called: str, *, by: str) -> dict[str, Any]:
    """Take apart again what was put together about a badge's record; what was suggested about it is open again.

    Problem where nothing was.
    """
    record_id, name = _called(connection, organization_id, called)
    done = _accepted(connection, record_id)
    if not done:
        message = f"“{name}” was not put together with another record."
        raise _problem("nothing_to_undo", message, "See what was: badge-connector credentials show ID")
    for each in reversed(done):
        if each.kind in INSIDE:
            _take_out(connection, record_id, each, by=by)
        else:
            _unlink(connection, each, by=by)
        _decided(connection, each, "open", None)
    return {"record": record_id, "undone": [{"other": each.other_id, "kind": each.kind} for each in done]}


def _put_inside(connection: Connection, badge: Sourced, there: Sourced, kind: Kind, *, by: str) -> None:
    source, at = _primary(connection, badge.row.id), stamp()
    if kind == "new_design":
        known_as = there.content.properties.get("sameAs", [])
        take_over(connection, there.row.id, source, own=None)
        _content_anew(connection, there.row.id, known_as, _SAYS_WHAT[kind].format(badge.row.name), by=by)
    else:
        _add(connection, there, _gives(badge, kind), _SAYS_WHAT[kind].format(badge.row.name), by=by, at=at)
    values = {"kind": kind, "made_by": by, "made_at": at}
    connection.execute(insert(attached_badge).values(record_id=there.row.id, source_id=source, **values))
    if badge.row.represented_by is None:
        _represent(connection, badge.row.id, there.row.id)
    if badge.row.approved_hash is not None:
        _withdraw_approval(connection, badge, by=by)


def _take_out(connection: Connection, badge_id: str, done: Suggestion, *, by: str) -> None:
    left = [each for each in _accepted(connection, badge_id) if each.id != done.id and each.kind in INSIDE]
    _represent(connection, badge_id, left[0].other_id if left else None)
    if done.kind == "new_design":
        source = _given_back(connection, done.other_id, badge_id)
        for each in (done.other_id, badge_id):
            _content_anew(connection, each, (), "taken apart again", by=by)
    else:
        source = _primary(connection, badge_id)
    a = attached_badge.c
    is_it = (a.record_id == done.other_id) & (a.source_id == source)
    made = connection.execute(select(a.made_by, a.made_at).where(is_it)).one()
    _remove(connection, done, (made.made_by, made.made_at), by=by)
    connection.execute(delete(attached_badge).where(is_it))


def _given_back(connection: Connection, record_id: str, badge_id: str) -> int:
    """A badge's own record has its source again, the record the one of the design before. The badge's source."""
    s, a = source_identity.c, attached_badge.c
    designs = (
        select(s.id, s.organization_id, s.authority, s.badge_id, s.is_primary)
        .outerjoin(attached_badge, (a.source_id == s.id) & (a.record_id == record_id))
        .where(s.record_id == record_id)
        .order_by(a.made_at.is_not(None), a.made_at, s.id)
    )
    rows = connection.execute(designs).all()
    owner = organizations.find(connection, str(rows[0].organization_id))
    own = next(row for row in rows if made_id(owner, BadgeKey(row.authority, row.badge_id)) == badge_id)
    connection.execute(update(source_identity).where(s.id == own.id).values(record_id=badge_id, is_primary=True))
    if own.is_primary:
        before = [row.id for row in rows if row.id != own.id][-1]
        connection.execute(update(source_identity).where(s.id == before).values(is_primary=True))
    return int(own.id)


def _content_anew(connection: Connection, record_id: str, known_as: Sequence[str], reason: str, *, by: str) -> None:
    """A record takes over what its source says, which is another one now; what it was known as, it still is.

    What was added to it and what the source says by itself is no addition any more.
    """
    sourced = records.one(connection, record_id)
    mapped = properties(sourced.mapped.credential)
    events: list[Event] = [SourceChanged(sourced.mapped)]
    events += [
        Edited(edit.property, "withdraw", None, by, stamp(), edit.item)
        for edit in sourced.record.edits
        if edit.op == "add" and digest(mapped_part(mapped, edit.property, edit.item)) == digest(edit.value)
    ]
    if lacking := [each for each in known_as if each not in mapped.get("sameAs", [])]:
        events.append(Edited("sameAs", "add", lacking, by, stamp()))
    settle(connection, sourced, *events, by=by, reason=reason)


def _gives(badge: Sourced, kind: str) -> dict[str, Any]:
    """What a badge adds to the record that it lives on in, by property."""
    held = badge.content.properties
    given = {name: held[name] for name in _KNOWN_AS if name in held}
    if kind == "translation":
        given |= {name: value for name, value in held.items() if _is_in_a_language(name)}
    return given


def _is_in_a_language(name: str) -> bool:
    return name == "inLanguage" or by_name(Credential)[name].kind in (Form.TEXT, Form.TEXTS, Form.SUBJECTS)


def _add(connection: Connection, there: Sourced, given: Mapping[str, Any], reason: str, *, by: str, at: str) -> None:
    """Add to a record what it does not hold yet; what it says in a language already stays as it is."""
    events: list[Event] = []
    for name, value in given.items():
        held = parts(name, there.content.properties.get(name))
        lacking = {item: part for item, part in parts(name, value).items() if item not in held}
        if lacking:
            events.append(Edited(name, "add", whole(name, lacking), by, at))
    if events:
        settle(connection, there, *events, by=by, reason=reason)


def _remove(connection: Connection, done: Suggestion, made: tuple[str, str], *, by: str) -> None:
    """Take back what a badge has added to a record, then or by now, unless another badge inside it adds the same.

    `made` is by whom and when it was put there: what it added then it may no longer say itself.
    """
    there = records.one(connection, done.other_id)
    gave = _added(connection, done)
    # An earlier design adds nothing by itself: while it is inside, the record's own source speaks for it.
    others = [e for e in _inside(connection, done.other_id) if e.id != done.id and e.kind != "new_design"]
    kept = {each for other in others for each in _added(connection, other)}
    events = [
        Edited(edit.property, "withdraw", None, by, stamp(), edit.item)
        for edit in there.record.edits
        if edit.op == "add" and (said := (edit.property, digest(edit.value))) not in kept
        if said in gave or (edit.made_by, edit.made_at) == made
    ]
    if events:
        settle(connection, there, *events, by=by, reason="taken apart again")


def _added(connection: Connection, done: Suggestion) -> set[tuple[str, str]]:
    """What a badge adds to the record it is inside of, part by part."""
    given = _gives(records.one(connection, done.record_id), done.kind)
    return {(name, digest(part)) for name, value in given.items() for part in parts(name, value).values()}


def _link_versions(connection: Connection, newer: Sourced, older: Sourced, *, by: str) -> None:
    """Two records name each other as versions; what either names already stays."""
    _name(connection, newer, {"previousVersion": older.row.ctid}, by=by)
    _name(connection, older, dict.fromkeys(_NEXT_VERSIONS, newer.row.ctid), by=by)


def _name(connection: Connection, sourced: Sourced, ctids: Mapping[str, str], *, by: str) -> None:
    held = sourced.content.properties
    events = [Edited(name, "set", ctid, by, stamp()) for name, ctid in ctids.items() if name not in held]
    if events:
        settle(connection, sourced, *events, by=by)


def _link_step(connection: Connection, step: Sourced, whole_of: Sourced, *, by: str) -> None:
    """A badge names the credential that it is a step to: as a part of a programme, else as required for it."""
    kind = whole_of.content.credential.credential_type
    if kind is not None and not is_badge_type(kind):
        event = Edited("isPartOf", "add", [whole_of.row.ctid], by, stamp())
    else:
        profile = {
            "name": {"en-US": f"Required for {whole_of.row.name}"},
            "description": {"en-US": "This badge is required for the credential named here."},
            "targetCredential": [whole_of.row.ctid],
        }
        event = Edited("isRequiredFor", "add", [profile], by, stamp())
    settle(connection, step, event, by=by)


def _unlink(connection: Connection, done: Suggestion, *, by: str) -> None:
    """Two records name each other no more."""
    badge, there = records.one(connection, done.record_id), records.one(connection, done.other_id)
    names = _STEP if done.kind == "step" else _VERSIONS
    for sourced, other in ((badge, there), (there, badge)):
        events = [
            Edited(edit.property, "withdraw", None, by, stamp(), edit.item)
            for edit in sourced.record.edits
            if edit.property in names and other.row.ctid in orjson.dumps(edit.value).decode()
        ]
        if events:
            settle(connection, sourced, *events, by=by, reason="taken apart again")


def _changeable(connection: Connection, record_id: str) -> Sourced:
    """A record that a person may decide about now. Problem where it is not, with what to do."""
    sourced = records.one(connection, record_id)
    if sourced.row.mapped_with != sourced.mapped.mapped_with:
        message = f"“{sourced.row.name}” was mapped by another version of this software."
        raise _problem("mapped_by_another_version", message, "Have the records mapped again: badge-connector remap.")
    if sourced.row.ctid is None:
        message = f"Nobody has said yet who owns “{sourced.row.name}”, so it has no CTID."
        raise _problem("owner_not_confirmed", message, "Confirm its issuer on the page of its connection.")
    return sourced


def _refuse_published(badge: Sourced) -> None:
    if badge.row.published_hash is not None:
        message = f"“{badge.row.name}” is published under a CTID of its own, {badge.row.ctid}."
        raise _problem("published_already", message, f"Take it out first: badge-connector unpublish {badge.row.id}")


def _refuse_another_design(connection: Connection, badge_id: str, chosen: Kind) -> None:
    """A record that takes its content from a badge has it for itself."""
    inside = [each.kind for each in _accepted(connection, badge_id) if each.kind in INSIDE]
    if inside and "new_design" in (chosen, *inside):
        message = "The badge lives on in another record already, and as a new design it belongs to one only."
        action = f"Take it apart first: badge-connector credentials match ORG --undo {badge_id}"
        raise _problem("belongs_to_one_only", message, action)


def _refuse_decided(found: Suggestion) -> None:
    if found.state != "open":
        message = f"It was decided already: {found.state} by {found.decided_by}."
        raise _problem("suggestion_decided", message, "Look at the two records.")


def _problem(code: str, message: str, action: str) -> Problem:
    return Problem(code, message, action=action)


def _representing(connection: Connection, record_id: str) -> str:
    """The record that stands for one in the end: itself, unless others represent it."""
    query = select(record.c.represented_by).where(record.c.id == record_id)
    by = connection.execute(query).scalar_one_or_none()
    return record_id if by is None else _representing(connection, by)


def _represent(connection: Connection, badge_id: str, by: str | None) -> None:
    connection.execute(update(record).where(record.c.id == badge_id).values(represented_by=by))


def _withdraw_approval(connection: Connection, badge: Sourced, *, by: str) -> None:
    changes = decide(badge.record, Unpublished())
    records.write(connection, [(badge.row.id, badge.record, changes, Unpublished.__name__)], by=by)


def _primary(connection: Connection, record_id: str) -> int:
    s = source_identity.c
    query = select(s.id).where(s.record_id == record_id, s.is_primary)
    return int(connection.execute(query).scalar_one())


def _called(connection: Connection, organization_id: int, called: str) -> tuple[str, str]:
    """The id and the name of an organization's record, also of one that has no source of its own now."""
    is_it = records.is_called(called) & (record.c.organization_id == organization_id)
    row = connection.execute(select(record.c.id, record.c.name).where(is_it)).one_or_none()
    if row is None:
        raise records.unknown(called)
    return row.id, row.name


def _accepted(connection: Connection, record_id: str) -> list[Suggestion]:
    """What was accepted about a badge's record, in the order in which it was."""
    return matching.decided(connection, (suggestion.c.record_id == record_id) & (suggestion.c.state == "accepted"))


def _inside(connection: Connection, record_id: str) -> list[Suggestion]:
    """What was accepted that put badges inside a record."""
    which = (suggestion.c.other_id == record_id) & (suggestion.c.state == "accepted") & suggestion.c.kind.in_(INSIDE)
    return matching.decided(connection, which)


def _decided(
    connection: Connection,
    found: Suggestion,
    state: str,
    by: str | None,
    other: str | None = None,
    kind: str | None = None,
) -> None:
    s = suggestion.c
    values: dict[str, Any] = {"state": state, "decided_by": by, "decided_at": stamp() if by else None}
    pair = (s.record_id == found.record_id) & (s.other_id == (other or found.other_id))
    if other and kind and (other, kind) != (found.other_id, found.kind):
        # What was decided of the two under another name was this.
        connection.execute(delete(suggestion).where(pair, s.kind == kind, s.id != found.id))
        values |= {"other_id": other, "kind": kind}
    connection.execute(update(suggestion).where(s.id == found.id).values(**values))
