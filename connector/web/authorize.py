"""Signing in to a platform on its own page: what a person is asked there and why, the way there, and the way back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from connector.connections import accounts, authorization, renewal
from connector.connections.accounts import Account
from connector.connections.authorization import CALLBACK, Answer
from connector.credentials import absence
from connector.problem import Problem
from connector.web.gate import NotSignedIn, Posting, Visit, Visiting, visit
from connector.web.headers import policy
from connector.web.pages import page, plain_page, status_of
from connector.web.reach import account_of, at_the_desk

router = APIRouter()
HEADINGS: Mapping[str, str] = {
    "consent_denied": "You said no",
    "authorization_used": "Used already",
    "authorization_late": "Too late",
    "authorization_of_another": "Somebody else’s sign-in",
    "authorization_unknown": "A sign-in that nobody began",
    "authorization_failed": "No permission came back",
    "sign_in_refused": "The platform did not accept it",
    "sign_in_paused": "The platform wants a pause",
    "sign_in_throttled": "The platform wants a pause",
    "reconnect_needed": "The platform did not accept it",
    "client_needed": "No client for this platform",
    "permission_missing": "The permission is missing",
    "other_account": "Another account than before",
    "host_not_found": "The platform does not answer",
    "platform_timeout": "The platform does not answer",
    "platform_unavailable": "The platform does not answer",
}


@router.get("/connections/{account_id}/sign-in")
def explain(visit: Visiting, account_id: int) -> Response:
    """What the platform will ask, before anybody is sent there."""
    account = account_of(visit, account_id)
    with visit.reading() as connection:
        last = renewal.as_given(connection, account)
        consent = authorization.consent(connection, last)
    there = urlsplit(consent.authorization_endpoint)
    answer = page(
        visit,
        "platform_sign_in.html",
        account=last,
        again=last.tokens is not None,
        platform=accounts.platform_name(account),
        consent=consent,
        host=there.netloc,
        callback=authorization.redirect_uri(visit.this.settings),
    )
    # The form is answered with the way to the platform, which the browser follows only if the page allows it.
    answer.headers["Content-Security-Policy"] = policy(form_action=f"{there.scheme}://{there.netloc}")
    return answer


@router.post("/connections/{account_id}/sign-in")
def go(visit: Posting, account_id: int) -> Response:
    """Send the browser to the platform's page."""
    account = account_of(visit, account_id)
    with visit.writing() as connection:
        address = authorization.consent_page(
            connection, visit.this.keys, visit.this.settings, account, session=visit.session.key
        )
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


@router.get(CALLBACK)
def come_back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Where the platform sends the browser back to."""
    try:
        here = visit(request)
    except NotSignedIn:
        message = "The platform sent you back, but you are not signed in here, so its answer cannot be taken."
        problem = Problem("authorization_of_another", message, action="Sign in, and begin once more.")
        return _without_code(plain_page("platform_answer.html", 400, problem=problem, heading="Not signed in"))
    return _without_code(_come_back(here, Answer(state, code, error)))


def _come_back(here: Visit, answer: Answer) -> Response:
    this = here.this
    try:
        with here.reading() as connection:
            began = authorization.account_of(connection, answer)
            watched = absence.watched_issuers(connection, began) if began else {}
        account = authorization.answered(
            this.database,
            this.keys,
            this.settings,
            answer,
            session=here.session.key,
            organizations={each.id: each for each in here.organizations},
            watched=watched,
            by=here.by,
        )
    except Problem as problem:
        return _refused(here, problem)
    if account.pending or account.state in accounts.UNFINISHED:
        return here.then(f"/connections/{account.id}/{_next_step(account)}")
    return here.then(
        f"/connections/{account.id}",
        title=f"{account.name} is signed in again.",
        text="It goes on with the same issuers. Sync now, or wait for its schedule.",
    )


def _next_step(account: Account) -> str:
    return "issuers" if accounts.kind_of(account).issuer_choice else "check"


def _refused(here: Visit, problem: Problem) -> Response:
    told = at_the_desk(problem)
    account = told.fields.get("connection")
    context: dict[str, Any] = {"heading": HEADINGS.get(told.code, "That did not work"), "connection": account}
    return page(here, "platform_refused.html", status_of(problem), problem=told, **context)


def _without_code(response: Response) -> Response:
    """Nothing that the address of this page holds goes on to another one, or is kept."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
