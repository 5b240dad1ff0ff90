"""Brings a database to the schema of this version, and tells whether it is there."""

from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import inspect, text

from connector.storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"

Schema = Literal["current", "absent", "older", "newer"]


def migrate(database: Database) -> None:
    """Apply what is missing. Safe to call again, and from several processes at once."""
    with database.transaction() as connection:
        config = _config()
        config.attributes["connection"] = connection
        import_module("alembic.command").upgrade(config, "head")


def schema(database: Database) -> Schema:
    """How the database's schema stands to this version of the software."""
    if not database.is_there():
        return "absent"
    with database.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return "absent"
        there = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    known = revisions()
    if there is None:
        return "absent"
    if there == known[-1]:
        return "current"
    return "older" if there in known else "newer"


def revisions() -> list[str]:
    """The revisions of this version in order: their files are named by them."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _config() -> Any:
    # Every command asks for the schema, few migrate: the library that does is loaded only then.
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
