"""Pictures for practice badges: small PNGs (ISO/IEC 15948) that follow from a badge's id, each in its own colour."""

import colorsys
import struct
import zlib
from functools import lru_cache
from hashlib import sha256
from math import hypot

SIDE = 96
_CENTRE = (SIDE - 1) / 2
_CLEAR = bytes(4)


@lru_cache(maxsize=1024)
def picture(badge_id: str) -> bytes:
    """The same picture of 96 by 96 pixels for the same id, on any machine."""
    hue, shape, stripe, *_ = sha256(badge_id.encode()).digest()
    dark, light = (_colour(hue, lightness) for lightness in (0.35, 0.75))
    rows = b"".join(b"\0" + _row(y, shape % 4, 6 + stripe % 18, dark, light) for y in range(SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _colour(hue: int, lightness: float) -> bytes:
    return bytes(round(255 * part) for part in colorsys.hls_to_rgb(hue / 256, lightness, 0.55)) + b"\xff"


def _row(y: int, shape: int, stripe: int, dark: bytes, light: bytes) -> bytes:
    pixels = []
    for x in range(SIDE):
        far = _distance(abs(x - _CENTRE), y - _CENTRE, shape) / _CENTRE
        pixels.append(_CLEAR if far > 1 else dark if far > 0.82 or (far < 0.6 and (x + y) % stripe < 3) else light)
    return b"".join(pixels)


def _distance(across: float, down: float, shape: int) -> float:
    """How far a pixel is from the middle, as circle, hexagon, diamond or shield count it."""
    match shape:
        case 0:
            return hypot(across, down)
        case 1:
            return max(abs(down), across * 0.866 + abs(down) / 2)
        case 2:
            return across + abs(down)
    return max(across * 1.15, -down, across * 0.75 + down * 0.9)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
