"""Publishing: what would go, the one button that sends it, and what became of each document."""

from collections.abc import Sequence
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row

from connector.credentials import records, verification_services
from connector.problem import Problem
from connector.publishing import foreseen, publications
from connector.publishing import publish as publishing
from connector.publishing.foreseen import Fate, Foreseen
from connector.web import looks
from connector.web.filters import type_label
from connector.web.gate import Posting, Visit, Visiting
from connector.web.live import Progress, as_events, as_fragment
from connector.web.pages import page
from connector.web.reach import at_the_desk
from mappings.ctdl.model import Credential, VerificationServiceProfile

router = APIRouter(prefix="/publish")
PER_PAGE = 50
RUNS = 5
FATES: tuple[Fate, ...] = get_args(Fate)
PROFILE = "Verification service profile"
After = Annotated[int, Query(ge=-1, le=2**62)]


@router.get("")
def look(visit: Visiting, show: str = "", after: After = -1) -> Response:
    """What exactly would go now, and the button that sends it."""
    owner = visit.owner
    fate = next((each for each in FATES if each == show), None)
    with visit.reading() as connection:
        counts = foreseen.counts(connection, owner)
        found = foreseen.documents(connection, owner, fate, after=after, limit=PER_PAGE + 1)
        runs = publications.runs(connection, owner.id, RUNS)
    credentials = [each for each in found if each.item.kind == "credential"]
    shown = found[: len(found) - (len(credentials) > PER_PAGE)]
    wanted = counts["new"] + counts["update"]
    return page(
        visit,
        "publish.html",
        owner=owner,
        counts=counts,
        wanted=wanted,
        total=counts[fate] if fate else wanted + counts["held"],
        fate=fate,
        fates=[(name, looks.FATES[name], counts[name]) for name in FATES],
        rows=[_document(each) for each in shown],
        following=shown[-1].item.position if len(credentials) > PER_PAGE else None,
        after=after,
        runs=[_run(row) for row in runs],
        busy=runs[0].id if runs and not runs[0].finished_at else None,
    )


@router.post("")
def publish(visit: Posting) -> Response:
    """Ask for everything that is approved to be sent."""
    try:
        with visit.writing() as connection:
            run = publishing.request(connection, visit.owner, by=visit.by)
    except Problem as problem:
        told = at_the_desk(problem)
        return visit.then("/publish", tone="bad", title=told.message, text=told.action)
    return visit.then(f"/publish/{run}")


@router.get("/{run_id}")
def one(visit: Visiting, run_id: int, outcome: str = "", after: After = 0) -> Response:
    """What a run has sent, document by document."""
    row = _reached(visit, run_id)
    chosen = outcome if outcome in looks.OUTCOMES else None
    with visit.reading() as connection:
        sent = publications.attempts(connection, row.id, PER_PAGE + 1, max(after, 0), chosen)
        outcomes = publications.outcomes(connection, row.id)
        names = _names(visit, sent)
    shown = sent[:PER_PAGE]
    return page(
        visit,
        "published.html",
        run=_run(row),
        row=row,
        live=None if row.finished_at else _progress(row),
        live_at=f"/publish/{row.id}",
        outcomes=outcomes,
        sent=sum(outcomes.values()),
        chosen=chosen,
        rows=[_attempt(each, names) for each in shown],
        following=shown[-1].id if len(sent) > PER_PAGE else None,
        after=after,
    )


@router.get("/{run_id}/progress")
def progress(visit: Visiting, run_id: int) -> Response:
    """How a run stands, as a part of the page."""
    return as_fragment(_progress(_reached(visit, run_id)))


@router.get("/{run_id}/events")
def events(visit: Visiting, run_id: int) -> Response:
    """How a run stands, whenever that has changed, until it ends."""
    _reached(visit, run_id)
    return as_events(lambda: _progress(_reached(visit, run_id)))


def _reached(visit: Visit, run_id: int) -> Row[Any]:
    """A run of an organization of the visitor's. Problem, as if it did not exist, where it is another's."""
    with visit.reading() as connection:
        row = publications.find_run(connection, run_id) if run_id < 2**31 else None
    if row is None or row.organization_id not in {each.id for each in visit.organizations}:
        raise Problem("not_found", "There is no such page.", action="See what was published under Publish.")
    visit.looks_at(row.organization_id)
    return row


def _progress(row: Row[Any]) -> Progress:
    done = sum(getattr(row, name) for name in publications.OUTCOMES)
    said = f"{done:,} of {row.total:,} documents looked at" if row.total is not None else "A worker takes it up soon"
    counts = _counts(row)
    look = looks.RUNS["complete" if row.finished_at else "queued" if row.total is None else "running"]
    return Progress(look, f"{said}{': ' if counts else '.'}{counts}", done, row.total, bool(row.finished_at))


def _run(row: Row[Any]) -> dict[str, Any]:
    problem = at_the_desk(Problem(**row.problem)) if row.problem else None
    failed = problem or row.failed
    look = looks.OUTCOMES["failed" if failed else "published"] if row.finished_at else looks.RUNS["running"]
    return {"row": row, "look": look, "counts": _counts(row) or "Nothing was there to send.", "problem": problem}


def _counts(row: Row[Any]) -> str:
    counted = looks.of_outcomes(row)
    return f"{counted}." if counted else ""


def _document(each: Foreseen) -> dict[str, Any]:
    node = each.item.node
    if isinstance(node, Credential):
        name, kind = next(iter((node.name or {}).values()), each.item.ctid), type_label(node.credential_type or "")
        address = f"/records/{each.item.subject}"
    else:
        name, kind, address = _name_of(node), PROFILE, f"/profiles/{each.item.ctid}"
    return {
        "name": name,
        "type": kind,
        "ctid": each.item.ctid,
        "address": address,
        "look": looks.FATES[each.fate],
        "lacking": each.lacking,
        "owner": each.owner,
        "there": each.fate in ("update", "unchanged"),
    }


def _name_of(profile: VerificationServiceProfile) -> str:
    """A profile has no name of its own: it is called by where people look a badge up."""
    host = next((urlsplit(address).hostname for address in profile.verification_directory), None)
    return f"Verification at {host}" if host else PROFILE


def _names(visit: Visit, sent: Sequence[Row[Any]]) -> dict[str, tuple[str, str]]:
    """Name and type of everything that was sent, by subject."""
    with visit.reading() as connection:
        found = {
            ctid: (_name_of(profile), PROFILE)
            for ctid, profile in verification_services.present(connection, visit.owner.id).items()
        }
        named = records.names(connection, [row.subject for row in sent if row.kind == "credential"])
    return found | {record_id: (name, type_label(kind)) for record_id, (name, kind) in named.items()}


def _attempt(row: Row[Any], names: dict[str, tuple[str, str]]) -> dict[str, Any]:
    ctid = row.request["ctid"]
    name, kind = names.get(row.subject, (ctid, ""))
    return {
        "name": name,
        "type": kind,
        "ctid": ctid,
        "address": f"/records/{row.subject}" if row.kind == "credential" else None,
        "look": looks.OUTCOMES[row.outcome],
        "messages": " ".join((row.answer or {}).get("messages", ())),
        "there": row.outcome in publications.HELD,
        "at": row.made_at,
    }
