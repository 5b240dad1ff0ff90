"""One byte form for equal content, so that a hash answers "has this changed?"."""

import hashlib
import unicodedata
from functools import partial
from typing import Any

import orjson


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, lists as sets (sorted by their own canonical bytes), nulls dropped, text in NFC."""
    return _dump(_ordered(value))


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _ordered(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {
            key: member if type(member) is str and member.isascii() else _ordered(member)
            for key, member in value.items()
            if member is not None
        }
    if isinstance(value, list | tuple):
        if len(value) < 2:
            return [_ordered(member) for member in value]
        return orjson.Fragment(b"[" + b",".join(sorted(_members(value))) + b"]")
    return value


def _members(values: list[Any] | tuple[Any, ...]) -> list[bytes]:
    """The canonical forms of what a list holds: most often its dumps are that already, which their bytes tell."""
    dumped = list(map(_dump, values))
    together = b"".join(dumped)
    as_they_are = together.isascii() and b"[" not in together and b"null" not in together
    return dumped if as_they_are else list(map(canonical, values))


_dump = partial(orjson.dumps, option=orjson.OPT_SORT_KEYS)
