"""Who may work on a row: one at a time, for as long as it lives and renews, by the database's clock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, update

from connector.jobs import lease
from connector.jobs.lease import Superseded, claim, is_held, kept_alive, lease_columns, renew
from connector.storage import Database
from connector.storage.database import now

work = Table(
    "work",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("finished_at", String),
    *lease_columns(),
)

CLAIM_AND_WAIT = """
import sys, time
from sqlalchemy import Column, Integer, MetaData, String, Table
from connector.jobs.lease import claim, lease_columns
from connector.storage import Database

work = Table(
    "work", MetaData(), Column("id", Integer, primary_key=True), Column("finished_at", String), *lease_columns()
)
with Database(sys.argv[1]).transaction() as connection:
    fence = claim(connection, work, 1)
print(fence, flush=True)
time.sleep(120)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'work.db'}")
    with database.transaction() as connection:
        work.metadata.create_all(connection)
        connection.execute(insert(work).values(id=1))
    yield database
    database.close()


def test_a_row_is_claimed_once(database: Database) -> None:
    assert _claim(database) == 1
    assert _claim(database) is None
    with database.reading() as connection:
        assert is_held(connection, work, 1)


def test_a_finished_row_is_not_claimed(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(update(work).values(finished_at="2026-01-01T00:00:00Z"))

    assert _claim(database) is None


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_fence(database: Database) -> None:
    first = _claim(database)
    _let_it_run_out(database)

    second = _claim(database)

    assert (first, second) == (1, 2)


def test_whoever_was_superseded_can_neither_renew_nor_write(database: Database) -> None:
    stale = _claim(database)
    assert stale is not None
    _let_it_run_out(database)
    fresh = _claim(database)
    assert fresh is not None

    with pytest.raises(Superseded), database.transaction() as connection:
        renew(connection, work, 1, stale)
    with database.transaction() as connection:
        renew(connection, work, 1, fresh)


def test_a_finished_row_is_not_renewed(database: Database) -> None:
    fence = _claim(database)
    assert fence is not None
    with database.transaction() as connection:
        connection.execute(update(work).values(finished_at="2026-01-01T00:00:00Z"))

    with pytest.raises(Superseded), database.transaction() as connection:
        renew(connection, work, 1, fence)


def test_renewing_extends_the_lease_by_the_databases_clock(database: Database) -> None:
    fence = _claim(database)
    assert fence is not None
    with database.transaction() as connection:
        connection.execute(update(work).values(lease_until=now() + 1))
        renew(connection, work, 1, fence)
        left = connection.execute(select(work.c.lease_until - now())).scalar_one()

    assert lease.LEASE_SECONDS - 1 < left <= lease.LEASE_SECONDS


def test_the_clock_of_this_process_does_not_matter(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    fence = _claim(database)
    monkeypatch.setattr(time, "time", lambda: 4e9)

    assert fence == 1
    assert _claim(database) is None
    with database.reading() as connection:
        until = connection.execute(select(work.c.lease_until)).scalar_one()
        assert connection.execute(select(func.julianday("now"))).scalar_one() < 2440587.5 + until / 86400


def test_a_claim_that_is_kept_alive_outlives_its_first_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.5)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.1)
    fence = _claim(database)
    assert fence is not None

    with kept_alive(database, work, 1, fence):
        time.sleep(1.2)
        assert _claim(database) is None
    time.sleep(0.7)

    assert _claim(database) == fence + 1


def test_of_many_claimants_at_once_one_wins(database: Database) -> None:
    together = threading.Barrier(8)
    won: list[int | None] = []

    def claimant() -> None:
        together.wait()
        won.append(_claim(database))

    threads = [threading.Thread(target=claimant) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won, key=str) == [1, *[None] * 7]


def test_of_two_processes_at_once_one_wins(database: Database) -> None:
    started = [_claiming(database) for _ in range(2)]
    try:
        assert sorted(_said(process) for process in started) == ["1", "None"]
    finally:
        _killed(*started)


def test_the_row_of_a_living_process_is_not_taken(database: Database) -> None:
    process = _claiming(database)
    try:
        assert _said(process) == "1"
        assert _claim(database) is None
    finally:
        _killed(process)


def test_the_row_of_a_process_that_was_killed_is_taken_over_at_once(database: Database) -> None:
    process = _claiming(database)
    assert _said(process) == "1"

    process.kill()
    end = time.monotonic() + 5
    while (fence := _claim(database)) is None:
        assert time.monotonic() < end, "only the end of the lease freed it"
        time.sleep(0.01)

    _killed(process)
    assert fence == 2


def test_a_dead_process_that_nobody_has_buried_yet_is_dead(database: Database) -> None:
    process = _claiming(database)
    assert _said(process) == "1"
    process.kill()
    end = time.monotonic() + 5
    while Path(f"/proc/{process.pid}/stat").exists() and ") Z" not in Path(f"/proc/{process.pid}/stat").read_text():
        assert time.monotonic() < end
        time.sleep(0.01)

    assert _claim(database) == 2, "the child was not waited for, so its process id still exists"
    _killed(process)


def test_another_process_under_the_same_id_is_not_the_owner(database: Database) -> None:
    assert _claim(database) == 1
    with database.transaction() as connection:
        owner = connection.execute(select(work.c.owner)).scalar_one()
        connection.execute(update(work).values(owner=owner.rpartition("|")[0] + "|1"))

    assert _claim(database) == 2


def test_an_owner_on_another_host_is_believed_until_its_lease_ends(database: Database) -> None:
    assert _claim(database) == 1
    with database.transaction() as connection:
        connection.execute(update(work).values(owner="another-host|boot|999999|1"))
    assert _claim(database) is None

    _let_it_run_out(database)

    assert _claim(database) == 2


def _claim(database: Database) -> int | None:
    with database.transaction() as connection:
        return claim(connection, work, 1)


def _let_it_run_out(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(update(work).values(lease_until=now() - 1))


def _claiming(database: Database) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", CLAIM_AND_WAIT, database.url], stdout=subprocess.PIPE, text=True)


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _killed(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.kill()
        process.communicate()
