"""The web application: the desk, the API and the registry, and the headers that keep a browser honest."""

from collections.abc import Callable, Iterator
from importlib import import_module

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector import logs
from connector.api.registry import router as registry
from connector.api.v1 import create_api, problems
from connector.opened import Opened, opened
from connector.problem import Problem, of_platform
from connector.web import gate, pages
from connector.web.headers import HEADERS, ONLY_HTTPS

PAGES = (
    "sign_in",
    "home",
    "organizations",
    "connect",
    "authorize",
    "issuers",
    "imports",
    "connections",
    "review",
    "record",
    "images",
    "remap",
    "matches",
    "rules",
    "profiles",
    "publish",
    "account",
)


def create_app(this: Opened | None = None) -> FastAPI:
    """The application on an opened connector; on the one of the environment where none is given."""
    logs.write_as_json()
    this = this or opened()
    app = FastAPI(title="Open Badge Connector", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.opened = this
    app.state.database = this.database
    for name in PAGES:
        app.include_router(import_module(f"connector.web.{name}").router)
    app.include_router(registry)
    app.mount("/api/v1", create_api(this), name="api")
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    app.add_middleware(WithoutNul)
    app.add_middleware(WithHeaders)
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)
    return app


class WithHeaders:
    """Puts the headers on every answer, and has browsers ask again before they show what they kept.

    A session that was extended is given to the browser anew, so that its cookie lasts as long.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = _headers(scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ours.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "private, no-cache")
                if "set-cookie" not in headers:
                    for cookie in _extended(scope):
                        headers.append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, with_headers)


class WithoutNul:
    """Refuses addresses with a NUL character in them: no address of ours has one, and no database keeps it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            await _refused_nul(Request(scope, receive))(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _refused_nul(request: Request) -> Response:
    """The refusal, in the words of the door that the address leads to."""
    problem = Problem("nul_character", "The address has a NUL character in it.", action="Check the address.")
    match request.url.path.split("/")[1:]:
        case ["api", *_]:
            return problems.answer(problem)
        case ["registry", *_]:
            return JSONResponse({"errors": [problem.message]}, status_code=400)
    return pages.problem_page(request, problem)


def _headers(scope: Scope) -> dict[str, str]:
    this: Opened = scope["app"].state.opened
    return HEADERS | (ONLY_HTTPS if this.settings.public_url.startswith("https://") else {})


def _extended(scope: Scope) -> Iterator[str]:
    request = Request(scope)
    if token := getattr(request.state, "extended_session", None):
        yield from gate.sign_in_with(Response(), request, token).headers.getlist("set-cookie")


def _to_sign_in(request: Request, error: Exception) -> Response:
    return gate.to_sign_in(request)


def _to_first_organization(request: Request, error: Exception) -> Response:
    return RedirectResponse("/organizations/new", 303)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return pages.problem_page(request, error)


def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        problem = Problem("method_not_allowed", "This page does not take that.", action="Go back and try again.")
    else:
        problem = Problem("not_found", "There is no such page.", action="Check the address, or start at the home page.")
    response = pages.problem_page(request, problem)
    response.status_code = error.status_code
    return response


def _misread(request: Request, error: Exception) -> Response:
    problem = Problem("not_found", "There is no such page.", action="Check the address, or start at the home page.")
    return pages.problem_page(request, problem)


def _failed(request: Request, error: Exception) -> Response:
    """Stands outside of all middleware, so it brings the headers along. The error itself goes to the log.

    The server closes the connection after a failure: said so, nobody sends the next request into one that is gone.
    """
    response = pages.problem_page(request, of_platform(error))
    response.headers.update(_headers(request.scope) | {"connection": "close"})
    return response


_ANSWERS: dict[type[Exception], Callable[[Request, Exception], Response]] = {
    gate.NotSignedIn: _to_sign_in,
    gate.NoOrganization: _to_first_organization,
    Problem: _problem,
    HTTPException: _unknown,
    RequestValidationError: _misread,
    Exception: _failed,
}
