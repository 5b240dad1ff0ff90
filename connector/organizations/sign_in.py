"""Signing in to the desk: by password, throttled, or by a link that works once; and the sessions that follow.

A session is known by a random token that only the browser keeps; here lies its hash.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from connector.clock import stamp
from connector.organizations import people
from connector.organizations.people import Person
from connector.organizations.tables import failed_sign_in, session, sign_in_link
from connector.problem import Problem
from connector.storage import Database

SESSION = timedelta(hours=12)
WRITTEN_AT_MOST_EVERY = timedelta(hours=1)
LINK = timedelta(hours=1)
WATCHED = timedelta(minutes=15)
MOST_FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS = 5
MOST_FOR_ONE_ACCOUNT = 50
MOST_FROM_ONE_ADDRESS = 30
MOST_CHECKED_AT_ONCE = 2
PATIENCE_SECONDS = 1.0
_checks = BoundedSemaphore(MOST_CHECKED_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser: who, which organization they look at, and the token that their forms carry."""

    key: str
    person: Person
    organization_id: int | None
    form_token: str
    notice: Any
    expires_at: str


def by_password(database: Database, email: str, password: str, *, address: str, instead_of: str = "") -> str:
    """Sign somebody in; the new session's token, and the end of the one it comes `instead_of`.

    Problem where e-mail address and password do not fit, or there were too many tries.
    """
    email = email.strip().lower()
    if len(email) > people.LONGEST_EMAIL or len(password) > people.LONGEST_PASSWORD:
        raise _refused()
    with database.reading() as connection:
        _refuse_too_many(connection, email, address)
        kept = people.password_hash(connection, email)
    with _checking_one():
        with database.transaction() as connection:
            _refuse_too_many(connection, email, address)
            _count(connection, email, address)
        fits = people.is_password(kept, password)
    if not fits:
        raise _refused()
    with database.transaction() as connection:
        if people.password_hash(connection, email) != kept:
            raise _refused()
        theirs = (failed_sign_in.c.email == email) & (failed_sign_in.c.address == address)
        connection.execute(delete(failed_sign_in).where(theirs))
        found = people.find(connection, email)
        assert found is not None
        return begin(connection, found.id, instead_of=instead_of)


def link(connection: Connection, person_id: int) -> str:
    """A token that signs a person in once, within the hour."""
    token = token_urlsafe(32)
    connection.execute(delete(sign_in_link).where(sign_in_link.c.expires_at < stamp()))
    connection.execute(
        insert(sign_in_link).values(token_hash=_hash(token), person_id=person_id, expires_at=stamp(LINK))
    )
    return token


def by_link(connection: Connection, token: str, *, instead_of: str = "") -> str:
    """Use a link up; the new session's token, and the end of the one it comes `instead_of`.

    Problem where it was used before, is too old, or never was.
    """
    fits = (sign_in_link.c.token_hash == _hash(token)) & (sign_in_link.c.expires_at >= stamp())
    used = connection.execute(delete(sign_in_link).where(fits).returning(sign_in_link.c.person_id)).one_or_none()
    if used is None:
        raise Problem(
            "link_used_up",
            "This sign-in link works once and has been used, or it is too old.",
            action="Start the demo again for a new one, or sign in with your password.",
        )
    return begin(connection, used.person_id, instead_of=instead_of)


def begin(connection: Connection, person_id: int, *, instead_of: str = "") -> str:
    """Begin a session; its token. The one it comes `instead_of` ends; those that have run out are forgotten."""
    token = token_urlsafe(32)
    gone = (session.c.expires_at < stamp()) | (session.c.token_hash == _hash(instead_of))
    connection.execute(delete(session).where(gone))
    connection.execute(
        insert(session).values(
            token_hash=_hash(token),
            person_id=person_id,
            form_token=token_urlsafe(32),
            created_at=stamp(),
            expires_at=stamp(SESSION),
        )
    )
    return token


def current(connection: Connection, token: str) -> Session | None:
    """The session with this token, unless it has run out."""
    query = select(session).where(session.c.token_hash == _hash(token), session.c.expires_at >= stamp())
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    who = people.by_id(connection, row.person_id)
    return Session(row.token_hash, who, row.organization_id, row.form_token, row.notice, row.expires_at)


def is_to_be_extended(current: Session) -> bool:
    """Whether it is long enough ago that a session was last extended."""
    return current.expires_at < stamp(SESSION - WRITTEN_AT_MOST_EVERY)


def extend(connection: Connection, key: str) -> None:
    """Have a session last from now on as long as a new one, unless it was extended or has ended meanwhile."""
    due = session.c.expires_at < stamp(SESSION - WRITTEN_AT_MOST_EVERY)
    is_it = (session.c.token_hash == key) & due & (session.c.expires_at >= stamp())
    connection.execute(update(session).where(is_it).values(expires_at=stamp(SESSION)))


def end(connection: Connection, key: str) -> None:
    """Sign out."""
    connection.execute(delete(session).where(session.c.token_hash == key))


def look_at(connection: Connection, key: str, organization_id: int) -> None:
    """Have a session look at another organization."""
    connection.execute(update(session).where(session.c.token_hash == key).values(organization_id=organization_id))


def leave_notice(connection: Connection, key: str, notice: Any) -> None:
    """Leave what the next page says once; None takes it away."""
    connection.execute(update(session).where(session.c.token_hash == key).values(notice=notice))


@contextmanager
def _checking_one() -> Iterator[None]:
    """A place among the few passwords that are checked at the same time. Problem where none gets free soon."""
    if not _checks.acquire(timeout=PATIENCE_SECONDS):
        raise Problem(
            "too_many_sign_ins", "Too many people sign in just now.", action="Wait a few seconds, then try again."
        )
    try:
        yield
    finally:
        _checks.release()


def _count(connection: Connection, email: str, address: str) -> None:
    """Count a try as failed before it is looked at, so that tries at the same time all count."""
    connection.execute(delete(failed_sign_in).where(failed_sign_in.c.failed_at < stamp(-WATCHED)))
    connection.execute(insert(failed_sign_in).values(email=email, address=address, failed_at=stamp()))


def _refused() -> Problem:
    return Problem(
        "sign_in_refused",
        "E-mail address and password do not fit.",
        action="Check both. Whoever runs this installation sets passwords with badge-connector init.",
    )


def _refuse_too_many(connection: Connection, email: str, address: str) -> None:
    of_account, from_address = failed_sign_in.c.email == email, failed_sign_in.c.address == address
    tries = (
        (MOST_FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS, of_account & from_address),
        (MOST_FOR_ONE_ACCOUNT, of_account),
        (MOST_FROM_ONE_ADDRESS, from_address),
    )
    if any(_failed(connection, of) >= most for most, of in tries):
        raise Problem(
            "too_many_sign_ins",
            "There were too many sign-ins that failed.",
            action=f"Wait {WATCHED.seconds // 60} minutes, then try again.",
        )


def _failed(connection: Connection, of: ColumnElement[bool]) -> int:
    lately = failed_sign_in.c.failed_at >= stamp(-WATCHED)
    return connection.execute(select(func.count()).select_from(failed_sign_in).where(of, lately)).scalar_one()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
