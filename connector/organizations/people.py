"""People who sign in: the first site-staff account, and passwords as argon2 hashes."""

from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, select, update

from connector.clock import stamp
from connector.organizations.tables import person
from connector.problem import Problem

LOCAL_OPERATOR = "local operator"
SHORTEST_PASSWORD = 12


def ensure_site_staff(connection: Connection, email: str, password: str | None) -> dict[str, object]:
    """Make the person site staff, with this password if one is given; an account that is there is kept."""
    email = email.strip().lower()
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@"):
        raise Problem("invalid_email", f"{email!r} is no e-mail address.", action="Give --email name@host.")
    there = connection.execute(select(person).where(person.c.email == email)).one_or_none()
    if there is None:
        connection.execute(insert(person).values(email=email, site_staff=True, created_at=stamp()))
    if password is not None:
        connection.execute(
            update(person).where(person.c.email == email).values(site_staff=True, password_hash=_hashed(password))
        )
    found = connection.execute(select(person.c.id, person.c.email).where(person.c.email == email)).one()
    return {"id": found.id, "email": found.email, "site_staff": True}


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Problem(
            "password_too_short",
            f"The password has fewer than {SHORTEST_PASSWORD} characters.",
            action="Give a longer one.",
        )
    return PasswordHasher().hash(password)
