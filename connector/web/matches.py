"""Matches: what was published before is brought in, and a person says which badges they have already."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from connector.credentials import differences, joining, matching, queries, records
from connector.credentials.matching import SURE, Kind, Suggestion
from connector.credentials.records import Sourced
from connector.organizations.destinations import brought_in
from connector.problem import Problem
from connector.publishing import bring_in
from connector.publishing.bring_in import Report
from connector.publishing.destinations import destination
from connector.web.gate import Given, GivenWithFile, Number, Posting, PostingFile, Visit, Visiting, contents, text
from connector.web.pages import page, status_of
from connector.web.reach import at_the_desk
from mappings.ctdl import vocabulary
from mappings.minimum_data import label

router = APIRouter(prefix="/matches")
PER_PAGE = 10
MOST_LEFT_OUT = 8
LONGEST = 240

ANSWERS: Mapping[Kind, tuple[str, str]] = {
    "same": ("Same credential", "One record: yours keeps its values and its CTID, and gains the badge."),
    "new_design": ("New design", "One record: it keeps its CTID and takes its content from this badge from now on."),
    "new_version": ("New version", "Two records that name each other as versions."),
    "translation": ("Translation", "One record: it gains the texts of this badge in its language."),
    "step": ("A step to it", "Two records: this badge names what it is required for."),
}
"""What a person may say of two records: the word on the button, and what comes of it."""

_USUAL: tuple[Kind, ...] = ("same", "new_design", "new_version")
_SHOWN = (
    "name",
    "credentialType",
    "description",
    "subjectWebpage",
    "credentialStatusType",
    "inLanguage",
    "credentialId",
    "sameAs",
    "identifier",
    "keyword",
)

_OF_BADGES = frozenset({"credentialId", "sameAs", "identifier"})
"""What every badge has: it only tells something where the record says it too."""


@router.get("")
def show(visit: Visiting, page: int = 1, record: str = "") -> Response:
    """What may be the same credential twice, the surest first; with `record`, only what concerns that one."""
    return _page(visit, max(1, min(page, 10**6)), record=record or None)


@router.post("/load")
def load(visit: Posting) -> Response:
    """Bring in what the destination holds."""
    try:
        report = bring_in.from_destination(visit.this.database, visit.this.settings, visit.owner, by=visit.by)
    except Problem as problem:
        return _page(visit, 1, problem)
    return _brought_in(visit, report)


@router.post("/file")
async def upload(visit: PostingFile, form: GivenWithFile) -> Response:
    """Bring in what a download holds."""
    content = await contents(form, "file")
    chosen = text(form, "how")
    return await run_in_threadpool(_uploaded, visit, content, chosen)


@router.post("/decline")
def decline(visit: Posting) -> Response:
    """Nothing was published before."""
    bring_in.declined(visit.this.database, visit.owner, by=visit.by)
    return visit.then("/matches", title="Noted: nothing was published before.", text="Badges can be approved as new.")


@router.post("/sure")
def sure(visit: Posting) -> Response:
    """Accept all that are the same for sure."""
    with visit.writing() as connection:
        done = joining.accept_sure(connection, visit.owner.id, by=visit.by)
    lines = [each["message"] for each in done["refused"]]
    title = f"{done['accepted']:,} put together." if done["accepted"] else "Nothing was put together."
    return visit.then("/matches", tone="warn" if lines else "ok", title=title, text=_NEXT, lines=lines)


@router.post("/undo")
def undo(visit: Posting, form: Given) -> Response:
    """Take a badge's record apart from what it was put together with."""
    called = text(form, "record")
    with visit.writing() as connection:
        done = joining.undo(connection, visit.owner.id, called, by=visit.by)
    return visit.then(f"/records/{done['record']}", title="Taken apart again.", text="Both are as they were before.")


@router.post("/{suggestion_id}")
def answer(visit: Posting, suggestion_id: Number, form: Given) -> Response:
    """What a person says of two records."""
    said = text(form, "answer")
    kind = next((each for each in ANSWERS if each == said), None)
    try:
        with visit.writing() as connection:
            found = matching.one(connection, visit.owner.id, suggestion_id)
            if said == "refuse":
                joining.decline(connection, found, by=visit.by)
            else:
                done = joining.accept(connection, found, kind, by=visit.by)
    except Problem as problem:
        return _page(visit, 1, problem)
    if said == "refuse":
        return visit.then("/matches", title="They stay two.", text="You are not asked about them again.")
    link = (f"/records/{done['other']}", "Look at the record")
    return visit.then("/matches", title=f"{ANSWERS[done['kind']][0]}: done.", text=_NEXT, link=link)


_NEXT = "What changed in a record that was approved needs approval again."


def _uploaded(visit: Visit, content: bytes, chosen: str) -> Response:
    if not content:
        message = "Choose the file that you downloaded."
        return _page(visit, 1, Problem("nothing_given", message, action="", fields={"file": message}))
    this = visit.this
    try:
        report = bring_in.from_file(
            this.database,
            this.settings,
            visit.owner,
            content,
            complete=chosen == "complete",
            fetch=chosen == "fetch",
            by=visit.by,
        )
    except Problem as problem:
        return _page(visit, 1, problem)
    return _brought_in(visit, report)


def _brought_in(visit: Visit, report: Report) -> Response:
    words = {"new": "new", "changed": "changed", "unchanged": "as they were", "ours": "from your badges already"}
    counted = [f"{report.counts[name]:,} {word}" for name, word in words.items() if report.counts[name]]
    asked = f"{report.suggestions:,} to look at below." if report.suggestions else "No badge looks like one of them."
    lines = [" ".join(filter(None, each.values())) for each in report.left_out[:MOST_LEFT_OUT]]
    if more := len(report.left_out) - len(lines):
        lines.append(f"and {more:,} more")
    return visit.then(
        "/matches",
        tone="warn" if lines else "ok",
        title=f"Brought in: {', '.join(counted) or 'there was nothing'}.",
        text=f"{asked}{' Left out:' if lines else ''}",
        lines=lines,
    )


def _page(visit: Visit, number: int, problem: Problem | None = None, *, record: str | None = None) -> Response:
    with visit.reading() as connection:
        waiting = matching.how_many_open(connection, visit.owner.id, record_id=record)
        found = matching.open_ones(
            connection, visit.owner.id, record_id=record, limit=PER_PAGE, offset=(number - 1) * PER_PAGE
        )
        pairs = list(_pairs(connection, found))
        surely = len(matching.sure_ones(connection, visit.owner.id))
        before = brought_in(connection, visit.owner.id)
    return page(
        visit,
        "matches.html",
        status_of(problem) if problem else 200,
        pairs=pairs,
        waiting=waiting,
        surely=surely,
        least=SURE,
        before=before,
        at=_label(visit),
        number=number,
        last=max(1, -(-waiting // PER_PAGE)),
        only=record,
        answers=ANSWERS,
        problem=at_the_desk(problem) if problem else None,
    )


def _label(visit: Visit) -> str | None:
    """What people call the organization's destination; None where this installation does not know it."""
    try:
        return destination(visit.this.database, visit.this.settings, visit.owner.destination).label
    except Problem:
        return None


def _pairs(connection: Connection, found: Sequence[Suggestion]) -> Iterator[dict[str, Any]]:
    """Both records of each suggestion, side by side. Those that cannot be read now are left out."""
    ids = list({each for one in found for each in (one.record_id, one.other_id)})
    held = {each.row.id: each for each in records.read(connection, queries.among(ids))}
    for each in found:
        if each.record_id in held and each.other_id in held:
            yield _pair(each, held[each.record_id], held[each.other_id])


def _pair(found: Suggestion, badge: Sourced, there: Sourced) -> dict[str, Any]:
    left, right = badge.content.properties, there.content.properties
    rows = [
        {"label": label(name), "badge": _said(left.get(name)), "there": _said(right.get(name))}
        for name in _SHOWN
        if name in right or (name in left and name not in _OF_BADGES)
    ]
    kinds = _USUAL if found.kind in _USUAL else (found.kind, *_USUAL)
    return {
        "found": found,
        "badge": badge.row,
        "there": there.row,
        "differing": [row for row in rows if row["badge"] != row["there"]],
        "alike": [row["label"] for row in rows if row["badge"] == row["there"]],
        "kinds": sorted(kinds, key=lambda kind: kind != found.kind),
        "by_platform": there.badge is not None,
    }


def _said(value: Any) -> str:
    """A value in one line, terms by their labels."""
    said = " · ".join(vocabulary.label(each) for each in differences.texts(value))
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rstrip()}…"
