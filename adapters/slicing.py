"""Cutting JSON text into its parts without reading them, so that one part nobody can read does not cost the others.

Only brackets, quotes and commas count (RFC 8259, sections 2 and 7); what lies between them is left as it is. Time
grows with the length of the text alone, whatever is in it, and nothing here calls itself.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_NAMED = re.compile(rb'\s*"([^"\\]*+)"\s*:', re.DOTALL)
_CLOSED_BY = {b"[": b"]", b"{": b"}"}


def sliced(text: bytes, name: str) -> tuple[bytes, list[bytes]]:
    """An object's text with the array in its member `name` emptied, and the text of each of the array's items.

    ValueError where brackets or quotes do not match up, or where there is no such array.
    """
    for start, end in _members(text, name):
        array = text[start:end]
        if array.lstrip().startswith(b"["):
            items = (array[first:last].strip() for first, last in _parts(array))
            return b"%b[]%b" % (text[:start], text[end:]), [item for item in items if item]
    raise ValueError(f"There is no list called {name}.")


def member(text: bytes, name: str) -> bytes | None:
    """The text of an object's member `name`; None where there is no such member before the text breaks off."""
    try:
        for start, end in _members(text, name):
            return text[start:end].strip()
    except ValueError:
        return None
    return None


def _members(text: bytes, name: str) -> Iterator[tuple[int, int]]:
    """Where the value of each member of this name begins and ends."""
    for start, end in _parts(text):
        named = _NAMED.match(text, start, end)
        if named and named[1] == name.encode():
            yield named.end(), end


def _parts(text: bytes) -> Iterator[tuple[int, int]]:
    """Where each part of the outermost object or array begins and ends."""
    awaited: list[bytes] = []
    start = 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case b"[" | b"{" as opening:
                if not awaited:
                    start = token.end()
                awaited.append(_CLOSED_BY[opening])
            case b"]" | b"}" as closing:
                if not awaited or awaited.pop() != closing:
                    raise ValueError("A bracket is closed that was not opened.")
                if not awaited:
                    yield start, token.start()
                    return
            case b"," if len(awaited) == 1:
                yield start, token.start()
                start = token.end()
            case b'"':
                raise ValueError("A text does not end.")
    raise ValueError("It breaks off before its end.")
