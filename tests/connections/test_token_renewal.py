"""A connection's tokens are renewed exactly once, whoever needs new ones and whoever dies over it.

`python tests/connections/test_token_renewal.py 200` runs the race for so many rounds and prints what came of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import select, update

from adapters.canvas.adapter import Canvas
from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable, Request
from connector.connections import accounts, renewal, secrets, tokens
from connector.connections.accounts import Account
from connector.connections.platform import connected
from connector.connections.tables import token_host, token_renewal
from connector.connections.tokens import LONGEST_PAUSE_SECONDS, StoredTokens
from connector.demo.canvas_catalogue import practice_account
from connector.demo.loopback import Answer, Question
from connector.demo.practice_canvas import PracticeCanvas
from connector.http import Granted
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.settings import Settings
from connector.storage import Database
from connector.storage.database import now
from connector.sync.carry_out import sync

PROCESSES = 8
ROUNDS = 25
BY = "registrar@cedarharbor.example"
ISSUERS = Request("v2/issuers")


class Practice(PracticeCanvas):
    """A practice platform that remembers every token it gave out."""

    def __init__(self, **options: Any) -> None:
        self.given_out: list[str] = []
        super().__init__(*practice_account(2), **options)

    def mint(self, *given: Any, **named: Any) -> dict[str, Any]:
        return self._noted(super().mint(*given, **named))

    def _respond(self, question: Question, target: Any, struck: Any) -> Answer:
        answer = super()._respond(question, target, struck)
        if target.route == "token" and answer.status == 200:
            self._noted(json.loads(answer.body))
        return answer

    def _noted(self, granted: dict[str, Any]) -> dict[str, Any]:
        self.given_out += [granted[name] for name in ("access_token", "refresh_token") if name in granted]
        return granted

    @property
    def token_requests(self) -> list[int]:
        """The statuses of all answers of the token endpoint."""
        return [seen.status for seen in self.requests if seen.path == "/o/token"]


@dataclass
class Desk:
    """A prepared connector with one connection to a practice platform, which a person has signed in to."""

    this: Opened
    platform: Practice
    account: Account

    @property
    def database(self) -> Database:
        return self.this.database

    def get(self, account: Account | None = None) -> int:
        """Ask the platform for its issuers through a connection, opened for this one question."""
        with connected(self.database, self.this.settings, account or self.account) as http:
            return http.get(ISSUERS).status

    def tokens(self) -> StoredTokens:
        """The connection's tokens, as another process would have them."""
        assert self.account.tokens
        return StoredTokens(self.database, self.this.keys, self.account.tokens, f"{self.platform.url}/o/token")

    def stored(self) -> list[str | None]:
        """Access token and refresh token as they are stored."""
        with self.database.reading() as connection:
            found: list[str | None] = json.loads(
                secrets.kept(connection, self.this.keys, f"tokens/{self.account.tokens}")[""]
            )
        return found

    def connect(self, name: str, granted: dict[str, Any]) -> Account:
        given = {"client_secret": "practice-secret"}
        url = self.platform.url
        adapter = Canvas(api_url=url, ui_url=url, client_id="practice-client", requests_per_minute=6000)
        with self.database.transaction() as connection:
            return accounts.connect(
                connection,
                self.this.keys,
                organization_id=1,
                name=name,
                adapter=adapter,
                given=given,
                by=BY,
                granted=Granted(granted["access_token"], granted.get("refresh_token")),
            )

    def left_alone(self) -> tuple[int, float] | None:
        """How often the token host has failed, and for how many seconds more nobody asks it."""
        columns = (token_host.c.failures, (token_host.c.paused_until - now()).label("left"))
        with self.database.reading() as connection:
            row = connection.execute(select(*columns)).one_or_none()
        return (row.failures, row.left) if row else None

    def let_the_pause_end(self, *, in_seconds: float = 0) -> None:
        with self.database.transaction() as connection:
            connection.execute(update(token_host).values(paused_until=now() + in_seconds))

    def renewals(self) -> list[str | None]:
        """When each renewal that is remembered was finished."""
        with self.database.reading() as connection:
            return list(connection.scalars(select(token_renewal.c.finished_at)))


class Workers:
    """The process of `renewing.py`."""

    def __init__(self, log: Path) -> None:
        self.log = log
        script = str(Path(__file__).with_name("renewing.py"))
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def fork(self, desk: Desk, processes: int = 1, kind: str = "StoredTokens", log: str = "WARNING") -> None:
        url = desk.this.settings.database_url
        named = {"database": url, "connection": desk.account.id, "processes": processes, "kind": kind, "log": log}
        self._told({"fork": named})

    def ask(self) -> list[dict[str, Any]]:
        """What came of the questions that all of them asked at once."""
        outcomes: list[dict[str, Any]] = self._told({"ask": True})
        return outcomes

    def end(self) -> None:
        self._told({"ask": False})

    def close(self) -> None:
        self._process.communicate()

    def _told(self, order: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(order), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, self.log.read_text()
        return json.loads(line)


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    started = Workers(tmp_path_factory.mktemp("workers") / "log")
    yield started
    started.close()


@pytest.fixture(scope="module")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder


@pytest.fixture
def open_desk(prepared_folder: Path, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Opens a desk whose practice platform has these options."""
    with ExitStack() as running:
        folder = Path(copytree(prepared_folder, tmp_path / "desk"))
        yield lambda **options: running.enter_context(desk_in(folder, **options))


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()


def prepare(folder: Path) -> None:
    this = prepared(settings_in(folder))
    with this.database.transaction() as connection:
        organizations.add(
            connection,
            name="Cedar Harbor",
            ctid="ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",
            website="https://www.cedarharbor.example",
            description="A two-year college on the harbor.",
        )
    this.database.close()


@contextmanager
def desk_in(folder: Path, **options: Any) -> Iterator[Desk]:
    settings = settings_in(folder)
    this = Opened(settings, Database(settings.database_url))
    with Practice(**options) as platform:
        desk = Desk(this, platform, None)  # type: ignore[arg-type]
        desk.account = desk.connect("Main", platform.mint())
        yield desk
    this.database.close()


def settings_in(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'connector.db'}", allowed_private_hosts="127.0.0.1")


# Many processes at once


@dataclass
class Race:
    """What came of some rounds in which all processes met a token that had run out."""

    outcomes: list[list[dict[str, Any]]] = field(default_factory=list)
    refreshes: list[int] = field(default_factory=list)
    revoked: int = 0
    seconds: float = 0.0


def race(workers: Workers, desk: Desk, rounds: int, kind: str = "StoredTokens", log: str = "WARNING") -> Race:
    workers.fork(desk, PROCESSES, kind, log)
    ran, began = Race(), time.monotonic()
    for _ in range(rounds):
        before = desk.platform.refreshes
        desk.platform.expire_tokens()
        ran.outcomes.append(workers.ask())
        ran.refreshes.append(desk.platform.refreshes - before)
        ran.revoked = desk.platform.families_revoked
        if ran.revoked:
            break
    ran.seconds = time.monotonic() - began
    workers.end()
    return ran


def test_eight_processes_at_once_renew_exactly_once(workers: Workers, desk: Desk) -> None:
    ran = race(workers, desk, ROUNDS)

    assert ran.revoked == 0
    assert ran.refreshes == [1] * ROUNDS
    assert ran.outcomes == [[{"status": 200}] * PROCESSES] * ROUNDS
    assert desk.platform.token_requests == [200] * ROUNDS
    assert desk.left_alone() is None
    assert desk.renewals() == [], "a renewal that was stored needs no memory"


def test_without_the_lease_the_same_processes_lose_the_sign_in(
    workers: Workers, open_desk: Callable[..., Desk]
) -> None:
    ran = race(workers, open_desk(throttle_scale=0), 5, "Naive")

    assert ran.revoked == 1
    assert any("does not accept this sign-in any more" in each.get("said", "") for each in ran.outcomes[-1])


def test_a_refusal_is_fetched_by_one_of_eight_processes_and_heard_by_all(workers: Workers, desk: Desk) -> None:
    workers.fork(desk, PROCESSES)
    desk.platform.revoke_tokens()

    outcomes = workers.ask()

    workers.end()
    assert desk.platform.token_requests == [401]
    assert [each["failed"] for each in outcomes] == ["reconnect_needed"] * PROCESSES
    assert len({each["said"] for each in outcomes}) == 1


def test_a_throttled_answer_is_fetched_by_one_of_eight_processes_and_heeded_by_all(
    workers: Workers, desk: Desk
) -> None:
    workers.fork(desk, PROCESSES)
    desk.platform.expire_tokens()
    desk.platform.fault("rate_limited", on="token", retry_after=60)

    outcomes = workers.ask()

    workers.end()
    assert desk.platform.token_requests == [429]
    failed = sorted(each["failed"] for each in outcomes)
    assert failed == ["sign_in_paused"] * (PROCESSES - 1) + ["sign_in_throttled"]


def test_no_token_is_in_plain_text_in_the_database_the_log_or_a_message(workers: Workers, desk: Desk) -> None:
    before = workers.log.stat().st_size
    ran = race(workers, desk, 3, log="DEBUG")
    workers.fork(desk, PROCESSES, log="DEBUG")
    desk.platform.revoke_tokens()
    messages = workers.ask()
    workers.end()

    assert ran.refreshes == [1, 1, 1]
    folder = Path(desk.this.settings.database_url.removeprefix("sqlite:///")).parent
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    written |= {"log": workers.log.read_bytes()[before:], "messages": json.dumps(messages).encode()}
    assert b"tokens/" in written["connector.db"] + written["connector.db-wal"], "the database holds them, sealed"
    assert written["log"].count(b"/o/token ") == 4, "the log tells of each renewal"
    assert b"invalid_grant" in written["messages"]
    assert len(desk.platform.given_out) == 8
    for place, content in written.items():
        assert not [each for each in desk.platform.given_out if each.encode() in content], place


def test_threads_of_one_process_renew_once(desk: Desk) -> None:
    desk.platform.expire_tokens()

    with connected(desk.database, desk.this.settings, desk.account) as http:
        answers = list(http.each([ISSUERS] * 16, 16))

    assert [getattr(each, "status", each) for each in answers] == [200] * 16
    assert desk.platform.token_requests == [200]


def test_whoever_holds_an_old_token_takes_the_stored_one_without_asking(desk: Desk) -> None:
    with connected(desk.database, desk.this.settings, desk.account) as late:
        assert late.get(ISSUERS).status == 200
        desk.platform.expire_tokens()
        assert desk.get() == 200

        assert late.get(ISSUERS).status == 200
    assert desk.platform.token_requests == [200]


class LetsAnotherOneGoFirst(Database):
    """Between the look at the stored tokens and the lease, another process is done with them."""

    def __init__(self, url: str, other: Callable[[], object]) -> None:
        super().__init__(url)
        self._others = [other]

    def transaction(self) -> Any:
        while self._others:
            self._others.pop()()
        return super().transaction()


def test_whoever_looked_just_before_new_tokens_were_stored_does_not_ask_with_the_old_one(desk: Desk) -> None:
    late = LetsAnotherOneGoFirst(desk.this.settings.database_url, desk.get)
    desk.platform.expire_tokens()

    with connected(late, desk.this.settings, desk.account) as http:
        assert http.get(ISSUERS).status == 200

    late.close()
    assert (desk.platform.token_requests, desk.platform.families_revoked) == ([200], 0)


def test_whoever_looked_just_before_another_one_was_refused_does_not_ask_as_well(desk: Desk) -> None:
    def another() -> None:
        with pytest.raises(AuthorizationExpired):
            desk.get()
        desk.let_the_pause_end()

    late = LetsAnotherOneGoFirst(desk.this.settings.database_url, another)
    desk.platform.revoke_tokens()

    with (
        connected(late, desk.this.settings, desk.account) as http,
        pytest.raises(AuthorizationExpired, match="does not accept this sign-in any more"),
    ):
        http.get(ISSUERS)

    late.close()
    assert desk.platform.token_requests == [401]


def test_whoever_is_refused_after_others_stored_new_tokens_takes_those(desk: Desk) -> None:
    held = desk.tokens()
    refused = held.current()

    def late(form: object) -> Granted:
        outpaced(desk)
        raise AuthorizationExpired("The platform does not accept this sign-in any more.")

    assert held.renewed(refused, late) == desk.stored()[0] != refused
    assert desk.get() == 200


def test_what_arrives_after_others_stored_new_tokens_does_not_take_their_place(desk: Desk) -> None:
    held = desk.tokens()

    def late(form: object) -> Granted:
        outpaced(desk)
        return Granted("late-access", "late-refresh")

    assert held.renewed(held.current(), late) == desk.stored()[0] != "late-access"
    assert desk.get() == 200


def outpaced(desk: Desk) -> None:
    """The lease of a renewal runs out while it asks, as where a machine sleeps, and another one is done before it."""
    desk.platform.expire_tokens()
    with desk.database.transaction() as connection:
        connection.execute(update(token_renewal).values(owner="elsewhere|boot|1|1", lease_until=now() - 1))
    assert desk.get() == 200


# Killed


def test_killed_between_the_answer_and_the_saving_it_is_tried_once_more_and_then_a_person_is_needed(
    workers: Workers, desk: Desk
) -> None:
    desk.platform.expire_tokens()
    workers.fork(desk, kind="KilledOnceAnswered")
    assert workers.ask() == [{"failed": "killed", "signal": 9}]
    workers.end()
    assert desk.platform.token_requests == [200]

    run = synced(desk)

    assert run.problem["code"] == "reconnect_needed"
    assert desk.platform.token_requests == [200, 401]
    assert desk.platform.families_revoked == 1
    assert now_said(desk) == ("needs_reconnect", run.problem["message"])
    assert "does not accept this sign-in any more" in run.problem["message"]
    assert "The renewal before this one was cut off, and its tokens may be lost." in run.problem["message"]
    for _ in range(3):
        with pytest.raises(AuthorizationExpired, match="was cut off"):
            desk.get()
    assert desk.platform.token_requests == [200, 401], "nobody asked a third time"


def test_where_one_of_eight_is_killed_over_the_answer_the_others_ask_once_more_between_them(
    workers: Workers, desk: Desk
) -> None:
    workers.fork(desk, PROCESSES, kind="KilledOnceAnswered")
    desk.platform.expire_tokens()

    outcomes = workers.ask()

    workers.end()
    assert desk.platform.token_requests == [200, 401]
    failed = sorted(each["failed"] for each in outcomes)
    assert failed == ["killed"] + ["reconnect_needed"] * (PROCESSES - 1)
    assert all("was cut off" in each["said"] for each in outcomes if each["failed"] != "killed")


def test_a_cut_off_renewal_is_remembered_while_the_token_host_is_left_alone(workers: Workers, desk: Desk) -> None:
    desk.platform.expire_tokens()
    workers.fork(desk, kind="KilledOnceAnswered")
    workers.ask()
    workers.end()
    with desk.database.transaction() as connection:
        tokens.pause(connection, desk.platform.url.removeprefix("http://"), 60)
    with pytest.raises(PlatformUnavailable):
        desk.get()
    desk.let_the_pause_end()

    with pytest.raises(AuthorizationExpired, match="was cut off"):
        desk.get()


def test_cut_off_twice_nobody_asks_again(workers: Workers, desk: Desk) -> None:
    desk.platform.expire_tokens()
    for _ in range(2):
        workers.fork(desk, kind="KilledBeforeItAsks")
        assert workers.ask()[0]["failed"] == "killed"
        workers.end()

    with pytest.raises(AuthorizationExpired, match="cut off again and again"):
        desk.get()
    with pytest.raises(AuthorizationExpired, match="cut off again and again"):
        desk.get()
    assert desk.platform.token_requests == []


def test_killed_before_it_asked_the_next_one_renews_and_all_is_well(workers: Workers, desk: Desk) -> None:
    desk.platform.expire_tokens()
    workers.fork(desk, kind="KilledBeforeItAsks")
    assert workers.ask() == [{"failed": "killed", "signal": 9}]
    workers.end()
    assert desk.platform.token_requests == []

    assert desk.get() == 200
    renewed_as_ever(desk)


def test_killed_once_the_new_tokens_were_stored_nothing_is_lost(workers: Workers, desk: Desk) -> None:
    desk.platform.expire_tokens()
    workers.fork(desk, kind="KilledOnceSaved")
    assert workers.ask() == [{"failed": "killed", "signal": 9}]
    workers.end()

    assert desk.get() == 200
    renewed_as_ever(desk)


def renewed_as_ever(desk: Desk) -> None:
    """One renewal so far, and the next one works too."""
    assert desk.platform.token_requests == [200]
    desk.platform.expire_tokens()
    assert desk.get() == 200
    assert desk.platform.token_requests == [200, 200]
    assert desk.platform.families_revoked == 0


def synced(desk: Desk) -> Any:
    return sync(
        desk.database, desk.this.settings, desk.account.id, by=BY, accept_gone=False, report=lambda values: None
    )


def now_said(desk: Desk) -> tuple[str, str | None]:
    with desk.database.reading() as connection:
        account = accounts.by_id(connection, desk.account.id)
    return account.state, account.state_reason


# The host that gives out tokens


def test_a_refused_renewal_leaves_the_token_host_alone_for_everybody(desk: Desk) -> None:
    other = desk.connect("Other", desk.platform.mint())
    desk.platform.revoke_tokens()
    desk.platform.expire_tokens()
    fine = desk.connect("Fine", desk.platform.mint())
    desk.platform.expire_tokens()

    with pytest.raises(AuthorizationExpired):
        desk.get()
    assert desk.platform.token_requests == [401]
    for _ in range(2):
        with pytest.raises(PlatformUnavailable) as paused:
            desk.get(fine)
        assert paused.value.code == "sign_in_paused"
        assert paused.value.retry_after is not None
        assert 0 < paused.value.retry_after <= 2
    with pytest.raises(PlatformUnavailable, match="left alone"):
        desk.get(other)
    assert desk.platform.token_requests == [401], "no request left while the host was left alone"

    desk.platform.calm_down()
    desk.let_the_pause_end(in_seconds=0.3)
    with pytest.raises(PlatformUnavailable, match="left alone"):
        desk.get(fine)
    time.sleep(0.3)

    assert desk.get(fine) == 200
    assert desk.left_alone() is None, "a success ends it"


def test_the_pause_is_the_one_that_a_throttled_answer_asks_for(desk: Desk) -> None:
    with pytest.raises(AuthorizationExpired):
        ask_with(desk, "nonsense")
    desk.platform.expire_tokens()
    assert throttled(desk) == (2, 2)

    desk.platform.calm_down()
    desk.let_the_pause_end()
    assert desk.get() == 200


def throttled(desk: Desk) -> tuple[int, int]:
    """Renew in spite of the pause; how often the host has failed by then, and its new pause in whole seconds."""
    desk.let_the_pause_end()
    with pytest.raises(PlatformUnavailable) as refused:
        desk.get()
    assert refused.value.code == "sign_in_throttled"
    asked_for = refused.value.retry_after
    assert asked_for
    failures, left = desk.left_alone() or (0, 0.0)
    assert asked_for - 1 < left <= asked_for
    return failures, round(asked_for)


def ask_with(desk: Desk, refresh_token: str) -> None:
    """A renewal of another connection, which ends in a refusal."""
    granted = {**desk.platform.mint(), "refresh_token": refresh_token}
    other = desk.connect("Refused", granted)
    desk.platform.expire_tokens()
    desk.get(other)


def test_an_answer_that_asks_for_a_day_is_taken_for_an_hour(desk: Desk) -> None:
    desk.platform.expire_tokens()
    desk.platform.fault("rate_limited", on="token", retry_after=86_400)

    with pytest.raises(PlatformUnavailable):
        desk.get()

    _, left = desk.left_alone() or (0, 0.0)
    assert LONGEST_PAUSE_SECONDS - 5 < left <= LONGEST_PAUSE_SECONDS


def test_the_pause_doubles_with_each_failure_up_to_an_hour(desk: Desk) -> None:
    desk.platform.expire_tokens()
    desk.platform.fault("server_error", on="token")
    pauses = []
    for _ in range(4):
        with pytest.raises(PlatformUnavailable):
            desk.get()
        pauses.append(round((desk.left_alone() or (0, 0.0))[1]))
        desk.let_the_pause_end()
    assert pauses == [2, 4, 8, 16]

    for failures in (11, 5000):
        with desk.database.transaction() as connection:
            connection.execute(update(token_host).values(failures=failures))
        with pytest.raises(PlatformUnavailable):
            desk.get()
        assert round((desk.left_alone() or (0, 0.0))[1]) == LONGEST_PAUSE_SECONDS
        desk.let_the_pause_end()

    desk.platform.clear_faults()
    assert desk.get() == 200
    assert desk.left_alone() is None


def test_a_renewal_that_the_platform_could_not_answer_is_no_reason_to_reconnect(desk: Desk) -> None:
    desk.platform.expire_tokens()
    desk.platform.fault("server_error", on="token", times=1)
    with pytest.raises(PlatformUnavailable):
        desk.get()
    desk.let_the_pause_end()

    assert desk.get() == 200
    assert desk.platform.token_requests == [500, 200]


REFUSALS = {
    "invalid_request": (400, '{"error": "invalid_request"}'),
    "invalid scope": (400, '{"error": "invalid scope requested"}'),
    "not found": (404, "<html>Not Found</html>"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_whatever_a_token_endpoint_refuses_leaves_its_host_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    desk.platform.expire_tokens()
    respond = desk.platform._respond
    status, body = REFUSALS[refusal]

    def refusing(question: Question, target: Any, struck: Any) -> Answer:
        return Answer(status, body.encode()) if target.route == "token" else respond(question, target, struck)

    monkeypatch.setattr(desk.platform, "_respond", refusing)
    with pytest.raises(PlatformRefused):
        desk.get()

    with pytest.raises(PlatformUnavailable) as paused:
        desk.get()
    assert paused.value.code == "sign_in_paused"
    assert desk.platform.token_requests == [status]

    monkeypatch.undo()
    desk.let_the_pause_end()
    assert desk.get() == 200, "no person is needed once the endpoint is there again"


def test_a_host_that_may_not_be_dialled_has_refused_nothing(desk: Desk) -> None:
    desk.platform.expire_tokens()

    def guarded(form: object) -> Granted:
        raise PlatformRefused("It is a private address.", code="private_address", action="Name it.")

    with pytest.raises(PlatformRefused, match="private"):
        desk.tokens().renewed(desk.stored()[0] or "", guarded)

    assert desk.left_alone() is None
    assert desk.get() == 200


# What a renewal brings


def test_a_renewal_without_a_new_refresh_token_keeps_the_old_one(desk: Desk) -> None:
    access, refresh = desk.stored()
    assert access

    assert desk.tokens().renewed(access, lambda form: Granted("new-access")) == "new-access"

    assert desk.stored() == ["new-access", refresh]


def test_without_a_refresh_token_a_person_has_to_sign_in_again(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(issues_refresh_tokens=False)
    assert desk.get() == 200
    desk.platform.expire_tokens()

    run = synced(desk)

    assert now_said(desk) == ("needs_reconnect", run.problem["message"])
    assert "no way to renew" in run.problem["message"]
    assert desk.platform.token_requests == []
    assert desk.left_alone() is None


def test_the_same_access_token_once_more_ends_in_one_renewal(desk: Desk) -> None:
    access, refresh = desk.stored()
    asked = []

    def ask(form: Mapping[str, str]) -> Granted:
        asked.append(form["refresh_token"])
        return Granted(access or "", "another-refresh")

    assert desk.tokens().renewed(access or "", ask) == access
    assert asked == [refresh]
    assert desk.stored() == [access, "another-refresh"]


def test_once_a_renewal_was_refused_the_platform_is_left_in_peace(desk: Desk) -> None:
    desk.platform.revoke_tokens()
    with pytest.raises(AuthorizationExpired, match="does not accept this sign-in any more"):
        desk.get()
    before = len(desk.platform.requests)

    for _ in range(3):
        with pytest.raises(AuthorizationExpired, match="does not accept this sign-in any more"):
            desk.get()

    assert len(desk.platform.requests) == before


def test_whoever_holds_the_tokens_of_an_earlier_sign_in_does_not_call_for_another_person(desk: Desk) -> None:
    with connected(desk.database, desk.this.settings, desk.account) as early:
        assert early.get(ISSUERS).status == 200
        signed_in_again(desk)
        desk.platform.expire_tokens()

        with pytest.raises(PlatformUnavailable, match="somebody signed in again") as replaced:
            early.get(ISSUERS)

    assert replaced.value.code == "sign_in_replaced"
    assert desk.platform.token_requests == []
    assert desk.get() == 200


def test_tokens_that_are_replaced_while_they_are_renewed_stay_replaced(desk: Desk) -> None:
    held = desk.tokens()

    def ask(form: object) -> Granted:
        signed_in_again(desk)
        return Granted("of-the-earlier-sign-in", "of-the-earlier-sign-in")

    with pytest.raises(PlatformUnavailable, match="somebody signed in again"):
        held.renewed(held.current(), ask)

    with desk.database.reading() as connection:
        assert secrets.names(connection, "tokens/") == {desk.account.tokens}
    assert desk.get() == 200


def signed_in_again(desk: Desk) -> None:
    """A person reconnects: other tokens take the place of those in use."""
    granted = desk.platform.mint()
    with desk.database.transaction() as connection:
        new = Granted(granted["access_token"], granted["refresh_token"])
        pair = tokens.keep(connection, desk.this.keys, desk.account.id, new, by=BY)
        renewal.note_tokens(connection, desk.account, pair)
        accounts.forget_unused_tokens(connection, desk.account.id)
        desk.account = accounts.by_id(connection, desk.account.id)


def test_nothing_is_renewed_by_the_clock(open_desk: Callable[..., Desk]) -> None:
    clock = [0.0]
    desk = open_desk(token_lifetime=8, slides=True, clock=lambda: clock[0])

    with connected(desk.database, desk.this.settings, desk.account) as http:
        for _ in range(10):
            clock[0] += 6
            assert http.get(ISSUERS).status == 200
    assert desk.platform.token_requests == []

    clock[0] += 9
    assert desk.get() == 200
    assert desk.platform.token_requests == [200]


def measured(rounds: int) -> str:
    with TemporaryDirectory() as folder:
        prepare(Path(folder))
        workers = Workers(Path(folder) / "log")
        with desk_in(Path(folder)) as desk:
            ran = race(workers, desk, rounds)
        workers.close()
    answers = [each.get("status", each.get("failed")) for outcomes in ran.outcomes for each in outcomes]
    counted = {str(answer): answers.count(answer) for answer in set(answers)}
    exactly_once = ran.refreshes.count(1)
    return (
        f"{PROCESSES} processes, {len(ran.refreshes)} rounds, {ran.seconds:.1f} s: exactly one refresh in "
        f"{exactly_once}, families revoked {ran.revoked}, answers {counted}"
    )


if __name__ == "__main__":
    print(measured(int(sys.argv[1])))
