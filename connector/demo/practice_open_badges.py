"""A practice Open Badges issuer: a real HTTP server on this machine that publishes badges as any site may.

Nobody signs in. Each document has an address of its own; `open_badges_catalogue.documents` says which there are.
`documents` may be changed at any time, under `lock`, and the lists follow it:

| where | what |
|---|---|
| `/lists/badges.json` | an array of the badges |
| `/lists/wrapped.json` | the same array as the member `badges` of an object |
| `/lists/achievements.json` | an array of the achievements of OB 3.0 |
| `/lists/addresses.json` | an array of the addresses of both |
| `/lists/addresses.txt` | the same addresses, one a line, lines ending as on Windows |
| `/public/issuers/{id}/badges` | an array, as servers of the Badgr family publish an issuer's badges |

Under `/public/` a browser is sent to a page for people, as the Badgr family does; `.json` may be appended.

What can go wrong on request stands in the table of `connector.demo.practice_faults`. A list has one page, the first.
`on="organization"` means the issuers and `on="template"` every other document, whose page is the number in its
address: `fault("server_error", on="template", page=3)` befalls badge 3, and `hold(3)` keeps its answer back. What needs
a second page or a token cannot go wrong here. By hand: `GET /__practice/addresses` gives every address by its kind;
the rest is as in `connector.demo.practice_platform`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from connector.demo import practice_faults
from connector.demo.loopback import HTML, JSON, Answer, Question, json_answer
from connector.demo.open_badges_catalogue import (
    LD_JSON,
    MISSING,
    PUBLIC_ISSUER,
    TEXT,
    Document,
    Documents,
    criteria_page,
    documents,
    image,
)
from connector.demo.practice_faults import Dialect, Fault, Struck
from connector.demo.practice_platform import PracticePlatform, Target

Json = dict[str, Any]

_IMAGE = re.compile(r"/images/([\w-]+)\.(png|svg)")
_CRITERIA = re.compile(r"/criteria/([\w-]+)")
_NUMBER = re.compile(r"/(?:badges|achievements|assertions|credentials|baked)/(\d{1,6})\.\w+")
_ISSUERS = ("issuer", "public_issuer")
_PAGE_FOR_PEOPLE = b"<!doctype html><title>Badge</title><h1>Badge</h1>"
_NOT_HERE = ("other_host_next", "next_loop", "repeat_page", "revoke_after")


@dataclass(frozen=True)
class _Listing:
    """Which kinds of documents a list has; `form` is "array", "wrapped", "addresses" or "lines"."""

    kinds: tuple[str, ...]
    form: str
    content_type: str = JSON


_LISTINGS: Mapping[str, _Listing] = {
    "/lists/badges.json": _Listing(("badge",), "array"),
    "/lists/wrapped.json": _Listing(("badge",), "wrapped"),
    "/lists/achievements.json": _Listing(("achievement",), "array"),
    "/lists/addresses.json": _Listing(("badge", "achievement"), "addresses"),
    "/lists/addresses.txt": _Listing(("badge", "achievement"), "lines", TEXT),
    f"/public/issuers/{PUBLIC_ISSUER}/badges": _Listing(("public_badge",), "array", LD_JSON),
}


class PracticeOpenBadges(PracticePlatform):
    """An issuer of hosted Open Badges, from `start` to `stop`; a context manager does both.

    `badges`, `achievements` and `public_badges` are how many of each it publishes. The documents name this server's
    own addresses, so they are written at the first `start`. The defaults have every variety and achievement type.
    """

    dialect = Dialect(
        error=lambda said: {"error": said},
        items="badges",
        next_link=None,
        missing_scope="This document is not public",
        page="criteria",
        set_like=frozenset({"tags", "tag"}),
    )

    def __init__(self, *, port: int = 0, badges: int = 30, achievements: int = 36, public_badges: int = 12) -> None:
        super().__init__(port)
        self.documents: Documents = {}
        self._counts = {"badges": badges, "achievements": achievements, "public_badges": public_badges}
        self._written = False
        self._grown = 0

    def start(self) -> Self:
        """Listen, if it does not yet; after a `stop` on the same port. OSError where the port is taken."""
        with self.lock:
            super().start()
            if not self._written:
                self.documents.update(documents(self.url, **self._counts))
                self._written = True
        return self

    def fault(self, kind: str, *, on: str = "list", **options: Any) -> Fault:
        """Let something go wrong from now on; see `practice_faults`. ValueError where it is not known or not here."""
        if kind in _NOT_HERE or on in ("token", "token_list"):
            raise ValueError(f"an issuer without pages and tokens knows no {kind} on {on}")
        return super().fault(kind, on=on, **options)

    def addresses(self) -> dict[str, list[str]]:
        """The address of every document by its kind, in order; those of the lists are of the kind `list`."""
        found: dict[str, list[str]] = {"list": [self.url + path for path in _LISTINGS]}
        with self.lock:
            for path, document in self.documents.items():
                found.setdefault(document.kind, []).append(self.url + path)
        return found

    def change(self, address: str, members: Mapping[str, Any]) -> None:
        """Give a JSON document, named by address or path, these members. KeyError where there is none."""
        with self.lock:
            path = self._without_variants(address)
            document = self.documents[path]
            self.documents[path] = replace(document, body={**document.body, **members})

    def remove(self, address: str, *, status: int = 404) -> None:
        """Take a document, named by address or path, from the site and its lists. 410 leaves word that it is gone."""
        with self.lock:
            path = self._without_variants(address)
            del self.documents[path]
            if status != MISSING.status:
                self.documents[path] = replace(MISSING, kind="gone", status=status)

    def _without_variants(self, address: str) -> str:
        """The path of this address, once the forms of its document that its query names are forgotten."""
        path = address.removeprefix(self.url)
        for other in [each for each in self.documents if each.startswith(f"{path}?")]:
            del self.documents[other]
        return path

    def _target(self, question: Question) -> Target:
        path = question.path
        if path in _LISTINGS:
            return Target("list", path, page=1)
        if path.startswith("/public/"):
            path = path.removesuffix(".json")
        if path in _LISTINGS:
            return Target("list", path, page=1)
        if _IMAGE.fullmatch(path) or _CRITERIA.fullmatch(path):
            return Target("image", path)
        with self.lock:
            found = next((key for key in (f"{path}?{question.raw_query}", path) if key in self.documents), None)
            if found is None:
                return Target("nowhere", path)
            place = "organization" if self.documents[found].kind in _ISSUERS else "template"
        number = _NUMBER.fullmatch(path)
        return Target(place, found, page=int(number[1]) if number else None)

    def _refusal(self, question: Question, target: Target) -> Answer | None:
        if question.path.startswith("/ui/"):
            return Answer(200, _PAGE_FOR_PEOPLE, HTML)
        if target.place == "nowhere":
            return _served(MISSING)
        if question.method != "GET":
            return replace(_served(MISSING), status=405, headers=(("Allow", "GET"),))
        if question.path.startswith("/public/") and "text/html" in question.headers.get("Accept", ""):
            if question.path.endswith(".json"):
                return json_answer(406, {"detail": "Could not satisfy the request Accept header."})
            return Answer(302, b"", HTML, (("Location", f"/ui{target.route}"),))
        return None

    def _respond(self, question: Question, target: Target, struck: Struck) -> Answer:
        if picture := _IMAGE.fullmatch(target.route):
            return _served(image(picture[1], picture[2]))
        if page := _CRITERIA.fullmatch(target.route):
            return _served(criteria_page(page[1]))
        with self.lock:
            if target.place == "list":
                return self._listed(_LISTINGS[target.route], struck)
            return _served(self.documents.get(target.route, MISSING))

    def _listed(self, listing: _Listing, struck: Struck) -> Answer:
        entries = self._entries(listing)
        body = self._body(listing, practice_faults.reordered(entries, struck), struck)
        if "grow" in struck or "move" in struck:
            for entry in entries:
                del self.documents[entry["path"]]
            practice_faults.changed_after(entries, struck, self._newcomer)
            self.documents.update((entry["path"], entry["document"]) for entry in entries)
        return _served(Document("list", body, listing.content_type))

    def _entries(self, listing: _Listing) -> list[Json]:
        listed = ((path, document) for path, document in self.documents.items() if document.kind in listing.kinds)
        return [{"path": path, "document": document} for path, document in listed]

    def _body(self, listing: _Listing, entries: list[Json], struck: Struck) -> Any:
        if listing.form in ("addresses", "lines"):
            addresses = [self.url + entry["path"] for entry in entries]
            return addresses if listing.form == "addresses" else "".join(f"{each}\r\n" for each in addresses)
        items = [entry["document"].body for entry in entries]
        if "spoil_item" in struck:  # which takes an `id` for granted
            items = [{"id": self.url + entry["path"], **entry["document"].body} for entry in entries]
        envelope = practice_faults.spoiled({"badges": items}, "", struck, self.dialect)
        return envelope if listing.form == "wrapped" else envelope["badges"]

    def _newcomer(self, pattern: Json) -> Json:
        self._grown += 1
        folder, _, last = pattern["path"].rpartition("/")
        dot = "." if "." in last else ""
        path = f"{folder}/new-while-reading-{self._grown:04d}{dot}{last.partition('.')[2]}"
        body = {key: value for key, value in pattern["document"].body.items() if key != "@id"}
        body |= {"id": self.url + path, "name": f"New While Reading {self._grown}"}
        return {"path": path, "document": replace(pattern["document"], body=body)}

    def _controlled(self, question: Question) -> Answer:
        if (question.method, question.path) == ("GET", "/__practice/addresses"):
            return json_answer(200, self.addresses())
        return super()._controlled(question)


def _served(document: Document) -> Answer:
    return Answer(document.status, document.encoded(), document.content_type, document.headers)
