"""A badge that ends the program when it is read: found by bisection and set aside, while all the others arrive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.line.conftest import Line

DIED = 9
MOST_DEATHS = 8
WITH_A_DEADLY_BADGE = f"""
import os
from adapters.credly import template
from connector.cli import main

read = template.badge_class

def deadly(kept, issuer, obi):
    if b"deadly to read" in kept:
        os._exit({DIED})
    return read(kept, issuer, obi)

template.badge_class = deadly
main()
"""


def test_a_badge_that_ends_the_program_is_set_aside_and_the_others_arrive(small: Line) -> None:
    deadly = small.server.templates[17]
    with small.server.lock:
        deadly["description"] = "A badge that is deadly to read."
    deaths, answer = sync_until_it_ends(small)

    assert 1 <= deaths <= MOST_DEATHS
    assert (answer["state"], answer["seen"], answer["unreadable"]) == ("complete", 40, 1)
    assert [each["badge_id"] for each in answer["unreadable_badges"]] == [deadly["id"]]
    assert set(small.listed()) == {each["id"] for each in small.server.templates} - {deadly["id"]}


def test_a_badge_that_was_set_aside_comes_in_once_it_can_be_read(small: Line) -> None:
    deadly = small.server.templates[17]
    with small.server.lock:
        deadly["description"] = "A badge that is deadly to read."
    sync_until_it_ends(small)
    answer = small.done("sync", "main")
    assert (answer["new"], answer["unreadable"], answer["unreadable_badges"]) == (1, 0, [])
    assert deadly["id"] in small.listed()


def sync_until_it_ends(line: Line) -> tuple[int, dict[str, Any]]:
    """How often the program died, and what it answered in the end."""
    for deaths in range(MOST_DEATHS + 1):
        done = subprocess.run(
            [sys.executable, "-c", WITH_A_DEADLY_BADGE, "sync", "main", "--json"],
            cwd=line.folder,
            env={**os.environ, **line.environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != DIED:
            return deaths, json.loads(done.stdout)
    raise AssertionError(f"it still dies after {MOST_DEATHS} times")
