"""What every door opens first: settings, database, keys."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.exc import OperationalError

import adapters
from adapters import installed
from connector.connections import accounts
from connector.connections.secrets import Keyring, ensure_key, keyring
from connector.problem import Problem
from connector.settings import Settings
from connector.storage import Database
from connector.storage.migrate import migrate, schema

_UNUSABLE = {
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
    settings = settings or Settings()
    database = Database(settings.database_url)
    try:
        stands = schema(database)
    except OperationalError as failed:
        raise Problem(
            "database_unreachable",
            f"The database cannot be opened: {failed.orig}.",
            side="ours",
            action="Check CONNECTOR_DATABASE_URL.",
        ) from None
    if stands in _UNUSABLE:
        code, message, action = _UNUSABLE[stands]
        raise Problem(code, message, action=action)
    return Opened(settings, database)


def prepared(settings: Settings | None = None) -> Opened:
    """Make the key and migrate, then open: what `init` does, as often as one likes."""
    settings = settings or Settings()
    ensure_key(settings)
    keyring(settings)
    migrate(Database(settings.database_url))
    return opened(settings)


class Examined(NamedTuple):
    """One thing `doctor` looked at."""

    name: str
    ok: bool
    message: str


def examined(settings: Settings | None = None) -> list[Examined]:
    """Whether schema, keys, sealed secrets and adapters are in order; each with a sentence."""
    settings = settings or Settings()
    found = [Examined("adapters", bool(installed()), f"{', '.join(installed())}, from {adapters.__path__[0]}.")]
    try:
        this = opened(settings)
        found.append(Examined("database", True, "It has the schema of this version."))
    except Problem as problem:
        return [*found, Examined("database", False, f"{problem.message} {problem.action}")]
    try:
        with this.database.reading() as connection:
            sealed = accounts.unreadable_secrets(connection, this.keys)
        message = f"{len(sealed)} cannot be opened: {', '.join(sealed)}." if sealed else "All can be opened."
        found.append(Examined("secrets", not sealed, message))
    except Problem as problem:
        found.append(Examined("secrets", False, f"{problem.message} {problem.action}"))
    return found
