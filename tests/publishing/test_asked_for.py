"""Publishing that is asked for and done by a worker: no request is lost, whatever else goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.credentials import decisions, queries
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.demo.story import leave_some
from connector.jobs.lease import held
from connector.opened import Opened, prepared
from connector.organizations.accounts import Organization
from connector.problem import Problem
from connector.publishing import publications, publish
from connector.publishing.tables import publishing_run
from connector.settings import Settings


@pytest.fixture
def this(tmp_path: Path) -> Opened:
    url = f"sqlite:///{tmp_path / 'connector.db'}"
    return prepared(Settings(database_url=url, allowed_private_hosts="127.0.0.1"))


@pytest.fixture
def owner(this: Opened) -> Organization:
    """An organization with some records published, and one more approved since."""
    college, templates = cedar_harbor_college()
    with PracticeCredly(college, templates[:60]) as platform:
        found = leave_some(this, platform, lambda said: None)
    with this.database.transaction() as connection:
        (waiting, *_) = ids(this, need="reapproval")
        assert decisions.approve(connection, [waiting], by="test")["approved"] == 1
    return found


def ids(this: Opened, **given: object) -> list[str]:
    with this.database.reading() as connection:
        return [each.sourced.row.id for each in queries.listed(connection, queries.where(**given))]  # type: ignore[arg-type]


def ask(this: Opened, owner: Organization) -> int:
    with this.database.transaction() as connection:
        return publish.request(connection, owner, by="test")


def work_off(this: Opened) -> int:
    """Have a worker do all that waits; how many runs it did."""
    done = 0
    while publish.publish_what_waits(this.database, this.settings):
        done += 1
    return done


def test_what_was_asked_for_is_done_by_the_next_worker(this: Opened, owner: Organization) -> None:
    run = ask(this, owner)

    assert work_off(this) == 1
    with this.database.reading() as connection:
        row = publications.run(connection, owner.id, run)
    assert row is not None
    assert (row.published, row.failed, row.problem) == (1, 0, None)
    assert row.total == row.published + row.unchanged
    assert ids(this, unsent=True) == []


def test_asking_twice_before_anybody_begins_is_one_run(this: Opened, owner: Organization) -> None:
    assert ask(this, owner) == ask(this, owner)
    assert work_off(this) == 1


def test_what_is_asked_for_during_a_run_is_done_after_it(this: Opened, owner: Organization) -> None:
    def turn(connection: object) -> int:
        return publications.request_run(connection, owner.id, "local", by="another")  # type: ignore[arg-type]

    with held(this.database, publishing_run, turn, and_then=publications.follow_up):
        ask(this, owner)
        assert work_off(this) == 0

    assert work_off(this) == 1
    assert ids(this, unsent=True) == []


def test_taking_a_record_out_leaves_a_waiting_request_waiting(this: Opened, owner: Organization) -> None:
    taken = ids(this, status="published")[-1]
    ask(this, owner)

    (outcome,) = publish.unpublish(this.database, this.settings, [taken], by="test")

    assert outcome.state == "unpublished"
    assert work_off(this) == 1
    assert ids(this, unsent=True) == []
    assert taken not in ids(this, status="published")


def test_taking_a_record_out_does_not_wait_for_ever(
    this: Opened, owner: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "PATIENCE_SECONDS", 0.5)
    taken = ids(this, status="published")[-1]

    def turn(connection: object) -> int:
        return publications.request_run(connection, owner.id, "local", by="another")  # type: ignore[arg-type]

    with held(this.database, publishing_run, turn), pytest.raises(Problem) as raised:
        publish.unpublish(this.database, this.settings, [taken], by="test")

    assert raised.value.code == "publishing_under_way"
    assert taken in ids(this, status="published")
