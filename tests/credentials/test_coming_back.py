"""A CTID belongs to one record: badges that come under one that is held already."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.connections import accounts
from connector.connections.identity import of_address
from connector.credentials import decisions, queries, records, remap
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.publishing import bring_in
from connector.sync.imports import import_document
from mappings.ctdl.ctid import badge_ctid
from mappings.ctdl.graph import credential_graph
from mappings.ctdl.model import Credential
from tests.credentials.conftest import BY, CTID, HOME, ISSUER, Desk

OTHER = "ce-22222222-2222-4222-8222-222222222222"


@pytest.fixture
def other(desk: Desk) -> Desk:
    """Another organization of the same installation."""

    def added(connection: Any) -> Any:
        about = {"website": "https://www.elsewhere.example", "description": "Another college, elsewhere."}
        organizations.add(connection, name="Elsewhere", ctid=OTHER, **about)
        return organizations.find(connection, OTHER)

    return Desk(desk.this, desk.do(added))


def own_ctid(number: int) -> str:
    """The CTID that the organization's badge of this number has in every installation."""
    key = of_address(f"{HOME}/badges/{number}").key
    return badge_ctid(CTID, key.authority, key.badge_id)


def bring(desk: Desk, ctid: str, name: str, owner: tuple[str, ...] = (CTID,)) -> bring_in.Report:
    """Bring in a document under this CTID."""
    made = Credential(
        ctid=ctid,
        credential_type="ceterms:OpenBadge",
        name={"en-US": name},
        description={"en-US": "What the installation before this one said of it."},
        credential_status_type="credentialStat:Active",
        in_language=("en-US",),
        owned_by=owner,
    )
    content = json.dumps(credential_graph(made)).encode()
    return bring_in.from_file(desk.this.database, desk.this.settings, desk.owner, content, by=BY)


def imported(desk: Desk, *badges: Any) -> Any:
    """The run that took badges in, without anybody's word on whose they are."""
    this, document = desk.this, json.dumps(badges).encode()
    return import_document(this.database, this.settings, this.keys, desk.owner, document, by=BY)


def confirm(desk: Desk, run: Any, owner: Desk) -> None:
    """Say whose the issuer's badges are."""
    with desk.this.database.transaction() as connection:
        account = accounts.by_id(connection, run.connection_id)
        remap.confirm_issuer(connection, account, ISSUER, owner=owner.owner.id, by=BY)


def listed(desk: Desk) -> dict[str, str]:
    """The records that an organization sees: CTIDs by name."""
    which = queries.where(organization=desk.owner.id)
    with desk.this.database.reading() as connection:
        return {each.row.name: each.row.ctid for each in records.read(connection, which)}


@pytest.mark.parametrize("confirmed_before", [False, True])
def test_a_badge_whose_ctid_was_brought_in_first_is_that_record(desk: Desk, confirmed_before: bool) -> None:
    if confirmed_before:
        desk.import_badges(desk.badge("Welding"))
    bring(desk, own_ctid(2), "Diving as it was")
    there = desk.record(own_ctid(2)).row
    desk.do(decisions.edit, there.id, set_to=[("keyword", "by hand")], by=BY)

    desk.import_badges(desk.badge("Welding"), desk.badge("Diving", 2))

    assert listed(desk) == {"Welding": own_ctid(1), "Diving": own_ctid(2)}
    found = desk.record("Diving")
    assert found.row.id == there.id
    assert found.content.properties["keyword"] == {"en-US": ["by hand"]}
    assert found.content.properties["description"] == {"en-US": "What it takes to earn Diving, told at length."}
    again = imported(desk, desk.badge("Welding"), desk.badge("Diving, deep", 2))
    assert (again.new, again.changed, again.unchanged, again.unreadable) == (0, 1, 1, 0)
    assert listed(desk) == {"Welding": own_ctid(1), "Diving, deep": own_ctid(2)}
    assert bring(desk, own_ctid(2), "Diving as it was").counts == {"ours": 1}


def test_a_badge_that_another_organization_has_waits_and_stops_no_other(desk: Desk, other: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))
    confirm(other, imported(other, desk.badge("Sailing", 3)), desk)

    run = imported(other, desk.badge("Welding"), desk.badge("Diving", 2))

    assert (run.new, run.unreadable) == (1, 1)
    assert listed(desk) == {"Welding": own_ctid(1)}
    assert listed(other) == {"Sailing": own_ctid(3), "Diving": own_ctid(2)}
    assert imported(other, desk.badge("Welding")).unreadable == 1


def test_a_document_of_another_organization_takes_no_badge_away(desk: Desk, other: Desk) -> None:
    bring(other, own_ctid(2), "Taken", owner=())
    desk.import_badges(desk.badge("Welding"))

    assert imported(desk, desk.badge("Diving", 2), desk.badge("Sailing", 3)).unreadable == 1
    assert listed(desk) == {"Welding": own_ctid(1), "Sailing": own_ctid(3)}
    assert listed(other) == {"Taken": own_ctid(2)}


def test_an_owner_is_not_confirmed_for_badges_that_another_organization_has(desk: Desk, other: Desk) -> None:
    desk.import_badges(desk.badge("Welding"))
    run = imported(other, desk.badge("Welding"))

    with pytest.raises(Problem) as refused:
        confirm(other, run, desk)

    assert refused.value.code == "ctid_held"
    assert own_ctid(1) in refused.value.message
    assert listed(other) == {"Welding": None}
