"""Signing in and out of the desk."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from connector.opened import Opened
from connector.organizations import sign_in
from connector.problem import Problem
from connector.web.gate import Given, Posting, local, sign_in_with, sign_out_with, text, token_of
from connector.web.pages import plain_page, status_of

router = APIRouter()


@router.get("/sign-in")
def ask(after: Annotated[str, Query(alias="next")] = "/") -> Response:
    """The sign-in page."""
    return plain_page("sign_in.html", email="", after=local(after), problem=None)


@router.post("/sign-in")
def with_password(request: Request, form: Given) -> Response:
    """Sign in by e-mail address and password."""
    this: Opened = request.app.state.opened
    email, after = text(form, "email"), local(text(form, "next"))
    address = request.client.host if request.client else ""
    try:
        token = sign_in.by_password(
            this.database, email, text(form, "password"), address=address, instead_of=token_of(request)
        )
    except Problem as problem:
        return plain_page("sign_in.html", status_of(problem), email=email, after=after, problem=problem)
    return sign_in_with(RedirectResponse(after, 303), request, token)


@router.get("/sign-in/once")
def with_link(request: Request, token: str = "") -> Response:
    """Sign in by a link that works once."""
    this: Opened = request.app.state.opened
    with this.database.transaction() as connection:
        session = sign_in.by_link(connection, token, instead_of=token_of(request))
    return sign_in_with(RedirectResponse("/", 303), request, session)


@router.post("/sign-out")
def out(visit: Posting) -> Response:
    """End the session."""
    with visit.writing() as connection:
        sign_in.end(connection, visit.session.key)
    return sign_out_with(RedirectResponse("/sign-in", 303))
