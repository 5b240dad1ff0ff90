"""The review queue as a browser gets it: what it lists, how it is narrowed down, what a decision on many does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from connector.credentials import decisions, queries, statuses
from connector.credentials.tables import record as record_table
from connector.organizations import accounts as organizations
from connector.organizations import sign_in
from connector.publishing.publish import publish
from connector.web import looks
from connector.web.review import PER_PAGE
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web


def page(web: Web, **query: object) -> Page:
    answer = web.get("/review", **query)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def ids(shown: Page) -> list[str]:
    """The records of the list, in order."""
    return [value.partition(" ")[0] for value in shown.values("r")]


def those(web: Web, status: str | None = None, **more: object) -> list[str]:
    with web.opened.database.reading() as connection:
        which = queries.where(status=status, **more)  # type: ignore[arg-type]
        return [each.sourced.row.id for each in queries.listed(connection, which)]


def seen(web: Web, *record_ids: str) -> list[str]:
    """What the boxes of these records carry."""
    with web.opened.database.reading() as connection:
        found = {each.sourced.row.id: each.sourced.row for each in queries.listed(connection, queries.where())}
    return [f"{record_id} {found[record_id].content_hash}" for record_id in record_ids]


def test_every_record_is_listed_once_in_source_order_over_its_pages(filled: Web) -> None:
    wanted = [each.sourced.row.id for each in filled.records]
    last = -(-len(wanted) // PER_PAGE)

    found = [ids(page(filled, status="all", page=number)) for number in range(1, last + 1)]

    assert [record for each in found for record in each] == wanted


def test_the_queue_shows_what_waits_and_nothing_else(filled: Web) -> None:
    waiting = those(filled, waiting=True)

    found = [record for number in range(1, 9) for record in ids(page(filled, page=number))]

    assert list(dict.fromkeys(found)) == waiting
    assert 0 < len(waiting) < len(filled.records)


@pytest.mark.parametrize("number", ["0", "-3", "x", "", "9" * 30])
def test_a_page_number_that_is_none_shows_the_first_page(filled: Web, number: str) -> None:
    assert ids(page(filled, page=number)) == ids(page(filled))


def test_a_page_beyond_the_last_is_the_last(filled: Web) -> None:
    assert ids(page(filled, page=99, status="rejected")) == ids(page(filled, status="rejected"))


def test_each_filter_shows_the_records_it_counts(filled: Web) -> None:
    shown = page(filled)
    html = filled.get("/review").text
    rail = html[html.index("<aside") : html.index("</aside>")]
    lines = re.findall(r'<li><a href="([^"]+)".*?<span>([^<]+)</span><span class="count">([0-9,]+)</span>', rail)

    assert len(lines) > 12
    for address, word, count in lines:
        narrowed = filled.get(address.replace("&amp;", "&"))
        total = Page(narrowed.text)
        assert narrowed.status_code == 200
        many = int(count.replace(",", ""))
        assert len(ids(total)) == min(many, PER_PAGE), (word, address)
    assert next(each["href"] for each in shown.all("a") if each.get("aria-current") == "true") == "/review"


def test_filters_add_up_and_choosing_one_again_takes_it_away(filled: Web) -> None:
    both = page(filled, status="all", findings="required")
    current = [each["href"] for each in both.all("a") if each.get("aria-current") == "true"]

    assert set(ids(both)) == set(those(filled, "incomplete")[:PER_PAGE])
    assert {frozenset(parse_qs(urlsplit(address).query)) for address in current} >= {
        frozenset({"findings"}),
        frozenset({"status"}),
    }


def test_a_filter_is_kept_from_page_to_page_and_into_the_record(filled: Web) -> None:
    html = filled.get("/review", status="all").text

    assert 'href="/review?status=all&amp;page=2"' in html
    assert re.search(r'href="/records/[a-z2-7]{16}\?status=all"', html)


def test_an_unknown_filter_is_left_out(filled: Web) -> None:
    assert ids(page(filled, need="nothing-of-ours", connection="x")) == ids(page(filled))


def test_a_name_a_ctid_and_an_id_are_found(filled: Web) -> None:
    record = next(each.sourced.row for each in filled.records if each.sourced.row.ctid)

    for text in (record.name[2:9].upper(), record.ctid, record.id, record.badge_id):
        assert record.id in ids(page(filled, status="all", q=text)), text


def test_text_with_wild_cards_finds_only_itself(filled: Web) -> None:
    assert ids(page(filled, status="all", q="%")) == []
    assert "No record fits these filters." in page(filled, status="all", q="_%_").text()


def test_every_row_says_its_status_as_word_and_shape(filled: Web) -> None:
    known = {look.word for look in (*looks.STATUSES.values(), looks.HELD, looks.BACK)}
    for row in page(filled, status="all").rows[1:]:
        assert any(f" {word} " in f" {row} " for word in known), row


def test_practice_says_so_wherever_something_is_called_published(filled: Web) -> None:
    for query in ({}, {"status": "published"}, {"status": "all"}):
        for text in page(filled, **query).texts:
            assert "ublished" not in text or "practice" in text or "not published" in text, text


def test_what_changed_since_approval_stands_in_the_row(filled: Web) -> None:
    (row,) = [row for row in page(filled, need="reapproval").rows if "Edited Afterwards" in row]

    assert "Credential Name:" in row
    assert "Needs reapproval" in row


def test_a_conflict_is_named_by_its_property(filled: Web) -> None:
    (row,) = page(filled, need="resolution").rows[1:]

    assert "Credential Name: yours and the platform’s differ" in row


def test_hostile_names_are_text_and_nothing_else(filled: Web) -> None:
    html = filled.get("/review", status="all").text

    assert "<script>alert('x')</script>" in " ".join(Page(html).texts)
    assert "<script>" not in html
    assert not [attributes for _, attributes in Page(html).elements if "onerror" in attributes]


def test_ticked_records_are_approved_as_they_were_seen(desk: Web) -> None:
    first, second, *rest = those(desk, need="approval")

    answer = desk.post("/review/decide", {"action": "approve", "r": seen(desk, first, second), "back": "/review?q=a"})

    assert answer.headers["location"] == "/review?q=a"
    assert "2 records approved." in Page(desk.follow(answer).text).text()
    assert those(desk, "approved") == [first, second]
    assert those(desk, need="approval") == rest


def test_a_record_that_changed_meanwhile_is_left_out_and_named(desk: Web) -> None:
    first, second = those(desk, need="approval")[:2]
    boxes = seen(desk, first, second)
    with desk.opened.database.transaction() as connection:
        decisions.edit(connection, first, set_to=[("name", "Changed While You Looked")], by="somebody else")

    shown = Page(desk.follow(desk.post("/review/decide", {"action": "approve", "r": boxes})).text).text()

    assert "1 record approved." in shown
    assert "1 was not because it changed while you looked:" in shown
    assert "Changed While You Looked : The record changed while you looked." in shown
    assert those(desk, "approved") == [second]


def test_nothing_ticked_is_answered_with_what_to_do(desk: Web) -> None:
    shown = desk.follow(desk.post("/review/decide", {"action": "approve"}))

    assert "Nothing is ticked." in Page(shown.text).text()
    assert those(desk, "approved") == []


def test_all_that_match_are_counted_sampled_and_approved(desk: Web) -> None:
    ready = those(desk, need="approval")

    chosen = desk.post("/review/select", {"action": "approve", "query": "need=approval", "back": "/review"})
    asked = Page(desk.follow(chosen).text)
    answer = desk.post(f"{urlsplit(chosen.headers['location']).path}/approve", {"back": "/review"})

    assert f"Approve {len(ready)} records" in asked.text()
    assert f"and {len(ready) - 3} more" in asked.text()
    assert f"{len(ready)} records approved." in Page(desk.follow(answer).text).text()
    assert those(desk, "approved") == ready


def test_a_selection_is_frozen_when_it_is_made(desk: Web) -> None:
    ready = those(desk, need="approval")
    chosen = desk.post("/review/select", {"action": "approve", "query": "need=approval"})
    with desk.opened.database.transaction() as connection:
        decisions.edit(connection, ready[0], set_to=[("name", "Another Name")], by="somebody else")

    desk.post(f"{urlsplit(chosen.headers['location']).path}/approve")

    assert those(desk, "approved") == ready[1:]


def test_rejecting_asks_for_a_reason_and_keeps_the_selection(desk: Web) -> None:
    ready = those(desk, need="approval")
    chosen = desk.post("/review/decide", {"action": "reject", "r": seen(desk, *ready[:2])})
    address = urlsplit(chosen.headers["location"]).path

    without = desk.post(f"{address}/reject", {"reason": " "})
    answer = desk.post(f"{address}/reject", {"reason": "Two of a kind."})

    assert without.status_code == 400
    assert "A rejection needs a reason." in Page(without.text).text()
    assert "2 records rejected." in Page(desk.follow(answer).text).text()
    assert those(desk, "rejected") == ready[:2]


def test_a_rejected_record_is_back_with_the_reason_once_it_says_something_else(desk: Web) -> None:
    record = those(desk, need="approval")[0]
    with desk.opened.database.transaction() as connection:
        decisions.reject(connection, [record], reason="Two of a kind.", by="somebody")
    assert record not in ids(page(desk))
    with desk.opened.database.transaction() as connection:
        decisions.edit(connection, record, set_to=[("name", "One of a Kind")], by="somebody")

    (row,) = page(desk, need="second_look").rows[1:]

    assert "Back after rejection" in row
    assert "One of a Kind" in row
    assert "Rejected before: “Two of a kind.”" in row
    assert record in those(desk, need="second_look")


def test_a_selection_of_another_organization_is_not_there(desk: Web) -> None:
    answer = desk.get("/review/selection/none-of-mine")

    assert answer.status_code == 404
    assert "no longer kept" in answer.text


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/publish"])
def test_a_form_leads_back_to_the_queue_only(desk: Web, back: str) -> None:
    assert desk.post("/review/decide", {"action": "approve", "back": back}).headers["location"] == "/review"


def test_ready_on_the_desk_is_what_the_command_line_would_approve(desk: Web) -> None:
    with desk.opened.database.reading() as connection:
        ready = queries.how_many(connection, statuses.ready())

    assert len(those(desk, need="approval")) == ready > 3


def test_without_records_the_page_says_what_to_do_next(desk: Web) -> None:
    assert "No record fits these filters." in page(desk, q="no such name").text()
    with desk.opened.database.transaction() as connection:
        decisions.approve_all_ready(connection, desk.organization.id, by="test")  # type: ignore[union-attr]
        decisions.reject(connection, those(desk, waiting=True), reason="x", by="test")
    assert "Nothing waits for you." in page(desk).text()


def test_a_rejected_record_that_is_still_published_waits_to_be_taken_out(desk: Web) -> None:
    record = those(desk, need="approval")[0]
    with desk.opened.database.transaction() as connection:
        decisions.approve(connection, [record], by="test")
    assert desk.organization
    publish(
        desk.opened.database,
        desk.opened.settings,
        desk.organization,
        destination_name=None,
        by="test",
        dry_run=False,
        report=lambda outcome: None,
    )
    with desk.opened.database.transaction() as connection:
        decisions.reject(connection, [record], reason="Not ours.", by="test")

    assert ids(page(desk, need="withdrawal")) == [record]
    assert record in ids(page(desk))
    assert "1 record is rejected, but still published (practice)" in Page(desk.get("/").text).text()
    assert "Rejected, still published (practice)" in Page(desk.get(f"/records/{record}").text).text()
    desk.post(f"/records/{record}/unpublish")
    assert ids(page(desk, need="withdrawal")) == []


def test_a_form_is_about_the_organization_of_its_page_whatever_another_tab_looks_at(desk: Web) -> None:
    record = those(desk, need="approval")[0]
    with desk.opened.database.transaction() as connection:
        other = organizations.add(
            connection,
            name="Lantern Street",
            ctid="ce-00000000-0000-4000-8000-000000000001",
            website="https://lantern.example/",
            description="A workshop with courses for everybody.",
        )
        sign_in.look_at(connection, sign_in.current(connection, desk.session).key, other.id)  # type: ignore[union-attr]
    token = f"{desk.form_token}.1"

    answer = desk.post("/review/decide", {"form_token": token, "action": "approve", "r": seen(desk, record)})

    assert "1 record approved." in desk.follow(answer).text
    assert those(desk, "approved") == [record]


def test_records_of_an_older_mapping_are_decided_only_after_they_are_mapped_again(desk: Web) -> None:
    first = those(desk, need="approval")[0]
    boxes = seen(desk, first)
    with desk.opened.database.transaction() as connection:
        connection.execute(update(record_table).values(mapped_with="crosswalk 0"))

    for action in ("approve", "reject"):
        chosen = desk.post("/review/decide", {"action": action, "r": boxes})
        if action == "reject":
            address = urlsplit(chosen.headers["location"]).path
            chosen = desk.post(f"{address}/reject", {"reason": "x"})
        assert "mapped by another version of this software" in desk.follow(chosen).text
    edit = {"property": "name", "op": "set", "value:en-US": "Another Name"}
    assert "The record was mapped by another version" in desk.post(f"/records/{first}/edit", edit).text
    assert those(desk, "approved") == those(desk, "rejected") == []
