"""Where approved documents go: what every destination can do, and which there are."""

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection

from connector.connections.secrets import keyring
from connector.problem import Problem
from connector.publishing.registry import Answer, EmbeddedRegistry
from connector.settings import Settings
from connector.storage import Database


class Destination(Protocol):
    """A registry that takes documents. Identity is the CTID: the same one again is an update.

    `name` is what settings and commands call it, `label` what people do; of a `practice` one, nothing is public.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    practice: ClassVar[bool]

    def publish(self, ctid: str, owner: str, document: dict[str, Any]) -> Answer:
        """Store a document under its CTID."""

    def remove(self, ctid: str, owner: str) -> Answer:
        """Take a document out."""

    def holds(self, connection: Connection, ctid: str) -> dict[str, Any] | None:
        """The document it holds under a CTID."""

    def existing(self, owner: str) -> Iterator[dict[str, Any]]:
        """The graph documents it holds for the organization with this CTID: credentials and their profiles."""

    def url(self, ctid: str) -> str:
        """Where a record can be read."""


def destination(database: Database, settings: Settings, name: str) -> Destination:
    """The destination of this name. Problem where there is none."""
    if name != EmbeddedRegistry.name:
        raise Problem(
            "destination_unknown",
            f"There is no destination {name!r}; there is: {EmbeddedRegistry.name} (practice).",
            action="Leave --destination out to use the organization's own.",
        )
    return EmbeddedRegistry(database, keyring(settings), settings.public_url)
