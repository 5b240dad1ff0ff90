"""Mapping records again with this version: first what would change, then, if a person says so, the change."""

from fastapi import APIRouter, Response

from connector.credentials import remap as remapping
from connector.web.gate import Posting, Visiting
from connector.web.pages import page

router = APIRouter()
MOST_SHOWN = 50


@router.get("/remap")
def look(visit: Visiting) -> Response:
    """What mapping the organization's records again would change."""
    with visit.reading() as connection:
        affected = remapping.remap(connection, visit.owner.id, by=visit.by, dry_run=True)
    losing = [each for each in affected if each.loses_approval]
    return page(visit, "remap.html", affected=len(affected), losing=losing[:MOST_SHOWN], lose=len(losing))


@router.post("/remap")
def remap(visit: Posting) -> Response:
    """Map the organization's records again."""
    with visit.writing() as connection:
        affected = remapping.remap(connection, visit.owner.id, by=visit.by, dry_run=False)
    losing = sum(each.loses_approval for each in affected)
    text = f"{losing:,} of them need approval again." if losing else "Every approval still fits."
    return visit.then("/", title=f"{len(affected):,} records are mapped again.", text=text)
