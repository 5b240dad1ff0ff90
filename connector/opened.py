"""What every door opens first: settings, database, keys."""

from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

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
