"""What every door opens first: settings, database, keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DatabaseError

import adapters
from adapters import installed
from connector.connections.secrets import Keyring, ensure_key, keyring, unreadable
from connector.problem import Problem
from connector.settings import Settings
from connector.storage import Database
from connector.storage.migrate import Schema, migrate, schema

_UNUSABLE: dict[Schema, tuple[str, str, str]] = {
    "absent": ("not_initialized", "The database is empty.", "Run badge-connector init first."),
    "older": (
        "schema_older",
        "The database is of an older version.",
        "Run badge-connector init to bring it up.",
    ),
    "newer": ("schema_newer", "The database is of a newer version.", "Install that version of the software."),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A ready connector: its settings, its database with the schema of this version, its keys."""

    settings: Settings
    database: Database

    @property
    def keys(self) -> Keyring:
        """The keys for secrets at rest."""
        return keyring(self.settings)


def opened(settings: Settings | None = None) -> Opened:
    """Open the database. Problem where it cannot be reached or is not of this version."""
    settings = settings or given_settings()
    with _reached():
        database = Database(settings.database_url)
        stands = schema(database)
    if stands in _UNUSABLE:
        raise _unusable(stands)
    return Opened(settings, database)


def prepared(settings: Settings | None = None) -> Opened:
    """Make the key and migrate, then open: what `init` does, as often as one likes."""
    settings = settings or given_settings()
    with _reached():
        database = Database(settings.database_url)
        if schema(database) == "newer":
            raise _unusable("newer")
        ensure_key(settings)
        keyring(settings)
        migrate(database)
    return opened(settings)


def given_settings() -> Settings:
    """The settings of the environment. Problem naming each that cannot be used, never its value."""
    try:
        return Settings()
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False)
        named = "; ".join(f"CONNECTOR_{str(each['loc'][0]).upper()}: {each['msg']}" for each in errors)
        raise Problem("invalid_setting", f"{named}.", action="Correct the variable.") from None
    except OSError as failed:
        raise Problem(
            "invalid_setting", f"{failed.filename} cannot be read: {failed.strerror}.", action="Correct the variable."
        ) from None


def _unusable(stands: Schema) -> Problem:
    code, message, action = _UNUSABLE[stands]
    return Problem(code, message, action=action)


@contextmanager
def _reached() -> Iterator[None]:
    """Says in a sentence why a database cannot be opened; its address may hold a password and is not repeated."""
    try:
        yield
    except (DatabaseError, ArgumentError, ModuleNotFoundError, OSError) as failed:
        reason = getattr(failed, "orig", None) or getattr(failed, "strerror", None) or type(failed).__name__
        raise Problem(
            "database_unreachable", f"The database cannot be opened: {reason}.", action="Check CONNECTOR_DATABASE_URL."
        ) from None


class Examined(NamedTuple):
    """One thing `doctor` looked at."""

    name: str
    ok: bool
    message: str


def examined(settings: Settings | None = None) -> list[Examined]:
    """Whether schema, keys, sealed secrets and adapters are in order; each with a sentence."""
    found = [Examined("adapters", bool(installed()), f"{', '.join(installed())}, from {adapters.__path__[0]}.")]
    try:
        this = opened(settings or given_settings())
        found.append(Examined("database", True, "It has the schema of this version."))
    except Problem as problem:
        return [*found, Examined("database", False, f"{problem.message} {problem.action}")]
    try:
        with this.database.reading() as connection:
            sealed = unreadable(connection, this.keys)
        message = f"{len(sealed)} cannot be opened: {', '.join(sealed)}." if sealed else "All can be opened."
        found.append(Examined("secrets", not sealed, message))
    except Problem as problem:
        found.append(Examined("secrets", False, f"{problem.message} {problem.action}"))
    return found
