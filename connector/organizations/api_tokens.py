"""Tokens with which programs act for a person: scoped, with an end, stored as hashes only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from connector.clock import stamp
from connector.organizations import people
from connector.organizations.people import Person
from connector.organizations.tables import api_token
from connector.problem import Problem

SCOPES = {
    "read": "See connections, runs, records and publications.",
    "connect": "Connect platforms, change connections and start syncs.",
    "edit": "Edit records.",
    "approve": "Approve and reject records.",
    "publish": "Publish what is approved, and take it out again.",
}
LONGEST_DAYS = 366
PREFIX = "obc_"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as its owner sees it: never the token itself."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str
    last_used_at: str | None

    def as_json(self) -> dict[str, object]:
        """The token as doors show it."""
        return {name: getattr(self, name) for name in self.__slots__} | {"scopes": list(self.scopes)}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls by a token, and what the token allows."""

    person: Person
    scopes: frozenset[str]


def issue(
    connection: Connection, person_id: int, *, name: str, scopes: Iterable[str], days: int
) -> tuple[str, ApiToken]:
    """Make a token; its text, shown once and never again, and what is kept of it. Problem naming all that is wrong."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    problems = (
        ("name", "A token needs a name.", not name.strip()),
        ("scopes", "A token needs a scope or more.", not wanted),
        ("scopes", f"There is no scope {', '.join(unknown)}; there are: {', '.join(SCOPES)}.", bool(unknown)),
        ("days", f"A token lives for 1 to {LONGEST_DAYS} days.", not 1 <= days <= LONGEST_DAYS),
    )
    if wrong := {field: message for field, message, is_so in problems if is_so}:
        raise Problem(
            "invalid_token_request", " ".join(wrong.values()), action="Correct it and try again.", fields=wrong
        )
    text = PREFIX + token_urlsafe(32)
    made = insert(api_token).values(
        person_id=person_id,
        name=name.strip(),
        token_hash=_hash(text),
        scopes=wanted,
        created_at=stamp(),
        expires_at=stamp(timedelta(days=days)),
    )
    return text, _read(connection.execute(made.returning(api_token)).one())


def of_person(connection: Connection, person_id: int) -> list[ApiToken]:
    """A person's tokens, oldest first, those that have run out too."""
    query = select(api_token).where(api_token.c.person_id == person_id).order_by(api_token.c.id)
    return [_read(row) for row in connection.execute(query)]


def revoke(connection: Connection, person_id: int, token_id: int) -> None:
    """End one of a person's tokens at once. Problem where they have none with this id."""
    is_it = (api_token.c.person_id == person_id) & (api_token.c.id == token_id)
    if not connection.execute(delete(api_token).where(is_it)).rowcount:
        raise Problem(
            "token_not_found",
            f"There is no token {token_id}.",
            action="See which there are: badge-connector tokens list",
        )


def caller(connection: Connection, text: str) -> Caller | None:
    """Who calls with this token; None where it never was, was revoked, or has run out."""
    t = api_token.c
    row = connection.execute(
        select(api_token).where(t.token_hash == _hash(text), t.expires_at >= stamp())
    ).one_or_none()
    if row is None:
        return None
    return Caller(people.by_id(connection, row.person_id), frozenset(row.scopes))


def is_use_noted(connection: Connection, text: str) -> bool:
    """Whether it is remembered that a token was used today."""
    query = select(api_token.c.last_used_at).where(api_token.c.token_hash == _hash(text))
    return connection.execute(query).scalar_one_or_none() == stamp()[:10]


def note_use(connection: Connection, text: str) -> None:
    """Remember that a token was used, to the day: enough to tell which ones nobody needs any more."""
    today = stamp()[:10]
    is_it = (api_token.c.token_hash == _hash(text)) & api_token.c.last_used_at.is_distinct_from(today)
    connection.execute(update(api_token).where(is_it).values(last_used_at=today))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _read(row: Row[Any]) -> ApiToken:
    return ApiToken(row.id, row.name, tuple(row.scopes), row.created_at, row.expires_at, row.last_used_at)
