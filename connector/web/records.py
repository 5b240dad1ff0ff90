"""The page of records: what there is, where each stands, what it lacks."""

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from connector.credentials import queries, shapes, statuses
from mappings.ctdl import vocabulary

STATIC = Path(__file__).parent / "static"
PER_PAGE = 50

router = APIRouter()
templates = Environment(loader=PackageLoader("connector.web"), autoescape=True, undefined=StrictUndefined)


class Shown(NamedTuple):
    """How a status looks: its word, its shape, its tone, and the heading of its list."""

    word: str
    shape: str
    tone: str


LOOKS = {
    statuses.AWAITING: Shown("Ready to approve", "ring", ""),
    "incomplete": Shown("Incomplete", "dash", ""),
    "conflict": Shown("Conflict", "two", "warn"),
    "needs_reapproval": Shown("Needs reapproval", "half", "warn"),
    "approved": Shown("Approved", "check", "ok"),
    "needs_republishing": Shown("Needs republishing", "up", "warn"),
    "published": Shown("Published (practice)", "pdone", "ok"),
    "rejected": Shown("Rejected", "no", ""),
    "gone_at_source": Shown("Gone at source", "gone", "warn"),
}
"""In the order of a record's life. A destination that is practice says so wherever the word published stands."""

_OF_A_RECORD = (
    "gone_at_source",
    "conflict",
    "rejected",
    "needs_reapproval",
    "incomplete",
    "needs_republishing",
    "published",
    "approved",
)


@router.get("/", response_class=HTMLResponse)
def page(
    request: Request,
    status: Annotated[str | None, Query()] = None,
    asked: Annotated[str, Query(alias="page")] = "1",
) -> Response:
    """One page of records, of all or of one status."""
    status = status if status in LOOKS else None
    with request.app.state.database.reading() as connection:
        counts = queries.counts(connection)
        which = queries.where(status=status)
        total = counts[status] if status else counts["all"]
        last = max(1, -(-total // PER_PAGE))
        number = min(_number(asked), last)
        found = [_row(each) for each in queries.page(connection, which, (number - 1) * PER_PAGE, PER_PAGE)]
    first = (number - 1) * PER_PAGE + 1
    html = templates.get_template("records.html").render(
        rows=found,
        counts=counts,
        facets=_facets(status, counts),
        looks=LOOKS,
        status=status,
        span=(first, first + len(found) - 1, total),
        before=_address(status, number - 1) if number > 1 else None,
        after=_address(status, number + 1) if number < last else None,
    )
    return HTMLResponse(html)


def _row(each: queries.Listed) -> dict[str, Any]:
    shown = shapes.listed(each)
    held = next((name for name in _OF_A_RECORD if name in each.statuses), statuses.AWAITING)
    kind = shapes.credential_type(each.sourced.mapped.credential_type, each.sourced.content)
    graves = Counter(finding.severity for finding in each.findings)
    term = vocabulary.credential_types().get(shown["credential_type"])
    return {
        **shown,
        "look": LOOKS[held],
        "type": term.label if term else shown["credential_type"],
        "confidence": round(kind["confidence"] * 100),
        "decided": kind["decided"],
        "required": [f for f in shown["findings"] if f["severity"] == "required"],
        "recommended": graves["recommended"],
        "page": each.sourced.row.subject_webpage,
        "published": "published" in each.statuses,
    }


def _facets(status: str | None, counts: Counter[str]) -> list[tuple[str, str, int, bool]]:
    every = [("All", _address(None, 1), counts["all"], status is None)]
    return every + [(look.word, _address(name, 1), counts[name], status == name) for name, look in LOOKS.items()]


def _number(asked: str) -> int:
    """The page asked for. What is no number of a page is the first one, as an unknown status is all of them."""
    return max(1, int(asked)) if re.fullmatch("[0-9]{1,9}", asked) else 1


def _address(status: str | None, number: int) -> str:
    query = {"status": status} if status else {}
    return "/?" + urlencode(query | ({"page": number} if number > 1 else {})) if query or number > 1 else "/"
