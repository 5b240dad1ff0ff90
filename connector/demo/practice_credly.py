"""A practice Credly: a real HTTP server on this machine that lists badge templates as Credly does.

It is read-only and strict: whatever the real platform is known to refuse, it refuses, and so it does with
filter and sort keys for which it has no answer. Whether Credly's `next_page_url` repeats the filter of the
request is not known: here it does not, unless `next_repeats_filter` is given.

Without a sign-in it shows what anybody may see: the organization's public page, as JSON only to those who take
nothing but JSON, and a picture for each badge under `/images/`.

What can go wrong on request stands in the table of `connector.demo.practice_faults`; how to ask for it by hand, in
`connector.demo.practice_platform`.
"""

import copy
import re
from typing import Any, Self
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from connector.demo import practice_faults
from connector.demo.loopback import HTML, PNG, Answer, Question, json_answer
from connector.demo.practice_faults import Dialect, Struck
from connector.demo.practice_images import picture
from connector.demo.practice_listing import ordered, selected
from connector.demo.practice_platform import PracticePlatform, Target
from connector.demo.practice_public_page import in_public
from connector.demo.practice_tokens import CHALLENGE, Tokens

Json = dict[str, Any]

PER_PAGE = 50
_ORGANIZATION = re.compile(r"/v1/organizations(?:/([^/]+)(?:/(authorization_tokens|badge_templates)(?:/([^/]+))?)?)?")
_PUBLIC_PAGE = re.compile(r"/organizations/([^/]+)/badges")
_IMAGE = re.compile(r"/images/([^/]+)\.png")
_PAGE_FOR_PEOPLE = b"<!doctype html><title>Badges</title><h1>Badges</h1>"
_OPEN_ROUTES = ("token", "image", "public_page")


def _said(message: str) -> Json:
    return {"data": {"message": message}, "metadata": None}


DIALECT = Dialect(
    error=_said,
    items="data",
    next_link=("metadata", "next_page_url"),
    missing_scope="The token does not have the required scope: badge_templates",
    image="image_url",
    page="global_activity_url",
    set_like=frozenset(
        {
            "skills",
            "alignments",
            "badge_template_activities",
            "recommendations",
            "required_badge_templates",
            "reporting_tags",
        }
    ),
)


class PracticeCredly(PracticePlatform):
    """One organization on a practice Credly, from `start` to `stop`; a context manager does both.

    `organization` and `templates` are copied; `templates` may be changed at any time, under `lock`.
    `token_lifetime` is in seconds and counts for OAuth tokens only; `token_expires_at` is when the authorization
    token ends, in RFC 3339. With `images` every badge that has a picture has it on this server.
    """

    dialect = DIALECT

    def __init__(
        self,
        organization: Json,
        templates: list[Json],
        *,
        port: int = 0,
        token: str = "practice-token",
        client_id: str = "practice-client",
        client_secret: str = "practice-secret",
        token_lifetime: float = 7200,
        token_expires_at: str | None = None,
        images: bool = False,
        next_repeats_filter: bool = False,
    ) -> None:
        super().__init__(port)
        self.organization: Json = copy.deepcopy(organization)
        self.templates: list[Json] = copy.deepcopy(templates)
        self._next_repeats_filter = next_repeats_filter
        self._images = images
        self._tokens = Tokens(token, client_id, client_secret, token_lifetime, token_expires_at)
        self._grown = 0

    def start(self) -> Self:
        """Listen, if it does not yet; after a `stop` on the same port. OSError where the port is taken."""
        super().start()
        if self._images:
            self._show_own_pictures()
        return self

    def _show_own_pictures(self) -> None:
        with self.lock:
            for template in self.templates:
                if template["image_url"]:
                    address = f"{self.url}/images/{template['id']}.png"
                    template |= {"image_url": address, "image": {"id": template["id"], "url": address}}

    @property
    def organization_id(self) -> str:
        """The id under which the templates are listed."""
        return str(self.organization["id"])

    @property
    def token(self) -> str | None:
        """The authorization token that is accepted; None where none is. It may be set anew."""
        return self._tokens.api_token

    @token.setter
    def token(self, token: str | None) -> None:
        self._tokens.api_token = token

    @property
    def token_expires_at(self) -> str | None:
        """When the authorization token ends (RFC 3339); None for never. It may be set anew."""
        return self._tokens.api_token_ends

    @token_expires_at.setter
    def token_expires_at(self, moment: str | None) -> None:
        self._tokens.api_token_ends = moment

    def revoke_tokens(self, *, api_token: bool = False) -> None:
        """Refuse every OAuth token minted so far and, if asked for, the authorization token too."""
        self._tokens.revoke(api_token=api_token)

    def _target(self, question: Question) -> Target:
        return _named(question)

    def _refusal(self, question: Question, target: Target) -> Answer | None:
        method = "POST" if target.place == "token" else "GET"
        if target.place == "nowhere":
            return _error(404, "Not found")
        if question.method != method:
            return _error(405, "Method not allowed", ("Allow", method))
        if target.route in _OPEN_ROUTES:
            return None
        scopes = self._tokens.scopes(question)
        if scopes is None:
            said = "Unauthorized" if self._tokens.is_current() else "The authorization token has expired"
            return json_answer(401, {"data": {"message": said}, "metadata": {}}, CHALLENGE)
        needed = "authorization_tokens" if target.place == "token_list" else "badge_templates"
        if target.place in ("list", "template", "token_list") and needed not in scopes:
            return _error(403, f"The token does not have the required scope: {needed}")
        if target.owner not in ("", self.organization_id):
            return _error(404, f"Invalid or missing Organization ID: {target.owner}")
        return None

    def _respond(self, question: Question, target: Target, struck: Struck) -> Answer:
        if target.place == "token":
            return self._tokens.grant(question)
        with self.lock:
            if target.place == "image":
                return self._picture(target)
            if target.route == "public_page":
                return self._public_page(question, target, struck)
            if target.place == "list":
                return self._page(question, target, struck)
            if target.place == "template":
                return self._single(target)
            if target.place == "token_list":
                tokens = self._tokens.listed(self.organization)
                return json_answer(200, _envelope(tokens, 1, self._listing_url))
            if not target.owner:
                return json_answer(200, _envelope([self.organization], 1, self._listing_url))
            return json_answer(200, {"data": self.organization, "metadata": {}})

    @property
    def _listing_url(self) -> str:
        return f"{self.url}/api/v1/organizations/{self.organization_id}/badge_templates"

    def _page(self, question: Question, target: Target, struck: Struck) -> Answer:
        if target.page is None:
            return _error(400, f"Invalid page: {question.query['page']}")
        try:
            chosen = selected(self.templates, question.query.get("filter", ""))
            items = ordered(chosen, question.query.get("sort", ""))
        except ValueError as error:
            return _error(400, str(error))
        kept = {key: value for key, value in question.query.items() if key in ("filter", "sort")}
        url = self._listing_url + (f"?{urlencode(kept)}" if kept and self._next_repeats_filter else "")
        return self._listed(items, target.page, url, struck)

    def _public_page(self, question: Question, target: Target, struck: Struck) -> Answer:
        if question.headers.get("Accept", "").strip() != "application/json":
            return Answer(200, _PAGE_FOR_PEOPLE, HTML)
        if target.page is None:
            return _error(400, f"Invalid page: {question.query['page']}")
        known = target.owner == self.organization["vanity_slug"]
        items = in_public(self.templates, self.organization) if known else []
        return self._listed(items, target.page, f"{self.url}/organizations/{target.owner}/badges", struck)

    def _listed(self, items: list[Json], page: int, url: str, struck: Struck) -> Answer:
        page = 1 if "repeat_page" in struck else page
        envelope = _envelope(practice_faults.reordered(items, struck), page, url)
        answer = json_answer(200, practice_faults.spoiled(envelope, url.partition("?")[0], struck, self.dialect))
        self._change_after(struck)
        return answer

    def _picture(self, target: Target) -> Answer:
        if not any(template["id"] == target.id for template in self.templates):
            return _error(404, "Not found")
        return Answer(200, picture(target.id), PNG)

    def _single(self, target: Target) -> Answer:
        for template in self.templates:
            if template["id"] == target.id:
                return json_answer(200, {"data": template, "metadata": {}})
        return _error(404, f"Invalid or missing Badge Template ID: {target.id}")

    def _change_after(self, struck: Struck) -> None:
        practice_faults.changed_after(self.templates, struck, self._newcomer)
        if revoked := struck.get("revoke_after"):
            self.revoke_tokens(api_token=revoked["api_token"])

    def _newcomer(self, pattern: Json) -> Json:
        self._grown += 1
        return _newcomer(pattern, self._grown)


def _named(question: Question) -> Target:
    path = question.path.removeprefix("/api").rstrip("/")
    if question.path == "/oauth/token":
        return Target("token", "token")
    if image := _IMAGE.fullmatch(question.path):
        return Target("image", "image", image[1])
    if shown := _PUBLIC_PAGE.fullmatch(question.path):
        return Target("list", "public_page", page=_page_asked_for(question), owner=shown[1])
    match = _ORGANIZATION.fullmatch(path)
    if match is None:
        return Target("nowhere", "nowhere")
    organization, listing, template = (part or "" for part in match.groups())
    if listing == "authorization_tokens":
        place = "nowhere" if template else "token_list"
    elif template:
        place = "template"
    elif not listing:
        place = "organization"
    else:
        return Target("list", "list", page=_page_asked_for(question), owner=organization)
    return Target(place, place, template, owner=organization)


def _page_asked_for(question: Question) -> int | None:
    page = question.query.get("page", "1")
    return int(page) if re.fullmatch("[1-9][0-9]{0,8}", page) else None


def _error(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    return json_answer(status, _said(message), *headers)


def _envelope(items: list[Json], page: int, listing_url: str) -> Json:
    """One page of a list with its metadata. Past the end it is the page of an empty list, as on Credly."""
    data = items[(page - 1) * PER_PAGE : page * PER_PAGE]
    if not data:
        items, page = [], 1
    pages = max(1, -(-len(items) // PER_PAGE))
    joint = "&" if "?" in listing_url else "?"
    return {
        "data": data,
        "metadata": {
            "count": len(data),
            "current_page": page,
            "total_count": len(items),
            "total_pages": pages,
            "per": PER_PAGE,
            "previous_page_url": f"{listing_url}{joint}page={page - 1}" if page > 1 else None,
            "next_page_url": f"{listing_url}{joint}page={page + 1}" if page < pages else None,
        },
    }


def _newcomer(pattern: Json, number: int) -> Json:
    slug = f"new-while-reading-{number}"
    return copy.deepcopy(pattern) | {
        "id": str(uuid5(NAMESPACE_URL, slug)),
        "name": f"New While Reading {number}",
        "vanity_slug": slug,
        "url": f"{pattern['url'].rpartition('/')[0]}/{slug}",
    }
