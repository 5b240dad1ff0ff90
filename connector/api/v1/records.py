"""Credential records: list, look at, edit what was seen, settle conflicts."""

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import TypeAdapter
from sqlalchemy import Connection

from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Editing, Reading, This
from connector.api.v1.once import Given, Once
from connector.api.v1.paging import Number, Page, Paged
from connector.api.v1.problems import Responses, documented
from connector.api.v1.route import Operation
from connector.credentials import alignments, decisions, queries, shapes
from connector.credentials.queries import Listed
from connector.credentials.state import CHANGED
from connector.opened import Opened
from connector.organizations.api_tokens import Caller
from connector.problem import Problem
from mappings.rules import Placement

router = APIRouter(prefix="/records", tags=["records"], route_class=Operation)
PLACE = TypeAdapter[tuple[int, str]](tuple[Number, str])
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
_ETAG = {"ETag": {"description": "The content hash, quoted.", "schema": {"type": "string"}}}
_WITH_ETAG: Responses = {200: {"headers": _ETAG}}
_UNCHANGED: Responses = {304: {"description": "It is what you have"}}

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of what was seen; without it nothing is changed.")
]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="The ETag of what is at hand.")]


@router.get("", response_model=Page[answers.Record], responses=documented(404, 409))
def list_records(
    this: This,
    caller: Reading,
    paging: Paged,
    organization: Annotated[str | None, Query(max_length=200, description="Only those of this organization.")] = None,
    connection: Annotated[int | None, Query(ge=1, lt=2**31, description="Only those from this connection.")] = None,
    status: Annotated[str | None, Query(description="Such as incomplete, approved or awaiting_approval.")] = None,
    credential_type: Annotated[str | None, Query(alias="type", max_length=200, description="Such as Badge.")] = None,
    need: Annotated[str | None, Query(description="What they need a person for, such as approval or type.")] = None,
    waiting: Annotated[bool, Query(description="Only those that wait for a person.")] = False,
    confidence: Annotated[Literal["high", "middle", "low"] | None, Query(description="How sure the type is.")] = None,
    findings: Annotated[Literal["required", "recommended", "none"] | None, Query(description="What they lack.")] = None,
    changed: Annotated[Literal["new", "lately", "before"] | None, Query(description="When they changed.")] = None,
    text: Annotated[str | None, Query(max_length=200, description="Part of a name; or an id, CTID, badge id.")] = None,
) -> dict[str, Any]:
    """Records in source order, the incomplete ones too; each with the hash of its content, to approve it by.

    `status`, `need`, `confidence`, `findings` and `changed` are the words of the desk's filters; all that are given
    hold at once.
    """
    after = paging.after(PLACE)
    which = queries.where(
        connection=connection,
        status=status,
        credential_type=credential_type,
        need=need,
        waiting=waiting,
        confidence=confidence,
        findings=findings,
        changed=changed,
        text=text,
    )
    with this.database.reading() as db:
        theirs_only = theirs.records_of(db, caller, organization)
        if connection is not None:
            theirs.account(db, caller, connection)
        found = queries.portion(db, theirs_only & which, paging.limit + 1, after=after)
    return paging.page(found, _place, lambda each: shapes.listed(each) | {"content_hash": each.sourced.content.hash})


@router.get(
    "/{record}",
    response_model=answers.RecordInFull,
    responses=_WITH_ETAG | _UNCHANGED | documented(404),
)
def get_record(
    this: This,
    caller: Reading,
    response: Response,
    record: asked.RecordId,
    if_none_match: IfNoneMatch = None,
) -> Any:
    """One record with everything there is to know of it: values, where they come from, findings, conflicts."""
    with this.database.reading() as db:
        found = theirs.listed(db, caller, record)
    tag = _tag(found)
    if if_none_match is not None and _names(if_none_match, found, weak=True):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return shapes.shown(found, this.settings.registry_url)


@router.patch(
    "/{record}",
    response_model=answers.RecordInFull,
    responses=_WITH_ETAG | documented(400, 404, 412, 413, 428),
)
def edit_record(
    this: This,
    caller: Editing,
    response: Response,
    record: asked.RecordId,
    wanted: asked.RecordChange,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Edit a record as it was seen: `If-Match` holds its ETag, and nothing is changed where it is another by now."""
    with this.database.transaction() as db:
        seen = theirs.listed(db, caller, record)
        _refuse_unless_matched(if_match, seen)
        decisions.edit(
            db,
            seen.sourced.row.id,
            set_to=wanted.set.items(),
            set_json=wanted.set_json.items(),
            unset=wanted.unset,
            by=caller.person.email,
        )
        found = theirs.listed(db, caller, seen.sourced.row.id)
    response.headers["ETag"] = _tag(found)
    return shapes.shown(found, this.settings.registry_url)


@router.get("/{record}/history", response_model=Page[answers.Revision], responses=documented(404))
def list_history(this: This, caller: Reading, paging: Paged, record: asked.RecordId) -> dict[str, Any]:
    """What people decided about a record, oldest first, with the content it had then."""
    with this.database.reading() as db:
        found = queries.history(db, theirs.record(db, caller, record).row.id)
    return paging.slice(found, lambda each: int(each["number"]), lambda each: each)


@router.post(
    "/{record}/resolutions",
    response_model=answers.RecordInFull,
    responses=documented(400, 404, 409, 413),
)
def resolve(this: This, caller: Editing, once: Once, record: asked.RecordId, wanted: asked.Resolution) -> Response:
    """Settle a conflict between an edit and the platform: keep the edit (mine), or take the platform's value."""

    def act(db: Connection) -> Given:
        found = theirs.record(db, caller, record)
        decisions.resolve(
            db,
            found.row.id,
            wanted.property,
            wanted.side,
            item=wanted.item,
            seen=wanted.content_hash,
            by=caller.person.email,
        )
        return Given(200, _shown(db, this, caller, found.row.id))

    return once.act(caller, act)


@router.post(
    "/{record}/placements",
    response_model=answers.RecordInFull,
    responses=documented(400, 404, 409, 413),
)
def place(this: This, caller: Editing, once: Once, record: asked.RecordId, wanted: asked.Placements) -> Response:
    """Say where alignments of the badge belong in the record: a target and a property, or that they are left out."""

    def act(db: Connection) -> Given:
        found = theirs.record(db, caller, record)
        placements = {key: Placement(**to.model_dump()) if to else None for key, to in wanted.alignments.items()}
        alignments.align(db, found.row.id, placements, seen=wanted.content_hash, by=caller.person.email)
        return Given(200, _shown(db, this, caller, found.row.id))

    return once.act(caller, act)


def _shown(db: Connection, this: Opened, caller: Caller, record: str) -> dict[str, Any]:
    return shapes.shown(theirs.listed(db, caller, record), this.settings.registry_url)


def _place(each: Listed) -> tuple[int, str]:
    return each.sourced.row.position, each.sourced.row.id


def _tag(found: Listed) -> str:
    return f'"{found.sourced.content.hash}"'


def _refuse_unless_matched(if_match: str | None, found: Listed) -> None:
    if if_match is None:
        message = "An edit needs the record's ETag in If-Match: it is an edit of what was seen."
        raise Problem("precondition_required", message, action="Get the record, then send its ETag along.")
    if not _names(if_match, found, weak=False):
        raise Problem("precondition_failed", CHANGED, action="Look at the record again; nothing was changed.")


def _names(header: str, found: Listed, *, weak: bool) -> bool:
    """Whether a list of entity tags (RFC 9110 §13.1) holds the record's; for editing, weak ones do not count."""
    tags = _TAG.findall(header)
    return header.strip() == "*" or any(tag == found.sourced.content.hash and (weak or not w) for w, tag in tags)
