"""What a list has in each of its places: a document, a signed text, an address. A bad one does not cost the others."""

from typing import Any

import msgspec
import orjson

from adapters.contract import Answer, PlatformUnavailable, read_listing
from mappings.open_badges import kinds
from mappings.open_badges.members import absolute_if_stated, is_web
from mappings.open_badges.opened import Opened, opened

_BOM = b"\xef\xbb\xbf"


class _Array(msgspec.Struct):
    entries: list[msgspec.Raw]


def entries(text: bytes) -> list[bytes] | Opened:
    """The entries of a list as JSON, unread; of what is no list, the one document. ValueError where it is neither.

    A list is an array, an object around one, documents one a line, or addresses one a line.
    """
    text = text.removeprefix(_BOM).strip()
    if text.startswith(b"["):
        return _array(text)
    if lines := _addresses(text):
        return lines
    if (inside := _enveloped(text)) is not None:
        return [orjson.dumps(each) for each in inside]
    found = opened(text)
    return found[0] if len(found) == 1 else [orjson.dumps(each.jws or each.document) for each in found]


def _array(text: bytes) -> list[bytes]:
    try:
        found = read_listing(Answer(200, b'{"entries":%b}' % text, {}), _Array, "entries")
    except PlatformUnavailable as unread:
        raise ValueError(str(unread)) from None
    return [bytes(entry) for entry in found.entries]


def _addresses(text: bytes) -> list[bytes]:
    if not text.lower().startswith(b"http"):
        return []
    lines = [line.decode("utf-8", "replace") for line in text.split()]
    return [orjson.dumps(line) for line in lines] if all(map(is_web, lines)) else []


def _enveloped(text: bytes) -> list[Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return kinds.inside(found) if isinstance(found, dict) else None


def address(entry: bytes, at: str) -> str | None:
    """The web address that an entry is; None where it is something else."""
    if not entry.startswith(b'"'):
        return None
    try:
        word = orjson.loads(entry)
    except orjson.JSONDecodeError:
        return None
    found = absolute_if_stated(word.strip(), at)
    return found if is_web(found) else None


def is_json(entry: bytes) -> bool:
    """Whether an entry can be read at all."""
    try:
        orjson.loads(entry)
    except orjson.JSONDecodeError:
        return False
    return True
