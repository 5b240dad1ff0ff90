"""What the addresses of a connection lead to, page by page."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.contract import Cursor, Http, Page, Unread
from adapters.open_badges.rounds import Rounds
from adapters.open_badges.walking import Badge, Ending, Lead, Listed, NoBadge, walk, walk_into
from mappings.open_badges.model import Issuer

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing goes on: at an address, with the entry of this number of the list that lies there.

    `missed`: before it there was something that could not be read.
    """

    address: str
    entry: int = 0
    missed: bool = False

    @classmethod
    def written(cls, cursor: Cursor) -> "Place":
        """The place that a cursor was written for."""
        return cls(*json.loads(cursor))

    def cursor(self) -> Cursor:
        """The cursor that leads here."""
        return Cursor(json.dumps([self.address, self.entry, self.missed]))


@dataclass(frozen=True, slots=True)
class _Portion:
    """What some leads came to, and the address and entry behind them; None at the end of all addresses."""

    endings: list[Badge | NoBadge]
    behind: tuple[str, int] | None


@dataclass(slots=True)
class Look:
    """What a first look found: how many badges there are, who issues them, what is no badge, what did not answer."""

    badges: int = 0
    issuers: dict[str, None] = field(default_factory=dict)
    no_badges: list[Unread] = field(default_factory=list)
    unanswered: list[Unread] = field(default_factory=list)


class Listing:
    """One reading of addresses, in their order; each badge comes once, however many addresses lead to it."""

    def __init__(self, addresses: Sequence[str], http: Http, at_once: int) -> None:
        self._addresses = addresses
        self._at_once = at_once
        self._rounds = Rounds(http, at_once)
        self._known: set[str] = set()

    def pages(self, start: Cursor | None) -> Iterator[Page]:
        """The pages from `start` on. Where something could not be read, the last one leads back to the first."""
        place = Place.written(start) if start else Place("")
        missed = place.missed
        endings: list[Badge | NoBadge] = []
        for portion in self._portions(place):
            endings += portion.endings
            missed = missed or any(isinstance(each, NoBadge) and not each.settled for each in portion.endings)
            if portion.behind is None:
                yield self._page(endings, Place(self._addresses[0]).cursor() if missed else None)
            elif len(endings) >= PER_PAGE:
                yield self._page(endings, Place(*portion.behind, missed).cursor())
                endings = []

    def of_document(self, document: bytes) -> Iterator[Page]:
        """The pages of a document that lies nowhere."""
        [ending] = self._rounds.together([walk_into(document)])
        leads = ending.leads if isinstance(ending, Listed) else ()
        for first in range(0, len(leads), PER_PAGE):
            yield self._page(self._settled(leads[first : first + PER_PAGE]), None)
        if not isinstance(ending, Listed):
            yield self._page([ending], None)

    def look(self) -> Look:
        """What is there at a first look: of each list only the first entry is followed."""
        look = Look()
        for ending in self._endings(0):
            if isinstance(ending, Listed):
                look.badges += max(0, len(ending.leads) - 1)
            for each in self._settled(ending.leads[:1]) if isinstance(ending, Listed) else [ending]:
                if isinstance(each, Badge):
                    look.badges += 1
                    look.issuers[each.issuer.name or each.issuer.id] = None
                elif each is ending and (each.unread.gone or not each.settled):
                    look.unanswered.append(each.unread)
                else:
                    look.no_badges.append(each.unread)
        return look

    def _portions(self, start: Place) -> Iterator[_Portion]:
        """From the start on; from the first address, if the start lies at one that is not among them any more."""
        known = start.address in self._addresses
        first = self._addresses.index(start.address) if known else 0
        skipped = start.entry if known else 0
        for number, ending in enumerate(self._endings(first), first + 1):
            behind = (self._addresses[number], 0) if number < len(self._addresses) else None
            if isinstance(ending, Listed):
                yield from self._parts(self._addresses[number - 1], ending.leads, skipped, behind)
            else:
                yield _Portion([ending], behind)
            skipped = 0

    def _parts(
        self, address: str, leads: Sequence[Lead], first: int, behind: tuple[str, int] | None
    ) -> Iterator[_Portion]:
        if first >= len(leads):
            yield _Portion([], behind)
        for entry in range(first, len(leads), PER_PAGE):
            then = entry + PER_PAGE
            yield _Portion(self._settled(leads[entry:then]), (address, then) if then < len(leads) else behind)

    def _endings(self, first: int) -> Iterator[Ending]:
        """What each address comes to, from this number on; no more of them are read ahead than at once."""
        for start in range(first, len(self._addresses), self._at_once):
            some = self._addresses[start : start + self._at_once]
            yield from self._rounds.together(walk(Lead(address)) for address in some)

    def _settled(self, leads: Sequence[Lead]) -> list[Badge | NoBadge]:
        """What entries of a list come to, those of lists inside it in their place."""
        settled: list[Badge | NoBadge] = []
        for ending in self._rounds.together(walk(lead) for lead in leads):
            settled += self._settled(ending.leads) if isinstance(ending, Listed) else [ending]
        return settled

    def _page(self, endings: list[Badge | NoBadge], behind: Cursor | None) -> Page:
        items: list[tuple[bytes, Issuer]] = []
        for ending in endings:
            if isinstance(ending, Badge) and (ending.badge_id not in self._known):
                items.append((ending.raw, ending.issuer))
                self._known.update(filter(None, [ending.badge_id]))
        unread = tuple(each.unread for each in endings if isinstance(each, NoBadge))
        return Page(tuple(items), behind, unread=unread)
