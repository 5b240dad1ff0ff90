"""Credly's API 1.0 and its public organization pages: where they live, how one signs in, how their lists are paged."""

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_tz
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
from pydantic import Field, field_validator

from adapters.contract import (
    Adapter,
    Answer,
    ApiToken,
    AuthorizationServer,
    BadgeKey,
    Check,
    Cursor,
    Http,
    Page,
    PlatformRefused,
    Request,
    Secret,
    Verification,
    Watermark,
    Way,
    read_json,
    read_listing,
    read_member,
)
from adapters.credly import template
from mappings.open_badges.model import BadgeClass, Issuer

API_URL = "https://api.credly.com/v1/"
TOKEN_URL = "https://www.credly.com/oauth/token"  # not on the API's host
PUBLIC_URL = "https://www.credly.com/"
SANDBOX_API_HOST = "sandbox-api.credly.com"
SANDBOX_PUBLIC_HOST = "sandbox.credly.com"
AUTHORITY, SANDBOX_AUTHORITY = "credly.com", "sandbox.credly.com"
TOKEN, OAUTH, IN_PUBLIC = "authorization_token", "oauth", "public_page"
STATES = "active,archived,draft"
_PUBLIC_PAGE = re.compile(
    r"(?:(?:https?://)?(?:www\.|sandbox\.)?credly\.com/(?:organizations|org)/)?"
    r"([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?:/badges)?/?(?:[?#].*)?"
)
_BADGE_CLASS = re.compile(
    r"https?://(?P<host>(?:sandbox-)?api)\.credly\.com/v1/obi/v2/(?:issuers/[^/?#]+/)?badge_classes/"
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.json)?/?(?:[?#].*)?",
    re.IGNORECASE,
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(rb'"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]+)"')


class _Metadata(msgspec.Struct):
    current_page: int | None = None
    total_pages: int | None = None
    total_count: int | None = None
    next_page_url: str | msgspec.UnsetType | None = msgspec.UNSET


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


class _Token(msgspec.Struct):
    """An authorization token without the token itself, which the platform sends as well."""

    expires_at: str | None = None
    read_enabled: bool | None = None


class _Tokens(msgspec.Struct):
    data: list[_Token]


class Credly(Adapter):
    """One organization's badge templates, by a token, by OAuth client credentials, or from its public page."""

    slug = "credly"
    name = "Credly"
    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret(
            "authorization_token",
            "Authorization token",
            "Credly → your organization → Developers → Authorization Tokens. A read-only one is enough.",
            expires=True,
        ),
        Secret(
            "client_secret",
            "OAuth client secret",
            "Credly → your organization → Developers → OAuth Applications, shown once when the application is made.",
        ),
    )
    ways: ClassVar[tuple[Way, ...]] = (
        Way(
            TOKEN,
            "Authorization token",
            "You need the organization's id and an authorization token, which an administrator of the organization "
            "makes on Credly under Developers. Tokens run out after 180 days.",
            fields=("organization_id",),
            secrets=("authorization_token",),
        ),
        Way(
            OAUTH,
            "OAuth application",
            "You need the organization's id and an OAuth application's client id and secret, from Credly under "
            "Developers or from your Credly representative. Its scope has to include badge_templates.",
            fields=("organization_id", "client_id"),
            secrets=("client_secret",),
        ),
        Way(
            IN_PUBLIC,
            "Public organization page",
            "You need only the address of the organization's page on Credly. Public, active badges are read, and "
            "nothing is published before somebody has confirmed the right to.",
            fields=("public_page",),
            undocumented=True,
        ),
    )
    verification = Verification(
        service="https://api.credly.com/v1/obi/v2/badge_assertions", directory="https://www.credly.com/"
    )
    members = template.MEMBERS

    organization_id: str = Field(
        "",
        pattern=r"^[A-Za-z0-9-]{0,64}$",
        title="Organization id",
        description="The organization's id on Credly: letters, digits and hyphens.",
    )
    public_page: str = Field(
        "",
        title="Public page",
        description="The address of the organization's public page, or the last part of it.",
    )
    client_id: str = Field(
        "", title="OAuth client id", description="The OAuth application's client id, where one signs in by OAuth."
    )
    include_drafts: bool = Field(False, title="Drafts too", description="Take in templates that are still drafts.")
    include_private: bool = Field(
        False, title="Private badges too", description="Take in templates that are not public."
    )
    api_url: str = Field(API_URL, title="API address", description="Where the API starts; another one for the sandbox.")
    token_url: str = Field(TOKEN_URL, title="Token address", description="Where OAuth tokens are given out.")
    public_url: str = Field(
        PUBLIC_URL, title="Public site", description="Where the public pages start; another one for the sandbox."
    )

    @field_validator("public_page")
    @classmethod
    def _names_an_organization(cls, public_page: str) -> str:
        if public_page and not _PUBLIC_PAGE.fullmatch(public_page):
            raise ValueError(f"it has to be an address such as {PUBLIC_URL}organizations/your-organization")
        return public_page

    def base_url(self) -> str:
        return (self.public_url if self.public_page else self.api_url).rstrip("/") + "/"

    def authority(self) -> str:
        sandbox = urlsplit(self.base_url()).hostname in (SANDBOX_API_HOST, SANDBOX_PUBLIC_HOST)
        return SANDBOX_AUTHORITY if sandbox else AUTHORITY

    @classmethod
    def known_as(cls, address: str) -> BadgeKey | None:
        found = _BADGE_CLASS.fullmatch(address)
        if found is None:
            return None
        return BadgeKey(AUTHORITY if found["host"].lower() == "api" else SANDBOX_AUTHORITY, found["id"].lower())

    def way(self, given: frozenset[str]) -> Way:
        by_token, by_oauth, in_public = self.ways
        if self.public_page:
            return self._in_public_alone(in_public, given)
        way = by_token if TOKEN in given else by_oauth
        if not given and not self.client_id:
            organization = "" if self.organization_id else "an organization_id, and with it "
            raise ValueError(
                f"{self.name} needs {organization}an authorization_token, or a client_id together with its "
                "client_secret; or else a public_page alone."
            )
        missing = [each for each in way.fields if not getattr(self, each)]
        missing += [each for each in way.secrets if each not in given]
        if missing:
            raise ValueError(f"{self.name} needs {' and '.join(missing)} as well, for the way “{way.title}”.")
        return way

    def _in_public_alone(self, in_public: Way, given: frozenset[str]) -> Way:
        fields = [each for each in ("organization_id", "client_id") if getattr(self, each)]
        beside = [*fields, *sorted(given)]
        if beside:
            raise ValueError(
                f"A public_page is read without signing in: leave {' and '.join(beside)} out, or the public_page."
            )
        return in_public

    def sign_in(self, given: frozenset[str]) -> AuthorizationServer | ApiToken | None:
        match self.way(given).name:
            case "authorization_token":
                return ApiToken("authorization_token", "basic")
            case "oauth":
                return AuthorizationServer(self.token_url, self.client_id, "client_secret", "badge_templates")
        return None

    def sign_in_ends(self, http: Http) -> str | None:
        """The day the authorization token runs out; with several tokens, the first day on which one of them does.

        Credly does not say which of an organization's tokens is asking. So the earliest end that is still to come
        counts, among those that may read: a person may be told too early, never too late. None for OAuth, whose
        secret has no end, and in public.
        """
        if self.client_id or self.public_page:
            return None
        answer = http.get(Request(f"organizations/{self.organization_id}/authorization_tokens"))
        today = _day_of(answer)
        tokens = (each for each in read_json(answer, _Tokens).data if each.read_enabled is not False)
        days = (each.expires_at[:10] for each in tokens if each.expires_at)
        return min((day for day in days if _DAY.fullmatch(day) and day >= today), default=None)

    def checks(self, http: Http) -> Iterator[Check]:
        if self.public_page:
            yield from self._checks_in_public(http)
            return
        organization = self._organization(http)
        yield Check("reach", True, f"{urlsplit(self.api_url).hostname} answers.")
        yield Check("sign_in", True, "The sign-in is accepted.")
        listing = _listing(http.get(self._page(1, None)))
        yield Check("permission", True, "Badge templates may be read.")
        yield Check("issuers", True, f"The organization is {organization.name or organization.id}.")
        yield Check("badges", True, f"{_count(listing)} badge templates are there.")

    def _checks_in_public(self, http: Http) -> Iterator[Check]:
        listing = _listing(http.get(self._page(1, None)))
        yield Check("reach", True, f"{urlsplit(self.public_url).hostname} answers.")
        yield Check("sign_in", True, "No sign-in is needed.")
        yield Check("permission", True, "The page may be read in public.")
        issuers = self._issuers_of(listing)
        yield Check("issuers", True, f"The organization is {issuers[0].name or issuers[0].id}.")
        yield Check("badges", True, f"{_count(listing)} public badges are there.")

    def issuers(self, http: Http) -> list[Issuer]:
        if self.public_page:
            return self._issuers_of(_listing(http.get(self._page(1, None))))
        found = read_json(http.get(Request("organizations")), _Organizations).data
        return [Issuer(id=each.id, name=each.name, url=each.website_url) for each in found]

    def _issuers_of(self, listing: _Listing) -> list[Issuer]:
        if not listing.data:
            raise self._nobody_there()
        return list(dict.fromkeys(self._issuer_in_public(bytes(item)) for item in listing.data))

    def _issuer_in_public(self, item: bytes) -> Issuer:
        return template.issuer(item) or Issuer(id=self._public_name())

    def _public_name(self) -> str:
        named = _PUBLIC_PAGE.fullmatch(self.public_page)
        return named[1] if named else ""

    def _nobody_there(self) -> PlatformRefused:
        return PlatformRefused(
            f"{self.name} lists no public badges under the name {self._public_name()}: there is no such organization, "
            "or it shows none.",
            code="not_found",
            action="Open the organization's page in a browser and copy its address from there.",
        )

    def configured_issuer(self) -> Issuer | None:
        return Issuer(id=self.organization_id) if self.organization_id else None

    def badges(
        self, http: Http, issuer: Issuer | None, since: Watermark | None, start: Cursor | None
    ) -> Iterator[Page]:
        """Pages by our own number and filter: the next link may lack the filter and is never followed.

        One page beyond the last is looked for, because lists grow while they are read; not so in public, where
        nobody knows what is answered there. A page that calls itself by another number is a repeat: the listing
        stops there without an end. In public each item comes with the issuer it names itself.
        """
        first = int(start or 1)
        known = _Known(first)
        for number, answer in self._answers(http, since, first, known):
            listing = _listing(answer)
            metadata = listing.metadata or _Metadata()
            if not listing.data:
                if self.public_page and number == 1:
                    raise self._nobody_there()
                yield Page((), None, total=metadata.total_count if number == 1 else None)
                return
            if metadata.current_page not in (None, number):
                return
            known.last = max(known.last, metadata.total_pages or number)
            items = [bytes(item) for item in listing.data]
            ends_here = bool(self.public_page) and metadata.next_page_url is None
            yield Page(
                items=tuple((item, self._listed_by(item, issuer)) for item in items),
                next=None if ends_here else Cursor(str(number + 1)),
                watermark=_latest(items),
                total=metadata.total_count,
            )
            if ends_here:
                return

    def _listed_by(self, item: bytes, issuer: Issuer | None) -> Issuer:
        return self._issuer_in_public(item) if self.public_page else issuer or Issuer(id=self.organization_id)

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
        if self.public_page:
            query: dict[str, str | int] = {"sort": "most_popular", "page": number}
            return Request(f"organizations/{self._public_name()}/badges", query, accept="application/json")
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
        return SANDBOX_API_HOST if self.authority() == SANDBOX_AUTHORITY else "api.credly.com"


def _listing(answer: Answer) -> _Listing:
    return read_listing(answer, _Listing, "data")


def _count(listing: _Listing) -> int:
    total = listing.metadata.total_count if listing.metadata else None
    return len(listing.data) if total is None else total


def _latest(items: list[bytes]) -> Watermark | None:
    """The latest time of change on a page; items that have none, or something else in its place, do not count."""
    members = (read_member(item, "updated_at") for item in items)
    times = filter(None, (_TIME.fullmatch(member) for member in members if member))
    return max((Watermark(time[1].decode()) for time in times), default=None)


def _day_of(answer: Answer) -> str:
    """The day on the platform's own clock (RFC 9110, section 6.6.1); an empty text, before all days, if untold."""
    date = parsedate_tz(answer.headers.get("date", ""))
    return f"{date[0]:04}-{date[1]:02}-{date[2]:02}" if date else ""
