"""Organizations at the desk: add one, look at another."""

from fastapi import APIRouter, Response

from connector.organizations import accounts, sign_in
from connector.problem import Problem
from connector.web.gate import Given, Posting, Visit, Visiting, text
from connector.web.pages import page, status_of

router = APIRouter(prefix="/organizations")
FIELDS = ("name", "ctid", "website", "description")


@router.get("/new")
def ask(visit: Visiting) -> Response:
    """The form for a new organization."""
    if not visit.session.person.site_staff:
        return page(visit, "no_organization.html")
    return page(visit, "organization.html", values=dict.fromkeys(FIELDS, ""), problem=None)


@router.post("/new")
def add(visit: Posting, form: Given) -> Response:
    """Add an organization, or show what is wrong with it beside each field."""
    _refuse_unless_site_staff(visit, "add")
    values = {name: text(form, name) for name in FIELDS}
    try:
        with visit.writing() as connection:
            made = accounts.add(connection, **values)
            sign_in.look_at(connection, visit.session.key, made.id)
    except Problem as problem:
        return page(visit, "organization.html", status_of(problem), values=values, problem=problem)
    return visit.then("/", tone="ok", title=f"{made.name} is added.", text="Next: connect a badge platform.")


@router.post("/look-at")
def look_at(visit: Posting, form: Given) -> Response:
    """Look at another organization."""
    chosen = text(form, "organization")
    visit.looks_at(int(chosen) if chosen.isdecimal() and len(chosen) < 10 else 0)
    return visit.then("/")


@router.post("/{organization_id}/approve")
def approve(visit: Posting, organization_id: int) -> Response:
    """Site staff approve an organization: from now on what is approved of it can be published."""
    visit.looks_at(organization_id)
    _refuse_unless_site_staff(visit, "approve")
    with visit.writing() as connection:
        accounts.approve(connection, visit.owner, by=visit.by)
    return visit.then("/publish", tone="ok", title=f"{visit.owner.name} is approved.", text="")


def _refuse_unless_site_staff(visit: Visit, verb: str) -> None:
    if not visit.session.person.site_staff:
        raise Problem("not_site_staff", f"Only site staff {verb} organizations.", action="Ask them.")
