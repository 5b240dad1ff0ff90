"""The lists of the Badgr family and their next pages: a cursor in the body or in a Link header (RFC 8288)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_tz
from typing import Any
from urllib.parse import parse_qs

import msgspec

from adapters.contract import (
    Answer,
    Cursor,
    Http,
    PlatformRefused,
    PlatformUnavailable,
    Request,
    Watermark,
    read_listing,
)

_LINK = re.compile(r'<([^>]*+)>((?:[^",<]|"(?:[^"\\]|\\.)*+")*+)')
_PARAMETER = re.compile(r';\s*([^\s=;"]++)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*+)"|([^\s;"]*+)))?')
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:[0-9]{2})")


class _Status(msgspec.Struct):
    success: bool = True


class _Pagination(msgspec.Struct, rename="camel"):
    next_results: str | None = None


class _Envelope(msgspec.Struct):
    result: list[msgspec.Raw]
    status: _Status | None = None
    pagination: _Pagination | None = None
    timestamp: Any = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: its items as they came, and the cursors where it begins and where the list goes on.

    `time` is the platform's own of the answer, as `since` takes it. `request` is the one of several that is answered.
    """

    items: list[bytes]
    start: Cursor | None
    next: Cursor | None
    time: Watermark | None
    request: Request


def listed(
    http: Http, requests: Sequence[Request], start: Cursor | None, refusal: Callable[[], PlatformRefused]
) -> Iterator[Listed]:
    """The pages of a list from `start` on, by the first of `requests` that the server knows.

    Where it knows none, or no longer, `refusal` says why. A next page that was there before is not asked for again.
    Raises as `Http` does, and PlatformUnavailable where an answer is no page.
    """
    asked: set[Cursor | None] = set()
    cursor = start
    while cursor not in asked:
        asked.add(cursor)
        request, answer = _first_found(http, requests, cursor)
        if answer is None:
            raise refusal()
        requests = [request]
        envelope = _read(answer)
        page = Listed(
            items=[bytes(item) for item in envelope.result],
            start=cursor,
            next=_next(answer, envelope),
            time=_time_in(envelope) or _time_of(answer),
            request=request,
        )
        yield page
        if page.next is None:
            return
        cursor = page.next


def _first_found(http: Http, requests: Sequence[Request], cursor: Cursor | None) -> tuple[Request, Answer | None]:
    for request in requests:
        if answer := _found(http, _at(request, cursor)):
            return request, answer
    return requests[-1], None


def _found(http: Http, request: Request) -> Answer | None:
    """The answer; None where the platform says “not found”, which here means several things."""
    for answer in http.each([request], 1):
        match answer:
            case Answer():
                return answer
            case PlatformRefused(code="not_found"):
                return None
        raise answer
    return None


def _at(request: Request, cursor: Cursor | None) -> Request:
    return replace(request, params={**request.params, "cursor": cursor}) if cursor else request


def _read(answer: Answer) -> _Envelope:
    """An answer's page. PlatformUnavailable where it cannot be read, or says itself that it is none."""
    envelope = read_listing(answer, _Envelope, "result")
    if envelope.status and not envelope.status.success:
        message = "The platform's answer says of itself that it is not a success, and what it holds was not taken."
        raise PlatformUnavailable(message, code="unreadable_answer")
    return envelope


def _next(answer: Answer, envelope: _Envelope) -> Cursor | None:
    """Where the list goes on: the cursor alone, as the link around it may name another host or scheme; None at its end.

    PlatformUnavailable where there is a next page and no telling where: that is not an end.
    """
    in_body = envelope.pagination.next_results if envelope.pagination else None
    link = in_body or next(_links(answer.headers.get("link", ""), "next"), None)
    if link is None:
        return None
    cursors = parse_qs(link.partition("?")[2].partition("#")[0]).get("cursor")
    if not cursors:
        message = "The platform says that its list goes on, but not where."
        raise PlatformUnavailable(message, code="unreadable_answer")
    return Cursor(cursors[0])


def _time_in(envelope: _Envelope) -> Watermark | None:
    told = envelope.timestamp if isinstance(envelope.timestamp, str) else ""
    return Watermark(told) if _TIME.fullmatch(told) else None


def _time_of(answer: Answer) -> Watermark | None:
    """When the platform answered, by its own clock (RFC 9110, section 6.6.1), as `since` takes it; None if untold."""
    date = parsedate_tz(answer.headers.get("date", ""))
    return Watermark("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*date[:6])) if date else None


def _links(header: str, relation: str) -> Iterator[str]:
    """The targets of the links in a Link header that have this relation."""
    for target, parameters in _LINK.findall(header):
        for name, quoted, bare in _PARAMETER.findall(parameters):
            if name.lower() == "rel" and relation in (quoted or bare).lower().split():
                yield target
