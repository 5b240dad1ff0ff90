"""Signing in to the practice Credly: one authorization token, and OAuth client credentials for others."""

import base64
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from uuid import NAMESPACE_URL, uuid5

from connector.demo.loopback import Answer, Question, json_answer

Json = dict[str, Any]

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
    """The tokens that are accepted now. `lifetime`, in seconds, counts for the minted ones.

    `ends` is when the authorization token does, in RFC 3339; None for never.
    """

    def __init__(
        self, api_token: str | None, client_id: str, client_secret: str, lifetime: float, ends: str | None = None
    ) -> None:
        self.api_token = api_token
        self.api_token_ends = ends
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
            accepted = expected is not None and self.is_current() and _same(basic, (expected, ""))
            return SCOPES if accepted else None
        scheme, _, bearer = question.headers.get("Authorization", "").partition(" ")
        with self._lock:
            minted = self._minted.get(bearer) if scheme.lower() == "bearer" else None
        return minted.scopes if minted is not None and time.monotonic() < minted.ends else None

    def is_current(self) -> bool:
        """Whether the authorization token has not run out."""
        ends = self.api_token_ends
        return ends is None or datetime.fromisoformat(ends) > datetime.now(UTC)

    def listed(self, organization: Json) -> list[Json]:
        """The authorization tokens as the platform lists them; the values themselves stay out, unlike there."""
        if self.api_token is None:
            return []
        owner = {"type": "Organization", "id": organization["id"], "name": organization["name"]}
        return [
            {
                "id": str(uuid5(NAMESPACE_URL, f"{organization['id']}/authorization_tokens/1")),
                "token": "practice-value-that-nobody-may-keep",
                "owner_id": organization["id"],
                "description": "Made for the connector",
                "write_enabled": False,
                "read_enabled": True,
                "delete_enabled": False,
                "created_at": "2026-05-01T09:00:00.000Z",
                "expires_at": self.api_token_ends,
                "owner": owner,
            }
        ]

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
