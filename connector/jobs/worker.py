"""The loop of a worker: each kind of work in a thread of its own, so that a long one holds up no other."""

import os
import threading
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import OperationalError

IDLE_SECONDS = 0.5
_log = structlog.get_logger(__name__)

Work = Callable[[], bool]
"""Does one piece of work that waits; answers whether there was one."""


def work(kinds: Sequence[Work], *, until: threading.Event, with_parent: bool) -> None:
    """Work until `until` is set; `with_parent`, also until the process that started this one is gone.

    Whatever a kind of work raises ends all of them: a worker that is started again begins with a clear head.
    """
    parent = os.getppid() if with_parent else None
    failures: list[BaseException] = []
    threads = [threading.Thread(target=_keep_at, args=(kind, until, failures), daemon=True) for kind in kinds]
    for thread in threads:
        thread.start()
    while not until.wait(IDLE_SECONDS) and (parent is None or os.getppid() == parent):
        pass
    until.set()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _keep_at(kind: Work, until: threading.Event, failures: list[BaseException]) -> None:
    while not until.is_set():
        try:
            if not kind():
                until.wait(IDLE_SECONDS)
        except BaseException as failed:
            if _is_busy(failed):
                _log.warning("the database is busy for longer than it may be")
                until.wait(IDLE_SECONDS)
                continue
            failures.append(failed)
            until.set()


def _is_busy(failed: BaseException) -> bool:
    return isinstance(failed, OperationalError) and "locked" in str(failed.orig)
