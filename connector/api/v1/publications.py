"""Publishing: asked for here, done by the worker; and taking records out again."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import Connection, Row

from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Publishing, Reading, This
from connector.api.v1.once import Given, Once
from connector.api.v1.paging import NUMBER, Page, Paged
from connector.api.v1.problems import documented, otherwise
from connector.api.v1.route import Operation
from connector.publishing import publications, publish

router = APIRouter(prefix="/publications", tags=["publications"], route_class=Operation)
Organization = Annotated[str, Query(min_length=1, max_length=200, description="Whose: id, CTID or unique name.")]


@router.post(
    "",
    response_model=answers.Publication,
    status_code=202,
    responses=otherwise(200, answers.Rehearsal, "What publishing would do now") | documented(400, 404, 409, 413),
)
def ask_for_publication(this: This, caller: Publishing, once: Once, wanted: asked.NewPublication) -> Response:
    """Ask for everything approved to be published; the worker does it, `Location` tells how it goes.

    With `dry_run`, only what would be sent now. An organization has one publishing run at a time.
    """
    if kept := once.kept(caller):
        return kept
    if wanted.dry_run:
        with this.database.reading() as db:
            owner = theirs.organization(db, caller, wanted.organization)
        found = publish.publish(
            this.database,
            this.settings,
            owner,
            destination_name=None,
            by=caller.person.email,
            dry_run=True,
            report=lambda _: None,
        )
        return once.act(caller, lambda _: Given(200, {"outcomes": [each.as_json() for each in found]}))

    def request(db: Connection) -> Given:
        owner = theirs.organization(db, caller, wanted.organization)
        run = publish.request(db, owner, by=caller.person.email)
        row = publications.run(db, owner.id, run)
        assert row is not None
        return Given(202, publications.run_as_json(row), f"/publications/runs/{run}")

    return once.act(caller, request)


@router.get("", response_model=Page[answers.Publication], responses=documented(404, 409))
def list_publications(this: This, caller: Reading, paging: Paged, organization: Organization) -> dict[str, Any]:
    """An organization's publishing runs, latest first."""
    before = paging.after(NUMBER)
    with this.database.reading() as db:
        owner = theirs.organization(db, caller, organization)
        rows = publications.runs(db, owner.id, paging.limit + 1, before)
    return paging.page(rows, lambda row: row.id, publications.run_as_json)


@router.get("/runs/{run}", response_model=answers.Publication, responses=documented(404))
def get_publication(this: This, caller: Reading, run: asked.Number) -> dict[str, Any]:
    """How a publishing run stands."""
    with this.database.reading() as db:
        return publications.run_as_json(theirs.publishing_run(db, caller, run))


@router.get("/runs/{run}/attempts", response_model=Page[answers.Attempt], responses=documented(404))
def list_attempts(this: This, caller: Reading, paging: Paged, run: asked.Number) -> dict[str, Any]:
    """What a publishing run sent, in the order it was sent, and what the destination said."""
    after = paging.after(NUMBER) or 0
    with this.database.reading() as db:
        found = theirs.publishing_run(db, caller, run)
        rows = publications.attempts(db, found.id, paging.limit + 1, after)
    return paging.page(rows, lambda row: row.id, _attempt)


@router.delete("/{record}", response_model=answers.Outcome, responses=documented(404))
def unpublish(this: This, caller: Publishing, record: asked.RecordId) -> dict[str, Any]:
    """Take a record out of its organization's destination; it stays out until it is approved again."""
    with this.database.reading() as db:
        found = theirs.record(db, caller, record).row.id
    (outcome,) = publish.unpublish(this.database, this.settings, [found], by=caller.person.email)
    return outcome.as_json()


def _attempt(row: Row[Any]) -> dict[str, Any]:
    names = ("kind", "subject", "url", "outcome", "request", "answer", "made_by", "made_at")
    return {"attempt": row.id, **{name: getattr(row, name) for name in names}}
