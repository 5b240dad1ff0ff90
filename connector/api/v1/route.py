"""What every operation has in common: strict JSON in, a limit to it, and problems out."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector.api.v1 import problems

MOST_BYTES = 1_000_000


class StrictRequest(Request):
    """A request whose JSON is JSON: no NaN, no half of a surrogate pair, no NUL, nothing nested without end."""

    async def json(self) -> Any:
        """The body's value."""
        body = await self.body()
        value = orjson.loads(body)
        if rb"\u0000" in body and _has_nul(value):
            raise HTTPException(400)
        return value


class Operation(APIRoute):
    """A route that answers whatever goes wrong as a problem document. A parameter it does not know is wrong as well."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        known = set(_query_names(self.dependant))

        async def answer_or_problem(request: Request) -> Response:
            try:
                if unknown := [name for name in request.query_params if name not in known]:
                    raise problems.invalid(dict.fromkeys(unknown, "There is no such parameter."))
                return await answer(StrictRequest(request.scope, request.receive))
            except Exception as raised:
                return problems.answer(raised)

        return answer_or_problem


def _has_nul(value: Any) -> bool:
    """Whether a text in a JSON value, or a name, has the character in it that no database keeps."""
    match value:
        case str():
            return "\0" in value
        case list():
            return any(map(_has_nul, value))
        case dict():
            return any(map(_has_nul, (*value, *value.values())))
    return False


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for below in dependant.dependencies:
        yield from _query_names(below)


class BodyLimit:
    """Stops reading a request's body where it gets too long."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise HTTPException(413, f"The request's body is longer than {MOST_BYTES:,} bytes.")
            return message

        await self.app(scope, limited, send)
