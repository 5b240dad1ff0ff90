"""What a platform can send that is wrong, in one table: what the sync makes of it, and how many others arrive.

Each row is a run over real HTTP in an organization of sixty badges, on two pages, through the use case itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import stamina
from sqlalchemy import Row

from connector.connections import accounts
from connector.credentials import queries
from connector.demo import practice_faults
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.http import Wire
from connector.opened import Opened, opened, prepared
from connector.organizations import accounts as organizations
from connector.settings import Settings
from connector.sync.carry_out import sync

Json = dict[str, Any]
Prepare = Callable[[PracticeCredly], None]

BADGES = 60
PER_PAGE = 50
SPOILED = 2
CTID = "ce-6d3e1b52-90c4-4f0e-8d7c-2a51b7c0e9f4"
CATCH_ALL = {"", "unexpected", "unknown", "error", "failed", "invalid", "internal_error"}
SIDES = {"yours", "platform", "ours"}


def fault(kind: str, **options: Any) -> Prepare:
    """Asks the practice platform for a fault."""

    def prepare(server: PracticeCredly) -> None:
        server.fault(kind, **options)

    return prepare


def spoiled(how: str) -> Prepare:
    """Spoils the third badge of the first page."""
    return fault("spoil_item", page=1, item=SPOILED, how=how)


def nothing(server: PracticeCredly) -> None:
    """Leaves the platform as it is."""


def without_badges(server: PracticeCredly) -> None:
    """Empties the organization."""
    server.templates.clear()


def with_a_token_of_the_past(server: PracticeCredly) -> None:
    """Lets the authorization token run out."""
    server.token_expires_at = "2026-01-31T00:00:00Z"


@dataclass(frozen=True)
class Case:
    """One row. `told` is where the code stands: on the run, on the spoiled item, or on a finding or note of its record.

    `others` counts the badges that arrive, without the one that a finding or a note is about.
    """

    what: str
    prepare: Prepare
    state: str
    code: str | None = None
    side: str | None = None
    says: str = ""
    do: str = ""
    others: int = BADGES
    told: str = "run"
    also_in_public: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    token: str = "practice-token"


RECONNECT = {"code": "reconnect_needed", "side": "platform", "do": "Connect again", "also_in_public": False}
LATER = {"side": "platform", "do": "Try again later; nothing is lost."}
NOT_ALL = {"state": "incomplete_listing", "code": "incomplete_listing", "side": "platform", "do": "Sync again"}
ONE_LESS = {"state": "complete", "side": "platform", "others": BADGES - 1, "told": "item"}
NOT_JSON = {**ONE_LESS, "code": "item_not_json", "do": "save it again"}
MALFORMED = {**ONE_LESS, "code": "item_malformed", "do": "Correct the badge"}
FOUND = {"state": "complete", "told": "finding", "others": BADGES - 1}

TABLE = [
    # Signing in
    Case(
        "a wrong token",
        nothing,
        "failed",
        says="does not accept this sign-in",
        others=0,
        token="not-the-token",
        **RECONNECT,
    ),
    Case("an expired token", with_a_token_of_the_past, "failed", says="has expired", others=0, **RECONNECT),
    Case(
        "a token revoked while the listing is read",
        fault("revoke_after", page=1, api_token=True),
        "failed",
        says="does not accept this sign-in",
        others=PER_PAGE,
        **RECONNECT,
    ),
    Case(
        "a missing scope",
        fault("forbidden"),
        "failed",
        "permission_missing",
        "yours",
        "does not have the required scope",
        "Ask there for the permission",
        others=0,
    ),
    # The organization
    Case(
        "an organization that is not known",
        nothing,
        "failed",
        "not_found",
        "yours",
        "does not know this address",
        "Check the organization",
        others=0,
        also_in_public=False,
        settings={"organization_id": "nobody-knows-it"},
    ),
    Case("an organization without badges", without_badges, "complete", others=0, also_in_public=False),
    # Too busy, or broken
    Case("429", fault("rate_limited"), "failed", "rate_limited", says="fewer requests", others=0, **LATER),
    Case(
        "429 with Retry-After",
        fault("rate_limited", page=2, retry_after=120),
        "failed",
        "rate_limited",
        "platform",
        "fewer requests",
        "Try again in 120 seconds",
        others=PER_PAGE,
    ),
    Case("429 that passes", fault("rate_limited", times=2, retry_after=1), "complete"),
    Case("500 twice, then fine", fault("server_error", times=2), "complete"),
    Case(
        "500 for ever",
        fault("server_error", page=2),
        "failed",
        "platform_unavailable",
        says="has a problem of its own (status 500)",
        others=PER_PAGE,
        **LATER,
    ),
    Case(
        "502 with a page of HTML",
        fault("bad_gateway_html"),
        "failed",
        "platform_unavailable",
        says="status 502",
        others=0,
        **LATER,
    ),
    Case(
        "a connection that is reset",
        fault("connection_reset", page=2, after=300),
        "failed",
        "platform_unavailable",
        says="broke off",
        others=PER_PAGE,
        **LATER,
    ),
    Case(
        "JSON that stops half-way",
        fault("truncated", page=2),
        "failed",
        "unreadable_answer",
        says="truncated",
        others=PER_PAGE,
        **LATER,
    ),
    Case(
        "HTML instead of JSON",
        fault("html", page=2),
        "failed",
        "unreadable_answer",
        says="a web page where data was expected",
        others=PER_PAGE,
        **LATER,
    ),
    Case("JSON that calls itself HTML", fault("wrong_content_type"), "complete"),
    Case(
        "an answer that drips",
        fault("drip", page=2, size=1, pause=0.05),
        "failed",
        "platform_timeout",
        says="took too long",
        others=PER_PAGE,
        **LATER,
    ),
    Case("a slow answer", fault("drip", page=2, size=20_000, pause=0.01), "complete"),
    Case(
        "a decompression bomb",
        fault("gzip_bomb", page=2, size=100_000_000),
        "failed",
        "answer_too_large",
        "platform",
        "is too large",
        "smaller pages",
        others=PER_PAGE,
    ),
    # The listing
    Case("a page that is repeated", fault("repeat_page"), says="showed 50", others=PER_PAGE, **NOT_ALL),
    Case("a listing that grows at its end", fault("grow", page=1, times=1, by=3), "complete", others=BADGES + 3),
    Case(
        "a listing that grows at its start",
        fault("grow", page=1, times=1, by=3, at="start"),
        says="it has 63 badges, but showed 60",
        **NOT_ALL,
    ),
    Case(
        "a badge that moves to the end between pages",
        fault("move", page=1, times=1),
        says="it has 60 badges, but showed 59",
        others=BADGES - 1,
        **NOT_ALL,
    ),
    Case(
        "a badge that moves to the start between pages",
        fault("move", page=1, times=1, to="start"),
        says="it has 60 badges, but showed 59",
        others=BADGES - 1,
        **NOT_ALL,
    ),
    Case(
        "two badges with one id",
        spoiled("duplicate_id"),
        says="it has 60 badges, but showed 59",
        others=BADGES - 1,
        **NOT_ALL,
    ),
    Case(
        "a page that is empty in the middle",
        fault("emptied", page=2),
        says="it has 60 badges, but showed 50",
        others=PER_PAGE,
        **NOT_ALL,
    ),
    Case("badges in another order", fault("shuffle"), "complete"),
    Case("a next link to another host", fault("other_host_next"), "complete"),
    Case("a next link that leads back", fault("next_loop"), "complete"),
    # One item
    Case(
        "a text of 10 MB", fault("huge_string", page=1), code="item_too_large", says="10.0 MB", do="Shorten", **ONE_LESS
    ),
    Case("a badge without a name", spoiled("no_name"), says="has no name", **MALFORMED),
    Case("a badge without an id", spoiled("no_id"), says="has no id", **MALFORMED),
    Case("nulls everywhere", spoiled("all_null"), says="has no name", **MALFORMED),
    Case("a name that is a list", spoiled("wrong_form"), says="Its member name has another form", **MALFORMED),
    Case("an item that is a text", spoiled("not_an_object"), says="has no id", **MALFORMED),
    Case("half a surrogate pair", spoiled("lone_surrogate"), says="half of a character", **NOT_JSON),
    Case("bytes that are not UTF-8", spoiled("invalid_utf8"), says="no text in UTF-8", **NOT_JSON),
    Case("a bare line feed in a text", spoiled("control_character"), says="a control character", **NOT_JSON),
    Case("NaN", spoiled("not_a_number"), says="not written as JSON has to be", **NOT_JSON),
    Case("lists in lists in lists", spoiled("nested"), says="nested deeper", **NOT_JSON),
    # What arrives, and is found wanting
    Case(
        "a description of 3 characters",
        spoiled("short_description"),
        code="description_too_short",
        says="has 3 characters",
        **FOUND,
    ),
    Case(
        "an image that is a data URI",
        spoiled("data_image"),
        code="image_not_an_address",
        says="not at a web address",
        **FOUND,
    ),
    Case(
        "a criteria page without a host",
        spoiled("relative_page"),
        code="not_an_address",
        says="is no absolute web address",
        **FOUND,
    ),
]


IN_PUBLIC = [
    Case(
        "a name under which no page is",
        nothing,
        "failed",
        "not_found",
        "yours",
        "lists no public badges under the name",
        "copy its address",
        others=0,
        settings={"public_page": "nobody-knows-it"},
    ),
    Case(
        "a page without badges",
        without_badges,
        "failed",
        "not_found",
        "yours",
        "or it shows none",
        "copy its address",
        others=0,
    ),
]

ROWS = [
    *(pytest.param(case, False, id=case.what) for case in TABLE),
    *(pytest.param(case, True, id=f"{case.what}, in public") for case in TABLE if case.also_in_public),
    *(pytest.param(case, True, id=f"{case.what}, in public") for case in IN_PUBLIC),
]


@pytest.fixture(scope="module")
def college() -> tuple[Json, list[Json]]:
    """The practice organization with sixty public badges in use."""
    organization, templates = cedar_harbor_college()
    in_use = [each for each in templates if each["state"] == "active" and each["public"] and each["image"]]
    return organization, [each for each in in_use if each["visibility"] == "public"][:BADGES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in which one organization stands. For copying only."""
    folder = tmp_path_factory.mktemp("bad-input") / "line"
    folder.mkdir()
    this = prepared(Settings(database_url=f"sqlite:///{folder / 'connector.db'}"))
    with this.database.transaction() as connection:
        organizations.add(
            connection,
            name="Cedar Harbor",
            ctid=CTID,
            website="https://www.cedarharbor.example",
            description="A college with many badges.",
        )
    this.database.close()
    return folder


@pytest.fixture
def line(
    tmp_path: Path, folder: Path, college: tuple[Json, list[Json]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Line]:
    """Nothing connected yet, the platform as it should be, no pauses between tries, little patience with answers."""
    monkeypatch.setattr("connector.http.client.Wire", partial(Wire, answer_seconds=2.0))
    copied = Path(shutil.copytree(folder, tmp_path / "line"))
    stamina.instrumentation.set_on_retry_hooks([])
    with PracticeCredly(*college) as server, stamina.set_testing(True, attempts=4):
        hosts = server.url.removeprefix("http://")
        url = f"sqlite:///{copied / 'connector.db'}"
        this = opened(Settings(database_url=url, allowed_private_hosts=hosts, undocumented_sources=True))
        with closing(this.database):
            yield Line(this, server)
    stamina.instrumentation.set_on_retry_hooks(None)


@dataclass
class Line:
    """A connector and a practice platform."""

    this: Opened
    server: PracticeCredly

    def sync(self, case: Case, *, in_public: bool) -> Row[Any]:
        """Connect as the case says, and sync; the run as it ended."""
        way = {"public_page": self.server.organization["vanity_slug"], "public_url": self.server.url}
        if not in_public:
            way = {"organization_id": self.server.organization_id, "api_url": f"{self.server.url}/v1"}
        secrets = {} if in_public else {"authorization_token": case.token}
        fields = {**way, "requests_per_minute": 6000, **case.settings}
        adapter = accounts.configured("credly", fields, secrets, self.this.settings)
        with self.this.database.transaction() as connection:
            account = accounts.connect(
                connection,
                self.this.keys,
                organization_id=1,
                name="main",
                adapter=adapter,
                given=secrets,
                by="somebody@person.example",
            )
        case.prepare(self.server)
        return sync(
            self.this.database, self.this.settings, account.id, by="test", accept_gone=False, report=lambda values: None
        )

    def arrived(self) -> dict[str, queries.Listed]:
        """The records there are, by badge id."""
        with self.this.database.reading() as connection:
            return {each.sourced.row.badge_id: each for each in queries.listed(connection, queries.where())}

    def unreadable(self) -> list[Json]:
        """The badges that could not be read, and why."""
        with self.this.database.reading() as connection:
            return queries.unreadable(connection, 1)


@pytest.mark.parametrize(("case", "in_public"), ROWS)
def test_it_is_told_with_code_side_and_action_and_the_others_arrive(line: Line, case: Case, in_public: bool) -> None:
    spoiled_one = line.server.templates[SPOILED]["id"]

    run = line.sync(case, in_public=in_public)

    arrived, unreadable = line.arrived(), line.unreadable()
    found = said_of(arrived.pop(spoiled_one)) if case.told == "finding" else {}
    assert (run.state, len(arrived)) == (case.state, case.others)
    assert run.seen == run.new + run.unreadable
    match case.told:
        case "finding":
            assert case.says in found[str(case.code)]
        case "item":
            [told] = unreadable
            assert told_as(told, case) == (case.code, case.side, True, True), told
            assert told["badge_id"] not in arrived
        case _:
            assert told_as(run.problem, case) == (case.code, case.side, True, True), run.problem
    assert bool(unreadable) is (case.told == "item")
    assert bool(run.problem) is (case.told == "run" and case.code is not None)


def told_as(problem: Json | None, case: Case) -> tuple[str | None, str | None, bool, bool]:
    """A problem's code and side, and whether the row's words stand in its sentences."""
    told = problem or {"code": None, "side": None, "message": "", "action": ""}
    return told["code"], told["side"], case.says in told["message"], case.do in told["action"]


def said_of(listed: queries.Listed) -> dict[str, str]:
    """What the findings and notes of a record say, by code."""
    sourced = listed.sourced
    return {each.code: each.message for each in (*sourced.mapped.notes, *sourced.content.findings)}


def test_what_is_read_in_public_waits_until_a_person_confirms_whose_it_is(line: Line) -> None:
    line.sync(Case("nothing wrong", nothing, "complete"), in_public=True)

    arrived = line.arrived().values()
    assert len(arrived) == BADGES
    for each in arrived:
        assert each.sourced.content.credential.ctid is None
        owner = [found for found in each.sourced.content.findings if found.property == "ownedBy"]
        assert [(found.severity, found.code) for found in owner] == [("required", "owner_not_confirmed")]


def test_a_badge_that_cannot_be_read_any_more_is_not_taken_for_gone(line: Line) -> None:
    line.sync(Case("nothing wrong", nothing, "complete"), in_public=False)

    run = line.sync(Case("half a surrogate pair", spoiled("lone_surrogate"), "complete"), in_public=False)

    assert (run.state, run.seen, run.unreadable, run.gone) == ("complete", BADGES, 1, 0)
    assert [each["badge_id"] for each in line.unreadable()] == [line.server.templates[SPOILED]["id"]]
    assert line.server.templates[SPOILED]["id"] in line.arrived()


@pytest.mark.parametrize("case", [*TABLE, *IN_PUBLIC], ids=lambda case: case.what)
def test_a_row_names_a_code_that_says_something_its_side_and_its_words(case: Case) -> None:
    assert case.code not in CATCH_ALL
    if case.code is not None:
        assert case.says
        assert case.told == "finding" or (case.side in SIDES and case.do)
    else:
        assert (case.state, case.side) == ("complete", None)


def test_every_fault_of_the_practice_platforms_has_a_row() -> None:
    noted = Noted()
    for case in TABLE:
        if case.prepare not in (nothing, without_badges, with_a_token_of_the_past):
            case.prepare(noted)  # type: ignore[arg-type]

    assert {kind for kind, _ in noted.asked} == practice_faults.KINDS.keys()
    assert {how for kind, how in noted.asked if kind == "spoil_item"} == set(practice_faults.SPOILINGS)


class Noted:
    """A platform that only notes which faults it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def fault(self, kind: str, *, how: str | None = None, **options: Any) -> None:
        """Note it."""
        self.asked.append((kind, how))
