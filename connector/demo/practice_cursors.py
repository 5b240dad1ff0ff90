"""Listings by time and their cursors, as in Badgr: a cursor is a place in time, not a number of items.

A cursor remembers the rank of the last item that was sent, and how many items of that very rank were. What is
inserted before that place is therefore never seen, and what ties with it can be repeated or skipped.
"""

from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

Json = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Cursor:
    """A place in a list that is sorted by rank. `page` is the number of the page that begins or ends there."""

    page: int
    rank: int
    tied: int
    back: bool = False

    def text(self) -> str:
        """The cursor as addresses carry it, opaque to whoever follows it."""
        members = {"p": self.rank, "o": self.tied, "n": self.page, **({"r": 1} if self.back else {})}
        return base64.urlsafe_b64encode(urlencode(members).encode()).decode()


@dataclass(frozen=True)
class Part:
    """One page of a list, and the cursors of its neighbors; None where there is no neighbor."""

    items: list[Json]
    next: Cursor | None
    previous: Cursor | None


@dataclass(frozen=True)
class Listing:
    """What a listing holds, in its order, and which page of it is asked for. `kept` goes into the links."""

    items: list[Json]
    size: int
    cursor: Cursor | None
    kept: Mapping[str, str]
    order: str
    newest_first: bool
    timestamp: str | None

    @classmethod
    def of(
        cls,
        items: list[Json],
        size: int,
        cursor: Cursor | None = None,
        kept: Mapping[str, str] | None = None,
        *,
        order: str = "createdAt",
        newest_first: bool = False,
        timestamp: str | None = None,
    ) -> Self:
        """The listing of these items, sorted by a member that is a time."""
        listing = cls(list(items), size, cursor, kept or {}, order, newest_first, timestamp)
        listing.items.sort(key=listing.rank)
        return listing

    def rank(self, item: Json) -> int:
        """A number that ascends with the order of the listing, in microseconds."""
        since = (moment(item[self.order]) - _EPOCH) // timedelta(microseconds=1)
        return -since if self.newest_first else since

    def put(self, item: Json, end: str) -> None:
        """Give an item the time that puts it at this end, "start" or "end": the order has no other cause."""
        moments = [moment(each[self.order]) for each in self.items]
        later = (end == "end") != self.newest_first
        item[self.order] = stamp(max(moments) + _SECOND if later else min(moments) - _SECOND)


def cursor_of(text: str) -> Cursor:
    """The cursor that an address carries. ValueError where it is none of ours."""
    try:
        members = parse_qs(base64.b64decode(text, altchars=b"-_", validate=True).decode())
        page, rank, tied = (int(members[name][0]) for name in ("n", "p", "o"))
    except (KeyError, ValueError) as error:
        raise ValueError("not a cursor") from error
    return Cursor(page, rank, tied, "r" in members)


def part(items: Sequence[Json], ranks: Sequence[int], size: int, cursor: Cursor | None) -> Part:
    """The page of this size at the cursor, the first without one; `ranks` are those of the items and ascend."""
    number = cursor.page if cursor else 1
    start, end = _span(ranks, size, cursor)
    following = Cursor(number + 1, ranks[end - 1], _tied(ranks, end)) if 0 < end < len(items) else None
    before = (
        Cursor(max(number - 1, 1), ranks[start], start - bisect_left(ranks, ranks[start]), back=True)
        if 0 < start < end
        else None
    )
    return Part(list(items[start:end]), following, before)


def cursor_to(ranks: Sequence[int], size: int, page: int) -> Cursor | None:
    """The cursor at which this page begins now; None for the first, and where the list is not that long."""
    end = (page - 1) * size
    return Cursor(page, ranks[end - 1], _tied(ranks, end)) if 0 < end <= len(ranks) else None


def _span(ranks: Sequence[int], size: int, cursor: Cursor | None) -> tuple[int, int]:
    if cursor is None:
        return 0, min(size, len(ranks))
    first, beyond = bisect_left(ranks, cursor.rank), bisect_right(ranks, cursor.rank)
    place = min(first + cursor.tied, beyond)
    return (max(place - size, 0), place) if cursor.back else (place, min(place + size, len(ranks)))


def _tied(ranks: Sequence[int], end: int) -> int:
    """How many items before `end` have the rank of the last of them."""
    return end - bisect_left(ranks, ranks[end - 1])


def moment(text: str) -> datetime:
    """A time of ISO 8601; one without a zone is in UTC. ValueError where it is none."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """A time in RFC 3339 with microseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
