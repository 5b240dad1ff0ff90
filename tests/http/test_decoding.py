"""Decoding goes in small steps, loses nothing at their edges, and never runs ahead of the cap."""

import gzip
import tracemalloc
import zlib

import pytest

from connector.http import body as decoding
from connector.http.body import AnswerTooLarge, AnswerUnreadable, whole_body


@pytest.mark.parametrize("wbits", [-15, 15])
def test_nothing_is_lost_at_the_edge_of_a_step(monkeypatch, wbits):
    monkeypatch.setattr(decoding, "_STEP", 16)
    for size in range(600):
        content = b"x" * size
        packed = zlib.compress(content, wbits=wbits)
        assert whole_body([packed], "deflate", 1000) == content
        assert whole_body([packed[:1], packed[1:]], "deflate", 1000) == content


def test_a_bomb_takes_no_more_memory_than_the_cap_and_a_step():
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLarge):
            whole_body([bomb], "gzip", 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_what_follows_the_compressed_data_is_dropped():
    assert whole_body([gzip.compress(b"a") + b"rest", b"more"], "gzip", 10) == b"a"


def test_an_empty_body_is_empty_in_every_coding():
    assert [whole_body([], coding, 10) for coding in ("", "identity", "gzip", "deflate")] == [b""] * 4


def test_an_answer_of_exactly_the_cap_is_still_read():
    assert whole_body([b"x" * 10], "", 10) == b"x" * 10
    with pytest.raises(AnswerTooLarge):
        whole_body([b"x" * 11], "", 10)


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "gzip,deflate"])
def test_other_and_stacked_codings_are_refused(coding):
    with pytest.raises(AnswerUnreadable) as refused:
        whole_body([b"x"], coding, 10)
    assert not refused.value.again
