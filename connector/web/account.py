"""A person's own pages: who they are, their API tokens; and what the words and keys of the desk mean."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response

from connector.clock import stamp
from connector.organizations import api_tokens
from connector.problem import Problem
from connector.web import looks
from connector.web.gate import Given, Number, Posting, Visit, Visiting, text, texts
from connector.web.pages import page, status_of

router = APIRouter()
DAYS = "90"
SOON = timedelta(days=14)
MEANINGS = {
    "awaiting_approval": "Complete, and nobody has decided about it yet.",
    "incomplete": "A required value is missing, the type is undecided, or nobody has confirmed who owns it.",
    "conflict": "The platform changed a value that a person had edited. Both are kept until you choose.",
    "needs_reapproval": "Approved before; the content has changed since. What was approved stays published.",
    "approved": "A person approved exactly this content. It can be published.",
    "needs_republishing": "Approved anew; the practice registry still holds the older content.",
    "published": "The practice registry holds what was approved. Nothing of it is public.",
    "rejected": "A person said no. It stays out until the badge changes on its platform.",
    "gone_at_source": "The platform no longer lists the badge. Nothing was deleted here.",
    "skipped": "A rule of the organization leaves the badge out. It waits for nobody and cannot be approved.",
    "represented": "The badge was merged into another record, which is the one that is published.",
}
KEYS = (
    ("Anywhere", (("/", "Search"), ("F", "Filters"), ("?", "All keys"), ("Esc", "Close, and back to where you were"))),
    (
        "In the review queue",
        (
            ("J", "Next record"),
            ("K", "Previous record"),
            ("X", "Select"),
            ("Shift X", "Select from the last one to here"),
            ("*", "Select the whole page"),
            ("O", "Open"),
            ("A", "Approve the selection or the record"),
            ("R", "Reject with a reason"),
        ),
    ),
    (
        "In a record",
        (
            ("J", "Next record"),
            ("K", "Previous record"),
            ("U", "Back to the queue, at the same place"),
            ("A", "Approve"),
            ("R", "Reject with a reason"),
            ("E", "Edit the property in focus"),
            ("T", "Choose the type"),
            ("M", "Keep mine"),
            ("C", "Take theirs"),
        ),
    ),
)


@router.get("/account")
def account(visit: Visiting) -> Response:
    """Who somebody is, their tokens, and the form for a new one."""
    return _account_page(visit, {"name": "", "scopes": ["read"], "days": DAYS})


@router.post("/account/tokens")
def make_token(visit: Posting, form: Given) -> Response:
    """Make a token and show it this once, or show all that is wrong beside each field."""
    name, scopes, days = text(form, "name"), texts(form, "scopes"), text(form, "days").strip()
    number = int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0
    try:
        with visit.writing() as connection:
            token, made = api_tokens.issue(connection, visit.session.person.id, name=name, scopes=scopes, days=number)
    except Problem as problem:
        return _account_page(visit, {"name": name, "scopes": scopes, "days": days}, problem)
    response = page(visit, "new_token.html", token=token, made=made)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/account/tokens/{token_id}/revoke")
def revoke(visit: Posting, token_id: Number) -> Response:
    """End a token at once."""
    try:
        with visit.writing() as connection:
            api_tokens.revoke(connection, visit.session.person.id, token_id)
    except Problem:
        return visit.then("/account", tone="warn", title="This token was ended before.", text="")
    return visit.then(
        "/account", tone="ok", title="The token is revoked.", text="Whoever uses it is refused from now on."
    )


@router.get("/statuses")
def statuses(visit: Visiting) -> Response:
    """What each status means."""
    return page(visit, "statuses.html", meanings=[(look, MEANINGS[name]) for name, look in looks.STATUSES.items()])


@router.get("/keys")
def keys(visit: Visiting) -> Response:
    """What each key does."""
    return page(visit, "keys.html", groups=KEYS)


def _account_page(visit: Visit, typed: Mapping[str, Any], problem: Problem | None = None) -> Response:
    with visit.reading() as connection:
        tokens = api_tokens.of_person(connection, visit.session.person.id)
    return page(
        visit,
        "account.html",
        status_of(problem) if problem else 200,
        tokens=[(each, _look(each)) for each in tokens],
        scopes=api_tokens.SCOPES,
        longest=api_tokens.LONGEST_DAYS,
        typed=typed,
        problem=problem,
    )


def _look(token: api_tokens.ApiToken) -> looks.Look:
    if token.expires_at < stamp():
        return looks.Look("Has ended", "no")
    if token.expires_at < stamp(SOON):
        return looks.Look("Ends soon", "warn", "warn")
    return looks.Look("Works", "check", "ok")
