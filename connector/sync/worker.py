"""The worker: takes up runs that wait or were left behind, one after the other, until it is told to stop."""

import os
import threading

from connector.settings import Settings
from connector.storage import Database
from connector.sync.carry_out import take_up

IDLE_SECONDS = 1.0


def work(database: Database, settings: Settings, *, until: threading.Event, with_parent: bool) -> None:
    """Work until `until` is set; `with_parent`, also until the process that started this one is gone."""
    parent = os.getppid()
    while not until.is_set() and not (with_parent and os.getppid() != parent):
        if not take_up(database, settings, _say_nothing):
            until.wait(IDLE_SECONDS)


def _say_nothing(values: dict[str, object]) -> None:
    """Progress is in the run's row; nobody watches a worker."""
