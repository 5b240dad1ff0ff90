"""Lists in pages: an opaque cursor says where the next one begins, so that nothing shifts while one reads on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from connector.api.v1.problems import invalid

Item = TypeVar("Item")
Place = TypeVar("Place")
MOST = 200
Number = Annotated[int, Field(ge=0, lt=2**63)]
NUMBER = TypeAdapter[int](Number)


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class Paging:
    """Which page is asked for, and the answer's link to the next one (RFC 8288)."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many items a page has.")] = 50,
        cursor: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    ) -> None:
        self.request = request
        self.response = response
        self.limit = limit
        self.cursor = cursor

    def after(self, kind: TypeAdapter[Place]) -> Place | None:
        """The place behind which the page begins; None for the first one. Problem for a cursor that is not ours."""
        if self.cursor is None:
            return None
        try:
            return kind.validate_python(orjson.loads(urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4))))
        except (ValueError, ValidationError):
            raise invalid({"cursor": "This is no cursor of this list."}) from None

    def page(self, found: Sequence[Item], place: Callable[[Item], Any], show: Callable[[Item], Any]) -> dict[str, Any]:
        """The page's items, of one more than the limit where there are more; `place` tells where an item stands."""
        items, more = found[: self.limit], len(found) > self.limit
        following = urlsafe_b64encode(orjson.dumps(place(items[-1]))).decode().rstrip("=") if more else None
        if following:
            self.response.headers["Link"] = f'<{self.request.url.include_query_params(cursor=following)}>; rel="next"'
        return {"items": [show(each) for each in items], "next": following}

    def slice(self, found: Sequence[Item], place: Callable[[Item], int], show: Callable[[Item], Any]) -> dict[str, Any]:
        """The page of a list that is at hand as a whole, in the order of its places."""
        after = self.after(NUMBER)
        return self.page([each for each in found if after is None or place(each) > after], place, show)


Paged = Annotated[Paging, Depends()]
