"""The embedded registry, read over HTTP in the shapes of the Credential Registry."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from connector.publishing import registry
from connector.storage import Database

MOST_PER_PAGE = 200
MOST_PAGES = 10**9


class _Route(APIRoute):
    """A route that tells of wrong parameters as the Credential Registry does: status 400 and a list of errors."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_or_errors(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as wrong:
                errors = [f"{each['loc'][-1]}: {each['msg']}" for each in wrong.errors()]
                return JSONResponse({"errors": errors}, status_code=400)

        return answer_or_errors


router = APIRouter(prefix="/registry", tags=["registry"], route_class=_Route)


@router.get("/resources/{ctid}")
def resource(request: Request, ctid: str) -> Response:
    """The main node of a record, with its context."""
    with _database(request).reading() as connection:
        return _found(registry.node(connection, ctid), "Resource")


@router.get("/graph/{ctid}")
def graph(request: Request, ctid: str) -> Response:
    """The whole document of a record."""
    with _database(request).reading() as connection:
        return _found(registry.document(connection, ctid), "Graph")


@router.get("/envelopes")
def envelopes(
    request: Request,
    response: Response,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    per_page: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 10,
) -> list[dict[str, Any]]:
    """Envelopes, newest first, with paging headers."""
    with _database(request).reading() as connection:
        found, total = registry.envelopes(connection, page, per_page)
    last = max(1, -(-total // per_page))
    near = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    links = [
        f'<{request.url.include_query_params(page=number, per_page=per_page)}>; rel="{name}"'
        for name, number in near.items()
        if 1 <= number <= last
    ]
    response.headers.update(
        {"Link": ", ".join(links), "X-Total": str(total), "X-Page": str(page), "X-Per-Page": str(per_page)}
    )
    return found


@router.get("/envelopes/{called}")
def envelope(request: Request, called: str) -> Response:
    """One envelope, by its id or the CTID of its record."""
    with _database(request).reading() as connection:
        return _found(registry.one_envelope(connection, called), "Envelope")


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _found(content: dict[str, Any] | None, what: str) -> Response:
    if content is None:
        return JSONResponse({"errors": [f"{what} not found"]}, status_code=404)
    return JSONResponse(content)
