"""An organization with badges in documents of its own, and with records in the registry that it published before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector.connections import accounts
from connector.credentials import matching, records, remap
from connector.credentials.matching import Suggestion
from connector.credentials.records import Sourced
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.organizations.accounts import Organization
from connector.publishing.destinations import destination
from connector.settings import Settings
from connector.sync.imports import import_document
from mappings.ctdl.graph import credential_graph
from mappings.ctdl.model import Credential
from mappings.ctdl.reading import credential

Json = dict[str, Any]
BY = "registrar@cedarharbor.example"
CTID = "ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634"
HOME = "https://www.cedarharbor.example"
ISSUER = f"{HOME}/badges/issuer"


def ctid(number: int) -> str:
    """A CTID for the record with this number."""
    return f"ce-00000000-0000-4000-8000-{number:012}"


@dataclass(frozen=True)
class Desk:
    """One organization's badges and records, and what a test does to them."""

    this: Opened
    owner: Organization

    def badge(self, name: str, number: int = 1, **members: Any) -> Json:
        """A badge class of the organization, by its number."""
        return {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "BadgeClass",
            "id": f"{HOME}/badges/{number}",
            "name": name,
            "description": f"What it takes to earn {name}, told at length.",
            "image": f"{HOME}/badges/{number}.png",
            "criteria": {"id": f"{HOME}/criteria/{number}", "narrative": "Pass the exam."},
            "issuer": {"id": ISSUER, "type": "Issuer", "name": self.owner.name, "url": HOME},
            **members,
        }

    def import_badges(self, *badges: Json) -> None:
        """Take badges in from a document, and confirm that they are the organization's."""
        run = import_document(
            self.this.database, self.this.settings, self.this.keys, self.owner, json.dumps(badges).encode(), by=BY
        )
        with self.this.database.transaction() as connection:
            account = accounts.by_id(connection, run.connection_id)
            remap.confirm_issuer(connection, account, ISSUER, by=BY)

    def published(self, number: int, name: str, **properties: Any) -> Credential:
        """Have a credential in the registry that somebody published from elsewhere."""
        values = {
            "credentialType": "ceterms:Certificate",
            "name": name,
            "description": "A certificate as its registrar described it by hand.",
            "subjectWebpage": f"{HOME}/certificates/{number}",
            "credentialStatusType": "credentialStat:Active",
            "inLanguage": ["en-US"],
            "ownedBy": [CTID],
            "keyword": ["by hand"],
            **properties,
        }
        made = credential(values, ctid=ctid(number), language="en-US")
        to = destination(self.this.database, self.this.settings, "local")
        assert to.publish(ctid(number), CTID, credential_graph(made)).state == "published"
        return made

    def record(self, called: str) -> Sourced:
        """A record by its name, id or CTID."""
        with self.this.database.reading() as connection:
            every = records.read(connection, records.record.c.organization_id == self.owner.id)
            found = [each for each in every if called in (each.row.name, each.row.id, each.row.ctid)]
        assert len(found) == 1, f"{len(found)} are called {called}"
        return found[0]

    def open_ones(self) -> list[Suggestion]:
        """What waits for an answer."""
        with self.this.database.reading() as connection:
            return matching.open_ones(connection, self.owner.id)

    def do(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Let something happen in one transaction."""
        with self.this.database.transaction() as connection:
            return act(connection, *args, **kwargs)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An organization that has neither badges nor records yet."""
    url = f"sqlite:///{tmp_path / 'connector.db'}"
    this = prepared(Settings(database_url=url, allowed_private_hosts="127.0.0.1"))
    with this.database.transaction() as connection:
        owner = organizations.add(
            connection,
            name="Cedar Harbor",
            ctid=CTID,
            website=HOME,
            description="A two-year college on the harbor.",
        )
        organizations.approve(connection, owner, by=BY)
        return Desk(this, organizations.find(connection, CTID))
