"""`badge-connector sync`."""

import time
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Row

from connector.cli.answers import (
    DONE,
    NEEDS_ANSWER,
    REFUSED,
    AsJson,
    By,
    answering,
    err,
    exit_code,
    fail,
    out,
    print_facts,
    print_json,
    print_table,
)
from connector.connections import accounts
from connector.credentials.queries import unreadable
from connector.opened import Opened, opened
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem
from connector.sync.carry_out import sync as sync_connection
from connector.sync.preview import preview
from connector.sync.runs import COUNTERS

_WORDS = {
    "complete": "Complete: the whole listing was read.",
    "incomplete_listing": "The listing was not read to its end, so nothing was judged to be gone.",
    "needs_confirmation": "Stopped: an answer is needed.",
    "failed": "Failed.",
}


def add_to(app: typer.Typer) -> None:
    """Hang the command on the tree."""
    app.command()(sync)


@answering
def sync(
    connection: Annotated[str, typer.Argument(help="Id, or name within its organization.")],
    full: Annotated[
        bool, typer.Option("--full", help="List everything; the default while no schedule asks for less.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    accept_gone: Annotated[
        bool, typer.Option("--accept-gone", help="Badges the platform no longer lists are gone.")
    ] = False,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int:
    """Bring a connection's records up to what the platform says today, and answer when that is done."""
    this = opened()
    began = time.monotonic()
    with this.database.reading() as db:
        account = accounts.find(db, connection)
    with _progress(account.name, quiet=as_json) as report:
        if dry_run:
            answer = preview(this.database, this.settings, account.id)
        else:
            run = sync_connection(
                this.database, this.settings, account.id, by=by, accept_gone=accept_gone, report=report
            )
            answer = answer_of(run)
    return told(this, answer, account.id, began, as_json=as_json)


def told(this: Opened, answer: dict[str, Any], connection_id: int, began: float, *, as_json: bool) -> int:
    """Tell what a run brought, and what could not be read; the exit code. `began` is of the clock that never jumps."""
    with this.database.reading() as db:
        answer["unreadable_badges"] = unreadable(db, connection_id)
    answer["seconds"] = round(time.monotonic() - began, 3)
    if as_json:
        print_json(answer)
    else:
        _tell(answer)
    return _exit(answer)


def answer_of(run: Row[Any]) -> dict[str, Any]:
    """A run that has ended, as the command answers it."""
    error = {"error": run.problem} if run.problem else {}
    counts = {name: getattr(run, name) for name in COUNTERS}
    return {"run": run.id, "state": run.state, **counts, "resumed_from": run.resumed_from, **error}


def _exit(answer: dict[str, Any]) -> int:
    if answer["state"] == "failed":
        return exit_code(Problem(**answer["error"]))
    if answer["state"] == "needs_confirmation":
        return NEEDS_ANSWER
    return DONE if answer["state"] == "complete" and not answer["unreadable"] else REFUSED


def _tell(answer: dict[str, Any]) -> None:
    out.print(_WORDS[answer["state"]])
    print_facts({name: answer[name] for name in (*COUNTERS, "seconds")})
    if answer["unreadable_badges"]:
        badges = ([each[name] for name in ("badge_id", "message", "action")] for each in answer["unreadable_badges"])
        print_table(["unreadable", "why", "what to do"], badges, empty="")
    if "error" in answer:
        fail(Problem(**answer["error"]), as_json=False)


class _Shown:
    """A progress bar on a terminal; nothing where nobody looks."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("badges"),
            TimeElapsedColumn(),
            console=err,
            disable=quiet or not err.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task(f"Syncing {name}", total=None)

    def __enter__(self) -> Any:
        self._bar.start()
        return self._report

    def __exit__(self, *raised: object) -> None:
        self._bar.stop()

    def _report(self, values: dict[str, Any]) -> None:
        self._bar.update(self._task, completed=values["seen"], total=values.get("total"))


def _progress(name: str, *, quiet: bool) -> _Shown:
    return _Shown(name, quiet=quiet)
