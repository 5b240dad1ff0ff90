"""The first look at a platform through a connection: its checks, when its sign-in ends, what a sync would do.

Told step by step while it happens. Whatever fails becomes the problem of the step that was under way.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import structlog

from connector.connections import accounts, renewal
from connector.connections.accounts import Account
from connector.connections.platform import ORDER, checked, connected, sign_in_ends
from connector.problem import Problem, of_platform
from connector.settings import Settings
from connector.storage import Database
from connector.sync.preview import Foreseen, foreseen

MOST_BADGES = 5000
Name = Literal["reach", "sign_in", "permission", "issuers", "badges", "ending", "rehearsal"]
State = Literal["running", "passed", "failed"]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a first look: `seconds` is how long it took, `foreseen` comes with steps of the rehearsal."""

    name: Name
    state: State
    message: str = ""
    seconds: float | None = None
    problem: Problem | None = None
    foreseen: Foreseen | None = None


def first_look(database: Database, settings: Settings, account: Account) -> Iterator[Step]:
    """Each step when it begins and when it ends; the first one that fails is the last. Raises nothing.

    What was given last is looked at, in use or not; it counts as checked once every step has passed.
    """
    under_way = Step("reach", "running")
    began = time.monotonic()
    try:
        for step in _steps(database, settings, account):
            if step.state == "running":
                under_way = step
                yield step
            else:
                yield replace(step, seconds=time.monotonic() - began)
                began = time.monotonic()
    except Exception as raised:
        problem = of_platform(raised)
        unexpected = raised if problem.code == "unexpected" else None
        _log.warning("first look failed", connection=account.id, code=problem.code, exc_info=unexpected)
        yield Step(under_way.name, "failed", seconds=time.monotonic() - began, problem=problem)


def _steps(database: Database, settings: Settings, account: Account) -> Iterator[Step]:
    yield Step(ORDER[0], "running")
    with database.reading() as connection:
        account = renewal.as_given(connection, account)
    if account.state == "checked":
        with database.transaction() as connection:
            renewal.note_checked(connection, account, passed=False)
    adapter = accounts.adapter_of(account)
    with connected(database, settings, account) as http:
        for check, problem in checked(adapter, http):
            yield Step(check.name, "passed" if check.ok else "failed", check.message, problem=problem)
            if not check.ok:
                return
            following = ORDER[ORDER.index(check.name) + 1 :]
            yield Step(following[0] if following else "ending", "running")
        day = sign_in_ends(adapter, http)
    if day:
        with database.transaction() as connection:
            renewal.note_sign_in_ends(connection, account, day)
    yield Step("ending", "passed", day or "")
    yield from _rehearsal(database, settings, account)


def _rehearsal(database: Database, settings: Settings, account: Account) -> Iterator[Step]:
    yield Step("rehearsal", "running")
    for so_far in foreseen(database, settings, account.id, limit=MOST_BADGES, as_given=True):
        if so_far.state != "reading":
            with database.transaction() as connection:
                renewal.note_checked(connection, account, passed=True)
        yield Step("rehearsal", "running" if so_far.state == "reading" else "passed", foreseen=so_far)
