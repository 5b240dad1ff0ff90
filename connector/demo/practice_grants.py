"""The token endpoint of the practice Canvas Credentials: codes with PKCE, rotating refresh tokens, throttling.

Whatever goes wrong at `/o/token` makes the next request wait, for 2, 4, 8 ... seconds, whoever it is from: the real
server counts by address where no user name is sent, and so does this one, which has one address. Some errors are JSON
that says it is `text/html`. Both are as on the real server.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from math import ceil
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from connector.demo.loopback import HTML, Answer, Question, json_answer

Json = dict[str, Any]
Form = dict[str, str]

SCOPES = frozenset({"r:profile", "rw:profile", "r:backpack", "rw:backpack", "rw:issuer"})
PASSWORD_SCOPES = ("rw:profile", "rw:issuer", "rw:backpack")
LONGEST_WAIT = 3600
FORM = "application/x-www-form-urlencoded"
_NOT_KEPT = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


@dataclass
class User:
    """Somebody with an account. `issuers` are the entity ids of those they work for; None for all there are."""

    email: str
    password: str
    entity_id: str
    issuers: set[str] | None = None


@dataclass
class Application:
    """A confidential client. A redirect URI has to be one of these, letter by letter."""

    client_id: str
    client_secret: str
    name: str
    redirect_uris: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rules:
    """What differs between servers, or is not known of the real one.

    `token_lifetime` and `code_lifetime` are seconds on `clock`. With `slides`, an access token that is used in the
    second half of its life gets a new life. With `revokes_family`, a refresh token that is used twice ends all that
    came from the same consent, and with `used_code_revokes` so does a code. `refresh_needs_client`: the tokens of an
    application are refreshed by that application only. The waits after failures are multiplied by `throttle_scale`; 0
    ends them. `hosted`: a refused refresh is 401, otherwise 400.
    """

    hosted: bool = True
    token_lifetime: float = 86_400
    code_lifetime: float = 60
    slides: bool = True
    revokes_family: bool = True
    used_code_revokes: bool = False
    issues_refresh_tokens: bool = True
    refresh_needs_client: bool = True
    throttle_scale: float = 1.0
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Asked:
    """What an application asks a person for (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""

    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """On whose behalf a request comes, and what it may do."""

    user: User
    scopes: frozenset[str]


@dataclass
class _Family:
    """All tokens of one consent: the pair that is accepted now, and whether any is."""

    user: User
    scopes: tuple[str, ...]
    of_application: bool
    access: str = ""
    refresh: str = ""
    ends: float = 0
    alive: bool = True


@dataclass
class _Code:
    asked: Asked
    user: User
    ends: float
    used_for: _Family | None = None


class _Refused(Exception):
    """The answer to a token request that fails."""

    def __init__(self, error: str, said: str | None = None, *, status: int = 400) -> None:
        super().__init__(error)
        body = {"error": error, **({"error_description": said} if said else {})}
        self.answer = json_answer(status, body, *_NOT_KEPT)


class _RefusedInOwnWords(_Refused):
    """One with an error code that is none of RFC 6749, labelled as a page."""

    def __init__(self, error: str, *, status: int = 400, **members: Any) -> None:
        super().__init__(error)
        self.answer = Answer(status, json.dumps({"error": error, **members}).encode(), HTML)


class Grants:
    """The codes and tokens that are accepted now.

    `refreshes` counts the refresh tokens that were exchanged, `families_revoked` the consents that ended because a
    used refresh token or code came back.
    """

    def __init__(self, application: Application, users: list[User], rules: Rules) -> None:
        self.refreshes = 0
        self.families_revoked = 0
        self._application = application
        self._users = users
        self._rules = rules
        self._codes: dict[str, _Code] = {}
        self._by_access: dict[str, _Family] = {}
        self._by_refresh: dict[str, _Family] = {}
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def user(self, email: str, password: str) -> User | None:
        """The user with this e-mail address and password."""
        known = (each for each in self._users if each.email == email)
        return next((each for each in known if _same(each.password, password)), None)

    def code(self, asked: Asked, user: User) -> str:
        """A new code for what a person has allowed."""
        text = secrets.token_urlsafe(22)
        with self._lock:
            self._codes[text] = _Code(asked, user, self._rules.clock() + self._rules.code_lifetime)
        return text

    def mint(self, user: User, scopes: tuple[str, ...]) -> Json:
        """Tokens of the application, as if this person had just allowed these scopes."""
        with self._lock:
            return self._renewed(_Family(user, scopes, of_application=True))

    def grant(self, question: Question) -> Answer:
        """Answer a token request (RFC 6749, sections 4.1.3, 4.3.2, 5 and 6)."""
        form = dict(parse_qsl(question.body.decode("utf-8", "replace"), keep_blank_values=True))
        source = form.get("username", "")
        with self._lock:
            try:
                self._wait_out(source)
                return self._granted(question, form, source)
            except _Refused as refused:
                self._count(source, refused.answer.status)
                return refused.answer

    def signed_in(self, question: Question) -> SignedIn | None:
        """Who asks; None without an access token that is accepted now. May lengthen the life of the token."""
        scheme, _, bearer = question.headers.get("Authorization", "").partition(" ")
        now, lifetime = self._rules.clock(), self._rules.token_lifetime
        with self._lock:
            family = self._by_access.get(bearer) if scheme.lower() == "bearer" else None
            if family is None or not family.alive or family.access != bearer or now >= family.ends:
                return None
            if self._rules.slides and family.ends - now < lifetime / 2:
                family.ends = now + lifetime
            return SignedIn(family.user, frozenset(family.scopes))

    def expire(self) -> None:
        """End every access token; they can be refreshed."""
        with self._lock:
            for family in self._by_access.values():
                family.access = ""
            self._by_access.clear()

    def revoke(self) -> None:
        """End every access token and every refresh token."""
        with self._lock:
            for family in (*self._by_access.values(), *self._by_refresh.values()):
                family.alive = False
            self._by_access.clear()

    def calm(self) -> None:
        """Forget the failures that make the next token request wait."""
        with self._lock:
            self._failures.clear()

    def _granted(self, question: Question, form: Form, source: str) -> Answer:
        if question.raw_query or question.headers.get_content_type() != FORM:
            raise _Refused("invalid_request", "Token grant parameters must be sent in the body of the request.")
        match form.get("grant_type", "password"):
            case "authorization_code":
                family = self._by_code(question, form)
            case "refresh_token":
                family = self._by_refresh_token(question, form)
                self.refreshes += 1
            case "password":
                family = self._by_password(form)
            case _:
                raise _Refused("unsupported_grant_type")
        self._failures.pop(source, None)
        return json_answer(200, self._renewed(family), *_NOT_KEPT)

    def _by_code(self, question: Question, form: Form) -> _Family:
        self._check_client(question, form)
        code = self._codes.get(form.get("code", ""))
        if code is None or self._rules.clock() >= code.ends:
            raise _Refused("invalid_grant")
        if code.used_for is not None:
            if self._rules.used_code_revokes:
                self._end(code.used_for)
            raise _Refused("invalid_grant")
        if form.get("redirect_uri") != code.asked.redirect_uri:
            raise _Refused("invalid_request", "Mismatching redirect URI.")
        verifier = form.get("code_verifier")
        if not verifier:
            raise _Refused("invalid_request", "Code verifier required.")
        if not _same(challenge_of(verifier), code.asked.challenge):
            raise _Refused("invalid_grant")
        code.used_for = _Family(code.user, code.asked.scopes, of_application=True)
        return code.used_for

    def _by_refresh_token(self, question: Question, form: Form) -> _Family:
        token = form.get("refresh_token", "")
        family = self._by_refresh.get(token)
        names_client = "client_id" in form or "Authorization" in question.headers
        if names_client or (family and family.of_application and self._rules.refresh_needs_client):
            self._check_client(question, form)
        refused = _Refused("invalid_grant", status=401 if self._rules.hosted else 400)
        if family is None or not family.alive:
            raise refused
        if family.refresh != token:
            if self._rules.revokes_family:
                self._end(family)
            raise refused
        if not set(form.get("scope", "").split()) <= set(family.scopes):
            raise _Refused("invalid_scope")
        return family

    def _by_password(self, form: Form) -> _Family:
        scopes = tuple(form.get("scope", "").split()) or PASSWORD_SCOPES
        if not SCOPES.issuperset(scopes):
            raise _RefusedInOwnWords("invalid scope requested")
        user = self.user(form.get("username", ""), form.get("password", ""))
        if user is None:
            raise _Refused("invalid_grant", "Invalid credentials given.")
        return _Family(user, scopes, of_application=False)

    def _check_client(self, question: Question, form: Form) -> None:
        client_id, secret = _basic(question) or (form.get("client_id", ""), form.get("client_secret", ""))
        if not _same(client_id, self._application.client_id):
            raise _RefusedInOwnWords("invalid client_id")
        if not _same(secret, self._application.client_secret):
            raise _RefusedInOwnWords("invalid client_secret")

    def _renewed(self, family: _Family) -> Json:
        family.access = secrets.token_urlsafe(24)
        family.ends = self._rules.clock() + self._rules.token_lifetime
        self._by_access[family.access] = family
        granted = {
            "access_token": family.access,
            "token_type": "Bearer",
            "expires_in": int(self._rules.token_lifetime),
            "scope": " ".join(family.scopes),
        }
        if not self._rules.issues_refresh_tokens:
            return granted
        family.refresh = secrets.token_urlsafe(24)
        self._by_refresh[family.refresh] = family
        return {**granted, "refresh_token": family.refresh}

    def _end(self, family: _Family) -> None:
        self.families_revoked += family.alive
        family.alive = False

    def _wait_out(self, source: str) -> None:
        _, until = self._failures.get(source, (0, 0.0))
        if (left := until - self._rules.clock()) > 0:
            said = "Too many login attempts. Please wait and try again."
            raise _RefusedInOwnWords("login attempts throttled", status=429, error_description=said, expires=ceil(left))

    def _count(self, source: str, status: int) -> None:
        if self._rules.throttle_scale and status != 429:
            times = self._failures.get(source, (0, 0.0))[0] + 1
            wait = min(LONGEST_WAIT, 2.0 ** min(times, 12)) * self._rules.throttle_scale
            self._failures[source] = (times, self._rules.clock() + wait)


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a code verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _basic(question: Question) -> tuple[str, str] | None:
    scheme, _, encoded = question.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
