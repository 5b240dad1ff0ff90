"""Sync runs: asked for here, done by the worker."""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Connecting, Reading, This
from connector.api.v1.once import Given, Once
from connector.api.v1.paging import NUMBER, Page, Paged
from connector.api.v1.problems import documented, otherwise
from connector.api.v1.route import Operation
from connector.connections import accounts
from connector.sync import runs
from connector.sync.asked import ask
from connector.sync.preview import preview

router = APIRouter(tags=["runs"], route_class=Operation)


@router.get("/connections/{connection}/runs", response_model=Page[answers.SyncRun], responses=documented(404))
def list_runs(this: This, caller: Reading, paging: Paged, connection: asked.Number) -> dict[str, Any]:
    """A connection's sync runs, latest first."""
    before = paging.after(NUMBER)
    with this.database.reading() as db:
        found = theirs.account(db, caller, connection)
        rows = runs.of_connection(db, found.id, paging.limit + 1, before)
    return paging.page(rows, lambda row: row.id, runs.as_json)


@router.post(
    "/connections/{connection}/runs",
    response_model=answers.SyncRun,
    status_code=202,
    responses=otherwise(200, answers.Preview, "What a sync would do now")
    | documented(400, 404, 409, 413, 500, 502, 503, 504),
)
def ask_for_run(this: This, caller: Connecting, once: Once, connection: asked.Number, wanted: asked.NewRun) -> Response:
    """Ask for a sync; the worker does it, `Location` tells how it goes. With `dry_run`, only what it would do now.

    A connection has one run at a time: asked for while one is being done, it goes again when that one ends.
    """
    if kept := once.kept(caller):
        return kept
    if wanted.dry_run:
        with this.database.reading() as db:
            found = theirs.account(db, caller, connection)
            accounts.refuse_unless_active(found)
        would = preview(this.database, this.settings, found.id)
        return once.act(caller, lambda _: Given(200, would))

    def request(db: Connection) -> Given:
        found = theirs.account(db, caller, connection)
        run = ask(db, found, by=caller.person.email, accepts=wanted.accept_gone)
        return Given(202, runs.as_json(runs.by_id(db, run)), f"/runs/{run}")

    return once.act(caller, request)


@router.get("/runs/{run}", response_model=answers.SyncRun, responses=documented(404))
def get_run(this: This, caller: Reading, run: asked.Number) -> dict[str, Any]:
    """How a sync run stands."""
    with this.database.reading() as db:
        return runs.as_json(theirs.sync_run(db, caller, run))
