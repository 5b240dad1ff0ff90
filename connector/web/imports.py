"""Importing documents: badges from a file, or pasted."""

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from connector.problem import Problem
from connector.sync.imports import import_document
from connector.web.gate import GivenWithFile, PostingFile, Visit, Visiting, contents, text
from connector.web.pages import page, status_of
from connector.web.reach import at_the_desk

router = APIRouter(prefix="/import")


@router.get("")
def ask(visit: Visiting) -> Response:
    """Where a document is chosen or pasted."""
    return _page(visit, "")


@router.post("")
async def take_in(visit: PostingFile, form: GivenWithFile) -> Response:
    """Take in the badges of what was chosen or pasted."""
    pasted = text(form, "pasted").strip()
    document = await contents(form, "file") or pasted.encode()
    return await run_in_threadpool(_taken_in, visit, document, pasted)


def _taken_in(visit: Visit, document: bytes, pasted: str) -> Response:
    if not document:
        message = "Choose a file, or paste the document."
        problem = Problem("nothing_given", message, action="Nothing was imported.", fields={"file": message})
        return _page(visit, pasted, problem)
    this = visit.this
    try:
        run = import_document(this.database, this.settings, this.keys, visit.owner, document, by=visit.by)
    except Problem as problem:
        return _page(visit, pasted, at_the_desk(problem))
    counts = [
        f"{getattr(run, name):,} {name}" for name in ("new", "changed", "unchanged", "skipped") if getattr(run, name)
    ]
    unread = f" {run.unreadable:,} could not be read." if run.unreadable else ""
    return visit.then(
        f"/connections/{run.connection_id}",
        tone="warn" if run.unreadable else "ok",
        title=f"Imported: {', '.join(counts) or 'nothing new'}.{unread}",
        text="Confirm below that the badges are yours to publish; then review them.",
    )


def _page(visit: Visit, pasted: str, problem: Problem | None = None) -> Response:
    return page(visit, "import.html", status_of(problem) if problem else 200, pasted=pasted, problem=problem)
