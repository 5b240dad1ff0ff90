"""A practice Canvas Credentials (Badgr): a real HTTP server on this machine, as strict as the real one is known to be.

It has the pages where a person logs in and allows (`practice_consent`), the token endpoint (`practice_grants`), the
reading part of `/v2`, and what anybody may see under `/public`. It is read-only: a write is 405. `hosted=True` answers
as the hosted service does, as far as that is known; `hosted=False` as the open-source server of 2021, whose badge
classes always have the same 16 members and no archive.

As on the real server a badge class listing is whole, oldest first, unless `num` is sent; then it is paged, newest
first, by a cursor in a `Link` header. What is sent and means nothing (`page`, `limit`, a cursor without `num`) is
ignored, and noted in `ignored_parameters`. A missing scope and an unknown id look the same: 404.

Faults of `practice_faults`: badge class listings and `changed` are "list", issuers "organization", one badge class
"template", `/o/token` "token".
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from connector.demo import practice_cursors, practice_faults
from connector.demo.canvas_catalogue import entity_id
from connector.demo.loopback import HTML, PNG, Answer, Question
from connector.demo.practice_consent import PATH, SignInPages
from connector.demo.practice_cursors import Cursor, Listing, moment, stamp
from connector.demo.practice_faults import Dialect, Struck
from connector.demo.practice_grants import Application, Grants, Rules, SignedIn, User
from connector.demo.practice_images import picture
from connector.demo.practice_platform import PracticePlatform, Target
from connector.demo.practice_public_badges import VERSIONS, public_badge, public_issuer

Json = dict[str, Any]

REGISTRAR = ("registrar@practice.example", "practice-password")
DEPUTY = ("deputy@practice.example", "another-password")
SCOPE = "rw:issuer r:profile"
MOST_PER_PAGE = 500
CHANGED_PER_PAGE = 100
NOT_SIGNED_IN = "no valid auth token found"
NOT_FOUND = "entity not found or insufficient privileges"
LD_JSON = "application/ld+json"
_HEADERS = (("Vary", "Accept, Authorization, Origin"), ("X-Frame-Options", "SAMEORIGIN"))
_NOT_FOUND_PAGE = b"<!doctype html><html lang=en><title>Not Found</title><h1>Not Found</h1></html>"
_ID = r"([A-Za-z0-9_-]+)"
_ROUTES = tuple(
    (re.compile(pattern), place, route)
    for pattern, place, route in (
        (PATH, "sign_in", "authorize"),
        (r"/o/token", "token", "token"),
        (r"/v2/users/self", "user", "user"),
        (r"/v2/issuers", "organization", "issuers"),
        (r"/v2/issuers/changed", "organization", "issuers_changed"),
        (rf"/v2/issuers/{_ID}", "organization", "issuer"),
        (rf"/v2/issuers/{_ID}/badgeclasses", "list", "badges_of_issuer"),
        (r"/v2/badgeclasses", "list", "badges"),
        (r"/v2/badgeclasses/changed", "list", "badges_changed"),
        (rf"/v2/badgeclasses/{_ID}", "template", "badge"),
        (rf"/public/issuers/{_ID}(?:\.json)?", "organization", "public_issuer"),
        (rf"/public/issuers/{_ID}/badges(?:\.json)?", "list", "public_badges"),
        (rf"/public/issuers/{_ID}/image", "image", "public_issuer_image"),
        (rf"/public/badges/{_ID}(?:\.json)?", "template", "public_badge"),
        (rf"/public/badges/{_ID}/image", "image", "public_badge_image"),
        (rf"/public/badges/{_ID}/criteria", "page", "public_criteria"),
        (r"/media/(uploads/(?:badges|issuers)/[A-Za-z0-9_-]+\.png)", "image", "media"),
        (r"/ui/.+", "page", "ui"),
    )
)
_PARAMETERS: Mapping[str, frozenset[str]] = {
    "issuers": frozenset({"num", "include_staff"}),
    "issuer": frozenset({"include_staff"}),
    "issuers_changed": frozenset({"since", "cursor", "include_staff"}),
    "badges_of_issuer": frozenset({"num", "cursor", "include_archived"}),
    "badges": frozenset({"num", "cursor", "include_archived"}),
    "badges_changed": frozenset({"since", "cursor", "include_archived"}),
    "badge": frozenset({"include_archived"}),
    "user": frozenset(),
}
_HOSTED_ONLY = frozenset({"id", "achievementType", "archived", "organizationId", "source", "sourceUrl", "originalJson"})
_NEVER = datetime.min.replace(tzinfo=UTC)


def _said(description: str) -> Json:
    status = {"success": False, "description": description}
    return {"status": status, "result": [], "fieldErrors": {}, "validationErrors": []}


DIALECT = Dialect(
    error=_said,
    items="result",
    next_link=None,
    missing_scope=NOT_FOUND,
    id="entityId",
    page="criteriaUrl",
    set_like=frozenset({"alignments", "tags"}),
)
PUBLIC_DIALECT = replace(DIALECT, id="id", page="criteria", set_like=frozenset({"alignment", "tags"}))


class PracticeCanvas(PracticePlatform):
    """Some issuers of one account on a practice Canvas Credentials, from `start` to `stop`.

    `issuers` and `badge_classes` are copied, in the form of `canvas_catalogue`; both may be changed at any time, under
    `lock`, best by `add`, `change`, `delete` and `archive`, which `changed` listings take note of. Addresses in
    `/v2` answers and public documents begin with `public_url`, where one is given, as hosted ones keep their old host.
    `labels_as_html`: JSON says it is `text/html`. `rules` are members of `practice_grants.Rules`.
    """

    dialect = DIALECT

    def __init__(
        self,
        issuers: list[Json],
        badge_classes: list[Json],
        *,
        port: int = 0,
        public_url: str | None = None,
        hosted: bool = True,
        paginates_in_body: bool = False,
        labels_as_html: bool = False,
        denial_redirects: bool = True,
        client_id: str = "practice-client",
        client_secret: str = "practice-secret",
        redirect_uris: Sequence[str] = (),
        **rules: Any,
    ) -> None:
        super().__init__(port)
        self.issuers: list[Json] = copy.deepcopy(issuers)
        self.badge_classes: list[Json] = copy.deepcopy(badge_classes)
        self.registrar = User(*REGISTRAR, entity_id("user", "registrar"))
        self.deputy = User(*DEPUTY, entity_id("user", "deputy"))
        self.ignored_parameters: list[str] = []
        self._public_url = public_url
        self._hosted = hosted
        self._paginates_in_body = paginates_in_body
        self._labels_as_html = labels_as_html
        self._application = Application(client_id, client_secret, "Practice Badge Connector", list(redirect_uris))
        self._grants = Grants(self._application, [self.registrar, self.deputy], Rules(hosted=hosted, **rules))
        self._sign_in = SignInPages(self._application, self._grants, denial_redirects=denial_redirects)
        self._grown = 0
        self._latest = _NEVER

    # What tests and demos do to it

    @property
    def redirect_uris(self) -> list[str]:
        """The redirect URIs that the application has registered; the list may be changed."""
        return self._application.redirect_uris

    @property
    def refreshes(self) -> int:
        """How many refresh tokens were exchanged for new ones."""
        return self._grants.refreshes

    @property
    def families_revoked(self) -> int:
        """How many consents ended because something that was used up came back."""
        return self._grants.families_revoked

    def mint(self, user: User | None = None, scope: str = SCOPE) -> Json:
        """The answer of the token endpoint, as if this person (the registrar) had just allowed the scope."""
        return self._grants.mint(user or self.registrar, tuple(scope.split()))

    def expire_tokens(self) -> None:
        """End every access token; refresh tokens stay."""
        self._grants.expire()

    def revoke_tokens(self) -> None:
        """End every access token and every refresh token."""
        self._grants.revoke()

    def calm_down(self) -> None:
        """Let the next token request through, whatever failed before."""
        self._grants.calm()

    def listed(self, issuer: str | None = None, *, archived: bool = False) -> list[Json]:
        """The badge classes of an issuer, or all, as they are stored and in the order of pages: newest first."""
        with self.lock:
            chosen = [each for each in self.badge_classes if issuer in (None, each["issuer"])]
            shown = [each for each in chosen if archived or not each.get("archived")]
            return Listing.of(shown, MOST_PER_PAGE, newest_first=True).items

    def add(self, badge: Json) -> Json:
        """Store a new badge class, made now; what is stored."""
        with self.lock:
            now = self._now()
            stored = {**copy.deepcopy(badge), "createdAt": now, "updatedAt": now}
            self.badge_classes.append(stored)
            return stored

    def change(self, badge_id: str, **members: Any) -> Json:
        """Store a badge class with other members, changed now; without any, as an edit that changes nothing does."""
        with self.lock:
            stored = next(each for each in self.badge_classes if each["entityId"] == badge_id)
            stored |= {**members, "updatedAt": self._now()}
            return stored

    def archive(self, badge_id: str) -> Json:
        """Archive a badge class: hosted servers hide it then, unless asked to include it."""
        return self.change(badge_id, archived=True)

    def delete(self, badge_id: str) -> None:
        """Delete a badge class; nothing tells of it."""
        with self.lock:
            self.badge_classes[:] = [each for each in self.badge_classes if each["entityId"] != badge_id]

    def _now(self) -> str:
        stamps = (each["updatedAt"] for each in (*self.issuers, *self.badge_classes))
        latest = max((self._latest, *map(moment, stamps)))
        self._latest = max(datetime.now(UTC), latest + timedelta(microseconds=1))
        return stamp(self._latest)

    # Questions and answers

    def _target(self, question: Question) -> Target:
        for pattern, place, route in _ROUTES:
            if match := pattern.fullmatch(question.path):
                name = match[1] if match.lastindex else ""
                return Target(place, route, name, _page_asked_for(question, route) if place == "list" else None)
        return Target("nowhere", "nowhere")

    def _refusal(self, question: Question, target: Target) -> Answer | None:
        if target.route == "nowhere":
            return Answer(404, _NOT_FOUND_PAGE, HTML)
        if target.route in _PARAMETERS:
            return self._refusal_of_reading(question, target)
        allowed = {"authorize": ("GET", "POST"), "token": ("POST",)}.get(target.route, ("GET",))
        return None if question.method in allowed else self._method_refused(question, allowed)

    def _refusal_of_reading(self, question: Question, target: Target) -> Answer | None:
        self._note_ignored(question, target)
        if _content_type(question) is None:
            return self._error(question, 406, "Could not satisfy the request Accept header.")
        signed_in = self._grants.signed_in(question)
        if signed_in is None:
            return self._error(question, 401, NOT_SIGNED_IN)
        if question.method != "GET":
            return self._method_refused(question, ("GET",))
        if not _may(signed_in, target.route):
            return self._error(question, 404, NOT_FOUND)
        return None

    def _method_refused(self, question: Question, allowed: Sequence[str]) -> Answer:
        said = f'Method "{question.method}" not allowed.'
        return self._error(question, 405, said, ("Allow", ", ".join(allowed)))

    def _note_ignored(self, question: Question, target: Target) -> None:
        names = [name for name, _ in parse_qsl(question.raw_query, keep_blank_values=True)]
        meant = _PARAMETERS[target.route]
        unpaged = "cursor" in names and "num" in meant and "num" not in names
        ignored = [name for name in names if name not in meant or (name == "cursor" and unpaged)]
        with self.lock:
            self.ignored_parameters += ignored

    def _respond(self, question: Question, target: Target, struck: Struck) -> Answer:
        if target.route == "authorize":
            return self._sign_in.answer(question)
        if target.route == "token":
            return self._grants.grant(question)
        with self.lock:
            if target.route not in _PARAMETERS:
                return self._in_public(question, target, struck)
            signed_in = self._grants.signed_in(question)
            if signed_in is None:
                return self._error(question, 401, NOT_SIGNED_IN)
            return self._read(question, target, struck, signed_in.user)

    def _read(self, question: Question, target: Target, struck: Struck, user: User) -> Answer:
        issuers = [each for each in self.issuers if user.issuers is None or each["entityId"] in user.issuers]
        seen = {each["entityId"] for each in issuers}
        badges = [each for each in self.badge_classes if each["issuer"] in seen]
        match target.route:
            case "user":
                return self._result(question, [_profile(user)])
            case "issuers":
                return self._result(question, [self._issuer(each, question) for each in issuers])
            case "issuer":
                named = self._named(issuers, target.id)
                return self._one(question, [self._issuer(each, question) for each in named])
            case "badge":
                return self._one(question, [self._badge(each) for each in self._named(badges, target.id)])
            case "badges":
                return self._listing(question, struck, badges)
            case "badges_of_issuer":
                named = self._named(issuers, target.id)
                if not named:
                    return self._error(question, 404, NOT_FOUND)
                own = [each for each in badges if each["issuer"] == named[0]["entityId"]]
                return self._listing(question, struck, own)
            case "issuers_changed":
                return self._changed(question, struck, issuers, lambda each: self._issuer(each, question))
        return self._changed(question, struck, self._unarchived(badges, question), self._badge)

    def _named(self, stored: list[Json], name: str) -> list[Json]:
        return [each for each in stored if name == each["entityId"] or (self._hosted and name == each.get("id"))]

    def _unarchived(self, badges: list[Json], question: Question) -> list[Json]:
        included = self._hosted and question.query.get("include_archived") == "true"
        return [each for each in badges if included or not each.get("archived")]

    # Listings

    def _listing(self, question: Question, struck: Struck, badges: list[Json]) -> Answer:
        size = _size(question)
        shown = self._unarchived(badges, question)
        if size is None:
            return self._page(question, struck, Listing.of(shown, len(shown) or 1), self._badge)
        kept = {name: value for name, value in question.query.items() if name in ("num", "include_archived")}
        try:
            cursor = _cursor(question)
        except ValueError:
            return self._error(question, 404, "Invalid cursor")
        listing = Listing.of(shown, size, cursor, kept, newest_first=True)
        return self._page(question, struck, listing, self._badge)

    def _changed(
        self, question: Question, struck: Struck, stored: list[Json], shown_as: Callable[[Json], Json]
    ) -> Answer:
        timestamp = datetime.now(UTC).isoformat()
        kept = {name: value for name, value in question.query.items() if name != "cursor"}
        try:
            since = moment(kept["since"]) if "since" in kept else _NEVER
        except ValueError:
            return self._error(question, 400, "bad request", fields={"since": ["Enter a valid date/time."]})
        try:
            cursor = _cursor(question)
        except ValueError:
            return self._error(question, 404, "Invalid cursor")
        chosen = [each for each in stored if moment(each["updatedAt"]) > since]
        listing = Listing.of(chosen, CHANGED_PER_PAGE, cursor, kept, order="updatedAt", timestamp=timestamp)
        return self._page(question, struck, listing, shown_as)

    def _page(self, question: Question, struck: Struck, listing: Listing, shown_as: Callable[[Json], Json]) -> Answer:
        items = practice_faults.reordered(listing.items, struck)
        # Shuffled items have no rank but their place.
        ranks = range(len(items)) if "shuffle" in struck else [listing.rank(each) for each in items]
        cursor = None if "repeat_page" in struck else listing.cursor
        part = practice_cursors.part(items, ranks, listing.size, cursor)

        def address(cursor: Cursor | None) -> str:
            found = {"cursor": cursor.text()} if cursor else {}
            return f"{_origin(question)}{question.path}?{urlencode({**found, **listing.kept})}"

        def of_page(page: int) -> str:
            return address(practice_cursors.cursor_to(ranks, listing.size, page))

        following = practice_faults.next_address(address(part.next) if part.next else None, of_page, struck)
        before = address(part.previous) if part.previous else None
        envelope = self._envelope([shown_as(each) for each in part.items])
        envelope = practice_faults.spoiled(envelope, "", struck, self.dialect)
        headers: tuple[tuple[str, str], ...] = ()
        if listing.timestamp:
            envelope |= {"pagination": _pagination(following, before), "timestamp": listing.timestamp}
        elif self._paginates_in_body and "num" in listing.kept:
            envelope |= {"pagination": _pagination(following, before)}
        elif following or before:
            headers = (("Link", _links(following, before)),)
        answer = self._json(question, 200, envelope, *headers)
        self._change_after(struck, listing)
        return answer

    def _change_after(self, struck: Struck, listing: Listing) -> None:
        if (growth := struck.get("grow")) and listing.items:
            for _ in range(growth["by"]):
                listing.put(self._newcomer(listing.items[-1]), growth["at"])
        if (move := struck.get("move")) and listing.items:
            listing.put(listing.items[-1 if move["to"] == "start" else 0], move["to"])
        if revoked := struck.get("revoke_after"):
            (self.revoke_tokens if revoked["api_token"] else self.expire_tokens)()

    def _newcomer(self, pattern: Json) -> Json:
        self._grown += 1
        name = f"New While Reading {self._grown}"
        ids = {"entityId": entity_id("new", self._grown), "id": f"{self._grown:024x}"}
        made = {**copy.deepcopy(pattern), **ids, "name": name}
        self.badge_classes.append(made)
        return made

    # What anybody may see

    def _in_public(self, question: Question, target: Target, struck: Struck) -> Answer:
        if target.route == "ui":
            return Answer(200, b"<!doctype html><html lang=en><title>Badges</title><h1>Badges</h1></html>", HTML)
        if target.route == "media":
            files = {each["image"] for each in (*self.issuers, *self.badge_classes)}
            if target.id not in files:
                return Answer(404, _NOT_FOUND_PAGE, HTML)
            return Answer(200, picture(target.id), PNG, (("Last-Modified", "Mon, 02 Mar 2020 09:15:00 GMT"),))
        stored = self.issuers if "issuer" in target.route or target.route == "public_badges" else self.badge_classes
        one = next((each for each in stored if each["entityId"] == target.id), None)
        if one is None:
            return self._error(question, 404, NOT_FOUND)
        if target.route.endswith("_image"):
            return _redirect(f"/media/{one['image']}") if one["image"] else self._error(question, 404, NOT_FOUND)
        if target.route == "public_criteria":
            return _redirect(one["criteriaUrl"] or f"/ui/public/badges/{one['entityId']}")
        if "text/html" in question.headers.get("Accept", ""):
            if question.path.endswith(".json"):
                return self._error(question, 406, "Could not satisfy the request Accept header.")
            return _redirect(f"{self.url}/ui{question.path}")
        if _content_type(question) is None:
            return self._error(question, 406, "Could not satisfy the request Accept header.")
        if target.route == "public_badges":
            return self._public_badges(question, one, struck)
        if target.route == "public_issuer":
            return self._json(question, 200, public_issuer(one, self._public_base, _version(question)))
        return self._json(question, 200, self._public_badge(question, one))

    def _public_badges(self, question: Question, issuer: Json, struck: Struck) -> Answer:
        """A bare list of every badge class: the faults of a listing see it in an envelope that is taken off again."""
        own = [each for each in self.badge_classes if each["issuer"] == issuer["entityId"] and not each.get("archived")]
        listing = Listing.of(own, len(own) or 1)
        items = practice_faults.reordered(listing.items, struck)
        envelope = {PUBLIC_DIALECT.items: [self._public_badge(question, each) for each in items]}
        spoiled = practice_faults.spoiled(envelope, "", struck, PUBLIC_DIALECT)
        answer = self._json(question, 200, spoiled[PUBLIC_DIALECT.items])
        self._change_after(struck, listing)
        return answer

    def _public_badge(self, question: Question, badge: Json) -> Json:
        expands = question.query.get("expand") == "issuer"
        issuer = next((each for each in self.issuers if expands and each["entityId"] == badge["issuer"]), None)
        return public_badge(badge, self._public_base, _version(question), issuer)

    # Forms of answers

    @property
    def _public_base(self) -> str:
        return self._public_url or self.url

    def _issuer(self, issuer: Json, question: Question) -> Json:
        answer = {
            "entityType": "Issuer",
            **issuer,
            "openBadgeId": f"{self._public_base}/public/issuers/{issuer['entityId']}",
            "image": self._image(issuer),
            "badgrDomain": self._public_base.partition("//")[2],
        }
        staff = {"staff"} if question.query.get("include_staff") == "false" else set()
        return self._without(answer, staff)

    def _badge(self, badge: Json) -> Json:
        answer = {
            "entityType": "BadgeClass",
            **badge,
            "openBadgeId": f"{self._public_base}/public/badges/{badge['entityId']}",
            "issuerOpenBadgeId": f"{self._public_base}/public/issuers/{badge['issuer']}",
            "image": self._image(badge),
        }
        if self._hosted:
            return self._without(answer, set() if "extensions" in badge else {"entityType"})
        return self._without({"extensions": {}, **answer}, set())

    def _without(self, answer: Json, members: set[str]) -> Json:
        left_out = members | {"updatedAt"} | (set() if self._hosted else _HOSTED_ONLY)
        return {name: value for name, value in answer.items() if name not in left_out}

    def _image(self, stored: Json) -> str | None:
        return f"{self.url}/media/{stored['image']}" if stored["image"] else None

    def _one(self, question: Question, result: list[Json]) -> Answer:
        return self._result(question, result) if result else self._error(question, 404, NOT_FOUND)

    def _result(self, question: Question, result: list[Json]) -> Answer:
        return self._json(question, 200, self._envelope(result))

    def _envelope(self, result: list[Json]) -> Json:
        more: Json = {"pagination": None, "warnings": {}} if self._hosted else {}
        return {"status": {"success": True, "description": "ok"}, "result": result, **more}

    def _error(
        self,
        question: Question,
        status: int,
        said: str,
        *headers: tuple[str, str],
        fields: Mapping[str, list[str]] | None = None,
    ) -> Answer:
        more: Json = {"nonFieldErrors": [], "errorCode": None, "warnings": {}} if self._hosted else {}
        return self._json(question, status, {**_said(said), "fieldErrors": dict(fields or {}), **more}, *headers)

    def _json(self, question: Question, status: int, value: Any, *headers: tuple[str, str]) -> Answer:
        label = HTML if self._labels_as_html else _content_type(question) or LD_JSON
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return Answer(status, body, label, (*_HEADERS, *headers))


def _page_asked_for(question: Question, route: str) -> int | None:
    unpaged = route == "public_badges" or (route != "badges_changed" and _size(question) is None)
    try:
        cursor = None if unpaged else _cursor(question)
    except ValueError:
        return None
    return cursor.page if cursor else 1


def _size(question: Question) -> int | None:
    """How many items a page is to have; None for all of them at once, as where `num` is no number."""
    try:
        return min(max(int(question.query["num"]), 1), MOST_PER_PAGE)
    except (KeyError, ValueError):
        return None


def _cursor(question: Question) -> Cursor | None:
    text = question.query.get("cursor")
    return None if text is None else practice_cursors.cursor_of(text)


def _may(signed_in: SignedIn, route: str) -> bool:
    if route == "user":
        return not signed_in.scopes.isdisjoint({"r:profile", "rw:profile"})
    return "rw:issuer" in signed_in.scopes or (route.endswith("_changed") and "r:issuer" in signed_in.scopes)


def _content_type(question: Question) -> str | None:
    """The type in which JSON is answered: plain only to those who ask for it. None for those who take none."""
    taken = {part.partition(";")[0].strip() for part in question.headers.get("Accept", "*/*").split(",")}
    if "application/json" in taken and LD_JSON not in taken:
        return "application/json"
    return LD_JSON if taken & {LD_JSON, "application/*", "*/*"} else None


def _version(question: Question) -> str:
    version = question.query.get("v", "")
    return version if version in VERSIONS else VERSIONS[0]


def _origin(question: Question) -> str:
    """Scheme and host as the question gave them: behind a proxy they need not be those of this server."""
    return f"{question.headers.get('X-Forwarded-Proto', 'http')}://{question.headers.get('Host', '')}"


def _links(following: str | None, before: str | None) -> str:
    pairs = ((following, "next"), (before, "prev"))
    return ", ".join(f'<{address}>; rel="{relation}"' for address, relation in pairs if address)


def _pagination(following: str | None, before: str | None) -> Json:
    return {
        "hasNext": following is not None,
        "nextResults": following,
        "hasPrevious": before is not None,
        "previousResults": before,
    }


def _redirect(address: str) -> Answer:
    return Answer(302, b"", HTML, (("Location", address),))


def _profile(user: User) -> Json:
    return {
        "entityType": "BadgeUser",
        "entityId": user.entity_id,
        "firstName": "DoNotStoreFirst",
        "lastName": "DoNotStoreLast",
        "emails": [{"email": user.email, "verified": True, "primary": True}],
        "url": [],
        "telephone": [],
    }
