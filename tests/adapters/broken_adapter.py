"""An adapter with the mistakes one makes, put in the place of the real one: `pytest -p broken_adapter` loads it.

Each mistake is one that a connector in production has made: see the comments.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import Any

import orjson
from pydantic import Field

import adapters
from adapters.contract import (
    Adapter,
    ApiToken,
    AuthorizationServer,
    Check,
    Cursor,
    Http,
    Page,
    Request,
    Watermark,
    Way,
)
from mappings.open_badges.model import BadgeClass, Issuer

_calls = count()


class Broken(adapters.installed()["credly"]):  # type: ignore[misc]
    """Everything that can be got wrong, in one class."""

    # A secret among the settings would be stored in the clear and shown in the form.
    api_token: str = Field("", description="")
    # As fast as it goes.
    requests_per_minute: int = Field(6000, description="How many requests a minute.")

    def authority(self) -> str:
        # The address as it was typed, so that one badge has as many authorities as there are spellings.
        return str(self.api_url).upper()

    def way(self, given: frozenset[str]) -> Way:
        # One that is not among its ways, whatever is given.
        return Way("anything", "", "")

    def sign_in(self, given: frozenset[str]) -> AuthorizationServer | ApiToken | None:
        # Names no missing secret, and trusts that there is one.
        return ApiToken("authorization_token", "basic")

    def sign_in_ends(self, http: Http) -> str | None:
        # A sentence where a day is wanted, and without having asked.
        return "in half a year"

    def checks(self, http: Http) -> Iterator[Check]:
        # The other way round, and content with anything.
        for name in ("badges", "issuers", "permission", "sign_in", "reach"):
            yield Check(name, True, "")

    def issuers(self, http: Http) -> list[Issuer]:
        return [Issuer(id="somebody-else")]

    def badges(
        self, http: Http, issuer: Issuer | None, since: Watermark | None, start: Cursor | None
    ) -> Iterator[Page]:
        # Ignores the cursor, follows whatever link it is given, swallows what goes wrong, ends as if all had arrived.
        request = Request(f"organizations/{self.organization_id}/badge_templates")
        for _ in range(5):
            try:
                envelope = orjson.loads(http.get(request).body)
                items = [(orjson.dumps(item), Issuer(id="")) for item in envelope["data"]]
                more = envelope["metadata"]["next_page_url"]
            except Exception:
                break
            yield Page((*items, *items[-1:]), Cursor("more") if more else None)
            if not more:
                return
            request = Request("", {"page": more.rpartition("=")[2]}) if "elsewhere" in more else Request(more)
        yield Page((), None)

    def badge_id(self, raw: bytes) -> str:
        # The whole item is read for it, so one odd member costs the id.
        return str(self.badge_class(raw, Issuer(id="x")).source_id)

    def definition(self, raw: bytes) -> bytes:
        # Everything is kept, in the order in which it came.
        return orjson.dumps(orjson.loads(raw) | {"left_out": [f"call {next(_calls)}"]})

    def badge_class(self, definition: bytes, issuer: Issuer) -> BadgeClass:
        # Goes to the network for it, and depends on how often it was asked.
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), 0.01).close()
        read: BadgeClass = super().badge_class(super().definition(definition), issuer)
        return replace(read, name=f"{read.name} {next(_calls)}")

    def skips(self, badge: BadgeClass) -> str | None:
        return None

    @classmethod
    def recognises(cls, item: Any) -> bool:
        return True


def _only_the_broken_one() -> MappingProxyType[str, type[Adapter]]:
    return MappingProxyType({"credly": Broken})


adapters.installed = _only_the_broken_one  # type: ignore[assignment]
