"""The home page: figures that lead to what they count, what waits for a person, what happened last."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from connector.connections.tables import connection as connection_table
from connector.credentials import decisions, queries
from connector.credentials.tables import record
from connector.organizations.tables import organization
from connector.publishing.publish import publish
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web


def test_every_figure_leads_to_the_records_it_counts(filled: Web) -> None:
    html = filled.get("/").text
    figures = re.findall(r'<dd><a href="([^"]+)">([0-9,]+)</a></dd>', html)

    assert len(figures) == 6
    for address, count in figures:
        listed = Page(filled.get(address.replace("&amp;", "&")).text)
        assert len(listed.values("r")) == min(int(count), 50), address


def test_what_waits_leads_to_the_records_that_wait(filled: Web) -> None:
    html = filled.get("/").text
    lines = re.findall(r'<a href="(/review\?need=[a-z_]+)">([0-9,]+) ', html)

    assert len(lines) >= 5
    for address, count in lines:
        assert len(Page(filled.get(address).text).values("r")) == min(int(count), 50), address


def test_what_happened_last_names_syncs_publishing_and_decisions(desk: Web) -> None:
    assert desk.organization
    with desk.opened.database.transaction() as connection:
        ready = [e.sourced.row.id for e in queries.listed(connection, queries.where(need="approval"))]
        decisions.approve(connection, ready[:1], by="test")
        decisions.reject(connection, ready[1:3], reason="Not ours.", by="test")
    publish(
        desk.opened.database,
        desk.opened.settings,
        desk.organization,
        destination_name=None,
        by="test",
        dry_run=False,
        report=lambda outcome: None,
    )

    shown = Page(desk.get("/").text).text()

    for said in ("Sync of Main", "Publishing to the practice registry", "test approved", "test rejected 2 records"):
        assert said in shown, said


def test_the_one_next_step_follows_from_where_things_stand(desk: Web) -> None:
    assert re.search(r"Review \d+ ready records", desk.get("/").text)
    with desk.opened.database.transaction() as connection:
        decisions.approve_all_ready(connection, 1, by="test")
        waiting = [e.sourced.row.id for e in queries.listed(connection, queries.where(waiting=True))]
        decisions.reject(connection, waiting, reason="x", by="test")
    assert re.search(r"Publish \d+ to practice", desk.get("/").text)


def test_without_an_organization_adding_one_comes_first(empty: Web) -> None:
    answer = empty.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/organizations/new")


def test_everything_wrong_with_a_new_organization_is_said_at_once_beside_its_field(empty: Web) -> None:
    typed = {"name": "", "ctid": "ce-1", "website": "cedarharbor.example", "description": "Short."}

    answer = empty.post("/organizations/new", typed)
    shown = Page(answer.text)

    assert answer.status_code == 400
    assert "4 things to correct." in shown.text()
    for name in typed:
        assert [each for _, each in shown.elements if each.get("id") == f"e-{name}"], name
    assert shown.values("ctid") == ["ce-1"]
    assert shown.values("website") == ["cedarharbor.example"]
    assert "Short." in shown.text()


def test_a_new_organization_is_looked_at_next(desk: Web) -> None:
    fields = {
        "name": "Lantern Street",
        "ctid": "ce-00000000-0000-4000-8000-000000000001",
        "website": "https://lantern.example/",
        "description": "A workshop with courses for everybody.",
    }

    shown = desk.follow(desk.post("/organizations/new", fields)).text

    assert "Lantern Street is added." in shown
    assert "No connection yet." in shown
    desk.post("/organizations/look-at", {"organization": "1"})
    assert "Cedar Harbor" in Page(desk.get("/").text).text()
    assert desk.post("/organizations/look-at", {"organization": "99"}).status_code == 404


def test_an_organization_that_waits_for_approval_says_so_and_site_staff_approve_it(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        connection.execute(update(organization).values(approved_at=None))
    assert "waits for approval by site staff" in desk.get("/").text

    assert "Cedar Harbor is approved." in desk.follow(desk.post("/organizations/1/approve")).text
    assert "waits for approval by site staff" not in desk.get("/").text


@pytest.mark.parametrize(("days", "said"), [(-2, "Sign-in has ended"), (3, "Sign-in ends in 3 days"), (40, "Working")])
def test_a_sign_in_that_ends_is_seen_on_the_home_page(desk: Web, days: int, said: str) -> None:
    day = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    with desk.opened.database.transaction() as connection:
        connection.execute(update(connection_table).values(sign_in_ends=day))

    assert said in Page(desk.get("/").text).text()


def test_records_of_an_older_version_are_mapped_again_when_a_person_says_so(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        connection.execute(update(record).values(mapped_with="crosswalk 0"))

    assert "12 records were mapped by another version" in Page(desk.get("/").text).text()
    assert "Map 12 again" in desk.get("/remap").text
    assert "12 records are mapped again." in desk.follow(desk.post("/remap")).text
    assert "Nothing would change." in desk.get("/remap").text
