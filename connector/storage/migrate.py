"""Brings a database to the schema of this version, and tells whether it is there."""

from importlib.resources import files
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector.storage.database import Database

Schema = Literal["current", "absent", "older", "newer"]


def migrate(database: Database) -> None:
    """Apply what is missing. Safe to call again, and from several processes at once."""
    with database.transaction() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def schema(database: Database) -> Schema:
    """How the database's schema stands to this version of the software."""
    with database.reading() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    if there is None:
        return "absent"
    if there == scripts.get_current_head():
        return "current"
    return "older" if there in {script.revision for script in scripts.walk_revisions()} else "newer"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("connector.storage.migrations")))
    return config
