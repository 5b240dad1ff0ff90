"""The canonical form: one byte form for equal content, whichever way its bytes are found."""

import unicodedata
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.canonical import canonical, digest

TEXTS = st.sampled_from(["", "a", "a b", "b", "[1]", "null", "“q”", "Cafe\u0301", "Café", '\\"', "\x7f"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, -0.0]) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def plainly(value: Any) -> bytes:
    """The definition, word for word: sorted keys, lists as sets, nulls dropped, text in NFC."""

    def ordered(value: Any) -> Any:
        if isinstance(value, str):
            return unicodedata.normalize("NFC", value)
        if isinstance(value, dict):
            return {key: ordered(member) for key, member in value.items() if member is not None}
        return sorted(map(ordered, value), key=dumped) if isinstance(value, list) else value

    def dumped(value: Any) -> bytes:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

    return dumped(ordered(value))


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_the_bytes_are_those_of_the_definition(value: Any) -> None:
    assert canonical(value) == plainly(value)


def test_order_form_and_nulls_make_no_difference() -> None:
    one = {"keyword": {"fr": ["Cafe\u0301", "pain"]}, "image": None, "name": "Pain"}
    assert digest(one) == digest({"name": "Pain", "keyword": {"fr": ["pain", "Café"]}})


def test_a_text_that_looks_like_json_is_a_text() -> None:
    assert canonical(["null", "[2, 1]", "a"]) == b'["[2, 1]","a","null"]'
