"""Renders pages: the frame around each, what a browser is told with it, and problems as pages of their own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from connector.connections import accounts as connections
from connector.credentials import matching, queries
from connector.organizations import sign_in
from connector.problem import Problem
from connector.web import looks
from connector.web.gate import Visit
from connector.web.reach import at_the_desk

STATIC = Path(__file__).parent / "static"
STATUS_OF = {
    "other_site": 403,
    "not_site_staff": 403,
    "publishing_under_way": 409,
    "form_outdated": 403,
    "form_too_long": 413,
    "too_many_sign_ins": 429,
    "changed_while_you_looked": 409,
}

templates = Environment(
    loader=PackageLoader("connector.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.do"],
)


def page(visit: Visit, name: str, status: int = 200, **context: Any) -> Response:
    """A page of somebody who is signed in."""
    html = templates.get_template(name).render(**framed(visit), **context)
    return HTMLResponse(html, status)


def framed(visit: Visit) -> dict[str, Any]:
    """What the frame of a page shows. A notice that was left is shown once, and taken away."""
    counts = {"connections": 0, "waiting": 0, "matches": 0}
    if visit.organization:
        with visit.reading() as connection:
            counts["connections"] = len(connections.every(connection, visit.organization.id))
            waiting = queries.where(organization=visit.organization.id, waiting=True)
            counts["waiting"] = queries.how_many(connection, waiting)
            counts["matches"] = matching.how_many_open(connection, visit.organization.id)
    if visit.session.notice is not None:
        with visit.writing() as connection:
            sign_in.leave_notice(connection, visit.session.key, None)
    return {
        "visit": visit,
        "frame": counts,
        "path": visit.request.url.path,
        "form_token": visit.form_token,
        "notice": visit.session.notice,
        "looks": looks,
    }


def plain_page(name: str, status: int = 200, **context: Any) -> Response:
    """A page for somebody who is not signed in."""
    return HTMLResponse(templates.get_template(name).render(looks=looks, notice=None, **context), status)


def problem_page(request: Request, problem: Problem) -> Response:
    """A problem as a page of its own: what happened, whose side it is on, what to do."""
    back = request.headers.get("referer")
    return plain_page("problem.html", status_of(problem), problem=at_the_desk(problem), back=back)


def status_of(problem: Problem) -> int:
    """The HTTP status of a problem."""
    if problem.code in STATUS_OF:
        return STATUS_OF[problem.code]
    if problem.code.endswith("not_found"):
        return 404
    return {"yours": 400, "platform": 502, "registry": 502, "ours": 500}[problem.side]


def _when(stamp: str | None, words: str = "") -> Markup:
    """A moment, in UTC; a browser with script shows it in the reader's own time."""
    if not stamp:
        return Markup("")
    at = datetime.fromisoformat(stamp).astimezone(UTC)
    is_day = len(stamp) == len("2026-11-23")
    shown = f"{at.day} {at:%b %Y}" if is_day else f"{at.day} {at:%b}, {at:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(stamp, words or shown)


def _many(number: int, one: str, more: str | None = None) -> str:
    """A number with its noun: 1 record, 1,200 records."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _breakable(address: str | None) -> Markup:
    """An address that may break after each slash."""
    return Markup("/<wbr>").join(escape(part) for part in (address or "").removeprefix("https://").split("/"))


def _query(given: Mapping[str, Any], **changed: Any) -> str:
    return looks.address(given, **changed)


def _sentence(words: str) -> str:
    """With a capital letter at its head; all other letters stay as they are, as in names and terms."""
    return words[:1].upper() + words[1:]


templates.filters |= {"when": _when, "breakable": _breakable, "sentence": _sentence, "n": lambda number: f"{number:,}"}
templates.globals |= {"many": _many, "query": _query}
