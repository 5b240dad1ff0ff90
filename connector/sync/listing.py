"""The whole listing of a connection: each of its issuers in turn, to its end.

A place in it is an issuer and the platform's own cursor there; where a platform has no choice of issuers, the cursor
alone.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from adapters.contract import Adapter, Cursor, Http, Page
from connector.connections.identity import issuer_key
from mappings.open_badges.model import Issuer

MOST_PAGES = 20_000


class Listing:
    """The badges that a connection sees now. `issuers`: those that are listed; None where nobody tells them apart."""

    def __init__(self, adapter: Adapter, http: Http) -> None:
        self._adapter = adapter
        self._http = http
        self.issuers: tuple[Issuer, ...] | None = _visible(adapter, http) if adapter.issuer_choice else None

    @property
    def issuer_keys(self) -> frozenset[str] | None:
        """What the listed issuers are known by; None where nobody tells them apart."""
        return None if self.issuers is None else frozenset(issuer_key(each.id) for each in self.issuers)

    def pages(self, start: str | None) -> Iterator[Page]:
        """The pages from `start` on; `next` of each says where to go on behind it, None that all were read to the end.

        A listing in which the platform only repeats itself stops there, without an end.
        """
        if self.issuers is None:
            cursor = Cursor(start) if start else None
            yield from _of_issuer(self._adapter, self._http, self._adapter.configured_issuer(), cursor)
        elif not self.issuers:
            yield Page((), None)
        else:
            yield from self._of_several(self.issuers, *_read_place(start))

    def _of_several(self, issuers: tuple[Issuer, ...], start: str, cursor: Cursor | None) -> Iterator[Page]:
        broken_off = False
        for issuer in (each for each in issuers if each.id >= start):
            is_last, page = issuer is issuers[-1], None
            for page in _of_issuer(self._adapter, self._http, issuer, cursor if issuer.id == start else None):
                # What one issuer has in all says nothing of the others.
                total = page.total if len(issuers) == 1 else None
                ended = page.next is None and is_last and not broken_off
                behind = None if ended else _written(issuer.id, page.next) if page.next else _behind(issuer, issuers)
                yield replace(page, next=behind, total=total)
            broken_off = broken_off or page is None or page.next is not None


def _visible(adapter: Adapter, http: Http) -> tuple[Issuer, ...]:
    """The chosen issuers that this sign-in sees, or all of them, in a lasting order."""
    only = set(adapter.chosen_issuers())
    found = {each.id: each for each in adapter.issuers(http) if not only or each.id in only}
    return tuple(found[issuer_id] for issuer_id in sorted(found))


def _of_issuer(adapter: Adapter, http: Http, issuer: Issuer | None, cursor: Cursor | None) -> Iterator[Page]:
    before: Page | None = None
    for page in islice(adapter.badges(http, issuer, None, cursor), MOST_PAGES):
        if before and page.items and page.items == before.items:
            return
        yield page
        before = page


def _behind(issuer: Issuer, issuers: tuple[Issuer, ...]) -> Cursor:
    following = issuers[issuers.index(issuer) + 1 :]
    return _written(following[0].id if following else issuer.id, None)


def _written(issuer_id: str, cursor: Cursor | None) -> Cursor:
    return Cursor(json.dumps([issuer_id, cursor]))


def _read_place(start: str | None) -> tuple[str, Cursor | None]:
    issuer_id, cursor = json.loads(start) if start else ("", None)
    return issuer_id, cursor
