"""Credly's API 1.0: where it lives, how one signs in, how its list of badge templates is paged."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
from pydantic import Field

from adapters.contract import (
    Adapter,
    Answer,
    ApiToken,
    AuthorizationServer,
    Check,
    Cursor,
    Http,
    Page,
    Request,
    Secret,
    Verification,
    Watermark,
    read_json,
)
from adapters.credly import template
from mappings.open_badges.model import BadgeClass, Issuer

API_URL = "https://api.credly.com/v1/"
TOKEN_URL = "https://www.credly.com/oauth/token"  # not on the API's host
SANDBOX_API_HOST = "sandbox-api.credly.com"
STATES = "active,archived,draft"
_TIME = re.compile(rb'"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]+)"')


class _Metadata(msgspec.Struct):
    current_page: int | None = None
    total_pages: int | None = None
    total_count: int | None = None


class _Listing(msgspec.Struct):
    data: list[msgspec.Raw]
    metadata: _Metadata | None = None


class _Known(msgspec.Struct):
    """How many pages there are, as far as the latest answer knew."""

    last: int


class _Organization(msgspec.Struct):
    id: str
    name: str | None = None
    website_url: str | None = None


class _OneOrganization(msgspec.Struct):
    data: _Organization


class _Organizations(msgspec.Struct):
    data: list[_Organization]


class _Dated(msgspec.Struct):
    updated_at: msgspec.Raw = msgspec.Raw()


class Credly(Adapter):
    """One organization's badge templates, by organization authorization token or OAuth client credentials."""

    slug = "credly"
    name = "Credly"
    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret(
            "authorization_token",
            "Authorization token",
            "Credly → your organization → Developers → Authorization Tokens. A read-only one is enough.",
        ),
        Secret(
            "client_secret",
            "OAuth client secret",
            "Credly → your organization → Developers → OAuth Applications, shown once when the application is made.",
        ),
    )
    verification = Verification(
        service="https://api.credly.com/v1/obi/v2/badge_assertions", directory="https://www.credly.com/"
    )
    members = template.MEMBERS

    organization_id: str = Field(
        pattern=r"^[A-Za-z0-9-]{1,64}$",
        description="The organization's id, as in the address of its Credly pages.",
    )
    api_url: str = Field(API_URL, description="Where the API starts; another one for the sandbox.")
    token_url: str = Field(TOKEN_URL, description="Where OAuth tokens are given out.")
    client_id: str = Field("", description="The OAuth application's client id, where one signs in by OAuth.")
    include_drafts: bool = Field(False, description="Take in templates that are still drafts.")
    include_private: bool = Field(False, description="Take in templates that are not public.")

    def base_url(self) -> str:
        return self.api_url.rstrip("/") + "/"

    def authority(self) -> str:
        sandbox = urlsplit(self.api_url).hostname == SANDBOX_API_HOST
        return "sandbox.credly.com" if sandbox else "credly.com"

    def sign_in(self, given: frozenset[str]) -> AuthorizationServer | ApiToken | None:
        if "authorization_token" in given:
            return ApiToken("authorization_token", "basic")
        if "client_secret" in given and self.client_id:
            return AuthorizationServer(self.token_url, self.client_id, "client_secret", "badge_templates")
        raise ValueError("Credly needs an authorization_token, or a client_id together with its client_secret.")

    def checks(self, http: Http) -> Iterator[Check]:
        organization = self._organization(http)
        yield Check("reach", True, f"{urlsplit(self.api_url).hostname} answers.")
        yield Check("sign_in", True, "The sign-in is accepted.")
        listing = _listing(http.get(self._page(1, None)))
        yield Check("permission", True, "Badge templates may be read.")
        yield Check("issuers", True, f"The organization is {organization.name or organization.id}.")
        total = listing.metadata.total_count if listing.metadata else None
        yield Check("badges", True, f"{len(listing.data) if total is None else total} badge templates are there.")

    def issuers(self, http: Http) -> list[Issuer]:
        found = read_json(http.get(Request("organizations")), _Organizations).data
        return [Issuer(id=each.id, name=each.name, url=each.website_url) for each in found]

    def configured_issuer(self) -> Issuer | None:
        return Issuer(id=self.organization_id)

    def badges(
        self, http: Http, issuer: Issuer | None, since: Watermark | None, start: Cursor | None
    ) -> Iterator[Page]:
        """Pages by our own number and filter: the next link may lack the filter and is never followed.

        One page beyond the last is looked for, because lists grow while they are read. A page that calls itself
        by another number is a repeat: the listing stops there without an end.
        """
        owner = issuer or Issuer(id=self.organization_id)
        first = int(start or 1)
        known = _Known(first)
        for number, answer in self._answers(http, since, first, known):
            listing = _listing(answer)
            metadata = listing.metadata or _Metadata()
            if not listing.data:
                yield Page((), None, total=metadata.total_count if number == 1 else None)
                return
            if metadata.current_page not in (None, number):
                return
            known.last = max(known.last, metadata.total_pages or number)
            items = [bytes(item) for item in listing.data]
            yield Page(
                items=tuple((item, owner) for item in items),
                next=Cursor(str(number + 1)),
                watermark=_latest(items),
                total=metadata.total_count,
            )

    def _answers(self, http: Http, since: Watermark | None, first: int, pages: _Known) -> Iterator[tuple[int, Answer]]:
        """Page `first` alone, since only it tells how many there are; then all that are known by now, or one more."""
        yield first, http.get(self._page(first, since))
        number = first + 1
        while True:
            known = range(number, max(number, pages.last) + 1)
            answers = http.in_order((self._page(each, since) for each in known), self.requests_in_flight)
            yield from zip(known, answers, strict=True)
            number = known.stop

    def _page(self, number: int, since: Watermark | None) -> Request:
        day = f"|updated_at_min::{since[:10]}" if since else ""
        path = f"organizations/{self.organization_id}/badge_templates"
        return Request(path, {"page": number, "filter": f"state::{STATES}{day}"})

    def _organization(self, http: Http) -> _Organization:
        return read_json(http.get(Request(f"organizations/{self.organization_id}")), _OneOrganization).data

    @classmethod
    def recognises(cls, item: Mapping[str, Any]) -> bool:
        return "vanity_slug" in item or "badge_template_activities" in item

    def badge_id(self, raw: bytes) -> str:
        return template.badge_id(raw)

    def definition(self, raw: bytes) -> bytes:
        return template.definition(raw)

    def skips(self, badge: BadgeClass) -> str | None:
        if badge.state == "draft" and not self.include_drafts:
            return "it is still a draft"
        if badge.public is False and not self.include_private:
            return "it is not public"
        return None

    def badge_class(self, definition: bytes, issuer: Issuer) -> BadgeClass:
        return template.badge_class(definition, issuer, f"https://{self._obi_host()}/v1/obi/v2")

    def _obi_host(self) -> str:
        return SANDBOX_API_HOST if self.authority() == "sandbox.credly.com" else "api.credly.com"


def _listing(answer: Answer) -> _Listing:
    return read_json(answer, _Listing)


def _latest(items: list[bytes]) -> Watermark | None:
    """The latest time of change on a page; items that have none, or something else in its place, do not count."""
    members = [msgspec.json.decode(item, type=_Dated).updated_at for item in items if item.startswith(b"{")]
    times = filter(None, (_TIME.fullmatch(bytes(member)) for member in members))
    return max((Watermark(time[1].decode()) for time in times), default=None)
