"""The page of records as a browser gets it: what it lists, how it is narrowed down, and what it never contains."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from connector.web.records import LOOKS, PER_PAGE

if TYPE_CHECKING:
    from tests.web.conftest import Web

WORDS = {
    "awaiting_approval": "Ready to approve",
    "incomplete": "Incomplete",
    "approved": "Approved",
    "published": "Published (practice)",
    "needs_reapproval": "Needs reapproval",
    "needs_republishing": "Needs republishing",
    "conflict": "Conflict",
    "rejected": "Rejected",
    "gone_at_source": "Gone at source",
}
VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "wbr", "path", "circle", "rect", "use"})


class Page(HTMLParser):
    """A page taken apart: its elements, its texts, and whether every element was closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.rows: list[str] = []
        self.broken: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "tr":
            self.rows.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.broken.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "tr" in self.open:
            self.rows[-1] += f"{data} "

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of this name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        """All of its text, with single spaces."""
        return " ".join(" ".join(self.texts).split())


def page(web: Web, **query: object) -> Page:
    answer = web.get("/", **query)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def ids(shown: Page) -> list[str]:
    """The record ids in the table, in order."""
    return re.findall(r"\b[a-z2-7]{16}\b", " ".join(shown.rows))


def test_every_record_is_listed_once_in_source_order_over_its_pages(filled: Web) -> None:
    wanted = [each.sourced.row.id for each in filled.records]
    last = -(-len(wanted) // PER_PAGE)

    found = [ids(page(filled, page=number)) for number in range(1, last + 1)]

    assert [record for each in found for record in each] == wanted
    assert [len(each) for each in found[:-1]] == [PER_PAGE] * (last - 1)


def test_the_pager_leads_to_the_next_and_the_previous_page(filled: Web) -> None:
    total = len(filled.records)
    address, seen = "/", 0
    while address:
        shown = Page(filled.get(address).text)
        first = seen + 1
        seen += len(ids(shown))
        assert f"{first} to {seen} of {total}" in shown.text()
        found = re.search(r'<a href="([^"]+)">Next page</a>', filled.get(address).text)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == total
    assert "Previous page" not in page(filled).text()
    assert "Previous page" in page(filled, page=2).text()


@pytest.mark.parametrize("number", [2, 99, 10**6])
def test_a_page_beyond_the_last_is_the_last(filled: Web, number: int) -> None:
    assert page(filled, page=number, status="rejected").rows == page(filled, status="rejected").rows


def test_every_status_has_its_word(filled: Web) -> None:
    assert {name: look.word for name, look in LOOKS.items()} == WORDS
    assert all(filled.counts[name] for name in WORDS), "a state is not among the records"


@pytest.mark.parametrize("status", WORDS)
def test_each_filter_shows_the_records_it_counts(filled: Web, status: str) -> None:
    count = filled.counts[status]
    wanted = [each.sourced.row.id for each in filled.records if status in (each.statuses or ("awaiting_approval",))]

    shown = page(filled, status=status)

    assert count == len(wanted) > 0
    assert ids(shown) == wanted[:PER_PAGE]
    assert f"1 to {min(count, PER_PAGE)} of {count}" in shown.text()
    assert f"{WORDS[status]} {count}" in shown.text()
    current = [each["href"] for each in shown.all("a") if each.get("aria-current") == "true"]
    assert current == [f"/?status={status}"]


def test_a_filter_is_kept_from_page_to_page(filled: Web) -> None:
    html = filled.get("/", status="incomplete").text
    if filled.counts["incomplete"] > PER_PAGE:
        assert 'href="/?status=incomplete&amp;page=2">Next page' in html
    assert 'href="/?status=incomplete"' in html


def test_an_unknown_filter_shows_everything(filled: Web) -> None:
    assert page(filled, status="none-of-ours").rows == page(filled).rows


def test_each_row_says_its_status_as_word_and_shape(filled: Web) -> None:
    by_id = {each.sourced.row.id: each.statuses for each in filled.records}
    for number in (1, 2, 3):
        shown = page(filled, page=number)
        shapes = {each["id"] for each in shown.all("symbol")}
        used = [each["href"].removeprefix("#") for each in shown.all("use")]
        rows = [row for row in shown.rows if ids_in(row)]
        assert set(used) <= shapes
        assert len(used) == len(rows)
        for row, shape in zip(rows, used, strict=True):
            held = by_id[ids_in(row)[0]] or ("awaiting_approval",)
            (look,) = [look for name, look in LOOKS.items() if look.shape == shape and name in held]
            assert f" {look.word} " in row


def ids_in(row: str) -> list[str]:
    return re.findall(r"\b[a-z2-7]{16}\b", row)


def test_practice_says_so_wherever_something_is_called_published(filled: Web) -> None:
    for query in ({}, {"status": "published"}):
        for text in page(filled, **query).texts:
            assert "ublished" not in text or "practice" in text, text


def test_a_published_record_leads_to_its_document(filled: Web) -> None:
    shown = page(filled, status="published")

    documents = [each["href"] for each in shown.all("a") if each["href"].startswith("/registry/graph/")]

    assert len(documents) == len(ids(shown))
    assert {filled.get(address).status_code for address in documents} == {200}


def test_what_is_missing_stands_in_the_row(filled: Web) -> None:
    missing = {
        each.sourced.row.id: Counter(finding.severity for finding in each.findings)["required"]
        for each in filled.records
    }
    for row in page(filled, status="incomplete").rows:
        for record in ids_in(row):
            assert f"{missing[record]} required" in row


def test_hostile_names_are_text_and_nothing_else(filled: Web) -> None:
    html = filled.get("/").text
    shown = Page(html)

    assert "<script>alert('x')</script>" in " ".join(shown.texts)
    assert "<script" not in html
    assert "<img" not in html
    assert not [attributes for _, attributes in shown.elements if "onerror" in attributes]


def test_an_address_that_runs_script_is_no_link(filled: Web) -> None:
    for number in (1, 2, 3):
        addresses = [each["href"] for each in page(filled, page=number).all("a")]

        assert addresses
        assert not [address for address in addresses if not re.match(r"(https?://|/|#)", address)]


@pytest.mark.parametrize(
    "query", [{}, {"page": 2}, {"status": "incomplete"}, {"status": "published"}, {"status": '"><script>'}]
)
@pytest.mark.parametrize("kind", ["filled", "empty"])
def test_a_page_is_well_formed_and_has_nothing_inline(
    request: pytest.FixtureRequest, kind: str, query: dict[str, object]
) -> None:
    shown = page(request.getfixturevalue(kind), **query)

    assert (shown.broken, shown.open) == ([], [])
    assert not {"script", "style", "iframe", "object", "embed", "base"} & {tag for tag, _ in shown.elements}
    names = {name for _, attributes in shown.elements for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    anchors = [attributes["id"] for _, attributes in shown.elements if "id" in attributes]
    assert len(anchors) == len(set(anchors))
    assert shown.all("html")[0]["lang"] == "en"
    assert len(shown.all("h1")) == 1
    assert {"#main"} <= {each["href"] for each in shown.all("a")}


def test_nothing_is_loaded_from_elsewhere(filled: Web) -> None:
    shown = page(filled)

    loaded = [each["href"] for each in shown.all("link")] + [each.get("src", "") for each in shown.all("img")]

    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert {filled.get(address).status_code for address in loaded} == {200}
    for address in loaded:
        assert not re.search(r"@import|url\((?!['\"]?data:)", filled.get(address).text)


def test_without_records_the_page_says_what_to_do_next(empty: Web) -> None:
    shown = page(empty)

    assert "No records yet." in shown.text()
    assert "badge-connector connect" in shown.text()
    assert shown.all("table") == []
    assert "All 0" in shown.text()


@pytest.mark.parametrize("status", WORDS)
def test_a_state_without_records_leads_back_to_all(empty: Web, status: str) -> None:
    shown = page(empty, status=status)

    assert "No record is in this state." in shown.text()
    assert shown.all("table") == []
    assert "/" in [each["href"] for each in shown.all("a")]


@pytest.mark.parametrize("number", ["0", "-3", "x", "", "9" * 30])
def test_a_page_number_that_is_none_shows_the_first_page(filled: Web, number: str) -> None:
    assert page(filled, page=number).rows == page(filled).rows
