"""The embedded registry: a practice destination in the connector's own database.

It keeps documents and envelopes in the shapes of the Credential Registry, signs each envelope (JWT, RS256) and
refuses what the real one refuses structurally. It needs no running server to be written to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from uuid import NAMESPACE_URL, uuid5

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import Connection, Row, func, insert, select, update

from connector.clock import stamp
from connector.connections import secrets
from connector.connections.secrets import Keyring
from connector.organizations.destinations import EMBEDDED, is_practice
from connector.problem import Problem
from connector.publishing.tables import registry_envelope as envelope
from connector.storage import Database
from mappings.canonical import digest

ALGORITHM = "RS256"
COMMUNITY = "ce_registry"
AT_ONCE = 500
_KEY = "registry/signing key"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a destination says to a document: where it stands now, or why it was refused."""

    state: Literal["published", "unchanged", "failed"]
    remote_id: str | None
    url: str | None
    messages: tuple[str, ...] = ()


class EmbeddedRegistry:
    """A destination. Identity is ours: the same CTID again is an update."""

    name: ClassVar[str] = EMBEDDED
    label: ClassVar[str] = "the practice registry"
    practice: ClassVar[bool] = is_practice(EMBEDDED)

    def __init__(self, database: Database, keys: Keyring, public_url: str) -> None:
        self._database = database
        self._keys = keys
        self._public_url = public_url.rstrip("/")
        self._signer: tuple[RSAPrivateKey, str] | None = None

    def publish(self, ctid: str, owner: str, document: dict[str, Any]) -> Answer:
        """Store a document under its CTID."""
        if wrong := _structure(document):
            return Answer("failed", None, None, (wrong,))
        self._signer = self._signer or self._own_key()
        with self._database.transaction() as connection:
            there = connection.execute(select(envelope).where(envelope.c.ctid == ctid)).one_or_none()
            if there and there.deleted_at is None and there.owned_by != owner:
                return Answer("failed", None, None, ("A record of another organization stands under this CTID.",))
            if there and there.deleted_at is None and digest(there.document) == digest(document):
                return Answer("unchanged", there.envelope_id, self.url(ctid))
            values = self._enveloped(owner, document)
            if there:
                history = [*there.history, _event("updated", owner)]
                connection.execute(
                    update(envelope).where(envelope.c.ctid == ctid).values(**values, deleted_at=None, history=history)
                )
                return Answer("published", there.envelope_id, self.url(ctid))
            envelope_id = str(uuid5(NAMESPACE_URL, f"{COMMUNITY}/{ctid}"))
            connection.execute(
                insert(envelope).values(
                    envelope_id=envelope_id,
                    ctid=ctid,
                    created_at=stamp(),
                    history=[_event("created", owner)],
                    **values,
                )
            )
            return Answer("published", envelope_id, self.url(ctid))

    def holds(self, connection: Connection, ctid: str) -> dict[str, Any] | None:
        """The document it holds under a CTID."""
        return document(connection, ctid)

    def existing(self, owner: str) -> Iterator[dict[str, Any]]:
        """The documents it holds for an organization, in the order they came, read in portions."""
        after = 0
        while True:
            with self._database.reading() as connection:
                portion = _owned_by(connection, owner, after)
            yield from (row.document for row in portion)
            if len(portion) < AT_ONCE:
                return
            after = portion[-1].id

    def remove(self, ctid: str, owner: str) -> Answer:
        """Take a document out: reads answer 404 from then on, the history stays."""
        with self._database.transaction() as connection:
            there = connection.execute(select(envelope).where(envelope.c.ctid == ctid)).one_or_none()
            if there is None or there.deleted_at is not None:
                return Answer("unchanged", None, None, ("The registry holds no such record.",))
            history = [*there.history, _event("deleted", owner)]
            connection.execute(
                update(envelope).where(envelope.c.ctid == ctid).values(deleted_at=stamp(), history=history)
            )
            return Answer("published", there.envelope_id, None)

    def url(self, ctid: str) -> str:
        """Where the record can be read."""
        return f"{self._public_url}/registry/resources/{ctid}"

    def _enveloped(self, owner: str, document: dict[str, Any]) -> dict[str, Any]:
        assert self._signer is not None
        private, public = self._signer
        return {
            "ctdl_type": document["@graph"][0]["@type"],
            "owned_by": owner,
            "document": document,
            "signed": jwt.encode(document, private, algorithm=ALGORITHM),
            "public_key": public,
            "updated_at": stamp(),
        }

    def _own_key(self) -> tuple[RSAPrivateKey, str]:
        """The private key, read once since that is slow, and the public one as PEM.

        A key that cannot be opened any more is replaced: every envelope carries the public key it was signed with.
        """
        with self._database.transaction() as connection:
            try:
                pem = secrets.kept(connection, self._keys, _KEY).get("")
            except Problem:
                pem = None
            if pem is None:
                pem = _new_key()
                secrets.keep(connection, self._keys, _KEY, pem)
        private = serialization.load_pem_private_key(pem.encode(), password=None)
        assert isinstance(private, RSAPrivateKey)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return private, public.decode()


def document(connection: Connection, ctid: str) -> dict[str, Any] | None:
    """The graph document that the registry holds under a CTID."""
    row = _row(connection, ctid)
    return row.document if row else None


def node(connection: Connection, ctid: str) -> dict[str, Any] | None:
    """The main node of a record with its context, as the registry's resources answer."""
    held = document(connection, ctid)
    return {"@context": held["@context"], **held["@graph"][0]} if held else None


def envelopes(connection: Connection, page: int, per_page: int) -> tuple[list[dict[str, Any]], int]:
    """One page of envelopes, newest first, and how many there are in all."""
    live = envelope.c.deleted_at.is_(None)
    query = select(envelope).where(live).order_by(envelope.c.updated_at.desc(), envelope.c.id.desc())
    rows = connection.execute(query.limit(per_page).offset((page - 1) * per_page))
    total = connection.execute(select(func.count()).select_from(envelope).where(live)).scalar_one()
    return [_envelope(row) for row in rows], total


def one_envelope(connection: Connection, called: str) -> dict[str, Any] | None:
    """The envelope with this id or CTID."""
    row = _row(connection, called)
    return _envelope(row) if row else None


def _row(connection: Connection, called: str) -> Row[Any] | None:
    is_it = (envelope.c.ctid == called.lower()) | (envelope.c.envelope_id == called)
    return connection.execute(select(envelope).where(is_it, envelope.c.deleted_at.is_(None))).one_or_none()


def _owned_by(connection: Connection, owner: str, after: int) -> list[Any]:
    theirs = (envelope.c.owned_by == owner) & envelope.c.deleted_at.is_(None) & (envelope.c.id > after)
    query = select(envelope.c.id, envelope.c.document).where(theirs).order_by(envelope.c.id)
    return list(connection.execute(query.limit(AT_ONCE)))


def _envelope(row: Row[Any]) -> dict[str, Any]:
    return {
        "envelope_community": COMMUNITY,
        "envelope_id": row.envelope_id,
        "envelope_ceterms_ctid": row.ctid,
        "envelope_ctdl_type": row.ctdl_type,
        "envelope_type": "resource_data",
        "envelope_version": "1.0.0",
        "resource": row.signed,
        "decoded_resource": row.document,
        "resource_format": "json",
        "resource_encoding": "jwt",
        "resource_public_key": row.public_key,
        "resource_publish_type": "primary",
        "owned_by": row.owned_by,
        "published_by": row.owned_by,
        "updated_at": row.updated_at,
        "node_headers": {
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "deleted_at": row.deleted_at,
            "revision_history": row.history,
        },
    }


def _structure(held: dict[str, Any]) -> str | None:
    """The registry's own structural gate: @id, @graph, and @id and @type on every node."""
    nodes = held.get("@graph")
    if not isinstance(held.get("@id"), str) or not isinstance(nodes, list) or not nodes:
        return "A document needs @id and a @graph with at least one node."
    if not all(_is_named(node) for node in nodes):
        return "Every node of the graph needs @id and @type."
    return None


def _is_named(node: Any) -> bool:
    return isinstance(node, dict) and all(isinstance(node.get(key), str) for key in ("@id", "@type"))


def _event(event: str, actor: str) -> dict[str, str]:
    return {"event": event, "created_at": stamp(), "actor": actor}


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
