"""What differs between two states of a record, property by property, in words a person can check. Pure."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from mappings.canonical import digest
from mappings.ctdl import vocabulary
from mappings.minimum_data import label

SHORT = 60


class Difference(NamedTuple):
    """A property that differs, and its value in both states; None where a state has none."""

    property: str
    before: Any
    after: Any


class Told(NamedTuple):
    """A difference as it is shown: the form's word, a sentence, or else what went and what came."""

    label: str
    sentence: str = ""
    went: tuple[str, ...] = ()
    came: tuple[str, ...] = ()


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The properties whose values differ, in the order of the later state; those that went come last."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        Difference(name, before.get(name), after.get(name))
        for name in names
        if digest(before.get(name)) != digest(after.get(name))
    ]


def told(difference: Difference) -> Told:
    """A difference in words: short values whole, lists by what came and went, long texts by how much changed."""
    name, before, after = difference
    old, new = _words(before), _words(after)
    word = label(name)
    if len(old) > 1 or len(new) > 1:
        return Told(word, "", tuple(t for t in old if t not in new), tuple(t for t in new if t not in old))
    if all(len(text) <= SHORT for text in (*old, *new)):
        return Told(word, "", tuple(old), tuple(new))
    if not old or not new:
        return Told(word, "added" if new else "removed")
    words = _words_changed(old[0], new[0])
    return Told(word, f"{words} {'word' if words == 1 else 'words'} changed")


def texts(value: Any) -> list[str]:
    """The texts in a property's value, in order, whatever its form."""
    return list(_texts(value))


def _words(value: Any) -> list[str]:
    """The texts in a value, terms of the vocabulary by their labels."""
    return [vocabulary.label(text) for text in texts(value)]


def _texts(value: Any) -> Iterator[str]:
    match value:
        case None:
            return
        case Mapping():
            for member in value.values():
                yield from _texts(member)
        case list() | tuple():
            for item in value:
                yield from _texts(item)
        case _:
            yield str(value)


def _words_changed(before: str, after: str) -> int:
    old, new = before.split(), after.split()
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = sum(block.size for block in blocks)
    return max(len(old), len(new)) - kept
