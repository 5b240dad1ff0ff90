"""Open Badges of any issuer that publishes them: by the addresses of badges, awards and lists; or in files."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator

from adapters.contract import Adapter, Check, CheckName, Cursor, Http, Page, SignIn, Unread, Watermark, Way
from adapters.open_badges.item import MEMBERS, badge_class, badge_id, definition, is_document
from adapters.open_badges.listing import Listing, Look
from mappings.open_badges.members import is_web
from mappings.open_badges.model import BadgeClass, Issuer

ON_THE_WEB, IN_FILES = "addresses", "documents"
LONGEST_ADDRESS = 2_000
LOOKED_AT = 3
CHECKS: tuple[CheckName, ...] = ("reach", "sign_in", "permission", "issuers", "badges")
_BETWEEN = re.compile(r"\s+|,+(?=https?://)", re.IGNORECASE)


def _split(given: Any) -> Any:
    """Addresses as a form gives them, one a line, or as a command line does, with commas or spaces between."""
    if not isinstance(given, str):
        return given
    return [address for each in _BETWEEN.split(given) if (address := each.strip(","))]


class OpenBadges(Adapter):
    """Badges that lie at addresses on the web, whoever issues them; and badges in files, which come by import."""

    slug = "open_badges"
    name = "Open Badges"
    ways: ClassVar[tuple[Way, ...]] = (
        Way(
            ON_THE_WEB,
            "Addresses on the web",
            "You need one address or several: of a badge, of an award of it, of an issuer's public list of badges, or "
            "of a file that lists such addresses. Where badges run on Badgr, the list is /public/issuers/{id}/badges, "
            "with the id from the address of the issuer's public page. In Moodle, a badge is at "
            "/badges/badge_json.php?id= and its number. In Open Badge Factory and elsewhere, take the address of the "
            "badge's JSON, or that of an award of it. Nothing is published before somebody has confirmed the right to.",
            fields=("addresses",),
        ),
        Way(
            IN_FILES,
            "Files and pasted documents",
            "You need the badges themselves: JSON, signed text, or a PNG or SVG with a badge baked in. They come in by "
            "import, once. Nothing is published before somebody has confirmed the right to.",
            by_import=True,
        ),
    )
    members = MEMBERS

    addresses: Annotated[tuple[str, ...], BeforeValidator(_split)] = Field(
        (),
        title="Addresses",
        description="One a line: of badges, of awards, of an issuer's public list, of a file that lists addresses.",
    )

    @field_validator("addresses")
    @classmethod
    def _are_whole(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            if not _is_whole(address):
                raise ValueError(
                    f"{address[:100]} is no whole address of a page: one such as https://badges.example/1.json is "
                    "expected"
                )
        return tuple(dict.fromkeys(addresses))

    def base_url(self) -> str | None:
        """None: badges are read wherever the addresses lead."""
        return None

    def authority(self) -> str:
        """What stands in for a host where a badge's id is no web address."""
        return self.slug

    def way(self, given: frozenset[str]) -> Way:
        on_the_web, in_files = self.ways
        return on_the_web if self.addresses else in_files

    def sign_in(self, given: frozenset[str]) -> SignIn | None:
        """None: only what is public is read."""
        return None

    def checks(self, http: Http) -> Iterator[Check]:
        """The first addresses are looked at, and of each list its first badge, so that it stays quick."""
        if not self.addresses:
            yield from (Check(name, True, "Nothing is fetched: badges come in by import.") for name in CHECKS)
            return
        looked_at = self.addresses[:LOOKED_AT]
        look = Listing(looked_at, http, self.requests_in_flight).look()
        if look.unanswered and len(look.unanswered) == len(looked_at):
            raise look.unanswered[0].why
        answer = f"{len(looked_at) - len(look.unanswered)} of {len(looked_at)} addresses answer."
        yield Check("reach", not look.unanswered, " ".join([answer, *map(_told, look.unanswered)]))
        yield Check("sign_in", True, "No sign-in is needed.")
        yield Check("permission", True, "Everything there may be read in public.")
        yield Check("issuers", True, _issued_by(look))
        if look.no_badges and not look.badges:
            raise look.no_badges[0].why
        badges = "1 badge" if look.badges == 1 else f"{look.badges} badges"
        found = f"{badges} {'is' if look.badges == 1 else 'are'} there."
        if len(looked_at) < len(self.addresses):
            found = f"The first {len(looked_at)} of {len(self.addresses)} addresses lead to {badges}."
        yield Check("badges", not look.no_badges, " ".join([found, *map(_told, look.no_badges)]))

    def issuers(self, http: Http) -> list[Issuer]:
        """None: there is no account that would have some, and each badge names its own."""
        return []

    def configured_issuer(self) -> Issuer | None:
        """None: each badge names its own."""
        return None

    def badges(
        self, http: Http, issuer: Issuer | None, since: Watermark | None, start: Cursor | None
    ) -> Iterator[Page]:
        """Pages in the order of the addresses; each badge comes once, with the issuer that it names itself.

        What cannot be fetched or is no badge is told, and the rest goes on. Where something could not be read that may
        be a badge, or a list of badges, the listing ends without an end.
        """
        return Listing(self.addresses, http, self.requests_in_flight).pages(start)

    def handed_over(self, http: Http, document: bytes) -> Iterator[Page]:
        """The badges of a file or of pasted text; what it leads to is fetched: pages of awards, issuers, addresses."""
        return Listing((), http, self.requests_in_flight).of_document(document)

    @classmethod
    def recognises(cls, item: Mapping[str, Any]) -> bool:
        return is_document(item)

    def badge_id(self, raw: bytes) -> str:
        return badge_id(raw)

    def definition(self, raw: bytes) -> bytes:
        return definition(raw)

    def skips(self, badge: BadgeClass) -> str | None:
        return f"its issuer says that it is {badge.state}" if badge.state in ("archived", "draft") else None

    def badge_class(self, definition: bytes, issuer: Issuer) -> BadgeClass:
        return badge_class(definition, issuer)


def _is_whole(address: str) -> bool:
    if not is_web(address) or len(address) > LONGEST_ADDRESS or not address.isprintable():
        return False
    parts = urlsplit(address)
    return bool(parts.hostname) and parts.username is None


def _told(unread: Unread) -> str:
    return f"{unread.badge_id}: {unread.why}"


def _issued_by(look: Look) -> str:
    return f"Issued by {', '.join(look.issuers)}." if look.issuers else "Each badge names its own issuer."
