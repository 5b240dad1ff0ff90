"""The application: its operations, its document, its way to tell problems."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from connector.api.v1 import (
    connections,
    decisions,
    matches,
    organizations,
    problems,
    profiles,
    publications,
    records,
    rules,
    runs,
)
from connector.api.v1.route import BodyLimit
from connector.opened import Opened

ABOUT = """
Brings Open Badges into the Credential Registry: connect a platform, ask for a sync, look at the records, edit and
approve them by what was seen, publish what is approved.

Every request carries a token of a person, `Authorization: Bearer …`; what is done is recorded under their name. A
worker carries out syncs and publishing: they are asked for here, and the answer tells where to look how they go.
Lists come in pages: pass `next` as `cursor` until it is null. Every problem is an RFC 9457 document with a stable
`code`, the side it is on, and what to do.
"""
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_ALWAYS = problems.documented(400, 401, 403, 422, 500)
_PARTS = (organizations, connections, runs, records, rules, decisions, matches, profiles, publications)


class Api(FastAPI):
    """The API, with a document in which problems have their own media type and each operation names its scope."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            for operation in _operations(document):
                _finish(operation)
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_api(this: Opened) -> FastAPI:
    """The API on an opened connector, to be mounted where its version is told."""
    api = Api(title="Open Badge Connector", version="1", description=ABOUT, docs_url=None, redoc_url=None)
    api.state.opened = this
    for part in _PARTS:
        api.include_router(part.router, responses=_ALWAYS, generate_unique_id_function=lambda route: route.name)
    api.add_middleware(BodyLimit)
    api.add_exception_handler(HTTPException, _no_such_operation)
    return api


def _no_such_operation(request: Request, raised: Exception) -> Response:
    response = problems.answer(raised)
    if response.status_code == 405:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> list[str]:
    """All methods that the address takes, whichever operation they belong to."""
    routes = request.app.router.routes
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _finish(operation: dict[str, Any]) -> None:
    (scope,) = operation["security"][0]["token"]
    operation["summary"] = operation["summary"].capitalize()
    operation["description"] = f"{operation['description']}\n\nScope: `{scope}`."
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            response["content"] = {problems.MEDIA_TYPE: response["content"].pop("application/json")}
