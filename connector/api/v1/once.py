"""Requests that count once: with an `Idempotency-Key`, a repeated request gets the first one's answer.

What is written and the answer that is kept are one transaction. An operation that asks a platform does so before it,
looks again for a kept answer inside it, and writes only where there is none: of two requests at the same time with
the same key both may ask, and one acts. A request that fails changes nothing and keeps no answer.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from connector.api.v1.callers import This
from connector.jobs.once import Answered, answered, remember
from connector.organizations.api_tokens import Caller

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Repeat a request under the same key and it is done once; its answer is kept for a day.",
    ),
]


class Given:
    """An answer: its status, its body, and where what was made can be found."""

    def __init__(self, status: int, body: Any, location: str | None = None) -> None:
        self.status = status
        self.kept = {"body": body, "location": location}


async def _whole(request: Request) -> bytes:
    return await request.body()


class Counting:
    """One POST, and the key under which it counts once; without a key it counts each time."""

    def __init__(self, request: Request, this: This, body: Annotated[bytes, Depends(_whole)], key: Key = None) -> None:
        self._database = this.database
        self._root = request.scope.get("root_path", "")
        self._key = key
        self._request = this.keys.mark(f"{request.method} {request.url.path}\n".encode() + body) if key else ""

    def kept(self, caller: Caller) -> Response | None:
        """The answer that this request has had before. Problem where its key came with another request."""
        with self._database.reading() as connection:
            there = self._there(connection, caller)
        return self._answer(there) if there else None

    def act(self, caller: Caller, act: Callable[[Connection], Given]) -> Response:
        """Act in one transaction with keeping the answer, or give the one that is kept."""
        try:
            return self._acted(caller, act)
        except IntegrityError:
            if self._key is None:
                raise
            # On a database with several writers a request with the same key was quicker: its answer is kept by now.
            return self._acted(caller, act)

    def _acted(self, caller: Caller, act: Callable[[Connection], Given]) -> Response:
        with self._database.transaction() as connection:
            there = self._there(connection, caller)
            if there is None:
                given = act(connection)
                there = Answered(given.status, given.kept)
                if self._key:
                    remember(connection, str(caller.person.id), self._key, self._request, there)
        return self._answer(there)

    def _there(self, connection: Connection, caller: Caller) -> Answered | None:
        return answered(connection, str(caller.person.id), self._key, self._request) if self._key else None

    def _answer(self, there: Answered) -> Response:
        location = there.answer["location"]
        headers = {"Location": f"{self._root}{location}"} if location else None
        return JSONResponse(there.answer["body"], there.status, headers)


Once = Annotated[Counting, Depends()]
