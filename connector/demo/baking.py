"""Badges baked into pictures: PNG by an iTXt chunk, SVG by an element (Open Badges baking, OB 2.0 and OB 3.0 §5.3)."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_SIGNATURE_AND_HEADER = 8 + 25  # bytes of the PNG signature and of its IHDR chunk
_SVG_OF_2_0 = ("openbadges:assertion", "http://openbadges.org")
_SVG_OF_3_0 = ("openbadges:credential", "https://purl.imsglobal.org/ob/v3p0")


def baked_png(png: bytes, keyword: str, text: str, *, compressed: bool = False) -> bytes:
    """The picture with one iTXt chunk; `keyword` is `openbadges` (OB 2.0) or `openbadgecredential` (OB 3.0)."""
    said = zlib.compress(text.encode()) if compressed else text.encode()
    data = b"%b\0%c\0\0\0%b" % (keyword.encode("latin-1"), compressed, said)
    return _with_chunk(png, b"iTXt", data)


def png_with_address(png: bytes, address: str) -> bytes:
    """The picture with the address of its assertion in a tEXt chunk, as badges were baked before OB 1.1."""
    return _with_chunk(png, b"tEXt", b"openbadges\0" + address.encode("latin-1"))


def _with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return png[:_SIGNATURE_AND_HEADER] + chunk + png[_SIGNATURE_AND_HEADER:]


def svg(title: str, inside: str = "", namespace: str = "") -> str:
    """A small picture. It has a script in it, as pictures from elsewhere may: nobody should put it into a page."""
    name = f" xmlns:openbadges={quoteattr(namespace)}" if namespace else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg"{name} viewBox="0 0 96 96">'
        f"{inside}<title>{escape(title)}</title><script>document.title = 'run'</script>"
        '<circle cx="48" cy="48" r="44" fill="#2b6e62"/></svg>\n'
    )


def svg_with_assertion(title: str, *, verify: str, assertion: Any = None) -> str:
    """An SVG baked as OB 2.0 says: `verify` is the address or the JWS, `assertion` the document of a hosted badge."""
    return _baked_svg(title, *_SVG_OF_2_0, verify, assertion)


def svg_with_credential(title: str, *, verify: str = "", credential: Any = None) -> str:
    """An SVG baked as OB 3.0 says: `verify` is the VC-JWT, or else `credential` the document."""
    return _baked_svg(title, *_SVG_OF_3_0, verify, credential)


def _baked_svg(title: str, element: str, namespace: str, verify: str, document: Any) -> str:
    attribute = f" verify={quoteattr(verify)}" if verify else ""
    inside = "" if document is None else f"<![CDATA[{json.dumps(document, ensure_ascii=False)}]]>"
    return svg(title, f"<{element}{attribute}>{inside}</{element}>", namespace)
