"""Badge images, fetched for a page that shows them: a small file of a known kind, or nothing.

Few are fetched at the same time, and what came of it is remembered a while: pages do not wait for a slow platform.
"""

import time
from collections import OrderedDict
from threading import BoundedSemaphore, Lock
from typing import NamedTuple
from urllib.parse import urlsplit

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable, Request
from connector.http import Wire, platform_http

MOST_BYTES = 2 * 1024 * 1024
LEAVE_ALONE_SECONDS = 60.0
REMEMBER_SECONDS = 3600.0
MOST_AT_ONCE = 6
MOST_REMEMBERED = 256
MOST_BYTES_REMEMBERED = 32 * 1024 * 1024
_KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


class Picture(NamedTuple):
    """An image and its media type."""

    body: bytes
    kind: str


class Outcome(NamedTuple):
    """What came of asking for a picture, and for how long, on the clock that only runs forward, that is to be told."""

    picture: Picture | None
    until: float

    @property
    def size(self) -> int:
        """How many bytes it takes up."""
        return len(self.picture.body) if self.picture else 0


class Busy(Exception):
    """As many pictures are being fetched as may be at the same time."""


class Remembered:
    """The latest outcomes by address, no more than so many and of no more than so many bytes in all."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._bytes = 0
        self._outcomes: OrderedDict[str, Outcome] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._outcomes)

    def get(self, address: str) -> Outcome | None:
        """What is remembered of an address, while that is to be told."""
        with self._lock:
            found = self._outcomes.get(address)
            if found is None or found.until < time.monotonic():
                return None
            self._outcomes.move_to_end(address)
            return found

    def put(self, address: str, picture: Picture | None, seconds: float) -> None:
        """Remember what came of an address, and forget what was asked for longest ago where there is no room."""
        outcome = Outcome(picture, time.monotonic() + seconds)
        with self._lock:
            self._forget(address)
            self._outcomes[address] = outcome
            self._bytes += outcome.size
            while len(self._outcomes) > self._most or self._bytes > self._most_bytes:
                self._forget(next(iter(self._outcomes)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._outcomes.clear()
            self._bytes = 0

    def _forget(self, address: str) -> None:
        if gone := self._outcomes.pop(address, None):
            self._bytes -= gone.size


_pictures = Remembered(MOST_REMEMBERED, MOST_BYTES_REMEMBERED)
_left_alone = Remembered(MOST_REMEMBERED, 0)
_fetches = BoundedSemaphore(MOST_AT_ONCE)


def picture(url: str, private_hosts: frozenset[str]) -> Picture | None:
    """The image at an address; None where there is none to be had soon. A host that failed is left alone a while.

    Raises Busy where it would have to wait for others.
    """
    if known := _pictures.get(url) or _left_alone.get(urlsplit(url).netloc):
        return known.picture
    if not _fetches.acquire(blocking=False):
        raise Busy
    try:
        found = _fetched(url, private_hosts)
    finally:
        _fetches.release()
    _pictures.put(url, found, REMEMBER_SECONDS if found else LEAVE_ALONE_SECONDS)
    return found


def _fetched(url: str, private_hosts: frozenset[str]) -> Picture | None:
    try:
        with platform_http(
            url, None, {}, allowed_private_hosts=private_hosts, requests_per_minute=6000, wire=_quick(), tries=1
        ) as http:
            body = http.get(Request(url, accept="image/*")).body
    except PlatformUnavailable:
        _left_alone.put(urlsplit(url).netloc, None, LEAVE_ALONE_SECONDS)
        return None
    except (PlatformRefused, AuthorizationExpired):
        return None
    kind = _kind(body)
    return Picture(body, kind) if kind else None


def _quick() -> Wire:
    return Wire(connect_seconds=3.0, read_seconds=5.0, answer_seconds=6.0, answer_bytes=MOST_BYTES)


def _kind(body: bytes) -> str | None:
    """What a file is by its first bytes; what the server calls it does not count."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body.lstrip()[:5] in (b"<svg ", b"<?xml") and b"<svg" in body[:2048]:
        return "image/svg+xml"
    return next((kind for start, kind in _KINDS.items() if body.startswith(start)), None)
