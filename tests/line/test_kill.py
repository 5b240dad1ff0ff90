"""A sync that is killed at any page goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from connector.demo.practice_credly import PracticeCredly

if TYPE_CHECKING:
    import subprocess

    from tests.line.conftest import College, Line, LineIn

PAGES = 14
KILLED_AT = (1, 2, 7, PAGES - 1, PAGES)
PER_PAGE = 50
PATIENCE = 30


class Whole(NamedTuple):
    """What a line holds after a sync of the whole catalogue, byte for byte."""

    files: dict[str, bytes]
    listed: str


@pytest.fixture(scope="session")
def unkilled(
    college: College, port: int, line_in: LineIn, connected_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Whole:
    """What an undisturbed sync leaves behind."""
    folder = Path(copytree(connected_folder, tmp_path_factory.mktemp("unkilled") / "line"))
    with PracticeCredly(*college, port=port) as server:
        line = by_page(line_in(folder, server))
        answer = line.done("sync", "main")
        assert (answer["state"], answer["seen"], answer["resumed_from"]) == ("complete", 653, None)
        assert asked(line) == Counter(range(1, PAGES + 2))
        whole = held(line)
    assert len(whole.files) > 400
    return whole


@pytest.fixture
def paged(connected: Line) -> Line:
    """The college connected, with batches of one page."""
    return by_page(connected)


@pytest.mark.parametrize("page", KILLED_AT)
def test_a_sync_killed_between_a_page_and_its_batch_asks_for_that_page_again(
    paged: Line, unkilled: Whole, page: int
) -> None:
    paged.server.hold(page)
    command = paged.start("sync", "main", "--json")
    paged.server.wait_asked(page, PATIENCE)
    with closing(sqlite3.connect(paged.database, isolation_level=None)) as second:
        second.execute("BEGIN IMMEDIATE")  # so that the batch cannot become visible
        paged.server.release(page)
        paged.server.wait_sent(page, PATIENCE)
        assert batches(paged) == page - 1
        kill(command)
        assert batches(paged) == page - 1
        second.execute("ROLLBACK")
    assert asked(paged) == Counter(range(1, page + 1))

    answer = paged.installed("sync", "main")

    assert answer["resumed_from"] == (str(page) if page > 1 else None)
    assert asked(paged) == Counter([*range(1, PAGES + 2), page])
    finished_as_if_never_killed(paged, answer, unkilled)


@pytest.mark.parametrize("page", KILLED_AT)
def test_a_sync_killed_after_a_batch_became_visible_goes_on_behind_it(paged: Line, unkilled: Whole, page: int) -> None:
    paged.server.hold(page + 1)
    command = paged.start("sync", "main", "--json")
    paged.server.wait_asked(page + 1, PATIENCE)
    wait_for_batches(paged, page)
    kill(command)
    assert batches(paged) == page
    paged.server.release()

    answer = paged.installed("sync", "main")

    assert answer["resumed_from"] == str(page + 1)
    assert asked(paged) == Counter([*range(1, PAGES + 2), page + 1])
    finished_as_if_never_killed(paged, answer, unkilled)


def test_a_sync_killed_twice_at_the_same_page_still_ends_whole(paged: Line, unkilled: Whole) -> None:
    for times in (1, 2):
        paged.server.hold(7)
        command = paged.start("sync", "main", "--json")
        paged.server.wait_asked(7, PATIENCE, times=times)
        kill(command)
        paged.server.release()

    answer = paged.installed("sync", "main")

    assert answer["resumed_from"] == "7"
    finished_as_if_never_killed(paged, answer, unkilled)


def finished_as_if_never_killed(line: Line, answer: dict[str, Any], unkilled: Whole) -> None:
    assert answer["state"] == "complete"
    assert (answer["seen"], answer["pages"], answer["run"]) == (653, PAGES, 1)
    assert answer["new"] + answer["skipped"] == 653
    now = held(line)
    assert now.listed == unkilled.listed
    assert now.files == unkilled.files


def held(line: Line) -> Whole:
    code, listed = line.output("credentials", "list", "--json")
    assert code == 0
    return Whole(line.files(), listed)


def asked(line: Line) -> Counter[int | None]:
    """How often each page was asked for since the connection was checked."""
    return Counter(seen.page for seen in line.server.requests if seen.path.endswith("/badge_templates"))


def batches(line: Line) -> int:
    """How many batches a second connection sees."""
    return int(line.rows("SELECT count(*) FROM sync_batch")[0][0])


def wait_for_batches(line: Line, count: int) -> None:
    end = time.monotonic() + PATIENCE
    while batches(line) < count:
        assert time.monotonic() < end, f"batch {count} never became visible"
        time.sleep(0.01)


def kill(command: subprocess.Popen[str]) -> None:
    assert command.poll() is None, "the sync ended before it could be killed"
    command.kill()
    command.communicate(timeout=PATIENCE)
    assert command.returncode == -9


def by_page(line: Line) -> Line:
    line.environment["CONNECTOR_SYNC_BATCH"] = str(PER_PAGE)
    return line
