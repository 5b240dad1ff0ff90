"""The contract of every destination: what publishing, changing, removing and refusing come to."""

from __future__ import annotations

import base64
import copy
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest

from connector.connections.secrets import Keyring
from connector.publishing import registry
from connector.publishing.registry import EmbeddedRegistry
from connector.storage import Database
from connector.storage.migrate import migrate

Json = dict[str, Any]

OWNER = "ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634"
CTID = "ce-0e6a1f8c-6d1b-4f5e-9a52-1c3b7d9e2f40"
ANOTHER = "ce-7b9d2c10-4a3e-4d8f-8c61-5e0f9a7b3d21"
KEY = "a secret key of more than thirty-two characters"


@dataclass(frozen=True)
class Shelf:
    """A destination, and how a test looks at what it holds."""

    destination: EmbeddedRegistry
    read: Callable[[str], Json | None]
    envelope: Callable[[str], Json | None]
    rows: Callable[[], list[Any]]
    bytes_at_rest: Callable[[], bytes]


def embedded(folder: Path) -> Shelf:
    """The embedded registry in a database of its own."""
    database = Database(f"sqlite:///{folder / 'registry.db'}")
    migrate(database)

    def read(ctid: str) -> Json | None:
        with database.reading() as connection:
            return registry.document(connection, ctid)

    def envelope(ctid: str) -> Json | None:
        with database.reading() as connection:
            return registry.one_envelope(connection, ctid)

    def rows() -> list[Any]:
        with closing(sqlite3.connect(folder / "registry.db")) as second:
            return second.execute("SELECT * FROM registry_envelope ORDER BY id").fetchall()

    def bytes_at_rest() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))

    destination = EmbeddedRegistry(database, Keyring([KEY]), "http://127.0.0.1:8080/")
    return Shelf(destination, read, envelope, rows, bytes_at_rest)


DESTINATIONS = {"local": embedded}


@pytest.fixture(params=sorted(DESTINATIONS))
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return DESTINATIONS[request.param](tmp_path)


def document(ctid: str = CTID, keywords: list[str] | None = None) -> Json:
    """A small document in the form in which the Registry keeps them."""
    base = "https://credentialengineregistry.org"
    return {
        "@context": "https://credreg.net/ctdl/schema/context/json",
        "@id": f"{base}/graph/{ctid}",
        "@graph": [
            {
                "@type": "ceterms:Badge",
                "@id": f"{base}/resources/{ctid}",
                "ceterms:ctid": ctid,
                "ceterms:name": {"en-US": "Welding – Grundlagen ½"},
                "ceterms:ownedBy": [f"{base}/resources/{OWNER}"],
                **({"ceterms:keyword": {"en-US": keywords}} if keywords else {}),
            },
            {"@type": "ceterms:Assessment", "@id": "_:4d1b0c44-64f4-5a3d-8d2c-0a2f7f0a9a11"},
        ],
    }


def test_what_is_published_can_be_read(shelf: Shelf) -> None:
    answer = shelf.destination.publish(CTID, OWNER, document())

    assert (answer.state, answer.messages) == ("published", ())
    assert answer.remote_id
    assert answer.url
    assert answer.url == shelf.destination.url(CTID)
    assert CTID in answer.url
    assert "//registry" not in answer.url
    assert shelf.read(CTID) == document()
    assert shelf.read(ANOTHER) is None


def test_the_same_again_is_unchanged_and_writes_nothing(shelf: Shelf) -> None:
    first = shelf.destination.publish(CTID, OWNER, document())
    before = shelf.rows()

    again = shelf.destination.publish(CTID, OWNER, document())

    assert (again.state, again.remote_id, again.url) == ("unchanged", first.remote_id, first.url)
    assert shelf.rows() == before


def test_the_same_in_another_order_of_members_is_unchanged(shelf: Shelf) -> None:
    shelf.destination.publish(CTID, OWNER, document())
    turned = dict(reversed(document().items()))

    assert shelf.destination.publish(CTID, OWNER, turned).state == "unchanged"


def test_a_change_is_published_under_the_same_id_and_the_history_grows(shelf: Shelf) -> None:
    first = shelf.destination.publish(CTID, OWNER, document())

    second = shelf.destination.publish(CTID, OWNER, document(keywords=["new"]))

    assert (second.state, second.remote_id, second.url) == ("published", first.remote_id, first.url)
    held = shelf.envelope(CTID)
    assert held is not None
    assert held["decoded_resource"]["@graph"][0]["ceterms:keyword"] == {"en-US": ["new"]}
    assert [event["event"] for event in held["node_headers"]["revision_history"]] == ["created", "updated"]
    assert held["node_headers"]["created_at"] <= held["updated_at"]
    assert len(shelf.rows()) == 1


def test_a_document_under_the_ctid_of_another_organization_is_refused(shelf: Shelf) -> None:
    shelf.destination.publish(CTID, OWNER, document())

    answer = shelf.destination.publish(CTID, ANOTHER, document(keywords=["taken"]))

    assert (answer.state, answer.url) == ("failed", None)
    assert "another organization" in answer.messages[0]
    assert shelf.read(CTID) == document()


def test_what_is_removed_can_no_longer_be_read(shelf: Shelf) -> None:
    shelf.destination.publish(CTID, OWNER, document())
    shelf.destination.publish(ANOTHER, OWNER, document(ANOTHER))

    answer = shelf.destination.remove(CTID, OWNER)

    assert answer.state == "published"
    assert shelf.read(CTID) is None
    assert shelf.envelope(CTID) is None
    assert shelf.read(ANOTHER) == document(ANOTHER)


def test_removing_what_is_not_there_says_so_and_writes_nothing(shelf: Shelf) -> None:
    shelf.destination.publish(CTID, OWNER, document())
    shelf.destination.remove(CTID, OWNER)
    before = shelf.rows()

    for ctid in (CTID, ANOTHER):
        answer = shelf.destination.remove(ctid, OWNER)

        assert answer.state == "unchanged"
        assert answer.messages[0].endswith(".")
    assert shelf.rows() == before


@pytest.mark.parametrize("changed", [False, True])
def test_publishing_again_after_a_removal_revives_the_record_under_its_id(shelf: Shelf, changed: bool) -> None:
    first = shelf.destination.publish(CTID, OWNER, document())
    shelf.destination.remove(CTID, OWNER)
    wanted = document(keywords=["new"] if changed else None)

    again = shelf.destination.publish(CTID, OWNER, wanted)

    assert (again.state, again.remote_id, again.url) == ("published", first.remote_id, first.url)
    assert shelf.read(CTID) == wanted
    held = shelf.envelope(CTID)
    assert held is not None
    assert held["node_headers"]["deleted_at"] is None
    assert [event["event"] for event in held["node_headers"]["revision_history"]] == ["created", "deleted", "updated"]


def _without(name: str) -> Json:
    return {key: value for key, value in document().items() if key != name}


REFUSED: dict[str, Json] = {
    "no @id": _without("@id"),
    "no @graph": _without("@graph"),
    "empty @graph": {**document(), "@graph": []},
    "@graph is no list": {**document(), "@graph": document()["@graph"][0]},
    "@id is no text": {**document(), "@id": 7},
    "a node without @id": {**document(), "@graph": [{"@type": "ceterms:Badge"}]},
    "a node without @type": {**document(), "@graph": [*document()["@graph"], {"@id": "_:a"}]},
    "a node with two types": {**document(), "@graph": [{"@id": "a", "@type": ["ceterms:Badge", "ceterms:Degree"]}]},
    "a node that is a text": {**document(), "@graph": ["https://a.example"]},
    "a node that is null": {**document(), "@graph": [*document()["@graph"], None]},
    "nothing": {},
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_document_of_the_wrong_structure_is_refused_with_a_sentence(shelf: Shelf, why: str) -> None:
    answer = shelf.destination.publish(CTID, OWNER, REFUSED[why])

    assert (answer.state, answer.remote_id, answer.url) == ("failed", None, None)
    assert re.fullmatch(r"[A-Z].*\.", answer.messages[0])
    assert shelf.rows() == []


@pytest.mark.parametrize("why", REFUSED)
def test_a_refused_change_leaves_what_was_published(shelf: Shelf, why: str) -> None:
    shelf.destination.publish(CTID, OWNER, document())
    before = shelf.rows()

    shelf.destination.publish(CTID, OWNER, copy.deepcopy(REFUSED[why]))

    assert shelf.rows() == before
    assert shelf.read(CTID) == document()


def test_an_envelope_is_signed_and_says_what_it_holds(shelf: Shelf) -> None:
    answer = shelf.destination.publish(CTID, OWNER, document())

    held = shelf.envelope(CTID)
    assert held is not None
    assert held["envelope_id"] == answer.remote_id
    assert (held["envelope_ceterms_ctid"], held["envelope_ctdl_type"]) == (CTID, "ceterms:Badge")
    assert (held["owned_by"], held["published_by"]) == (OWNER, OWNER)
    assert jwt.get_unverified_header(held["resource"])["alg"] == "RS256"
    assert jwt.decode(held["resource"], held["resource_public_key"], algorithms=["RS256"]) == document()
    assert shelf.envelope(str(answer.remote_id)) == held


def test_a_forged_envelope_does_not_verify(shelf: Shelf) -> None:
    shelf.destination.publish(CTID, OWNER, document())
    held = shelf.envelope(CTID)
    assert held is not None
    head, body, signature = held["resource"].split(".")
    forged = base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "==").replace(b"Badge", b"Forge")).rstrip(b"=")

    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{forged.decode()}.{signature}", held["resource_public_key"], algorithms=["RS256"])


def test_every_envelope_is_signed_with_the_same_key(shelf: Shelf, tmp_path: Path) -> None:
    shelf.destination.publish(CTID, OWNER, document())
    restarted = EmbeddedRegistry(Database(f"sqlite:///{tmp_path / 'registry.db'}"), Keyring([KEY]), "http://a.example")
    restarted.publish(ANOTHER, OWNER, document(ANOTHER))

    keys = [(shelf.envelope(ctid) or {})["resource_public_key"] for ctid in (CTID, ANOTHER)]

    assert keys[0] == keys[1]
    assert keys[0].startswith("-----BEGIN PUBLIC KEY-----")


def test_the_private_key_is_sealed_at_rest(shelf: Shelf) -> None:
    shelf.destination.publish(CTID, OWNER, document())

    stored = shelf.bytes_at_rest()

    assert b"BEGIN PUBLIC KEY" in stored, "looked in the wrong place"
    assert b"PRIVATE KEY" not in stored
    # How every PKCS #8 key of RSA begins, in base64 with and without its version, and as plain DER.
    for start in (b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", b"MIIEpAIBAAKCAQEA", b"MIIEowIBAAKCAQEA"):
        assert start not in stored
        assert base64.b64decode(start)[4:] not in stored


def test_with_the_secret_key_lost_every_envelope_old_and_new_still_verifies(shelf: Shelf, tmp_path: Path) -> None:
    shelf.destination.publish(CTID, OWNER, document())
    another_key = Keyring(["another secret key of more than 32 characters"])
    restarted = EmbeddedRegistry(Database(f"sqlite:///{tmp_path / 'registry.db'}"), another_key, "http://a.example")

    answer = restarted.publish(ANOTHER, OWNER, document(ANOTHER))

    assert answer.state == "published"
    for ctid in (CTID, ANOTHER):
        held = shelf.envelope(ctid)
        assert held is not None
        assert jwt.decode(held["resource"], held["resource_public_key"], algorithms=["RS256"]) == document(ctid)


def test_a_ctid_is_found_in_either_case(shelf: Shelf) -> None:
    shelf.destination.publish(CTID, OWNER, document())

    assert shelf.read(CTID.upper()) == document()
