"""Signing in to the practice Credly: one authorization token, and OAuth client credentials for others."""

import base64
import hmac
import secrets
import time
from dataclasses import dataclass
from threading import Lock
from urllib.parse import parse_qsl, unquote_plus

from connector.demo.loopback import Answer, Question, json_answer

CHALLENGE = ("WWW-Authenticate", 'Basic realm="practice"')
SCOPES = frozenset(
    {
        "authorization_tokens",
        "badge_templates",
        "events",
        "invitations",
        "issued_badges",
        "memberships",
        "recommendations",
        "workforce",
    }
)


@dataclass(frozen=True)
class _Minted:
    scopes: frozenset[str]
    ends: float


class Tokens:
    """The tokens that are accepted now. `lifetime`, in seconds, counts for the minted ones."""

    def __init__(self, api_token: str | None, client_id: str, client_secret: str, lifetime: float) -> None:
        self.api_token = api_token
        self._client = (client_id, client_secret)
        self._lifetime = lifetime
        self._minted: dict[str, _Minted] = {}
        self._lock = Lock()

    def grant(self, question: Question) -> Answer:
        """Answer a token request by client credentials (RFC 6749, sections 2.3.1, 4.4 and 5)."""
        form = dict(parse_qsl(question.body.decode("utf-8", "replace"), keep_blank_values=True))
        encoded = question.headers.get_content_type() == "application/x-www-form-urlencoded"
        if question.raw_query or not encoded or "grant_type" not in form:
            return json_answer(400, {"error": "invalid_request"})
        basic = _basic(question)
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        client = (unquote_plus(basic[0]), unquote_plus(basic[1])) if basic else given
        if not _same(client, self._client):
            return json_answer(401, {"error": "invalid_client"}, CHALLENGE)
        if form["grant_type"] != "client_credentials":
            return json_answer(400, {"error": "unsupported_grant_type"})
        scopes = frozenset(form.get("scope", "").split()) or frozenset({"badge_templates"})
        if not scopes <= SCOPES:
            return json_answer(400, {"error": "invalid_scope"})
        return self._mint(scopes)

    def scopes(self, question: Question) -> frozenset[str] | None:
        """What the side that asks may do; None where it is not signed in."""
        basic = _basic(question)
        if basic is not None:
            expected = self.api_token
            return SCOPES if expected is not None and _same(basic, (expected, "")) else None
        scheme, _, bearer = question.headers.get("Authorization", "").partition(" ")
        with self._lock:
            minted = self._minted.get(bearer) if scheme.lower() == "bearer" else None
        return minted.scopes if minted is not None and time.monotonic() < minted.ends else None

    def revoke(self, *, api_token: bool) -> None:
        """Forget the minted tokens and, if asked for, the authorization token."""
        with self._lock:
            self._minted.clear()
        if api_token:
            self.api_token = None

    def _mint(self, scopes: frozenset[str]) -> Answer:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._minted[token] = _Minted(scopes, time.monotonic() + self._lifetime)
        granted = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(self._lifetime),
            "scope": " ".join(sorted(scopes)),
            "created_at": int(time.time()),
        }
        return json_answer(200, granted, ("Cache-Control", "no-store"))


def _basic(question: Question) -> tuple[str, str] | None:
    """User name and password of an RFC 7617 header, which needs its colon; None where there is none."""
    scheme, _, encoded = question.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None


def _same(given: tuple[str, str], wanted: tuple[str, str]) -> bool:
    return hmac.compare_digest("\0".join(given).encode(), "\0".join(wanted).encode())
