"""Connections that sync by themselves: due once, to one worker, and not while they are paused."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import select, update

from connector.connections import accounts
from connector.connections.tables import connection as table
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened
from connector.problem import Problem
from connector.storage.database import now
from connector.sync import runs
from connector.sync.on_time import queue_due, sync_what_waits


@pytest.fixture
def account(this: Opened) -> int:
    college, templates = cedar_harbor_college()
    with PracticeCredly(college, templates[:5]) as platform:
        secrets = {"authorization_token": str(platform.token)}
        fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
        adapter = accounts.configured("credly", fields, secrets, this.settings)
    with this.database.transaction() as connection:
        made = accounts.connect(
            connection, this.keys, organization_id=1, name="Main", adapter=adapter, given=secrets, by="test"
        )
    return made.id


def make_due(this: Opened, account: int) -> None:
    with this.database.transaction() as connection:
        accounts.set_schedule(connection, account, "daily")
        connection.execute(update(table).values(next_run_at=now() - 1))


def asked(this: Opened, account: int) -> list[str]:
    with this.database.reading() as connection:
        return [row.requested_by for row in runs.of_connection(connection, account, 99)]


def test_a_connection_that_is_due_is_asked_to_sync_once(this: Opened, account: int) -> None:
    make_due(this, account)

    for _ in range(3):
        queue_due(this.database)

    assert asked(this, account) == ["schedule"]
    with this.database.reading() as connection:
        seconds = connection.execute(select(table.c.next_run_at - now())).scalar_one()
    assert 86_000 < seconds <= 86_400


def test_of_many_workers_one_asks(this: Opened, account: int) -> None:
    make_due(this, account)
    workers = [Thread(target=queue_due, args=(this.database,)) for _ in range(8)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert asked(this, account) == ["schedule"]


def test_a_connection_synced_by_hand_is_left_alone(this: Opened, account: int) -> None:
    queue_due(this.database)

    assert asked(this, account) == []


@pytest.mark.parametrize("state", ["paused", "draft", "needs_reconnect", "removed"])
def test_a_connection_that_does_not_work_is_left_alone(this: Opened, account: int, state: str) -> None:
    make_due(this, account)
    with this.database.transaction() as connection:
        accounts.set_state(connection, account, state)

    queue_due(this.database)

    assert asked(this, account) == []


def test_a_worker_does_what_it_asked_for(this: Opened, account: int) -> None:
    make_due(this, account)

    assert sync_what_waits(this.database, this.settings) is True
    assert sync_what_waits(this.database, this.settings) is False
    with this.database.reading() as connection:
        (row,) = runs.of_connection(connection, account, 99)
    assert row.finished_at is not None


def test_turning_a_schedule_off_leaves_nothing_due(this: Opened, account: int) -> None:
    make_due(this, account)
    with this.database.transaction() as connection:
        accounts.set_schedule(connection, account, "manual")

    queue_due(this.database)

    assert asked(this, account) == []


def test_an_unknown_schedule_is_refused(this: Opened, account: int) -> None:
    with this.database.transaction() as connection, pytest.raises(Problem, match="no schedule 'often'"):
        accounts.set_schedule(connection, account, "often")
