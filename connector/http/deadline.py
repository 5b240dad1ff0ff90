"""A limit on the whole of an answer. Time-outs per read alone let a server drip a byte at a time for ever."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

LOOK_UP_SECONDS = 0.25

_thread = threading.local()


class DeadlinePassed(Exception):
    """The whole answer took longer than an answer may."""


class Stopped(Exception):
    """The request was given up, because nobody waits for its answer any more."""


@contextmanager
def answer_within(seconds: float, stop: threading.Event | None = None) -> Iterator[None]:
    """All that the calling thread reads and writes inside must be done within `seconds`; `stop` ends it sooner."""
    _thread.end, _thread.stop = time.monotonic() + seconds, stop
    try:
        yield
    finally:
        _thread.end = _thread.stop = None


def bounded(timeout: float | None) -> float | None:
    """`timeout` in seconds, or what is left until the deadline if that is less. Raises DeadlinePassed."""
    end: float | None = getattr(_thread, "end", None)
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise DeadlinePassed
    return left if timeout is None else min(timeout, left)


class BoundedStream(httpcore.NetworkStream):
    """A connection whose every step keeps to the deadline of the thread that uses it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """At most `max_bytes`, waiting at most `timeout` seconds."""
        with _telling_deadlines():
            for share in _shares(bounded(timeout)):
                try:
                    return self._stream.read(max_bytes, share)
                except httpcore.ReadTimeout:
                    continue
            raise httpcore.ReadTimeout

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of `buffer`, waiting at most `timeout` seconds."""
        with _telling_deadlines():
            self._stream.write(buffer, bounded(timeout))

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection under TLS, verified for `server_hostname`."""
        with _telling_deadlines():
            return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, bounded(timeout)))

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows about itself."""
        return self._stream.get_extra_info(info)


def _shares(timeout: float | None) -> Iterator[float | None]:
    """`timeout` in pieces between which the thread looks up whether it is still wanted. Raises Stopped."""
    stop: threading.Event | None = getattr(_thread, "stop", None)
    if stop is None or timeout is None:
        yield timeout
        return
    end = time.monotonic() + timeout
    while (left := end - time.monotonic()) > 0:
        yield min(left, LOOK_UP_SECONDS)
        if stop.is_set():
            raise Stopped


@contextmanager
def _telling_deadlines() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException:
        bounded(None)
        raise
