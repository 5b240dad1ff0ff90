"""Cutting a listing into items without reading them: exact on any JSON, and one bad item costs no other."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.contract import Answer, PlatformUnavailable, read_listing, read_member
from adapters.slicing import member, sliced

SCALARS = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text()
VALUES = some.recursive(
    SCALARS, lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4)
)
STYLES = some.sampled_from([{}, {"ensure_ascii": False}, {"indent": 2}, {"separators": (",", ":")}])
HOSTILE = [
    b'{"a": "\\ud83d"}',
    b'{"a": "\xff"}',
    b'{"a": "two\nlines"}',
    b'{"a": NaN}',
    b'{"a": 01}',
    b'{"a"}',
    b"nonsense",
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a": "' + b"x" * 1_000_000 + b'\\ud83d"}',
]


class Listing(msgspec.Struct):
    """A page as a platform sends it."""

    data: list[msgspec.Raw]
    total: int | None = None


def texts(body: bytes) -> list[bytes]:
    """The items of a page, as an adapter gets them."""
    return [bytes(item) for item in read_listing(Answer(200, body, {}), Listing, "data").data]


def encoded(text: str) -> bytes:
    """UTF-8, whatever hypothesis puts into a text."""
    return text.encode("utf-8", "surrogatepass")


@given(items=some.lists(VALUES), before=VALUES, after=VALUES, style=STYLES)
def test_slices_are_the_items_whatever_stands_around_them(
    items: list[Any], before: Any, after: Any, style: dict[str, Any]
) -> None:
    text = encoded(json.dumps({"before": before, "data": items, "after": after}, **style))

    envelope, found = sliced(text, "data")

    assert [json.loads(each.decode("utf-8", "surrogatepass")) for each in found] == items
    assert json.loads(envelope.decode("utf-8", "surrogatepass")) == {"before": before, "data": [], "after": after}


@given(items=some.lists(VALUES))
def test_slices_are_written_as_they_came(items: list[Any]) -> None:
    written = [encoded(json.dumps(item, ensure_ascii=False)) for item in items]

    assert sliced(b'{"data": [' + b" , ".join(written) + b"]}", "data")[1] == written


@given(value=some.dictionaries(some.text(), VALUES), style=STYLES)
def test_a_member_is_found_at_the_top_and_nowhere_else(value: dict[str, Any], style: dict[str, Any]) -> None:
    text = encoded(json.dumps({**value, "id": "it", "last": {"inner": 1}}, **style))

    assert member(text, "id") == b'"it"'
    assert member(text, "inner") is None


@given(text=some.binary() | some.text(alphabet='[]{},:"\\ax').map(str.encode))
def test_any_bytes_are_sliced_or_refused(text: bytes) -> None:
    found = member(text, "a")
    with suppress(ValueError):
        envelope, items = sliced(text, "a")
        assert len(envelope) <= len(text) + 2
        assert found
        assert all(items)


@pytest.mark.parametrize("bad", HOSTILE, ids=lambda bad: bad[:12].decode("latin-1"))
def test_one_item_that_is_no_json_leaves_the_others_and_the_rest_of_the_page(bad: bytes) -> None:
    body = b'{"data": [{"id": 1}, ' + bad + b', "two", []], "total": 4}'

    read = read_listing(Answer(200, body, {}), Listing, "data")

    assert [bytes(item) for item in read.data] == [b'{"id": 1}', bad, b'"two"', b"[]"]
    assert read.total == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[1, 2]",
        b'{"data": [1, NaN',
        b'{"data": [1, NaN}]',
        b'{"data": ["no end]}',
        b'{"data": [NaN]',
        b'{"data": [NaN]} and more',
        b'{"data": [NaN], "total": "many"}',
        b'{"data": [NaN], "total": NaN}',
        b'{"data": {"a": NaN}}',
        b'{"items": [NaN]}',
    ],
)
def test_a_page_whose_frame_is_broken_is_no_page(body: bytes) -> None:
    with pytest.raises(PlatformUnavailable) as refused:
        texts(body)

    assert refused.value.code == "unreadable_answer"


def test_the_time_grows_with_the_length_alone() -> None:
    began = time.process_time()
    for hostile in (b"[" * 500_000, b'"' * 500_001, b'"\\' * 250_000, b"{" * 250_000 + b"}" * 250_000):
        member(hostile, "a")
        with pytest.raises(PlatformUnavailable):
            texts(hostile)
    assert time.process_time() - began < 5


def test_a_member_is_read_where_the_rest_of_the_item_cannot_be() -> None:
    assert read_member(b'{"id": "x", "text": "\\ud83d"}', "id") == b'"x"'
    assert read_member(b'{"text": NaN, "id" : "x"}', "id") == b'"x"'
    assert read_member(b'{"text": {"id": "inner"}, "a": NaN}', "id") is None
    assert read_member(b"[]", "id") is None
