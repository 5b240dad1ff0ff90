"""Matches: what was published before is brought in, and a person says which badges they have already."""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Approving, Editing, Reading, This
from connector.api.v1.once import Given, Once
from connector.api.v1.organizations import Called
from connector.api.v1.paging import NUMBER, Page, Paged
from connector.api.v1.problems import documented
from connector.api.v1.route import Operation
from connector.credentials import joining, matching
from connector.publishing import bring_in

router = APIRouter(tags=["matches"], route_class=Operation)
OF_ORGANIZATION = "/organizations/{organization}"


@router.post(
    f"{OF_ORGANIZATION}/brought-in", response_model=answers.BroughtIn, responses=documented(400, 404, 409, 413, 502)
)
def bring_in_what_was_published(
    this: This, caller: Approving, once: Once, organization: Called, wanted: asked.BroughtIn
) -> Response:
    """Bring in what the organization published before, or say that there is nothing.

    Before a real destination no badge is approved as new until one of the two was done. Done again, it takes over what
    has changed elsewhere, and what people have edited here stays.
    """
    if kept := once.kept(caller):
        return kept
    with this.database.reading() as db:
        owner = theirs.organization(db, caller, organization)
    by = caller.person.email
    if wanted.answer == "decline":
        done = bring_in.declined(this.database, owner, by=by)
    elif wanted.content is None:
        done = bring_in.from_destination(this.database, this.settings, owner, by=by).as_json()
    else:
        how = {"complete": wanted.complete, "fetch": wanted.fetch}
        report = bring_in.from_file(this.database, this.settings, owner, wanted.content.encode(), **how, by=by)
        done = report.as_json()
    return once.act(caller, lambda _: Given(200, done))


@router.get(f"{OF_ORGANIZATION}/matches", response_model=Page[answers.Match], responses=documented(404, 409))
def list_matches(this: This, caller: Reading, paging: Paged, organization: Called) -> dict[str, Any]:
    """Badges that may be credentials which the organization has already, and wait for an answer; the surest first."""
    start = paging.after(NUMBER) or 0
    with this.database.reading() as db:
        owner = theirs.organization(db, caller, organization)
        found = matching.open_ones(db, owner.id, limit=paging.limit + 1, offset=start)
        shown = matching.as_json(db, found)
    numbered = list(enumerate(shown, start + 1))
    return paging.page(numbered, lambda each: each[0], lambda each: each[1])


@router.post(
    f"{OF_ORGANIZATION}/matches/{{match}}",
    response_model=answers.Matched,
    responses=documented(400, 404, 409, 413),
)
def answer_match(
    this: This, caller: Editing, once: Once, organization: Called, match: asked.Number, wanted: asked.MatchAnswer
) -> Response:
    """Say what a badge is to the other record, or that they have nothing to do with each other.

    As the same credential, a new design or a translation, the badge's own record gives way to the other, which keeps
    its values and its CTID. What changed in a record that was approved needs approval again.
    """

    def act(db: Connection) -> Given:
        owner = theirs.organization(db, caller, organization)
        found = matching.one(db, owner.id, match)
        by = caller.person.email
        if wanted.answer == "refuse":
            joining.decline(db, found, by=by)
            return Given(200, {"id": found.id, "state": "declined"})
        done = joining.accept(db, found, wanted.answer, by=by)
        return Given(200, {"id": found.id, "state": "accepted", **done})

    return once.act(caller, act)


@router.post("/records/{record}/apart", response_model=answers.TakenApart, responses=documented(400, 404, 409, 413))
def take_apart(this: This, caller: Editing, once: Once, record: asked.RecordId) -> Response:
    """Take a badge's record apart from what it was put together with; what was suggested about it is open again."""

    def act(db: Connection) -> Given:
        owner = theirs.owner_of(db, caller, record)
        return Given(200, joining.undo(db, owner, record, by=caller.person.email))

    return once.act(caller, act)
