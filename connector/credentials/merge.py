"""Three-way merge of a property: what it was mapped from when a person edited it, what is mapped now, their word. Pure.

Lists and language maps are merged part by part (`mappings.ctdl.parts`): what the platform adds later flows in, and only
a part that moved on both sides, to different ends, is a conflict. A person's edit always wins until they say otherwise.
A profile is merged by the parts inside it. Who adds a profile or takes one out has made one edit that covers all inside
it: what the platform then changes in there is a conflict, and brings back no half of it. What a person has put into a
profile that the platform drops later is a conflict as well.

    base      mapped now   a person says   then it is
    a         a            b               b
    a         b            b               b
    a         b            c               c, and a conflict
    a         nothing      b               b, and a conflict
    a         b            nothing         nothing, and a conflict
    a         nothing      nothing         nothing
    nothing   a            b               b, and a conflict
    nothing   a            nothing said    a
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

from mappings.canonical import digest
from mappings.ctdl.parts import WHOLE, around, covers, entries, moved, part_at, parts, steps, whole, with_part

ALIGNMENT = "alignment"
"""What edits of where an alignment belongs are filed under; its items are the alignments' keys."""


class Edit(NamedTuple):
    """A person's word on one part of a property, or on all of it (item WHOLE): `set` or `add` it, or `remove` it.

    `base` is the mapped part it was decided against, None where there was none: where the mapping has moved on to
    something that is neither base nor value, the two are in conflict. `value` is the part as `parts` gives it.
    """

    property: str
    op: Literal["set", "remove", "add"]
    value: Any
    base: Any
    made_by: str
    made_at: str
    item: str = WHOLE


class Conflict(NamedTuple):
    """A part on which the platform and a person now differ, with what both started from; None for nothing."""

    property: str
    base: Any
    mapped: Any
    edited: Any
    item: str = WHOLE


def of_property(edits: Iterable[Edit], name: str) -> tuple[Edit, ...]:
    """The edits of one property."""
    return tuple(edit for edit in edits if edit.property == name)


def edits_that_set(name: str, mapped: Any, value: Any, *, by: str, at: str) -> tuple[Edit, ...]:
    """What a person changes who makes the value of a property this one, given what is mapped now.

    Where it is that already, they have confirmed it: each part becomes theirs.
    """
    there, wanted = parts(name, mapped), parts(name, value)
    if WHOLE in wanted:
        return (Edit(name, "set", value, mapped, by, at),)
    wanted = _under_former_names(name, there, wanted)
    went = [Edit(name, "remove", None, part_at(name, there, i), by, at, i) for i in _beyond(name, there, wanted)]
    came = [Edit(name, "add", part_at(name, wanted, i), None, by, at, i) for i in _beyond(name, wanted, there)]
    changed = [
        Edit(name, "set", part, there[item], by, at, item)
        for item, part in wanted.items()
        if item in there and digest(part) != digest(there[item])
    ]
    confirmed = (Edit(name, "set", part, part, by, at, item) for item, part in wanted.items())
    return (*went, *changed, *came) or tuple(confirmed)


def edits_that_add(name: str, mapped: Any, edits: Iterable[Edit], value: Any, *, by: str, at: str) -> tuple[Edit, ...]:
    """What a person changes who adds this to a property: each entry beside those that are there, over none of them."""
    there = entries(name, mapped)
    held = entries(name, merged(name, mapped, edits))
    added: list[Edit] = []
    for item, part in entries(name, value).items():
        free = item if digest(held.get(item, part)) == digest(part) else _free(item, held)
        held[free] = part
        added.append(Edit(name, "add", part, there.get(free), by, at, free))
    return tuple(added)


def merged(name: str, mapped: Any, edits: Iterable[Edit]) -> Any:
    """The value of a property with its edits on top; None where nothing is left. Without edits, what is mapped."""
    by_part = []
    for edit in edits:
        if edit.item == WHOLE:
            mapped = _wanted(edit)
        else:
            by_part.append(edit)
    if not by_part:
        return mapped
    held = parts(name, mapped)
    for edit in by_part:
        held = with_part(name, held, edit.item, _wanted(edit))
    return whole(name, held)


def conflicts(source: Mapping[str, Any], edits: Iterable[Edit]) -> Iterator[Conflict]:
    """Where the mapping has moved on from what a person decided against, to something else than they want."""
    held = cache(lambda name: parts(name, source.get(name)))
    for edit in edits:
        name, item = edit.property, edit.item
        if name == ALIGNMENT:
            continue
        now, wanted = source.get(name) if item == WHOLE else part_at(name, held(name), item), _wanted(edit)
        if digest(now) not in (digest(edit.base), digest(wanted)) or _fell_out(edit, held(name)):
            yield Conflict(name, edit.base, now, wanted, item)


def kept(edit: Edit, source: Mapping[str, Any]) -> Edit:
    """An edit that a person stands by, against what is mapped now."""
    stands_alone = _fell_out(edit, parts(edit.property, source.get(edit.property)))
    base = mapped_part(source, edit.property, edit.item)
    return edit._replace(base=base, op="set" if stands_alone else edit.op)


def mapped_part(source: Mapping[str, Any], name: str, item: str) -> Any:
    """A part of a mapped property, or all of it (item WHOLE); None where it is not there."""
    value = source.get(name)
    return value if item == WHOLE else part_at(name, parts(name, value), item)


def is_about(edit: Edit, name: str, item: str | None) -> bool:
    """Whether an edit is one of this property (item None), or of this part of it or what is inside that."""
    return edit.property == name and (item is None or covers(name, item, edit.item))


def survivors(name: str, mapped: Any, edits: Iterable[Edit]) -> bool:
    """Whether anything that is mapped is left as it is under the edits."""
    decided = {edit.item for edit in edits}
    if WHOLE in decided:
        return False
    left = parts(name, mapped).keys() - decided
    return any(not any(covers(name, item, each) for item in decided) for each in left)


def _beyond(name: str, held: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """The items that have nothing among the others; a profile that has not stands for all inside it."""
    there = {each for item in others for each in (*around(name, item), item)}
    ways = ((*around(name, item), item) for item in held)
    return list(dict.fromkeys(first for way in ways if (first := next((i for i in way if i not in there), None))))


def _under_former_names(name: str, there: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The wanted parts with each renamed profile under the item that it has in the mapping.

    A profile is taken for one that is missing under its name where it says the same of anything but its name.
    """
    before, after = _said_beside_names(name, there), _said_beside_names(name, wanted)
    missing = [profile for profile in before if profile not in after]
    for new in [profile for profile in after if profile not in before]:
        alike = {old: len(after[new] & before[old]) for old in missing}
        old = max(alike, key=alike.__getitem__, default=None)
        if old is not None and alike[old]:
            missing.remove(old)
            wanted = moved(name, wanted, new, old)
    return wanted


def _said_beside_names(name: str, held: Mapping[str, Any]) -> dict[str, set[tuple[tuple[str, ...], str]]]:
    """What each profile says beside its name: every statement's way in it, with what it is."""
    said: defaultdict[str, set[tuple[tuple[str, ...], str]]] = defaultdict(set)
    for item, part in held.items():
        for profile in around(name, item)[:1]:
            way = steps(name, item)[1:]
            said[profile] |= {(way, digest(part))} if way[0] != "name" else set()
    return said


def _fell_out(edit: Edit, held: Mapping[str, Any]) -> bool:
    """Whether a person has added to a profile that is not in the mapping any more."""
    if edit.op != "add":
        return False
    return any(part_at(edit.property, held, profile) is None for profile in around(edit.property, edit.item))


def _wanted(edit: Edit) -> Any:
    return None if edit.op == "remove" else edit.value


def _free(item: str, held: Mapping[str, Any]) -> str:
    return next(name for number in range(2, len(held) + 3) if (name := f"{item} #{number}") not in held)
