"""The page of rules: in words and in order, written as a file, previewed over all records, saved, taken back."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from connector.credentials import rules
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web

NO_IMAGE = '# About images\n[[rule]]\nname = "No images"\nwhen.name = "*"\nthen.leave_out = ["image"]\n'
NOWHERE = '[[rule]]\nname = "Nowhere"\nwhen.tag = "nothing has this tag"\nthen.skip = true\n'


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def saved(desk: Web, text: str) -> None:
    answer = desk.post("/rules/preview", {"text": text})
    shown(answer)
    shown(desk.follow(desk.post("/rules/save", {"text": text, "seen": seen(answer)})))


def seen(answer: httpx.Response) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def written(desk: Web) -> str:
    assert desk.organization
    with desk.opened.database.reading() as connection:
        return rules.book(connection, desk.organization.id).text


def test_without_rules_the_page_says_what_a_rule_is_for(desk: Web) -> None:
    answer = desk.get("/rules")

    shown(answer)
    assert "No rules yet." in answer.text
    assert "/rules/file" not in answer.text


def test_rules_are_previewed_then_saved_and_told_in_words(desk: Web) -> None:
    preview = desk.post("/rules/preview", {"text": (NO_IMAGE + NOWHERE).replace("\n", "\r\n")})

    shown(preview)
    assert "12 records change." in preview.text
    assert "Image: removed" in preview.text
    assert written(desk) == ""
    page = desk.follow(desk.post("/rules/save", {"text": NO_IMAGE + NOWHERE, "seen": seen(preview)}))
    shown(page)
    assert "12 records change." in page.text
    assert "When it is any badge, then Image stays empty." in html.unescape(page.text)
    assert "Holds for 12 badges." in page.text
    assert "Holds for no badge now." in page.text
    assert written(desk) == NO_IMAGE + NOWHERE
    file = desk.get("/rules/file")
    assert file.text == NO_IMAGE + NOWHERE
    assert file.headers["content-disposition"] == 'attachment; filename="rules.toml"'


def test_a_preview_calls_a_rule_by_its_name_letter_by_letter(desk: Web) -> None:
    text = '[[rule]]\nname = "No CPD of Ours"\nwhen.name = "*"\nthen.skip = true\n'
    preview = shown(desk.post("/rules/preview", {"text": text}))
    assert "Left out by the rule “No CPD of Ours”" in preview.text()


def test_what_is_wrong_in_the_file_stands_beside_its_line_and_nothing_typed_is_lost(desk: Web) -> None:
    answer = desk.post("/rules/preview", {"text": NO_IMAGE + "[[rule]]\nname = '<b>'\nwhen.colour = 'red'\n"})

    page = shown(answer, 400)
    assert "2 places to correct." in answer.text
    assert "Line 8</span> <code>when.colour = &#39;red&#39;</code>" in answer.text
    assert "when has no “colour”" in answer.text
    assert "when.colour = &#39;red&#39;" in answer.text
    assert page.all("textarea")[0]["aria-invalid"] == "true"


def test_a_rule_is_moved_and_removed_with_its_comments_after_a_preview(desk: Web) -> None:
    saved(desk, NO_IMAGE + NOWHERE)

    moved = desk.post("/rules/preview", {"action": "up", "place": "1"})
    assert "0 records change." in moved.text
    assert html.unescape(moved.text).index("Nowhere") < html.unescape(moved.text).index("# About images")
    removed = desk.post("/rules/preview", {"action": "remove", "place": "0"})
    assert "12 records change." in removed.text
    assert "# About images" not in removed.text
    for place in ("9", "x", "-1", ""):
        assert desk.post("/rules/preview", {"action": "remove", "place": place}).status_code == 400


def test_a_file_of_a_form_of_its_own_is_changed_by_hand_only(desk: Web) -> None:
    saved(desk, "rule = [{name = 'A', when.tag = 'x', then.skip = true}]")

    page = desk.follow(desk.post("/rules/preview", {"action": "remove", "place": "0"}))

    assert "That can only be changed in the file." in page.text


def test_a_preview_that_no_longer_holds_is_shown_again_and_nothing_is_saved(desk: Web) -> None:
    preview = desk.post("/rules/preview", {"text": NO_IMAGE})
    desk.rename(desk.records[0].sourced.row.badge_id, "Another name")

    again = desk.post("/rules/save", {"text": NO_IMAGE, "seen": seen(preview)})

    shown(again, 409)
    assert "The records changed since the preview" in again.text
    assert written(desk) == ""
    shown(desk.follow(desk.post("/rules/save", {"text": NO_IMAGE, "seen": seen(again)})))
    assert written(desk) == NO_IMAGE


def test_earlier_rules_can_be_had_again(desk: Web) -> None:
    saved(desk, NO_IMAGE)
    saved(desk, NOWHERE)

    page = desk.get("/rules")
    assert "In force now" in page.text
    assert "Go back to number 1" in page.text
    back = desk.post("/rules/back", {"number": "1"})
    assert "12 records change." in back.text
    desk.post("/rules/save", {"text": NO_IMAGE, "seen": seen(back)})
    assert written(desk) == NO_IMAGE
    assert desk.post("/rules/back", {"number": "99"}).status_code == 404
    assert shown(desk.post("/rules/edit", {"text": NOWHERE})).all("textarea")


def test_a_decision_about_one_badge_is_offered_for_all_it_has_something_in_common_with(desk: Web) -> None:
    record = desk.records[0].sourced.row
    answer = desk.get("/rules/new", badge=record.id, property="renewalFrequency", value='"P3Y"', type="Certification")

    page = shown(answer)
    chosen = [each["value"] for each in page.all("input") if each.get("name") == "breadth"]
    assert any(each.startswith("issuer=") for each in chosen)
    assert any(each.startswith("tag=") for each in chosen)
    assert any(each.startswith("connection=Main") for each in chosen)
    assert any(each.startswith("name=*") for each in chosen)
    assert "12 badges" in answer.text
    assert {"value": "P3Y"}.items() <= next(each for each in page.all("input") if each.get("name") == "value").items()
    fields = {"breadth": "connection=Main", "property": "renewalFrequency", "value": "P3Y", "badge": record.id}
    preview = desk.post("/rules/new", fields)
    shown(preview)
    assert "12 records change." in preview.text
    assert "When the connection is “Main”" in html.unescape(preview.text)


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        ('"P3Y"', "P3Y"),
        ('{"en-US": "For riggers"}', "For riggers"),
        ('{"en": ["one", "two"]}', '["one","two"]'),
        ('{"en": "one", "es": "uno"}', '{"en": "one", "es": "uno"}'),
        ('[{"description": {"en": "x"}}]', '[{"description": {"en": "x"}}]'),
        ("no JSON", "no JSON"),
    ],
)
def test_a_value_that_comes_along_stands_in_the_form_as_one_would_type_it(filled: Web, value: str, typed: str) -> None:
    page = shown(filled.get("/rules/new", property="keyword", value=value))

    assert [each["value"] for each in page.all("input") if each.get("name") == "value"] == [typed]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"type": "Badge"}, "Choose which badges the rule is for."),
        ({"member": "tag", "asked": "x"}, "It says nothing."),
        ({"member": "tag", "asked": "x", "property": "name"}, "A property needs a value, and a value its property."),
        ({"member": "tag", "asked": "x", "property": "image", "value": "x"}, "image must be an absolute address"),
        ({"member": "colour", "asked": "x", "skip": "yes"}, "Choose which badges the rule is for."),
    ],
)
def test_a_form_that_says_too_little_is_shown_again(filled: Web, fields: dict[str, str], sentence: str) -> None:
    answer = filled.post("/rules/new", fields)

    shown(answer, 400)
    assert sentence in answer.text


def test_nobody_makes_a_rule_of_a_badge_of_another_organization(filled: Web) -> None:
    assert filled.get("/rules/new", badge="nobodys").status_code == 404
