"""A connection whose adapter is not installed any more: said where it stands, and in nobody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from connector.connections import accounts
from connector.connections.tables import connection as connection_table
from connector.credentials.tables import source_identity
from tests.web.test_connect_pages import shown

if TYPE_CHECKING:
    from tests.web.conftest import Web


@pytest.fixture
def gone(desk: Web) -> tuple[int, str, str]:
    """A second connection of a platform that is not there, a record that came from it, and one that did not."""
    assert desk.account
    with desk.opened.database.transaction() as connection:
        row = dict(connection.execute(select(connection_table)).mappings().one())
        row |= {"id": row["id"] + 1, "name": "Old", "platform": "bygone"}
        connection.execute(insert(connection_table).values(**row))
        of = select(source_identity.c.record_id).order_by(source_identity.c.id)
        lost, other = connection.execute(of.limit(2)).scalars()
        its = source_identity.c.record_id == lost
        connection.execute(update(source_identity).where(its).values(connection_id=row["id"]))
    return row["id"], lost, other


def test_home_and_list_name_it_and_go_on(desk: Web, gone: tuple[int, str, str]) -> None:
    for path in ("/", "/connections"):
        page = shown(desk.get(path))
        assert [row for row in page.rows if "Old" in row and "bygone" in row and "Platform not installed" in row]
        assert [row for row in page.rows if "Main" in row and "Working" in row]


def test_its_page_says_so_and_it_can_be_removed(desk: Web, gone: tuple[int, str, str]) -> None:
    page = shown(desk.get(f"/connections/{gone[0]}"))

    assert "Platform not installed" in page.text()
    assert "This connector has no adapter for “bygone” any more" in page.text()
    assert f"/connections/{gone[0]}/remove" in {each.get("href") for each in page.all("a")}
    assert desk.post(f"/connections/{gone[0]}/remove").status_code == 303
    with desk.opened.database.reading() as connection:
        assert accounts.still_there(connection, gone[0]) is None


@pytest.mark.parametrize("below", ["/edit", "/check"])
def test_its_form_and_its_checks_say_why_they_are_not_to_be_had(
    desk: Web, gone: tuple[int, str, str], below: str
) -> None:
    answer = desk.get(f"/connections/{gone[0]}{below}")

    assert "The platform &#39;bygone&#39; of the connection &#39;Old&#39; is not installed here." in answer.text


def test_a_record_of_it_answers_with_a_page_that_says_so(desk: Web, gone: tuple[int, str, str]) -> None:
    page = shown(desk.get(f"/records/{gone[1]}"), 500)

    assert "which is not installed here, so it cannot be shown now" in page.text()
    assert desk.get(f"/records/{gone[2]}").status_code == 200
    assert desk.get("/records/nothing-at-all").status_code == 404


def test_the_queue_lists_all_others(desk: Web, gone: tuple[int, str, str]) -> None:
    listed = shown(desk.get("/review", status="all")).values("r")

    assert len(listed) == 11
    assert gone[2] in " ".join(listed)
