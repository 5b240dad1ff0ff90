"""Whatever a person hands in, opened: JSON, lists, signed text and baked images become parsed documents.

What it is, its content tells, never its media type or file name.
"""

import codecs
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from mappings.open_badges import baked, compact
from mappings.open_badges.kinds import inside
from mappings.open_badges.members import Json, is_web, types

LARGEST = 32 * 2**20
MOST_DOCUMENTS = 10_000

_IMAGES = {b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "WebP", b"%PDF": "PDF", b"PK\x03\x04": "ZIP"}
_ENVELOPED = "data:application/vc+jwt,"
_DEEPEST_LIST = 4


class Opened(NamedTuple):
    """A parsed document, and the compact JWS that it came as if it was signed.

    `unread` says why an item of a list is no document; such a document is empty.
    """

    document: Json
    jws: str | None = None
    unread: str | None = None


def opened(text: bytes) -> list[Opened]:
    """The documents in a text or an image, in their order; none of an empty list. ValueError where it can hold none.

    Takes JSON (one document, an array, one a line, a list in an envelope), compact JWS, and PNG and SVG with a badge
    baked in. An image that holds only the address of its award gives an assertion with that id and nothing else.
    """
    if len(text) > LARGEST:
        raise ValueError(f"The file is larger than {LARGEST // 2**20} MB.")
    if text.startswith(baked.PNG):
        return _of_text(baked.in_png(text), baked_in=True)
    if other := next((name for start, name in _IMAGES.items() if text.startswith(start)), None):
        raise ValueError(f"This is a {other} file, which carries no badge; badges are baked into PNG and SVG images.")
    text = _utf8(text).strip()
    if text.startswith(b"<"):
        if b"<svg" not in text and b":svg" not in text:
            raise ValueError("This is a web page or another XML file, not an Open Badges document.")
        return _of_text(baked.in_svg(text), baked_in=True)
    return _of_text(text)


def _utf8(text: bytes) -> bytes:
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return text.decode("utf-16").encode()
        except UnicodeError:
            raise ValueError("The file is not text that can be read.") from None
    return text.removeprefix(codecs.BOM_UTF8)


def _of_text(text: bytes, *, baked_in: bool = False) -> list[Opened]:
    text = _utf8(text).strip()
    word = text.decode("ascii", "replace")
    if compact.is_compact(word):
        return [_signed(word)]
    if baked_in and is_web(word):
        return [Opened({"type": "Assertion", "id": word})]
    found: list[Opened] = []
    for each in _each(_parsed(text)):
        if len(found) >= MOST_DOCUMENTS:
            raise ValueError(f"The file holds more than {MOST_DOCUMENTS} documents: give it in parts.")
        found.append(each)
    return found


def _parsed(text: bytes) -> Any:
    if not text:
        raise ValueError("The file is empty.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as whole:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or len(lines) > MOST_DOCUMENTS:
            raise _not_json(whole) from None
        try:
            return [_line(line) for line in lines]
        except orjson.JSONDecodeError:
            raise _not_json(whole) from None


def _line(line: bytes) -> Any:
    word = line.decode("ascii", "replace")
    return word if compact.is_compact(word) else orjson.loads(line)


def _not_json(wrong: orjson.JSONDecodeError) -> ValueError:
    return ValueError(
        f"This is neither JSON nor a signed badge nor an image with a badge: {wrong.msg} at line {wrong.lineno}, "
        f"column {wrong.colno}."
    )


def _each(value: Any, depth: int = 0) -> Iterator[Opened]:
    if depth > _DEEPEST_LIST:
        yield Opened({}, unread="The item lies in too many lists.")
    elif isinstance(value, list):
        for each in value:
            yield from _each(each, depth + 1)
    elif isinstance(value, str):
        yield _of_word(value, alone=not depth)
    elif not isinstance(value, dict):
        yield _unread("The item is no object, so it is no badge.", alone=not depth)
    elif (within := inside(value)) is not None:
        yield from _each(within, depth + 1)
    elif "EnvelopedVerifiableCredential" in types(value):
        yield _of_word(str(value.get("id")).removeprefix(_ENVELOPED), alone=not depth)
    else:
        yield Opened(value)


def _of_word(word: str, *, alone: bool) -> Opened:
    word = word.strip()
    if not compact.is_compact(word):
        return _unread("The item is a text and no signed badge.", alone=alone)
    try:
        return _signed(word)
    except ValueError as unread:
        return _unread(str(unread), alone=alone)


def _unread(why: str, *, alone: bool) -> Opened:
    if alone:
        raise ValueError(why)
    return Opened({}, unread=why)


def _signed(jws: str) -> Opened:
    return Opened(compact.payload(jws), jws)
