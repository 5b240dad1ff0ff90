"""The worker's loop: every kind of work has its own turn, idle or not, and what fails ends it."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from connector.jobs.worker import work


def test_a_long_piece_of_one_kind_holds_up_no_other() -> None:
    until, long, short = threading.Event(), threading.Event(), threading.Event()

    def takes_long() -> bool:
        long.set()
        assert short.wait(10), "the other kind had no turn"
        until.set()
        return True

    def is_short() -> bool:
        if long.is_set():
            short.set()
        return False

    work([takes_long, is_short], until=until, with_parent=False)

    assert short.is_set()


def test_work_that_is_there_is_done_without_a_pause() -> None:
    until = threading.Event()
    left = list(range(200))

    def one() -> bool:
        if not left:
            until.set()
            return False
        left.pop()
        return True

    began = time.monotonic()
    work([one], until=until, with_parent=False)

    assert time.monotonic() - began < 2
    assert left == []


def test_what_fails_ends_the_worker_with_its_reason() -> None:
    def fails() -> bool:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        work([fails, lambda: False], until=threading.Event(), with_parent=False)


def test_a_busy_database_is_waited_for() -> None:
    until = threading.Event()
    times = iter([True, True, False])

    def busy_twice() -> bool:
        if next(times):
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
        until.set()
        return False

    work([busy_twice], until=until, with_parent=False)

    assert next(times, None) is None
