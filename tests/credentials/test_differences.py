"""What changed between two states of a record, in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.credentials.differences import Told, differences, texts, told

VALUES = st.one_of(
    st.text(max_size=20),
    st.dictionaries(st.sampled_from(["en-US", "es"]), st.text(max_size=80), min_size=1),
    st.lists(st.text(max_size=8), min_size=1, max_size=4),
)
STATES = st.dictionaries(st.sampled_from(["name", "description", "keyword", "image"]), VALUES)


def one(before: Any, after: Any, name: str = "name") -> Told:
    (found,) = differences({name: before} if before else {}, {name: after} if after else {})
    return told(found)


def test_a_short_value_is_shown_whole_on_both_sides() -> None:
    said = one({"en-US": "Food Safety Manager"}, {"en-US": "Food Safety Supervisor"})

    assert said == Told("Credential Name", "", ("Food Safety Manager",), ("Food Safety Supervisor",))


def test_of_a_list_only_what_came_and_went_is_shown() -> None:
    said = one({"en-US": ["A", "B", "C"]}, {"en-US": ["B", "C", "D"]}, "keyword")

    assert said == Told("Keywords", "", ("A",), ("D",))


def test_of_a_long_text_the_changed_words_are_counted() -> None:
    words = [f"word{number}" for number in range(40)]
    said = one(" ".join(words), " ".join([*words[:10], "another", *words[11:], "more"]), "description")

    assert said.sentence == "2 words changed"


@pytest.mark.parametrize(("before", "after", "sentence"), [(None, "x " * 60, "added"), ("x " * 60, None, "removed")])
def test_a_long_text_that_came_or_went_is_said_so(before: str | None, after: str | None, sentence: str) -> None:
    assert one(before, after, "description").sentence == sentence


def test_terms_of_the_vocabulary_are_told_by_their_labels() -> None:
    said = one("credentialStat:Active", "credentialStat:TeachOut", "credentialStatusType")

    assert (said.went, said.came) == (("Active",), ("Teach Out",))


@given(STATES, STATES)
def test_exactly_the_properties_that_differ_are_found(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = {each.property for each in differences(before, after)}

    assert found == {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert all(told(each).label for each in differences(before, after))


def test_the_texts_of_a_value_come_in_order() -> None:
    assert texts({"a": ["x", {"b": 1}], "c": None, "d": "y"}) == ["x", "1", "y"]
