"""Property values on a page: each kind has a control that a person can use, and what they type comes back as meant."""

from __future__ import annotations

from typing import Any

import pytest

from connector.web import values
from mappings.ctdl.model import Credential
from mappings.ctdl.shape import by_name

CTID = "ce-0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d"
BEES = {"type": "ceterms:Certification", "name": {"en": "Bees"}, "subjectWebpage": "https://bees.example"}


@pytest.mark.parametrize(
    ("name", "value", "kind", "line"),
    [
        ("isNonCredit", True, "select", "Yes"),
        ("isNonCredit", False, "select", "No"),
        ("latestVersion", CTID, "text", CTID),
        ("latestVersion", BEES, "code", "Bees"),
        ("naics", ["611210", "611310"], "lines", "611210"),
        ("degreeMajor", {"en": ["Apiculture"]}, "lines", "Apiculture"),
        ("isPartOf", [CTID, "https://bees.example"], "lines", CTID),
        ("requires", [{"name": {"en": "Exam"}, "minimumAge": 18}], "code", "Exam"),
    ],
)
def test_what_a_control_shows_is_what_it_gives_back(name: str, value: Any, kind: str, line: str) -> None:
    control = values.control(name, value, "en")
    assert control.kind == kind
    assert values.given(name, {key: text for key, _, text in control.inputs}) == value
    assert values.lines(name, value, {})[0].text == line


def test_json_is_asked_for_only_where_a_value_has_parts_of_its_own() -> None:
    asked = {name for name in by_name(Credential) if values.control(name, None, "en").kind == "code"}
    assert asked == {name for name, known in by_name(Credential).items() if known.kind.name in ("PROFILE", "PROFILES")}


def test_terms_that_only_a_published_document_knows_are_read_as_they_stand() -> None:
    shown = values.lines("requires", [{"name": {"en": "Exam"}, "ex:seats": "12"}], {})
    assert [each.text for each in shown] == ["Exam", "12"]
