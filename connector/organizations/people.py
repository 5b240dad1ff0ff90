"""People who sign in: site staff for now, with passwords as argon2 hashes."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from connector.clock import stamp
from connector.organizations.tables import person, session
from connector.problem import Problem

LOCAL_OPERATOR = "local operator"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1000
LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. Site staff look after every organization."""

    id: int
    email: str
    site_staff: bool


def ensure_site_staff(connection: Connection, email: str, password: str | None) -> Person:
    """Make the person site staff; an account that is there is kept. A new password ends their sessions."""
    email = email.strip().lower()
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or len(email) > LONGEST_EMAIL:
        raise Problem("invalid_email", f"{email!r} is no e-mail address.", action="Give --email name@host.")
    if find(connection, email) is None:
        connection.execute(insert(person).values(email=email, site_staff=True, created_at=stamp()))
    kept = password_hash(connection, email)
    if password is not None and (kept is None or not is_password(kept, password)):
        connection.execute(
            update(person).where(person.c.email == email).values(site_staff=True, password_hash=_hashed(password))
        )
        ids = select(person.c.id).where(person.c.email == email)
        connection.execute(delete(session).where(session.c.person_id.in_(ids)))
    found = find(connection, email)
    assert found is not None
    return found


def find(connection: Connection, email: str) -> Person | None:
    """The person with this e-mail address."""
    row = connection.execute(select(person).where(person.c.email == email.strip().lower())).one_or_none()
    return _read(row) if row else None


def by_id(connection: Connection, person_id: int) -> Person:
    """The person with this id."""
    return _read(connection.execute(select(person).where(person.c.id == person_id)).one())


def password_hash(connection: Connection, email: str) -> str | None:
    """The hash of somebody's password; None where there is no such account, or none that has one."""
    query = select(person.c.password_hash).where(person.c.email == email.strip().lower())
    return connection.execute(query).scalar_one_or_none()


def is_password(kept: str | None, password: str) -> bool:
    """Whether a password fits a hash. Takes as long where there is none, so that nobody learns who has an account."""
    try:
        return _hasher().verify(kept or _nobodys(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Problem(
            "password_too_short",
            f"The password has fewer than {SHORTEST_PASSWORD} characters.",
            action="Give a longer one.",
        )
    if len(password) > LONGEST_PASSWORD:
        raise Problem(
            "password_too_long",
            f"The password has more than {LONGEST_PASSWORD:,} characters.",
            action="Give a shorter one.",
        )
    return _hasher().hash(password)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")


def _read(row: Row[Any]) -> Person:
    return Person(row.id, row.email, row.site_staff)
