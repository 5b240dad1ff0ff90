"""Processes that use one connection at the same moment, as the workers of a deployment do.

This process loads the connector once and forks the others, each of which opens the database and the connection for
itself. It is started by the tests as `python renewing.py`; orders and answers are lines of JSON. `{"fork": …}` starts
processes that stay, `{"ask": true}` lets all of them ask the platform at once and answers with what came of it.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable, Request
from connector.connections import accounts, platform, tokens
from connector.connections.tokens import Ask, StoredTokens
from connector.http import PlatformHttp
from connector.logs import write_as_json
from connector.settings import Settings
from connector.storage import Database

Outcome = dict[str, Any]
MOST_SECONDS = 60
_fork = multiprocessing.get_context("fork")


class Naive(StoredTokens):
    """What everybody writes first: read, ask, save. No lease, and no look at what another one did meanwhile."""

    def renewed(self, refused: str, ask: Ask) -> str:
        pair = self._stored()
        granted = ask({"grant_type": "refresh_token", "refresh_token": pair.refresh or ""})
        with self._database.transaction() as connection:
            tokens._seal(connection, self._keys, self._name, granted.access_token, granted.refresh_token)
        return self._stored().access


class KilledBeforeItAsks(StoredTokens):
    """Its process is killed with the lease in its hands."""

    def renewed(self, refused: str, ask: Ask) -> str:
        return super().renewed(refused, lambda form: _die())


class KilledOnceAnswered(StoredTokens):
    """Its process is killed when it has the platform's answer, before anything is saved."""

    def renewed(self, refused: str, ask: Ask) -> str:
        return super().renewed(refused, lambda form: _die(ask(form)))


class KilledOnceSaved(StoredTokens):
    """Its process is killed when the new tokens are saved, before the lease is given back."""

    def _renew(self, *given: Any) -> str:
        return str(_die(super()._renew(*given)))


KINDS = {kind.__name__: kind for kind in (StoredTokens, Naive, KilledBeforeItAsks, KilledOnceAnswered, KilledOnceSaved)}


@dataclass
class Forked:
    """A process of its own, and the line to it."""

    process: Any
    line: Any

    def outcome(self) -> Outcome:
        """What came of its question; "killed" where it is gone."""
        if not self.line.poll(MOST_SECONDS):
            return {"failed": "no answer"}
        try:
            came: Outcome = self.line.recv()
        except EOFError:
            self.process.join()
            return {"failed": "killed", "signal": -self.process.exitcode}
        return came


def _die(answer: object = None) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def forked(database: str, connection: int, processes: int, kind: str, log: str) -> list[Forked]:
    """So many processes, all of them ready to ask."""
    together, started = _fork.Barrier(processes), []
    for _ in range(processes):
        ours, theirs = _fork.Pipe()
        process = _fork.Process(target=_stay, args=(theirs, together.wait, database, connection, kind, log))
        process.start()
        theirs.close()
        started.append(Forked(process, ours))
    for each in started:
        each.line.recv()
    return started


def _stay(line: Any, together: Callable[[float], int], url: str, connection: int, kind: str, log: str) -> None:
    write_as_json()
    logging.basicConfig(level=log, stream=sys.stderr)
    platform.StoredTokens = KINDS[kind]  # type: ignore[attr-defined,misc]
    database = Database(url)
    settings = Settings(database_url=url, allowed_private_hosts="127.0.0.1")
    with database.reading() as reading:
        account = accounts.by_id(reading, connection)
    with platform.connected(database, settings, account) as http:
        line.send("ready")
        while line.recv():
            together(MOST_SECONDS)
            line.send(_asked(http))
    database.close()


def _asked(http: PlatformHttp) -> Outcome:
    try:
        return {"status": http.get(Request("v2/issuers")).status}
    except (AuthorizationExpired, PlatformRefused, PlatformUnavailable) as failed:
        return {"failed": getattr(failed, "code", "reconnect_needed"), "said": str(failed)}
    except Exception as failed:
        return {"failed": type(failed).__name__, "said": str(failed)}


def main() -> None:
    there: list[Forked] = []
    for order in map(json.loads, sys.stdin):
        answer: Any = None
        if "fork" in order:
            there = forked(**order["fork"])
        elif order["ask"]:
            for each in there:
                each.line.send(True)
            answer = [each.outcome() for each in there]
        else:
            for each in there:
                if each.process.is_alive():
                    each.line.send(False)
                each.process.join(MOST_SECONDS)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
