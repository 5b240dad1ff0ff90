"""A database of the first schema, with what is in it, under the schema of today."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, inspect, text

from connector.credentials import decisions, queries, remap
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.demo.story import leave_some
from connector.opened import Opened, prepared
from connector.settings import Settings
from connector.storage import Database
from connector.storage.migrate import _config, schema


def as_it_was(folder: Path, today: Database) -> str:
    """The address of a database of the first schema with the same rows, as far as it had the columns."""
    path = folder / "before" / "connector.db"
    path.parent.mkdir()
    first = Database(f"sqlite:///{path}")
    with first.transaction() as connection:
        config = _config()
        config.attributes["connection"] = connection
        import_module("alembic.command").upgrade(config, "0001")
        tables = {name: [c["name"] for c in inspect(connection).get_columns(name)] for name in _tables(connection)}
    first.close()
    today.close()
    with closing(sqlite3.connect(path)) as old:
        old.execute("ATTACH ? AS today", (str(folder / "connector.db"),))
        for name, columns in tables.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            old.execute(f"INSERT INTO main.{name} ({listed}) SELECT {listed} FROM today.{name}")
        old.commit()
    return f"sqlite:///{path}"


def _tables(connection: Connection) -> list[str]:
    return [name for name in inspect(connection).get_table_names() if name != "alembic_version"]


def filled(folder: Path) -> Opened:
    url = f"sqlite:///{folder / 'connector.db'}"
    key = SecretStr("a key of more than thirty-two characters")
    college, templates = cedar_harbor_college()
    with PracticeCredly(college, templates[:60]) as platform:
        host = platform.url.removeprefix("http://")
        this = prepared(Settings(database_url=url, secret_key=key, allowed_private_hosts=host))
        leave_some(this, platform, lambda said: None)
    return this


def test_a_database_of_the_first_schema_keeps_everything_and_asks_to_be_mapped_again(tmp_path: Path) -> None:
    this = filled(tmp_path)
    with this.database.reading() as connection:
        before = queries.counts(connection)
        owner = connection.execute(text("SELECT id FROM organization")).scalar_one()
    settings = this.settings.model_copy(update={"database_url": as_it_was(tmp_path, this.database)})
    assert schema(Database(settings.database_url)) == "older"

    again = prepared(settings)

    with again.database.reading() as connection:
        assert queries.counts(connection) == before
        assert remap.outdated(connection, owner) == before["all"]
        which = queries.where(status="awaiting_approval")
        first = next(queries.listed(connection, which)).sourced.row.id
    with again.database.transaction() as connection:
        refused = decisions.approve(connection, [first], by="test")["refused"]
        assert [each["code"] for each in refused] == ["mapped_by_another_version"]
        affected = remap.remap(connection, owner, by="test", dry_run=False)
        assert (len(affected), sum(each.loses_approval for each in affected)) == (before["all"], 0)
        assert decisions.approve(connection, [first], by="test")["approved"] == 1
