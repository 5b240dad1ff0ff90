"""The web application: the page of records, the registry, and the headers that keep a browser honest."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles

from connector.api.registry import router as registry
from connector.opened import Opened, opened
from connector.web.records import STATIC
from connector.web.records import router as records

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(this: Opened | None = None) -> FastAPI:
    """The application on an opened connector; on the one of the environment where none is given."""
    this = this or opened()
    app = FastAPI(title="Open Badge Connector", docs_url=None, redoc_url=None)
    app.state.database = this.database
    app.include_router(records)
    app.include_router(registry)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(_with_headers)
    app.add_exception_handler(Exception, _failed)
    return app


async def _with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.update(HEADERS)
    return response


async def _failed(request: Request, error: Exception) -> Response:
    """Stands outside of all middleware, so it brings the headers along. The error itself goes to the log."""
    return PlainTextResponse("Something failed on our side. The log of the server says what.", 500, HEADERS)
