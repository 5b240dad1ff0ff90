"""Through a real sync: what a rule approves, what it leaves out, and what another record represents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from connector.credentials import decisions, queries, records, rules, statuses
from connector.credentials.tables import record as record_table
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

RULES = """
[[rule]]
name = "Skills need nobody"
when.name = "*"
then.approve = ["keyword", "requires"]
"""


def ruled(desk: Web, text: str) -> None:
    assert desk.organization
    with desk.opened.database.transaction() as connection:
        rules.save(connection, desk.organization.id, text, seen=None, by="ana@college.example")


def ready(desk: Web) -> list[queries.Listed]:
    with desk.opened.database.reading() as connection:
        return list(queries.listed(connection, queries.where(need="approval")))


def ids(desk: Web, status: str | None = None) -> set[str]:
    with desk.opened.database.reading() as connection:
        return {each.sourced.row.id for each in queries.listed(connection, queries.where(status=status))}


def approve(desk: Web, *called: str) -> dict[str, object]:
    with desk.opened.database.transaction() as connection:
        return decisions.approve(connection, called, by="ana@college.example")


def said(desk: Web, about: records.Sourced, name: str, *skills: str) -> records.Sourced:
    """The record after the platform has given its badge this name and these skills, and a sync."""
    assert desk.platform
    with desk.platform.lock:
        template = next(each for each in desk.platform.templates if each["id"] == about.row.badge_id)
        template["skills"] = list(skills)
    desk.rename(about.row.badge_id, name)
    with desk.opened.database.reading() as connection:
        return records.one(connection, about.row.id)


def test_a_sync_approves_what_a_rule_approves_and_the_history_says_so(desk: Web) -> None:
    ruled(desk, RULES)
    chosen = ready(desk)[0].sourced
    assert approve(desk, chosen.row.id)["approved"] == 1

    now = said(desk, chosen, str(chosen.row.name), "Bee Keeping", "Honey")

    assert now.content.properties["keyword"]["en-US"] == ["Bee Keeping", "Honey"]
    assert now.row.approved_hash == now.row.content_hash != chosen.row.content_hash
    with desk.opened.database.reading() as connection:
        latest = queries.history(connection, chosen.row.id)[-1]
    assert (latest["event"], latest["reason"]) == ("ApprovedByRule", "Skills need nobody")
    assert "approved by rule" in Page(desk.get(f"/records/{chosen.row.id}").text).text()

    then = said(desk, chosen, "Another Name", "Bee Keeping")
    assert then.row.approved_hash == now.row.approved_hash != then.row.content_hash


def test_what_a_rule_leaves_out_waits_for_nobody_and_cannot_be_approved(desk: Web) -> None:
    first, second = (each.sourced.row for each in ready(desk)[:2])
    approve(desk, second.id)
    ruled(desk, '[[rule]]\nname = "Not ours"\nwhen.name = "*"\nthen.skip = true\n')

    assert ready(desk) == []
    assert {first.id, second.id} <= ids(desk, "skipped")
    answer = approve(desk, first.id)
    assert [each["code"] for each in answer["refused"]] == ["skipped_by_rule"]  # type: ignore[attr-defined]
    with desk.opened.database.reading() as connection:
        assert queries.how_many(connection, statuses.UNSENT) == 0, "what was approved before is not sent any more"
        assert queries.how_many(connection, statuses.ready()) == 0
    page = Page(desk.get(f"/records/{first.id}").text).text()
    assert "Left out by the rule “Not ours”." in page

    ruled(desk, "")
    assert ids(desk, "skipped") == set()
    assert second.id in ids(desk, "approved")


def test_what_another_record_represents_is_shown_only_where_it_is_asked_for(desk: Web) -> None:
    first, second = (each.sourced.row.id for each in ready(desk)[:2])
    before = ids(desk)
    with desk.opened.database.transaction() as connection:
        connection.execute(update(record_table).where(record_table.c.id == first).values(represented_by=second))

    assert ids(desk) == before - {first}
    assert ids(desk, "represented") == {first}
    assert first not in {each.sourced.row.id for each in ready(desk)}
    answer = approve(desk, first)
    assert [each["code"] for each in answer["refused"]] == ["represented"]  # type: ignore[attr-defined]
    with desk.opened.database.reading() as connection:
        counted = queries.counts(connection)
    assert (counted["all"], counted["represented"]) == (len(before) - 1, 1)
    page = desk.get(f"/records/{first}").text
    assert "This badge is part of another record." in Page(page).text()
    assert f"/records/{second}" in page
