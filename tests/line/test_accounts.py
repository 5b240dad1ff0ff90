"""Accounts of other shapes: OAuth, drafts, two syncs at once, and answers as real accounts have given them."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from connector.demo.loopback import Answer, LoopbackServer, Question, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.line.conftest import Line

Json = dict[str, Any]
OAUTH = ("--set", "client_id=practice-client")


def test_client_credentials_sign_in_and_are_renewed_once_when_the_token_is_refused(connected: Line) -> None:
    connected.environment["PRACTICE_SECRET"] = "practice-secret"
    connected.connect("oauth", *OAUTH, secret="client_secret=env:PRACTICE_SECRET")
    connected.server.token = None
    connected.server.fault("revoke_after", page=6, times=1)
    before = len(connected.server.requests)

    answer = connected.done("sync", "oauth")

    assert (answer["state"], answer["seen"]) == ("complete", 653)
    made = connected.server.requests[before:]
    granted = [seen for seen in made if seen.path == "/oauth/token"]
    refused = [seen for seen in made if seen.status == 401]
    assert [seen.status for seen in granted] == [200, 200]
    assert [seen.page for seen in refused] == [7]
    assert answer["requests"] == len(made) == 15 + 2 + 1


def test_a_client_secret_that_is_revoked_needs_a_person(small: Line) -> None:
    small.environment["PRACTICE_SECRET"] = "not-the-secret"

    code, answer = small.run("connect", *small.connecting("oauth", *OAUTH, secret="client_secret=env:PRACTICE_SECRET"))

    assert (code, answer["error"]["code"]) == (4, "reconnect_needed")
    assert [each["name"] for each in small.done("connections", "list")] == ["main"]


@pytest.mark.parametrize(
    ("asked", "skipped"),
    [
        ((), {"draft", "hidden", "private"}),
        (("--set", "include_drafts=true"), {"hidden", "private"}),
        (("--set", "include_private=true"), {"draft"}),
        (("--set", "include_drafts=true", "--set", "include_private=true"), set()),
    ],
)
def test_drafts_and_private_templates_are_taken_in_when_asked_for(
    small: Line, asked: tuple[str, ...], skipped: set[str]
) -> None:
    draft, hidden, private, plain = small.server.templates[:4]
    names = {draft["id"]: "draft", hidden["id"]: "hidden", private["id"]: "private", plain["id"]: "plain"}
    draft["state"], hidden["public"], private["visibility"] = "draft", False, "private"
    del small.server.templates[4:]
    small.connect("main", *asked)

    answer = small.done("sync", "main")

    assert answer["skipped"] == len(skipped)
    assert {names[badge] for badge in small.listed()} == set(names.values()) - skipped


def test_a_badge_that_becomes_a_draft_later_stays(synced: Line, few: list[Json]) -> None:
    synced.template(few[0]["id"])["state"] = "draft"

    answer = synced.done("sync", "main")

    assert (answer["skipped"], answer["gone"]) == (0, 0)
    assert few[0]["id"] in synced.listed()


def test_an_unreadable_item_is_kept_with_its_reason_and_the_others_go_on(small: Line, few: list[Json]) -> None:
    broken = few[2]["id"]
    small.template(broken)["name"] = None

    code, answer = small.run("sync", "main")

    assert (code, answer["state"], answer["unreadable"], answer["new"]) == (1, "complete", 1, len(few) - 1)
    [(reason,)] = small.rows("SELECT unreadable FROM source_identity WHERE badge_id = ?", broken)
    assert "name" in reason
    small.template(broken)["name"] = "Named After All"
    mended = small.done("sync", "main")
    assert (mended["unreadable"], mended["new"], mended["unchanged"]) == (0, 1, len(few) - 1)
    assert small.listed()[broken]["name"] == "Named After All"


def test_a_record_whose_item_can_no_longer_be_read_stays_as_it_was(synced: Line, few: list[Json]) -> None:
    badge = few[2]["id"]
    name = synced.listed()[badge]["name"]
    synced.template(badge)["skills"] = {"a": ["form", "nobody", "expects"]}
    synced.template(badge)["name"] = None

    code, answer = synced.run("sync", "main")

    assert (code, answer["unreadable"], answer["gone"]) == (1, 1, 0)
    assert synced.listed()[badge]["name"] == name


def test_two_syncs_at_once_do_the_work_once_and_both_answer(connected: Line) -> None:
    connected.server.hold(3)
    first = connected.start("sync", "main", "--json")
    connected.server.wait_asked(3, 30)
    second = connected.start("sync", "main", "--json")
    wait_until(lambda: connected.rows("SELECT again FROM sync_run") == [(1,)])
    connected.server.release()

    answers = [json.loads(each.communicate(timeout=60)[0]) for each in (first, second)]

    assert [first.returncode, second.returncode] == [0, 0]
    assert [answer["run"] for answer in answers] == [1, 2]
    assert (answers[0]["new"], answers[1]["new"]) == (len(connected.listed()), 0)
    assert connected.rows("SELECT count(*) FROM sync_run WHERE finished_at IS NULL") == [(0,)]


def test_three_syncs_at_once_come_to_an_end(small: Line) -> None:
    small.server.hold(1)
    commands = [small.start("sync", "main", "--json") for _ in range(3)]
    small.server.wait_asked(1, 30)
    wait_until(lambda: small.rows("SELECT again FROM sync_run") == [(1,)])
    small.server.release()

    answers = [json.loads(each.communicate(timeout=60)[0]) for each in commands]

    assert {answer["state"] for answer in answers} == {"complete"}
    assert small.rows("SELECT count(*) FROM sync_run WHERE finished_at IS NULL") == [(0,)]


@pytest.fixture
def twenty(college: tuple[Json, list[Json]]) -> list[Json]:
    """Nineteen active templates and a draft, like the first page of an account we were shown."""
    usable = [each for each in deepcopy(college[1]) if each["public"] and each["state"] == "active"][:20]
    usable[11]["state"] = "draft"
    return usable


@pytest.fixture
def account(small: Line, port: int) -> Iterator[Callable[[Callable[[int], Json]], Line]]:
    """Puts another server in the practice Credly's place, which answers a page with what it is told to."""
    servers: list[LoopbackServer] = []

    def answering(listing: Callable[[int], Json]) -> Line:
        def answer(question: Question) -> Answer:
            if question.path.endswith("/badge_templates"):
                return json_answer(200, listing(int(question.query.get("page", "1"))))
            return json_answer(200, {"data": small.server.organization, "metadata": {}})

        small.server.stop()
        servers.append(LoopbackServer(port, answer))
        return small

    yield answering
    for server in servers:
        server.close()


def test_one_page_whatever_the_filter_and_empty_pages_after_it_is_a_whole_listing(
    account: Callable[[Callable[[int], Json]], Line], twenty: list[Json]
) -> None:
    def listing(page: int) -> Json:
        metadata = {"count": 20, "current_page": 1, "total_count": 20, "total_pages": 1, "per": 50}
        ends = {"previous_page_url": None, "next_page_url": None}
        if page > 1:
            return {"data": [], "metadata": {**metadata, **ends, "count": 0, "total_count": 0}}
        return {"data": twenty, "metadata": {**metadata, **ends}}

    line = account(listing)

    answer = line.done("sync", "main")

    assert (answer["state"], answer["seen"], answer["skipped"], answer["new"]) == ("complete", 20, 1, 19)
    assert line.done("sync", "main")["unchanged"] == 19


def test_one_page_for_every_page_is_taken_in_once_and_is_no_whole_listing(
    account: Callable[[Callable[[int], Json]], Line], twenty: list[Json]
) -> None:
    metadata = {
        "count": 20,
        "current_page": 1,
        "total_count": 653,
        "total_pages": 14,
        "per": 50,
        "previous_page_url": None,
        "next_page_url": "https://elsewhere.example/api/v1/organizations/x/badge_templates?page=2",
    }
    line = account(lambda page: {"data": twenty, "metadata": metadata})

    code, answer = line.run("sync", "main")

    assert (code, answer["state"]) == (1, "incomplete_listing")
    assert (answer["seen"], answer["skipped"], answer["new"], answer["gone"]) == (20, 1, 19, 0)
    assert len(line.listed()) == 19


def test_one_page_for_every_page_without_a_number_ends_as_well(
    account: Callable[[Callable[[int], Json]], Line], twenty: list[Json]
) -> None:
    line = account(lambda page: {"data": twenty, "metadata": {"total_count": 653, "total_pages": 3}})

    for options in ((), ("--dry-run",)):
        code, answer = line.run("sync", "main", *options)

        assert (code, answer["state"], answer["seen"], answer["gone"]) == (1, "incomplete_listing", 20, 0)
        assert answer["requests"] == 2


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it did not happen in 30 seconds"
        time.sleep(0.02)
