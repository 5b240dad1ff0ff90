"""One byte form for equal content, so that a hash answers "has this changed?"."""

import hashlib
import unicodedata
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
        return {key: _ordered(member) for key, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        members = [_ordered(member) for member in value]
        return sorted(members, key=_dump) if len(members) > 1 else members
    return value


def _dump(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
