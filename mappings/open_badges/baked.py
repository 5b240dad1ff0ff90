"""Badges baked into images (Open Badges Baking, for 2.0 and 3.0): the text that a PNG or SVG carries.

Of the image nothing else is read. A checksum that is wrong says nothing: whether the text is whole, its reader tells.
"""

import zlib
from collections.abc import Iterator
from typing import Any, NoReturn
from xml.parsers import expat

PNG = b"\x89PNG\r\n\x1a\n"
LARGEST = 4 * 2**20

_KEYWORDS = (b"openbadgecredential", b"openbadges")
_CHUNK = 12
_NAMESPACES = ("openbadges.org", "purl.imsglobal.org/ob")
_ELEMENTS = ("credential", "assertion")
_DAMAGED = "The image is damaged: it ends before its badge."
_WITHOUT = "The image carries no badge: take the one that the issuer's platform offers for download, unchanged."
_TOO_LARGE = f"The badge in the image is larger than {LARGEST // 2**20} MB."


def in_png(image: bytes) -> bytes:
    """The text of the badge in a PNG, that of Open Badges 3.0 first. ValueError where there is none."""
    found: dict[bytes, bytes] = {}
    for kind, data in _chunks(image):
        keyword, separator, rest = data.partition(b"\0")
        if separator and keyword in _KEYWORDS and keyword not in found:
            found[keyword] = _text_of(kind, rest)
    baked = next((found[keyword] for keyword in _KEYWORDS if keyword in found), None)
    if baked is None:
        raise ValueError(_WITHOUT)
    return baked


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The text chunks of a PNG: four bytes length, four kind, data, four checksum."""
    at = len(PNG)
    while at < len(image):
        length, kind = int.from_bytes(image[at : at + 4], "big"), image[at + 4 : at + 8]
        if kind == b"IEND":
            return
        if at + _CHUNK + length > len(image):
            raise ValueError(_DAMAGED)
        if kind in (b"iTXt", b"tEXt", b"zTXt"):
            yield kind, image[at + 8 : at + 8 + length]
        at += _CHUNK + length


def _text_of(kind: bytes, rest: bytes) -> bytes:
    compressed = kind == b"zTXt"
    if kind == b"iTXt":
        compressed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    elif compressed:
        rest = rest[1:]
    text = _inflated(rest) if compressed else rest
    if len(text) > LARGEST:
        raise ValueError(_TOO_LARGE)
    return text


def _inflated(data: bytes) -> bytes:
    inflate = zlib.decompressobj()
    try:
        text = inflate.decompress(data, LARGEST + 1)
    except zlib.error:
        raise ValueError("The badge in the image is damaged: it cannot be unpacked.") from None
    if not inflate.eof and len(text) <= LARGEST:
        raise ValueError("The badge in the image is damaged: it cannot be unpacked.")
    return text


def in_svg(image: bytes) -> bytes:
    """The text of the badge in an SVG: what the element signs (`verify`), else what it says. ValueError if none.

    Entities are refused and nothing outside the image is read.
    """
    reader = _Svg()
    try:
        reader.parser.Parse(image, True)
    except (expat.ExpatError, LookupError, UnicodeError):
        raise ValueError("The image is no SVG that can be read.") from None
    baked = next((reader.found[name] for name in _ELEMENTS if reader.found.get(name)), None)
    if baked is None:
        raise ValueError(_WITHOUT)
    return baked.encode()


class _Svg:
    """Collects what the elements of a baked badge hold."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.prefixes = {"openbadges"}
        self.inside: str | None = None
        self.parts: list[str] = []
        self.length = 0
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = _refuse_entities
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _doctype(self, name: str, system: str | None, public: str | None, has_internal_subset: bool) -> None:
        """SVG's own document type is common and harmless, as it is not read; one that declares things is refused."""
        if has_internal_subset:
            _refuse_entities()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        for attribute, value in attributes.items():
            if attribute.startswith("xmlns:") and any(each in value for each in _NAMESPACES):
                self.prefixes.add(attribute[len("xmlns:") :])
        prefix, _, local = name.partition(":")
        if prefix not in self.prefixes or local not in _ELEMENTS or local in self.found:
            return
        self.inside, self.parts, self.length = name, [], 0
        if verify := attributes.get("verify", "").strip():
            self.found[local] = verify

    def _characters(self, text: str) -> None:
        if self.inside is None:
            return
        self.length += len(text)
        if self.length > LARGEST:
            raise ValueError(_TOO_LARGE)
        self.parts.append(text)

    def _end(self, name: str) -> None:
        if name != self.inside:
            return
        local, said = name.partition(":")[2], "".join(self.parts).strip()
        verify = self.found.get(local, "")
        is_address = verify.startswith(("http://", "https://"))
        if said and (not verify or is_address):
            self.found[local] = said
        self.inside = None


def _refuse_entities(*_: Any) -> NoReturn:
    raise ValueError("The image declares entities, which is not accepted: take the image as the platform offers it.")
