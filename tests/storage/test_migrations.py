"""The migrations lead to the tables that the code describes, once, and from any number of processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr

from connector.opened import opened, prepared
from connector.problem import Problem
from connector.settings import Settings
from connector.storage import Database
from connector.storage.metadata import metadata
from connector.storage.migrate import migrate, schema
from connector.storage.migrations.tables import load

MIGRATE = """
import sys
from connector.storage import Database
from connector.storage.migrate import migrate, schema

database = Database(sys.argv[1])
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
migrate(database)
assert schema(database) == "current"
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'connector.db'}"


@pytest.fixture
def settings(url: str) -> Settings:
    return Settings(database_url=url, secret_key=SecretStr("a key of more than thirty-two characters"))


def test_the_migrated_schema_is_the_one_the_tables_describe(url: str) -> None:
    database = Database(url)
    migrate(database)
    load()

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_index_and_constraint_has_the_name_that_later_migrations_rely_on(url: str) -> None:
    database = Database(url)
    migrate(database)
    load()

    described = {index.name for table in metadata.tables.values() for index in table.indexes}
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        assert {name for (name,) in rows} == described


def test_migrating_twice_changes_nothing(url: str, tmp_path: Path) -> None:
    migrate(Database(url))
    before = _schema_of(tmp_path)

    migrate(Database(url))

    assert _schema_of(tmp_path) == before
    assert schema(Database(url)) == "current"


def test_a_database_says_how_it_stands_to_this_version(url: str) -> None:
    assert schema(Database(url)) == "absent"
    migrate(Database(url))
    assert schema(Database(url)) == "current"


@pytest.mark.parametrize("processes", [2, 4])
def test_several_processes_may_migrate_at_once(url: str, processes: int, tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in started]

    assert [end for end in ends if end[1]] == []
    with closing(sqlite3.connect(tmp_path / "connector.db")) as second:
        assert second.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_a_migration_that_fails_half_way_leaves_nothing_behind(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "connector.db")) as second, second:
        second.execute("CREATE TABLE registry_envelope (id INTEGER PRIMARY KEY)")
    before = _schema_of(tmp_path)

    with pytest.raises(Exception, match="registry_envelope"):
        migrate(Database(url))

    assert _schema_of(tmp_path) == before


def test_the_schema_of_a_newer_version_is_refused(settings: Settings, tmp_path: Path) -> None:
    prepared(settings)
    _revise(tmp_path, "9999")

    with pytest.raises(Problem, match="newer") as refused:
        opened(settings)

    assert refused.value.code == "schema_newer"


def test_init_does_not_touch_the_schema_of_a_newer_version(settings: Settings, tmp_path: Path) -> None:
    prepared(settings)
    _revise(tmp_path, "9999")
    before = _schema_of(tmp_path)

    with pytest.raises(Problem, match="newer") as refused:
        prepared(settings)

    assert refused.value.code == "schema_newer"
    assert _schema_of(tmp_path) == before


def _revise(folder: Path, revision: str) -> None:
    with closing(sqlite3.connect(folder / "connector.db")) as second, second:
        second.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def _schema_of(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "connector.db")) as second:
        rows = second.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        if any(name == "alembic_version" for name, _ in rows):
            rows += second.execute("SELECT 'revision', version_num FROM alembic_version").fetchall()
        return rows
