"""What every badge platform answers to. An adapter holds no token, no retry and no `try`.

Its fields are settings and draw the connect form; its secrets are only named here and kept elsewhere, sealed.
`Http` comes to it ready: base address, sign-in and renewal, time-outs, retries, rate limit and size caps inside.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, NewType, Protocol, Self, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from adapters.slicing import member, sliced
from mappings.open_badges.model import BadgeClass, Issuer

Cursor = NewType("Cursor", str)
Watermark = NewType("Watermark", str)
Body = TypeVar("Body")
Listing = TypeVar("Listing", bound=msgspec.Struct)
CheckName = Literal["reach", "sign_in", "permission", "issuers", "badges"]


class AuthorizationExpired(Exception):
    """The platform no longer accepts the stored sign-in: a person must reconnect."""


class PlatformUnavailable(Exception):
    """The platform cannot answer now: try again, after `retry_after` seconds if it said so."""

    def __init__(self, message: str, *, code: str = "platform_unavailable", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class PlatformRefused(Exception):
    """The platform answered, and the answer is no: unknown organization, missing permission, a wrong setting.

    `code` is stable, `action` is what a person can do about it.
    """

    def __init__(self, message: str, *, code: str, action: str) -> None:
        super().__init__(message)
        self.code = code
        self.action = action


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret the platform hands out: its `name` in `--secret NAME=…`, its form label, and where to find it.

    `expires`: it runs out, and a person is asked when, where the platform does not tell. `kept` is False for one that
    is used once, to sign in, and never stored.
    """

    name: str
    label: str
    help: str
    expires: bool = False
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """One way into a platform: which settings and secrets it asks for, and what a person needs before they start.

    `fields` and `secrets` are names of the adapter's, all of them needed; those in `optional` are asked for beside them
    and may be left out. `undocumented`: the platform promises nothing about what is read this way. `by_import`: nothing
    is listed, badges come in documents that a person hands over.
    """

    name: str
    title: str
    needs: str
    fields: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    undocumented: bool = False
    by_import: bool = False


@dataclass(frozen=True, slots=True)
class ApiToken:
    """Sign-in by a token that goes with every request: Basic (token as user name) or Bearer."""

    secret: str
    scheme: Literal["basic", "bearer"]


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """Sign-in by OAuth 2.0 client credentials (RFC 6749 §4.4) at `token_endpoint`."""

    token_endpoint: str
    client_id: str
    client_secret: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """Sign-in as a person who consents on the platform's own page (RFC 6749 §4.1 with PKCE, RFC 7636).

    `client_id` is empty where the deployment's own client is taken; `client_secret` names a secret. `consent` says what
    the person is asked to allow, and why, in a sentence or two. Tokens are kept and renewed (§6) by whoever calls.
    """

    authorization_endpoint: str
    token_endpoint: str
    client_id: str
    client_secret: str
    scope: str
    consent: str


@dataclass(frozen=True, slots=True)
class PasswordCredentials:
    """Sign-in by a person's own name and password (RFC 6749 §4.3): exchanged for tokens once, never stored.

    `password` names a secret. Tokens are kept and renewed (§6) by whoever calls.
    """

    token_endpoint: str
    username: str
    password: str


SignIn = ApiToken | AuthorizationServer | AuthorizationCode | PasswordCredentials


@dataclass(frozen=True, slots=True)
class Request:
    """One GET to the platform: a path under the base address, its query, and the one media type it takes, if just one.

    Some platforms answer a page for people wherever other types than JSON would be welcome too. Where there is no base
    address, the path is a whole address.
    """

    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    accept: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, body (size-capped, decoded from transfer encodings) and lower-case headers.

    `address` is where the answer was found, after redirects.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    address: str = ""


_UNREAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_json(answer: Answer, of: type[Body]) -> Body:
    """An answer's JSON as a msgspec type. Raises PlatformUnavailable where it is not JSON, or not of that form."""
    try:
        return msgspec.json.decode(answer.body, type=of)
    except _UNREAD as unread:
        message = f"The platform's answer could not be read: {unread}."
        if answer.body.lstrip().startswith(b"<"):
            message = "The platform answered with a web page where data was expected: wrong address, or under repair."
        raise PlatformUnavailable(message, code="unreadable_answer") from None


def read_listing(answer: Answer, of: type[Listing], items: str) -> Listing:
    """An answer's JSON as `read_json` reads it, but no item of its list `items` can spoil it for the others.

    The list's type is `list[msgspec.Raw]`; an item that is no JSON is passed on as it came. Raises
    PlatformUnavailable where the rest is not of the form, or where it cannot be told where an item ends.
    """
    try:
        return msgspec.json.decode(answer.body, type=of)
    except _UNREAD:
        try:
            envelope, texts = sliced(answer.body, items)
        except ValueError:
            return read_json(answer, of)
    read = read_json(replace(answer, body=envelope), of)
    return msgspec.structs.replace(read, **{items: [msgspec.Raw(text) for text in texts]})


def read_member(item: bytes, name: str) -> bytes | None:
    """The text of an item's member, also where the rest of the item is no JSON; None where it has no such member."""
    try:
        found = msgspec.json.decode(item, type=dict[str, msgspec.Raw]).get(name)
    except _UNREAD:
        return member(item, name)
    return None if found is None else bytes(found)


class Http(Protocol):
    """The one way out. Raises AuthorizationExpired, PlatformUnavailable, PlatformRefused; retries by itself."""

    def get(self, request: Request) -> Answer:
        """Answer with a 2xx status, else raise."""

    def in_order(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer]:
        """Answers in the order of `requests`, at most `ahead` in flight; closing the iterator cancels the rest."""

    def each(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer | PlatformRefused | PlatformUnavailable]:
        """As `in_order`, but one request that fails has its failure in the place of an answer, and the others go on."""


@dataclass(frozen=True, slots=True)
class Check:
    """One named test of a connection, with the sentence a person reads."""

    name: CheckName
    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Where an issued badge can be checked: the address machines ask, and the directory people search."""

    service: str
    directory: str


@dataclass(frozen=True, slots=True)
class BadgeKey:
    """What a badge is known by, whatever address it is seen under: the host family that vouches for it, and its id."""

    authority: str
    badge_id: str

    def __str__(self) -> str:
        return f"{self.authority}|{self.badge_id}"


@dataclass(frozen=True, slots=True)
class Unread:
    """A badge of a listing that did not come: by which id it is known, and why. `gone`: it is not there any more."""

    badge_id: str
    why: PlatformRefused | PlatformUnavailable
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of raw items. `next` is None only on the page that ends a listing which was read whole.

    `total` is what the platform says the whole listing holds, `watermark` its own latest time of change. `unread` are
    badges that the listing names and that could not be fetched.
    """

    items: tuple[tuple[bytes, Issuer], ...]
    next: Cursor | None
    watermark: Watermark | None = None
    total: int | None = None
    unread: tuple[Unread, ...] = ()


class Adapter(BaseModel, ABC):
    """One badge platform. Fields: settings of a connection, never secrets."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    slug: ClassVar[str]
    name: ClassVar[str]
    secrets: ClassVar[tuple[Secret, ...]] = ()
    ways: ClassVar[tuple[Way, ...]]
    verification: ClassVar[Verification | None] = None
    issuer_choice: ClassVar[str | None] = None
    """The setting (a tuple of ids) that says which of an account's issuers are read; empty reads all of them."""
    members: ClassVar[Mapping[str, str]] = {}
    """The platform's own name of a badge class member, where it has another one: for showing where values come from."""
    settings_version: ClassVar[int] = 1

    requests_in_flight: int = Field(
        1, ge=1, le=16, title="Requests at once", description="How many requests may be under way at once."
    )
    requests_per_minute: int = Field(
        120, ge=1, le=6000, title="Requests a minute", description="How many requests a minute are polite here."
    )

    @classmethod
    def for_reading(cls) -> Self:
        """An adapter without a connection: good for the pure methods, for documents that lie in a file."""
        return cls.model_construct()

    @abstractmethod
    def base_url(self) -> str | None:
        """Where the platform's API starts, with a trailing slash; None reads anywhere in public, and never signs in."""

    @abstractmethod
    def authority(self) -> str:
        """The canonical host family that vouches for badge ids: one badge keeps it under every host name."""

    @classmethod
    def known_as(cls, address: str) -> BadgeKey | None:
        """Pure: the badge that an address names, if this platform vouches for it, in every spelling of the address.

        So a badge that is seen by its public address stays the same one when somebody signs in later.
        """
        return None

    @classmethod
    def issuer_known_as(cls, address: str) -> str | None:
        """Pure: the platform's own id of the issuer that an address names, as `known_as` does for a badge."""
        return None

    @abstractmethod
    def way(self, given: frozenset[str]) -> Way:
        """The one of `ways` that the settings and the given secrets select. ValueError names all that is missing."""

    @abstractmethod
    def sign_in(self, given: frozenset[str]) -> SignIn | None:
        """How to sign in by the way that is selected; None reads in public. ValueError as for `way`."""

    def sign_in_ends(self, http: Http) -> str | None:
        """The day (`YYYY-MM-DD`) on which the stored sign-in runs out, or may run out; None where nobody tells.

        Raises as `Http` does: whoever asks takes PlatformRefused for None, since not every sign-in may see this.
        """
        return None

    def signed_in_as(self, http: Http) -> str | None:
        """The id of the account that is signed in, to tell one person from another; None where nobody tells.

        Raises as `Http` does. Only a mark of it is kept.
        """
        return None

    @abstractmethod
    def checks(self, http: Http) -> Iterator[Check]:
        """Named tests of the connection, in the order reach, sign_in, permission, issuers, badges."""

    @abstractmethod
    def issuers(self, http: Http) -> list[Issuer]:
        """The issuers this sign-in can see; may be empty."""

    @abstractmethod
    def configured_issuer(self) -> Issuer | None:
        """The one issuer that the settings name, without asking the platform; None where they name none or several."""

    def chosen_issuers(self) -> tuple[str, ...]:
        """The ids of the issuers that the settings choose; none where all are read, or where there is no choice."""
        return tuple(getattr(self, self.issuer_choice)) if self.issuer_choice else ()

    @abstractmethod
    def badges(
        self, http: Http, issuer: Issuer | None, since: Watermark | None, start: Cursor | None
    ) -> Iterator[Page]:
        """Pages of raw items from `start` on; only what changed after `since` where the platform can tell.

        Where there is an `issuer_choice`, each chosen issuer is listed by a call of its own.
        """

    def handed_over(self, http: Http, document: bytes) -> Iterator[Page]:
        """Pages of the badges in a document that a person hands over, and of those that it leads to.

        Only where a way is `by_import`. A page's `next` says nothing here.
        """
        return iter(())

    @classmethod
    @abstractmethod
    def recognises(cls, item: Mapping[str, Any]) -> bool:
        """Whether one parsed item has this platform's own shape."""

    @abstractmethod
    def badge_id(self, raw: bytes) -> str:
        """The platform's key of an item, also where the rest of it cannot be read. ValueError where it has none."""

    @abstractmethod
    def definition(self, raw: bytes) -> bytes:
        """Pure: the known members only, in canonical form; names, never values, of those left out are kept."""

    @abstractmethod
    def skips(self, badge: BadgeClass) -> str | None:
        """Why a badge that is not known yet stays out of a sync (a draft, a private one); None takes it in."""

    @abstractmethod
    def badge_class(self, definition: bytes, issuer: Issuer) -> BadgeClass:
        """Pure: the item in the source vocabulary. ValueError with a sentence where it cannot be read."""
