"""The v2 API of Canvas Credentials and of Badgr: where it lives, how one signs in, how its lists are paged."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import msgspec
from pydantic import Field, field_validator

from adapters.canvas import badgeclass
from adapters.canvas.paging import listed
from adapters.canvas.regions import REGIONS, RegionName, authority_of, badge_key, issuer_id, region_of
from adapters.contract import (
    Adapter,
    Answer,
    AuthorizationCode,
    BadgeKey,
    Check,
    Cursor,
    Http,
    Page,
    PasswordCredentials,
    PlatformRefused,
    Request,
    Secret,
    Verification,
    Watermark,
    Way,
    read_json,
)
from mappings.open_badges.model import BadgeClass, Issuer

OAUTH, OWN_SERVER, PASSWORD = "oauth", "own_server", "password"
SCOPE = "rw:issuer r:profile"
MOST_NAMED = 5
CONSENT = (
    "The platform has no permission for reading issuers alone, so its page asks you to allow changes as well "
    "(rw:issuer). Only issuers and badge classes are read, and nothing is written there unless you switch write-back "
    "on. Your profile (r:profile) is asked for so that it is noticed when another person reconnects."
)
_ADDRESS = r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$"
_ISSUER = re.compile(r"(?:https?://[^\s?#]+/issuers/)?([A-Za-z0-9_-]{1,64})(?:\.json)?/?(?:\?[^\s]*)?", re.IGNORECASE)


class _Issuer(msgspec.Struct, rename="camel"):
    """An issuer: its staff, contacts and description stay unread."""

    entity_id: str
    name: str | None = None
    url: str | None = None


class _Person(msgspec.Struct, rename="camel"):
    entity_id: str


class _People(msgspec.Struct):
    result: list[_Person]


class Canvas(Adapter):
    """The badge classes of an account's issuers, by OAuth, or by a password on servers that are not in production."""

    slug = "canvas"
    name = "Canvas Credentials"
    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret(
            "client_secret",
            "OAuth client secret",
            "It comes with the client id: from Instructure for a hosted region, from the administration pages of a "
            "Badgr server of your own.",
        ),
        Secret(
            "password",
            "Password",
            "The password of the account with this e-mail address. It is used once, to sign in, and never stored.",
            kept=False,
        ),
    )
    ways: ClassVar[tuple[Way, ...]] = (
        Way(
            OAUTH,
            "Sign in with Canvas Credentials",
            "You need an account that is on the staff of your issuers, and you sign in on the platform's own page. "
            "Whoever runs this connector, or you, needs an OAuth client: Instructure gives one out on request, for one "
            "region at a time. Meanwhile your public issuer list can be read through the platform “Open Badges”, "
            "without any account.",
            fields=("region",),
            optional=("client_id", "client_secret"),
        ),
        Way(
            OWN_SERVER,
            "Your own Badgr server",
            "You need the addresses of the server's API and of the pages where people sign in, and an account on the "
            "staff of your issuers. The server's administrator makes the OAuth client.",
            fields=("api_url", "ui_url"),
            optional=("client_id", "client_secret"),
        ),
        Way(
            PASSWORD,
            "E-mail and password, own or test server only",
            "You need an account on a Badgr server of your own, or in the test or demo region. The password is "
            "exchanged for an access at once and never stored; the regions in production are signed in to on their "
            "own page only.",
            fields=("username",),
            secrets=("password",),
            optional=("region", "api_url"),
        ),
    )
    # Each issued badge is checked at its own public address, which the region's own site shows.
    verification = Verification(
        service="https://api.badgr.io/public/assertions", directory="https://badges.parchment.com/"
    )
    issuer_choice = "issuer_ids"
    members = badgeclass.MEMBERS

    region: RegionName = Field(
        "us",
        title="Region",
        description="Where your account is; test and demo are sites of their own.",
        json_schema_extra={
            "words": {
                "us": "United States",
                "eu": "Europe",
                "au": "Australia",
                "ca": "Canada",
                "sg": "Singapore",
                "demo": "Demo site",
                "test": "Test site",
            }
        },
    )
    api_url: str = Field(
        "",
        pattern=_ADDRESS,
        title="API address",
        description="Where the API of your own Badgr server starts, such as https://api.badges.example.edu.",
    )
    ui_url: str = Field(
        "",
        pattern=_ADDRESS,
        title="Sign-in pages",
        description="Where people sign in to your own Badgr server, such as https://badges.example.edu.",
    )
    client_id: str = Field(
        "", title="OAuth client id", description="The id of your own OAuth client, where you have one."
    )
    username: str = Field(
        "", title="E-mail address", description="The e-mail address of the account, to sign in with a password."
    )
    issuer_ids: tuple[str, ...] = Field(
        (), title="Issuers", description="The issuers whose badges are read, by their ids; none for all you work for."
    )
    include_archived: bool = Field(
        False, title="Archived badges too", description="Take in badge classes that are archived."
    )
    per_page: int = Field(
        100, ge=1, le=500, title="Badges a page", description="How many badge classes one request asks for."
    )

    @field_validator("issuer_ids", mode="before")
    @classmethod
    def _read_issuer_ids(cls, given: Any) -> Any:
        """A form and a command line give them in one text, with commas between; addresses of issuers are taken too."""
        if not isinstance(given, str | list | tuple):
            return given
        texts = [given] if isinstance(given, str) else given
        parts = [part for text in texts for part in re.split(r"[\s,]+", str(text)) if part]
        named = [_ISSUER.fullmatch(part) for part in parts]
        if wrong := [part for part, issuer in zip(parts, named, strict=True) if issuer is None]:
            raise ValueError(f"{wrong[0][:100]} is no id of an issuer")
        return tuple(dict.fromkeys(issuer[1] for issuer in named if issuer))

    def base_url(self) -> str:
        if self.api_url:
            return self.api_url.rstrip("/").removesuffix("/v2") + "/"
        return f"https://{REGIONS[self.region].api[0]}/"

    def authority(self) -> str:
        region = region_of(self.base_url())
        return region.authority if region else authority_of(self.base_url())

    @classmethod
    def known_as(cls, address: str) -> BadgeKey | None:
        return badge_key(address)

    @classmethod
    def issuer_known_as(cls, address: str) -> str | None:
        return issuer_id(address)

    def way(self, given: frozenset[str]) -> Way:
        by_oauth, own_server, by_password = self.ways
        way = own_server if self.api_url or self.ui_url else by_oauth
        if self.username or PASSWORD in given:
            self._refuse_passwords_in_production()
            way = by_password
        elif "client_secret" in given and not self.client_id:
            raise ValueError("A client_secret belongs to a client_id: give both of them, or neither.")
        if missing := [each for each in way.fields if not getattr(self, each)]:
            raise ValueError(f"{self.name} needs {' and '.join(missing)} as well, for the way “{way.title}”.")
        return way

    def _refuse_passwords_in_production(self) -> None:
        region = region_of(self.base_url())
        if region and not region.for_trials:
            raise ValueError(
                f"A password is not sent to {self._host()}, which is in production: leave username and password out "
                "and sign in on the platform's own page. With a server of your own, give its api_url as well."
            )

    def sign_in(self, given: frozenset[str]) -> AuthorizationCode | PasswordCredentials:
        token_endpoint = f"{self.base_url()}o/token"
        if self.way(given).name == PASSWORD:
            return PasswordCredentials(token_endpoint, self.username, PASSWORD)
        pages = self.ui_url.rstrip("/") or f"https://{REGIONS[self.region].ui[0]}"
        return AuthorizationCode(
            authorization_endpoint=f"{pages}/auth/oauth2/authorize",
            token_endpoint=token_endpoint,
            client_id=self.client_id,
            client_secret="client_secret",
            scope=SCOPE,
            consent=CONSENT,
        )

    def signed_in_as(self, http: Http) -> str | None:
        people = read_json(http.get(Request("v2/users/self")), _People).result
        return people[0].entity_id if people else None

    def checks(self, http: Http) -> Iterator[Check]:
        visible = self.issuers(http)
        yield Check("reach", True, f"{self._host()} answers.")
        yield Check("sign_in", True, "The sign-in is accepted.")
        chosen = self._chosen(visible)
        page = next(listed(http, [self._listing(chosen[0])], None, lambda: self._refusal(http, chosen[0])))
        yield Check("permission", True, "Issuers and their badge classes may be read.")
        yield Check("issuers", True, f"Badge classes are read of {_names(chosen)}.")
        more = " and more" if page.next else ""
        yield Check("badges", True, f"{chosen[0].name or chosen[0].id} has {len(page.items)}{more} badge classes.")

    def issuers(self, http: Http) -> list[Issuer]:
        request = Request("v2/issuers", {"include_staff": "false"})
        found: dict[str, Issuer] = {}
        for page in listed(http, [request], None, self._may_not_read_issuers):
            for item in page.items:
                named = read_json(Answer(200, item, {}), _Issuer)
                found[named.entity_id] = Issuer(id=named.entity_id, name=named.name, url=named.url)
        return list(found.values())

    def configured_issuer(self) -> Issuer | None:
        return Issuer(id=self.issuer_ids[0]) if len(self.issuer_ids) == 1 else None

    def badges(
        self, http: Http, issuer: Issuer | None, since: Watermark | None, start: Cursor | None
    ) -> Iterator[Page]:
        """Pages by our own number and the platform's cursor; of all issuers that are chosen where `issuer` is None.

        What changed `since` is listed for all issuers together and sorted out here; a server that does not know that
        list is asked for the whole one. The watermark of a whole listing is the time at which it began. A page that
        holds nothing although a link led to it stops the listing without an end; so does a link that leads back.
        """
        whole = self._listing(issuer)
        changed = [Request("v2/badgeclasses/changed", {"since": since, **self._archived()})] if since else []
        wanted = {issuer.id} if issuer else set(self.issuer_ids)
        seen: set[str] = set()
        for page in listed(http, [*changed, whole], start, lambda: self._refusal(http, issuer)):
            if page.start and not page.items:
                return
            fresh = _first_time(page.items, seen)
            tells = page.start is None or page.request is not whole
            yield Page(tuple(_with_issuers(fresh, issuer, wanted)), page.next, page.time if tells else None)

    def _listing(self, issuer: Issuer | None) -> Request:
        path = f"v2/issuers/{quote(issuer.id, safe='')}/badgeclasses" if issuer else "v2/badgeclasses"
        return Request(path, {"num": self.per_page, **self._archived()})

    def _archived(self) -> dict[str, str]:
        return {"include_archived": "true"} if self.include_archived else {}

    def _chosen(self, visible: list[Issuer]) -> list[Issuer]:
        """The issuers that are read, of those that this sign-in sees. PlatformRefused where there are none."""
        by_id = {each.id: each for each in visible}
        if unknown := [each for each in self.issuer_ids if each not in by_id]:
            raise self._unknown(unknown, visible)
        if not visible:
            raise PlatformRefused(
                f"{self._host()} shows no issuer at all to this sign-in.",
                code="not_found",
                action="Have the account added to the staff of your issuers there, or sign in with another account.",
            )
        return [by_id[each] for each in self.issuer_ids] or visible

    def _refusal(self, http: Http, issuer: Issuer | None) -> PlatformRefused:
        """Why badge classes are “not found”: an issuer that is not seen, or a permission that is missing."""
        visible = self.issuers(http)
        wanted = [issuer.id] if issuer else list(self.issuer_ids)
        if unknown := [each for each in wanted if each not in {seen.id for seen in visible}]:
            return self._unknown(unknown, visible)
        return PlatformRefused(
            f"{self._host()} shows the issuers to this sign-in, but answers “not found” for their badge classes: it "
            "may not read them, or the list no longer goes on where it was left.",
            code="permission_missing",
            action="Try once more; if it stays so, sign in again and allow the access to your issuers.",
        )

    def _unknown(self, unknown: list[str], visible: list[Issuer]) -> PlatformRefused:
        seen = f"It sees {_names(visible)}." if visible else "It sees none."
        return PlatformRefused(
            f"{self._host()} shows no issuer {' and no issuer '.join(unknown)} to this sign-in: there is none, or the "
            f"account is not on its staff; the platform does not say which. {seen}",
            code="not_found",
            action="Choose the issuers anew, or have the account added to the staff of this one.",
        )

    def _may_not_read_issuers(self) -> PlatformRefused:
        return PlatformRefused(
            f"{self._host()} answers “not found” when asked for the issuers: this sign-in may not read them, or the "
            "API does not start at this address; the platform does not say which.",
            code="permission_missing",
            action="Sign in again and allow the access to your issuers; check the API address of a server of your own.",
        )

    def _host(self) -> str:
        return urlsplit(self.base_url()).hostname or ""

    @classmethod
    def recognises(cls, item: Mapping[str, Any]) -> bool:
        kind = item.get("entityType")
        return "entityId" in item and (kind == "BadgeClass" or (kind is None and "openBadgeId" in item))

    def badge_id(self, raw: bytes) -> str:
        return badgeclass.badge_id(raw)

    def definition(self, raw: bytes) -> bytes:
        return badgeclass.definition(raw)

    def skips(self, badge: BadgeClass) -> str | None:
        return "it is archived" if badge.state == "archived" and not self.include_archived else None

    def badge_class(self, definition: bytes, issuer: Issuer) -> BadgeClass:
        return badgeclass.badge_class(definition, issuer, f"{self.base_url()}public/badges")


def _first_time(items: Iterable[bytes], seen: set[str]) -> list[bytes]:
    """Those that were not there before, noted in `seen`; those whose id cannot be told are each taken for new."""
    fresh = []
    for item in items:
        named = badgeclass.entity_id(item, "entityId")
        if named not in seen:
            fresh.append(item)
        if named:
            seen.add(named)
    return fresh


def _with_issuers(items: Iterable[bytes], issuer: Issuer | None, wanted: set[str]) -> Iterator[tuple[bytes, Issuer]]:
    """Each item of the wanted issuers with its own; where it names none, it is taken with the one that is listed."""
    for item in items:
        named = badgeclass.entity_id(item, "issuer")
        if named is None or not wanted or named in wanted:
            yield item, issuer or Issuer(id=named or "")


def _names(issuers: list[Issuer]) -> str:
    named = [f"{each.name} ({each.id})" if each.name else each.id for each in issuers]
    more = [f"{len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
    return " and ".join([*named[:MOST_NAMED], *more])
