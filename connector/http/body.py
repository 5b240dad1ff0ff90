"""The body of an answer, decoded step by step: neither its size nor its compression can fill memory."""

import zlib
from collections.abc import Iterable, Iterator

READABLE_ENCODINGS = "gzip, deflate"

_STEP = 256 * 1024
_GZIP = zlib.MAX_WBITS | 16


class AnswerTooLarge(Exception):
    """The decoded body is larger than an answer may be."""


class AnswerUnreadable(Exception):
    """The body is cut off or damaged (`again` may help), or in a coding we never asked for."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


def whole_body(chunks: Iterable[bytes], encoding: str, most: int) -> bytes:
    """The decoded body (RFC 9110 §8.4), at most `most` bytes. Raises AnswerTooLarge, AnswerUnreadable."""
    match encoding.strip().lower():
        case "" | "identity":
            return _joined(chunks, most)
        case "gzip" | "x-gzip":
            return _joined(_inflated(chunks, _GZIP), most)
        case "deflate":
            return _joined(_inflated(chunks, zlib.MAX_WBITS), most)
    raise AnswerUnreadable("It uses a compression that was not asked for.", again=False)


def _joined(parts: Iterable[bytes], most: int) -> bytes:
    whole = bytearray()
    for part in parts:
        whole += part
        if len(whole) > most:
            raise AnswerTooLarge
    return bytes(whole)


def _inflated(chunks: Iterable[bytes], window: int) -> Iterator[bytes]:
    engine = None
    for chunk in chunks:
        if engine is None and chunk:
            engine = zlib.decompressobj(_window(chunk, window))
        # What follows the end of the compressed data is read and dropped, so that the connection can be kept.
        while engine is not None and chunk and not engine.eof:
            try:
                yield engine.decompress(chunk, _STEP)
            except zlib.error:
                raise AnswerUnreadable("Its compressed body is damaged.", again=True) from None
            chunk = engine.unconsumed_tail
    if engine is not None:
        yield engine.flush()
    if engine is not None and not engine.eof:
        raise AnswerUnreadable("Its compressed body is cut off.", again=True)


def _window(first: bytes, window: int) -> int:
    # "deflate" means zlib's framing (RFC 9110 §8.4.1.2); some servers send the bare stream under that name.
    bare = window == zlib.MAX_WBITS and first[0] & 0x0F != zlib.DEFLATED
    return -zlib.MAX_WBITS if bare else window
