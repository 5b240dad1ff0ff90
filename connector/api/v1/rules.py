"""The rules of an organization: what it has decided for many badges at once."""

from typing import Any

from fastapi import APIRouter

from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Approving, Editing, Reading, This
from connector.api.v1.organizations import Called
from connector.api.v1.paging import Page, Paged
from connector.api.v1.problems import documented
from connector.api.v1.route import Operation
from connector.credentials import rules

router = APIRouter(prefix="/organizations/{organization}/rules", tags=["rules"], route_class=Operation)


@router.get("", response_model=answers.RulesInForce, responses=documented(404, 409))
def get_rules(this: This, caller: Reading, organization: Called) -> dict[str, Any]:
    """The rules that hold now, as a file and one by one, each with how many badges it holds for."""
    with this.database.reading() as db:
        owner = theirs.organization(db, caller, organization)
        book = rules.book(db, owner.id)
        standing = rules.standing(db, owner.id, book.text)
    return book._asdict() | {"rules": [each._asdict() for each in standing]}


@router.get("/history", response_model=Page[answers.SavedRules], responses=documented(404, 409))
def list_rules(this: This, caller: Reading, paging: Paged, organization: Called) -> dict[str, Any]:
    """All rules that were ever saved, oldest first, and who saved them when."""
    with this.database.reading() as db:
        found = rules.history(db, theirs.organization(db, caller, organization).id)
    return paging.slice(found[::-1], lambda each: each.number, lambda each: each._asdict())


@router.post("/previews", response_model=answers.RulesPreview, responses=documented(400, 404, 409, 413))
def preview_rules(this: This, caller: Editing, organization: Called, wanted: asked.RulesToPreview) -> dict[str, Any]:
    """What rules would change, over all records. Nothing is saved."""
    with this.database.reading() as db:
        owner = theirs.organization(db, caller, organization)
        return rules.preview(db, owner.id, wanted.text).as_json()


@router.put("", response_model=answers.RulesPreview, responses=documented(400, 404, 409, 413))
def save_rules(this: This, caller: Approving, organization: Called, wanted: asked.RulesToSave) -> dict[str, Any]:
    """Have rules hold from now on, and map all records by them: it takes approvals away, and may give some.

    Refused (`changed_while_you_looked`) where they would do something else than the preview said.
    """
    with this.database.transaction() as db:
        owner = theirs.organization(db, caller, organization)
        return rules.save(db, owner.id, wanted.text, seen=wanted.seen, by=caller.person.email).as_json()
